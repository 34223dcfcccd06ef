"""Versions of trades: the last one that stands, those that follow it, and those that come early.

Each for any number of trades in a fixed number of statements.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.db.models import QuerySet

from backoffice.desk import queueing
from backoffice.frame import audit
from backoffice.kernel.actors import Actor, Department, Role
from backoffice.kernel.refusals import Place, Refused
from settlement.models import EarlyMessage, Trade, UnmatchedTrade
from settlement.trades import recording

Name = tuple[str, str]
"""A trade as its source names it: source, reference."""

OUT_OF_ORDER: Final = "settlement.version_out_of_order"
# The last fact of each trade, and how many versions its source has sent: those that the house
# redated are not among them.
LAST: Final = """
    SELECT w.source, w.source_ref, t.id, (
           SELECT count(*) FROM settlement_trade v
            WHERE v.book = %(book)s AND v.source = w.source AND v.source_ref = w.source_ref
              AND v.action <> 'redate')
      FROM (SELECT DISTINCT * FROM unnest(%(sources)s::text[], %(refs)s::text[])
                                   AS n(source, source_ref)) w
      JOIN LATERAL (SELECT id FROM settlement_trade
                     WHERE book = %(book)s AND source = w.source AND source_ref = w.source_ref
                     ORDER BY version DESC LIMIT 1) t ON true
"""
# Early versions whose predecessors are there.
READY: Final = """
    SELECT e.id FROM settlement_earlymessage e
      JOIN LATERAL (SELECT count(*) FILTER (WHERE t.action <> 'redate') AS sent, count(*) AS facts
                      FROM settlement_trade t
                     WHERE t.book = e.book AND t.source = e.source
                       AND t.source_ref = e.source_ref) t ON true
     WHERE e.book = %(book)s AND e.kind = 'version' AND e.applied_at IS NULL
       AND t.facts > 0 AND e.number <= t.sent + 1
       AND (%(source)s IS NULL OR e.source = %(source)s AND e.source_ref = %(ref)s)
"""


class TradeGone(Refused):
    """A cancelled trade has no further versions."""

    code = "trade-cancelled"
    status = 409
    en = "Trade {ref} was cancelled."
    th = "รายการซื้อขาย {ref} ถูกยกเลิกแล้ว"


class TradeAgreed(Refused):
    """A trade that is matched, allocated or has open legs is cancelled and sent anew."""

    code = "trade-agreed"
    status = 409
    en = "Trade {ref} is matched or on its way; cancel it and send it anew."
    th = "รายการซื้อขาย {ref} จับคู่หรืออยู่ระหว่างดำเนินการแล้ว ให้ยกเลิกแล้วส่งใหม่"


@dataclass(frozen=True, slots=True)
class Standing:
    """A trade's last fact, and how many versions its source has sent of it."""

    last: Trade
    sent: int


@dataclass(frozen=True, slots=True)
class Early:
    """A version that came before the one it follows.

    Attributes:
        number: None where its sender counts no versions.
    """

    source: str
    source_ref: str
    number: int | None
    content: dict[str, Any]


def require_clerk(actor: Actor) -> None:
    """Settlement's own people, and other systems. Raises NotAllowed."""
    if actor.role is not Role.INTEGRATOR:
        actor.require(Role.CLERK, Role.CHECKER, Role.MANAGER, department=Department.SETTLEMENT)


def standing(*, book: str, names: Iterable[Name]) -> dict[Name, Standing]:
    """How the trades stand that are there; two statements."""
    asked = list(names)
    told: dict[str, Any] = {
        "book": book,
        "sources": [source for source, _ref in asked],
        "refs": [ref for _source, ref in asked],
    }
    with connection.cursor() as cursor:
        cursor.execute(LAST, told)
        rows = cursor.fetchall()
    facts = Trade.objects.select_related("buyer", "seller", "instrument").in_bulk(
        [row[2] for row in rows]
    )
    return {(source, ref): Standing(facts[pk], sent) for source, ref, pk, sent in rows}


def versions(*, book: str, source: str, source_ref: str) -> QuerySet[Trade]:
    """The versions of a trade that its source has sent, in their order."""
    facts = Trade.objects.filter(book=book, source=source, source_ref=source_ref)
    return facts.exclude(action=Trade.Action.REDATE).order_by("version")


def follow(
    *, rows: Sequence[tuple[Trade, recording.TradeRow]], book: str, actor: Actor, at: datetime
) -> list[int]:
    """Write the facts that follow others, as the rows read; they leave the queue of the unmatched.

    Returns:
        The new facts' ids, in the rows' order.
    """
    if not rows:
        return []
    UnmatchedTrade.objects.filter(trade__in=[last.pk for last, _row in rows]).delete()
    facts = [
        replace(row, version=last.version + 1, amends_id=last.pk, block_id=last.block_id)
        for last, row in rows
    ]
    ids = recording.record(rows=facts, book=book, actor=actor, at=at)
    for action in sorted({fact.action for fact in facts}):
        audit.record_many(
            actor=actor,
            at=at,
            verb=f"amending.{action}",
            subject_kind="settlement.trade",
            details=[
                (pk, {"version": fact.version})
                for pk, fact in zip(ids, facts, strict=True)
                if fact.action == action
            ],
        )
    return ids


def keep_early(*, early: Sequence[Early], book: str, actor: Actor, at: datetime) -> None:
    """Keep each under its number; without one, behind what waits already. The same is kept once.

    Each trade is work for the desk.

    Raises:
        TradeDiffers: another content waits under the number.
    """
    kept = _waiting(early, book)
    new: list[EarlyMessage] = []
    work: list[queueing.Work] = []
    for one in early:
        of_trade = kept[one.source, one.source_ref]
        same = [number for number, content in of_trade.items() if content == one.content]
        number = one.number or next(iter(same), max(of_trade, default=1) + 1)
        if number in of_trade and number not in same:
            raise recording.TradeDiffers(Place(field="version"), ref=one.source_ref)
        if number not in of_trade:
            of_trade[number] = one.content
            new.append(_message(one, number, book, at))
        work.append(_work(one, number))
    EarlyMessage.objects.bulk_create(new, batch_size=2_000)
    queueing.open_items(
        kind=OUT_OF_ORDER,
        department=Department.SETTLEMENT.value,
        subject_kind="settlement.trade",
        work=work,
        actor=actor,
        at=at,
    )


def _waiting(early: Sequence[Early], book: str) -> dict[Name, dict[int, dict[str, Any]]]:
    """Number → content, in the order of numbers, of what waits of each trade."""
    kept: dict[Name, dict[int, dict[str, Any]]] = defaultdict(dict)
    waiting = EarlyMessage.objects.filter(
        book=book,
        source__in={one.source for one in early},
        source_ref__in={one.source_ref for one in early},
        kind=EarlyMessage.Kind.VERSION,
    )
    for one in waiting.order_by("number") if early else ():
        # What came, without what a rule said to it since.
        content = {name: value for name, value in one.content.items() if name != "refused"}
        kept[one.source, one.source_ref][one.number] = content
    return kept


def _message(one: Early, number: int, book: str, at: datetime) -> EarlyMessage:
    return EarlyMessage(
        book=book,
        source=one.source,
        source_ref=one.source_ref,
        kind=EarlyMessage.Kind.VERSION,
        number=number,
        content=one.content,
        received_at=at,
    )


def ready(*, book: str, name: Name | None = None) -> list[EarlyMessage]:
    """Early versions whose turn has come, of one trade or of all, locked; in their order."""
    source, ref = name or (None, None)
    with connection.cursor() as cursor:
        cursor.execute(READY, {"book": book, "source": source, "ref": ref})
        ids = [row[0] for row in cursor.fetchall()]
    if not ids:
        return []
    waiting = EarlyMessage.objects.select_for_update(of=("self",)).filter(
        pk__in=ids, applied_at=None
    )
    return list(waiting.order_by("source", "source_ref", "number"))


def _work(one: Early, number: int) -> queueing.Work:
    ref = one.source_ref
    return queueing.Work(
        subject_ref=f"{one.source}/{ref}"[:120],
        title_en=f"Version {number} of {ref} came before the one it follows",
        title_th=f"ฉบับที่ {number} ของ {ref} มาก่อนฉบับที่ต้องมาก่อน",
        payload={"source": one.source, "reference": ref, "version": number},
    )
