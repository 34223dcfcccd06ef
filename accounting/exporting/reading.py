"""What is exported, read as a stream: memory stays flat however long the book is.

Entries come in order of (date, id) from one server-side cursor; all reads of an export see the same
state of the books.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any, Final

from django.db import connection, transaction

from accounting.refusals import EntityUnknown
from backoffice.kernel.refusals import Place


@dataclass(frozen=True, slots=True)
class Selection:
    """What of an entity's books is exported.

    Attributes:
        entity: its code.
        from_: first day; None from the beginning. What came before is one entry of balances
            brought forward on the day before, so that balances are the same.
        to: last day; None to the end.
        known_at: the books as they stood at that moment; None knows everything.
    """

    entity: str
    from_: date | None = None
    to: date | None = None
    known_at: datetime | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        """The same for SQL, open ends as infinities."""
        return {
            "first": self.from_ or "-infinity",
            "last": self.to or "infinity",
            "known_at": self.known_at or "infinity",
        }


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the book that ever moved."""

    code: str
    type: str
    name_en: str
    name_th: str
    number: str
    cash: bool | None
    created: date


@dataclass(frozen=True, slots=True)
class Book:
    """Whose book, and what it is made of.

    Attributes:
        accounts: in order of code.
        currencies: codes that ever moved, in order.
        starts: the first day on which something stands in the export.
    """

    id: int
    code: str
    name_en: str
    name_th: str
    functional: str
    accounts: tuple[Account, ...]
    currencies: tuple[str, ...]
    starts: date
    selection: Selection


@dataclass(frozen=True, slots=True)
class Line:
    """A posted line; `value` is in the functional currency, None where it was not valued."""

    number: int
    account: str
    amount: Decimal
    currency: str
    value: Decimal | None
    dimensions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """A posted entry, or the balances brought forward (id 0)."""

    id: int
    date: date
    recorded_at: datetime | None
    number: int | None
    journal: str
    key: str
    memo: str
    source: str
    actor: str
    reversal_of: int | None
    lines: tuple[Line, ...]


@contextmanager
def snapshot() -> Iterator[None]:
    """All reads inside see the books as they are now.

    Inside a transaction that is already under way its own isolation holds.
    """
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


ACCOUNTS: Final = """
SELECT a.code, a.type, a.name_en, a.name_th, coalesce(a.attributes ->> 'number', ''),
       (a.attributes ->> 'cash')::boolean, a.created_at::date
  FROM accounting_account a
 WHERE a.entity_id = %s
   AND EXISTS (SELECT FROM accounting_accountbalance b WHERE b.account_id = a.id)
 ORDER BY a.code
"""
CURRENCIES: Final = """
SELECT DISTINCT b.currency FROM accounting_accountbalance b
  JOIN accounting_account a ON a.id = b.account_id WHERE a.entity_id = %s ORDER BY 1
"""
STARTS: Final = "SELECT min(date) FROM accounting_entry WHERE entity_id = %s"


def book(selection: Selection) -> Book:
    """The book's facts.

    Raises:
        EntityUnknown.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, code, name_en, name_th, functional_currency FROM accounting_entity"
            " WHERE code = %s",
            [selection.entity],
        )
        found = cursor.fetchone()
        if found is None:
            raise EntityUnknown(Place(field="entity"), detail=selection.entity)
        cursor.execute(ACCOUNTS, [found[0]])
        accounts = tuple(Account(*row) for row in cursor.fetchall())
        cursor.execute(CURRENCIES, [found[0]])
        currencies = tuple(row[0] for row in cursor.fetchall())
        cursor.execute(STARTS, [found[0]])
        starts = cursor.fetchone()[0] or date(1970, 1, 1)
    if selection.from_ is not None:
        starts = max(starts, _before(selection.from_))
    number, code, name_en, name_th, functional = found
    return Book(
        id=number,
        code=code,
        name_en=name_en,
        name_th=name_th,
        functional=functional,
        accounts=accounts,
        currencies=currencies,
        starts=starts,
        selection=selection,
    )


def _before(day: date) -> date:
    return day if day == date.min else day - timedelta(days=1)


OPENING: Final = """
SELECT a.code, t.currency, sum(t.amount)
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
  JOIN accounting_account a ON a.id = t.account_id
 GROUP BY a.code, t.currency
HAVING sum(t.amount) <> 0
 ORDER BY a.code, t.currency
"""
LINES: Final = """
SELECT e.id, e.date, e.recorded_at, e.number, j.code, e.key, e.memo, e.source, e.actor,
       e.reversal_of_id, l.line_no, a.code, l.amount, l.currency, l.value, d.canonical
  FROM accounting_entry e
  JOIN accounting_journal j ON j.id = e.journal_id
  JOIN accounting_line l ON l.entry_id = e.id
  JOIN accounting_account a ON a.id = l.account_id
  LEFT JOIN accounting_dimensionset d ON d.id = l.dimension_set_id
 WHERE e.entity_id = %(entity)s AND e.phase = 'posted'
   AND e.date BETWEEN %(first)s AND %(last)s AND e.recorded_at <= %(known_at)s
 ORDER BY {order}e.date, e.id, l.line_no
"""
OTHER_WAYS: Final = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin", "enable_material")
PLANNER: Final = "SELECT " + ", ".join(f"set_config('{way}', %s, true)" for way in OTHER_WAYS)


def brought_forward(found: Book) -> Entry | None:
    """The balances at the start of the first day as one entry, which sums to zero by itself."""
    selection = found.selection
    if selection.from_ is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(OPENING, {"entity": found.id, **selection.parameters})
        rows = cursor.fetchall()
    lines = tuple(
        Line(number, account, amount, currency, None, {})
        for number, (account, currency, amount) in enumerate(rows, start=1)
    )
    if not lines:
        return None
    return Entry(
        id=0,
        date=_before(selection.from_),
        recorded_at=None,
        number=None,
        journal="",
        key="",
        memo="Balances brought forward",
        source="",
        actor="",
        reversal_of=None,
        lines=lines,
    )


def entries(found: Book, *, by_journal: bool = False) -> Iterator[Entry]:
    """The selected entries in order of (date, id); of (journal, date, id) with `by_journal`."""
    sql = LINES.format(order="j.code, " if by_journal else "")
    with connection.chunked_cursor() as cursor:
        with index_lookups():
            cursor.execute(sql, {"entity": found.id, **found.selection.parameters})
        for head, rows in groupby(cursor, key=lambda row: row[:10]):
            lines = tuple(_line(row[10:]) for row in rows)
            yield _entry(head, lines)


@contextmanager
def index_lookups() -> Iterator[None]:
    """Plan what is executed inside by index lookups alone.

    Entries by (entity, date, id) and each one's lines by their key: the order of the export, right
    at any size, even where the planner's figures are from when the tables were empty.
    """
    with connection.cursor() as cursor:
        cursor.execute(PLANNER, ["off"] * len(OTHER_WAYS))
        yield
        cursor.execute(PLANNER, ["on"] * len(OTHER_WAYS))


def _entry(head: tuple[Any, ...], lines: tuple[Line, ...]) -> Entry:
    number, day, recorded_at, in_journal, journal, key, memo, source, actor, reversal_of = head
    return Entry(
        id=number,
        date=day,
        recorded_at=recorded_at,
        number=in_journal,
        journal=journal,
        key=key,
        memo=memo,
        source=source,
        actor=actor,
        reversal_of=reversal_of,
        lines=lines,
    )


def with_brought_forward(found: Book) -> Iterator[Entry]:
    """Balances brought forward, where there are any, and then the entries."""
    opening = brought_forward(found)
    if opening is not None:
        yield opening
    yield from entries(found)


def _line(row: tuple[Any, ...]) -> Line:
    number, account, amount, currency, value, canonical = row
    return Line(
        number, account, amount, currency, value, json.loads(canonical) if canonical else {}
    )
