"""Promises run in working time."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel.calendars import Calendar
from backoffice.portal.rules import CLOSES, OPENS, ZONE, promised

# Monday 5 January 2026 is a working day here, the Tuesday is not.
CALENDAR = Calendar(code="T", holidays=frozenset({date(2026, 1, 6)}))


def _promise(moment: str, hours: float) -> str:
    asked = datetime.fromisoformat(moment).replace(tzinfo=ZONE)
    found = promised(asked_at=asked, working=timedelta(hours=hours), calendar=CALENDAR)
    return found.strftime("%a %d %H:%M")


def test_within_the_day():
    assert _promise("2026-01-05T09:15", 4) == "Mon 05 13:15"


def test_exactly_until_closing():
    assert _promise("2026-01-05T13:30", 4) == "Mon 05 17:30"


def test_what_is_left_goes_over_the_holiday_to_the_next_day():
    assert _promise("2026-01-05T16:30", 4) == "Wed 07 11:30"


def test_asked_at_night_or_at_the_weekend():
    assert _promise("2026-01-05T03:00", 2) == "Mon 05 10:30"
    assert _promise("2026-01-04T12:00", 2) == "Mon 05 10:30"
    assert _promise("2026-01-05T23:00", 2) == "Wed 07 10:30"


def test_longer_than_a_day():
    assert _promise("2026-01-07T08:30", 19) == "Fri 09 09:30"


@given(
    asked=st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),
    minutes=st.integers(1, 3000),
)
def test_a_promise_lies_in_working_hours_and_never_in_the_past(asked, minutes):
    found = promised(asked_at=asked, working=timedelta(minutes=minutes), calendar=CALENDAR)
    assert found >= asked + timedelta(minutes=minutes)
    assert OPENS < found.time() <= CLOSES
    assert CALENDAR.is_business_day(found.date())
