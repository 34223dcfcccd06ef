"""Layout of the statements: which accounts stand in which section, with which sign, summed how.

Pure: movements by account, currency and stretch of days come in, a report with rows, totals and
net comes out. Sections and signs are those of hledger's `balancesheet`, `incomestatement` and
`cashflow` (manual of 1.25), so the three can be compared figure by figure; the balance sheet adds
equity, with the result that is not yet carried to it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Context, Decimal
from enum import StrEnum
from itertools import groupby
from typing import Final

from backoffice.kernel.refusals import Place, Refused

_WIDE: Final = Context(prec=100)
_ZERO: Final = Decimal(0)
MOST_SPANS: Final = 1200

Amounts = Mapping[str, Decimal]
"""Amount by currency; currencies whose amount is zero are left out."""

CASH: Final = re.compile(
    r"^assets?(:.+)?:(cash|bank|che(ck|que?)(ing)?|savings?|current)(:|$)", re.IGNORECASE
)
"""Names of cash accounts, as hledger 1.25 infers them (manual, "Account types")."""


class Kind(StrEnum):
    """Which report."""

    BALANCE_SHEET = "balance-sheet"
    INCOME_STATEMENT = "income-statement"
    CASH_FLOW = "cash-flow"
    NET_CHANGES = "net-changes"
    END_BALANCES = "end-balances"


class Interval(StrEnum):
    """How long a column is."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    WHOLE = "whole"


class SpanRefused(Refused):
    """The stretch of days is empty or has too many columns."""

    code = "report-span"
    en = "From {first} to {last} a report has no columns, or more than {most}."
    th = "ช่วงวันที่ {first} ถึง {last} ไม่มีคอลัมน์ในรายงาน หรือมีเกิน {most} คอลัมน์"


@dataclass(frozen=True, slots=True)
class Span:
    """A column: its first and last day, both inclusive."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Figure:
    """What an account moved in one currency in one column.

    Attributes:
        account: code path.
        type: asset, liability, equity, income, expense or memorandum.
        cash: True or False where the chart says so, None where the name decides.
        name_en, name_th: the account's names, possibly empty.
        currency: of the amount.
        column: 1-based; 0 is all that came before the first column.
        amount: debits less credits.
    """

    account: str
    type: str
    cash: bool | None
    name_en: str
    name_th: str
    currency: str
    column: int
    amount: Decimal

    @property
    def is_cash(self) -> bool:
        """True for cash and cash equivalents."""
        named = self.type == "asset" and bool(CASH.match(self.account))
        return named if self.cash is None else self.cash


@dataclass(frozen=True, slots=True)
class Row:
    """An account, or a computed line whose code starts with "@", with an amount a column."""

    account: str
    name_en: str
    name_th: str
    amounts: tuple[Amounts, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """Rows of one kind with their totals.

    Attributes:
        key: "assets", "liabilities", "equity", "revenues", "expenses", "cash" or "accounts".
        rows: in order of code.
        totals: one a column.
    """

    key: str
    rows: tuple[Row, ...]
    totals: tuple[Amounts, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A laid out report.

    Attributes:
        net: assets less liabilities, revenues less expenses, or the sections' sum.
        difference: what a balance sheet lacks to balance: assets less liabilities and equity;
            empty for every other report, and in books whose memorandum accounts sum to zero.
    """

    kind: Kind
    spans: tuple[Span, ...]
    sections: tuple[Section, ...]
    net: tuple[Amounts, ...]
    difference: tuple[Amounts, ...]


@dataclass(frozen=True, slots=True)
class _Plan:
    key: str
    types: frozenset[str]
    sign: int
    in_net: int


_SIX: Final = frozenset({"asset", "liability", "equity", "income", "expense", "memorandum"})
PLANS: Final[Mapping[Kind, tuple[_Plan, ...]]] = {
    Kind.BALANCE_SHEET: (
        _Plan("assets", frozenset({"asset"}), 1, 1),
        _Plan("liabilities", frozenset({"liability"}), -1, -1),
        _Plan("equity", frozenset({"equity"}), -1, 0),
    ),
    Kind.INCOME_STATEMENT: (
        _Plan("revenues", frozenset({"income"}), -1, 1),
        _Plan("expenses", frozenset({"expense"}), 1, -1),
    ),
    # Overdrafts repayable on demand are cash too (IAS 7.8): the chart says so, whatever the type.
    Kind.CASH_FLOW: (_Plan("cash", _SIX, 1, 1),),
    Kind.NET_CHANGES: (_Plan("accounts", _SIX, 1, 1),),
    Kind.END_BALANCES: (_Plan("accounts", _SIX, 1, 1),),
}
CUMULATIVE: Final = frozenset({Kind.BALANCE_SHEET, Kind.END_BALANCES})
RESULT: Final = "@result"
RESULT_TYPES: Final = frozenset({"income", "expense"})


def spans(first: date, last: date, interval: Interval) -> tuple[Span, ...]:
    """Columns from `first` to `last`, cut at the ends of calendar months, quarters or years.

    Raises:
        SpanRefused: when there are none, or more than 1,200.
    """
    found: list[Span] = []
    start = first
    while start <= last and len(found) <= MOST_SPANS:
        end = min(_end(start, interval), last)
        found.append(Span(start, end))
        if end == date.max:
            break
        start = end + timedelta(days=1)
    if not 1 <= len(found) <= MOST_SPANS:
        raise SpanRefused(Place(field="to"), first=first, last=last, most=MOST_SPANS)
    return tuple(found)


def _end(day: date, interval: Interval) -> date:
    if interval is Interval.WHOLE:
        return date.max
    months = {Interval.MONTH: 1, Interval.QUARTER: 3, Interval.YEAR: 12}[interval]
    following = day.year * 12 + (day.month - 1) // months * months + months
    year, month = divmod(following, 12)
    return date.max if year > date.max.year else date(year, month + 1, 1) - timedelta(days=1)


def lay_out(
    kind: Kind, columns: tuple[Span, ...], figures: Iterable[Figure], *, zeros: bool = False
) -> Report:
    """Lay figures out as a report.

    Args:
        kind: which report.
        columns: as from `spans`.
        figures: in order of account; those of types that the report does not show are passed over.
        zeros: keep accounts whose every amount is zero.
    """
    rows: dict[str, list[Row]] = {plan.key: [] for plan in PLANS[kind]}
    result = [dict[str, Decimal]() for _ in columns]
    cumulative = kind in CUMULATIVE
    for account, group in groupby(figures, key=lambda figure: figure.account):
        found = list(group)
        amounts = _amounts(found, len(columns), cumulative=cumulative)
        if found[0].type in RESULT_TYPES:
            for total, amount in zip(result, amounts, strict=True):
                _add(total, amount, -1)
        plan = _plan_of(kind, found[0])
        if plan is None or not (zeros or any(amounts)):
            continue
        signed = tuple(_signed(amount, plan.sign) for amount in amounts)
        rows[plan.key].append(Row(account, found[0].name_en, found[0].name_th, signed))
    if kind is Kind.BALANCE_SHEET and any(map(_clean, result)):
        kept = tuple(map(_clean, result))
        rows["equity"].append(Row(RESULT, "Result not yet carried", "ผลประกอบการที่ยังไม่ได้โอน", kept))
    sections = tuple(
        Section(plan.key, tuple(rows[plan.key]), _totals(rows[plan.key], len(columns)))
        for plan in PLANS[kind]
    )
    return Report(kind, columns, sections, _net(kind, sections, len(columns)), _gap(kind, sections))


def _plan_of(kind: Kind, figure: Figure) -> _Plan | None:
    if kind is Kind.CASH_FLOW and not figure.is_cash:
        return None
    for plan in PLANS[kind]:
        if figure.type in plan.types:
            return plan
    return None


def _amounts(figures: list[Figure], columns: int, *, cumulative: bool) -> list[Amounts]:
    moved = [dict[str, Decimal]() for _ in range(columns + 1)]
    for figure in figures:
        _add(moved[figure.column], {figure.currency: figure.amount}, 1)
    if not cumulative:
        return [_clean(amounts) for amounts in moved[1:]]
    running: dict[str, Decimal] = moved[0]
    found = []
    for amounts in moved[1:]:
        _add(running, amounts, 1)
        found.append(_clean(running))
    return found


def _add(total: dict[str, Decimal], amounts: Amounts, sign: int) -> None:
    for currency, amount in amounts.items():
        signed = amount if sign > 0 else _WIDE.minus(amount)
        total[currency] = _WIDE.add(total.get(currency, _ZERO), signed)


def _clean(amounts: Amounts) -> Amounts:
    return {currency: amount for currency, amount in sorted(amounts.items()) if amount}


def _signed(amounts: Amounts, sign: int) -> Amounts:
    return amounts if sign > 0 else {code: _WIDE.minus(value) for code, value in amounts.items()}


def _totals(rows: list[Row], columns: int) -> tuple[Amounts, ...]:
    totals = [dict[str, Decimal]() for _ in range(columns)]
    for row in rows:
        for total, amounts in zip(totals, row.amounts, strict=True):
            _add(total, amounts, 1)
    return tuple(map(_clean, totals))


def _net(kind: Kind, sections: tuple[Section, ...], columns: int) -> tuple[Amounts, ...]:
    net = [dict[str, Decimal]() for _ in range(columns)]
    for plan, section in zip(PLANS[kind], sections, strict=True):
        for total, amounts in zip(net, section.totals, strict=True):
            if plan.in_net:
                _add(total, amounts, plan.in_net)
    return tuple(map(_clean, net))


def _gap(kind: Kind, sections: tuple[Section, ...]) -> tuple[Amounts, ...]:
    if kind is not Kind.BALANCE_SHEET:
        return ()
    gaps = []
    for assets, liabilities, equity in zip(*(s.totals for s in sections), strict=True):
        gap: dict[str, Decimal] = {}
        _add(gap, assets, 1)
        _add(gap, liabilities, -1)
        _add(gap, equity, -1)
        gaps.append(_clean(gap))
    return tuple(gaps)


def table(report: Report) -> Iterator[tuple[str, str, str, str, tuple[Decimal, ...]]]:
    """The report as rows: section, account, name, currency, amount a column; totals have no code.

    A row a currency, zeros where a column has none of it; for CSV, XLSX and screens.
    """
    for section in report.sections:
        for row in section.rows:
            yield from _lines(section.key, row.account, row.name_en, row.amounts)
        yield from _lines(section.key, "", "Total", section.totals)
    yield from _lines("net", "", "Net", report.net)


def _lines(
    section: str, account: str, name: str, amounts: tuple[Amounts, ...]
) -> Iterator[tuple[str, str, str, str, tuple[Decimal, ...]]]:
    for currency in sorted({code for column in amounts for code in column}):
        cells = tuple(column.get(currency, _ZERO) for column in amounts)
        yield section, account, name, currency, cells
