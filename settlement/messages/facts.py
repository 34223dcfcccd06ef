"""What a message says, free of its standard: read from either, built into either.

Amounts are in the major unit of their currency; dates are value dates of the account's place;
`created` is an aware moment. Quantities are units, or face amount where `face` is true.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from settlement.messages.fin.values import Money

__all__ = [
    "AccountStatement",
    "BankTransfer",
    "Confirmation",
    "CreditTransfer",
    "Entry",
    "Header",
    "Holding",
    "HoldingsStatement",
    "InstructionStatus",
    "Money",
    "Movement",
    "Party",
    "PaymentStatus",
    "SecuritiesInstruction",
    "SettlementParty",
    "StatusKind",
]


@dataclass(frozen=True, slots=True)
class Header:
    """Who sends what to whom, and when.

    Attributes:
        message_id: the sender's reference, at most 16 characters where FIN must carry it.
        sender, receiver: BIC8 or BIC11.
    """

    message_id: str
    sender: str
    receiver: str
    created: dt.datetime


@dataclass(frozen=True, slots=True)
class Party:
    """A customer: named with an address, or known by its BIC."""

    name: str | None = None
    bic: str | None = None
    lei: str | None = None
    address: tuple[str, ...] = ()
    town: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class CreditTransfer:
    """A customer credit transfer (pacs.008, MT103).

    Attributes:
        settled: what settles between the agents; instructed: what the debtor ordered.
        charge_bearer: DEBT, CRED or SHAR.
        debtor_agent, creditor_agent, intermediary: BICs.
        accounts: IBAN or the servicer's own number.
    """

    header: Header
    instruction_id: str
    end_to_end_id: str
    uetr: str | None
    settled: Money
    value_date: dt.date
    charge_bearer: str
    debtor: Party
    debtor_account: str | None
    debtor_agent: str | None
    creditor_agent: str | None
    creditor: Party
    creditor_account: str | None
    instructed: Money | None = None
    intermediary: str | None = None
    remittance: str | None = None


@dataclass(frozen=True, slots=True)
class BankTransfer:
    """A transfer between institutions (pacs.009, MT202); parties are BICs."""

    header: Header
    instruction_id: str
    end_to_end_id: str
    uetr: str | None
    settled: Money
    value_date: dt.date
    debtor: str
    creditor: str
    debtor_account: str | None = None
    creditor_agent: str | None = None
    creditor_account: str | None = None
    intermediary: str | None = None
    remittance: str | None = None


@dataclass(frozen=True, slots=True)
class PaymentStatus:
    """The status of a payment (pacs.002, MTn99 when rejected).

    Attributes:
        status: ACSP, ACSC, ACCC, PDNG or RJCT.
        reason: external status reason, "AC04"; mandatory with RJCT.
    """

    header: Header
    original_message_id: str
    original_definition: str
    status: str
    original_instruction_id: str | None = None
    original_end_to_end_id: str | None = None
    original_uetr: str | None = None
    reason: str | None = None
    detail: str | None = None


class Movement(StrEnum):
    """Which way securities move, seen from the account's owner (ISO 20022 codes)."""

    DELIVER = "DELI"
    RECEIVE = "RECE"


@dataclass(frozen=True, slots=True)
class SettlementParty:
    """A party in the chain of delivery: its BIC and its account there."""

    bic: str
    account: str | None = None


@dataclass(frozen=True, slots=True)
class SecuritiesInstruction:
    """An instruction to deliver or receive (sese.023, MT540 to MT543).

    Attributes:
        movement: DELI or RECE.
        amount: the cash against it; None is a movement free of payment.
        quantity: units, or face amount where `face`.
        account: the safekeeping account at the receiver of the message; owner: its BIC.
        depository: BIC of the place of settlement.
        counterparty: the other side's agent at the depository (REAG or DEAG).
        counterparty_client: the party behind it (BUYR or SELL).
        agent: the own side's agent at the depository, where it is another one than the receiver.
        common_id: the reference both sides agreed on.
        previous_id: the instruction that is cancelled, None for a new one.
    """

    header: Header
    transaction_id: str
    movement: Movement
    isin: str
    quantity: Decimal
    trade_date: dt.date
    settlement_date: dt.date
    account: str
    depository: str
    counterparty: SettlementParty
    amount: Money | None = None
    face: bool = False
    description: str | None = None
    owner: str | None = None
    agent: SettlementParty | None = None
    counterparty_client: SettlementParty | None = None
    common_id: str | None = None
    previous_id: str | None = None

    @property
    def payment(self) -> str:
        """APMT against payment, FREE without."""
        return "APMT" if self.amount else "FREE"


class StatusKind(StrEnum):
    """What a status speaks of: element of sese.024, qualifier of MT548."""

    ACCEPTED = "AckdAccptd"
    REJECTED = "Rjctd"
    CANCELLED = "Canc"
    MATCHED = "Mtchd"
    UNMATCHED = "Umtchd"
    PENDING = "Pdg"
    FAILING = "Flng"


@dataclass(frozen=True, slots=True)
class InstructionStatus:
    """The status of an instruction (sese.024, MT548).

    Attributes:
        transaction_id: the account owner's reference of the instruction.
        reason: code of ISO 20022 ("LACK", "CLAC"), None where none is specified.
    """

    header: Header
    transaction_id: str
    kind: StatusKind
    reason: str | None = None
    detail: str | None = None
    servicer_id: str | None = None


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A settled instruction (sese.025, MT544 to MT547).

    Attributes:
        settled_on: the effective settlement date.
        remaining: what is left to settle of a partial settlement, None where nothing is.
    """

    instruction: SecuritiesInstruction
    header: Header
    settled_on: dt.date
    settled_quantity: Decimal
    settled_amount: Money | None = None
    remaining: Decimal | None = None
    servicer_id: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A booked entry of a statement or advice.

    Attributes:
        amount: signed, a credit positive.
        reference: end-to-end reference of the payment; servicer_reference: the house's own.
    """

    amount: Decimal
    booked_on: dt.date
    value_date: dt.date
    reference: str
    servicer_reference: str | None = None
    instruction_id: str | None = None
    uetr: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class AccountStatement:
    """A statement of account, or an advice when it holds one entry (camt.053, camt.054, MT940).

    Attributes:
        opening, closing: signed balances in `currency`.
        number: the statement's number in the year; pages count from one.
    """

    header: Header
    statement_id: str
    account: str
    currency: str
    number: int
    opened_on: dt.date
    opening: Decimal
    closed_on: dt.date
    closing: Decimal
    entries: tuple[Entry, ...] = ()
    servicer: str | None = None
    page: int = 1
    last_page: bool = True


@dataclass(frozen=True, slots=True)
class Holding:
    """A position in a statement of holdings: units, or face amount; below zero when short."""

    isin: str
    quantity: Decimal
    face: bool = False
    description: str | None = None


@dataclass(frozen=True, slots=True)
class HoldingsStatement:
    """What an account holds at the end of a day (semt.002, MT535), whole on one page.

    Attributes:
        account: the safekeeping account; owner: its BIC.
        number: the statement's number in the year.
    """

    header: Header
    statement_id: str
    account: str
    number: int
    as_of: dt.date
    holdings: tuple[Holding, ...] = ()
    owner: str | None = None
