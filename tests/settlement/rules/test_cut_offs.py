"""Cut-offs by property: which rule decides, when its moment is, and where what is late goes."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel.calendars import Calendar
from settlement.rules import cut_offs
from settlement.rules.cut_offs import Rule, Scope

FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
DAYS = st.dates(FIRST, LAST)
# Clocks that are put forward and back, by an hour and by half of one, and clocks that never are.
ZONES = st.sampled_from(
    ["Asia/Bangkok", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]
)
TIMES = st.times().map(lambda one: one.replace(microsecond=0))
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 11, 30), timezones=st.just(UTC))
HOLIDAYS = st.sets(DAYS, max_size=30)


def calendar(holidays=()):
    span = {"covers_from": date(2025, 11, 1), "covers_until": date(2027, 12, 31)}
    return Calendar("XBKK", holidays=frozenset(holidays), **span)


def rule(**changes):
    told = {
        "id": 1,
        "market": "",
        "currency": "",
        "type": "",
        "valid_from": FIRST,
        "time": time(17),
        "zone": "Asia/Bangkok",
        "days_before": 0,
        "refuses": False,
    }
    return Rule(**{**told, **changes})


RULES = st.builds(
    rule,
    id=st.integers(1, 10_000),
    market=st.sampled_from(["", "XBKK", "XNYS"]),
    currency=st.sampled_from(["", "THB", "USD"]),
    type=st.sampled_from(["", "DVP", "PAYMENT"]),
    valid_from=DAYS,
    time=st.none() | TIMES,
)
ASKED = {"market": "XBKK", "currency": "THB", "type_": "DVP"}


def fits(one, on):
    wide = (one.market in {"", "XBKK"}, one.currency in {"", "THB"}, one.type in {"", "DVP"})
    return all(wide) and one.valid_from <= on


@given(rules=st.lists(RULES, max_size=12, unique_by=lambda one: one.id), on=DAYS)
def test_the_narrowest_rule_that_has_begun_decides_however_they_are_sorted(rules, on):
    found = cut_offs.in_force(rules, **ASKED, on=on)
    assert found == cut_offs.in_force(rules[::-1], **ASKED, on=on)
    begun = [one for one in rules if fits(one, on)]
    for name in ("market", "currency", "type"):
        begun = [one for one in begun if getattr(one, name)] or begun
    latest = max((one.valid_from for one in begun), default=None)
    last = max((one.id for one in begun if one.valid_from == latest), default=None)
    assert [one for one in begun if one.id == last and one.time] == ([found] if found else [])


@given(rules=st.lists(RULES, max_size=12), on=DAYS, extra=RULES)
def test_a_rule_that_has_not_begun_or_is_for_another_changes_nothing(rules, on, extra):
    if not fits(extra, on):
        asked = {**ASKED, "on": on}
        assert cut_offs.in_force([*rules, extra], **asked) == cut_offs.in_force(rules, **asked)


@given(day=DAYS, clock=TIMES, zone=ZONES)
def test_the_market_s_clock_shows_the_time_unless_it_skips_it(day, clock, zone):
    found = cut_offs.moment(rule(time=clock, zone=zone), value_date=day, calendar=calendar())
    assert found.at.tzinfo is UTC
    shown = found.local.replace(tzinfo=None)
    wanted = datetime.combine(day, clock)
    skipped = wanted.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).astimezone(ZoneInfo(zone))
    assert shown == wanted or (
        shown == skipped.replace(tzinfo=None)
        and timedelta(0) < shown - wanted <= timedelta(hours=1)
    )
    # Of a time that comes twice the first is meant.
    assert not found.local.fold


@pytest.mark.parametrize(
    ("day", "clock", "utc"),
    [
        (date(2026, 7, 1), time(16), "2026-07-01T14:00"),
        (date(2026, 12, 1), time(16), "2026-12-01T15:00"),
        (date(2026, 3, 29), time(2, 30), "2026-03-29T01:30"),
        (date(2026, 10, 25), time(2, 30), "2026-10-25T00:30"),
    ],
)
def test_summer_time_moves_the_moment(day, clock, utc):
    found = cut_offs.moment(
        rule(time=clock, zone="Europe/Berlin"), value_date=day, calendar=calendar()
    )
    assert found.at == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@given(day=DAYS, before=st.integers(0, 10), holidays=HOLIDAYS)
def test_days_before_are_business_days(day, before, holidays):
    known = calendar(holidays)
    day = known.next_or_same(day)
    found = cut_offs.moment(rule(days_before=before), value_date=day, calendar=known)
    on = found.local.date()
    assert known.is_business_day(on)
    assert len(known.business_days(on, day)) == before + 1


@given(day=DAYS, came=MOMENTS, clock=TIMES, zone=ZONES, before=st.integers(0, 3), holidays=HOLIDAYS)
def test_what_is_late_goes_to_the_first_business_day_it_is_in_time_for(
    *, day, came, clock, zone, before, holidays
):
    known = calendar(holidays)
    day = known.next_or_same(day)
    rules = [rule(time=clock, zone=zone, days_before=before)]
    scope = Scope("XBKK", ("THB",), "DVP")

    def late(one):
        until = cut_offs.until(rules, scope, value_date=one, calendar=known)
        return cut_offs.is_late(came, until)

    memory = {}
    found = cut_offs.first_open(day, is_late=late, calendar=known, known=memory)
    assert known.is_business_day(found)
    assert not late(found)
    passed = known.business_days(day, found - timedelta(days=1))
    assert all(late(one) for one in passed), "none nearer would have done"
    assert memory == dict.fromkeys(passed, found)
    if passed:
        told = cut_offs.rolled(found, calendar=known)
        assert told["settles"] == found.isoformat()
        first = date.fromisoformat(told["not_before"])
        assert passed[-1] < first <= found == known.next_or_same(first)

        # From what is remembered the same comes out, and nothing is reckoned again.
        def never(one):
            raise AssertionError(one)

        for one in passed:
            asked = {"is_late": never, "calendar": known, "known": memory}
            assert cut_offs.first_open(one, **asked) == found


@given(day=DAYS, clock=TIMES, zone=ZONES, apart=st.integers(1, 10**9))
def test_at_the_very_moment_it_is_in_time_and_never_after(day, clock, zone, apart):
    until = cut_offs.moment(rule(time=clock, zone=zone), value_date=day, calendar=calendar())
    assert not cut_offs.is_late(until.at, until)
    assert not cut_offs.is_late(until.at - timedelta(microseconds=apart), until)
    assert cut_offs.is_late(until.at + timedelta(microseconds=apart), until)
    assert not cut_offs.is_late(until.at + timedelta(microseconds=apart), None)


@given(day=DAYS, clock=TIMES, other=TIMES)
def test_of_two_currencies_the_earlier_cut_off_binds(day, clock, other):
    rules = [
        rule(id=1, currency="THB", time=clock),
        rule(id=2, currency="USD", time=other, zone="America/New_York"),
    ]
    both = cut_offs.until(
        rules, Scope("", ("THB", "USD"), "PVP"), value_date=day, calendar=calendar()
    )
    each = [
        cut_offs.until(rules, Scope("", (one,), "PVP"), value_date=day, calendar=calendar()).at
        for one in ("THB", "USD")
    ]
    assert both.at == min(each)


@pytest.mark.parametrize("language", ["en", "th"])
def test_a_sentence_tells_when_it_came_until_when_and_where_it_goes(language):
    until = cut_offs.moment(rule(id=7), value_date=date(2026, 1, 7), calendar=calendar())
    late = cut_offs.facts(until, came=datetime(2026, 1, 7, 10, 0, 1, tzinfo=UTC))
    late |= cut_offs.rolled(date(2026, 1, 8), calendar=calendar())
    told = cut_offs.explained(late, language)
    for word in ("2026-01-07 17:00:01", "2026-01-07 17:00 ", "Asia/Bangkok", "7", "2026-01-08"):
        assert word.strip() in told
    assert ("ทุกรายการ" if language == "th" else "all items") in told
