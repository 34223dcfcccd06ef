"""From a count on the day's page to the rows that were counted."""

from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse

from settlement.charges import failing
from settlement.progress import DayProgress
from settlement.trades import enriching
from settlement.windows import releasing

BOOK: Final = "{book}"
# Name of a count: the list that shows it, its filters, and the field that holds the business day.
WAYS: Final[dict[str, tuple[str, dict[str, str], str]]] = {
    "transactions": ("settlement_transaction", {"book": BOOK}, "business_date"),
    "held": ("settlement_heldtransaction", {}, ""),
    "obligations": ("settlement_obligation", {"book": BOOK}, "business_date"),
    "instructions": ("settlement_instruction", {}, "value_date"),
    "unmatched": ("settlement_unmatchedtrade", {"trade__book": BOOK}, ""),
    "matched": ("settlement_tradematch", {}, ""),
    "uninstructed": ("desk_workitem", {"kind__exact": enriching.NO_INSTRUCTION}, ""),
    "windows": ("settlement_window", {"book": BOOK}, ""),
    "nets": ("settlement_windownet", {"window__book": BOOK}, ""),
    "to_release": ("desk_workitem", {"kind__exact": releasing.KIND}, ""),
    "trades_left": ("settlement_unsettledtrade", {"run__book": BOOK}, "run__business_date"),
    "trades_settled": ("settlement_settlementrun", {"book": BOOK}, "business_date"),
    "legs_settled": ("settlement_settlement", {"leg__book": BOOK}, ""),
    "legs_failed": ("settlement_failedleg", {"leg__book": BOOK}, "business_date"),
    "positions": ("settlement_positionsheet", {"book": BOOK}, "business_date"),
    "messages": ("settlement_outgoingmessage", {"book": BOOK}, "business_date"),
    "advices": ("settlement_outgoingmessage", {"book": BOOK}, "business_date"),
    "statements": ("settlement_outgoingmessage", {"book": BOOK}, "business_date"),
    "penalties": ("settlement_penalty", {"book": BOOK}, "business_date"),
    "unpriced": ("desk_workitem", {"kind__exact": failing.UNPRICED}, ""),
    "buy_ins": ("settlement_buyin", {}, ""),
    "months_collected": ("settlement_penaltynet", {"book": BOOK}, ""),
    "claims": ("settlement_marketclaim", {}, ""),
    "fees": ("settlement_fee", {"book": BOOK}, "business_date"),
    "margin_calls": ("settlement_margincall", {"book": BOOK}, "business_date"),
    "reconciled": ("settlement_reconciliationmatch", {}, ""),
    "breaks": ("settlement_break", {}, ""),
    "breaks_closed": ("settlement_break", {"closed_at__isempty": "0"}, ""),
    "breaks_open": ("settlement_break", {"closed_at__isempty": "1"}, ""),
}
NAMED: Final = "document"
"""Not a count but the number of the day's report."""


def shown(day: DayProgress) -> list[tuple[Any, list[tuple[Any, Any, str, bool]]]]:
    """Each step with its counts: word, count, where they are seen ("": nowhere), is it a name."""
    return [
        (
            step,
            [
                (word, count, to(name, day.book, day.business_date), name == NAMED)
                for name, word, count in step.named
            ],
        )
        for step in day.steps
    ]


def to(name: str, book: str, day: date) -> str:
    """The list of what a count counted, on the day where the list knows days; "" for others."""
    if name == NAMED:
        asked = {"book": book, "date": day.isoformat()}
        return f"{reverse('admin:settlement_day_report')}?{urlencode(asked)}"
    if name not in WAYS:
        return ""
    page, filters, field = WAYS[name]
    asked = {key: book if value == BOOK else value for key, value in filters.items()}
    if field:
        parts = {"year": day.year, "month": day.month, "day": day.day}
        asked |= {f"{field}__{part}": str(value) for part, value in parts.items()}
    return f"{reverse(f'admin:{page}_changelist')}?{urlencode(asked)}"
