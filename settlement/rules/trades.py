"""What a trade must be before it is captured: one draft form for every source, and its rules."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

from stdnum.us import rtn

from backoffice.kernel import identifiers, money
from backoffice.kernel.canonical import jsonable
from backoffice.kernel.refusals import Place, Refused
from backoffice.kernel.thai import BUDDHIST_OFFSET, EARLIEST_YEAR, LATEST_YEAR, UNLIKELY_YEAR
from settlement.formats.trades import Side, TradeType
from settlement.messages.identifiers import require as require_identifier

__all__ = [
    "PartyRef",
    "Scheme",
    "Side",
    "TradeDraft",
    "TradeType",
    "check",
    "check_account",
    "check_identifier",
    "retold",
    "told",
]

REFERENCE: Final = re.compile(r"[!-~](?:[ -~]{0,78}[!-~])?", re.ASCII)
SOURCE_MAX: Final = 40
ACCOUNT_MAX: Final = 35
LARGEST: Final = Decimal(10) ** 20
"""Above it no numeric column of the house reaches."""
_IBAN: Final = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", re.ASCII)
_ISIN: Final = re.compile(r"[A-Z]{2}[A-Z0-9]{9}[0-9]", re.ASCII)
_MARKET: Final = re.compile(r"[A-Z0-9]{4}", re.ASCII)


class Scheme(StrEnum):
    """How a draft names a participant."""

    CODE = "CODE"
    BIC = "BIC"
    LEI = "LEI"
    ABA = "ABA"

    # The text's own, which needs no call of Python: directories ask for it a million times a file.
    __hash__ = str.__hash__


class FieldWrong(Refused):
    """A field's value does not fit the field."""

    code = "trade-field-wrong"
    en = "{value} cannot stand in {field}: {rule}."
    th = "{value} ใช้ในช่อง {field} ไม่ได้: {rule_th}"


class NotForTradeType(Refused):
    """Cash, quantity or instrument that this type of trade cannot have, or must have."""

    code = "trade-not-for-type"
    en = "A trade of type {type} {rule}."
    th = "รายการประเภท {type} {rule_th}"


class SameParty(Refused):
    """A participant trades with itself."""

    code = "trade-same-party"
    en = "{value} cannot be buyer and seller at once."
    th = "{value} เป็นทั้งผู้ซื้อและผู้ขายไม่ได้"


class DateOfAnotherEra(Refused):
    """A year of the Buddhist era, or a slip: nothing would ever come due on it."""

    code = "trade-date-of-another-era"
    en = "{value}: years are those of the common era here; {year} B.E. is {meant}."
    th = "{value}: ที่นี่ใช้ปีคริสต์ศักราช พ.ศ. {year} คือ ค.ศ. {meant}"


class DateUnlikely(Refused):
    """A slip, such as the year 0026: no calendar knows it, and nothing would come due on it."""

    code = "trade-date-unlikely"
    en = "{value} is not within the years {first} to {last}, which trades and contracts lie in."
    th = "{value} อยู่นอกช่วง ค.ศ. {first} ถึง {last} ซึ่งรายการซื้อขายและสัญญาทั้งหลายอยู่ในช่วงนั้น"


class ValueBeforeTrade(Refused):
    """A trade would settle before it was struck."""

    code = "trade-value-before-trade"
    en = "The value date {value} is before the trade date {trade}."
    th = "วันชำระราคา {value} อยู่ก่อนวันซื้อขาย {trade}"


@dataclass(frozen=True, slots=True)
class PartyRef:
    """A participant as a source names it: the house's code, or an identifier of the world's."""

    scheme: Scheme
    value: str

    @classmethod
    def code(cls, value: str) -> "PartyRef":
        """By the house's own code (or another house's, which an identifier leads to ours)."""
        return cls(Scheme.CODE, value)

    @classmethod
    def bic(cls, value: str) -> "PartyRef":
        """By BIC, eight or eleven characters."""
        return cls(Scheme.BIC, value)


# Not frozen, as it should be: a frozen one takes twice as long to make, and files have millions.
@dataclass(slots=True)
class TradeDraft:
    """A trade as it came in, whatever it came in.

    Attributes:
        source: who says so; with `source_ref` the name of the trade for good.
        value_date: None to have it derived from the market's cycle.
        rolls: the value date moves to the next business day if it is none, as ACH's do; else a
            value date on a holiday is refused.
        side: the side of the participant that says so; of a locked-in trade, the buyer's.
        market: ISO 10383; empty: the instrument's own.
        buyer: receives the instrument (of a payment: the money).
        quantity: in units; amount: in major units of `currency`.
        common_ref: what both sides agreed to call the trade.
        locked_in: needs no second side (payments never do).
        is_block: waits for its allocation.
        line_no: 1-based line or record in the file, None without a file.
    """

    source: str
    source_ref: str
    type: TradeType
    side: Side
    trade_date: date
    buyer: PartyRef
    seller: PartyRef
    value_date: date | None = None
    rolls: bool = False
    market: str = ""
    instrument: str = ""
    quantity: Decimal = Decimal(0)
    price: Decimal | None = None
    amount: Decimal = Decimal(0)
    currency: str = ""
    buyer_account: str = ""
    seller_account: str = ""
    common_ref: str = ""
    locked_in: bool = False
    is_block: bool = False
    detail: dict[str, Any] = field(default_factory=dict)
    line_no: int | None = None

    @property
    def is_locked_in(self) -> bool:
        """True if no second side is waited for."""
        return self.locked_in or self.type is TradeType.PAYMENT


def told(draft: TradeDraft) -> dict[str, Any]:
    """The draft as JSON, to keep until its time comes; `retold` reads it again."""
    kept: dict[str, Any] = jsonable(asdict(draft))
    return kept


def retold(kept: Mapping[str, Any]) -> TradeDraft:
    """The draft that `told` made."""
    return TradeDraft(
        **{
            **kept,
            "type": TradeType(kept["type"]),
            "side": Side(kept["side"]),
            "trade_date": date.fromisoformat(kept["trade_date"]),
            "value_date": date.fromisoformat(kept["value_date"]) if kept["value_date"] else None,
            "buyer": PartyRef(Scheme(kept["buyer"]["scheme"]), kept["buyer"]["value"]),
            "seller": PartyRef(Scheme(kept["seller"]["scheme"]), kept["seller"]["value"]),
            "quantity": Decimal(kept["quantity"]),
            "price": Decimal(kept["price"]) if kept["price"] else None,
            "amount": Decimal(kept["amount"]),
        }
    )


def check(draft: TradeDraft) -> None:
    """Refuse a draft that cannot be a trade, whoever the parties are; each refusal names its field.

    ISIN, LEI, BIC, IBAN and routing numbers must have their check digits right. The amount is not
    recomputed from price and quantity: accrued interest and fees are the parties' own business.
    """
    for name, most in (("source", SOURCE_MAX), ("source_ref", 80)):
        text = getattr(draft, name)
        if len(text) > most or not REFERENCE.fullmatch(text):
            rule = f"1 to {most} printable characters"
            raise _wrong(draft, name, rule, f"อักขระที่พิมพ์ได้ 1 ถึง {most} ตัว")
    if draft.market and not _MARKET.fullmatch(draft.market):
        raise _wrong(draft, "market", "a code of ISO 10383", "รหัสตลาดตาม ISO 10383")
    _check_party(draft.buyer, "buyer")
    _check_party(draft.seller, "seller")
    if draft.buyer == draft.seller:
        raise SameParty(Place(field="seller"), value=draft.seller.value)
    check_account(draft.buyer_account, "buyer_account", draft.buyer.scheme)
    check_account(draft.seller_account, "seller_account", draft.seller.scheme)
    _check_days(draft)
    _check_delivery(draft)
    _check_cash(draft)


def _check_days(draft: TradeDraft) -> None:
    for name, day in (("trade_date", draft.trade_date), ("value_date", draft.value_date)):
        if day and day.year >= UNLIKELY_YEAR:
            said = {"year": day.year, "meant": day.year - BUDDHIST_OFFSET}
            raise DateOfAnotherEra(Place(field=name), value=day, **said)
        if day:
            require_likely(day, name)
    if draft.value_date and draft.value_date < draft.trade_date:
        place = Place(field="value_date")
        raise ValueBeforeTrade(place, value=draft.value_date, trade=draft.trade_date)


def require_likely(day: date, name: str) -> None:
    """Refuse with DateUnlikely a day that only a slip explains."""
    if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        raise DateUnlikely(Place(field=name), value=day, first=EARLIEST_YEAR, last=LATEST_YEAR)


def _check_party(party: PartyRef, name: str) -> None:
    if not 1 <= len(party.value) <= 40:
        raise FieldWrong(
            Place(field=name),
            value=repr(party.value),
            field=name,
            rule="1 to 40 characters",
            rule_th="1 ถึง 40 อักขระ",
        )
    if party.scheme is Scheme.CODE:
        return
    try:
        check_identifier(party.scheme, party.value)
    except Refused as refused:
        # A fresh one: the cache may hand the same exception to many lines.
        raise identifiers.IdentifierRefused(
            Place(field=name), text=party.value, scheme=refused.params["scheme"]
        ) from None


@lru_cache(maxsize=4096)
def check_identifier(scheme: Scheme, value: str) -> None:
    """Refuse an identifier whose form or check digits are wrong; raises IdentifierRefused."""
    if scheme is Scheme.ABA:
        if not rtn.is_valid(value):
            raise identifiers.IdentifierRefused(text=value, scheme="routing number")
        return
    require_identifier(scheme.value, value)


def check_account(account: str, name: str, bank: Scheme) -> None:
    """Refuse an account that is too long, or an IBAN whose check digits are wrong.

    Args:
        name: of the field; bank: how the participant is named.

    Raises:
        FieldWrong, IdentifierRefused.
    """
    if len(account) > ACCOUNT_MAX:
        place = Place(field=name)
        raise FieldWrong(
            place,
            value=repr(account[:40]),
            field=name,
            rule=f"at most {ACCOUNT_MAX} characters",
            rule_th=f"ไม่เกิน {ACCOUNT_MAX} อักขระ",
        )
    # Whatever has the form of an IBAN must be one, but in America, which has none.
    if bank is not Scheme.ABA and _IBAN.fullmatch(account):
        try:
            identifiers.require_iban(account)
        except Refused as refused:
            raise refused.at(field=name) from None


def _check_delivery(draft: TradeDraft) -> None:
    if draft.type is TradeType.PAYMENT:
        if draft.instrument or draft.quantity:
            raise _not_for(draft, "instrument", "delivers nothing", "ไม่มีการส่งมอบ")
        return
    if not draft.instrument:
        raise _not_for(draft, "instrument", "names what is delivered", "ต้องระบุสิ่งที่ส่งมอบ")
    if not 0 < draft.quantity < LARGEST:
        raise _not_for(draft, "quantity", "has a quantity above zero", "ต้องมีจำนวนมากกว่าศูนย์")
    if draft.type is TradeType.PVP:
        if draft.instrument == draft.currency:
            raise _not_for(draft, "instrument", "has two currencies", "ต้องมีสองสกุลเงิน")
        _check_amount(draft.quantity, draft.instrument, "quantity")
    else:
        _check_isin(draft.instrument)


def _check_isin(code: str) -> None:
    """Whatever has the form of an ISIN must be one; other codes are the firm's own goods."""
    if not _ISIN.fullmatch(code):
        return
    try:
        identifiers.require_isin(code)
    except Refused as refused:
        raise refused.at(field="instrument") from None


def _check_cash(draft: TradeDraft) -> None:
    if draft.type is TradeType.FOP:
        if draft.amount or draft.currency:
            raise _not_for(draft, "amount", "is free of payment", "ไม่มีการชำระเงิน")
        return
    if not 0 < draft.amount < LARGEST:
        raise _not_for(draft, "amount", "has an amount above zero", "ต้องมีจำนวนเงินมากกว่าศูนย์")
    if not money.is_current(draft.currency):
        raise money.CurrencyUnknown(Place(field="currency"), currency=repr(draft.currency))
    _check_amount(draft.amount, draft.currency, "amount")


def _check_amount(amount: Decimal, currency: str, name: str) -> None:
    try:
        money.to_minor(amount, currency)
    except Refused as refused:
        raise refused.at(field=name) from None


def _wrong(draft: TradeDraft, name: str, rule: str, rule_th: str) -> FieldWrong:
    value = repr(getattr(draft, name))[:60]
    return FieldWrong(Place(field=name), value=value, field=name, rule=rule, rule_th=rule_th)


def _not_for(draft: TradeDraft, name: str, rule: str, rule_th: str) -> NotForTradeType:
    return NotForTradeType(Place(field=name), type=draft.type.value, rule=rule, rule_th=rule_th)
