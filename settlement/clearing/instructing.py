"""Instruct what was netted, and settle what is due, unless a hold or the limit stops it then."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from compliance import holds
from settlement.models import InstructionStatus
from settlement.rules.booking import SettledFact
from settlement.windows import releasing

INSTRUCT = """
    INSERT INTO settlement_instruction
        (obligation_id, reference, direction, amount, currency, value_date, instructed_at)
    SELECT o.id,
           concat_ws('-', o.book, to_char(o.business_date, 'YYYYMMDD'), p.code, o.currency,
                     to_char(o.value_date, 'YYYYMMDD'),
                     CASE WHEN o.kind = 'charges' THEN 'C' END),
           CASE WHEN o.net > 0 THEN 'receive' ELSE 'pay' END, abs(o.net), o.currency,
           o.value_date, %(at)s
      FROM settlement_obligation o JOIN settlement_participant p ON p.id = o.participant_id
     WHERE o.book = %(book)s AND o.business_date = %(day)s AND o.net <> 0
     ORDER BY p.code, o.currency, o.value_date, o.kind DESC
    ON CONFLICT (reference) DO NOTHING
"""
# The oldest first, each with its participant: what is due and not settled yet.
# The last column tells what the release limit makes of it.
DUE = """
    SELECT i.id, i.reference, i.direction, i.amount, i.currency, p.code,
           CASE WHEN NOT coalesce({STOPPED}, false) THEN 'settled'
                WHEN r.id IS NULL THEN 'unreleased' ELSE 'rejected' END
      FROM settlement_instruction i
      JOIN settlement_obligation o ON o.id = i.obligation_id
      JOIN settlement_participant p ON p.id = o.participant_id
      {LIMITED}
     WHERE o.book = %(book)s AND i.value_date <= %(day)s
       AND NOT EXISTS (SELECT 1 FROM settlement_instructionstatus s
                        WHERE s.instruction_id = i.id AND s.status = 'settled')
     ORDER BY i.value_date, i.reference
""".replace("{LIMITED}", releasing.LIMITED).replace("{STOPPED}", releasing.STOPPED)
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
    """Settle what is due and neither held nor unreleased, inside the caller's transaction.

    The caller books the returned facts in the same transaction: final and booked together.
    """
    names: dict[str, Any] = {"book": book, "day": business_date, "at": at}
    with connection.cursor() as cursor:
        cursor.execute(DUE, names)
        due = cursor.fetchall()
        stopped = holds.held(subjects={("party", row[5]) for row in due})
        become: dict[str, list[Any]] = {status: [] for status in InstructionStatus.Status.values}
        for *row, limited in due:
            become["held" if ("party", row[5]) in stopped else limited].append(row)
        for status, rows in become.items():
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
        for _id, reference, direction, amount, currency, participant in become["settled"]
    )
    return Settled(facts=facts, held=len(become["held"]))
