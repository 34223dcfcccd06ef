"""Put the standing instructions to the trades that they apply to, and ask for those that lack.

Asked for are instructions of trades that are not settled yet: without one a delivery cannot be
instructed, and what is final needs none. A payment names its accounts itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Max

from backoffice.desk import claiming, queueing
from backoffice.desk import queries as desk
from backoffice.frame.keys import key_array
from backoffice.kernel.actors import Actor, Department
from settlement.directory import standing
from settlement.models import StepRun, Trade

NO_INSTRUCTION: Final = "settlement.no_standing_instruction"
SUBJECT: Final = "settlement.standing_scope"
ARRIVED: Final = "No longer missing. / ไม่ขาดแล้ว"
# Of each scope the latest version whose span holds the day; of the scopes the narrowest.
FITTING = """
    SELECT k.*, (
        SELECT id FROM (
            SELECT DISTINCT ON (s.asset_class, s.market, s.currency) s.*
              FROM settlement_standinginstruction s
             WHERE s.participant_id = k.participant_id
               AND s.asset_class IN ('', k.asset_class) AND s.market IN ('', k.market)
               AND s.currency IN ('', k.currency) AND s.effective_from <= k.value_date
               AND (s.effective_to IS NULL OR s.effective_to >= k.value_date)
             ORDER BY s.asset_class, s.market, s.currency, s.version DESC) scope
         WHERE scope.active
         ORDER BY (asset_class <> '')::int + (market <> '')::int + (currency <> '')::int DESC,
                  asset_class DESC, market DESC, currency DESC
         LIMIT 1) AS instruction_id
      FROM keys k
"""
KEYS = """
    asked AS MATERIALIZED (
        SELECT t.id, t.buyer_id, t.seller_id, t.market, t.currency, t.value_date,
               coalesce(i.asset_class, 'cash') AS asset_class
          FROM settlement_trade t LEFT JOIN settlement_instrument i ON i.id = t.instrument_id
         WHERE {which}
           AND NOT EXISTS (SELECT 1 FROM settlement_tradeenrichment e WHERE e.trade_id = t.id)),
    keys AS (
        SELECT participant_id, asset_class, market, currency, value_date,
               array_agg(id) FILTER (WHERE buys) AS bought,
               array_agg(id) FILTER (WHERE NOT buys) AS sold
          FROM (SELECT a.*, a.buyer_id AS participant_id, true AS buys FROM asked a
                 UNION ALL
                SELECT a.*, a.seller_id, false FROM asked a) sides
         GROUP BY participant_id, asset_class, market, currency, value_date),
    fitting AS MATERIALIZED (""" + FITTING + ")"  # fmt: skip  # noqa: S608
# Both sides of a trade meet under its number, whatever is known of trades that just came.
FOUND = """
    INSERT INTO settlement_tradeenrichment
        (trade_id, buyer_instruction_id, seller_instruction_id, enriched_at)
    SELECT a.id, min(f.instruction_id) FILTER (WHERE a.buys),
           min(f.instruction_id) FILTER (WHERE NOT a.buys), %(at)s
      FROM fitting f
     CROSS JOIN LATERAL (SELECT unnest(f.bought), true
                          UNION ALL
                         SELECT unnest(f.sold), false) AS a(id, buys)
     WHERE f.instruction_id IS NOT NULL
     GROUP BY a.id HAVING count(*) = 2
     ORDER BY a.id
    ON CONFLICT (trade_id) DO NOTHING
"""
ENRICH = "WITH " + KEYS.format(which="t.id = ANY(%(ids)s)") + FOUND
# Not settled: due after the last day that settled, failed on it, or late and not yet in a window
# that closed. All by index, whatever was before. A trade is asked about while an answer helps.
UNSETTLED = """
    unsettled AS MATERIALIZED (
        SELECT id FROM settlement_trade WHERE book = %(book)s AND value_date > %(settled)s
         UNION
        SELECT l.trade_id FROM settlement_failedleg f JOIN settlement_leg l ON l.id = f.leg_id
         WHERE l.book = %(book)s AND f.business_date = %(settled)s
         UNION
        SELECT l.trade_id FROM settlement_windowpointer p
          JOIN settlement_leg l ON l.window_id = p.window_id
         WHERE p.book = %(book)s AND l.value_date <= %(settled)s
         UNION
        SELECT trade_id FROM settlement_unmatchedtrade
         UNION
        SELECT trade_id FROM settlement_heldtrade WHERE released_at IS NULL),
"""
WAITING = """t.id IN (SELECT id FROM unsettled) AND t.book = %(book)s
           AND t.type <> 'PAYMENT' AND t.action <> 'cancel' AND NOT t.is_block
           AND NOT EXISTS (SELECT FROM settlement_trade n WHERE n.amends_id = t.id)
           AND NOT EXISTS (SELECT FROM settlement_trade n WHERE n.block_id = t.id)
           AND NOT EXISTS (SELECT FROM settlement_withdrawntrade w WHERE w.trade_id = t.id)"""
LACKING = """
    SELECT p.code, f.asset_class, f.market, f.currency, min(f.value_date)
      FROM fitting f JOIN settlement_participant p ON p.id = f.participant_id
     WHERE f.instruction_id IS NULL GROUP BY 1, 2, 3, 4
"""
MISSING = "WITH " + UNSETTLED + KEYS.format(which=WAITING) + LACKING + "ORDER BY 1, 2, 3, 4"
# What is found is noted, what is not found is told: one look at what waits. The first row counts.
TAKE_UP = (
    "WITH " + UNSETTLED + KEYS.format(which=WAITING) + ", noted AS (" + FOUND + """ RETURNING 1)
    SELECT NULL, NULL, NULL, NULL, NULL, count(*) FROM noted
     UNION ALL
    (SELECT *, 0 FROM (""" + LACKING + """) lacking ORDER BY 1, 2, 3, 4)
"""  # noqa: S608
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Missing:
    """A participant without an instruction for something that it has traded."""

    participant: str
    asset_class: str
    market: str
    currency: str
    first_needed: date

    @property
    def scope(self) -> str:
        """What it is for, as a person reads it."""
        return " ".join(one for one in (self.asset_class, self.market, self.currency) if one)


@dataclass(frozen=True, slots=True)
class Asked:
    """How the unsettled trades of a book stand.

    Attributes:
        enriched: trades that found their instructions now.
        missing: participants and scopes without one, each work on the desk.
        closed: work that was done, because the instruction came or nothing waits for it any more.
    """

    enriched: int = 0
    missing: int = 0
    closed: int = 0


def enrich(*, trade_ids: Iterable[int], at: datetime) -> int:
    """Note the instructions of both sides where both have one; one statement; returns how many.

    A trade that finds none now is asked about again by `ask_for_missing`.
    """
    with connection.cursor() as cursor:
        cursor.execute(ENRICH, {"ids": key_array(trade_ids), "at": at})
        return int(cursor.rowcount)


def missing(*, book: str) -> list[Missing]:
    """Which instructions unsettled trades wait for, one a participant and scope; two queries."""
    with connection.cursor() as cursor:
        cursor.execute(MISSING, {"book": book, "settled": _settled(book)})
        return [Missing(*row) for row in cursor.fetchall()]


def ask_for_missing(*, book: str, actor: Actor, at: datetime) -> Asked:
    """Enrich the unsettled trades whose instructions came, ask the desk for those that lack.

    One work item a participant and scope; it closes by itself once the instruction is there or
    nothing waits for it. A fixed number of statements; a step of the end of day, before the
    windows close.
    """
    # A register's book has no trades, and its days need not pay for the question.
    if not Trade.objects.filter(book=book).exists():
        return Asked()
    with transaction.atomic():
        enriched, lacking = _take_up(book, at)
        work = [_work(one, book) for one in lacking]
        closed = _close(book, {one.subject_ref for one in work}, actor, at)
        queueing.open_items(
            kind=NO_INSTRUCTION,
            department=Department.SETTLEMENT.value,
            subject_kind=SUBJECT,
            work=work,
            actor=actor,
            at=at,
        )
        return Asked(enriched, len(work), closed)


def decide(*, payload: dict[str, Any], approved: bool, actor: Actor, at: datetime) -> None:
    """The effect of the desk's decision on an instruction, on the reactions page as standing.KIND.

    What waited for it is taken up in the same commit.
    """
    standing.decide(payload=payload, approved=approved, actor=actor, at=at)
    if approved:
        instruction_came(participant=payload["participant"], actor=actor, at=at)


def instruction_came(*, participant: str, actor: Actor, at: datetime) -> int:
    """Take up what waited for the participant's instruction, and close the work that asked for it.

    In the transaction of the instruction. One query where the desk was not asked; else some for
    each book that asked. Returns how many items closed.
    """
    asked = desk.waiting_subjects(kind=NO_INSTRUCTION, told={"participant": participant})
    closed = 0
    for book in sorted({str(payload["book"]) for payload in asked.values()}):
        _enriched, lacking = _take_up(book, at)
        closed += _close(book, {_subject(one, book) for one in lacking}, actor, at)
    return closed


def _take_up(book: str, at: datetime) -> tuple[int, list[Missing]]:
    with connection.cursor() as cursor:
        cursor.execute(TAKE_UP, {"book": book, "settled": _settled(book), "at": at})
        (*_nothing, enriched), *lacking = cursor.fetchall()
        return enriched, [Missing(*row[:5]) for row in lacking]


def _settled(book: str) -> date:
    """The last day that settled. Asked by itself, so that the planner knows how little is open."""
    settled = StepRun.objects.filter(book=book, step="settle").aggregate(last=Max("business_date"))
    return settled["last"] or date.min


def _close(book: str, still: set[str], actor: Actor, at: datetime) -> int:
    asked = desk.waiting_subjects(kind=NO_INSTRUCTION, told={"book": book})
    return claiming.close_done(
        kind=NO_INSTRUCTION,
        subject_kind=SUBJECT,
        subject_refs=sorted(asked.keys() - still),
        answer=ARRIVED,
        actor=actor,
        at=at,
    )


def _subject(one: Missing, book: str) -> str:
    return f"{book}/{one.participant}/{one.asset_class}/{one.market}/{one.currency}"


def _work(one: Missing, book: str) -> queueing.Work:
    return queueing.Work(
        subject_ref=_subject(one, book),
        title_en=f"Standing settlement instruction missing: {one.participant}, {one.scope}",
        title_th=f"ไม่มีคำสั่งชำระราคาประจำของ {one.participant} {one.scope}",
        payload={
            "book": book,
            "participant": one.participant,
            "asset_class": one.asset_class,
            "market": one.market,
            "currency": one.currency,
            "first_needed": one.first_needed.isoformat(),
        },
    )
