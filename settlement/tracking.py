"""Where does it stand? From a transaction's or an instruction's reference to its last step."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection

TRACK = """
    SELECT t.source_ref, t.book, t.account, t.operation, t.direction, t.amount, t.currency,
           coalesce(p.name_en, ''), coalesce(p.name_th, ''), t.business_date, t.captured_at,
           c.business_date, h.held_on, h.released_on,
           i.reference, i.instructed_at, s.status, s.recorded_at, s.business_date, o.net
      FROM settlement_transaction t
      LEFT JOIN settlement_participant p ON p.id = t.participant_id
      LEFT JOIN settlement_clearedtransaction c ON c.transaction_id = t.id
      LEFT JOIN settlement_heldtransaction h ON h.transaction_id = t.id
      LEFT JOIN settlement_obligation o ON o.id = c.obligation_id
      LEFT JOIN settlement_instruction i ON i.obligation_id = o.id
      LEFT JOIN LATERAL (
            SELECT status, recorded_at, business_date FROM settlement_instructionstatus
             WHERE instruction_id = i.id ORDER BY id DESC LIMIT 1) s ON true
     WHERE {where}
     ORDER BY t.id DESC LIMIT %(limit)s
"""
BY_TRANSACTION = "t.source_ref = %(reference)s"
BY_INSTRUCTION = "i.reference = %(reference)s"


@dataclass(frozen=True, slots=True)
class Tracked:
    """A transaction on its way: captured, cleared, instructed, settled; or held.

    Amounts are in major units of `currency`; `net` is the obligation that the transaction went
    into, seen from the house.
    """

    reference: str
    book: str
    account: str
    operation: str
    direction: str
    amount: Decimal
    currency: str
    participant_en: str
    participant_th: str
    business_date: date
    captured_at: datetime
    cleared_on: date | None
    held_on: date | None
    released_on: date | None
    instruction: str | None
    instructed_at: datetime | None
    status: str | None
    status_at: datetime | None
    status_on: date | None
    net: Decimal | None

    @property
    def stage(self) -> str:
        """held, settled, instructed, cleared or captured: the furthest step that was reached."""
        if self.held_on and not self.released_on and not self.cleared_on:
            return "held"
        if self.status:
            return self.status
        if self.instruction:
            return "instructed"
        return "cleared" if self.cleared_on else "captured"


def track(*, reference: str, limit: int = 20) -> list[Tracked]:
    """Transactions with this reference; for an instruction's reference those it settles.

    One query, or two; newest first.
    """
    names: dict[str, Any] = {"reference": reference.strip(), "limit": limit}
    with connection.cursor() as cursor:
        for where in (BY_TRANSACTION, BY_INSTRUCTION):
            cursor.execute(TRACK.format(where=where), names)
            if rows := cursor.fetchall():
                return [Tracked(*row) for row in rows]
    return []
