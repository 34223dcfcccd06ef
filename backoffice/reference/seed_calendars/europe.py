"""Calendars of Europe: TARGET, Paris, Frankfurt, Zurich, Scandinavia, Prague, Budapest, Warsaw."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from backoffice.reference.seed_calendars.rules import DAY, Rule, easter, on, once

_CHRISTMAS: Final = (on("Christmas Day", 12, 25), on("Boxing Day", 12, 26))
_EASTER: Final = (easter("Good Friday", -2), easter("Easter Monday", 1))
_NEW_YEAR: Final = on("New Year's Day", 1, 1)
_LABOUR: Final = on("Labour Day", 5, 1)
_ASCENSION: Final = easter("Ascension Day", 39)
_WHIT: Final = easter("Whit Monday", 50)
_EVES: Final = (on("Christmas Eve", 12, 24), on("New Year's Eve", 12, 31))

# The European Central Bank's closing days of TARGET.
EUTA: Final[tuple[Rule, ...]] = (
    _NEW_YEAR,
    easter("Good Friday", -2, since=2000),
    easter("Easter Monday", 1, since=2000),
    on("Labour Day", 5, 1, since=2000),
    on("Christmas Day", 12, 25),
    on("Boxing Day", 12, 26, since=2000),
    once("New Year's Eve", "1999-12-31", "2001-12-31"),
)

FRPA: Final[tuple[Rule, ...]] = (
    *(_NEW_YEAR, *_EASTER, _LABOUR, _ASCENSION, *_CHRISTMAS),
    on("Victory Day", 5, 8),
    # The day of solidarity with the old took Whit Monday's place from 2005 to 2007.
    easter("Whit Monday", 50, but=(2005, 2006, 2007)),
    on("Bastille Day", 7, 14),
    on("Assumption Day", 8, 15),
    on("All Saints' Day", 11, 1),
    on("Armistice Day", 11, 11),
)

DEFR: Final[tuple[Rule, ...]] = (
    *(_NEW_YEAR, *_EASTER, _LABOUR, _ASCENSION, _WHIT, *_CHRISTMAS, *_EVES),
    easter("Corpus Christi", 60),
    on("German Unity Day", 10, 3),
    once("Reformation Day", "2017-10-31"),
)

CHZU: Final[tuple[Rule, ...]] = (
    *(_NEW_YEAR, *_EASTER, _LABOUR, _ASCENSION, _WHIT, *_CHRISTMAS),
    on("Berchtold's Day", 1, 2),
    on("National Day", 8, 1),
)

DKCO: Final[tuple[Rule, ...]] = (
    *(_NEW_YEAR, *_EASTER, _ASCENSION, _WHIT, *_CHRISTMAS, *_EVES),
    easter("Maundy Thursday", -3),
    easter("Great Prayer Day", 26, until=2023),
    easter("Day after Ascension", 40, since=2009),
    on("Constitution Day", 6, 5),
)

NOOS: Final[tuple[Rule, ...]] = (
    *(_NEW_YEAR, *_EASTER, _LABOUR, _ASCENSION, _WHIT, *_CHRISTMAS, *_EVES),
    easter("Maundy Thursday", -3),
    on("Constitution Day", 5, 17),
)


def _midsummer(year: int) -> Iterable[date]:
    """The Friday from 19 to 25 June."""
    day = date(year, 6, 19)
    return [day + (5 - day.isoweekday()) % 7 * DAY]


SEST: Final[tuple[Rule, ...]] = (
    *(_NEW_YEAR, *_EASTER, _LABOUR, _ASCENSION, *_CHRISTMAS, *_EVES),
    on("Epiphany", 1, 6),
    on("National Day", 6, 6, since=2005),
    Rule("Midsummer Eve", _midsummer),
)

CZPR: Final[tuple[Rule, ...]] = (
    *(_NEW_YEAR, _LABOUR, *_CHRISTMAS),
    easter("Good Friday", -2, since=2016),
    easter("Easter Monday", 1),
    on("Liberation Day", 5, 8),
    on("Saints Cyril and Methodius", 7, 5),
    on("Jan Hus Day", 7, 6),
    on("Statehood Day", 9, 28, since=2000),
    on("Independence Day", 10, 28),
    on("Struggle for Freedom and Democracy", 11, 17, since=2000),
    on("Christmas Eve", 12, 24),
)


def _bridged(name: str, month: int, day: int) -> tuple[Rule, Rule]:
    """The holiday, and the Monday before a Tuesday or the Friday after a Thursday."""

    def bridge(year: int) -> Iterable[date]:
        holiday = date(year, month, day)
        step = {2: -DAY, 4: DAY}.get(holiday.isoweekday())
        return [holiday + step] if step else []

    return on(name, month, day), Rule(f"Day off for {name}", bridge)


HUBU: Final[tuple[Rule, ...]] = (
    *_bridged("New Year's Day", 1, 1),
    *_bridged("1848 Revolution Day", 3, 15),
    easter("Good Friday", -2, since=2017),
    easter("Easter Monday", 1),
    *_bridged("Labour Day", 5, 1),
    _WHIT,
    *_bridged("State Foundation Day", 8, 20),
    *_bridged("1956 Revolution Day", 10, 23),
    *_bridged("All Saints' Day", 11, 1),
    on("Christmas Eve", 12, 24),
    *_bridged("Christmas Day", 12, 25),
    *_bridged("Boxing Day", 12, 26),
)

PLWA: Final[tuple[Rule, ...]] = (
    *(_NEW_YEAR, _LABOUR, *_CHRISTMAS),
    on("Epiphany", 1, 6, since=2011),
    easter("Easter Monday", 1),
    on("Constitution Day", 5, 3),
    easter("Corpus Christi", 60),
    on("Assumption Day", 8, 15),
    on("All Saints' Day", 11, 1),
    on("Independence Day", 11, 11),
    on("Christmas Eve", 12, 24),
    once("Centenary of independence", "2018-11-12"),
    once("New Year's Eve", "2015-12-31", "2018-12-31"),
)
