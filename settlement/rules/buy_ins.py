"""What a failing deliverer owes once its delivery was bought in, or paid off in cash.

Source: Regulation (EU) 909/2014 Art. 7 and Delegated Regulation (EU) 2018/1229 Art. 32, 34 and 35.
The receiving party pays the market, not the failing one, so it is owed what it paid more than was
agreed; what it paid less counts as paid (Art. 35(2)). The costs of a buy-in are the failing party's
(Art. 34). Where nothing could be bought, the market value takes the place of the price (Art. 32).
"""

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal, localcontext

from backoffice.kernel.money import WIDE, Currency, Rounding, round_amount
from backoffice.kernel.refusals import Place, Refused


class ExecutionQuantityWrong(Refused):
    """A quantity that is not above zero, or finer than the instrument is counted."""

    code = "buy-in-quantity-wrong"
    en = "The quantity {quantity} must be above zero, with at most {decimals} decimals."
    th = "จำนวน {quantity} ต้องมากกว่าศูนย์และมีทศนิยมไม่เกิน {decimals} ตำแหน่ง"


class ExecutionPriceWrong(Refused):
    """A purchase without a price above zero, or a compensation that states one."""

    code = "buy-in-price-wrong"
    en = (
        "What was bought has a price above zero; a cash compensation has none,"
        " for the market value is its price."
    )
    th = "รายการที่ซื้อได้ต้องมีราคามากกว่าศูนย์ ส่วนการชดเชยเป็นเงินไม่ต้องระบุราคาเพราะใช้มูลค่าตลาด"


class ExecutionCostsWrong(Refused):
    """Costs below zero, or finer than their currency."""

    code = "buy-in-costs-wrong"
    en = "The costs {costs} must not be below zero, nor finer than {currency} is counted."
    th = "ค่าใช้จ่าย {costs} ต้องไม่ติดลบและต้องไม่ละเอียดกว่าหน่วยย่อยของ {currency}"


class MoreThanLeft(Refused):
    """More would be bought in than still fails."""

    code = "buy-in-more-than-left"
    status = 409
    en = "Only {left} of the delivery are left; {quantity} cannot be bought in."
    th = "เหลือที่ยังไม่ส่งมอบเพียง {left} จึงซื้อคืน {quantity} ไม่ได้"


@dataclass(frozen=True, slots=True)
class Execution:
    """What a clerk records: so much was bought, or could not be bought and is paid off.

    Attributes:
        quantity: in units of the instrument.
        price: of a unit, in `currency`; None for a cash compensation.
        costs: of the buy-in, the agent's too; in major units of `currency`.
        currency: that of the trade, where it has one.
    """

    quantity: Decimal
    price: Decimal | None
    costs: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Owed:
    """What the failing party pays: `difference` to the agreed price, never below zero, and costs.

    Attributes:
        worth: what the quantity cost, or is worth in the market.
        agreed: what had been agreed for it.
    """

    worth: Decimal
    agreed: Decimal
    difference: Decimal
    costs: Decimal

    @property
    def amount(self) -> Decimal:
        """All of it, in major units."""
        return self.difference + self.costs


def check(one: Execution, *, left: Decimal, decimals: int) -> None:
    """Refuse what no execution can be.

    Args:
        left: of the delivery, not settled and not bought in.
        decimals: of the instrument.

    Raises:
        ExecutionQuantityWrong, ExecutionPriceWrong, ExecutionCostsWrong, MoreThanLeft.
    """
    if one.quantity <= 0 or -_exponent(one.quantity) > decimals:
        raise ExecutionQuantityWrong(
            Place(field="quantity"), quantity=f"{one.quantity:f}", decimals=decimals
        )
    if one.price is not None and one.price <= 0:
        raise ExecutionPriceWrong(Place(field="price"))
    if one.costs < 0 or -_exponent(one.costs) > Currency.of(one.currency).exponent:
        raise ExecutionCostsWrong(
            Place(field="costs"), costs=f"{one.costs:f}", currency=one.currency
        )
    if one.quantity > left:
        raise MoreThanLeft(
            Place(field="quantity"), left=_plain(left), quantity=_plain(one.quantity)
        )


def owed(one: Execution, *, price: Decimal, agreed: Decimal, of: Decimal) -> Owed:
    """What the failing party owes; rounded half up to the currency's minor unit.

    Args:
        price: what a unit cost, or its market value.
        agreed: what the trade pays for `of` units.
    """
    with localcontext(WIDE):
        worth = _money(one.quantity * price, one.currency)
        due = _money(agreed * one.quantity / of, one.currency)
    return Owed(worth, due, max(worth - due, Decimal(0)), one.costs)


def cash_part(*, cash: Decimal, quantity: Decimal, left: Decimal, currency: str) -> Decimal:
    """How much of the cash leg ends with `quantity` of the `left` units.

    In proportion, rounded down to the minor unit so that the rest is never delivered for nothing;
    the last units take all that is left.
    """
    if quantity == left:
        return cash
    with localcontext(WIDE):
        return (cash * quantity / left).quantize(Currency.of(currency).unit, ROUND_DOWN)


def _money(amount: Decimal, currency: str) -> Decimal:
    return round_amount(amount, currency, Rounding.HALF_UP)


def _exponent(number: Decimal) -> int:
    exponent = number.normalize(WIDE).as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def _plain(number: Decimal) -> str:
    return f"{number.normalize(WIDE):f}"
