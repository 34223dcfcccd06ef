"""Which cycle and calendar apply where a market does not say."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from backoffice.kernel.calendars import Calendar, Cycle, OutsideCalendar, settlement_date
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


def derived(*, trade_date: date, cycle: str, effective: str, calendar: Calendar) -> date | None:
    """A value date as `calendar` gives it; None where the calendar says nothing.

    Args:
        cycle: T+n as it was applied; empty for an entry that rolls.
        effective: of an entry that rolls, the day it was sent for (ISO).
    """
    try:
        if cycle:
            return settlement_date(trade_date, Cycle.parse(cycle), calendar)
        return calendar.next_or_same(date.fromisoformat(effective))
    except OutsideCalendar:
        return None
