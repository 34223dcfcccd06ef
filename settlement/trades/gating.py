"""The gate: a trade opens its legs unless a hold stands on a party, the instrument or the trade.

Asked in the transaction that opens the legs, so a hold placed at that moment is seen, or waits.
What is held stands in HeldTrade, and opens when it is released. Settlement asks once more, by
`stopped`, for holds that came after the legs were open.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from backoffice.frame import audit
from backoffice.frame.keys import key_array
from backoffice.kernel.actors import Actor
from compliance import holds
from compliance import queries as compliance
from compliance.events import HoldReleased
from settlement.models import HeldTrade

# A matched trade is held by its other side's reference as well, a part by its block's.
SUBJECTS = """
    WITH asked AS (
        SELECT t.buyer_id, t.seller_id, t.instrument_id, t.source_ref, o.source_ref AS other,
               t.block_id, o.block_id AS other_block
          FROM settlement_trade t
          LEFT JOIN settlement_tradematch m ON m.sell_id = t.id
          LEFT JOIN settlement_trade o ON o.id = m.buy_id
         WHERE t.id = ANY(%(ids)s))
    SELECT 'party', coalesce(nullif(p.party_code, ''), p.code)
      FROM settlement_participant p
     WHERE p.id IN (SELECT buyer_id FROM asked UNION SELECT seller_id FROM asked)
    UNION
    SELECT 'instrument', i.code FROM settlement_instrument i
     WHERE i.id IN (SELECT instrument_id FROM asked)
"""
TRADES = """
    UNION SELECT 'trade', source_ref FROM asked
    UNION SELECT 'trade', other FROM asked WHERE other IS NOT NULL
    UNION SELECT 'trade', k.source_ref FROM settlement_trade k
           WHERE k.id IN (SELECT block_id FROM asked WHERE block_id IS NOT NULL
                           UNION SELECT other_block FROM asked WHERE other_block IS NOT NULL)
"""
# Held trades that a hold on the subject may have stopped: no more of them than there are.
HELD_BY = {
    "party": """
        SELECT h.trade_id FROM settlement_heldtrade h
          JOIN settlement_trade t ON t.id = h.trade_id
         WHERE h.released_at IS NULL
           AND (t.buyer_id IN (SELECT id FROM named) OR t.seller_id IN (SELECT id FROM named))
    """,
    "instrument": """
        SELECT h.trade_id FROM settlement_heldtrade h
          JOIN settlement_trade t ON t.id = h.trade_id
         WHERE h.released_at IS NULL AND t.instrument_id IN (SELECT id FROM named)
    """,
    "trade": """
        SELECT trade_id FROM settlement_heldtrade
         WHERE released_at IS NULL AND trade_id = ANY(ARRAY(
               WITH facts AS (
                   SELECT id FROM named
                    UNION
                   SELECT k.id FROM settlement_trade k JOIN named n ON k.block_id = n.id)
               SELECT id FROM facts
                UNION
               SELECT m.sell_id FROM settlement_tradematch m JOIN facts f ON m.buy_id = f.id))
    """,
}
NAMED = {
    "party": """
        SELECT id FROM settlement_participant
         WHERE coalesce(nullif(party_code, ''), code) = %(ref)s
    """,
    "instrument": "SELECT id FROM settlement_instrument WHERE code = %(ref)s",
    "trade": "SELECT id FROM settlement_trade WHERE source_ref = %(ref)s",
}
STOPPED = """
    SELECT t.id FROM settlement_trade t
      JOIN settlement_participant b ON b.id = t.buyer_id
      JOIN settlement_participant s ON s.id = t.seller_id
      LEFT JOIN settlement_instrument i ON i.id = t.instrument_id
      LEFT JOIN settlement_tradematch m ON m.sell_id = t.id
      LEFT JOIN settlement_trade o ON o.id = m.buy_id
     WHERE t.id = ANY(%(ids)s)
       AND (coalesce(nullif(b.party_code, ''), b.code) = ANY(%(party)s)
         OR coalesce(nullif(s.party_code, ''), s.code) = ANY(%(party)s)
         OR i.code = ANY(%(instrument)s)
         OR t.source_ref = ANY(%(trade)s) OR o.source_ref = ANY(%(trade)s)
         OR EXISTS (SELECT FROM settlement_trade k
                     WHERE k.id IN (t.block_id, o.block_id) AND k.source_ref = ANY(%(trade)s)))
"""
FEW = 1_000
TURN = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
HOLD = """
    INSERT INTO settlement_heldtrade (trade_id, held_at)
    SELECT id, %(at)s FROM unnest(%(stopped)s::bigint[]) AS id ORDER BY id
    ON CONFLICT (trade_id) DO NOTHING
"""
RELEASE = """
    UPDATE settlement_heldtrade SET released_at = %(at)s
     WHERE trade_id = ANY(%(free)s) AND released_at IS NULL
"""
# Two sides agree on a day; where one of them came after its cut-off, their legs fall due on the
# later day that it goes to. What waits for nobody was dated so itself.
DUE = """
    CASE WHEN t.locked_in THEN t.value_date
         ELSE greatest(t.value_date, (t.detail #>> '{late,settles}')::date, (
              SELECT (o.detail #>> '{late,settles}')::date
                FROM settlement_tradematch m JOIN settlement_trade o ON o.id = m.buy_id
               WHERE m.sell_id = t.id)) END
"""
# The deliverer delivers, the buyer pays; a payment is the money's leg alone. The window is the
# one that is open when the leg is, and stays open until this commits.
OPEN = f"""
    WITH windows AS MATERIALIZED (
        SELECT book, market, settlement_take_window(book, market, %(at)s) AS id
          FROM (SELECT DISTINCT book, market FROM settlement_trade
                 WHERE id = ANY(%(free)s) ORDER BY book, market) asked)
    INSERT INTO settlement_leg
        (book, trade_id, kind, debtor_id, creditor_id, asset, quantity, value_date, window_id,
         opened_at)
    SELECT t.book, t.id, l.kind, l.debtor, l.creditor, l.asset, l.quantity, {DUE},
           w.id, %(at)s
      FROM settlement_trade t
      JOIN windows w ON w.book = t.book AND w.market = t.market
      LEFT JOIN settlement_instrument i ON i.id = t.instrument_id
     CROSS JOIN LATERAL (
            SELECT 'delivery' AS kind, t.seller_id AS debtor, t.buyer_id AS creditor,
                   i.code AS asset, t.quantity AS quantity WHERE t.type <> 'PAYMENT'
             UNION ALL
            SELECT 'cash', t.buyer_id, t.seller_id, t.currency, t.amount
             WHERE t.type IN ('DVP', 'PVP')
             UNION ALL
            SELECT 'cash', t.seller_id, t.buyer_id, t.currency, t.amount
             WHERE t.type = 'PAYMENT') l
     WHERE t.id = ANY(%(free)s)
     ORDER BY t.id, l.kind
    ON CONFLICT (trade_id, kind, debtor_id) DO NOTHING
"""  # noqa: S608 - the day above


@dataclass(frozen=True, slots=True)
class Gated:
    """How many legs were opened, and how many trades a hold stopped."""

    legs: int
    held: int


def stopped(*, trade_ids: Sequence[int], settling: bool = True) -> set[int]:
    """Which of the trades a hold stops at this moment; none of the others before this commits.

    For the gate and for settlement, inside the transaction of what it allows. Four statements for
    any number of trades. A matched trade is named by its seller's fact.

    Args:
        settling: False for the gate, which takes no lock for each single trade: a hold that is
            placed on a trade while its legs open is met when they settle. Parties and instruments
            are locked by both.
    """
    names: dict[str, Any] = {"ids": key_array(trade_ids)}
    with connection.cursor() as cursor:
        are_named = settling or len(trade_ids) <= FEW
        cursor.execute(SUBJECTS + (TRADES if are_named else ""), names)
        subjects = set(cursor.fetchall())
        if not settling:
            subjects = _held_now(subjects, are_named=are_named)
        found = holds.held(subjects=subjects)
        if not found:
            return set()
        for kind in ("party", "instrument", "trade"):
            names[kind] = sorted(ref for one, ref in found if one == kind)
        cursor.execute(STOPPED, names)
        return {row[0] for row in cursor.fetchall()}


def _held_now(subjects: set[tuple[str, str]], *, are_named: bool) -> set[tuple[str, str]]:
    """The subjects, of trades only those on which a hold stands now.

    Of a few trades their own references are asked; of many, whatever trade is held. However many
    are held, one that is captured does not ask about the others.
    """
    trades = {one for one in subjects if one[0] == "trade"}
    held = compliance.hold_list(open_=True, subject_kind="trade")
    if are_named:
        held = held.filter(subject__ref__in=[ref for _kind, ref in trades])
    return (subjects - trades) | {
        ("trade", ref) for ref in held.values_list("subject__ref", flat=True)
    }


def gate(*, trade_ids: Iterable[int], at: datetime) -> Gated:
    """Open the legs of trades that are ready, in the caller's transaction; keep back what is held.

    The legs enter the window of their market that is open now. Asking again about the same trades
    opens nothing twice.
    """
    ids = sorted(set(trade_ids))
    if not ids:
        return Gated(legs=0, held=0)
    kept = stopped(trade_ids=ids, settling=False)
    names: dict[str, Any] = {
        "at": at,
        "stopped": key_array(sorted(kept)),
        "free": key_array(one for one in ids if one not in kept),
    }
    with connection.cursor() as cursor:
        if kept:
            cursor.execute(HOLD, names)
        cursor.execute(RELEASE, names)
        cursor.execute(OPEN, names)
        return Gated(legs=cursor.rowcount, held=len(kept))


def take_turn(book: str) -> None:
    """Wait for whoever matches, amends, cancels or resumes in the book, until the transaction ends.

    A trade that is amended while its old legs open would be settled twice.
    """
    with connection.cursor() as cursor:
        cursor.execute(TURN, [f"settlement.matching:{book}"])


def resume(
    *,
    actor: Actor,
    at: datetime,
    book: str | None = None,
    subject: tuple[str, str] | None = None,
) -> Gated:
    """Open the legs of held trades that no hold stops any more, unless they were taken back.

    A matched trade stands until both sides cancel it; another one until it is amended.

    Args:
        book: None for all of them.
        subject: (kind, reference) of a hold that ended: what it cannot have stopped is not looked
            at. None for every held trade.
    """
    stands = Q(trade__match_as_sell__isnull=False) | Q(trade__amended_by__isnull=True)
    asked = Q() if book is None else Q(trade__book=book)
    with transaction.atomic():
        if subject is not None:
            asked &= Q(trade__in=_held_by(*subject))
        for one in [book] if book is not None else _books_of(asked):
            take_turn(one)
        waiting = HeldTrade.objects.filter(
            stands, asked, trade__withdrawal__isnull=True, released_at__isnull=True
        ).select_for_update(of=("self",), skip_locked=True)
        gated = gate(trade_ids=waiting.values_list("trade_id", flat=True), at=at)
        if gated.legs:
            audit.record(
                actor=actor,
                at=at,
                verb="gating.resume",
                subject_kind="settlement.held_trades",
                subject_id="",
                detail={"legs": gated.legs, "still_held": gated.held},
            )
        return gated


def _books_of(asked: Q) -> list[str]:
    waiting = HeldTrade.objects.filter(asked, released_at__isnull=True)
    return sorted(waiting.values_list("trade__book", flat=True).distinct())


def _held_by(kind: str, ref: str) -> list[int]:
    with connection.cursor() as cursor:
        sql = f"WITH named AS MATERIALIZED ({NAMED[kind]}) {HELD_BY[kind]}"
        cursor.execute(sql, {"ref": ref})
        return [row[0] for row in cursor.fetchall()]


def hold_released(*, event: HoldReleased, at: datetime) -> None:
    """On the reactions page: a release lets what it held go on."""
    if not event.still_held:
        subject = (event.subject_kind, event.subject_ref)
        resume(actor=Actor.system("gating"), at=at, subject=subject)
