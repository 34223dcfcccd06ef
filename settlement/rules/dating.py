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


def derived(
    *, trade_date: date, cycle: str, effective: str, calendar: Calendar, not_before: str = ""
) -> date | None:
    """A value date as `calendar` gives it; None where the calendar says nothing.

    Args:
        cycle: T+n as it was applied; empty for an entry that rolls.
        effective: of an entry that rolls, the day it was sent for (ISO).
        not_before: of what came after a cut-off, the first day that it may settle on (ISO).
    """
    try:
        if cycle:
            found = settlement_date(trade_date, Cycle.parse(cycle), calendar)
        else:
            found = calendar.next_or_same(date.fromisoformat(effective))
        if not not_before:
            return found
        return calendar.next_or_same(max(found, date.fromisoformat(not_before)))
    except OutsideCalendar:
        return None
