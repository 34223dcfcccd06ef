"""What a trade file holds: its header, its trades, its control totals."""

import decimal
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

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
