"""What a bank's camt message says: statements, balances, entries and the payments inside them.

Source: ISO 20022 message definitions camt.052 (report), camt.053 (statement), camt.054
(notification), versions 1 to 13; element names in brackets.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


class Kind(StrEnum):
    """Which message it is."""

    REPORT = "camt.052"
    STATEMENT = "camt.053"
    NOTIFICATION = "camt.054"


@dataclass(frozen=True, slots=True)
class When:
    """A day, with the moment where the bank states it.

    Attributes:
        day: the calendar day as printed, in the bank's own time zone.
        at: the moment; naive when the bank states no zone; None when only a day is stated.
    """

    day: date
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Money:
    """An amount with its sign: a debit is negative. Exactly the currency's decimals (ISO 4217)."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Message:
    """The message as a whole [GrpHdr].

    Attributes:
        kind: which message it is.
        version: its version, None where the namespace does not tell.
        message_id: the bank's number of the message.
        created: when the bank made it.
        page: page number of a message sent in pages, None when not paged.
        is_last_page: False only when more pages follow.
    """

    kind: Kind
    version: int | None
    message_id: str
    created: When
    page: int | None = None
    is_last_page: bool = True


@dataclass(frozen=True, slots=True)
class Account:
    """The account [Acct]: IBAN, or the bank's own number."""

    number: str
    is_iban: bool
    currency: str = ""
    name: str = ""
    owner: str = ""
    servicer_bic: str = ""


@dataclass(frozen=True, slots=True)
class Balance:
    """One balance [Bal].

    Attributes:
        code: ISO code such as OPBD, PRCD, CLBD, ITBD, CLAV, or the bank's own word.
        money: signed balance.
        when: the day it holds for; None in reports that leave it out.
    """

    code: str
    money: Money
    when: When | None


@dataclass(frozen=True, slots=True)
class Summary:
    """The bank's own control totals [TxsSummry]; None where it states none."""

    entries: int | None = None
    entries_sum: Decimal | None = None
    credits: int | None = None
    credits_sum: Decimal | None = None
    debits: int | None = None
    debits_sum: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """The head of one statement, report or notification; its entries follow.

    Attributes:
        line_no: line in the file.
        statement_id: the bank's number.
        account: whose it is.
        created: when it was made, None when not stated.
        electronic_sequence: running number of electronic statements, empty when none.
        legal_sequence: running number of legal statements, empty when none.
        period_from: begin of the period covered.
        period_to: its end.
        balances: as stated, in file order.
        summary: control totals.
    """

    line_no: int
    statement_id: str
    account: Account
    created: When | None
    electronic_sequence: str
    legal_sequence: str
    period_from: When | None
    period_to: When | None
    balances: tuple[Balance, ...]
    summary: Summary


@dataclass(frozen=True, slots=True)
class Party:
    """Someone in a payment [RltdPties]: role such as Debtor or UltimateCreditor."""

    role: str
    name: str = ""
    account: str = ""
    identification: str = ""


@dataclass(frozen=True, slots=True)
class BankCode:
    """What kind of booking it is [BkTxCd]: ISO domain, family, subfamily, or the bank's own."""

    domain: str = ""
    family: str = ""
    subfamily: str = ""
    proprietary: str = ""


@dataclass(frozen=True, slots=True)
class Detail:
    """One payment inside an entry [TxDtls].

    Attributes:
        money: its amount, None when the bank states none.
        references: name (as the element, such as EndToEndId, UETR, MndtId) to value.
        parties: in file order.
        unstructured: remittance lines as free text.
        structured: creditor references.
        bank_code: kind of booking.
        return_reason: code or text of a returned payment.
        additional_info: free text.
    """

    money: Money | None
    references: tuple[tuple[str, str], ...] = ()
    parties: tuple[Party, ...] = ()
    unstructured: tuple[str, ...] = ()
    structured: tuple[str, ...] = ()
    bank_code: BankCode = BankCode()
    return_reason: str = ""
    additional_info: str = ""

    def reference(self, name: str) -> str:
        """The reference of that element name, empty when absent."""
        return dict(self.references).get(name, "")


@dataclass(frozen=True, slots=True)
class Batch:
    """Payments booked as one [Btch]."""

    message_id: str = ""
    payment_information_id: str = ""
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Charge:
    """A charge taken with the booking [Chrgs]."""

    money: Money
    is_included: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """One booking [Ntry].

    Attributes:
        line_no: line in the file.
        money: signed amount; the sign is that of the booking itself, also for a reversal.
        is_reversal: it undoes an earlier booking.
        status: BOOK, PDNG, INFO, FUTR, or the bank's own word.
        booking: when booked.
        value: when interest starts.
        reference: [NtryRef].
        servicer_reference: the bank's reference [AcctSvcrRef].
        bank_code: kind of booking.
        batches: batched payments.
        charges: charges.
        details: the payments inside.
        additional_info: free text.
    """

    line_no: int
    money: Money
    is_reversal: bool
    status: str
    booking: When | None
    value: When | None
    reference: str
    servicer_reference: str
    bank_code: BankCode
    batches: tuple[Batch, ...]
    charges: tuple[Charge, ...]
    details: tuple[Detail, ...]
    additional_info: str

    @property
    def is_booked(self) -> bool:
        """True when it counts towards the booked balance."""
        return self.status == "BOOK"


@dataclass(frozen=True, slots=True)
class StatementEnd:
    """The foot of a statement.

    Attributes:
        line_no: line in the file.
        entries: number of entries, good and refused.
        credits_sum: sum of all credits, without sign.
        debits_sum: sum of all debits, without sign.
        booked: signed sum of the booked entries in the currency of the opening balance.
        opening: opening booked balance, None when there is none, or none that fits.
        closing: closing booked balance, likewise.
    """

    line_no: int
    entries: int
    credits_sum: Decimal
    debits_sum: Decimal
    booked: Decimal
    opening: Balance | None
    closing: Balance | None

    @property
    def difference(self) -> Decimal | None:
        """Closing minus (opening plus booked); None when there is nothing to compare."""
        if not (self.opening and self.closing):
            return None
        return self.closing.money.amount - self.opening.money.amount - self.booked


type Item = Message | Statement | Entry | StatementEnd
