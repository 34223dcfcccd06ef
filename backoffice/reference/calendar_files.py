"""Calendar files: lists of sessions or of holidays, read strictly, without a database.

A file is CSV in UTF-8 with a header. With a column `session` its rows are the business days, all of
them; with a column `date`, `holiday` or `weekday_holiday` they are the days that differ from the
week, with optional `name_en`, `name_th`, `evidence`, `kind` (closed or working) and `calendar`.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from backoffice.kernel.calendars import Calendar
from backoffice.kernel.refusals import Place, Refused
from backoffice.reference.seed_calendars.seed import SeedDay

DAY_COLUMNS: Final = ("date", "holiday", "weekday_holiday")
MOST_ROWS: Final = 100_000


class CalendarFileRefused(Refused):
    """The file is no calendar; subclasses name the rule."""

    code = "calendar-file-refused"
    en = "This is no calendar: a column session, date or holiday is needed."
    th = "ไฟล์นี้ไม่ใช่ปฏิทิน ต้องมีคอลัมน์ session, date หรือ holiday"


class DateRefused(CalendarFileRefused):
    """A day that is not written YYYY-MM-DD, or does not exist."""

    code = "date-refused"
    en = "{text!r} is not a date: write YYYY-MM-DD."
    th = "{text!r} ไม่ใช่วันที่ ให้เขียนแบบ ปปปป-ดด-วว (ค.ศ.)"


class DayTwice(CalendarFileRefused):
    """The same day stands in the file twice."""

    code = "day-twice"
    en = "{date} was already given in line {line}."
    th = "{date} มีอยู่แล้วในบรรทัดที่ {line}"


class KindRefused(CalendarFileRefused):
    """A kind other than closed or working."""

    code = "kind-refused"
    en = "{text!r} is neither closed nor working."
    th = "{text!r} ต้องเป็น closed หรือ working"


class CalendarEmpty(CalendarFileRefused):
    """A file without a single day of the calendar."""

    code = "calendar-empty"
    en = "The file has no day of this calendar."
    th = "ไฟล์ไม่มีวันของปฏิทินนี้"


class TooManyRows(CalendarFileRefused):
    """More rows than any calendar has."""

    code = "calendar-too-long"
    en = "The file has more than {most} rows."
    th = "ไฟล์มีมากกว่า {most} แถว"


@dataclass(frozen=True, slots=True)
class CalendarFile:
    """What a file says.

    Attributes:
        days: the days that differ from the week.
        first, last: the days that the file covers; whole years for lists of holidays.
        weekend: ISO weekdays.
    """

    days: list[SeedDay]
    first: date
    last: date
    weekend: frozenset[int]


def read(lines: Iterable[str], *, file: str, calendar: str) -> CalendarFile:
    """Read a calendar file; raises a subclass of CalendarFileRefused with file, line and field.

    Args:
        lines: the file's lines, as an open text file gives them.
        file: its name, for refusals.
        calendar: where the file has a column `calendar`, only rows of this code count.
    """
    reader = csv.DictReader(lines, strict=True)
    try:
        columns = [name.strip().lower() for name in reader.fieldnames or ()]
        reader.fieldnames = columns
        field = next((name for name in ("session", *DAY_COLUMNS) if name in columns), None)
        if field is None:
            raise CalendarFileRefused(Place(file=file, line=1))
        rows = list(_rows(reader, file=file, field=field, calendar=calendar))
    except (csv.Error, UnicodeDecodeError) as error:
        raise CalendarFileRefused(Place(file=file, line=reader.line_num + 1)) from error
    if not rows:
        raise CalendarEmpty(Place(file=file))
    return _of_sessions(rows) if field == "session" else _of_holidays(rows)


def _rows(
    reader: "csv.DictReader[str]", *, file: str, field: str, calendar: str
) -> Iterator[SeedDay]:
    seen: dict[date, int] = {}
    for count, row in enumerate(reader):
        place = Place(file=file, line=reader.line_num, field=field)
        if count >= MOST_ROWS:
            raise TooManyRows(place, most=MOST_ROWS)
        if (row.get("calendar") or calendar).upper() != calendar.upper():
            continue
        day = _day(row, place)
        if day.date in seen:
            raise DayTwice(place, date=day.date, line=seen[day.date])
        seen[day.date] = reader.line_num
        yield day


def _day(row: dict[str, str | None], place: Place) -> SeedDay:
    text = row.get(place.field or "") or ""
    kind = row.get("kind") or "closed"
    if kind not in {"closed", "working"}:
        raise KindRefused(Place(place.file, place.line, "kind"), text=kind)
    try:
        # fromisoformat also takes 20260102 and 2026-W01-5.
        day = date.fromisoformat(text if len(text) == 10 and text.isascii() else "")
    except ValueError as error:
        raise DateRefused(place, text=text[:40]) from error
    return SeedDay(
        date=day,
        name_en=(row.get("name_en") or "")[:160],
        name_th=(row.get("name_th") or "")[:160],
        evidence=row.get("evidence") or "",
        is_open=kind == "working",
    )


def _of_sessions(rows: list[SeedDay]) -> CalendarFile:
    known = Calendar.from_sessions("file", (row.date for row in rows))
    days = [SeedDay(day, "", is_open=False) for day in known.holidays]
    days += [SeedDay(day, "", is_open=True) for day in known.working_days]
    first, last = min(row.date for row in rows), max(row.date for row in rows)
    return CalendarFile(sorted(days, key=lambda day: day.date), first, last, known.weekend)


def _of_holidays(rows: list[SeedDay]) -> CalendarFile:
    days = sorted(rows, key=lambda day: day.date)
    first, last = date(days[0].date.year, 1, 1), date(days[-1].date.year, 12, 31)
    return CalendarFile(days, first, last, Calendar("file").weekend)
