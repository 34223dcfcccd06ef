"""Promises in working time: a question asked at night is answered in the morning."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from backoffice.kernel.calendars import Calendar

ZONE = ZoneInfo("Asia/Bangkok")
OPENS = time(8, 30)
CLOSES = time(17, 30)
FAR = 60


def promised(*, asked_at: datetime, working: timedelta, calendar: Calendar) -> datetime:
    """When `working` hours of the desks have passed since `asked_at`.

    The desks work from 08:30 to 17:30 in Bangkok on business days. A calendar that says nothing
    about a day counts it by its weekday.

    Args:
        asked_at: aware.
        working: positive working time.

    Returns:
        The moment, in Bangkok's time zone.
    """
    left = working
    day = asked_at.astimezone(ZONE).date()
    for _turn in range(FAR):
        opens = datetime.combine(day, OPENS, ZONE)
        closes = datetime.combine(day, CLOSES, ZONE)
        begins = max(asked_at.astimezone(ZONE), opens)
        if _works(calendar, opens) and begins < closes:
            if begins + left <= closes:
                return begins + left
            left -= closes - begins
        day += timedelta(days=1)
    return datetime.combine(day, OPENS, ZONE)


def _works(calendar: Calendar, moment: datetime) -> bool:
    day = moment.date()
    return calendar.is_business_day(day) if calendar.covers(day) else day.isoweekday() < 6
