"""Collect the penalties of past months: netted for each participant, posted, each month once."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import connection, transaction

from backoffice.frame import audit
from backoffice.kernel.actors import Actor
from settlement import posting_nets
from settlement.failing import WEEKDAYS
from settlement.models import PenaltyNet
from settlement.rules import penalties as rules

MONTHS = """
    WITH due AS (
        SELECT date_trunc('month', charged_on)::date AS month, payer_id, payee_id, currency, amount
          FROM settlement_penalty n
         WHERE book = %(book)s AND charged_on < %(before)s AND NOT EXISTS
               (SELECT 1 FROM settlement_penaltynet d
                 WHERE d.book = n.book AND d.month = date_trunc('month', n.charged_on)::date))
    SELECT month, p.id, p.code, currency, sum(change), count(*)
      FROM due
     CROSS JOIN LATERAL (VALUES (payer_id, -amount), (payee_id, amount)) AS e (party, change)
      JOIN settlement_participant p ON p.id = e.party
     GROUP BY 1, 2, 3, 4 ORDER BY 1, 4, 3
"""


@dataclass(frozen=True, slots=True)
class Collected:
    """Months netted now, participants' nets, and entries posted."""

    months: int
    nets: int
    entries: int


def collect(*, book: str, business_date: date, actor: Actor, at: datetime) -> Collected:
    """Net and post the penalties of past months whose collection day has come.

    A step of the end of day. An entry a month and currency: what a participant pays or receives
    stands on its clearing account. The house keeps nothing, so the nets sum to zero (2018/1229
    Art. 17).
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(MONTHS, {"book": book, "before": business_date.replace(day=1)})
        rows = [row for row in cursor.fetchall() if _is_due(row[0], business_date)]
        if not rows:
            return Collected(0, 0, 0)
        PenaltyNet.objects.bulk_create(
            PenaltyNet(
                book=book,
                month=month,
                participant_id=participant_id,
                currency=currency,
                net=net,
                penalties=count,
                collected_on=business_date,
            )
            for month, participant_id, _code, currency, net, count in rows
        )
        nets: dict[date, dict[tuple[str, str], Decimal]] = defaultdict(dict)
        for month, _id, code, currency, net, _count in rows:
            nets[month][code, currency] = net
        entries = 0
        for month, of_month in sorted(nets.items()):
            entries += posting_nets.post(
                key=f"penalties:{month:%Y-%m}",
                memo=f"cash penalties of {month:%Y-%m}",
                nets=of_month,
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
            subject_id=",".join(f"{month:%Y-%m}" for month in sorted(nets)),
            detail={"book": book, "nets": len(rows)},
        )
        return Collected(len(nets), len(rows), entries)


def _is_due(month: date, day: date) -> bool:
    """Whether the month's collection day has come, by plain weekdays."""
    return day >= rules.collection_date(month.year, month.month, WEEKDAYS)
