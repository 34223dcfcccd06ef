"""How penalties are booked: accrued by the day, and moved to the clearing accounts by the month.

The house stands in between and keeps nothing: what it is to receive from those who failed is an
asset, what it is to pass on a liability, of the same sum. Collection takes both away again, and
leaves each participant's net on its clearing account.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from settlement.rules.booking import clearing_account

RECEIVABLE: Final = "Assets:Penalties"
PAYABLE: Final = "Liabilities:Penalties"

Amounts = dict[tuple[str, str], Decimal]
"""(ledger account, currency) → above zero a debit, in major units."""


@dataclass(frozen=True, slots=True)
class Owed:
    """What one participant owes another; not below zero."""

    payer: str
    payee: str
    currency: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Account:
    """What a participant pays and receives over a period, in one currency; neither below zero."""

    participant: str
    currency: str
    pays: Decimal
    receives: Decimal


def receivable(participant: str) -> str:
    """The ledger account of penalties that a participant is to pay."""
    return f"{RECEIVABLE}:{participant.replace(':', '.')}"


def payable(participant: str) -> str:
    """The ledger account of penalties that a participant is to receive."""
    return f"{PAYABLE}:{participant.replace(':', '.')}"


def accrual(penalties: Iterable[Owed]) -> Amounts:
    """A day's penalties: receivable from those who failed, payable to those who waited."""
    amounts: Amounts = {}
    for one in penalties:
        _add(amounts, receivable(one.payer), one.currency, one.amount)
        _add(amounts, payable(one.payee), one.currency, -one.amount)
    return amounts


def collection(accounts: Iterable[Account]) -> Amounts:
    """A period's accruals taken away, each participant's net left on its clearing account."""
    amounts: Amounts = {}
    for one in accounts:
        _add(amounts, receivable(one.participant), one.currency, -one.pays)
        _add(amounts, payable(one.participant), one.currency, one.receives)
        _add(amounts, clearing_account(one.participant), one.currency, one.pays - one.receives)
    return amounts


def _add(amounts: Amounts, account: str, currency: str, amount: Decimal) -> None:
    amounts[account, currency] = amounts.get((account, currency), Decimal(0)) + amount
