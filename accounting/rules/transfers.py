"""Transfers between two accounts, and the accounts as transfers see them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

ALL: Final = Decimal(2**128 - 1)
"""As an amount: the whole of a pending transfer, or as much as a balancing one finds."""

LAST_ID: Final = 2**128 - 1
CREATED: Final = "created"
TRANSIENT: Final = frozenset(
    {
        "debit_account_not_found",
        "credit_account_not_found",
        "pending_transfer_not_found",
        "exceeds_credits",
        "exceeds_debits",
        "debit_account_already_closed",
        "credit_account_already_closed",
    }
)
"""What fails on the state of the books: the id stays failed."""


@dataclass(frozen=True, slots=True)
class Side:
    """An account as transfers see it: where it is kept, what limits it, what it holds."""

    id: int
    currency: str
    limit: str = "none"
    credit_line: Decimal = Decimal(0)
    closed: bool = False
    debits_pending: Decimal = Decimal(0)
    debits_posted: Decimal = Decimal(0)
    credits_pending: Decimal = Decimal(0)
    credits_posted: Decimal = Decimal(0)

    @property
    def credits_left(self) -> Decimal:
        """How much may still be debited before debits pass credits; never below zero."""
        left = self.credits_posted + self.credit_line - self.debits_posted - self.debits_pending
        return max(left, Decimal(0))

    @property
    def debits_left(self) -> Decimal:
        """How much may still be credited before credits pass debits; never below zero."""
        left = self.debits_posted + self.credit_line - self.credits_posted - self.credits_pending
        return max(left, Decimal(0))

    def refuses_debit(self, amount: Decimal) -> bool:
        """True if the account's limit does not allow a debit of `amount`."""
        return self.limit == "debits_must_not_exceed_credits" and (
            self.debits_posted + self.debits_pending + amount
            > self.credits_posted + self.credit_line
        )

    def refuses_credit(self, amount: Decimal) -> bool:
        """True if the account's limit does not allow a credit of `amount`."""
        return self.limit == "credits_must_not_exceed_debits" and (
            self.credits_posted + self.credits_pending + amount
            > self.debits_posted + self.credit_line
        )


@dataclass(frozen=True, slots=True)
class Transfer:
    """A transfer as asked for, and, once created, as recorded (`amount` then is what moved).

    `currency` "" and `code` 0 mean "not given"; `timeout` is in seconds, 0 for none.
    """

    id: int
    debit: int = 0
    credit: int = 0
    amount: Decimal = Decimal(0)
    pending_id: int = 0
    timeout: int = 0
    currency: str = ""
    code: int = 0
    user_data: tuple[int, int, int] = (0, 0, 0)
    linked: bool = False
    pending: bool = False
    post: bool = False
    void: bool = False
    balancing_debit: bool = False
    balancing_credit: bool = False
    closing_debit: bool = False
    closing_credit: bool = False

    @property
    def flags(self) -> tuple[bool, ...]:
        """All flags, as they are compared with those of an earlier transfer of the same id."""
        return (
            self.linked,
            self.pending,
            self.post,
            self.void,
            self.balancing_debit,
            self.balancing_credit,
            self.closing_debit,
            self.closing_credit,
        )

    @property
    def settles(self) -> bool:
        """True if it posts or voids a pending transfer."""
        return self.post or self.void


@dataclass(frozen=True, slots=True)
class Known:
    """A transfer on record; a pending one is "open", "posted", "voided" or "expired"."""

    transfer: Transfer
    state: str = ""
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """A transfer's status; `recorded` is what goes into the book when it is created."""

    status: str
    recorded: Transfer | None = None
