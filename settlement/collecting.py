"""Collect the penalties of past months: netted for each participant, posted, each month once."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby

from django.db import connection, transaction

from backoffice.frame import audit
from backoffice.kernel.actors import Actor
from settlement import posting_nets
from settlement.failing import WEEKDAYS
from settlement.models import PenaltyNet
from settlement.rules import charge_booking
from settlement.rules import penalties as rules

# Months are collected in their order, so what follows the last one collected is all that is open.
MONTHS = """
    WITH due AS (
        SELECT date_trunc('month', charged_on)::date AS month, payer_id, payee_id, currency, amount
          FROM settlement_penalty
         WHERE book = %(book)s AND charged_on < %(before)s AND charged_on >= coalesce(
               (SELECT max(month) + interval '1 month' FROM settlement_penaltynet
                 WHERE book = %(book)s), '-infinity'))
    SELECT month, p.id, p.code, currency, sum(pays), sum(receives), count(*)
      FROM due
     CROSS JOIN LATERAL (VALUES (payer_id, amount, 0), (payee_id, 0, amount))
           AS e (party, pays, receives)
      JOIN settlement_participant p ON p.id = e.party
     GROUP BY 1, 2, 3, 4 ORDER BY 1, 4, 3
"""


@dataclass(frozen=True, slots=True)
class Collected:
    """Months netted now, participants' nets, and entries posted."""

    months: int
    nets: int
    entries: int


@dataclass(frozen=True, slots=True)
class _Row:
    """What a participant pays and receives of a month in a currency, over how many penalties."""

    month: date
    participant_id: int
    code: str
    currency: str
    pays: Decimal
    receives: Decimal
    count: int


def collect(*, book: str, business_date: date, actor: Actor, at: datetime) -> Collected:
    """Net and post the penalties of past months whose collection day has come.

    A step of the end of day. An entry a month and currency takes the accruals away and leaves what
    a participant pays or receives on its clearing account. The house keeps nothing, so the nets sum
    to zero (2018/1229 Art. 17).
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(MONTHS, {"book": book, "before": business_date.replace(day=1)})
        rows = [_Row(*row) for row in cursor.fetchall()]
        rows = [row for row in rows if _is_due(row.month, business_date)]
        if not rows:
            return Collected(0, 0, 0)
        PenaltyNet.objects.bulk_create(
            (
                PenaltyNet(
                    book=book,
                    month=row.month,
                    participant_id=row.participant_id,
                    currency=row.currency,
                    net=row.receives - row.pays,
                    penalties=row.count,
                    collected_on=business_date,
                )
                for row in rows
            ),
            batch_size=2_000,
        )
        entries = 0
        months = [(month, list(of_month)) for month, of_month in groupby(rows, _month)]
        for month, of_month in months:
            entries += posting_nets.post_amounts(
                key=f"penalties:{month:%Y-%m}",
                memo=f"cash penalties of {month:%Y-%m}",
                amounts=charge_booking.collection(
                    charge_booking.Account(row.code, row.currency, row.pays, row.receives)
                    for row in of_month
                ),
                book=book,
                day=business_date,
                actor=actor,
                at=at,
            )
        audit.record(
            actor=actor,
            at=at,
            verb="collecting.collect",
            subject_kind="settlement.penalties",
            subject_id=",".join(f"{month:%Y-%m}" for month, _rows in months),
            detail={"book": book, "nets": len(rows)},
        )
        return Collected(len(months), len(rows), entries)


def _month(row: _Row) -> date:
    return row.month


def _is_due(month: date, day: date) -> bool:
    """Whether the month's collection day has come, by plain weekdays."""
    return day >= rules.collection_date(month.year, month.month, WEEKDAYS)
