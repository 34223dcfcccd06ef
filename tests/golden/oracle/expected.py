"""A set's balance files, read and compared: every disagreement is told."""

import csv
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from pathlib import Path

from accounting.rules.reports import Report, Section, Span
from tests.golden.oracle.amounts import Codes, cell
from tests.golden.oracle.journal import TRADING

Cells = list[dict[str, Decimal]]
ZERO = Decimal(0)
SECTIONS = {
    "Assets": "assets",
    "Liabilities": "liabilities",
    "Revenues": "revenues",
    "Expenses": "expenses",
    "Cash flows": "cash",
}


@dataclass
class Table:
    """A balance file: column labels, rows by section, totals, net."""

    labels: list[str]
    rows: dict[str, dict[str, Cells]]
    totals: dict[str, Cells] = field(default_factory=dict)
    net: Cells | None = None
    tolerance: dict[str, Decimal] = field(default_factory=dict)


def read(path: Path, codes: Codes, *, exact: bool = True) -> Table:
    """Read a balance file: a plain table, or one with a title and sections.

    Where the file shows a commodity in fewer decimals than it was posted in, half of the last
    place shown is no difference; with `exact` off, as for quotients, nowhere is it.
    """
    with path.open(encoding="utf-8", newline="") as stream:
        lines = list(csv.reader(stream))
    table = _table(lines, codes)
    finest: dict[str, int] = {}
    for line in lines:
        for symbol, quantity in (i for text in line[1:] for i in _amounts(text)):
            shown = max(0, -int(quantity.as_tuple().exponent))
            finest[symbol] = max(shown, finest.get(symbol, 0))
    for symbol, exponent in codes.exponents.items():
        shown = finest.get(symbol, 0)
        if shown < exponent or not exact:
            table.tolerance[codes.code(symbol)] = Decimal(5).scaleb(-shown - 1)
    return table


def _amounts(text: str) -> list[tuple[str, Decimal]]:
    try:
        return list(cell(text).items())
    except AssertionError:
        return []


def _table(lines: list[list[str]], codes: Codes) -> Table:
    if lines[0][0] == "account":
        rows = {line[0]: _cells(line[1:], len(lines[0]) - 1, codes) for line in lines[1:]}
        return Table(lines[0][1:], {"accounts": rows})
    width = len(lines[1]) - 1
    table = Table(lines[1][1:], {})
    section = ""
    for line in islice(lines, 2, None):
        name, cells = line[0], _cells(line[1:], width, codes)
        if name in SECTIONS and not any(line[1:]):
            section = SECTIONS[name]
            table.rows[section] = {}
        elif name == "total":
            table.totals[section] = cells
        elif name == "Net:":
            table.net = cells
        else:
            table.rows[section][name] = cells
    return table


def _cells(texts: list[str], width: int, codes: Codes) -> Cells:
    found = [codes.coded(cell(text)) for text in texts]
    return found + [{} for _ in range(width - len(found))]


def labels(span: Span) -> set[str]:
    """How hledger may head the column: its month, in the year or with it, or its last day."""
    return {f"{span.first:%Y-%m}", f"{span.first:%b}", span.last.isoformat()}


def columns(table: Table, spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """The stretch of `spans` that the table's labels name, whole and in order."""
    for start in range(len(spans) - len(table.labels) + 1):
        part = spans[start : start + len(table.labels)]
        if all(label in labels(span) for label, span in zip(table.labels, part, strict=True)):
            return part
    raise AssertionError(f"no such columns: {table.labels}")


def differences(table: Table, report: Report) -> list[str]:
    """Every cell in which the file and the report disagree."""
    found: list[str] = []
    sections = {section.key: section for section in report.sections}
    for key, rows in table.rows.items():
        ours = _rows(sections[key])
        found += compare(table, key, rows, ours)
        if key in table.totals:
            totals = {"total": [*sections[key].totals]}
            found += compare(table, key, {"total": table.totals[key]}, totals)
    if table.net is not None and len(table.totals) > 1:
        found += compare(table, "net", {"net": table.net}, {"net": [*report.net]})
    return found


def _rows(section: Section) -> dict[str, Cells]:
    return {row.account: [*row.amounts] for row in section.rows if row.account != TRADING}


def compare(
    table: Table, place: str, expected: dict[str, Cells], ours: dict[str, Cells]
) -> list[str]:
    """Disagreements of two tables; cells of zero and rows of zeros say nothing."""
    found = []
    for account in sorted(expected.keys() | ours.keys()):
        theirs, mine = expected.get(account, []), [dict(c) for c in ours.get(account, [])]
        width = max(len(theirs), len(mine))
        theirs = theirs + [{}] * (width - len(theirs))
        mine = mine + [{}] * (width - len(mine))
        for column, (their, our) in enumerate(zip(theirs, mine, strict=True), start=1):
            found += [
                f"{place} {account} column {column}: {their.get(code, 0)} {code} expected,"
                f" {our.get(code, 0)} found"
                for code in sorted(their.keys() | our.keys())
                if abs(their.get(code, ZERO) - our.get(code, ZERO)) > table.tolerance.get(code, 0)
            ]
    return found
