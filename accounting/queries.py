"""Reads of the book. Every figure may be asked as of a day and as known at a moment.

Totals come from the day movements that posting keeps, so a read costs days and accounts, not
lines. `known_at` takes away what was recorded later, found by the index on the recorded time.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from accounting import chart
from accounting.models import Account, Entity, Journal
from accounting.refusals import AccountUnknown, EntityUnknown


@dataclass(frozen=True, slots=True)
class BalanceRow:
    """An account's totals in one currency, from the first day of the books to a date.

    Attributes:
        account: code path.
        currency: of the amounts.
        debit: total debits.
        credit: total credits.
        balance: debits less credits.
        value: balance in the entity's functional currency, as far as lines were valued.
    """

    account: str
    currency: str
    debit: Decimal
    credit: Decimal
    balance: Decimal
    value: Decimal


@dataclass(frozen=True, slots=True)
class StatementLine:
    """A line of an account's statement with the balance after it."""

    date: date
    entry_id: int
    line_no: int
    number: int | None
    key: str
    memo: str
    source: str
    currency: str
    amount: Decimal
    balance: Decimal
    recorded_at: datetime


# The entity, the account, and the nearest kept month end before or after the day asked for.
NEAREST = """
SELECT e.id, k.month_end,
       (SELECT a.id FROM accounting_account a WHERE a.entity_id = e.id AND a.code = %(account)s)
  FROM accounting_entity e
  LEFT JOIN LATERAL (
        SELECT m.month_end FROM accounting_monthendmark m WHERE m.entity_id = e.id
         ORDER BY abs(m.month_end - %(as_of)s::date), m.month_end LIMIT 1) k ON true
 WHERE e.code = %(code)s
"""
# That month end; the days between, added or taken away; and less what was recorded later than
# asked. The days are given as values, so that the planner sees how few they are.
MOVED = """
WITH moved AS (
    SELECT m.account_id, m.currency, m.debits, m.credits, m.value
      FROM accounting_monthend m
      JOIN accounting_account a ON a.id = m.account_id AND a.entity_id = %(entity)s
     WHERE m.month_end = %(kept)s <of_account_m>
     UNION ALL
    SELECT d.account_id, d.currency, <sign>d.debits, <sign>d.credits, <sign>d.value
      FROM accounting_daymovement d
      JOIN accounting_account a ON a.id = d.account_id AND a.entity_id = %(entity)s
     WHERE d.day > %(after)s AND d.day <= %(until)s <of_account_d>
    <recorded_later>
)
"""
BY_ACCOUNT = """
SELECT a.code, t.currency, t.debits, t.credits, t.debits - t.credits, t.value
  FROM (SELECT account_id, currency, sum(debits) AS debits, sum(credits) AS credits,
               sum(value) AS value
          FROM moved GROUP BY account_id, currency) t
  JOIN accounting_account a ON a.id = t.account_id
 ORDER BY a.code, t.currency
"""
BY_CURRENCY = """
SELECT currency, sum(debits), sum(credits) FROM moved GROUP BY currency ORDER BY currency
"""
RECORDED_LATER = """
     UNION ALL
    SELECT l.account_id, l.currency, -greatest(l.amount, 0), least(l.amount, 0),
           -coalesce(l.value, 0)
      FROM accounting_entry e
      JOIN accounting_line l ON l.entry_id = e.id
     WHERE e.entity_id = %(entity)s AND e.recorded_at > %(known_at)s AND l.date <= %(as_of)s
           <of_account_l>
"""


def _moved(
    entity: str, as_of: date, known_at: datetime | None = None, account: str | None = None
) -> tuple[str, dict[str, Any]]:
    """The statement's `moved` for those books, with its parameters. One query.

    The month end that is found stays true until the statement is run: it is never taken back, and
    postings correct it.
    """
    with connection.cursor() as cursor:
        cursor.execute(NEAREST, {"code": entity, "account": account, "as_of": as_of})
        found = cursor.fetchone()
    if found is None:
        raise EntityUnknown(detail=entity)
    owner, kept, account_id = found
    if account is not None and account_id is None:
        raise AccountUnknown(detail=account)
    parameters = {
        "entity": owner,
        "kept": kept,
        "after": "-infinity" if kept is None else min(kept, as_of),
        "until": as_of if kept is None else max(kept, as_of),
        "as_of": as_of,
        "known_at": known_at,
        "account": account_id,
    }
    sql = MOVED.replace("<recorded_later>", RECORDED_LATER if known_at else "")
    sql = sql.replace("<sign>", "-" if kept is not None and kept > as_of else "")
    for alias in "mdl":
        condition = f"AND {alias}.account_id = %(account)s" if account else ""
        sql = sql.replace(f"<of_account_{alias}>", condition)
    return sql, parameters


def journal_codes(*, entity: str) -> set[str]:
    """Codes of the entity's journals; empty when there is no such entity. One query."""
    return set(Journal.objects.filter(entity__code=entity).values_list("code", flat=True))


def trial_totals(*, entity: str, as_of: date) -> dict[str, tuple[Decimal, Decimal]]:
    """Currency → (debits, credits) of all accounts to the end of `as_of`, summed by the database.

    Raises:
        EntityUnknown.
    """
    moved, parameters = _moved(entity, as_of)
    with connection.cursor() as cursor:
        cursor.execute(moved + BY_CURRENCY, parameters)
        return {currency: (debit, credit) for currency, debit, credit in cursor.fetchall()}


def trial_balance(
    *, entity: str, as_of: date, known_at: datetime | None = None
) -> list[BalanceRow]:
    """Totals of every account that ever moved, to the end of `as_of`, in order of code.

    Args:
        entity: the entity's code.
        as_of: effective date, inclusive.
        known_at: leave out what was recorded after this moment; None knows everything.

    Raises:
        EntityUnknown.
    """
    return _totals(entity, as_of, known_at, None)


def balance(
    *,
    entity: str,
    account: str,
    as_of: date,
    currency: str | None = None,
    known_at: datetime | None = None,
) -> dict[str, Decimal]:
    """An account's balance (debits less credits) by currency at the end of `as_of`.

    With `currency`, that currency alone, zero if it never moved.

    Raises:
        EntityUnknown, AccountUnknown.
    """
    rows = _totals(entity, as_of, known_at, account)
    found = {row.currency: row.balance for row in rows}
    return found if currency is None else {currency: found.get(currency, Decimal(0))}


def _totals(
    entity: str, as_of: date, known_at: datetime | None, account: str | None
) -> list[BalanceRow]:
    moved, parameters = _moved(entity, as_of, known_at, account)
    with connection.cursor() as cursor:
        cursor.execute(moved + BY_ACCOUNT, parameters)
        rows = [BalanceRow(*row) for row in cursor.fetchall()]
    # What moved only later, or was not known yet, leaves a row of zeros: no part of these books.
    return [row for row in rows if row.debit or row.credit or row.value]


STATEMENT = """
SELECT l.date, e.id, l.line_no, e.number, e.key, e.memo, e.source, l.currency, l.amount,
       coalesce(o.balance, 0) + sum(l.amount) OVER (
            PARTITION BY l.currency ORDER BY l.date, e.id, l.line_no),
       e.recorded_at
  FROM accounting_line l
  JOIN accounting_entry e ON e.id = l.entry_id
  LEFT JOIN unnest(%(currencies)s::text[], %(balances)s::numeric[]) AS o(currency, balance)
         ON o.currency = l.currency
 WHERE l.account_id = %(account)s AND l.date BETWEEN %(from)s AND %(to)s
   AND e.recorded_at <= %(known_at)s
 ORDER BY l.date, e.id, l.line_no
"""


def account_statement(
    *, entity: str, account: str, from_: date, to: date, known_at: datetime | None = None
) -> list[StatementLine]:
    """An account's lines from `from_` to `to` (both inclusive) with the balance after each.

    The running balance of each currency starts from the balance brought forward.

    Raises:
        EntityUnknown, AccountUnknown.
    """
    return list(
        statement_lines(entity=entity, account=account, from_=from_, to=to, known_at=known_at)
    )


def statement_lines(
    *, entity: str, account: str, from_: date, to: date, known_at: datetime | None = None
) -> Iterator[StatementLine]:
    """The same as a stream."""
    opening = brought_forward(entity=entity, account=account, before=from_, known_at=known_at)
    parameters: dict[str, Any] = {
        "account": chart.account_id(entity, account),
        "from": from_,
        "to": to,
        "known_at": known_at or "infinity",
        "currencies": list(opening),
        "balances": list(opening.values()),
    }
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT, parameters)
        for row in cursor:
            yield StatementLine(*row)


# Accounts in the order asked for: whoever reads beside another list needs no collation's order.
# Each is found by index, and brings its opening balances along: of lines that just came the planner
# knows nothing, and would hold each against every account.
LINES_OF_ACCOUNTS = """
SELECT w.code, l.date, e.id, l.line_no, e.number, e.key, e.memo, e.source, l.currency, l.amount,
       coalesce((w.opened ->> l.currency)::numeric, 0) + sum(l.amount) OVER (
            PARTITION BY w.place, l.currency ORDER BY l.date, e.id, l.line_no),
       e.recorded_at
  FROM unnest(%(accounts)s::text[], %(opened)s::jsonb[]) WITH ORDINALITY AS w(code, opened, place)
 CROSS JOIN LATERAL (
       SELECT id FROM accounting_account
        WHERE entity_id = %(entity)s AND code = w.code LIMIT 1) a
  JOIN accounting_line l ON l.account_id = a.id AND l.date BETWEEN %(from)s AND %(to)s
  JOIN accounting_entry e ON e.id = l.entry_id AND e.recorded_at <= %(known_at)s
 ORDER BY w.place, l.date, e.id, l.line_no
"""


def lines_of_accounts(
    *,
    entity: str,
    accounts: Sequence[str],
    from_: date,
    to: date,
    known_at: datetime | None = None,
) -> Iterator[tuple[str, StatementLine]]:
    """`statement_lines` of many accounts as one stream, by account in the order given.

    The number of queries does not depend on that of the accounts.

    Raises:
        EntityUnknown, AccountUnknown.
    """
    owner = chart.entity_id(entity)
    known = set(
        Account.objects.filter(entity_id=owner, code__in=accounts).values_list("code", flat=True)
    )
    for code in accounts:
        if code not in known:
            raise AccountUnknown(detail=code)
    opened: dict[str, dict[str, str]] = {code: {} for code in accounts}
    if from_ > date.min:
        before = date.fromordinal(from_.toordinal() - 1)
        for row in trial_balance(entity=entity, as_of=before, known_at=known_at):
            if row.account in opened:
                opened[row.account][row.currency] = f"{row.balance:f}"
    parameters: dict[str, Any] = {
        "entity": owner,
        "accounts": list(accounts),
        "from": from_,
        "to": to,
        "known_at": known_at or "infinity",
        "opened": [json.dumps(opened[code]) for code in accounts],
    }
    with connection.chunked_cursor() as cursor:
        cursor.execute(LINES_OF_ACCOUNTS, parameters)
        for code, *line in cursor:
            yield code, StatementLine(*line)


def brought_forward(
    *, entity: str, account: str, before: date, known_at: datetime | None = None
) -> dict[str, Decimal]:
    """The account's balance by currency at the start of `before`."""
    if before == date.min:
        return {}
    day = date.fromordinal(before.toordinal() - 1)
    return balance(entity=entity, account=account, as_of=day, known_at=known_at)


def entities() -> list[str]:
    """Codes of all entities, in order."""
    return list(Entity.objects.order_by("code").values_list("code", flat=True))


def account_code(*, entity: str, text: str) -> str:
    """The code path that `text` names: itself, or the one account whose last part it is.

    Raises:
        EntityUnknown, AccountUnknown.
    """
    owner = chart.entity_id(entity)
    found = Account.objects.filter(entity_id=owner)
    if found.filter(code=text).exists():
        return text
    ending = list(found.filter(code__endswith=f":{text}").values_list("code", flat=True)[:2])
    if len(ending) != 1:
        raise AccountUnknown(detail=text)
    return ending[0]
