"""How a cleared transaction and a settled instruction are booked: which accounts, which side.

The house's chart: customers' money is a liability; `Assets:Clearing` holds what is on its way to
or from a participant and is empty once that participant's obligations are settled.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

CUSTOMERS = "Liabilities:Customers"
CLEARING = "Assets:Clearing"
CASH = "Assets:Cash"
NOSTRO = "Assets:Nostro"
CARDS = "Assets:Clearing:Cards"
INTEREST_PAID = "Expenses:Interest"
INTEREST_EARNED = "Income:Interest"
FEES = "Income:Fees"

Lines = tuple[tuple[str, Decimal], ...]

# The register's words for what the house itself earns: service fees and penalty interest.
FEE_PURPOSES = {"SLUZBY"}
PENALTY_INTEREST = {"SANKC. UROK"}


@dataclass(frozen=True, slots=True)
class ClearedFact:
    """One cleared transaction, as booking needs it; `credit` is seen from the customer."""

    book: str
    source: str
    source_ref: str
    business_date: date
    account: str
    credit: bool
    operation: str
    amount: Decimal
    currency: str
    participant: str
    purpose: str


@dataclass(frozen=True, slots=True)
class SettledFact:
    """One settled instruction, as booking needs it."""

    book: str
    reference: str
    business_date: date
    participant: str
    receive: bool
    amount: Decimal
    currency: str


def customer_account(account: str) -> str:
    """The ledger account of a customer's account."""
    return f"{CUSTOMERS}:{account}"


def clearing_account(participant: str) -> str:
    """The ledger account of what is on its way to or from a participant."""
    return f"{CLEARING}:{participant}"


def counter_account(fact: ClearedFact) -> str:
    """The account on the other side of a customer's transaction."""
    match fact.operation:
        case "transfer-in" | "transfer-out":
            return clearing_account(fact.participant)
        case "card-out":
            return CARDS
        case "interest":
            return INTEREST_PAID if fact.credit else INTEREST_EARNED
        case _ if fact.purpose in FEE_PURPOSES and not fact.credit:
            return FEES
        case _ if fact.purpose in PENALTY_INTEREST and not fact.credit:
            return INTEREST_EARNED
        case _:
            return CASH


def entry_of_transaction(fact: ClearedFact) -> Lines:
    """The entry's lines as (account, amount); above zero is a debit; they sum to zero."""
    customer, counter = customer_account(fact.account), counter_account(fact)
    if fact.credit:
        return ((counter, fact.amount), (customer, -fact.amount))
    return ((customer, fact.amount), (counter, -fact.amount))


def entry_of_settlement(fact: SettledFact) -> Lines:
    """The lines that move a settled net amount between clearing and nostro."""
    clearing = clearing_account(fact.participant)
    nostro = f"{NOSTRO}:{fact.currency}"
    if fact.receive:
        return ((nostro, fact.amount), (clearing, -fact.amount))
    return ((clearing, fact.amount), (nostro, -fact.amount))
