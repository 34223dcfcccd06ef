"""JPTO and XTKS: national holidays of Japan, the turn of the year, and days without trading.

Source: Act on National Holidays (Act 178 of 1948) with its amendments. Equinoxes by the National
Astronomical Observatory's formula, valid 1980 to 2099.
"""

from collections.abc import Iterable
from datetime import date
from typing import Final

from backoffice.reference.seed_calendars.rules import DAY, MONDAY, SUNDAY, Rule, nth, on, once


def _equinox(base: float, month: int, name: str) -> Rule:
    def days(year: int) -> Iterable[date]:
        passed = year - 1980
        return [date(year, month, int(base + 0.242194 * passed) - passed // 4)]

    return Rule(name, days, since=1980, until=2099)


NATIONAL: Final[tuple[Rule, ...]] = (
    on("New Year's Day", 1, 1),
    on("Coming of Age Day", 1, 15, until=1999),
    nth("Coming of Age Day", 1, MONDAY, 2, since=2000),
    on("National Foundation Day", 2, 11),
    on("Emperor's Birthday", 2, 23, since=2020),
    _equinox(20.8431, 3, "Vernal Equinox Day"),
    on("Showa Day", 4, 29),
    on("Constitution Memorial Day", 5, 3),
    # Greenery Day; before 2007 closed as the day between two holidays.
    on("Greenery Day", 5, 4),
    on("Children's Day", 5, 5),
    on("Marine Day", 7, 20, since=1996, until=2002),
    nth("Marine Day", 7, MONDAY, 3, since=2003, but=(2020, 2021)),
    once("Marine Day", "2020-07-23", "2021-07-22"),
    on("Mountain Day", 8, 11, since=2016, but=(2020, 2021)),
    once("Mountain Day", "2020-08-10", "2021-08-08"),
    on("Respect for the Aged Day", 9, 15, until=2002),
    nth("Respect for the Aged Day", 9, MONDAY, 3, since=2003),
    _equinox(23.2488, 9, "Autumnal Equinox Day"),
    on("Sports Day", 10, 10, until=1999),
    nth("Sports Day", 10, MONDAY, 2, since=2000, but=(2020, 2021)),
    once("Sports Day", "2020-07-24", "2021-07-23"),
    on("Culture Day", 11, 3),
    on("Labour Thanksgiving Day", 11, 23),
    on("Emperor's Birthday", 12, 23, since=1989, until=2018),
    once("Enthronement of the Emperor", "2019-05-01", "2019-10-22"),
    once("Holiday between holidays", "2019-04-30", "2019-05-02"),
)


def _national(year: int) -> set[date]:
    return {
        day
        for rule in NATIONAL
        if rule.since <= year <= rule.until and year not in rule.but
        for day in rule.days(year)
    }


def _substitutes(year: int) -> Iterable[date]:
    """For a holiday on a Sunday: the next day that is none (until 2006 the Monday)."""
    holidays = _national(year)
    for day in sorted(holidays):
        # 4 May was no holiday in its own right before 2007, and its Sundays are not made up for.
        if day.isoweekday() == SUNDAY and not (year < 2007 and (day.month, day.day) == (5, 4)):
            after = day + DAY
            while after in holidays:
                after += DAY
            if year >= 2007 or after == day + DAY:
                yield after


def _between(year: int) -> Iterable[date]:
    """A day between two holidays (from 1986 on)."""
    holidays = _national(year)
    for day in holidays:
        middle = day + DAY
        if middle + DAY in holidays and middle not in holidays and middle.isoweekday() != SUNDAY:
            yield middle


JPTO: Final[tuple[Rule, ...]] = (
    *NATIONAL,
    Rule("Substitute holiday", _substitutes),
    Rule("Holiday between holidays", _between, since=1986),
    on("Bank holiday", 1, 2),
    on("Bank holiday", 1, 3),
    on("Bank holiday", 12, 31),
)

XTKS: Final[tuple[Rule, ...]] = (
    *JPTO,
    once("Failure of the trading system", "2020-10-01", evidence="TSE, 1 October 2020: no trading"),
)
