"""Instruct what was netted, and settle what is due, unless a hold stops it at that moment."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from compliance import holds
from settlement.rules.booking import SettledFact

INSTRUCT = """
    INSERT INTO settlement_instruction
        (obligation_id, reference, direction, amount, currency, value_date, instructed_at)
    SELECT o.id,
           concat_ws('-', o.book, to_char(o.business_date, 'YYYYMMDD'), p.code, o.currency,
                     to_char(o.value_date, 'YYYYMMDD')),
           CASE WHEN o.net > 0 THEN 'receive' ELSE 'pay' END, abs(o.net), o.currency,
           o.value_date, %(at)s
      FROM settlement_obligation o JOIN settlement_participant p ON p.id = o.participant_id
     WHERE o.book = %(book)s AND o.business_date = %(day)s AND o.net <> 0
     ORDER BY p.code, o.currency, o.value_date
    ON CONFLICT (reference) DO NOTHING
"""
# The oldest first, each with its participant: what is due and not settled yet.
DUE = """
    SELECT i.id, i.reference, i.direction, i.amount, i.currency, p.code
      FROM settlement_instruction i
      JOIN settlement_obligation o ON o.id = i.obligation_id
      JOIN settlement_participant p ON p.id = o.participant_id
     WHERE o.book = %(book)s AND i.value_date <= %(day)s
       AND NOT EXISTS (SELECT 1 FROM settlement_instructionstatus s
                        WHERE s.instruction_id = i.id AND s.status = 'settled')
     ORDER BY i.value_date, i.reference
"""
STATUS = """
    INSERT INTO settlement_instructionstatus (instruction_id, status, business_date, recorded_at)
    SELECT unnest(%(ids)s::bigint[]), %(status)s, %(day)s, %(at)s
"""


@dataclass(frozen=True, slots=True)
class Settled:
    """What was settled, ready to be booked, and how many instructions a hold stopped."""

    facts: tuple[SettledFact, ...]
    held: int


def instruct(*, book: str, business_date: date, at: datetime) -> int:
    """Write an instruction for each obligation of the day that is not zero; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(INSTRUCT, {"book": book, "day": business_date, "at": at})
        return int(cursor.rowcount)


def settle(*, book: str, business_date: date, at: datetime) -> Settled:
    """Settle every due instruction whose participant is not held, inside the caller's transaction.

    The caller books the returned facts in the same transaction: final and booked together.
    """
    names: dict[str, Any] = {"book": book, "day": business_date, "at": at}
    with connection.cursor() as cursor:
        cursor.execute(DUE, names)
        due = cursor.fetchall()
        stopped = holds.held(subjects={("party", row[5]) for row in due})
        held = [row for row in due if ("party", row[5]) in stopped]
        free = [row for row in due if ("party", row[5]) not in stopped]
        for status, rows in (("held", held), ("settled", free)):
            ids = [row[0] for row in rows]
            if ids:
                cursor.execute(STATUS, {**names, "ids": ids, "status": status})
    facts = tuple(
        SettledFact(
            book=book,
            reference=reference,
            business_date=business_date,
            participant=participant,
            receive=direction == "receive",
            amount=amount,
            currency=currency,
        )
        for _id, reference, direction, amount, currency, participant in free
    )
    return Settled(facts=facts, held=len(held))
