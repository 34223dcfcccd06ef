"""Calendars and conventions as other systems' own tests state them.

Files are known by their header, not by their name. A set of Thai sessions or holidays may differ
from ours only on days for which our calendar has a notice.
"""

import csv
import os
import re
from collections import defaultdict
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


@pytest.mark.parametrize("path", files("calendar", "weekday_holiday"))
def test_weekday_holidays(path):
    """Every listed day is a holiday of ours, and in the listed years there is no other."""
    listed = defaultdict(set)
    for row in rows(path):
        listed[row["calendar"].upper()].add(date.fromisoformat(row["weekday_holiday"]))
    wrong = []
    for code, holidays in listed.items():
        seed = registry.get(code)
        years = {day.year for day in holidays}
        ours = {
            day.date for day in seed.days
            if day.date.year in years and day.date.isoweekday() <= 5 and not day.is_open
        }  # fmt: skip
        wrong += [f"{code} {day} {'missing' if day in holidays else 'too much'}"
                  for day in sorted(ours ^ holidays)]  # fmt: skip
    assert not wrong


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


@pytest.mark.parametrize("path", files("start|date|from", "period", "convention"))
def test_advancing_on_the_south_african_calendar(path):
    calendar = registry.get("ZAJO").calendar()
    wrong = []
    for row in rows(path):
        start = date.fromisoformat(row.get("start") or row.get("date") or row["from"])
        moved = advance(
            start,
            period_of(row["period"]),
            calendar,
            convention=QUANTLIB[re.sub("[^a-z]", "", row["convention"].lower())],
            end_of_month=(row.get("eom") or row.get("end_of_month", "")).lower() in {"true", "1"},
        )
        expected = row.get("expected") or row.get("result") or list(row.values())[-1]
        if moved.isoformat() != expected:
            wrong.append((row, moved))
    assert not wrong


def period_of(text: str) -> Period:
    """1M, 1 Months, or (1, Months)."""
    count, unit = re.findall(r"-?\d+|[A-Za-z]+", text)
    return Period(int(count), Unit(unit[0].upper()))


def thai_holidays():
    return [
        one for one in files("date|holiday|weekday_holiday")
        if one.values[0] is None or "thailand" in one.values[0].stem
    ] or [pytest.param(None, marks=pytest.mark.skip(reason="no list of Thai holidays"),
                       id="calendars-thailand")]  # fmt: skip


@pytest.mark.parametrize("path", thai_holidays())
def test_thai_holidays(path):
    holidays = frozenset(
        date.fromisoformat(row.get("date") or row.get("holiday") or row["weekday_holiday"])
        for row in rows(path)
    )
    theirs = Calendar("TH", holidays)
    first, last = min(holidays).replace(month=1, day=1), max(holidays).replace(month=12, day=31)
    assert not unexplained(registry.get("XBKK"), theirs, first, last)


def disagreements():
    return [
        one for one in files("date|day|.*_date")
        if one.values[0] is None or "disagreement" in one.values[0].stem
    ] or [pytest.param(None, marks=pytest.mark.skip(reason="no list of disagreements"),
                       id="calendars-disagreements")]  # fmt: skip


@pytest.mark.parametrize("path", disagreements())
def test_every_disagreement_is_resolved_by_a_notice(path):
    noted = {day.date: day.evidence for day in registry.get("XBKK").days}
    for row in rows(path):
        assert noted.get(date.fromisoformat(next(iter(row.values())))), row
