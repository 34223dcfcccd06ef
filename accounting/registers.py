"""Registers: an account's lines page by page with the balance after each, and its daily course.

A page starts from the balance brought forward, which comes from the kept totals: the last page of
a long account costs as much as its first.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import connection

from accounting import chart, queries
from accounting.models import DayMovement, DimensionSet
from accounting.queries import StatementLine
from backoffice.kernel.money import WIDE
from backoffice.kernel.refusals import Place, Refused

LIMIT_MAX: Final = 500
MARK: Final = re.compile(r"([0-9-]{10})\.([0-9]{1,18})\.([0-9]{1,9})", re.ASCII)

LINES: Final = """
SELECT l.date, e.id, l.line_no, e.number, e.key, e.memo, e.source, l.currency, l.amount,
       e.recorded_at
  FROM accounting_line l
  JOIN accounting_entry e ON e.id = l.entry_id
 WHERE l.account_id = %(account)s AND l.date >= %(day)s AND l.date <= %(to)s
   AND (l.date, l.entry_id, l.line_no) > (%(day)s, %(entry)s, %(line)s)
   AND e.recorded_at <= %(known_at)s
   AND (%(currency)s = '' OR l.currency = %(currency)s)
   AND (%(sets)s::bigint[] IS NULL OR l.dimension_set_id = ANY(%(sets)s))
 ORDER BY l.date, l.entry_id, l.line_no
 LIMIT %(limit)s
"""

# Of the first day what the pages before have shown already.
SHOWN: Final = """
SELECT l.currency, sum(l.amount)
  FROM accounting_line l
  JOIN accounting_entry e ON e.id = l.entry_id
 WHERE l.account_id = %(account)s AND l.date = %(day)s
   AND (l.entry_id, l.line_no) <= (%(entry)s, %(line)s) AND e.recorded_at <= %(known_at)s
   AND (%(sets)s::bigint[] IS NULL OR l.dimension_set_id = ANY(%(sets)s))
 GROUP BY l.currency
"""

# Days keep no moment: what was recorded later than asked is taken away again, line by line.
LATER: Final = """
    SELECT l.date, l.currency, -l.amount
      FROM accounting_entry e
      JOIN accounting_line l ON l.entry_id = e.id
     WHERE e.recorded_at > %(known_at)s AND l.account_id = %(account)s
       AND (%(sets)s::bigint[] IS NULL OR l.dimension_set_id = ANY(%(sets)s))
"""
MOVED: Final = f"""
    SELECT m.day, m.currency, m.debits - m.credits AS amount
      FROM accounting_daymovement m
     WHERE m.account_id = %(account)s
       AND (%(sets)s::bigint[] IS NULL OR m.dimension_set_id = ANY(%(sets)s))
       AND m.day BETWEEN %(from)s AND %(to)s
     UNION ALL {LATER} AND l.date BETWEEN %(from)s AND %(to)s
"""  # noqa: S608 - the query above
COURSE: Final = f"""
SELECT day, sum(amount) FROM ({MOVED}) t
 WHERE currency = %(currency)s GROUP BY day ORDER BY day
"""  # noqa: S608 - the queries above
# What stands before a day in some dimension sets only: no total is kept of them alone.
BEFORE: Final = f"""
SELECT currency, sum(amount) FROM ({MOVED}) t GROUP BY currency
"""  # noqa: S608


class MarkRefused(Refused):
    """A page mark that no page gave."""

    code = "page-mark"
    status = 400
    en = "{mark} is not a mark that a page of this register gave."
    th = "{mark} ไม่ใช่เครื่องหมายหน้าของสมุดแยกประเภทนี้"


@dataclass(frozen=True, slots=True)
class Mark:
    """The last line of a page: where the next one goes on."""

    day: date
    entry: int
    line: int

    def __str__(self) -> str:
        return f"{self.day.isoformat()}.{self.entry}.{self.line}"

    @classmethod
    def read(cls, text: str) -> "Mark":
        """The mark of its text.

        Raises:
            MarkRefused.
        """
        try:
            day, entry, line = MARK.fullmatch(text).groups()  # type: ignore[union-attr]
            return cls(date.fromisoformat(day), int(entry), int(line))
        except (AttributeError, ValueError):
            raise MarkRefused(Place(field="after"), mark=text[:60]) from None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a register.

    Attributes:
        opening: balance by currency before its first line.
        lines: each with the balance after it.
        mark: where the next page goes on; None on the last.
    """

    opening: Mapping[str, Decimal]
    lines: list[StatementLine]
    mark: Mark | None


def page(
    *,
    entity: str,
    account: str,
    from_: date,
    to: date,
    after: Mark | None = None,
    known_at: datetime | None = None,
    currency: str = "",
    sets: Sequence[int] | None = None,
    limit: int = 100,
) -> Page:
    """One page of an account's lines from `from_` to `to`, oldest first.

    Args:
        entity, account: codes.
        from_, to: effective dates, inclusive.
        after: the mark of the page before; None for the first.
        known_at: leave out what was recorded after this moment.
        currency: one currency only; "" for all.
        sets: lines of these dimension sets only; None for all.
        limit: how many lines, at most 500.

    Raises:
        EntityUnknown, AccountUnknown.
    """
    start = after or Mark(from_, 0, 0)
    most = max(1, min(limit, LIMIT_MAX))
    parameters: dict[str, Any] = {
        "account": chart.account_id(entity, account),
        "day": start.day,
        "entry": start.entry,
        "line": start.line,
        "to": to,
        "known_at": known_at or "infinity",
        "currency": currency,
        "sets": None if sets is None else list(sets),
        "limit": most + 1,
    }
    balances = _opening(entity, account, start.day, known_at, sets)
    with connection.cursor() as cursor:
        if after is not None:
            cursor.execute(SHOWN, parameters)
            for code, amount in cursor.fetchall():
                balances[code] = balances.get(code, Decimal(0)) + amount
        cursor.execute(LINES, parameters)
        rows = cursor.fetchall()
    opening = {
        code: amount
        for code, amount in sorted(balances.items())
        if amount and currency in ("", code)
    }
    lines = list(_running(rows[:most], balances))
    more = len(rows) > most
    last = lines[-1] if more else None
    return Page(opening, lines, Mark(last.date, last.entry_id, last.line_no) if last else None)


def _running(rows: list[tuple[Any, ...]], balances: dict[str, Decimal]) -> Iterator[StatementLine]:
    for row in rows:
        currency, amount = row[7], row[8]
        balances[currency] = balances.get(currency, Decimal(0)) + amount
        yield StatementLine(*(*row[:9], balances[currency], row[9]))


def lines(
    *,
    entity: str,
    account: str,
    from_: date,
    to: date,
    known_at: datetime | None = None,
    currency: str = "",
    sets: Sequence[int] | None = None,
) -> Iterator[Page]:
    """All pages from `from_` to `to`, one in memory; arguments as of `page`."""
    given: dict[str, Any] = {"entity": entity, "account": account, "from_": from_, "to": to}
    given["known_at"] = known_at
    mark: Mark | None = None
    while True:
        found = page(**given, currency=currency, sets=sets, after=mark, limit=LIMIT_MAX)
        yield found
        mark = found.mark
        if mark is None:
            return


def dimension_sets(*, entity: str, account: str) -> dict[int, dict[str, str]]:
    """The dimension sets that moved on the account, by number; the empty one is left out."""
    moved = DayMovement.objects.filter(account_id=chart.account_id(entity, account))
    numbers = moved.order_by().values_list("dimension_set_id", flat=True).distinct()
    return dict(DimensionSet.objects.filter(pk__in=numbers).values_list("pk", "dimensions"))


def _opening(
    entity: str, account: str, day: date, known_at: datetime | None, sets: Sequence[int] | None
) -> dict[str, Decimal]:
    if sets is None:
        return queries.brought_forward(
            entity=entity, account=account, before=day, known_at=known_at
        )
    with connection.cursor() as cursor:
        cursor.execute(
            BEFORE,
            {
                "account": chart.account_id(entity, account),
                "from": date.min,
                "to": date.fromordinal(max(day.toordinal() - 1, 1)),
                "sets": list(sets),
                "known_at": known_at or "infinity",
            },
        )
        return dict(cursor.fetchall())


def course(
    *,
    entity: str,
    account: str,
    currency: str,
    from_: date,
    to: date,
    known_at: datetime | None = None,
    sets: Sequence[int] | None = None,
) -> list[tuple[date, Decimal]]:
    """The account's balance at the end of each day on which it moved, the opening balance first.

    Args:
        known_at: leave out what was recorded after this moment; its days stay, unmoved.

    Raises:
        EntityUnknown, AccountUnknown.
    """
    opening = _opening(entity, account, from_, known_at, sets)
    balance = opening.get(currency, Decimal(0))
    points = [(from_ - timedelta(days=1) if from_ > date.min else from_, balance)]
    with connection.cursor() as cursor:
        cursor.execute(
            COURSE,
            {
                "account": chart.account_id(entity, account),
                "currency": currency,
                "from": from_,
                "to": to,
                "sets": None if sets is None else list(sets),
                "known_at": known_at or "infinity",
            },
        )
        for day, net in cursor.fetchall():
            balance = WIDE.add(balance, net)
            points.append((day, balance))
    return points
