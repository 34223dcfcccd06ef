"""EU cash penalties for settlement fails (Central Securities Depositories Regulation).

Sources: Regulation (EU) 909/2014 Art. 7; Delegated Regulation (EU) 2017/389 Art. 2-3 and Annex
(rates); Delegated Regulation (EU) 2018/1229 Art. 16-17 (calculation, late matching, monthly
collection). Rates are effective-dated, because ESMA advised higher ones on 19 November 2024
(ESMA74-2119945925-2059).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fractions import Fraction
from typing import Any, Final

from backoffice.kernel.calendars import Calendar, OutsideCalendar
from backoffice.kernel.money import Currency, Rounding, round_amount
from backoffice.kernel.refusals import Place, Refused

BASIS: Final = 10_000
FIRST_DAY: Final = date(2022, 2, 1)
"""First day on which penalties were charged."""

COLLECTION_DAY: Final = 18
"""Business day of the following month on which Swedish and T2S practice collects."""


class Category(StrEnum):
    """The Annex's asset types, and lack of cash."""

    LIQUID_SHARE = "liquid_share"
    ILLIQUID_SHARE = "illiquid_share"
    SME_GROWTH_MARKET_NON_DEBT = "sme_growth_market_non_debt"
    SOVEREIGN_OR_PUBLIC_DEBT = "sovereign_or_public_debt"
    OTHER_DEBT = "other_debt"
    SME_GROWTH_MARKET_DEBT = "sme_growth_market_debt"
    OTHER = "other"
    LACK_OF_CASH = "lack_of_cash"


class Kind(StrEnum):
    """LMFP: late matching fail penalty. SEFP: settlement fail penalty."""

    LMFP = "lmfp"
    SEFP = "sefp"


class RatesRefused(Refused):
    """A table of rates that is incomplete or holds something else than rates."""

    code = "penalty-rates-refused"
    en = "Rate of {category}: {text} is not a number of basis points from 0 to 10000."
    th = "อัตราของ {category}: {text} ไม่ใช่จำนวนเบสิสพอยท์ระหว่าง 0 ถึง 10000"


class NoRates(Refused):
    """No table of rates is in force on the day."""

    code = "penalty-rates-missing"
    en = "No penalty rate for {category} is in force on {date}."
    th = "ไม่มีอัตราค่าปรับของ {category} ที่ใช้บังคับในวันที่ {date}"


class CauseUnknown(Refused):
    """A matched instruction failed, but nobody is named as failing."""

    code = "fail-cause-unknown"
    en = "Nobody is named as failing on {date}."
    th = "ไม่ได้ระบุผู้ผิดนัดในวันที่ {date}"


@dataclass(frozen=True, slots=True)
class RateTable:
    """Rates from a day on.

    Attributes:
        valid_from: first business day that the rates apply to.
        basis_points: per business day of fail, of quantity times reference price.
        source: the legal source.
    """

    valid_from: date
    basis_points: Mapping[Category, Decimal]
    source: str


_ANNEX: Final = dict[Category, Decimal](
    {
        Category.LIQUID_SHARE: Decimal("1.0"),
        Category.ILLIQUID_SHARE: Decimal("0.5"),
        Category.SME_GROWTH_MARKET_NON_DEBT: Decimal("0.25"),
        Category.SOVEREIGN_OR_PUBLIC_DEBT: Decimal("0.10"),
        Category.OTHER_DEBT: Decimal("0.20"),
        Category.SME_GROWTH_MARKET_DEBT: Decimal("0.15"),
        Category.OTHER: Decimal("0.5"),
    }
)
IN_FORCE: Final = RateTable(FIRST_DAY, _ANNEX, "Delegated Regulation (EU) 2017/389, Annex")


@dataclass(frozen=True, slots=True)
class OvernightRate:
    """A central bank's rate for overnight credit, from a day on: the price of lacking cash.

    Attributes:
        percent: per year; a negative rate counts as zero (the Annex's floor).
        day_count: days of the year by the currency's money-market convention (EUR 360, GBP 365).
    """

    currency: str
    valid_from: date
    percent: Decimal
    day_count: int = 360


@dataclass(frozen=True, slots=True)
class Tariff:
    """All rates that a market charges by; later tables supersede earlier ones from their day."""

    tables: Sequence[RateTable] = (IN_FORCE,)
    overnight: Sequence[OvernightRate] = ()

    def daily(self, category: Category, day: date, currency: str) -> Fraction:
        """The rate of one business day of fail, as a fraction of the value; raises NoRates."""
        if category is Category.LACK_OF_CASH:
            return self._cash(day, currency)
        begun = [table for table in self.tables if table.valid_from <= day]
        table = max(begun, key=lambda one: one.valid_from, default=None)
        if table is None or category not in table.basis_points:
            raise NoRates(category=category, date=day)
        return Fraction(table.basis_points[category]) / BASIS

    def _cash(self, day: date, currency: str) -> Fraction:
        begun = [r for r in self.overnight if r.currency == currency and r.valid_from <= day]
        rate = max(begun, key=lambda one: one.valid_from, default=None)
        if rate is None:
            raise NoRates(category=f"{Category.LACK_OF_CASH} {currency}", date=day)
        return max(Fraction(rate.percent) / 100 / rate.day_count, Fraction(0))


def table_from_json(data: Mapping[str, Any], *, valid_from: date, file: str = "") -> RateTable:
    """A table of rates from `{"rates_bp": {category: "1.0", ...}, "source": ...}`.

    Every category but lack of cash has to be there, as a decimal string; lack of cash is priced by
    OvernightRate and may say so in words. Raises RatesRefused naming the field.
    """
    given = data.get("rates_bp")
    rates: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    for name in rates:
        if name not in set(Category):
            raise RatesRefused(
                Place(file or None, field=f"/rates_bp/{name}"), category=name, text=name
            )
    points: dict[Category, Decimal] = {
        category: _points(category, rates.get(category), file)
        for category in Category
        if category is not Category.LACK_OF_CASH
    }
    return RateTable(valid_from, points, str(data.get("source", "")))


def _points(category: Category, text: Any, file: str) -> Decimal:
    try:
        points = Decimal(text) if isinstance(text, str) and text.isascii() else Decimal("NaN")
    except InvalidOperation:
        points = Decimal("NaN")
    if not (points.is_finite() and 0 <= points <= BASIS):
        place = Place(file or None, field=f"/rates_bp/{category}")
        raise RatesRefused(place, category=category, text=repr(text))
    return points


# ---- One instruction -------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Fail:
    """A matched instruction that did not settle on its intended settlement date.

    Attributes:
        instruction: its reference.
        intended: intended settlement date (ISD).
        matched: business day on which it was matched.
        value: quantity times reference price, in `currency`; the reference price also where cash
            was lacking (2017/389 Art. 3). For a payment free of delivery, the amount.
        category: asset type, for fails of the delivering side.
        late_party: who entered or modified the instruction last (bears the LMFP).
        other_party: the counterparty of `late_party`.
    """

    instruction: str
    intended: date
    matched: date
    value: Decimal
    currency: Currency
    category: Category
    late_party: str
    other_party: str


@dataclass(frozen=True, slots=True)
class Cause:
    """Who failed from a day on, and whether for lack of cash; also while on hold (Art. 16)."""

    since: date
    failing: str
    receiving: str
    lack_of_cash: bool = False


@dataclass(frozen=True, slots=True)
class Penalty:
    """One day's penalty, from the failing to the receiving participant."""

    instruction: str
    day: date
    kind: Kind
    payer: str
    payee: str
    category: Category
    currency: str
    amount: Decimal


def penalties_of(
    fail: Fail,
    causes: Sequence[Cause],
    *,
    settled: date | None,
    until: date,
    calendar: Calendar,
    tariff: Tariff,
) -> list[Penalty]:
    """The penalties of one instruction, one for each business day that it failed.

    The day of settlement bears none. Before matching, the whole is borne by the late party (LMFP);
    from the day of matching on, by whoever fails on the day (SEFP). Each day is rounded half up to
    the currency's minor unit.

    Args:
        causes: who failed, each from its day on; the first reaches back to the matching.
        settled: day of settlement, None while it fails or if it was cancelled.
        until: last day to be charged (the day before cancellation, or the day being closed).
        calendar: business days of the depository.
        tariff: rates in force.

    Raises NoRates, CauseUnknown, OutsideCalendar.
    """
    last = min(until, settled - timedelta(days=1)) if settled else until
    days = calendar.business_days(fail.intended, last) if last >= fail.intended else []
    late = [_late(fail, day, tariff) for day in days if day < fail.matched]
    failed = [
        _failed(fail, day, _cause_on(causes, day), tariff) for day in days if day >= fail.matched
    ]
    return late + failed


def _late(fail: Fail, day: date, tariff: Tariff) -> Penalty:
    amount = _amount(fail, tariff.daily(fail.category, day, fail.currency.code))
    return Penalty(
        fail.instruction, day, Kind.LMFP, fail.late_party, fail.other_party, fail.category,
        fail.currency.code, amount,
    )  # fmt: skip


def _failed(fail: Fail, day: date, cause: Cause, tariff: Tariff) -> Penalty:
    category = Category.LACK_OF_CASH if cause.lack_of_cash else fail.category
    amount = _amount(fail, tariff.daily(category, day, fail.currency.code))
    return Penalty(
        fail.instruction, day, Kind.SEFP, cause.failing, cause.receiving, category,
        fail.currency.code, amount,
    )  # fmt: skip


def _cause_on(causes: Sequence[Cause], day: date) -> Cause:
    if not causes:
        raise CauseUnknown(date=day)
    ordered = sorted(causes, key=lambda one: one.since)
    begun = [cause for cause in ordered if cause.since <= day]
    return begun[-1] if begun else ordered[0]


def _amount(fail: Fail, daily: Fraction) -> Decimal:
    return round_amount(Fraction(fail.value) * daily, fail.currency, Rounding.HALF_UP)


# ---- The month -------------------------------------------------------------------------------
def net_by_participant(penalties: Iterable[Penalty]) -> dict[tuple[str, str], Decimal]:
    """(participant, currency) → net of a period: positive is received, negative is paid.

    The depository collects and distributes at least monthly and keeps nothing (Art. 17), so the
    nets of a currency sum to zero.
    """
    nets: dict[tuple[str, str], Decimal] = {}
    for one in penalties:
        for party, amount in ((one.payer, -one.amount), (one.payee, one.amount)):
            key = (party, one.currency)
            nets[key] = nets.get(key, Decimal(0)) + amount
    return nets


@dataclass(frozen=True, slots=True)
class CollectionDay:
    """On which business day of the following month a market collects, from a day on."""

    valid_from: date
    which: int


def collected_on(month: date, stated: Sequence[CollectionDay], calendar: Calendar) -> date:
    """When a market collects the penalties of a month.

    Args:
        month: a day of it.
        stated: the market's rows; the one in force when the month of collection begins counts,
            without any the practice of most markets.
        calendar: the market's; where it says nothing about that month, plain weekdays count.
    """
    first = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    begun = [one for one in stated if one.valid_from <= first]
    latest = max(begun, key=lambda one: one.valid_from, default=None)
    which = latest.which if latest else COLLECTION_DAY
    try:
        return collection_date(month.year, month.month, calendar, which=which)
    except OutsideCalendar:
        return collection_date(month.year, month.month, Calendar("WEEKDAYS"), which=which)


def collection_date(
    year: int, month: int, calendar: Calendar, *, which: int = COLLECTION_DAY
) -> date:
    """When the penalties of a month are collected: a business day of the following month.

    Where that month has fewer business days, its last one (modified following): months stay apart.
    """
    first = date(year + month // 12, month % 12 + 1, 1)
    last = date(first.year + first.month // 12, first.month % 12 + 1, 1) - timedelta(days=1)
    days = calendar.business_days(first, last)
    return days[min(max(which, 1), len(days)) - 1] if days else last
