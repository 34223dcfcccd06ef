"""Calendars and conventions as other systems' own tests state them.

Files are known by their header, not by their name. A set of Thai sessions or holidays may differ
from ours only on days for which our calendar has a notice.
"""

import csv
import os
import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from backoffice.kernel.calendars import (
    Calendar,
    Convention,
    Cycle,
    Period,
    Unit,
    adjust,
    advance,
    settlement_date,
)
from backoffice.reference.seed_calendars import registry

DATA = Path(os.environ.get("GOLDEN_DATA", "../shared/data"))
# Strata follows ISDA's definition of "nearest", QuantLib its own.
STRATA = {
    "NO_ADJUST": Convention.NONE,
    "MODIFIED_FOLLOWING_BI_MONTHLY": Convention.MODIFIED_FOLLOWING_BIMONTHLY,
}
QUANTLIB = {
    "unadjusted": Convention.NONE,
    "halfmonthmodifiedfollowing": Convention.MODIFIED_FOLLOWING_BIMONTHLY,
    "nearest": Convention.NEAREST_BY_DISTANCE,
    **{one.value.replace("_", ""): one for one in Convention if one != Convention.NEAREST},
}


def files(*columns):
    """Test parameters for the files of the set whose header has all `columns` (regexes)."""
    found = []
    for path in sorted((DATA / "settlement").glob("*/*.csv")):
        with path.open(encoding="utf-8-sig", errors="replace") as stream:
            header = next(csv.reader(stream), [])
        if all(any(re.fullmatch(column, name) for name in header) for column in columns):
            found.append(pytest.param(path, id=f"{path.parent.name}-{path.stem}"))
    skip = pytest.mark.skip(reason=f"settlement/calendars has no file with {' '.join(columns)}")
    return found or [pytest.param(None, marks=skip, id=f"calendars-{'-'.join(columns)}")]


def rows(path):
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def days(first, last):
    return [first + timedelta(days=i) for i in range((last - first).days + 1)]


def unexplained(seed, others, first, last):
    """Days on which our calendar differs from `others` without a notice."""
    ours = seed.calendar()
    noted = {day.date for day in seed.days if day.evidence}
    first, last = max(first, seed.covers_from), min(last, seed.covers_until)
    differing = [
        day for day in days(first, last) if ours.is_business_day(day) != others.is_business_day(day)
    ]
    return [str(day) for day in differing if day not in noted]


@pytest.mark.parametrize("path", files("convention", "input", "expected_sat_sun_calendar"))
def test_conventions_on_weekends(path):
    weekends = Calendar("SAT_SUN")
    wrong = []
    for row in rows(path):
        name = row["convention"]
        convention = STRATA.get(name) or Convention(name.lower())
        moved = adjust(date.fromisoformat(row["input"]), convention, weekends)
        if moved.isoformat() != row["expected_sat_sun_calendar"]:
            wrong.append((row, moved))
    assert not wrong


def listed_calendars():
    paths = [one.values[0] for one in files("calendar", "weekday_holiday")]
    skip = pytest.mark.skip(reason="settlement/calendars has no list of weekday holidays")
    return [
        pytest.param(path, code, id=f"{path.parent.name}-{path.stem}-{code}")
        for path in paths
        if path
        for code in dict.fromkeys(row["calendar"] for row in rows(path))
    ] or [pytest.param(None, "", marks=skip, id="calendars-weekday_holiday")]


@pytest.mark.parametrize(("path", "code"), listed_calendars())
def test_weekday_holidays(path, code):
    """Every listed day is a holiday of ours; in the listed years we have no other unexplained."""
    seed = registry.get(code.upper())
    listed = {
        date.fromisoformat(row["weekday_holiday"]) for row in rows(path) if row["calendar"] == code
    }
    years = {day.year for day in listed}
    calendar = seed.calendar()
    assert not [str(day) for day in sorted(listed) if calendar.is_business_day(day)]
    noted = {day.date for day in seed.days if day.evidence}
    ours = {day for day in calendar.holidays if day.year in years and day.isoweekday() <= 5}
    assert not [str(day) for day in sorted(ours - listed - noted)]


@pytest.mark.parametrize("path", files("session"))
def test_sessions(path):
    sessions = sorted(date.fromisoformat(row["session"]) for row in rows(path))
    code = re.search(r"X[A-Z]{3}", path.stem)
    assert code, f"{path.name} names no market"
    seed, theirs = registry.get(code[0]), Calendar.from_sessions(code[0], sessions)
    assert not unexplained(seed, theirs, sessions[0], sessions[-1])


@pytest.mark.parametrize("path", files("session"))
def test_settlement_is_the_second_session_after(path):
    sessions = sorted(date.fromisoformat(row["session"]) for row in rows(path))
    calendar = Calendar.from_sessions("X", sessions)
    cycle = Cycle.parse("T+2")
    for trade_date, expected in zip(sessions, sessions[2:], strict=False):
        assert settlement_date(trade_date, cycle, calendar) == expected


@pytest.mark.parametrize("path", files("start.*|date|from", "period|tenor|n", "conv.*"))
def test_advancing_on_the_south_african_calendar(path):
    calendar = registry.get("ZAJO").calendar()
    wrong = []
    for row in rows(path):
        start, expected = dates_of(row)
        moved = advance(
            start,
            period_of(row),
            calendar,
            convention=QUANTLIB[re.sub("[^a-z]", "", value_of(row, "conv").lower())],
            end_of_month=value_of(row, "eom", "end").lower() in {"true", "1", "yes"},
        )
        if moved != expected:
            wrong.append((row, moved))
    assert not wrong


def value_of(row, *starts):
    """The value of the first column whose name begins so."""
    return next((row[name] for name in row if name.lower().startswith(starts)), "")


def dates_of(row):
    """The row's ISO dates, in the order of its columns."""
    return [date.fromisoformat(v) for v in row.values() if re.fullmatch(r"\d{4}-\d\d-\d\d", v)]


def period_of(row) -> Period:
    """1M, 1 Months, 1*Months, (1, Months), or the number and the unit in two columns."""
    text = value_of(row, "period", "tenor") or value_of(row, "n")
    found = re.search(r"(-?\d+)[\W_]*([DWMYdwmy])", text + value_of(row, "unit"))
    return Period(int(found[1]), Unit(found[2].upper()))


def thai_files(word):
    """Files about Thailand whose name has `word`."""
    found = [
        pytest.param(path, id=f"{path.parent.name}-{path.stem}")
        for path in sorted((DATA / "settlement").glob("*/*.csv"))
        if "thai" in path.stem and word in path.stem
    ]
    skip = pytest.mark.skip(reason=f"settlement/calendars has no Thai {word} file")
    return found or [pytest.param(None, marks=skip, id=f"calendars-thai-{word}")]


@pytest.mark.parametrize("path", thai_files("holidays"))
def test_thai_holidays(path):
    holidays = frozenset(dates_of(row)[0] for row in rows(path))
    theirs = Calendar("TH", holidays)
    first, last = min(holidays).replace(month=1, day=1), max(holidays).replace(month=12, day=31)
    assert not unexplained(registry.get("XBKK"), theirs, first, last)


@pytest.mark.parametrize("path", thai_files("disagreements"))
def test_every_disagreement_is_resolved_by_a_notice(path):
    noted = {day.date: day.evidence for day in registry.get("XBKK").days}
    assert not [row for row in rows(path) if not noted.get(dates_of(row)[0])]
