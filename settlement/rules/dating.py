"""Which cycle and calendar apply where a market does not say."""

from collections.abc import Mapping
from typing import Final

from backoffice.kernel.calendars import Cycle
from settlement.formats.trades import TradeType

CYCLES: Final[Mapping[TradeType, Cycle]] = {
    # A payment settles on its day; foreign exchange is spot two days after (ISDA FX definitions).
    TradeType.PAYMENT: Cycle(0),
    TradeType.PVP: Cycle(2),
}

CALENDARS: Final[Mapping[str, str]] = {
    "THB": "XBKK",
    "EUR": "EUTA",
    "USD": "USNY",
    "GBP": "GBLO",
    "JPY": "JPTO",
}
"""Currency → calendar of the banks that settle it: payments without a market follow it."""
