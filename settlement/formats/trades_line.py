"""One line of a trade file, from text to `Trade`; every rule names its field."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from enum import StrEnum

from backoffice.kernel import identifiers, money
from backoffice.kernel.refusals import Place, Refused
from backoffice.kernel.thai import BUDDHIST_OFFSET, EARLIEST_YEAR, LATEST_YEAR, UNLIKELY_YEAR
from settlement.formats.trades import COLUMNS, Side, Trade, TradeType
from settlement.formats.trades_refusals import (
    BuyerIsSeller,
    DateMalformed,
    DateOfAnotherEra,
    DateUnlikely,
    DecimalMalformed,
    FieldCountWrong,
    FieldMissing,
    NotAboveZero,
    NotForType,
    TextMalformed,
    UnknownValue,
    ValueBeforeTrade,
)

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,34}\Z", re.ASCII)
_CODE = re.compile(r"[A-Z0-9][A-Z0-9._-]{0,34}\Z", re.ASCII)
_MARKET = re.compile(r"[A-Z0-9]{4}\Z", re.ASCII)
_ISIN = re.compile(r"[A-Z]{2}[A-Z0-9]{9}[0-9]\Z", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z", re.ASCII)
_DECIMAL = re.compile(r"(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,10})?\Z", re.ASCII)


def is_decimal(text: str) -> bool:
    """True for a plain decimal: at most 18 digits, at most ten decimals, no sign, no exponent."""
    return bool(_DECIMAL.match(text))


def parse_line(text: str, *, line_no: int) -> Trade:
    """Parse one trade; raises the Refused of the first rule it breaks."""
    cells = text.split(",")
    if len(cells) != len(COLUMNS):
        raise FieldCountWrong(found=len(cells), expected=len(COLUMNS))
    row = dict(zip(COLUMNS, cells, strict=True))
    kind = _enum(row, "type", TradeType)
    currency, amount = _cash(row, kind)
    instrument, quantity, price = _delivery(row, kind)
    trade_date, value_date = _dates(row)
    buyer, seller = _parties(row)
    return Trade(
        line_no=line_no,
        trade_id=_matching(row, "trade_id", _ID),
        trade_date=trade_date,
        value_date=value_date,
        side=_enum(row, "side", Side),
        market=_matching(row, "market", _MARKET),
        buyer=buyer,
        seller=seller,
        instrument=instrument,
        quantity=quantity,
        price=price,
        amount=amount,
        currency=currency,
        type=kind,
    )


def _dates(row: dict[str, str]) -> tuple[date, date | None]:
    trade_date = read_date(row, "trade_date")
    value_date = read_date(row, "value_date") if row["value_date"] else None
    if value_date and value_date < trade_date:
        place = Place(field="value_date")
        raise ValueBeforeTrade(place, value=value_date, trade=trade_date)
    return trade_date, value_date


def _parties(row: dict[str, str]) -> tuple[str, str]:
    buyer, seller = _matching(row, "buyer", _CODE), _matching(row, "seller", _CODE)
    if buyer == seller:
        raise BuyerIsSeller(Place(field="seller"), value=buyer)
    return buyer, seller


def _cash(row: dict[str, str], kind: TradeType) -> tuple[str, Decimal]:
    if kind is TradeType.FOP:
        _require_empty(row, "amount", kind)
        _require_empty(row, "currency", kind)
        return "", Decimal(0)
    currency = _currency(row, "currency")
    return currency, _positive_amount(row, "amount", currency)


def _delivery(row: dict[str, str], kind: TradeType) -> tuple[str, Decimal, Decimal | None]:
    if kind is TradeType.PAYMENT:
        for name in ("instrument", "quantity", "price"):
            _require_empty(row, name, kind)
        return "", Decimal(0), None
    price = _decimal(row, "price") if row["price"] else None
    if kind is TradeType.PVP:
        bought = _currency(row, "instrument")
        if bought == row["currency"]:
            raise NotForType(Place(field="instrument"), value=bought, type=kind)
        return bought, _positive_amount(row, "quantity", bought), price
    return _instrument(row), _positive(row, "quantity"), price


def _instrument(row: dict[str, str]) -> str:
    code = _matching(row, "instrument", _CODE)
    # Whatever has the form of an ISIN must be one; other codes are the firm's own goods.
    if _ISIN.match(code):
        _placed(lambda: identifiers.require_isin(code), "instrument")
    return code


def _matching(row: dict[str, str], name: str, pattern: re.Pattern[str]) -> str:
    value = row[name]
    if not value:
        raise FieldMissing(Place(field=name))
    if not pattern.match(value):
        raise TextMalformed(Place(field=name), value=repr(value))
    return value


def _require_empty(row: dict[str, str], name: str, kind: TradeType) -> None:
    if row[name].strip("0."):
        raise NotForType(Place(field=name), value=repr(row[name]), type=kind)


def _enum[E: StrEnum](row: dict[str, str], name: str, members: type[E]) -> E:
    try:
        return members(row[name])
    except ValueError:
        expected = ", ".join(members)
        raise UnknownValue(Place(field=name), value=repr(row[name]), expected=expected) from None


def read_date(row: dict[str, str], name: str) -> date:
    """The day in field `name`, written YYYY-MM-DD.

    Raises:
        DateMalformed, DateOfAnotherEra, DateUnlikely.
    """
    value = row[name]
    try:
        if _DATE.match(value):
            day = date.fromisoformat(value)
            if EARLIEST_YEAR <= day.year <= LATEST_YEAR:
                return day
            if day.year < UNLIKELY_YEAR:
                years = {"first": EARLIEST_YEAR, "last": LATEST_YEAR}
                raise DateUnlikely(Place(field=name), value=repr(value), **years)
            said = {"year": day.year, "meant": day.year - BUDDHIST_OFFSET}
            raise DateOfAnotherEra(Place(field=name), value=repr(value), **said)
    except ValueError:
        pass
    raise DateMalformed(Place(field=name), value=repr(value))


def _decimal(row: dict[str, str], name: str) -> Decimal:
    value = row[name]
    if not value:
        raise FieldMissing(Place(field=name))
    if not is_decimal(value):
        raise DecimalMalformed(Place(field=name), value=repr(value))
    return Decimal(value)


def _positive(row: dict[str, str], name: str) -> Decimal:
    number = _decimal(row, name)
    if not number:
        raise NotAboveZero(Place(field=name), value=row[name])
    return number


def _currency(row: dict[str, str], name: str) -> str:
    value = row[name]
    if not value:
        raise FieldMissing(Place(field=name))
    if not money.is_current(value):
        raise money.CurrencyUnknown(Place(field=name), currency=repr(value))
    return value


def _positive_amount(row: dict[str, str], name: str, currency: str) -> Decimal:
    if not row[name]:
        raise FieldMissing(Place(field=name))
    amount = _placed(lambda: money.parse_amount(row[name], currency), name)
    if amount <= 0:
        raise NotAboveZero(Place(field=name), value=row[name])
    return amount


def _placed[T](parse: Callable[[], T], name: str) -> T:
    try:
        return parse()
    except Refused as refused:
        raise refused.at(field=name) from None
