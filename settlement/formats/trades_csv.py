"""The house's own trade file: CSV with a header, one trade a line, and a trailer of control totals.

    #trades,version=1,file=DAY-2026-01-05-A,created=2026-01-05
    trade_id,trade_date,value_date,side,market,buyer,seller,instrument,quantity,price,amount,...
    T1,2026-01-05,2026-01-07,BUY,XBKK,SIAMSEC,KRUNGSEC,TH0016010R14,100,12.50,1250.00,THB,DVP
    #total,count=1,quantity=100,amount.THB=1250.00,sha256=...

README.md of the formats is the specification for those who send such files.
"""

import decimal
import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from backoffice.kernel import identifiers, money
from backoffice.kernel.refusals import Place, Refused
from settlement.formats.lines import Source, name_of, opened, text_lines
from settlement.formats.trades_refusals import (
    BuyerIsSeller,
    ControlTotalWrong,
    DateMalformed,
    DecimalMalformed,
    FieldCountWrong,
    FieldMissing,
    HeaderMalformed,
    NotAboveZero,
    NotForType,
    TextMalformed,
    TradeTwice,
    TrailerMalformed,
    TrailerMissing,
    UnknownValue,
    ValueBeforeTrade,
)

VERSION = "1"
# Sums keep every digit: 18 before the point, 10 after it, and room for 10^30 lines.
_WIDE = decimal.Context(prec=60, traps=[decimal.Inexact])
COLUMNS = (
    "trade_id",
    "trade_date",
    "value_date",
    "side",
    "market",
    "buyer",
    "seller",
    "instrument",
    "quantity",
    "price",
    "amount",
    "currency",
    "type",
)


class Side(StrEnum):
    """Which side the sender of the file is on."""

    BUY = "BUY"
    SELL = "SELL"


class TradeType(StrEnum):
    """What settles against what."""

    DVP = "DVP"
    FOP = "FOP"
    PAYMENT = "PAYMENT"
    PVP = "PVP"


@dataclass(frozen=True, slots=True)
class FileHeader:
    """The first line: the file's own name, unique per sender, and the day it was made."""

    file: str
    created: date


@dataclass(frozen=True, slots=True)
class Trade:
    """One trade.

    Attributes:
        line_no: 1-based line in the file.
        trade_id: the sender's number of the trade, unique in the file.
        trade_date: when it was struck.
        value_date: when it is to settle; None to have it derived from the market's cycle.
        side: the sender's side.
        market: market identifier code (ISO 10383), such as XBKK.
        buyer: participant that receives the instrument (of a payment: that receives the money).
        seller: participant that delivers the instrument (of a payment: that pays).
        instrument: ISIN or goods code; for PVP the currency bought; empty for a payment.
        quantity: units delivered, at most 10 decimals; for PVP in the bought currency; 0 for a
            payment.
        price: per unit in `currency`, at most 10 decimals, None when not stated.
        amount: cash in `currency` to its minor unit; 0 for a delivery free of payment.
        currency: ISO 4217; empty for a delivery free of payment.
        type: what settles against what.
    """

    line_no: int
    trade_id: str
    trade_date: date
    value_date: date | None
    side: Side
    market: str
    buyer: str
    seller: str
    instrument: str
    quantity: Decimal
    price: Decimal | None
    amount: Decimal
    currency: str
    type: TradeType


@dataclass(slots=True)
class ControlTotals:
    """Count, sum of quantities, and sum of amounts per currency."""

    count: int = 0
    quantity: Decimal = Decimal(0)
    amounts: dict[str, Decimal] = field(default_factory=dict)

    def add(self, trade: Trade) -> None:
        """Count one trade."""
        self.count += 1
        self.quantity = _WIDE.add(self.quantity, trade.quantity)
        if trade.currency:
            known = self.amounts.get(trade.currency, Decimal(0))
            self.amounts[trade.currency] = _WIDE.add(known, trade.amount)

    def stated(self) -> dict[str, str]:
        """The totals as the trailer states them, currencies in alphabetical order."""
        amounts = {
            f"amount.{code}": format(self.amounts[code], "f") for code in sorted(self.amounts)
        }
        return {"count": str(self.count), "quantity": format(self.quantity, "f"), **amounts}


@dataclass(frozen=True, slots=True)
class FileTrailer:
    """The last line, its control totals found right."""

    line_no: int
    totals: ControlTotals


type Item = FileHeader | Trade | FileTrailer

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,34}\Z", re.ASCII)
_CODE = re.compile(r"[A-Z0-9][A-Z0-9._-]{0,34}\Z", re.ASCII)
_MARKET = re.compile(r"[A-Z0-9]{4}\Z", re.ASCII)
_ISIN = re.compile(r"[A-Z]{2}[A-Z0-9]{9}[0-9]\Z", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z", re.ASCII)
_DECIMAL = re.compile(r"(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,10})?\Z", re.ASCII)
_PAIR = re.compile(r"([a-z0-9]+(?:\.[A-Z]{3})?)=([A-Za-z0-9._/-]+)\Z", re.ASCII)


def read(source: Source, *, name: str | None = None) -> Iterator[Item | Refused]:
    """Read a trade file line by line; memory holds the trade numbers, some 150 bytes a trade.

    Args:
        source: a path, or a binary stream (left open).
        name: the file's name as the sender knows it, shown in refusals.

    Yields:
        FileHeader; Trade for each good line and the Refused (not raised) of each bad one;
        FileTrailer. The control totals are those of all lines, so they are compared only when no
        line was refused.

    Raises:
        HeaderMalformed: the first or second line is not that of a trade file.
        TrailerMissing, TrailerMalformed, ControlTotalWrong: the file is cut short or altered;
            nothing of it may be kept.
    """
    file = name_of(source, name)
    reading = _Reading(file)
    with opened(source) as stream:
        for line_no, text in text_lines(stream, name=file):
            try:
                item = reading.take(line_no, text)
            except Refused as refused:
                if reading.is_fatal(refused):
                    raise refused.at(file=file, line=line_no) from None
                reading.refused += 1
                item = refused.at(file=file, line=line_no)
            if item:
                yield item
    if not reading.trailer:
        raise TrailerMissing(Place(file, reading.line_no))


class _Reading:
    def __init__(self, file: str) -> None:
        self.file = file
        self.line_no = 0
        self.refused = 0
        self.totals = ControlTotals()
        self.digest = hashlib.sha256()
        self.seen: set[str] = set()
        self.trailer: FileTrailer | None = None

    def is_fatal(self, refused: Refused) -> bool:
        whole = (HeaderMalformed, TrailerMalformed, ControlTotalWrong)
        return self.line_no <= 2 or isinstance(refused, whole)

    def take(self, line_no: int, text: str | Refused) -> Item | Refused | None:
        self.line_no = line_no
        if isinstance(text, Refused):
            raise text
        if self.trailer:
            if text:
                raise TrailerMalformed(value=repr(text[:40]))
            return None
        if line_no > 2 and text.startswith("#"):
            self.trailer = self._trailer(text)
            return self.trailer
        self.digest.update(text.encode() + b"\n")
        if line_no == 1:
            return _header(text)
        if line_no == 2:
            _require_columns(text)
            return None
        return self._trade(text)

    def _trade(self, text: str) -> Trade:
        trade = parse_line(text, line_no=self.line_no)
        if trade.trade_id in self.seen:
            raise TradeTwice(Place(field="trade_id"), value=trade.trade_id)
        self.seen.add(trade.trade_id)
        self.totals.add(trade)
        return trade

    def _trailer(self, text: str) -> FileTrailer:
        stated = _pairs(text, "#total", TrailerMalformed)
        digest = stated.pop("sha256", None)
        if digest and digest != self.digest.hexdigest():
            place = Place(field="sha256")
            raise ControlTotalWrong(place, stated=digest, counted=self.digest.hexdigest())
        if {"count", "quantity"} - stated.keys():
            raise TrailerMalformed(value=repr(text[:80]))
        if not self.refused:
            _compare(stated, self.totals.stated())
        return FileTrailer(self.line_no, self.totals)


def _compare(stated: dict[str, str], counted: dict[str, str]) -> None:
    for name in (*counted, *stated):
        said, found = stated.get(name, "0"), counted.get(name, "0")
        if not _DECIMAL.match(said):
            raise TrailerMalformed(Place(field=name), value=repr(said))
        if Decimal(said) != Decimal(found):
            raise ControlTotalWrong(Place(field=name), stated=said, counted=found)


def _pairs(text: str, mark: str, refusal: type[Refused]) -> dict[str, str]:
    first, *rest = text.split(",")
    found = [_PAIR.match(part) for part in rest]
    pairs = {hit[1]: hit[2] for hit in found if hit}
    if first != mark or len(pairs) != len(rest):
        raise refusal(value=repr(text[:80]))
    return pairs


def _header(text: str) -> FileHeader:
    stated = _pairs(text, "#trades", HeaderMalformed)
    if stated.keys() != {"version", "file", "created"} or stated["version"] != VERSION:
        raise HeaderMalformed(value=repr(text[:80]))
    return FileHeader(stated["file"], _date(stated, "created"))


def _require_columns(text: str) -> None:
    if tuple(text.split(",")) != COLUMNS:
        raise HeaderMalformed(value=repr(text[:80]))


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
    trade_date = _date(row, "trade_date")
    value_date = _date(row, "value_date") if row["value_date"] else None
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


def _date(row: dict[str, str], name: str) -> date:
    value = row[name]
    try:
        if _DATE.match(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise DateMalformed(Place(field=name), value=repr(value))


def _decimal(row: dict[str, str], name: str) -> Decimal:
    value = row[name]
    if not value:
        raise FieldMissing(Place(field=name))
    if not _DECIMAL.match(value):
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
