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


TRADES = """
    SELECT DISTINCT ON (t.book, t.source, t.source_ref)
           t.source_ref, t.book, t.type, t.action, t.trade_date, t.value_date, t.captured_at,
           b.name_en, b.name_th, s.name_en, s.name_th, coalesce(i.code, ''),
           t.quantity, t.price, t.amount, t.currency,
           u.since, h.held_at, h.released_at,
           r.opened_at, r.whole, r.settled_at, r.failed_on,
           EXISTS (SELECT FROM settlement_withdrawntrade
                    WHERE trade_id IN (t.id, m.sell_id))
      FROM settlement_trade t
      JOIN settlement_participant b ON b.id = t.buyer_id
      JOIN settlement_participant s ON s.id = t.seller_id
      LEFT JOIN settlement_instrument i ON i.id = t.instrument_id
      LEFT JOIN settlement_unmatchedtrade u ON u.trade_id = t.id
      LEFT JOIN settlement_tradematch m ON m.buy_id = t.id OR m.sell_id = t.id
      LEFT JOIN settlement_heldtrade h ON h.trade_id IN (t.id, m.sell_id)
      LEFT JOIN LATERAL (
            SELECT min(l.opened_at) AS opened_at, max(d.at) AS settled_at,
                   bool_and(coalesce(d.done, 0) >= l.quantity) AS whole,
                   max((SELECT max(business_date) FROM settlement_failedleg f
                         WHERE f.leg_id = l.id)) AS failed_on
              FROM settlement_leg l
              LEFT JOIN LATERAL (SELECT sum(quantity) AS done, max(settled_at) AS at
                                   FROM settlement_settlement WHERE leg_id = l.id) d ON true
             WHERE l.trade_id IN (t.id, m.sell_id)) r ON true
     WHERE t.source_ref = %(reference)s
     ORDER BY t.book, t.source, t.source_ref, t.version DESC
     LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class TrackedTrade:
    """A trade's latest version on its way to finality.

    `quantity` is in units of the instrument, `amount` in major units of `currency`. `settled_at` is
    when the last of it became final, `is_whole` whether that was all; `failed_on` the last day on
    which it was due and did not settle.
    """

    reference: str
    book: str
    type: str
    action: str
    trade_date: date
    value_date: date
    captured_at: datetime
    buyer_en: str
    buyer_th: str
    seller_en: str
    seller_th: str
    instrument: str
    quantity: Decimal
    price: Decimal | None
    amount: Decimal
    currency: str
    unmatched_since: datetime | None
    held_at: datetime | None
    released_at: datetime | None
    opened_at: datetime | None
    is_whole: bool | None
    settled_at: datetime | None
    failed_on: date | None
    is_withdrawn: bool

    @property
    def stage(self) -> str:
        """The furthest step that was reached.

        captured, unmatched, held, open (its legs await the value date), failing, part or settled;
        cancelled ends the way, by one side or by both.
        """
        if self.action == "cancel" or self.is_withdrawn:
            return "cancelled"
        if self.settled_at:
            return "settled" if self.is_whole else "part"
        if self.held_at and not self.released_at:
            return "held"
        if self.unmatched_since:
            return "unmatched"
        if self.failed_on:
            return "failing"
        return "open" if self.opened_at else "captured"


def track_trades(*, reference: str, limit: int = 20) -> list[TrackedTrade]:
    """Trades with this reference, of any source, in their latest version; one query."""
    with connection.cursor() as cursor:
        cursor.execute(TRADES, {"reference": reference.strip(), "limit": limit})
        return [TrackedTrade(*row) for row in cursor.fetchall()]
