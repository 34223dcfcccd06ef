"""Calendars of the United States, Canada and the United Kingdom."""

from typing import Final

from backoffice.reference.seed_calendars.rules import (
    MONDAY,
    THURSDAY,
    Rule,
    easter,
    monday_before,
    nearest,
    nth,
    on,
    once,
    second,
    sunday_on,
    weekend_on,
)

_THANKSGIVING: Final = nth("Thanksgiving Day", 11, THURSDAY, 4)
_LABOR: Final = nth("Labor Day", 9, MONDAY, 1)
_MEMORIAL: Final = nth("Memorial Day", 5, MONDAY, -1)
_WASHINGTON: Final = nth("Washington's Birthday", 2, MONDAY, 3)
_KING: Final = nth("Martin Luther King Jr. Day", 1, MONDAY, 3, since=1986)
_COLUMBUS: Final = nth("Columbus Day", 10, MONDAY, 2)
_FEDERAL: Final = (_KING, _WASHINGTON, _MEMORIAL, _LABOR, _COLUMBUS, _THANKSGIVING)

XNYS: Final[tuple[Rule, ...]] = (
    on("New Year's Day", 1, 1, sunday_on),
    nth("Martin Luther King Jr. Day", 1, MONDAY, 3, since=1998),
    _WASHINGTON,
    easter("Good Friday", -2),
    _MEMORIAL,
    on("Juneteenth", 6, 19, nearest, since=2022),
    on("Independence Day", 7, 4, nearest),
    _LABOR,
    _THANKSGIVING,
    on("Christmas Day", 12, 25, nearest),
    once("Attacks of 11 September", "2001-09-11", "2001-09-12", "2001-09-13", "2001-09-14"),
    once("Mourning for President Reagan", "2004-06-11"),
    once("Mourning for President Ford", "2007-01-02"),
    once(
        "Hurricane Sandy",
        "2012-10-29 2012-10-30",
        evidence="NYSE closed on 29 and 30 October 2012 (SEC and NYSE statements)",
    ),
    once("Mourning for President Bush", "2018-12-05"),
    once("Mourning for President Carter", "2025-01-09"),
)

# Banks in New York and the Federal Reserve: holidays on Saturdays are lost.
USNY: Final[tuple[Rule, ...]] = (
    *_FEDERAL,
    on("New Year's Day", 1, 1, sunday_on),
    on("Juneteenth", 6, 19, sunday_on, since=2022),
    on("Independence Day", 7, 4, sunday_on),
    on("Veterans Day", 11, 11, sunday_on),
    on("Christmas Day", 12, 25, sunday_on),
)

# Government securities (SIFMA's recommendations).
USGS: Final[tuple[Rule, ...]] = (
    *_FEDERAL,
    on("New Year's Day", 1, 1, sunday_on),
    easter("Good Friday", -2),
    on("Juneteenth", 6, 19, nearest, since=2022),
    on("Independence Day", 7, 4, nearest),
    on("Veterans Day", 11, 11, sunday_on),
    on("Christmas Day", 12, 25, nearest),
    once("Hurricane Sandy", "2012-10-30"),
)

_CANADA: Final[tuple[Rule, ...]] = (
    on("New Year's Day", 1, 1, weekend_on),
    easter("Good Friday", -2),
    Rule("Victoria Day", lambda year: [monday_before(year, 5, 25)]),
    on("Canada Day", 7, 1, weekend_on),
    nth("Labour Day", 9, MONDAY, 1),
    nth("Thanksgiving", 10, MONDAY, 2),
    on("Christmas Day", 12, 25, weekend_on),
    on("National Day for Truth and Reconciliation", 9, 30, weekend_on, since=2021),
)

CATO: Final[tuple[Rule, ...]] = (
    *_CANADA,
    nth("Family Day", 2, MONDAY, 3, since=2008),
    nth("Civic Holiday", 8, MONDAY, 1),
    on("Remembrance Day", 11, 11, weekend_on),
    on("Boxing Day", 12, 26, second),
)

CAMO: Final[tuple[Rule, ...]] = (*_CANADA, on("National Day of Quebec", 6, 24, weekend_on))

GBLO: Final[tuple[Rule, ...]] = (
    on("New Year's Day", 1, 1, weekend_on, since=1974),
    easter("Good Friday", -2),
    easter("Easter Monday", 1),
    nth("Early May Bank Holiday", 5, MONDAY, 1, since=1978, but=(1995, 2020)),
    once("VE Day", "1995-05-08", "2020-05-08"),
    easter("Whit Monday", 50, until=1966),
    once("Whit Monday", "1968-06-03"),
    nth("Spring Bank Holiday", 5, MONDAY, -1, since=1967, but=(1968, 2002, 2012, 2022)),
    once("Jubilee", "1977-06-07", "2002-06-03", "2002-06-04", "2012-06-04", "2012-06-05"),
    once("Platinum Jubilee", "2022-06-02", "2022-06-03"),
    nth("Summer Bank Holiday", 8, MONDAY, -1, since=1965, but=(1968, 1969)),
    once("Summer Bank Holiday", "1968-09-02", "1969-09-01"),
    on("Christmas Day", 12, 25, weekend_on),
    on("Boxing Day", 12, 26, second),
    once("Royal wedding", "1973-11-14", "1981-07-29", "2011-04-29"),
    once("Millennium", "1999-12-31"),
    once("State funeral of Queen Elizabeth II", "2022-09-19"),
    once("Coronation of King Charles III", "2023-05-08"),
)
