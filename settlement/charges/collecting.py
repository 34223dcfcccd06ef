"""Collect the penalties of past months: netted for each participant, posted, each month once.

Each market collects on its own business day, by the regime in force in the month of collection.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby

from django.db import connection, transaction

from backoffice.frame import audit
from backoffice.kernel.actors import Actor
from settlement.charges import posting_nets
from settlement.charges.failing import calendar_of
from settlement.models import PenaltyNet, PenaltyRegime
from settlement.rules import charge_booking
from settlement.rules import penalties as rules

# A collection takes all that is due, and a month is due before the next one ends: so of months
# before the one before the last collection nothing is open. `*` stands for every market.
MONTHS = """
    WITH last AS (
        SELECT date_trunc('month', max(collected_on)) - interval '1 month' AS month
          FROM settlement_penaltynet WHERE book = %(book)s
    ), due AS (
        SELECT date_trunc('month', n.charged_on)::date AS month, t.market,
               n.payer_id, n.payee_id, n.currency, n.amount
          FROM settlement_penalty n JOIN settlement_trade t ON t.id = n.trade_id
         WHERE n.book = %(book)s AND n.charged_on < %(before)s
           AND n.charged_on >= coalesce((SELECT month FROM last), '-infinity')
    ), sums AS MATERIALIZED (
        SELECT d.month, d.market, e.party, d.currency, sum(e.pays) AS pays,
               sum(e.receives) AS receives, count(*) AS penalties
          FROM due d
         CROSS JOIN LATERAL (VALUES (payer_id, amount, 0), (payee_id, 0, amount))
               AS e (party, pays, receives)
         GROUP BY d.month, d.market, e.party, d.currency)
    SELECT d.month, d.market, p.id, p.code, d.currency, d.pays, d.receives, d.penalties
      FROM sums d JOIN settlement_participant p ON p.id = d.party
     WHERE (d.month, d.market) NOT IN (
           SELECT month, market FROM settlement_penaltynet WHERE book = %(book)s)
       AND d.month NOT IN (
           SELECT month FROM settlement_penaltynet WHERE book = %(book)s AND market = '*')
     ORDER BY 1, 2, 5, 4
"""


@dataclass(frozen=True, slots=True)
class Collected:
    """Months netted now, participants' nets, and entries posted."""

    months: int
    nets: int
    entries: int


@dataclass(frozen=True, slots=True)
class _Row:
    """What a participant pays and receives of a market's month, over how many penalties."""

    month: date
    market: str
    participant_id: int
    code: str
    currency: str
    pays: Decimal
    receives: Decimal
    count: int


def collect(*, book: str, business_date: date, actor: Actor, at: datetime) -> Collected:
    """Net and post the penalties of past months whose collection day has come.

    A step of the end of day. An entry a month, market and currency takes the accruals away and
    leaves what a participant pays or receives on its clearing account. The house keeps nothing, so
    the nets sum to zero (2018/1229 Art. 17).
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(MONTHS, {"book": book, "before": business_date.replace(day=1)})
        rows = [_Row(*row) for row in cursor.fetchall()]
        due = _due({(row.month, row.market) for row in rows}, business_date, at)
        rows = [row for row in rows if (row.month, row.market) in due]
        if not rows:
            return Collected(0, 0, 0)
        PenaltyNet.objects.bulk_create(
            (
                PenaltyNet(
                    book=book,
                    market=row.market,
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
        for (month, market), of_month in months:
            entries += posting_nets.post_amounts(
                key=f"penalties:{month:%Y-%m}:{market}",
                memo=f"cash penalties of {month:%Y-%m} {market}".rstrip(),
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
            subject_id=",".join(sorted({f"{row.month:%Y-%m}" for row in rows}))[:120],
            detail={"book": book, "nets": len(rows)},
        )
        return Collected(len({row.month for row in rows}), len(rows), entries)


def _month(row: _Row) -> tuple[date, str]:
    return row.month, row.market


def _due(months: set[tuple[date, str]], day: date, at: datetime) -> set[tuple[date, str]]:
    """Of (month, market) those whose collection day has come, by the market's own calendar."""
    markets = {market for _month, market in months}
    regimes = PenaltyRegime.objects.filter(market__in=markets).order_by("valid_from")
    terms: dict[str, list[rules.CollectionDay]] = {market: [] for market in markets}
    for one in regimes:
        terms[one.market].append(rules.CollectionDay(one.valid_from, one.collection_day))
    calendars = {market: calendar_of(market, at) for market in markets}
    return {
        (month, market)
        for month, market in months
        if day >= rules.collected_on(month, terms[market], calendars[market])
    }
