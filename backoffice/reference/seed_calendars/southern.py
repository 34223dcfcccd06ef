"""Calendars of Australia, New Zealand, South Africa, Brazil and Mexico."""

from typing import Final

from backoffice.reference.seed_calendars.rules import (
    MONDAY,
    Rule,
    easter,
    monday_closest,
    nth,
    on,
    once,
    second,
    sunday_on,
    weekend_on,
)

_EASTER: Final = (easter("Good Friday", -2), easter("Easter Monday", 1))
_CHRISTMAS: Final = (
    on("Christmas Day", 12, 25, weekend_on),
    on("Boxing Day", 12, 26, second),
)

AUSY: Final[tuple[Rule, ...]] = (
    *_EASTER,
    *_CHRISTMAS,
    on("New Year's Day", 1, 1, weekend_on),
    on("Australia Day", 1, 26, weekend_on),
    on("Anzac Day", 4, 25),
    once("Anzac Day (additional)", "2026-04-27", "2027-04-26"),
    nth("King's Birthday", 6, MONDAY, 2),
    nth("Bank Holiday", 8, MONDAY, 1),
    nth("Labour Day", 10, MONDAY, 1),
    once("Mourning for Queen Elizabeth II", "2022-09-22"),
)

NZBD: Final[tuple[Rule, ...]] = (
    *_EASTER,
    *_CHRISTMAS,
    on("New Year's Day", 1, 1, weekend_on),
    on("Day after New Year's Day", 1, 2, second),
    on("Waitangi Day", 2, 6, until=2013),
    on("Waitangi Day", 2, 6, weekend_on, since=2014),
    on("Anzac Day", 4, 25, until=2013),
    on("Anzac Day", 4, 25, weekend_on, since=2014),
    nth("King's Birthday", 6, MONDAY, 1),
    once(
        "Matariki",
        "2022-06-24 2023-07-14 2024-06-28 2025-06-20 2026-07-10 2027-06-25 2028-07-14 2029-07-06",
    ),
    nth("Labour Day", 10, MONDAY, 4),
    once("Mourning for Queen Elizabeth II", "2022-09-26"),
)

NZAU: Final[tuple[Rule, ...]] = (
    *NZBD,
    Rule("Auckland Anniversary Day", lambda year: [monday_closest(year, 1, 29)]),
)

NZWE: Final[tuple[Rule, ...]] = (
    *NZBD,
    Rule("Wellington Anniversary Day", lambda year: [monday_closest(year, 1, 22)]),
)

ZAJO: Final[tuple[Rule, ...]] = (
    *_EASTER,
    on("New Year's Day", 1, 1, sunday_on),
    on("Human Rights Day", 3, 21, sunday_on),
    on("Freedom Day", 4, 27, sunday_on),
    on("Workers' Day", 5, 1, sunday_on),
    on("Youth Day", 6, 16, sunday_on),
    on("National Women's Day", 8, 9, sunday_on),
    on("Heritage Day", 9, 24, sunday_on),
    on("Day of Reconciliation", 12, 16, sunday_on),
    on("Christmas Day", 12, 25, sunday_on),
    on("Day of Goodwill", 12, 26, sunday_on),
    once("Day of Goodwill (additional)", "2011-12-27", "2016-12-27", "2022-12-27"),
    once("Freedom Day (additional)", "2008-05-02"),
    once(
        "Election day",
        "2004-04-14 2006-03-01 2009-04-22 2011-05-18 2014-05-07 2016-08-03 2019-05-08 2021-11-01"
        " 2024-05-29",
    ),
    once("Rugby World Cup", "2023-12-15"),
)

BRBD: Final[tuple[Rule, ...]] = (
    on("New Year's Day", 1, 1),
    easter("Carnival Monday", -48),
    easter("Carnival Tuesday", -47),
    easter("Good Friday", -2),
    on("Tiradentes Day", 4, 21),
    on("Labour Day", 5, 1),
    easter("Corpus Christi", 60),
    on("Independence Day", 9, 7),
    on("Our Lady of Aparecida", 10, 12),
    on("All Souls' Day", 11, 2),
    on("Republic Day", 11, 15),
    Rule(
        "Black Awareness Day",
        on("", 11, 20).days,
        since=2024,
        evidence="Brazil, Law 14.759 of 21 December 2023",
    ),
    on("Christmas Day", 12, 25),
)

MXMC: Final[tuple[Rule, ...]] = (
    on("New Year's Day", 1, 1),
    nth("Constitution Day", 2, MONDAY, 1),
    nth("Benito Juarez Day", 3, MONDAY, 3),
    easter("Maundy Thursday", -3),
    easter("Good Friday", -2),
    on("Labour Day", 5, 1),
    on("Independence Day", 9, 16),
    on("All Souls' Day", 11, 2),
    nth("Revolution Day", 11, MONDAY, 3),
    once("Change of government", "2006-12-01", "2012-12-01", "2018-12-01", "2024-10-01"),
    on("Our Lady of Guadalupe", 12, 12),
    on("Christmas Day", 12, 25),
)
