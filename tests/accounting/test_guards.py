"""What the database itself refuses, whoever asks and however the SQL is written."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import date

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from accounting import chart, posting
from accounting.models import Account, Journal, Line, Period
from tests.accounting.conftest import open_books, sale

pytestmark = pytest.mark.django_db

ENTRY = """
    INSERT INTO accounting_entry (id, entity_id, journal_id, number, date, recorded_at, actor,
        phase, line_count, key, fingerprint, memo, source, attributes, reversal_of_id)
    SELECT 900, j.entity_id, j.id, NULL, '2026-01-05', now(), 'me', '{phase}', {count}, 'k', '', '',
        '', '{{}}', {reverses}
      FROM accounting_journal j WHERE j.code = 'GEN' AND j.entity_id = {entity}
    RETURNING id
"""
LINE = """
    SELECT 900, {no}, (SELECT id FROM accounting_account WHERE code = '{account}'
                         AND entity_id = {entity}), date '{day}', {amount}, '{currency}',
           {value}::numeric, 0
"""


@pytest.fixture
def entity(books) -> int:
    return chart.entity_id(books)


@contextmanager
def refused(constraint: str) -> Iterator[None]:
    with pytest.raises(DatabaseError) as error, transaction.atomic():
        yield
    assert error.value.__cause__.diag.constraint_name == constraint


def write(
    entity: int,
    *lines: tuple,
    count: int | None = None,
    phase: str = "posted",
    of: int | None = None,
    reverses: str = "NULL",
    and_pending: bool = False,
) -> None:
    """Entry and lines (number, account, amount[, day[, currency[, value]]]) in one statement."""
    parts = [
        LINE.format(
            no=no,
            account=account,
            amount=amount,
            entity=of or entity,
            day=rest[0] if rest else "2026-01-05",
            currency=rest[1] if len(rest) > 1 else "THB",
            value=rest[2] if len(rest) > 2 else amount,
        )
        for no, account, amount, *rest in lines
    ]
    table = "accounting_line" if phase == "posted" else "accounting_pendingline"
    entry = ENTRY.format(
        phase=phase, count=len(lines) if count is None else count, entity=entity, reverses=reverses
    )
    columns = "(entry_id, line_no, account_id, date, amount, currency, value, dimension_set_id)"
    rows = f"{columns} {' UNION ALL '.join(parts)}"
    more = f", p AS (INSERT INTO accounting_pendingline {rows})" if and_pending else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH e AS ({entry}), l AS (INSERT INTO {table} {rows} RETURNING 1){more}"
            " SELECT count(*) FROM l"
        )


GOOD = [(1, "Assets:Cash", 10), (2, "Income:Sales", -10)]


def test_a_whole_entry_written_by_hand_is_taken_and_moves_the_totals(entity):
    write(entity, *GOOD)
    assert Account.objects.get(code="Assets:Cash").balances.get().debits_posted == 10


@pytest.mark.parametrize("phase", ["posted", "pending"])
@pytest.mark.parametrize(
    ("lines", "count", "constraint"),
    [
        ([(1, "Assets:Cash", 10), (2, "Income:Sales", -9)], 2, "ledger_zero_sum"),
        (GOOD, 3, "ledger_entry_whole"),
        ([(1, "Assets:Cash", 10), (3, "Income:Sales", -10)], 2, "ledger_entry_whole"),
        ([GOOD[0], (2, "Income:Sales", -10, "2026-01-06")], 2, "ledger_entry_whole"),
    ],
)
def test_a_broken_entry_is_refused(entity, lines, count, constraint, phase):
    with refused(constraint):
        write(entity, *lines, count=count, phase=phase)


@pytest.mark.parametrize("phase", ["posted", "pending"])
def test_each_currency_sums_to_zero_by_itself(entity, phase):
    """And an entry in several currencies is whole by all its lines together."""
    lines = [*GOOD, (3, "Assets:Bank:A", 7), (4, "Assets:Cash", -7)]
    in_two = [(*line[:3], "2026-01-05", "THB" if line[0] < 3 else "USD") for line in lines]
    write(entity, *in_two, phase=phase)


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({2: ("USD", "-10")}, "ledger_zero_sum"),
        ({1: ("THB", "NULL")}, "ledger_zero_sum"),
        ({1: ("THB", "11")}, "ledger_zero_sum"),
        ({1: ("THB", "350"), 2: ("THB", "-350")}, None),
        ({1: ("THB", "NULL"), 2: ("THB", "NULL")}, None),
    ],
)
def test_amounts_and_values_sum_to_zero(entity, changes, constraint):
    lines = [(*line, "2026-01-05", *changes.get(line[0], ())) for line in GOOD]
    with refused(constraint) if constraint else nullcontext():
        write(entity, *lines)


def test_a_posted_entry_has_no_pending_lines(entity):
    """Not even beside its own: who asks for its lines need not look among the pending ones."""
    with refused("ledger_entry_exists"):
        write(entity, *GOOD, and_pending=True)


def test_what_is_reversed_is_in_the_same_books(books, system, at, entity):
    posted = posting.post(entry=sale("a"), actor=system, at=at)
    with refused("ledger_refers"):
        write(entity, *GOOD, reverses="0")
    write(entity, *GOOD, reverses=str(posted.id))


def test_an_entry_without_lines_is_refused(entity):
    with refused("ledger_entry_has_lines"), connection.cursor() as cursor:
        cursor.execute(ENTRY.format(phase="posted", count=2, entity=entity, reverses="NULL"))


def test_lines_cannot_be_added_to_an_entry_later(books, system, at, entity):
    posted = posting.post(entry=sale("a"), actor=system, at=at)
    cash = Account.objects.get(code="Assets:Cash")
    more = [
        Line(
            entry_id=posted.id,
            line_no=no,
            account=cash,
            date=date(2026, 1, 5),
            amount=amount,
            currency="THB",
            value=amount,
        )
        for no, amount in ((3, 1), (4, -1))
    ]
    with refused("ledger_entry_whole"):
        Line.objects.bulk_create(more)
    with refused("ledger_entry_exists"):
        Line.objects.bulk_create(
            [
                Line(
                    entry_id=0,
                    line_no=1,
                    account=cash,
                    date=date(2026, 1, 5),
                    amount=0,
                    currency="THB",
                    value=0,
                )
            ]
        )


def test_accounts_of_another_entity_are_refused(entity, system, at):
    open_books(system, at, code="OTHER")
    with refused("ledger_account_of_entity"):
        write(entity, *GOOD, of=chart.entity_id("OTHER"))


def test_closed_accounts_and_periods_are_refused(books, entity, system, at):
    january = Period.objects.create(
        entity_id=entity,
        name="2026-01",
        start=date(2026, 1, 1),
        end=date(2026, 1, 31),
        state=Period.State.SOFT,
        changed_at=at,
    )
    with refused("ledger_period_open"):
        write(entity, *GOOD)
    january.state = Period.State.OPEN
    january.save()
    chart.close_account(entity=books, account="Assets:Cash", actor=system, at=at)
    with refused("ledger_account_open"):
        write(entity, *GOOD)


def test_a_missing_dimension_is_refused(books, entity, system, at):
    chart.require_dimensions(
        entity=books, account="Assets:Cash", names=["site"], actor=system, at=at
    )
    with refused("ledger_dimensions"):
        write(entity, *GOOD)


def test_a_gapless_journal_takes_no_entry_without_number(entity):
    Journal.objects.update(is_gapless=True)
    with refused("ledger_journal"):
        write(entity, *GOOD)


@pytest.mark.parametrize(
    "table",
    [
        "accounting_entry",
        "accounting_line",
        "accounting_pendingline",
        "accounting_logseal",
        "accounting_failedkey",
        "accounting_dimensionset",
    ],
)
@pytest.mark.parametrize("act", ["UPDATE {} SET {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_the_book_only_grows(books, system, at, table, act):
    posting.post(entry=sale("a"), actor=system, at=at)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s LIMIT 1",
            [table],
        )
        column = cursor.fetchone()[0]
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            cursor.execute(act.format(table, f"{column} = {column}"))
