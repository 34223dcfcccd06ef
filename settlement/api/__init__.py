"""Settlement's door for other systems, one module a noun."""

from datetime import date

from django.urls import path, register_converter

from settlement.api import instruments, trades, transactions


class IsoDate:
    """A path part such as 2026-01-05."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        return value.isoformat()


register_converter(IsoDate, "isodate")
urlpatterns = [
    path("transactions", transactions.Transactions.as_view(), name="settlement-transactions"),
    path("obligations", transactions.Obligations.as_view(), name="settlement-obligations"),
    path("instructions", transactions.Instructions.as_view(), name="settlement-instructions"),
    path(
        "instructions/<str:reference>",
        transactions.InstructionByReference.as_view(),
        name="settlement-instruction",
    ),
    path(
        "days/<str:book>/<isodate:business_date>",
        transactions.Day.as_view(),
        name="settlement-day",
    ),
    path("instruments", instruments.Instruments.as_view(), name="settlement-instruments"),
    path(
        "standing-instructions",
        instruments.StandingInstructions.as_view(),
        name="settlement-standing-instructions",
    ),
    path("trades", trades.Trades.as_view(), name="settlement-trades"),
    path("trades/unmatched", trades.Unmatched.as_view(), name="settlement-unmatched"),
    path("trades/amendments", trades.Amendments.as_view(), name="settlement-amendments"),
    path("trades/cancellations", trades.Cancellations.as_view(), name="settlement-cancellations"),
    path("trades/statuses", trades.Statuses.as_view(), name="settlement-trade-statuses"),
    path("trades/matching", trades.Matching.as_view(), name="settlement-matching"),
    path("trades/<int:pk>", trades.TradeByNumber.as_view(), name="settlement-trade"),
    path(
        "trades/<int:pk>/affirmation", trades.Affirmation.as_view(), name="settlement-affirmation"
    ),
    path(
        "trades/<int:pk>/allocations", trades.Allocations.as_view(), name="settlement-allocations"
    ),
]
