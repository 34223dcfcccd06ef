"""What a new house knows of its markets' matching: rows of the tolerance table, with sources."""

from datetime import date
from decimal import Decimal
from typing import Any, Final

_THAILAND = (
    "Clearstream, Settlement services - Thailand: cash tolerance THB {amount}; the day of the"
    " change from 500 (2017) to 800 is not published"
)
_T2S = "T2S: EUR 2 for amounts to EUR 100,000, EUR 25 above"

TOLERANCES: Final[tuple[dict[str, Any], ...]] = (
    {
        "market": "XBKK",
        "currency": "THB",
        "above": Decimal(0),
        "tolerance": Decimal(500),
        "valid_from": date(2017, 1, 1),
        "source": _THAILAND.format(amount=500),
    },
    {
        "market": "XBKK",
        "currency": "THB",
        "above": Decimal(0),
        "tolerance": Decimal(800),
        "valid_from": date(2018, 1, 1),
        "source": _THAILAND.format(amount=800),
    },
    {
        "market": "EUTA",
        "currency": "EUR",
        "above": Decimal(0),
        "tolerance": Decimal(2),
        "valid_from": date(2015, 6, 22),
        "source": _T2S,
    },
    {
        "market": "EUTA",
        "currency": "EUR",
        "above": Decimal("100000.01"),
        "tolerance": Decimal(25),
        "valid_from": date(2015, 6, 22),
        "source": _T2S,
    },
)
