from datetime import date, timedelta

import pytest

from backoffice.reference.seed_calendars import chinese, registry, rules, thailand

DAY = timedelta(days=1)


@pytest.mark.parametrize("code", sorted(registry.BUILDERS))
def test_every_seed_is_complete_and_in_order(code):
    seed = registry.get(code)
    days = [day.date for day in seed.days]
    assert days == sorted(set(days))
    assert seed.covers_from <= days[0]
    assert days[-1] <= seed.covers_until
    assert seed.notice_text
    assert seed.name_th != seed.name_en
    for year in range(seed.covers_from.year, seed.covers_until.year + 1):
        closed = [d for d in seed.days if d.date.year == year and not d.is_open]
        assert 2 <= sum(d.date.isoweekday() <= 5 for d in closed) <= 25


def test_every_thai_deviation_names_its_notice():
    seed = thailand.seed()
    assert all(day.name_th for day in seed.days)
    assert all(evidence for _, _, _, evidence in thailand.NOTICES)
    kept = {day.date: day for day in seed.days}
    for text, closed, _, evidence in thailand.NOTICES:
        day = kept[date.fromisoformat(text)]
        assert (day.is_open, day.evidence) == (not closed, evidence)


@pytest.mark.parametrize(
    ("day", "is_open"),
    [
        ("2014-04-16", True),  # one of three Songkran days on a weekend: not made up for
        ("2019-04-16", False),  # two of them: one day more
        ("2023-06-05", False),  # Visakha and the Queen's birthday on one Saturday: one substitute
        ("2023-06-06", True),
        ("2012-07-02", True),  # half-year closing on a Sunday is lost
        ("2017-07-01", False),
        ("2026-12-07", False),
        ("2027-07-19", False),
    ],
)
def test_thai_rules(day, is_open):
    calendar = thailand.seed().calendar()
    assert calendar.is_business_day(date.fromisoformat(day)) is is_open


@pytest.mark.parametrize(
    ("year", "easter"), [(1961, "04-02"), (2000, "04-23"), (2008, "03-23"), (2038, "04-25")]
)
def test_easter(year, easter):
    assert rules.easter_sunday(year) == date.fromisoformat(f"{year}-{easter}")


def test_weekdays_of_a_month():
    assert rules.nth_weekday(2026, 11, rules.THURSDAY, 4) == date(2026, 11, 26)
    assert rules.nth_weekday(2026, 5, rules.MONDAY, -1) == date(2026, 5, 25)
    assert rules.nth_weekday(2026, 12, rules.THURSDAY, -1) == date(2026, 12, 31)
    assert rules.monday_closest(2015, 1, 29) == date(2015, 1, 26)
    assert rules.monday_closest(2016, 1, 29) == date(2016, 2, 1)
    assert rules.monday_before(2026, 5, 25) == date(2026, 5, 18)


@pytest.mark.parametrize(
    ("roll", "saturday", "sunday", "monday"),
    [
        (rules.stay, 0, 0, 0),
        (rules.sunday_on, 0, 1, 0),
        (rules.weekend_on, 2, 1, 0),
        (rules.nearest, -1, 1, 0),
        (rules.second, 2, 2, 1),
    ],
)
def test_rolls(roll, saturday, sunday, monday):
    day = date(2026, 11, 21)
    for moved, name in ((saturday, day), (sunday, day + DAY), (monday, day + 2 * DAY)):
        assert roll(name) == name + moved * DAY
    assert roll(day + 3 * DAY) == day + 3 * DAY


def test_lunar_days_stand_for_every_year():
    years = set(range(2010, 2028))
    assert {day.year for day in chinese.NEW_YEAR} == years
    for dates in (thailand.MAKHA, thailand.VISAKHA, thailand.ASALHA):
        assert {date.fromisoformat(text).year for text in dates.split()} == years


@pytest.mark.parametrize("day", ["2024-04-12", "2025-06-02", "2025-08-11", "2026-01-02"])
def test_exchange_calendars_450_thai_special_holidays_are_there(day):
    known = {each.date: each for each in thailand.seed().days}
    assert "Cabinet" in known[date.fromisoformat(day)].evidence
    assert not thailand.seed().calendar().is_business_day(date.fromisoformat(day))
