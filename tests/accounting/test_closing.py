"""Periods gate posting; the year's result is carried, and reopening puts it back."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from accounting import closing, periods, posting, queries, reversing, verifying, year_ends
from accounting.refusals import PeriodClosed
from backoffice.frame.models import AuditEvent
from backoffice.kernel.actors import NotAllowed
from backoffice.outbox.models import OutboxEvent
from tests.accounting.conftest import draft, sale

pytestmark = [pytest.mark.django_db, pytest.mark.department("accounting")]
JUNE = date(2025, 6, 10)


@pytest.fixture
def mek(cast):
    return cast.actor("mek")


def _balance(account, as_of=date(2025, 12, 31), **kwargs):
    return queries.balance(entity="HOUSE", account=account, as_of=as_of, **kwargs)


def test_a_year_has_twelve_periods_once(books, mek, at):
    first = periods.define_year(entity=books, year=2025, actor=mek, at=at)
    assert periods.define_year(entity=books, year=2025, actor=mek, at=at) == first
    assert len(first) == 12


def test_soft_closed_takes_a_checkers_posting_only(books, cast, mek, at):
    periods.define_year(entity=books, year=2025, actor=mek, at=at)
    periods.soft_close(entity=books, name="2025-06", actor=mek, at=at)
    with pytest.raises(PeriodClosed):
        posting.post(entry=sale("a", day=JUNE), actor=cast.actor("chai"), at=at)
    assert posting.post(entry=sale("b", day=JUNE), actor=cast.actor("dao"), at=at).id


def test_hard_closed_takes_nobodys(books, mek, at):
    periods.define_year(entity=books, year=2025, actor=mek, at=at)
    with pytest.raises(periods.EarlierPeriodOpen):
        periods.hard_close(entity=books, name="2025-02", actor=mek, at=at)
    periods.hard_close(entity=books, name="2025-01", actor=mek, at=at)
    with pytest.raises(PeriodClosed):
        posting.post(entry=sale("a", day=date(2025, 1, 31)), actor=mek, at=at)
    assert posting.post(entry=sale("b", day=date(2025, 2, 1)), actor=mek, at=at).id


def test_reopening_needs_a_manager_and_a_reason(books, cast, mek, at):
    periods.define_year(entity=books, year=2025, actor=mek, at=at)
    periods.hard_close(entity=books, name="2025-01", actor=mek, at=at)
    with pytest.raises(NotAllowed):
        periods.reopen(entity=books, name="2025-01", reason="x", actor=cast.actor("dao"), at=at)
    with pytest.raises(periods.ReasonMissing):
        periods.reopen(entity=books, name="2025-01", reason=" ", actor=mek, at=at)
    periods.reopen(entity=books, name="2025-01", reason="late invoice", actor=mek, at=at)
    assert posting.post(entry=sale("a", day=date(2025, 1, 31)), actor=mek, at=at).id


def test_the_result_is_carried_and_the_year_shut(books, mek, at):
    posting.post(entry=sale("a", "100.00", day=JUNE), actor=mek, at=at)
    rent = draft("b", ("Expenses:Rent", "30.00"), ("Assets:Cash", "-30.00"), day=JUNE)
    posting.post(entry=rent, actor=mek, at=at)
    done = closing.close_year(entity=books, year=2025, actor=mek, at=at)
    assert done.result == {"THB": Decimal("70.00")}
    told = OutboxEvent.objects.get(kind="YearClosed").payload
    assert told == {"entity": "HOUSE", "year": 2025, "result": {"THB": "70.00"}}
    assert len(done.periods) == 12
    assert _balance(closing.RETAINED, currency="THB") == {"THB": Decimal("-70.00")}
    assert _balance("Income:Sales", currency="THB") == {"THB": Decimal(0)}
    with pytest.raises(PeriodClosed):
        posting.post(entry=sale("c", day=JUNE), actor=mek, at=at)
    with pytest.raises(closing.YearClosedAlready):
        closing.close_year(entity=books, year=2025, actor=mek, at=at)


def test_reopened_corrected_and_closed_again(books, mek, at):
    posting.post(entry=sale("a", "100.00", day=JUNE), actor=mek, at=at)
    closing.close_year(entity=books, year=2025, actor=mek, at=at)
    closing.reopen_year(entity=books, year=2025, reason="late sale", actor=mek, at=at)
    assert _balance(closing.RETAINED, currency="THB") == {"THB": Decimal(0)}
    assert _balance("Income:Sales", currency="THB") == {"THB": Decimal("-100.00")}
    posting.post(entry=sale("b", "5.00", day=JUNE), actor=mek, at=at)
    done = closing.close_year(entity=books, year=2025, actor=mek, at=at)
    assert done.result == {"THB": Decimal("105.00")}
    with pytest.raises(closing.YearNotClosed):
        closing.reopen_year(entity=books, year=2024, reason="x", actor=mek, at=at)


def test_a_year_without_result_closes_without_an_entry(books, mek, at):
    assert closing.close_year(entity=books, year=2025, actor=mek, at=at).entry is None


def test_a_clerk_closes_nothing(books, cast, at):
    with pytest.raises(NotAllowed):
        closing.close_year(entity=books, year=2025, actor=cast.actor("chai"), at=at)


def test_what_was_under_way_when_the_period_closed_is_no_fault(books, mek, at):
    """The closer began before the poster that it waits for: its moment is the earlier one."""
    periods.define_year(entity=books, year=2025, actor=mek, at=at)
    later = at + timedelta(seconds=5)
    posting.post(entry=sale("a", day=date(2025, 1, 10)), actor=mek, at=later)
    periods.hard_close(entity=books, name="2025-01", actor=mek, at=at)
    assert [check for check in verifying.verify(entity=books) if not check.holds] == []


def test_somebody_elses_key_neither_closes_nor_reopens_a_year(books, mek, at):
    posting.post(entry=sale("year-close:2025:x", day=JUNE), actor=mek, at=at)
    with pytest.raises(closing.YearNotClosed):
        closing.reopen_year(entity=books, year=2025, reason="late", actor=mek, at=at)
    done = closing.close_year(entity=books, year=2025, actor=mek, at=at)
    assert done.result == {"THB": Decimal("100.00")}


def test_acts_on_a_year_are_recorded_with_who_when_and_why(books, mek, at):
    posting.post(entry=sale("a", day=JUNE), actor=mek, at=at)
    closing.close_year(entity=books, year=2025, actor=mek, at=at)
    closing.reopen_year(entity=books, year=2025, reason="late invoice", actor=mek, at=at)
    told = AuditEvent.objects.filter(verb__startswith="periods.reopen").order_by("pk")
    assert {(e.actor, e.recorded_at, e.detail["reason"]) for e in told} == {
        (mek.name, at, "late invoice")
    }
    assert told.count() == 12
    closed = AuditEvent.objects.get(verb="closing.close_year")
    assert (closed.actor, closed.recorded_at, closed.subject_id) == (mek.name, at, "HOUSE 2025")


def test_a_closed_year_is_opened_as_a_whole_or_not_at_all(books, mek, at):
    posting.post(entry=sale("a", "100.00", day=JUNE), actor=mek, at=at)
    done = closing.close_year(entity=books, year=2025, actor=mek, at=at)
    told = {"entity": books, "actor": mek, "at": at}
    with pytest.raises(year_ends.YearIsShut):
        periods.reopen(name="2025-12", reason="late sale", **told)
    with pytest.raises(year_ends.YearIsShut):
        reversing.reverse(entry_id=done.entry.id, date=date(2026, 1, 5), key="r", **told)
    undone = closing.reopen_year(year=2025, reason="late sale", **told)
    with pytest.raises(year_ends.YearIsShut):
        reversing.reverse(entry_id=undone.id, date=date(2025, 12, 31), key="rr", **told)
    periods.hard_close(name="2025-01", **told)
    periods.reopen(name="2025-01", reason="the year is open", **told)
    posting.post(entry=sale("b", "5.00", day=JUNE), actor=mek, at=at)
    again = closing.close_year(entity=books, year=2025, actor=mek, at=at)
    assert again.result == {"THB": Decimal("105.00")}
