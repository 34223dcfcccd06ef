"""Rules that holidays follow: fixed dates with rolls, Easter, n-th weekdays, single days.

A rule yields its days of one year; `days_of` lays the rules over a span of years.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from backoffice.reference.seed_calendars.seed import SeedDay

DAY = timedelta(days=1)
MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = range(1, 8)
Roll = Callable[[date], date]


@dataclass(frozen=True, slots=True)
class Rule:
    """A named holiday: the days that it falls on in a year."""

    name: str
    days: Callable[[int], Iterable[date]]
    since: int = 1
    until: int = 9999
    but: tuple[int, ...] = ()
    evidence: str = ""


# ---- Rolls: where a holiday goes that falls on a weekend --------------------------------------
def stay(day: date) -> date:
    """Not made up for."""
    return day


def sunday_on(day: date) -> date:
    """Sunday to Monday; Saturday is lost."""
    return day + DAY if day.isoweekday() == SUNDAY else day


def weekend_on(day: date) -> date:
    """Saturday and Sunday to Monday."""
    return day + max(0, 8 - day.isoweekday()) * DAY if day.isoweekday() > FRIDAY else day


def nearest(day: date) -> date:
    """Saturday to Friday, Sunday to Monday."""
    if day.isoweekday() == SATURDAY:
        return day - DAY
    return sunday_on(day)


def second(day: date) -> date:
    """The second of two neighbouring holidays: moved on behind the first one's substitute."""
    if day.isoweekday() in {SATURDAY, SUNDAY}:
        return day + 2 * DAY
    return day + DAY if day.isoweekday() == MONDAY else day


# ---- Kinds of rule ---------------------------------------------------------------------------
def on(name: str, month: int, day: int, roll: Roll = stay, **span: object) -> Rule:
    """The same date every year, rolled off the weekend by `roll`."""
    return _rule(name, lambda year: [roll(date(year, month, day))], span)


def easter(name: str, offset: int, **span: object) -> Rule:
    """`offset` days after Easter Sunday of the Western churches."""
    return _rule(name, lambda year: [easter_sunday(year) + offset * DAY], span)


def nth(name: str, month: int, weekday: int, which: int, offset: int = 0, **span: object) -> Rule:
    """The `which`-th weekday of a month, the last for -1; `offset` days are added."""
    return _rule(name, lambda year: [nth_weekday(year, month, weekday, which) + offset * DAY], span)


def once(name: str, *texts: str, roll: Roll = stay, evidence: str = "") -> Rule:
    """Single days, written in ISO 8601 (several may stand in one text, with blanks between)."""
    found = [date.fromisoformat(text) for text in " ".join(texts).split()]
    return Rule(
        name, lambda year: (roll(day) for day in found if day.year == year), evidence=evidence
    )


def _rule(name: str, days: Callable[[int], Iterable[date]], span: dict[str, object]) -> Rule:
    return Rule(name, days, **span)  # type: ignore[arg-type]


def nth_weekday(year: int, month: int, weekday: int, which: int) -> date:
    """The `which`-th `weekday` (ISO) of the month, counted from its end if negative."""
    if which > 0:
        first = date(year, month, 1)
        return first + ((weekday - first.isoweekday()) % 7 + 7 * (which - 1)) * DAY
    last = date(year + month // 12, month % 12 + 1, 1) - DAY
    return last - ((last.isoweekday() - weekday) % 7 + 7 * (-which - 1)) * DAY


def monday_before(year: int, month: int, day: int) -> date:
    """The last Monday before the date."""
    eve = date(year, month, day) - DAY
    return eve - (eve.isoweekday() - MONDAY) * DAY


def monday_closest(year: int, month: int, day: int) -> date:
    """The Monday closest to the date."""
    return (
        monday_before(year, month, day)
        + (0 if (date(year, month, day) - monday_before(year, month, day)).days <= 3 else 7) * DAY
    )


def easter_sunday(year: int) -> date:
    """Gregorian Easter Sunday (Meeus, Jones and Butcher)."""
    golden = year % 19
    century, rest = divmod(year, 100)
    quarter, leap = divmod(century, 4)
    moon = (century - (century - (century + 8) // 25 + 1) // 3 - quarter + 19 * golden + 15) % 30
    weekday = (32 + 2 * leap + 2 * (rest // 4) - moon - rest % 4) % 7
    shift = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * shift + 114, 31)
    return date(year, month, day + 1)


def days_of(rules: Sequence[Rule], first: date, last: date) -> list[SeedDay]:
    """The rules' days from `first` to `last`, each once, in order."""
    days: dict[date, SeedDay] = {}
    for year in range(first.year - 1, last.year + 2):
        for rule in rules:
            if rule.since <= year <= rule.until and year not in rule.but:
                for day in rule.days(year):
                    days.setdefault(day, SeedDay(day, rule.name, evidence=rule.evidence))
    return [days[day] for day in sorted(days) if first <= day <= last]
