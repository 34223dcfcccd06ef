"""Netting: what remains to be paid when what is owed both ways is set off.

The set-based twin of these few lines is the GROUP BY in settlement/clearing/netting.py; a property
test holds the two against each other.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

NetKey = tuple[str, str, date]


@dataclass(frozen=True, slots=True)
class Gross:
    """One transfer with a participant; `incoming` when the participant owes it to us."""

    participant: str
    currency: str
    value_date: date
    incoming: bool
    amount: Decimal


@dataclass(slots=True)
class Net:
    """Sums of one (participant, currency, value date); `net` above zero is owed to us."""

    gross_in: Decimal = field(default=Decimal(0))
    gross_out: Decimal = field(default=Decimal(0))
    transactions: int = 0

    @property
    def net(self) -> Decimal:
        """Gross in less gross out."""
        return self.gross_in - self.gross_out


def net(transfers: Iterable[Gross]) -> dict[NetKey, Net]:
    """Net bilaterally per (participant, currency, value date); one pass, memory by group."""
    found: dict[NetKey, Net] = {}
    for transfer in transfers:
        key = (transfer.participant, transfer.currency, transfer.value_date)
        sums = found.setdefault(key, Net())
        if transfer.incoming:
            sums.gross_in += transfer.amount
        else:
            sums.gross_out += transfer.amount
        sums.transactions += 1
    return found
