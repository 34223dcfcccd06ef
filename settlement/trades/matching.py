"""Match the two sides of trades: equal ones in one statement, the rest within tolerance.

A match, its gate and its legs are one commit. Matching, amending and cancelling take turns, book
by book, so that no side is matched and changed at once.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.db import connection, transaction

from backoffice.desk import queueing
from backoffice.frame import audit
from backoffice.frame.keys import key_array
from backoffice.kernel import money
from backoffice.kernel.actors import Actor, Department, Role
from backoffice.kernel.refusals import Refused
from settlement.models import MatchingTolerance, Trade, TradeMatch, UnmatchedTrade
from settlement.rules import matching as rules
from settlement.rules.trades import SOURCE_MAX
from settlement.trades import comparing, gating, recording

UNMATCHED = "settlement.unmatched"
SHOWN = 50
WAITING = """
    waiting AS MATERIALIZED (
        SELECT t.* FROM settlement_unmatchedtrade u JOIN settlement_trade t ON t.id = u.trade_id
         WHERE t.book = %(book)s)
"""
FIELDS = "type, market, buyer_id, seller_id, value_date, instrument_id, quantity, currency"
# The n-th buyer's side to the n-th seller's side of all that say exactly the same. Grouped, not
# joined: no plan can take the square of the queue, whatever is known of a queue that just came.
EQUAL = f"""
    WITH {WAITING},
    ranked AS (
        SELECT id, side, {FIELDS}, amount, common_ref,
               row_number() OVER (PARTITION BY side, {FIELDS}, amount, common_ref ORDER BY id) AS n
          FROM waiting)
    INSERT INTO settlement_tradematch
        (buy_id, sell_id, how, tolerance, difference, matched_at, matched_by)
    SELECT min(id) FILTER (WHERE side = 'BUY'), min(id) FILTER (WHERE side = 'SELL') AS sell,
           'compared', 0, 0, %(at)s, %(by)s
      FROM ranked
     GROUP BY {FIELDS}, amount, common_ref, n
    HAVING count(*) = 2
     ORDER BY sell
    RETURNING buy_id, sell_id
"""  # noqa: S608 - the fields above
# What has somebody on the other side who differs at most in amount and common reference.
NEAR = f"""
    WITH {WAITING},
    groups AS (
        SELECT {FIELDS} FROM waiting GROUP BY {FIELDS} HAVING count(DISTINCT side) = 2)
    SELECT dense_rank() OVER (ORDER BY {FIELDS}), w.side, w.id, w.amount, w.common_ref,
           {comparing.TOLERANCE}
      FROM waiting w JOIN groups USING ({FIELDS})
     ORDER BY 1, w.id
"""  # noqa: S608
PAIRS = """
    INSERT INTO settlement_tradematch
        (buy_id, sell_id, how, tolerance, difference, matched_at, matched_by)
    SELECT buy, sell, 'compared', tolerance, difference, %(at)s, %(by)s
      FROM unnest(%(buys)s::bigint[], %(sells)s::bigint[], %(tolerances)s::numeric[],
                  %(differences)s::numeric[]) AS p(buy, sell, tolerance, difference)
     ORDER BY sell
"""
QUEUES = """
    SELECT r.code, c.code, t.value_date, count(*), (array_agg(t.id ORDER BY t.id))[1:%(shown)s]
      FROM settlement_unmatchedtrade u
      JOIN settlement_trade t ON t.id = u.trade_id
      JOIN settlement_participant r
        ON r.id = CASE t.side WHEN 'BUY' THEN t.buyer_id ELSE t.seller_id END
      JOIN settlement_participant c
        ON c.id = CASE t.side WHEN 'BUY' THEN t.seller_id ELSE t.buyer_id END
     WHERE t.book = %(book)s AND t.value_date <= %(due)s
     GROUP BY 1, 2, 3 ORDER BY 3, 1, 2
"""


class NotWaiting(Refused):
    """A trade is not in the queue of unmatched sides: matched, cancelled, or never in it."""

    code = "trade-not-waiting"
    status = 409
    en = "Trade {ref} does not wait for another side."
    th = "รายการซื้อขาย {ref} ไม่ได้รอการจับคู่"


class AffirmedByMaker(Refused):
    """Four eyes: who entered a side does not affirm it for the other."""

    code = "trade-affirmed-by-maker"
    status = 403
    en = "You captured trade {ref} yourself; another person must affirm it."
    th = "ท่านเป็นผู้บันทึกรายการ {ref} เอง ต้องให้บุคคลอื่นเป็นผู้ยืนยัน"


@dataclass(frozen=True, slots=True)
class Matched:
    """How a matching run went: pairs that were equal, pairs within tolerance, and the gate."""

    equal: int
    near: int
    legs: int
    held: int


def match(*, book: str, actor: Actor, at: datetime) -> Matched:
    """Match what waits in the book, open the legs of what the gate lets through: one commit.

    Memory holds the sides that wait beside another one; everything else stays in the database.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        gating.take_turn(book)
        names: dict[str, Any] = {"book": book, "at": at, "by": actor.name}
        cursor.execute(EQUAL, names)
        equal = cursor.fetchall()
        _leave_queue(one for found in equal for one in found)
        cursor.execute(NEAR, names)
        near = _near(cursor)
        if near:
            cursor.execute(PAIRS, {**names, **_columns(near)})
            _leave_queue(one for found in near for one in (found.buy, found.sell))
        sells = [sell for _buy, sell in equal] + [found.sell for found in near]
        gated = gating.gate(trade_ids=sells, at=at)
        if sells:
            audit.record(
                actor=actor,
                at=at,
                verb="matching.match",
                subject_kind="settlement.book",
                subject_id=book,
                detail={"equal": len(equal), "near": len(near), "held": gated.held},
            )
        return Matched(len(equal), len(near), gated.legs, gated.held)


def enter_tolerance(
    *, tolerance: MatchingTolerance, actor: Actor, at: datetime
) -> MatchingTolerance:
    """State from a day of trade on how far a market lets cash amounts be apart.

    Args:
        tolerance: unsaved, with its source.

    Raises:
        NotAllowed, CurrencyUnknown.
    """
    actor.require(Role.CHECKER, Role.MANAGER, department=Department.SETTLEMENT)
    money.require_current(tolerance.currency)
    with transaction.atomic():
        tolerance.save(force_insert=True)
        audit.record(
            actor=actor,
            at=at,
            verb="matching.enter_tolerance",
            subject_kind="settlement.tolerance",
            subject_id=str(tolerance),
            detail={"source": tolerance.source},
        )
    return tolerance


def affirm(*, trade_id: int, actor: Actor, at: datetime) -> int:
    """Match a side on the word of its counterparty, which sends no side of its own.

    The counterparty's side is written as a fact of its own, so nothing is matched with nobody.

    Returns:
        The match's id.

    Raises:
        NotAllowed, NotWaiting, AffirmedByMaker.
    """
    if actor.role is not Role.INTEGRATOR:
        actor.require(Role.CLERK, Role.CHECKER, Role.MANAGER, department=Department.SETTLEMENT)
    with transaction.atomic():
        trade = Trade.objects.filter(pk=trade_id).first()
        if trade is None:
            raise NotWaiting(ref=trade_id)
        gating.take_turn(trade.book)
        if not UnmatchedTrade.objects.filter(trade=trade).exists():
            raise NotWaiting(ref=trade.source_ref)
        if not actor.is_process and trade.captured_by == actor.name:
            raise AffirmedByMaker(ref=trade.source_ref)
        [other] = recording.record(rows=[_mirrored(trade)], book=trade.book, actor=actor, at=at)
        is_buy = trade.side == Trade.Side.BUY
        found = TradeMatch.objects.create(
            buy_id=trade.pk if is_buy else other,
            sell_id=other if is_buy else trade.pk,
            how=TradeMatch.How.AFFIRMED,
            matched_at=at,
            matched_by=actor.name,
        )
        _leave_queue([trade.pk])
        gating.gate(trade_ids=[found.sell_id], at=at)
        audit.record(
            actor=actor,
            at=at,
            verb="matching.affirm",
            subject_kind="settlement.trade",
            subject_id=trade.pk,
        )
        return found.pk


def ask_about_unmatched(*, book: str, due: date, actor: Actor, at: datetime) -> list[int]:
    """Put on the desk what is due by `due` and still unmatched: one item a pair of parties and day.

    Each item names up to 50 trades, with every field on which the nearest other side differs. A few
    statements for any number of items.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(QUEUES, {"book": book, "due": due, "shown": SHOWN})
        queues = cursor.fetchall()
        told = {
            one.trade.pk: one
            for one in comparing.compare(trade_ids=[pk for queue in queues for pk in queue[4]])
        }
        work = [_question(book, queue, told) for queue in queues]
        items = queueing.open_items(
            kind=UNMATCHED,
            department=Department.SETTLEMENT.value,
            subject_kind="settlement.unmatched",
            work=work,
            actor=actor,
            at=at,
        )
        return [items[one.subject_ref] for one in work]


def _question(
    book: str, queue: tuple[Any, ...], told: dict[int, comparing.Compared]
) -> queueing.Work:
    reporter, counterparty, value_date, count, ids = queue
    return queueing.Work(
        subject_ref=f"{book}/{reporter}/{counterparty}/{value_date.isoformat()}",
        title_en=f"{count} unmatched: {reporter} with {counterparty}, {value_date}",
        title_th=f"ยังไม่จับคู่ {count} รายการ: {reporter} กับ {counterparty} {value_date}",
        payload={"count": count, "trades": [told[pk].facts() for pk in ids if pk in told]},
    )


def _near(cursor: Any) -> list[rules.Pair]:
    found: list[rules.Pair] = []
    for _group, rows in groupby(cursor.fetchall(), key=lambda row: row[0]):
        offers: dict[str, list[rules.Offer]] = defaultdict(list)
        for _rank, side, pk, amount, common_ref, tolerance in rows:
            offers[side].append(rules.Offer(pk, amount, tolerance or Decimal(0), common_ref))
        found += rules.pair(offers["BUY"], offers["SELL"])
    return found


def _columns(pairs: list[rules.Pair]) -> dict[str, list[Any]]:
    return {
        "buys": [one.buy for one in pairs],
        "sells": [one.sell for one in pairs],
        "tolerances": [one.tolerance for one in pairs],
        "differences": [one.difference for one in pairs],
    }


def _leave_queue(trade_ids: Iterable[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM settlement_unmatchedtrade WHERE trade_id = ANY(%s)", [key_array(trade_ids)]
        )


def _mirrored(trade: Trade) -> recording.TradeRow:
    """What the counterparty affirms: the same trade, from the other side."""
    same = recording.row_of_fact(trade)
    other = Trade.Side.SELL if trade.side == Trade.Side.BUY else Trade.Side.BUY
    return replace(
        same,
        source=_affirming(trade.source),
        source_ref=trade.source_ref,
        side=other.value,
        version=1,
        action=Trade.Action.NEW.value,
        amends_id=None,
        # The other side has no block: it would be one part too many of this one.
        block_id=None,
        line_no=None,
    )


def _affirming(source: str) -> str:
    """What the affirmations of a source's trades are called; of two long sources never the same."""
    told = f"affirmed:{source}"
    if len(told) <= SOURCE_MAX:
        return told
    digest = hashlib.sha256(source.encode()).hexdigest()[:12]
    return f"{told[: SOURCE_MAX - 13]}~{digest}"
