"""CSV and XLSX for people: a row a line of the book, numbers as numbers, no cell that runs."""

from collections.abc import Iterator
from decimal import Decimal
from typing import IO, Any, Final

import xlsxwriter

from accounting.exporting.reading import Book, with_brought_forward
from backoffice.frame.exports import csv_rows
from backoffice.kernel.canonical import canonical_json

HEADER: Final = (
    "entry", "date", "recorded at", "journal", "number", "key", "memo", "source", "by", "reverses",
    "line", "account", "account name", "type", "currency", "debit", "credit", "amount", "value",
    "functional currency", "dimensions",
)  # fmt: skip
SHEET_ROWS: Final = 1_048_575
"""Rows below the header that a worksheet has (Excel specifications and limits)."""
EXACT_DIGITS: Final = 15
"""Digits that a spreadsheet's floating point keeps; longer amounts are written as text."""


def rows(book: Book) -> Iterator[tuple[Any, ...]]:
    """A row a line, in order of (date, entry, line)."""
    accounts = {account.code: account for account in book.accounts}
    zero = Decimal(0)
    for entry in with_brought_forward(book):
        recorded = entry.recorded_at.isoformat() if entry.recorded_at else ""
        for line in entry.lines:
            account = accounts[line.account]
            yield (
                entry.id,
                entry.date,
                recorded,
                entry.journal,
                entry.number,
                entry.key,
                entry.memo,
                entry.source,
                entry.actor,
                entry.reversal_of,
                line.number,
                line.account,
                account.name_en,
                account.type,
                line.currency,
                max(line.amount, zero),
                max(line.amount.copy_negate(), zero),
                line.amount,
                line.value,
                book.functional if line.value is not None else "",
                canonical_json(line.dimensions).decode() if line.dimensions else "",
            )


def write_csv(book: Book) -> Iterator[str]:
    """Lines of a CSV file: UTF-8 with a mark for Excel; text that would run gets an apostrophe."""
    return csv_rows(HEADER, (tuple(map(_text, row)) for row in rows(book)))


def _text(value: Any) -> Any:
    """Decimals written out: `str` would give 0E-8 for a zero of eight decimals."""
    return format(value, "f") if isinstance(value, Decimal) else value


def write_xlsx(book: Book, out: IO[bytes]) -> None:
    """A workbook, written row by row in constant memory; a new sheet where one is full."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as workbook:
        bold = workbook.add_format({"bold": True, "bottom": 1})
        day = workbook.add_format({"num_format": "yyyy-mm-dd"})
        sheet: Any = None
        number = 0
        for row in rows(book):
            if sheet is None or number == SHEET_ROWS:
                sheet, number = _sheet(workbook, bold), 0
            number += 1
            for column, value in enumerate(row):
                _cell(sheet, number, column, value, day)
        if sheet is None:
            _sheet(workbook, bold)


def _sheet(workbook: Any, bold: Any) -> Any:
    sheet = workbook.add_worksheet()
    for column, name in enumerate(HEADER):
        sheet.write_string(0, column, name, bold)
    sheet.freeze_panes(1, 0)
    return sheet


def _cell(sheet: Any, row: int, column: int, value: Any, day: Any) -> None:
    if value is None or value == "":
        return
    if isinstance(value, int):
        sheet.write_number(row, column, value)
    elif isinstance(value, Decimal):
        if len(value.as_tuple().digits) <= EXACT_DIGITS:
            sheet.write_number(row, column, value)
        else:
            sheet.write_string(row, column, format(value, "f"))
    elif hasattr(value, "isoformat"):
        sheet.write_datetime(row, column, value, day)
    else:
        sheet.write_string(row, column, value)
