"""Reports from the book: one statement of SQL each, as of any day, as known at any moment.

Movements come from the day totals that posting keeps, openings from the last month end that is
kept; what was recorded after `known_at` is taken away again, found by the index on recorded time.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.db import connection, transaction

from accounting import chart, year_ends
from accounting.rules.reports import (
    CUMULATIVE,
    PLANS,
    RESULT_TYPES,
    Figure,
    Interval,
    Kind,
    Report,
    lay_out,
    spans,
)

# Columns are found by their first days: width_bucket counts how many of them a day has reached.
FIGURES: Final = """
WITH base AS (
    SELECT max(month_end) AS day FROM accounting_monthendmark
     WHERE entity_id = %(entity)s AND month_end < %(first)s
), chosen AS (
    SELECT id FROM accounting_dimensionset WHERE dimensions @> %(dimensions)s::jsonb
), moved AS (
    SELECT m.account_id, m.currency, 0 AS col, m.debits - m.credits AS amount
      FROM base
      JOIN accounting_monthend m ON m.month_end = base.day
      JOIN accounting_account a ON a.id = m.account_id AND a.entity_id = %(entity)s
     WHERE %(opening)s AND a.type = ANY (%(types)s)
       AND (%(dimensions)s = '{}' OR m.dimension_set_id IN (SELECT id FROM chosen))
    UNION ALL
    SELECT m.account_id, m.currency, width_bucket(m.day, %(starts)s::date[]),
           sum(m.debits - m.credits)
      FROM base
      CROSS JOIN accounting_daymovement m
      JOIN accounting_account a ON a.id = m.account_id AND a.entity_id = %(entity)s
     WHERE m.day <= %(last)s AND a.type = ANY (%(types)s)
       AND m.day > CASE WHEN %(opening)s THEN coalesce(base.day, '-infinity'::date)
                        ELSE %(before)s::date END
       AND (%(dimensions)s = '{}' OR m.dimension_set_id IN (SELECT id FROM chosen))
     GROUP BY 1, 2, 3
    UNION ALL
    SELECT l.account_id, l.currency, width_bucket(l.date, %(starts)s::date[]), -sum(l.amount)
      FROM accounting_entry e
      JOIN accounting_line l ON l.entry_id = e.id
      JOIN accounting_account a ON a.id = l.account_id
     WHERE e.entity_id = %(entity)s
       AND (e.recorded_at > %(known_at)s OR (%(unclosed)s AND e.key = ANY (%(closing)s)))
       AND l.date <= %(last)s AND (%(opening)s OR l.date >= %(first)s)
       AND a.type = ANY (%(types)s)
       AND (%(dimensions)s = '{}' OR l.dimension_set_id IN (SELECT id FROM chosen))
     GROUP BY 1, 2, 3
)
SELECT a.code, a.type, (a.attributes ->> 'cash')::boolean, a.name_en, a.name_th, m.currency, m.col,
       sum(m.amount)
  FROM moved m
  JOIN accounting_account a ON a.id = m.account_id
 GROUP BY a.id, m.currency, m.col
 ORDER BY a.code, m.currency, m.col
"""

# The year's closing entries and their reversals empty income and expense; statements of a result
# read past them. Found by their keys, which only closing makes in that journal.
CLOSING_KEYS: Final = """
SELECT e.key FROM accounting_entry e JOIN accounting_journal j ON j.id = e.journal_id
 WHERE e.entity_id = %s AND j.code = %s
   AND (e.key LIKE 'year-close:%%' OR e.key LIKE 'reopen:year-close:%%')
"""


def report(
    *,
    kind: Kind,
    entity: str,
    from_: date,
    to: date,
    interval: Interval = Interval.MONTH,
    known_at: datetime | None = None,
    dimensions: Mapping[str, str] | None = None,
    zeros: bool = False,
) -> Report:
    """A statement of an entity's books.

    Args:
        kind: which; balance sheet and end balances show balances at each column's end, the others
            what each column moved. Income statements read past the year-end closing entries.
        entity: its code.
        from_, to: first and last day, inclusive.
        interval: how long a column is; cut at calendar months, quarters or years.
        known_at: the books as they stood at that moment; None knows everything.
        dimensions: only lines that carry all of these values.
        zeros: keep accounts whose every amount is zero.

    Raises:
        EntityUnknown, SpanRefused.
    """
    columns = spans(from_, to, interval)
    owner = chart.entity_id(entity)
    unclosed = kind is Kind.INCOME_STATEMENT
    types = {name for plan in PLANS[kind] for name in plan.types}
    if kind is Kind.BALANCE_SHEET:
        types |= RESULT_TYPES
    keys = _closing_keys(owner) if unclosed else []
    parameters: dict[str, Any] = {
        "entity": owner,
        "first": from_,
        "before": date.fromordinal(max(from_.toordinal() - 1, 1)),
        "last": to,
        "starts": [column.first for column in columns],
        "opening": kind in CUMULATIVE,
        "types": sorted(types),
        "known_at": known_at or "infinity",
        "unclosed": bool(keys),
        "closing": keys,
        "dimensions": json.dumps(dict(dimensions or {})),
    }
    with connection.cursor() as cursor:
        cursor.execute(FIGURES, parameters)
        figures = [Figure(*row) for row in cursor.fetchall()]
    return lay_out(kind, columns, figures, zeros=zeros)


def _closing_keys(owner: int) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(CLOSING_KEYS, [owner, year_ends.JOURNAL])
        return [row[0] for row in cursor.fetchall()]


AT_COST: Final = """
SELECT a.code, CASE WHEN l.value IS NULL THEN l.currency ELSE n.functional_currency END,
       sum(coalesce(l.value, l.amount))
  FROM accounting_line l
  JOIN accounting_account a ON a.id = l.account_id
  JOIN accounting_entity n ON n.id = a.entity_id
  JOIN accounting_entry e ON e.id = l.entry_id
 WHERE a.entity_id = %s AND l.date <= %s AND e.recorded_at <= %s
 GROUP BY 1, 2
 ORDER BY 1, 2
"""


def at_cost(
    *, entity: str, as_of: date, known_at: datetime | None = None
) -> list[tuple[str, str, Decimal]]:
    """Balances at cost: (account, currency, amount).

    Lines that were valued count with their value in the functional currency, the others with their
    amount in their own.

    Raises:
        EntityUnknown.
    """
    with connection.cursor() as cursor:
        cursor.execute(AT_COST, [chart.entity_id(entity), as_of, known_at or "infinity"])
        return [(code, currency, amount) for code, currency, amount in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class GeneralLedgerLine:
    """A line of the general ledger; an opening line has no entry and amount zero."""

    account: str
    currency: str
    date: date
    entry_id: int | None
    line_no: int | None
    number: int | None
    journal: str
    key: str
    memo: str
    amount: Decimal
    balance: Decimal
    recorded_at: datetime | None


GENERAL_LEDGER: Final = """
WITH opening AS (
    SELECT t.account_id, t.currency, sum(t.amount) AS balance
      FROM (
            SELECT m.account_id, m.currency, m.debits - m.credits AS amount
              FROM accounting_daymovement m
              JOIN accounting_account a ON a.id = m.account_id AND a.entity_id = %(entity)s
             WHERE m.day < %(first)s
            UNION ALL
            SELECT l.account_id, l.currency, -l.amount
              FROM accounting_entry e
              JOIN accounting_line l ON l.entry_id = e.id
             WHERE e.entity_id = %(entity)s AND e.recorded_at > %(known_at)s AND l.date < %(first)s
           ) t
     GROUP BY 1, 2
    HAVING sum(t.amount) <> 0
), lines AS (
    SELECT o.account_id, o.currency, %(first)s::date AS date, NULL::bigint AS entry_id,
           NULL::int AS line_no, 0::numeric AS amount, o.balance AS step
      FROM opening o
    UNION ALL
    SELECT l.account_id, l.currency, l.date, l.entry_id, l.line_no, l.amount, l.amount
      FROM accounting_entry e
      JOIN accounting_line l ON l.entry_id = e.id
     WHERE e.entity_id = %(entity)s AND e.date BETWEEN %(first)s AND %(last)s
       AND e.recorded_at <= %(known_at)s
)
SELECT a.code, l.currency, l.date, l.entry_id, l.line_no, e.number, coalesce(j.code, ''),
       coalesce(e.key, ''), coalesce(e.memo, ''), l.amount,
       sum(l.step) OVER (PARTITION BY a.code, l.currency
                             ORDER BY l.date, l.entry_id NULLS FIRST, l.line_no),
       e.recorded_at
  FROM lines l
  JOIN accounting_account a ON a.id = l.account_id
  LEFT JOIN accounting_entry e ON e.id = l.entry_id
  LEFT JOIN accounting_journal j ON j.id = e.journal_id
 WHERE %(account)s = '' OR a.code = %(account)s OR a.code LIKE %(below)s
 ORDER BY a.code, l.currency, l.date, l.entry_id NULLS FIRST, l.line_no
"""


def general_ledger(
    *,
    entity: str,
    from_: date,
    to: date,
    account: str = "",
    known_at: datetime | None = None,
) -> Iterator[GeneralLedgerLine]:
    """Every account's lines with the balance after each, as a stream in memory that stays flat.

    Each account and currency with a balance at the start of `from_` begins with an opening line.

    Args:
        entity, from_, to: whose books, first and last day.
        account: only this account and those below it.
        known_at: the books as they stood at that moment.

    Raises:
        EntityUnknown.
    """
    escaped = account.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    parameters: dict[str, Any] = {
        "entity": chart.entity_id(entity),
        "first": from_,
        "last": to,
        "known_at": known_at or "infinity",
        "account": account,
        "below": f"{escaped}:%",
    }
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(GENERAL_LEDGER, parameters)
        for row in cursor:
            yield GeneralLedgerLine(*row)
