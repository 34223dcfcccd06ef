"""Files for spreadsheets: nothing runs, nothing is lost, no figure is rounded."""

import io
from datetime import date
from decimal import Decimal

import openpyxl
import pytest

from backoffice.frame import exports


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_text_that_would_run_is_made_harmless(start):
    (_head, line) = exports.csv_rows(["text"], [[f"{start}cmd|'/c calc'!A1"]])
    assert line.lstrip('"').startswith("'")


@pytest.mark.parametrize("number", ["-12.50", Decimal("-12.50"), -3])
def test_numbers_stay_numbers(number):
    assert exports.harmless(number) == number


def _cells(row):
    content = exports.xlsx_bytes("Sheet", ["a"] * len(row), [row])
    return [cell.value for cell in openpyxl.load_workbook(io.BytesIO(content)).active[2]]


def test_a_figure_with_more_digits_than_a_spreadsheet_keeps_stays_exact():
    exact = Decimal("12345678901234567.89")
    assert _cells([exact, Decimal("1234567.89")]) == [str(exact), 1234567.89]


def test_formulas_are_text_and_long_texts_are_cut_not_dropped():
    formula, text = _cells(["=1+1", "x" * 40_000])
    assert formula == "=1+1"
    assert len(text) == exports.CELL_MAX
    assert text.endswith("…")


def test_a_day_before_the_spreadsheets_calendar_is_text():
    assert _cells([date(1868, 10, 1)]) == ["1868-10-01"]
