"""Novation and the netting of legs: who owes what to whom once a window is closed.

The set-based twin is the SQL in settlement/windows/novating.py; a property test holds the two
against each other.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Owed:
    """One leg: `debtor` owes `creditor` the quantity, in units of the asset."""

    debtor: str
    creditor: str
    asset: str
    value_date: date
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class NetKey:
    """Whose net, against whom ("" for all together), of which asset and value date."""

    participant: str
    counterparty: str
    asset: str
    value_date: date


@dataclass(frozen=True, slots=True)
class LegNet:
    """The sums of one key, seen from the participant; in units of the asset."""

    gross_in: Decimal = Decimal(0)
    gross_out: Decimal = Decimal(0)
    legs: int = 0

    @property
    def net(self) -> Decimal:
        """Above zero, the participant receives."""
        return self.gross_in - self.gross_out


def novate(leg: Owed, central: str) -> tuple[Owed, ...]:
    """The legs that stand for `leg` once `central` stepped in between: to it, and from it.

    A leg of the central counterparty's own stays as it is.
    """
    if central in {leg.debtor, leg.creditor}:
        return (leg,)
    return (
        Owed(leg.debtor, central, leg.asset, leg.value_date, leg.quantity),
        Owed(central, leg.creditor, leg.asset, leg.value_date, leg.quantity),
    )


def net_bilateral(legs: Iterable[Owed]) -> dict[NetKey, LegNet]:
    """Net every pair of participants: each pair has two rows that mirror each other."""
    return _sums(
        (NetKey(one, other, leg.asset, leg.value_date), into, out)
        for leg in legs
        for one, other, into, out in (
            (leg.debtor, leg.creditor, Decimal(0), leg.quantity),
            (leg.creditor, leg.debtor, leg.quantity, Decimal(0)),
        )
    )


def net_multilateral(legs: Iterable[Owed]) -> dict[NetKey, LegNet]:
    """Net every participant against all others together; an asset's nets sum to zero."""
    return _sums(
        (NetKey(one, "", leg.asset, leg.value_date), into, out)
        for leg in legs
        for one, into, out in (
            (leg.debtor, Decimal(0), leg.quantity),
            (leg.creditor, leg.quantity, Decimal(0)),
        )
    )


def _sums(parts: Iterable[tuple[NetKey, Decimal, Decimal]]) -> dict[NetKey, LegNet]:
    found: dict[NetKey, LegNet] = {}
    for key, into, out in parts:
        before = found.get(key, LegNet())
        found[key] = LegNet(before.gross_in + into, before.gross_out + out, before.legs + 1)
    return found
