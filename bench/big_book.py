"""A big book laid in seconds: as years of postings would have left it, without posting each.

Entries of two lines go in by plain SQL with the tables' triggers off; the totals that the triggers
keep are then summed from the lines. Postings come day after day, one in twenty up to four weeks
late, and a day's movement stands where its first posting put it, as in a book that has grown.
Every figure read from it is compared with its lines by who reads it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.db import connection, transaction

from accounting import chart

SLICE = 200_000
TABLES = ("accounting_entry", "accounting_line")
# Debits and credits run over all accounts, never twice the same in an entry.
DAY = """
    %(from)s::date + greatest(0, n * %(days)s / (%(entries)s + 1)
        - CASE WHEN n %% 20 = 0 THEN n %% 29 ELSE 0 END)::int
"""
ENTRIES = f"""
INSERT INTO accounting_entry
       (id, entity_id, journal_id, date, recorded_at, actor, phase, line_count, key, fingerprint,
        memo, source, attributes)
SELECT %(first)s + n, %(entity)s, %(journal)s, {DAY}, now(), 'bench', 'posted', 2, 'big-' || n, '',
       '', '', '{{}}'
  FROM generate_series(%(low)s::bigint, %(high)s::bigint) n
"""
LINES = f"""
INSERT INTO accounting_line
       (entry_id, line_no, account_id, date, amount, currency, value, dimension_set_id)
SELECT %(first)s + n, side,
       (%(accounts)s::bigint[])[1 + (n * 7919 + side * (n / 1000 %% 999 + 1)) %% 1000],
       {DAY}, amount, 'THB', amount, 0
  FROM generate_series(%(low)s::bigint, %(high)s::bigint) n
 CROSS JOIN generate_series(1, 2) side
 CROSS JOIN LATERAL (SELECT (n %% 100000 + 1) * (3 - 2 * side) / 100.0 AS amount) a
"""
MOVEMENTS = """
INSERT INTO accounting_daymovement AS m
       (account_id, day, currency, dimension_set_id, debits, credits, value)
SELECT account_id, date, currency, dimension_set_id,
       coalesce(sum(amount) FILTER (WHERE amount > 0), 0),
       coalesce(-sum(amount) FILTER (WHERE amount < 0), 0), sum(value)
  FROM accounting_line
 WHERE entry_id BETWEEN %(first)s + %(low)s AND %(first)s + %(high)s
 GROUP BY account_id, date, currency, dimension_set_id
 ORDER BY min(entry_id)
    ON CONFLICT (account_id, day, currency, dimension_set_id) DO UPDATE
   SET debits = m.debits + excluded.debits, credits = m.credits + excluded.credits,
       value = m.value + excluded.value
"""
BALANCES = """
INSERT INTO accounting_accountbalance
       (account_id, currency, debits_posted, credits_posted, debits_pending, credits_pending, value)
SELECT account_id, currency, sum(debits), sum(credits), 0, 0, sum(value)
  FROM accounting_daymovement WHERE account_id = ANY (%(accounts)s) GROUP BY 1, 2
"""


def lay(entity: str, codes: list[str], days: tuple[date, date], entries: int, first: int) -> None:
    """Entries of two lines between those thousand accounts, over those days.

    Args:
        entity: its books are open and empty.
        codes: a thousand accounts of it.
        days: the first and the last.
        entries: how many.
        first: the identifiers follow this one; nobody else uses them.
    """
    told: dict[str, Any] = {
        "entity": chart.entity_id(entity),
        "first": first,
        "entries": entries,
        "from": days[0],
        "days": (days[1] - days[0]).days + 1,
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT array_agg(id ORDER BY id) FROM accounting_account"
            " WHERE entity_id = %s AND code = ANY (%s)",
            [told["entity"], codes],
        )
        told["accounts"] = cursor.fetchone()[0]
        cursor.execute("SELECT id FROM accounting_journal WHERE entity_id = %s", [told["entity"]])
        told["journal"] = cursor.fetchone()[0]
        with _triggers_off():
            for low in range(1, entries + 1, SLICE):
                told |= {"low": low, "high": min(low + SLICE - 1, entries)}
                with transaction.atomic():
                    cursor.execute("SET LOCAL work_mem = '256MB'")
                    for sql in (ENTRIES, LINES, MOVEMENTS):
                        cursor.execute(sql, told)
            cursor.execute(BALANCES, told)


@contextmanager
def _triggers_off() -> Iterator[None]:
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        try:
            yield
        finally:
            for table in TABLES:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
