from datetime import date

import pytest

from backoffice.reference import calendar_files

GOOD = "date,name_en,kind\n2026-01-01,New Year's Day,\n2026-01-10,Working Saturday,working\n"


def read(text, calendar="XBKK"):
    return calendar_files.read(text.splitlines(keepends=True), file="days.csv", calendar=calendar)


def test_holidays_cover_whole_years():
    found = read(GOOD)
    assert [day.is_open for day in found.days] == [False, True]
    assert (found.first, found.last) == (date(2026, 1, 1), date(2026, 12, 31))


def test_sessions_cover_first_to_last():
    found = read("session\n2026-01-05\n2026-01-06\n2026-01-08\n2026-01-12\n")
    assert [day.date for day in found.days] == [date(2026, 1, 7), date(2026, 1, 9)]
    assert found.weekend == {6, 7}
    assert found.last == date(2026, 1, 12)


def test_only_the_calendars_own_rows_count():
    both = "calendar,weekday_holiday\ngblo,2026-12-25\nusny,2026-11-26\n"
    assert [day.date for day in read(both, "USNY").days] == [date(2026, 11, 26)]
    with pytest.raises(calendar_files.CalendarEmpty):
        read(both, "XBKK")


@pytest.mark.parametrize(
    ("text", "code", "line", "field"),
    [
        ("day\n2026-01-01\n", "calendar-file-refused", 1, None),
        ("", "calendar-file-refused", 1, None),
        ("date\n2026-01-01\n2026-02-30\n", "date-refused", 3, "date"),
        ("date\n20260101\n", "date-refused", 2, "date"),
        ("date\n2569-01-01x\n", "date-refused", 2, "date"),
        ("session\n๒๐๒๖-๐๑-๐๑\n", "date-refused", 2, "session"),
        ("date\n2026-01-01\n2026-01-01\n", "day-twice", 3, "date"),
        ("date,kind\n2026-01-01,half\n", "kind-refused", 2, "kind"),
        ('date\n"2026-01-01\n', "calendar-file-refused", 2, None),
    ],
)
def test_bad_files_are_refused_with_place_and_rule(text, code, line, field):
    with pytest.raises(calendar_files.CalendarFileRefused) as refused:
        read(text)
    assert refused.value.code == code
    assert refused.value.place.file == "days.csv"
    assert (refused.value.place.line, refused.value.place.field) == (line, field)
