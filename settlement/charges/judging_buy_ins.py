"""What a buy-in's execution would come to: who owes whom how much, and which legs end by how much.

By the books of the moment, and without writing anything; `buying_in` makes it so.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import connection
from django.db.models import Max

from backoffice.kernel.money import WIDE
from backoffice.kernel.refusals import Place, Refused
from backoffice.reference import days
from settlement.models import BuyIn, ReferencePrice, StepRun, Trade
from settlement.rules import buy_ins as rules
from settlement.rules.buy_ins import Execution, Owed
from settlement.rules.identities import BANGKOK

# What of a trade's legs is neither settled nor bought in; nothing of a withdrawn trade.
LEFT = """
    SELECT l.id, l.trade_id, l.kind, l.debtor_id, l.creditor_id, l.quantity
           - coalesce((SELECT sum(s.quantity) FROM settlement_settlement s
                        WHERE s.leg_id = l.id), 0)
           - coalesce((SELECT sum(b.quantity) FROM settlement_boughtinleg b
                        WHERE b.leg_id = l.id), 0)
      FROM settlement_leg l
     WHERE l.trade_id = ANY(%s)
       AND NOT EXISTS (SELECT FROM settlement_withdrawntrade w WHERE w.trade_id = l.trade_id)
     ORDER BY l.trade_id, l.kind DESC
"""


class NoSuchBuyIn(Refused):
    """No delivery was ordered to be bought in under this number."""

    code = "buy-in-unknown"
    status = 404
    en = "There is no buy-in {number}."
    th = "ไม่มีการบังคับซื้อ {number}"


class NothingLeft(Refused):
    """The delivery settled meanwhile, or was bought in."""

    code = "buy-in-nothing-left"
    status = 409
    en = "Nothing of {reference} is left to buy in: it was delivered, or bought in before."
    th = "รายการ {reference} ไม่มีส่วนที่ต้องซื้อคืนแล้ว ส่งมอบหรือซื้อคืนครบแล้ว"


class CurrencyDiffers(Refused):
    """A price in another currency than the trade's."""

    code = "buy-in-currency-differs"
    en = "State price and costs in {wanted}, the currency of {reference}, not in {currency}."
    th = "ให้ระบุราคาและค่าใช้จ่ายเป็น {wanted} ซึ่งเป็นสกุลเงินของ {reference} ไม่ใช่ {currency}"


class ExecutionDayWrong(Refused):
    """Executed before it was ordered, or on a day that has not come."""

    code = "buy-in-day-wrong"
    en = "Executed on {day}: the buy-in was ordered on {first}, and the latest day is {last}."
    th = "วันที่ซื้อ {day} ไม่ถูกต้อง การบังคับซื้อเริ่ม {first} และวันล่าสุดที่ระบุได้คือ {last}"


class MarketValueUnknown(Refused):
    """No reference price tells what the instrument is worth."""

    code = "buy-in-market-value-unknown"
    status = 409
    en = "{instrument} has no reference price in {currency} on or before {day}; enter one first."
    th = "{instrument} ไม่มีราคาอ้างอิงสกุล {currency} ในวันที่ {day} หรือก่อนหน้า กรุณาบันทึกก่อน"


@dataclass(frozen=True, slots=True)
class Draft:
    """An execution as a clerk records it.

    Attributes:
        buy_in_id: which buy-in; it may be executed in parts.
        executed: quantity, price, costs and currency.
        executed_on: the day of the purchase, or on which it was found impossible.
        reference: of the purchase in the market, a trade of its own.
    """

    buy_in_id: int
    executed: Execution
    executed_on: date
    reference: str = ""


@dataclass(frozen=True, slots=True)
class LegLeft:
    """A leg of the failing trade, and what is left of it."""

    id: int
    trade_id: int
    kind: str
    debtor_id: int
    creditor_id: int
    left: Decimal


@dataclass(frozen=True, slots=True)
class Judged:
    """What an execution would do: who owes whom how much, and which legs end by how much."""

    buy_in: BuyIn
    legs: tuple[LegLeft, ...]
    price: Decimal
    owed: Owed
    booked_on: date

    @property
    def delivery(self) -> LegLeft:
        """The failing delivery."""
        return self.legs[0]


def judge(*, draft: Draft, at: datetime) -> Judged:
    """What the execution would come to by the books of this moment; nothing is written.

    Raises:
        NoSuchBuyIn, NothingLeft, CurrencyDiffers, ExecutionDayWrong, MarketValueUnknown,
        DayNotOpen; a rule of `rules.buy_ins`.
    """
    buy_in = (
        BuyIn.objects.select_related("trade__instrument", "trade__buyer", "trade__seller")
        .filter(pk=draft.buy_in_id)
        .first()
    )
    if buy_in is None:
        raise NoSuchBuyIn(number=draft.buy_in_id)
    trade, executed = buy_in.trade, draft.executed
    if trade.currency and trade.currency != executed.currency:
        raise CurrencyDiffers(
            Place(field="currency"),
            wanted=trade.currency,
            reference=trade.source_ref,
            currency=executed.currency,
        )
    legs = tuple(left([trade.pk]).get(trade.pk, ()))
    if not legs or legs[0].left <= 0:
        raise NothingLeft(reference=trade.source_ref)
    decimals = trade.instrument.decimals if trade.instrument else 0
    rules.check(executed, left=legs[0].left, decimals=decimals)
    booked_on = _booked_on(draft, buy_in, at)
    price = executed.price or _market_value(trade, executed.currency, booked_on)
    agreed = _agreed(trade, executed.currency)
    owed = rules.owed(executed, price=price, agreed=agreed, of=trade.quantity)
    return Judged(buy_in, legs, price, owed, booked_on)


def left(trade_ids: list[int]) -> dict[int, list[LegLeft]]:
    """What is left of the legs of each trade, its delivery first; one query."""
    found: dict[int, list[LegLeft]] = {}
    with connection.cursor() as cursor:
        cursor.execute(LEFT, [trade_ids])
        for row in cursor.fetchall():
            leg = LegLeft(*row)
            found.setdefault(leg.trade_id, []).append(leg)
    return found


def _booked_on(draft: Draft, buy_in: BuyIn, at: datetime) -> date:
    """The first day from the execution on whose end has not begun; its row is held until commit.

    Raises:
        ExecutionDayWrong, DayNotOpen.
    """
    book = buy_in.trade.book
    ended = StepRun.objects.filter(book=book).aggregate(last=Max("business_date"))["last"]
    following = ended + timedelta(days=1) if ended else draft.executed_on
    latest = max(at.astimezone(BANGKOK).date(), following)
    if not buy_in.business_date <= draft.executed_on <= latest:
        raise ExecutionDayWrong(
            Place(field="executed_on"),
            day=draft.executed_on,
            first=buy_in.business_date,
            last=latest,
        )
    booked_on = max(draft.executed_on, following)
    if days.not_taking(dates=[booked_on], book=book):
        days.require_open(business_date=booked_on, book=book)
    return booked_on


def _agreed(trade: Trade, currency: str) -> Decimal:
    """What the trade pays for all of its quantity.

    Free of payment by its price; without one, by the market value of the trade's day (2018/1229
    Art. 32(1)(b)).
    """
    if trade.currency:
        return trade.amount
    price = trade.price or _market_value(trade, currency, trade.trade_date)
    return WIDE.multiply(price, trade.quantity)


def _market_value(trade: Trade, currency: str, day: date) -> Decimal:
    """The last reference price up to the day: of the day before what is owed is paid."""
    prices = ReferencePrice.objects.filter(
        instrument=trade.instrument_id, currency=currency, day__lte=day
    )
    price = prices.order_by("-day").values_list("price", flat=True).first()
    if price is None:
        raise MarketValueUnknown(
            Place(field="price"), instrument=str(trade.instrument), currency=currency, day=day
        )
    return price
