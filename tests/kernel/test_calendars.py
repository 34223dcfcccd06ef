from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel.calendars import (
    Calendar,
    Convention,
    Cycle,
    CycleRefused,
    NoCycle,
    NotBusinessDay,
    OutsideCalendar,
    Period,
    PeriodRefused,
    Unit,
    add_months,
    adjust,
    advance,
    cycle_on,
    differences,
    joint,
    settlement_date,
    with_changes,
)

DAY = timedelta(days=1)
SPAN = st.dates(date(2020, 1, 1), date(2026, 12, 31))
calendars = st.builds(
    Calendar,
    code=st.just("ANY"),
    holidays=st.frozensets(SPAN, max_size=60),
    weekend=st.frozensets(st.integers(1, 7), max_size=3),
    working_days=st.frozensets(SPAN, max_size=20),
)
ADJUSTING = [one for one in Convention if one is not Convention.NONE]


@given(SPAN, calendars, st.sampled_from(ADJUSTING))
def test_adjusted_days_are_business_days_and_business_days_stay(day, calendar, convention):
    moved = adjust(day, convention, calendar)
    assert calendar.is_business_day(moved)
    assert moved == day or not calendar.is_business_day(day)
    assert adjust(moved, convention, calendar) == moved


@given(SPAN, calendars)
def test_conventions_keep_their_promises(day, calendar):
    assert adjust(day, Convention.NONE, calendar) == day
    assert adjust(day, Convention.FOLLOWING, calendar) >= day
    assert adjust(day, Convention.PRECEDING, calendar) <= day
    same_month = [
        other
        for other in (adjust(day, Convention.FOLLOWING, calendar),
                      adjust(day, Convention.PRECEDING, calendar))
        if other.month == day.month
    ]  # fmt: skip
    if same_month:
        for convention in (Convention.MODIFIED_FOLLOWING, Convention.MODIFIED_PRECEDING):
            assert adjust(day, convention, calendar).month == day.month


@given(SPAN, calendars, st.integers(1, 15))
def test_counting_business_days_back_and_forth(day, calendar, count):
    later = calendar.add_business_days(day, count)
    between = calendar.business_days(day + DAY, later)
    assert len(between) == count
    assert between[-1] == later
    if calendar.is_business_day(day):
        assert calendar.add_business_days(later, -count) == day
    assert settlement_date(day, Cycle(count), calendar) == later


@given(SPAN, calendars, calendars)
def test_joint_business_days_are_those_of_all(day, one, other):
    both = one.is_business_day(day) and other.is_business_day(day)
    assert joint(one, other).is_business_day(day) is both


@given(st.frozensets(SPAN, min_size=1, max_size=300))
def test_sessions_make_their_own_calendar(sessions):
    calendar = Calendar.from_sessions("X", sessions)
    assert set(calendar.business_days(min(sessions), max(sessions))) == sessions


@given(calendars, st.frozensets(SPAN, max_size=9), st.frozensets(SPAN, max_size=9))
def test_changes_close_and_open_days(calendar, closed, opened):
    closed -= opened
    after = with_changes(calendar, closed=closed, opened=opened)
    changed = differences(calendar, after, date(2020, 1, 1), date(2026, 12, 31))
    assert changed.keys() <= closed | opened
    assert all(after.is_business_day(day) for day in opened)
    assert not any(after.is_business_day(day) for day in closed)


def test_nothing_is_guessed_outside_the_calendar():
    known = Calendar("XBKK", covers_from=date(2026, 1, 1), covers_until=date(2026, 12, 31))
    with pytest.raises(OutsideCalendar, match="covers 2026-01-01 to 2026-12-31"):
        settlement_date(date(2026, 12, 30), Cycle(2), known)
    unlimited = Calendar("XNYS")
    assert joint(known, unlimited).covers_until == date(2026, 12, 31)
    known.require_business_day(date(2026, 12, 30))
    with pytest.raises(NotBusinessDay):
        known.require_business_day(date(2026, 12, 27))


def test_working_weekends_and_other_weekends():
    riyadh = Calendar("RIY", weekend=frozenset({5, 6}))
    shanghai = Calendar("XSHG", working_days=frozenset({date(2026, 2, 14)}))
    assert riyadh.is_business_day(date(2026, 11, 22))
    assert not riyadh.is_business_day(date(2026, 11, 20))
    assert shanghai.is_business_day(date(2026, 2, 14))
    assert not joint(riyadh, shanghai).is_business_day(date(2026, 2, 14))


@pytest.mark.parametrize(
    ("start", "period", "convention", "end_of_month", "moved"),
    [
        ("2026-01-30", "1M", Convention.MODIFIED_FOLLOWING, False, "2026-02-27"),
        ("2026-02-27", "1M", Convention.FOLLOWING, True, "2026-03-31"),
        ("2026-02-28", "1M", Convention.NONE, True, "2026-03-31"),
        ("2026-02-27", "1M", Convention.NONE, True, "2026-03-27"),
        ("2024-02-29", "1Y", Convention.MODIFIED_FOLLOWING, False, "2025-02-28"),
        ("2026-11-20", "1D", Convention.FOLLOWING, False, "2026-11-23"),
        ("2026-11-23", "-1D", Convention.FOLLOWING, False, "2026-11-20"),
        ("2026-11-21", "0D", Convention.PRECEDING, False, "2026-11-20"),
        ("2026-11-21", "2W", Convention.FOLLOWING, False, "2026-12-07"),
        ("2026-12-31", "-6M", Convention.FOLLOWING, True, "2026-06-30"),
    ],
)
def test_advancing(start, period, convention, end_of_month, moved):
    found = advance(
        date.fromisoformat(start),
        Period.parse(period),
        Calendar("SAT_SUN"),
        convention=convention,
        end_of_month=end_of_month,
    )
    assert found.isoformat() == moved


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)), st.integers(-500, 500))
def test_months_keep_the_day_or_end_the_month(day, count):
    moved = add_months(day, count)
    assert (moved.year - day.year) * 12 + moved.month - day.month == count
    assert moved.day == day.day or (moved + DAY).day == 1


def test_the_four_nearests():
    thursday_off = Calendar("X", frozenset({date(2026, 11, 19)}))
    thursday = date(2026, 11, 19)
    assert adjust(thursday, Convention.NEAREST, thursday_off) == date(2026, 11, 18)
    assert adjust(thursday, Convention.NEAREST_BY_DISTANCE, thursday_off) == date(2026, 11, 20)
    crossing = date(2026, 11, 15)
    bimonthly = Convention.MODIFIED_FOLLOWING_BIMONTHLY
    assert adjust(crossing, bimonthly, thursday_off) == date(2026, 11, 13)


def test_cycles_change_on_their_day():
    cycles = [Cycle.parse("T+1", date(2024, 5, 28)), Cycle.parse("T+2", date(2017, 9, 5))]
    assert str(cycle_on(cycles, date(2024, 5, 27))) == "T+2"
    assert str(cycle_on(cycles, date(2024, 5, 28))) == "T+1"
    with pytest.raises(NoCycle):
        cycle_on(cycles, date(2017, 9, 4))
    assert settlement_date(date(2026, 11, 21), Cycle(0), Calendar("X")) == date(2026, 11, 23)


@pytest.mark.parametrize("text", ["T2", "T+", "T+100", "t+2", "T+๒", "T+2 ", ""])
def test_cycles_are_read_strictly(text):
    with pytest.raises(CycleRefused):
        Cycle.parse(text)


@pytest.mark.parametrize("text", ["2", "D", "1.5M", "1Q", "+1D", "1D\n", "10000D"])
def test_periods_are_read_strictly(text):
    with pytest.raises(PeriodRefused):
        Period.parse(text)
    assert Period.parse("-3M") == Period(-3, Unit.MONTH)


@pytest.mark.parametrize(("day", "count"), [(date.max, 1), (date.min, -1), (date.max, 99)])
def test_the_last_of_all_dates_is_refused_like_any_other_unknown_day(day, count):
    with pytest.raises(OutsideCalendar):
        Calendar(code="weekdays").add_business_days(day, count)


def test_a_calendar_without_business_days_ends_with_all_dates():
    never = Calendar(code="never", weekend=frozenset(range(1, 8)))
    with pytest.raises(OutsideCalendar):
        never.next_or_same(date(9999, 12, 1))
