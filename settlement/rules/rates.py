"""What a rate of penalties must be, whoever enters it and however."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from backoffice.kernel.money import exponent_of
from backoffice.kernel.refusals import Place, Refused
from settlement.rules.penalties import Category

DAY_COUNTS: Final = (360, 365)
PERCENT_MOST: Final = Decimal(1000)
POINTS_MOST: Final = Decimal(10_000)
DECIMALS_MOST: Final = 6
LENGTHS: Final = {"tariff": 12, "source": 400}


class RateWrong(Refused):
    """One of a rate's particulars is not well formed."""

    code = "penalty-rate-malformed"
    en = "{value} cannot stand in {field}: {rule}."
    th = "{value} ใช้ในช่อง {field} ไม่ได้: {rule_th}"


@dataclass(frozen=True, slots=True)
class RateDraft:
    """A rate as it is entered: of lacking cash in percent a year, else in basis points a day.

    Attributes:
        tariff: the name that a market's regime charges by, such as CSDR.
        currency: of an overnight rate; empty for basis points.
        valid_from: first business day that it applies to.
        source: the publication that it rests on.
    """

    tariff: str
    category: str
    valid_from: date
    source: str
    currency: str = ""
    percent: Decimal | None = None
    basis_points: Decimal | None = None
    day_count: int = 360


def check(draft: RateDraft) -> None:
    """Refuse RateWrong, naming the field, unless every particular can stand."""
    for name, most in LENGTHS.items():
        value = getattr(draft, name)
        if not value.strip() or len(value) > most:
            raise _wrong(draft, name, f"1 to {most} characters", f"1 ถึง {most} ตัวอักษร")
    if draft.category not in set(Category):
        raise _wrong(draft, "category", "one of " + ", ".join(Category), "ประเภทที่กำหนด")
    if draft.day_count not in DAY_COUNTS:
        raise _wrong(draft, "day_count", "360 or 365", "360 หรือ 365")
    if draft.category == Category.LACK_OF_CASH:
        _check_overnight(draft)
    else:
        _check_points(draft)


def _check_overnight(draft: RateDraft) -> None:
    try:
        exponent_of(draft.currency)
    except Refused:
        raise _wrong(draft, "currency", "an ISO 4217 code", "รหัสสกุลเงิน ISO 4217") from None
    if draft.basis_points is not None:
        raise _wrong(draft, "basis_points", "empty for lack of cash", "ต้องว่างสำหรับการขาดเงิน")
    _check_number(draft, "percent", -PERCENT_MOST, PERCENT_MOST)


def _check_points(draft: RateDraft) -> None:
    for name in ("currency", "percent"):
        if getattr(draft, name):
            raise _wrong(draft, name, "only for lack of cash", "ใช้กับการขาดเงินเท่านั้น")
    _check_number(draft, "basis_points", Decimal(0), POINTS_MOST)


def _check_number(draft: RateDraft, name: str, least: Decimal, most: Decimal) -> None:
    value: Decimal | None = getattr(draft, name)
    if value is None or not value.is_finite() or not least <= value <= most:
        rule = f"a number from {least} to {most}"
        raise _wrong(draft, name, rule, f"ตัวเลขตั้งแต่ {least} ถึง {most}")
    exponent = value.normalize().as_tuple().exponent
    if isinstance(exponent, int) and -exponent > DECIMALS_MOST:
        rule = f"at most {DECIMALS_MOST} decimals"
        raise _wrong(draft, name, rule, f"ทศนิยมไม่เกิน {DECIMALS_MOST} ตำแหน่ง")


def _wrong(draft: RateDraft, name: str, rule: str, rule_th: str) -> RateWrong:
    value = getattr(draft, name)
    shown = "" if value is None else str(value)
    place = Place(field=name)
    return RateWrong(place, value=repr(shown)[:60], field=name, rule=rule, rule_th=rule_th)
