"""Write a trade file; header, control totals and digest are made here."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

from settlement.formats.trades import COLUMNS, VERSION, ControlTotals, Trade, TradeType


def lines(trades: Iterable[Trade], *, file: str, created: date) -> Iterator[str]:
    """Yield the lines of a trade file, without line ends; memory flat.

    Args:
        trades: in any order.
        file: the file's own name, unique per sender.
        created: the day it is made.
    """
    totals, digest = ControlTotals(), hashlib.sha256()
    head = (f"#trades,version={VERSION},file={file},created={created.isoformat()}",)
    for line in (*head, ",".join(COLUMNS)):
        digest.update(line.encode() + b"\n")
        yield line
    for trade in trades:
        totals.add(trade)
        line = ",".join(_cells(trade))
        digest.update(line.encode() + b"\n")
        yield line
    stated = ",".join(f"{name}={value}" for name, value in totals.stated().items())
    yield f"#total,{stated},sha256={digest.hexdigest()}"


def _cells(trade: Trade) -> Iterator[str]:
    is_free, is_payment = trade.type is TradeType.FOP, trade.type is TradeType.PAYMENT
    blank = {
        "value_date": trade.value_date is None,
        "price": trade.price is None,
        "quantity": is_payment,
        "amount": is_free,
    }
    for name in COLUMNS:
        value = getattr(trade, name)
        if blank.get(name):
            yield ""
        else:
            yield format(value, "f") if isinstance(value, Decimal) else str(value)
