import threading
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from backoffice.frame.models import AuditEvent
from backoffice.kernel.actors import NotAllowed
from backoffice.reference import days, queries
from backoffice.reference.models import BusinessDay

pytestmark = pytest.mark.django_db
DAY = date(2026, 1, 5)
NEXT = DAY + timedelta(days=1)


def state(day=DAY):
    return queries.day_state(business_date=day)


def test_a_day_opens_closes_and_is_sealed(system, at):
    assert state() == "unopened"
    days.open_day(business_date=DAY, actor=system, at=at)
    days.require_open(business_date=DAY)
    days.begin_closing(business_date=DAY, actor=system, at=at)
    assert state() == "closing"
    sealed = days.seal(business_date=DAY, actor=system, at=at, fingerprint="f" * 64)
    assert (state(), sealed.seal, sealed.closed_at) == ("closed", "f" * 64, at)
    assert queries.last_sealed() == DAY


def test_every_step_again_has_no_effect(system, at):
    for _ in range(2):
        days.open_day(business_date=DAY, actor=system, at=at)
    for _ in range(2):
        days.begin_closing(business_date=DAY, actor=system, at=at)
    for _ in range(2):
        days.seal(business_date=DAY, actor=system, at=at)
    assert AuditEvent.objects.filter(subject_id=f"HOUSE/{DAY}").count() == 3


def test_postings_need_an_open_day(system, at):
    with pytest.raises(days.DayNotOpen, match="unopened"):
        days.require_open(business_date=DAY)
    days.open_day(business_date=DAY, actor=system, at=at)
    days.begin_closing(business_date=DAY, actor=system, at=at)
    with pytest.raises(days.DayNotOpen, match="closing") as refused:
        days.require_open(business_date=DAY)
    assert "กำลังปิดสิ้นวัน" in refused.value.text("th")
    days.require_open(business_date=DAY, closing_too=True)
    days.seal(business_date=DAY, actor=system, at=at)
    with pytest.raises(days.DayNotOpen, match="closed"):
        days.require_open(business_date=DAY, closing_too=True)
    with pytest.raises(days.DaySealed):
        days.open_day(business_date=DAY, actor=system, at=at)
    with pytest.raises(days.DaySealed):
        days.begin_closing(business_date=DAY, actor=system, at=at)


def test_books_have_their_own_days(system, at):
    days.open_day(business_date=DAY, actor=system, at=at, book="BANK-T")
    with pytest.raises(days.DayNotOpen):
        days.require_open(business_date=DAY)
    days.require_open(business_date=DAY, book="BANK-T")


def test_days_are_sealed_in_their_order(system, at):
    for day in (DAY, NEXT):
        days.open_day(business_date=day, actor=system, at=at)
        days.begin_closing(business_date=day, actor=system, at=at)
    with pytest.raises(days.EarlierDayUnsealed):
        days.seal(business_date=NEXT, actor=system, at=at)
    assert queries.unsealed_days(until=NEXT) == [DAY, NEXT]
    days.seal(business_date=DAY, actor=system, at=at)
    days.seal(business_date=NEXT, actor=system, at=at)
    assert queries.unsealed_days() == []


def test_an_open_day_is_not_sealed(system, at):
    days.open_day(business_date=DAY, actor=system, at=at)
    with pytest.raises(days.DayNotClosing):
        days.seal(business_date=DAY, actor=system, at=at)


def test_reopening_is_a_managers_act_with_a_reason(cast, system, at):
    days.open_day(business_date=DAY, actor=system, at=at)
    days.begin_closing(business_date=DAY, actor=system, at=at)
    days.seal(business_date=DAY, actor=system, at=at, fingerprint="a" * 64)
    with pytest.raises(NotAllowed):
        days.reopen(business_date=DAY, actor=cast.actor("chai"), at=at, reason="late file")
    with pytest.raises(days.ReasonMissing):
        days.reopen(business_date=DAY, actor=cast.actor("mek"), at=at, reason=" ")
    days.reopen(business_date=DAY, actor=cast.actor("mek"), at=at, reason="late file")
    assert state() == "open"
    kept = AuditEvent.objects.get(verb="days.reopen")
    assert kept.detail == {"state": "closed", "seal": "a" * 64, "reason": "late file"}


def test_the_database_holds_state_and_times_together(at):
    with pytest.raises(IntegrityError), transaction.atomic():
        BusinessDay.objects.create(date=DAY, state="closed", opened_at=at)


def test_require_open_belongs_in_the_posting(committed_db):
    with pytest.raises(RuntimeError, match="transaction"):
        days.require_open(business_date=DAY)


def test_closing_waits_for_postings_under_way(committed_db, system, at):
    days.open_day(business_date=DAY, actor=system, at=at)
    closed = threading.Event()

    def close():
        days.begin_closing(business_date=DAY, actor=system, at=at)
        closed.set()
        connection.close()

    closer = threading.Thread(target=close)
    with transaction.atomic():
        days.require_open(business_date=DAY)
        closer.start()
        assert not closed.wait(0.4)
    closer.join(10)
    assert closed.is_set()
    with transaction.atomic(), pytest.raises(days.DayNotOpen):
        days.require_open(business_date=DAY)
