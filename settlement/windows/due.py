"""What is due on a day: one temporary table, `settling_due`, that one transaction works on."""

from datetime import date

from django.db import connection

from settlement.models import Window

# Due are legs of netted windows that are not final yet: those whose value date came since the last
# settled day, those that failed on it, and those that came late. All by index, whatever was before.
# What was bought in does not settle any more: those legs are few, and read at once.
DUE = """
    CREATE TEMP TABLE settling_due ON COMMIT DROP AS
    WITH last AS (
        SELECT max(business_date) AS day FROM settlement_steprun
         WHERE book = %(book)s AND step = 'settle' AND business_date < %(day)s
    ), found AS (
        SELECT l.id FROM settlement_leg l
         WHERE l.book = %(book)s AND l.value_date <= %(day)s
           AND l.value_date > coalesce((SELECT day FROM last), '-infinity')
         UNION
        SELECT f.leg_id FROM settlement_failedleg f JOIN settlement_leg l ON l.id = f.leg_id
         WHERE l.book = %(book)s AND f.business_date = (SELECT day FROM last)
         UNION
        SELECT l.id FROM settlement_windowclosing c
          JOIN settlement_window w ON w.id = c.window_id
          JOIN settlement_leg l ON l.window_id = c.window_id
         WHERE w.book = %(book)s AND c.business_date >= (SELECT day FROM last)
           AND l.value_date <= %(day)s
    )
    SELECT l.id AS leg_id, l.trade_id, l.kind, l.debtor_id, l.creditor_id, l.asset,
           l.quantity - coalesce(s.done, 0) - coalesce(b.gone, 0) AS quantity, l.value_date,
           t.market, t.type,
           CASE WHEN t.detail ->> 'priority' ~ '^[0-9]$'
                THEN (t.detail ->> 'priority')::int ELSE 5 END AS priority
      FROM found
      JOIN settlement_leg l ON l.id = found.id
      JOIN settlement_windownetting n ON n.window_id = l.window_id
      JOIN settlement_trade t ON t.id = l.trade_id
      LEFT JOIN LATERAL (SELECT sum(quantity) AS done FROM settlement_settlement
                          WHERE leg_id = l.id) s ON true
      LEFT JOIN (SELECT leg_id, sum(quantity) AS gone FROM settlement_boughtinleg
                  GROUP BY leg_id) b ON b.leg_id = l.id
     WHERE l.quantity > coalesce(s.done, 0) + coalesce(b.gone, 0)
       AND NOT EXISTS (SELECT FROM settlement_withdrawntrade x WHERE x.trade_id = l.trade_id)
"""


def has_windows(*, book: str) -> bool:
    """Whether any leg of the book was ever opened: without, there is nothing to look for."""
    return Window.objects.filter(book=book).exists()


def collect(*, book: str, business_date: date) -> None:
    """Collect the legs that are due and not final into `settling_due`, with what is left of each.

    The table lasts until `forget`, or the end of the transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute(DUE, {"book": book, "day": business_date})
        cursor.execute("ANALYZE settling_due")


def forget() -> None:
    """Drop the table."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE settling_due")
