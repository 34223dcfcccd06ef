"""XHKG and XSES: Hong Kong and Singapore, with the days of the lunar calendars as gazetted."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Final

from backoffice.reference.seed_calendars.rules import (
    DAY,
    SATURDAY,
    SUNDAY,
    Rule,
    easter,
    easter_sunday,
    on,
    once,
    sunday_on,
)

_NEW_YEARS: Final = """2010-02-14 2011-02-03 2012-01-23 2013-02-10 2014-01-31 2015-02-19 2016-02-08
    2017-01-28 2018-02-16 2019-02-05 2020-01-25 2021-02-12 2022-02-01 2023-01-22 2024-02-10
    2025-01-29 2026-02-17 2027-02-06"""
NEW_YEAR: Final = [date.fromisoformat(text) for text in _NEW_YEARS.split()]


def _lunar(name: str, days: Callable[[date], Iterable[date]]) -> Rule:
    """Days reckoned from the first day of the lunar new year."""
    return Rule(name, lambda year: (d for f in NEW_YEAR if f.year == year for d in days(f)))


def _hong_kong_new_year(first: date) -> Iterable[date]:
    """Three days; the fourth too if one is a Sunday (2010: the eve, a Saturday)."""
    three = [first, first + DAY, first + 2 * DAY]
    fourth = any(day.isoweekday() == SUNDAY for day in three) and first.year > 2010
    return [*three, first + 3 * DAY] if fourth else three


def _off_sunday_and_easter(day: date) -> date:
    """Sunday to Monday, and on from Easter Monday to Tuesday."""
    day = sunday_on(day)
    return day + DAY if day == easter_sunday(day.year) + DAY else day


def _mid_autumn(day: date) -> date:
    """The day after the festival, off Sundays and off National Day."""
    day = sunday_on(day)
    return day + DAY if (day.month, day.day) == (10, 1) else day


def _boxing(year: int) -> Iterable[date]:
    """The first weekday after Christmas; two if Christmas is a Sunday."""
    christmas = date(year, 12, 25)
    if christmas.isoweekday() == SUNDAY:
        return [christmas + DAY, christmas + 2 * DAY]
    return [christmas + (2 if christmas.isoweekday() == SATURDAY else 1) * DAY]


def _storm(day: str, name: str) -> Rule:
    return once(name, day, evidence=f"HKEX: no trading on {day}, {name}")


XHKG: Final[tuple[Rule, ...]] = (
    on("New Year's Day", 1, 1, sunday_on),
    _lunar("Lunar New Year", _hong_kong_new_year),
    once(
        "Ching Ming Festival",
        """2010-04-05 2011-04-05 2012-04-04 2013-04-04 2014-04-05 2015-04-05 2016-04-04 2017-04-04
        2018-04-05 2019-04-05 2020-04-04 2021-04-04 2022-04-05 2023-04-05 2024-04-04 2025-04-04
        2026-04-05 2027-04-05""",
        roll=_off_sunday_and_easter,
    ),
    easter("Good Friday", -2),
    easter("Easter Monday", 1),
    once(
        "Birthday of the Buddha",
        """2010-05-21 2011-05-10 2012-04-28 2013-05-17 2014-05-06 2015-05-25 2016-05-14 2017-05-03
        2018-05-22 2019-05-12 2020-04-30 2021-05-19 2022-05-08 2023-05-26 2024-05-15 2025-05-05
        2026-05-24 2027-05-13""",
        roll=sunday_on,
    ),
    on("Labour Day", 5, 1, sunday_on),
    once(
        "Tuen Ng Festival",
        """2010-06-16 2011-06-06 2012-06-23 2013-06-12 2014-06-02 2015-06-20 2016-06-09 2017-05-30
        2018-06-18 2019-06-07 2020-06-25 2021-06-14 2022-06-03 2023-06-22 2024-06-10 2025-05-31
        2026-06-19 2027-06-09""",
        roll=sunday_on,
    ),
    on("HKSAR Establishment Day", 7, 1, sunday_on),
    on("National Day", 10, 1, sunday_on),
    once(
        "Day following the Mid-Autumn Festival",
        """2010-09-23 2011-09-13 2012-10-01 2013-09-20 2014-09-09 2015-09-28 2016-09-16 2017-10-05
        2018-09-25 2019-09-14 2020-10-02 2021-09-22 2022-09-11 2023-09-30 2024-09-18 2025-10-07
        2026-09-26 2027-09-16""",
        roll=_mid_autumn,
    ),
    once(
        "Chung Yeung Festival",
        """2010-10-16 2011-10-05 2012-10-23 2013-10-13 2014-10-02 2015-10-21 2016-10-09 2017-10-28
        2018-10-17 2019-10-07 2020-10-25 2021-10-14 2022-10-04 2023-10-23 2024-10-11 2025-10-29
        2026-10-18 2027-10-08""",
        roll=sunday_on,
    ),
    on("Christmas Day", 12, 25),
    Rule("Boxing Day", _boxing),
    once("70th anniversary of victory", "2015-09-03"),
    _storm("2011-09-29", "typhoon Nesat"),
    _storm("2013-08-14", "typhoon Utor"),
    _storm("2016-08-02", "typhoon Nida"),
    _storm("2016-10-21", "typhoon Haima"),
    _storm("2017-08-23", "typhoon Hato"),
    _storm("2020-10-13", "typhoon Nangka"),
    _storm("2021-10-13", "typhoon Kompasu"),
    _storm("2023-07-17", "typhoon Talim"),
    _storm("2023-09-01", "typhoon Saola"),
    _storm("2023-09-08", "black rainstorm"),
    _storm("2024-09-06", "typhoon Yagi"),
)


def _singapore_new_year(first: date) -> Iterable[date]:
    """Two days; one that is a Sunday is made up for on the next weekday that is none of them."""
    two = [first, first + DAY]
    made_up = {SUNDAY: first + 2 * DAY, SATURDAY: first + 2 * DAY}.get(first.isoweekday())
    return [*two, made_up] if made_up else two


XSES: Final[tuple[Rule, ...]] = (
    on("New Year's Day", 1, 1, sunday_on),
    _lunar("Chinese New Year", _singapore_new_year),
    easter("Good Friday", -2),
    on("Labour Day", 5, 1, sunday_on),
    once(
        "Vesak Day",
        """2010-05-28 2011-05-17 2012-05-05 2013-05-24 2014-05-13 2015-06-01 2016-05-21 2017-05-10
        2018-05-29 2019-05-19 2020-05-07 2021-05-26 2022-05-15 2023-06-02 2024-05-22 2025-05-12
        2026-05-31 2027-05-20""",
        roll=sunday_on,
    ),
    on("National Day", 8, 9, sunday_on),
    once(
        "Hari Raya Puasa",
        """2010-09-10 2011-08-30 2012-08-19 2013-08-08 2014-07-28 2015-07-17 2016-07-06 2017-06-25
        2018-06-15 2019-06-05 2020-05-24 2021-05-13 2022-05-03 2023-04-22 2024-04-10 2025-03-31
        2026-03-21 2027-03-10""",
        roll=sunday_on,
    ),
    once(
        "Hari Raya Haji",
        """2010-11-17 2011-11-06 2012-10-26 2013-10-15 2014-10-05 2015-09-24 2016-09-12 2017-09-01
        2018-08-22 2019-08-11 2020-07-31 2021-07-20 2022-07-10 2023-06-29 2024-06-17 2025-06-07
        2026-05-27 2027-05-17""",
        roll=sunday_on,
    ),
    once(
        "Deepavali",
        """2010-11-05 2011-10-26 2012-11-13 2013-11-02 2014-10-22 2015-11-10 2016-10-29 2017-10-18
        2018-11-06 2019-10-27 2020-11-14 2021-11-04 2022-10-24 2023-11-12 2024-10-31 2025-10-20
        2026-11-08 2027-10-28""",
        roll=sunday_on,
    ),
    on("Christmas Day", 12, 25, sunday_on),
    once("Golden jubilee", "2015-08-07"),
    once("Polling day", "2011-05-07", "2015-09-11", "2020-07-10", "2023-09-01", "2025-05-03"),
)
