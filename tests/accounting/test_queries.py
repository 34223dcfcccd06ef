from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounting import month_ends, posting, queries, verifying
from accounting.models import MonthEnd
from tests.accounting.conftest import open_books, sale

pytestmark = pytest.mark.django_db
MARCH = date(2026, 3, 31)


def cash(books: str, as_of: date, known_at=None) -> Decimal:
    found = queries.balance(
        entity=books, account="Assets:Cash", as_of=as_of, currency="THB", known_at=known_at
    )
    return found["THB"]


def test_as_of_and_known_at(books, system, at):
    posting.post(entry=sale("a", "10.00", day=date(2026, 1, 10)), actor=system, at=at)
    later = at + timedelta(days=60)
    posting.post(entry=sale("b", "5.00", day=date(2026, 1, 20)), actor=system, at=later)
    assert cash(books, date(2026, 1, 9)) == 0
    assert cash(books, date(2026, 1, 31)) == 15
    assert cash(books, date(2026, 1, 31), known_at=at) == 10
    assert (
        queries.trial_balance(entity=books, as_of=MARCH, known_at=at - timedelta(seconds=1)) == []
    )


def test_month_ends_change_no_figure_and_back_dating_corrects_them(books, system, at):
    for month in (1, 2, 3):
        for day in (1, 15, 28):
            entry = sale(f"{month}-{day}", f"{month}.{day:02}", day=date(2026, month, day))
            posting.post(entry=entry, actor=system, at=at)
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(0, 100, 9)]
    before = [queries.trial_balance(entity=books, as_of=day) for day in days]
    kept = month_ends.keep(entity=books, until=date(2026, 3, 1), actor=system, at=at)
    assert kept == [date(2026, 1, 31), date(2026, 2, 28)]
    assert MonthEnd.objects.count() == 4
    assert [queries.trial_balance(entity=books, as_of=day) for day in days] == before
    posting.post(entry=sale("late", "1000", day=date(2026, 1, 7)), actor=system, at=at)
    after = [
        (row.balance - old.balance)
        for day in days
        for row, old in zip(
            queries.trial_balance(entity=books, as_of=day), before[days.index(day)], strict=True
        )
        if row.account == "Assets:Cash"
    ]
    assert after == [Decimal(1000) if day >= date(2026, 1, 7) else Decimal(0) for day in days]
    assert all(check.holds for check in verifying.verify(entity=books))


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.integers(0, 120), st.integers(1, 9_999), st.integers(0, 120)),
        min_size=1,
        max_size=12,
    ),
    st.integers(0, 150),
    st.integers(-1, 121),
)
def test_any_moment_agrees_with_the_lines(db, system, at, entries, as_of, known):  # noqa: PLR0917
    books = open_books(system, at, code="RANDOM")
    start = date(2026, 1, 1)
    for number, (day, satang, recorded) in enumerate(entries):
        amount = str(Decimal(satang).scaleb(-2))
        entry = sale(
            f"{entries}{number}"[-190:], amount, day=start + timedelta(days=day), entity=books
        )
        posted = posting.post(entry=entry, actor=system, at=at + timedelta(days=recorded))
        if number == len(entries) // 2:
            month_ends.keep(entity=books, until=start + timedelta(days=60), actor=system, at=at)
        assert posted.id
    day, moment = start + timedelta(days=as_of), at + timedelta(days=known)
    lines = [
        line.amount
        for line in queries.account_statement(
            entity=books, account="Assets:Cash", from_=date.min, to=day, known_at=moment
        )
    ]
    assert cash(books, day, known_at=moment) == sum(lines)
    assert all(check.holds for check in verifying.verify(entity=books))


def test_a_statement_starts_from_the_balance_brought_forward(books, system, at):
    for day in (1, 2, 3):
        posting.post(entry=sale(str(day), "1.00", day=date(2026, 1, day)), actor=system, at=at)
    lines = queries.account_statement(
        entity=books, account="Assets:Cash", from_=date(2026, 1, 3), to=MARCH
    )
    assert [line.balance for line in lines] == [Decimal("3.00")]
