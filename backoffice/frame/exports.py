"""CSV and XLSX that open safely in a spreadsheet, streamed row by row."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter

# Text that a spreadsheet would run as a formula, full-width forms included (ASVS 5.0 1.2.10).
FORMULA_START = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
NUMBER = re.compile(r"-?\d+(\.\d+)?")
BOM = "\ufeff"
DIGITS_KEPT = 15
CELL_MAX = 32_767
# The calendar of spreadsheets begins here.
FIRST_DAY = date(1900, 1, 1)


def harmless(value: Any) -> Any:
    """The value; text that a spreadsheet would run gets an apostrophe, numbers stay numbers."""
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(FORMULA_START) and not NUMBER.fullmatch(value):
        return "'" + value
    return value


class _Echo:
    def write(self, value: str) -> str:
        return value


def csv_rows(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Lines of a CSV file (UTF-8 with BOM, so that Excel reads Thai), a line at a time."""
    writer = csv.writer(_Echo())
    yield BOM + writer.writerow([harmless(name) for name in header])
    for row in rows:
        yield writer.writerow([harmless(value) for value in row])


def xlsx_bytes(title: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """An XLSX workbook with one sheet; rows are written in constant memory."""
    target = io.BytesIO()
    options = {"constant_memory": True, "remove_timezone": True, "strings_to_formulas": False}
    with xlsxwriter.Workbook(target, options) as book:
        sheet = book.add_worksheet(re.sub(r"[\[\]:*?/\\]", " ", title)[:31] or "Sheet")
        bold = book.add_format({"bold": True, "bottom": 1})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for column, name in enumerate(header):
            sheet.write_string(0, column, str(name), bold)
        for number, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                _write_cell(sheet, number, column, value, day)
        sheet.freeze_panes(1, 0)
    return target.getvalue()


def _write_cell(sheet: Any, row: int, column: int, value: Any, day: Any) -> None:
    if isinstance(value, bool) or value is None:
        sheet.write_string(row, column, "" if value is None else str(value))
    elif isinstance(value, (int, float, Decimal)):
        # A spreadsheet keeps 15 digits: what has more stays exact as text.
        if len(str(value).strip("-0.").replace(".", "")) <= DIGITS_KEPT:
            sheet.write_number(row, column, value)
        else:
            sheet.write_string(row, column, str(value))
    elif isinstance(value, datetime):
        sheet.write_string(row, column, value.isoformat())
    elif isinstance(value, date) and value >= FIRST_DAY:
        sheet.write_datetime(row, column, value, day)
    else:
        # More than a cell holds is cut where it is seen; the CSV has it whole.
        text = str(value)
        cut = text if len(text) <= CELL_MAX else text[: CELL_MAX - 1] + "…"
        sheet.write_string(row, column, cut)
