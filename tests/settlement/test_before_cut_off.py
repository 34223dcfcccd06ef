"""No day is ended before its last cut-off unasked: by the night, by a person, or by the command."""

from datetime import UTC, date, datetime, time, timedelta
from io import StringIO
from unittest import mock

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice.frame.models import AuditEvent
from backoffice.outbox.models import JobRun
from backoffice.reference import queries as reference
from settlement import queries, readiness, starting, tasks
from settlement.models import CutOff, StepRun, Trade
from settlement.rules.trades import Side
from settlement.trades import cut_offs, deadlines
from settlement.windows import windowing
from tests.settlement import market
from tests.settlement.market import ACTOR, AT, BOOK, DUE, KRUNG, SIAM

pytestmark = pytest.mark.django_db
# 18:00 in Bangkok.
UNTIL = datetime(2026, 1, 7, 11, 0, tzinfo=UTC)
BEFORE, AFTER = UNTIL, UNTIL + timedelta(seconds=1)


@pytest.fixture(autouse=True)
def furnished():
    """A trade due on the 7th, in a window that is open."""
    market.furnish()
    market.capture(market.trade("T-1", SIAM, KRUNG))


@pytest.fixture
def clock(monkeypatch):
    """`clock(UNTIL)`: what time it is for commands and the night."""

    def strike(now):
        monkeypatch.setattr("django.utils.timezone.now", lambda: now)

    return strike


def state(clock="18:00", **told):
    told = {"valid_from": date(2026, 1, 1), "source": "rule book"} | told
    row = CutOff(time=time.fromisoformat(clock) if clock else None, **told)
    return cut_offs.enter(cut_off=row, actor=ACTOR, at=AT)


def ahead(at, *of, book=BOOK):
    found = deadlines.Deadlines(at).ahead(book=book, days=of or [DUE])
    return found.at if found else None


def test_without_a_rule_nothing_is_waited_for_and_one_query_says_so():
    with CaptureQueriesContext(connection) as queries:
        assert ahead(AT) is None
    assert len(queries) == 1


def test_a_day_waits_for_the_last_cut_off_of_its_markets_and_for_no_other():
    state("15:00")
    state("18:00", market="XBKK", type="PAYMENT", currency="USD")
    state("23:00", market="XNYS")
    assert ahead(BEFORE) == UNTIL
    assert ahead(AFTER) is None
    assert ahead(BEFORE, book="OTHER") is None
    market.capture(market.pay("P-1", SIAM, KRUNG, "1.00", market="XNYS", currency="USD"))
    assert ahead(AFTER) == datetime(2026, 1, 7, 16, 0, tzinfo=UTC)


def test_a_narrower_rule_takes_the_place_of_a_wider_one():
    state("23:00")
    state("18:00", market="XBKK")
    assert ahead(BEFORE) == UNTIL
    state(None, market="XBKK")
    assert ahead(BEFORE) is None


def test_days_on_which_nothing_settles_and_closed_windows_wait_for_nothing():
    state()
    saturday = date(2026, 1, 10)
    assert ahead(BEFORE, saturday) is None
    assert ahead(BEFORE, DUE, date(2026, 1, 8)) == UNTIL
    assert ahead(AFTER, DUE, date(2026, 1, 8)) == UNTIL + timedelta(days=1)
    StepRun.objects.create(
        book=BOOK,
        business_date=DUE,
        step="close_windows",
        position=3,
        counts={},
        started_at=AT,
        finished_at=AT,
    )
    assert ahead(BEFORE) is None


def test_the_step_that_is_looked_for_is_one_of_the_ritual_s():
    state()
    market.close_day(clock=lambda: BEFORE)
    assert StepRun.objects.filter(step=deadlines.WINDOWS_CLOSED).exists()
    assert ahead(BEFORE) is None


def test_a_person_is_asked_for_an_explicit_yes_and_it_is_kept(cast):
    state()
    told = {"book": BOOK, "business_date": DUE, "actor": cast.actor("dao")}
    with pytest.raises(starting.BeforeCutOff) as refused:
        starting.start(**told, at=BEFORE)
    for language, words in (("en", "all items"), ("th", "ทุกรายการ")):
        said = refused.value.text(language)
        assert all(one in said for one in (words, "2026-01-07 18:00", "Asia/Bangkok"))
    assert not JobRun.objects.exists()
    starting.start(**told, at=BEFORE, before_cut_off=True)
    assert JobRun.objects.count() == 1
    [kept] = AuditEvent.objects.filter(verb="starting.start")
    assert kept.detail["before_cut_off"] == "2026-01-07T18:00:00+07:00"


def test_after_the_cut_off_nobody_is_asked_and_nothing_is_noted(cast):
    state()
    told = {"book": BOOK, "business_date": DUE, "actor": cast.actor("dao")}
    for sure in (False, True):
        starting.start(**told, at=AFTER, before_cut_off=sure)
    details = AuditEvent.objects.filter(verb="starting.start").values_list("detail", flat=True)
    assert all("before_cut_off" not in one for one in details)


def test_the_night_waits_and_comes_back_and_keeps_the_order(clock):
    state()
    market.capture(market.pay("P-1", SIAM, KRUNG, "1.00", trade_date=DUE, value_date=DUE))
    clock(BEFORE)
    tasks.close_due_days()
    tasks.close_after_cut_offs()
    assert not JobRun.objects.exists()
    clock(AFTER)
    tasks.close_after_cut_offs()
    assert JobRun.objects.get().business_date == DUE
    tasks.close_due_days()
    assert JobRun.objects.count() == 1


def test_behind_a_day_that_waits_the_next_waits_too(clock):
    """New York's cut-off of the 7th is in the morning of the 8th in Bangkok; the 8th has none."""
    state("23:00", zone="America/New_York")
    state(None, valid_from=date(2026, 1, 8))
    market.capture(market.trade("T-2", SIAM, KRUNG, value_date=date(2026, 1, 8)))
    clock(datetime(2026, 1, 8, 3, 0, tzinfo=UTC))
    tasks.close_due_days()
    tasks.close_after_cut_offs()
    assert not JobRun.objects.exists()
    clock(datetime(2026, 1, 8, 11, 0, tzinfo=UTC))
    tasks.close_due_days()
    assert [one.business_date for one in JobRun.objects.order_by("business_date")] == [
        DUE,
        date(2026, 1, 8),
    ]


def test_days_without_a_cut_off_end_at_their_own_hour_only(clock):
    clock(AFTER)
    tasks.close_after_cut_offs()
    assert not JobRun.objects.exists()
    tasks.close_due_days()
    assert JobRun.objects.count() == 1


def test_the_command_refuses_until_it_is_told(clock):
    state(market="XBKK", type="DVP")
    clock(BEFORE)
    words = ("close_day", "--date", DUE.isoformat())
    with pytest.raises(CommandError, match=r"(?s)XBKK DVP.*end-of-day-before-cut-off.*เวลาปิดรับ"):
        call_command(*words, stdout=StringIO(), stderr=StringIO())
    assert not StepRun.objects.exists()
    call_command(*words, "--before-cut-off", stdout=StringIO(), stderr=StringIO())
    assert days_state() == "closed"


def days_state():
    return reference.day_state(business_date=DUE, book=BOOK)


def test_history_is_replayed_under_any_rule(clock):
    """What is long past has its cut-offs behind it."""
    state()
    clock(datetime(2026, 11, 30, tzinfo=UTC))
    call_command("close_day", "--date", DUE.isoformat(), stdout=StringIO(), stderr=StringIO())
    assert days_state() == "closed"


def test_what_is_late_settles_with_the_next_day_though_the_window_is_open():
    state()
    market.fund(SIAMSEC={"THB": 10_000}, KRUNGSEC={market.PTT: 1_000})
    with mock.patch.object(market, "AT", AFTER):
        market.capture(market.trade("T-2", SIAM, KRUNG))
    assert windowing.Window.objects.filter(market="XBKK").count() == 1, "both in the same window"
    done = market.close_day(clock=lambda: AFTER)
    assert (done["trades_settled"], done["trades_left"]) == (1, 0)
    late = Trade.objects.get(source_ref="T-2")
    assert late.value_date == date(2026, 1, 8)
    done = market.close_day(date(2026, 1, 8), clock=lambda: AFTER)
    assert done["trades_settled"] == 1


def test_the_night_ends_the_day_that_late_sides_fall_due_on(clock):
    """Their trades are of the 7th, which is sealed: nothing else is due on the 8th."""
    state()
    market.fund(SIAMSEC={"THB": 10_000}, KRUNGSEC={market.PTT: 1_000})
    with mock.patch.object(market, "AT", AFTER):
        for ref, source, side in (("B", "SIAMSEC", Side.BUY), ("S", "KRUNGSEC", Side.SELL)):
            told = {"source": source, "side": side, "locked_in": False}
            market.capture(market.trade(ref, SIAM, KRUNG, **told))
    market.close_day(clock=lambda: AFTER)
    following = date(2026, 1, 8)
    assert readiness.next_day(book=BOOK, until=following) == following
    clock(AFTER + timedelta(days=1))
    tasks.close_due_days()
    assert JobRun.objects.get().business_date == following
    assert market.close_day(following, clock=lambda: AFTER)["trades_settled"] == 1
    assert queries.days_waiting(until=following) == []
    assert readiness.next_day(book=BOOK, until=following) is None
