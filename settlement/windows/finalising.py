"""Make a batch final: its legs' finality, its movements, its reasons, its postings; one commit."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from backoffice.kernel.actors import Actor
from backoffice.kernel.canonical import canonical_json
from settlement.models import MarketRule, SettlementRun
from settlement.windows import position_booking

CHOSEN = """
    CREATE TEMP TABLE settling_chosen ON COMMIT DROP AS
    SELECT u.trade_id, u.lots, u."of"
      FROM unnest(%(trades)s::bigint[], %(lots)s::int[], %(of)s::int[])
           AS u (trade_id, lots, "of")
"""
ALL_CHOSEN = """
    CREATE TEMP TABLE settling_chosen ON COMMIT DROP AS
    SELECT DISTINCT trade_id, 1 AS lots, 1 AS "of" FROM settling_due WHERE market = %(market)s
"""
FINAL = """
    INSERT INTO settlement_settlement (leg_id, run_id, quantity, settled_at)
    SELECT d.leg_id, %(run)s, round(d.quantity * c.lots / c."of", 10), %(at)s
      FROM settling_due d JOIN settling_chosen c ON c.trade_id = d.trade_id
     ORDER BY d.leg_id
"""
ENDS = """
      FROM settling_due d
      JOIN settling_chosen c ON c.trade_id = d.trade_id
     CROSS JOIN LATERAL (
            VALUES (d.debtor_id, -round(d.quantity * c.lots / c."of", 10)),
                   (d.creditor_id, round(d.quantity * c.lots / c."of", 10)))
           AS e (participant, change)
     WHERE d.kind = ANY(%(kinds)s)
"""
MOVE_GROSS = f"""
    INSERT INTO settlement_movement (run_id, book, participant_id, asset, quantity)
    SELECT %(run)s, %(book)s, e.participant, d.asset, e.change {ENDS}
     ORDER BY d.leg_id, e.change
"""
MOVE_NET = f"""
    INSERT INTO settlement_movement (run_id, book, participant_id, asset, quantity)
    SELECT %(run)s, %(book)s, e.participant, d.asset, sum(e.change) {ENDS}
     GROUP BY e.participant, d.asset HAVING sum(e.change) <> 0
     ORDER BY e.participant, d.asset
"""
REASONS = """
    INSERT INTO settlement_unsettledtrade
        (run_id, trade_id, reason, lots, "of", shortages, behind_id)
    SELECT %(run)s, trade_id, reason, lots, "of", shortages, behind
      FROM jsonb_to_recordset(%(rows)s::jsonb)
           AS r (trade_id bigint, reason text, lots int, "of" int, shortages jsonb, behind bigint)
     ORDER BY trade_id
"""
# What moves leg by leg, and what as one net a participant: the three models of delivery.
MOVES = {
    MarketRule.Model.GROSS: ((MOVE_GROSS, ("delivery", "cash")),),
    MarketRule.Model.DVP2: ((MOVE_GROSS, ("delivery",)), (MOVE_NET, ("cash",))),
    MarketRule.Model.DVP3: ((MOVE_NET, ("delivery", "cash")),),
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """A trade that settles, in how many of how many parts."""

    trade_id: int
    lots: int = 1
    of: int = 1


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a trade, or the lots of it that are left, stays behind; see UnsettledTrade."""

    trade_id: int
    reason: str
    lots: int = 1
    of: int = 1
    shortages: tuple[dict[str, str], ...] = ()
    behind: int | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """What was decided for one market.

    Attributes:
        chosen: the trades that settle; None for everything that is due.
        value, bound: in units of the objective; `bound` is None where nothing was searched.
    """

    chosen: Sequence[Chosen] | None
    reasons: Sequence[Reason]
    mode: str
    by: str
    value: Decimal
    bound: Decimal | None
    proven: bool


@dataclass(frozen=True, slots=True)
class Finalised:
    """What a batch came to: trades settled (in part too) and left, legs final, entries posted."""

    settled: int
    unsettled: int
    legs: int
    entries: int


def finalise(
    *,
    batch: Batch,
    number: int,
    book: str,
    rule: MarketRule,
    market: str,
    actor: Actor,
    started_at: datetime,
    at: datetime,
    business_date: Any,
) -> Finalised:
    """Write the batch and post it, inside the caller's transaction.

    Args:
        number: the run's number, under the book's turn.
        at: the moment of finality (aware, UTC).
    """
    settled = _choose(batch, market)
    run = SettlementRun.objects.create(
        book=book,
        number=number,
        business_date=business_date,
        kind=SettlementRun.Kind.SETTLEMENT,
        market=market,
        model=rule.model,
        mode=batch.mode,
        by=batch.by,
        items=settled + sum(1 for one in batch.reasons if one.lots == one.of),
        settled=settled,
        value=batch.value,
        bound=batch.bound,
        proven=batch.proven,
        started_at=started_at,
        finished_at=at,
    )
    names: dict[str, Any] = {"run": run.pk, "book": book, "at": at}
    with connection.cursor() as cursor:
        cursor.execute(FINAL, names)
        legs = int(cursor.rowcount)
        for move, kinds in MOVES[MarketRule.Model(rule.model)]:
            cursor.execute(move, {**names, "kinds": list(kinds)})
        if batch.reasons:
            rows = canonical_json([asdict(reason) for reason in batch.reasons]).decode()
            cursor.execute(REASONS, {**names, "rows": rows})
        cursor.execute("DROP TABLE settling_chosen")
    entries = position_booking.book_run(run=run, actor=actor, at=at)
    return Finalised(settled, len(batch.reasons), legs, entries)


def _choose(batch: Batch, market: str) -> int:
    with connection.cursor() as cursor:
        if batch.chosen is None:
            cursor.execute(ALL_CHOSEN, {"market": market})
        else:
            names = {
                "trades": [one.trade_id for one in batch.chosen],
                "lots": [one.lots for one in batch.chosen],
                "of": [one.of for one in batch.chosen],
            }
            cursor.execute(CHOSEN, names)
        cursor.execute("ANALYZE settling_chosen")
        cursor.execute("SELECT count(*) FROM settling_chosen")
        return int(cursor.fetchone()[0])
