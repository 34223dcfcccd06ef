"""Amend and cancel: new facts that follow the old ones, in their order; nothing is overwritten.

A version that comes before the one it follows is kept, lies on the desk, and is applied when its
time has come. What both sides have agreed on (a match) only both sides undo; what has entered a
closed window, or settled, nobody undoes.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from backoffice.desk import queueing
from backoffice.frame import audit
from backoffice.kernel.actors import Actor, Department, Role
from backoffice.kernel.refusals import Place, Refused
from settlement.directory import identifying
from settlement.models import EarlyMessage, Trade, TradeMatch, UnmatchedTrade, WithdrawnTrade
from settlement.rules.trades import TradeDraft, retold, told
from settlement.trades import cut_offs, dating, gating, recording, trading

OUT_OF_ORDER = "settlement.version_out_of_order"
ONE_SIDED = "settlement.one_sided_cancellation"
# The pointer of an open window is held until this commits, so that it does not close meanwhile.
FIXED = """
    SELECT count(*) FILTER (WHERE p.window_id IS NULL)
      FROM settlement_leg l
      LEFT JOIN LATERAL (SELECT window_id FROM settlement_windowpointer
                          WHERE window_id = l.window_id FOR SHARE) p ON true
     WHERE l.trade_id = %s
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


class TradeFixed(Refused):
    """What has entered a closed window is netted or settled, and stands."""

    code = "trade-fixed"
    status = 409
    en = "Trade {ref} has entered a closed window and can no longer be cancelled."
    th = "รายการซื้อขาย {ref} เข้ารอบหักบัญชีที่ปิดแล้ว จึงยกเลิกไม่ได้"


class PartOfBlock(Refused):
    """The parts of a block come to it: one alone does not become more or less."""

    code = "trade-part-of-block"
    status = 409
    en = "Trade {ref} is a part of a block, which its parts must come to: {field} cannot change."
    th = "รายการ {ref} เป็นส่วนหนึ่งของรายการรวม จึงเปลี่ยน {field} ไม่ได้ มิฉะนั้นส่วนต่าง ๆ จะรวมไม่ตรง"


SHARED = ("type", "instrument_id", "quantity", "amount", "currency")
"""What a part of a block has as its share, or as all of it."""


@dataclass(frozen=True, slots=True)
class _Early:
    """`number` is None where its sender counts no versions."""

    source: str
    source_ref: str
    number: int | None
    content: dict[str, Any]


def amend(
    *,
    draft: TradeDraft,
    book: str,
    actor: Actor,
    at: datetime,
    version: int | None = None,
    came_at: datetime | None = None,
) -> Trade | None:
    """Write an amendment: the whole trade as it shall read, under the next version.

    Args:
        version: of the amendment; None for the one after the latest.
        came_at: when it came, if not now: its cut-off is asked for that moment.

    Returns:
        The fact in force, or the known one when it came again; None when it came too early and
        is kept.

    Raises:
        NotAllowed, TradeGone, TradeAgreed, PartOfBlock, LateForCutOff, TradeDiffers (also from a
        version that waits under the same number); a rule that the draft breaks.
    """
    _require_clerk(actor)
    with transaction.atomic():
        gating.take_turn(book)
        last = _last(book, draft.source, draft.source_ref)
        sent = _sent(last)
        number = version or sent + 1
        row = _row(draft, dating.Dating(at, came_at))
        if last is None or number > sent + 1:
            content = {"action": Trade.Action.AMEND.value, "draft": told(draft)}
            early = _Early(draft.source, draft.source_ref, version, content)
            _keep_early(early, book, actor, at)
            return None
        if number <= sent:
            return _known(row, number, book, actor, at)
        _require_free(last)
        _require_share(last, row)
        cut_offs.require_taken(row)
        fact = _follow(last, replace(row, action=Trade.Action.AMEND.value), actor, at)
        trading.take_up(trade_ids=[fact.pk], at=at)
        catch_up(book=book, actor=actor, at=at)
        return fact


def cancel(
    *,
    source: str,
    source_ref: str,
    book: str,
    actor: Actor,
    at: datetime,
    version: int | None = None,
    reason: str = "",
) -> Trade | None:
    """Write a cancellation. A matched trade stands until its other side is cancelled too.

    Returns:
        The cancelling fact, or the known one when it came again; None when it came before the
        trade, and is kept.

    Raises:
        NotAllowed, TradeAgreed (allocated), TradeFixed, TradeDiffers.
    """
    _require_clerk(actor)
    with transaction.atomic():
        gating.take_turn(book)
        last = _last(book, source, source_ref)
        sent = _sent(last)
        number = version or sent + 1
        if last is not None and last.action == Trade.Action.CANCEL:
            return last
        if last is None or number > sent + 1:
            content = {"action": Trade.Action.CANCEL.value, "reason": reason}
            _keep_early(_Early(source, source_ref, version, content), book, actor, at)
            return None
        if number <= sent:
            raise recording.TradeDiffers(Place(field="version"), ref=source_ref)
        if last.parts.exists():
            raise TradeAgreed(ref=source_ref)
        row = replace(
            recording.row_of_fact(last),
            action=Trade.Action.CANCEL.value,
            detail={**last.detail, "reason": reason} if reason else last.detail,
        )
        fact = _follow(last, row, actor, at)
        _withdraw(last, actor, at)
        return fact


def catch_up(*, book: str, actor: Actor, at: datetime) -> int:
    """Apply the early versions whose predecessors have come since; returns how many.

    One that a rule refuses stays where it is, on the desk.
    """
    applied = 0
    with transaction.atomic():
        waiting = EarlyMessage.objects.select_for_update(of=("self",)).filter(
            book=book, kind=EarlyMessage.Kind.VERSION, applied_at=None
        )
        for message in waiting.order_by("source", "source_ref", "number"):
            last = _last(book, message.source, message.source_ref)
            if last is None or message.number > _sent(last) + 1:
                continue
            message.applied_at = at
            message.save(update_fields=["applied_at"])
            try:
                with transaction.atomic():
                    _apply(message, actor, at)
            except Refused as refused:
                message.applied_at = None
                message.content = {**message.content, "refused": refused.text()}
                message.save(update_fields=["applied_at", "content"])
                continue
            applied += 1
    return applied


def _apply(message: EarlyMessage, actor: Actor, at: datetime) -> None:
    version, book = message.number, message.book
    if message.content["action"] == Trade.Action.CANCEL:
        cancel(
            source=message.source,
            source_ref=message.source_ref,
            book=book,
            actor=actor,
            at=at,
            version=version,
            reason=message.content["reason"],
        )
    else:
        draft = retold(message.content["draft"])
        came_at = message.received_at
        amend(draft=draft, book=book, actor=actor, at=at, version=version, came_at=came_at)


def _require_clerk(actor: Actor) -> None:
    if actor.role is not Role.INTEGRATOR:
        actor.require(Role.CLERK, Role.CHECKER, Role.MANAGER, department=Department.SETTLEMENT)


def _last(book: str, source: str, source_ref: str) -> Trade | None:
    facts = Trade.objects.filter(book=book, source=source, source_ref=source_ref)
    return facts.order_by("-version").first()


def _sent(last: Trade | None) -> int:
    """How many versions the source has sent: those that the house redated are not among them."""
    if last is None:
        return 1
    return _versions(last.book, last.source, last.source_ref).count()


def _versions(book: str, source: str, source_ref: str) -> QuerySet[Trade]:
    facts = Trade.objects.filter(book=book, source=source, source_ref=source_ref)
    return facts.exclude(action=Trade.Action.REDATE).order_by("version")


def _row(draft: TradeDraft, dates: dating.Dating) -> recording.TradeRow:
    directory = identifying.Directory()
    directory.learn(parties=[draft.buyer, draft.seller], instruments=[draft.instrument])
    return trading.row_of(draft, directory=directory, dates=dates)


def _known(row: recording.TradeRow, number: int, book: str, actor: Actor, at: datetime) -> Trade:
    """The fact of that version; raises TradeDiffers if it said something else."""
    fact = _versions(book, row.source, row.source_ref)[number - 1]
    again = replace(row, version=fact.version, action=fact.action, amends_id=fact.amends_id)
    recording.record(rows=[again], book=book, actor=actor, at=at)
    return fact


def _require_free(last: Trade) -> None:
    if last.action == Trade.Action.CANCEL:
        raise TradeGone(ref=last.source_ref)
    if last.legs.exists() or last.parts.exists() or _match(last) is not None:
        raise TradeAgreed(ref=last.source_ref)


def _require_share(last: Trade, row: recording.TradeRow) -> None:
    if last.block_id is None:
        return
    for name in SHARED:
        if getattr(row, name) != getattr(last, name):
            raise PartOfBlock(
                Place(field=name.removesuffix("_id")), ref=last.source_ref, field=name
            )


def _follow(last: Trade, row: recording.TradeRow, actor: Actor, at: datetime) -> Trade:
    UnmatchedTrade.objects.filter(trade=last).delete()
    row = replace(row, version=last.version + 1, amends_id=last.pk, block_id=last.block_id)
    [pk] = recording.record(rows=[row], book=last.book, actor=actor, at=at)
    audit.record(
        actor=actor,
        at=at,
        verb=f"amending.{row.action}",
        subject_kind="settlement.trade",
        subject_id=pk,
        detail={"version": row.version},
    )
    return Trade.objects.select_related("buyer", "seller", "instrument").get(pk=pk)


def _match(trade: Trade) -> TradeMatch | None:
    side = "buy" if trade.side == Trade.Side.BUY else "sell"
    return TradeMatch.objects.select_related("buy", "sell").filter(**{side: trade}).first()


def _withdraw(cancelled: Trade, actor: Actor, at: datetime) -> None:
    """Take the legs back, if nobody else has a word in it."""
    match = _match(cancelled)
    if match is None:
        if cancelled.locked_in:
            _take_back(cancelled, actor, at)
        return
    other = match.sell if match.buy_id == cancelled.pk else match.buy
    follower = Trade.objects.filter(amends=other, action=Trade.Action.CANCEL)
    _require_open(match.sell)
    # Nobody is asked who only affirmed: the counterparty has no side of its own to cancel.
    if follower.exists() or match.how == TradeMatch.How.AFFIRMED:
        _take_back(match.sell, actor, at)
        return
    queueing.open_item(
        kind=ONE_SIDED,
        department=Department.SETTLEMENT.value,
        subject_kind="settlement.trade",
        subject_ref=f"{cancelled.source}/{cancelled.source_ref}"[:120],
        title_en=f"Cancelled by one side only: {cancelled.source_ref}",
        title_th=f"ยกเลิกเพียงฝ่ายเดียว: {cancelled.source_ref}",
        payload={"cancelled": str(cancelled), "stands": str(other)},
        actor=actor,
        at=at,
    )


def _take_back(trade: Trade, actor: Actor, at: datetime) -> None:
    _require_open(trade)
    WithdrawnTrade.objects.create(trade=trade, withdrawn_at=at, withdrawn_by=actor.name)


def _require_open(trade: Trade) -> None:
    with connection.cursor() as cursor:
        cursor.execute(FIXED, [trade.pk])
        if cursor.fetchone()[0]:
            raise TradeFixed(ref=trade.source_ref)


def _keep_early(early: _Early, book: str, actor: Actor, at: datetime) -> None:
    """Keep it under its number; without one, behind what waits already. The same is kept once."""
    waiting = EarlyMessage.objects.filter(
        book=book,
        source=early.source,
        source_ref=early.source_ref,
        kind=EarlyMessage.Kind.VERSION,
    )
    kept = {one.number: one for one in waiting.order_by("number")}
    same = [number for number, one in kept.items() if _content(one) == early.content]
    number = early.number or next(iter(same), max(kept, default=1) + 1)
    if number in kept and number not in same:
        raise recording.TradeDiffers(Place(field="version"), ref=early.source_ref)
    if number not in kept:
        EarlyMessage.objects.create(
            book=book,
            source=early.source,
            source_ref=early.source_ref,
            kind=EarlyMessage.Kind.VERSION,
            number=number,
            content=early.content,
            received_at=at,
        )
    ref = early.source_ref
    queueing.open_item(
        kind=OUT_OF_ORDER,
        department=Department.SETTLEMENT.value,
        subject_kind="settlement.trade",
        subject_ref=f"{early.source}/{ref}"[:120],
        title_en=f"Version {number} of {ref} came before the one it follows",
        title_th=f"ฉบับที่ {number} ของ {ref} มาก่อนฉบับที่ต้องมาก่อน",
        payload={"source": early.source, "reference": ref, "version": number},
        actor=actor,
        at=at,
    )


def _content(message: EarlyMessage) -> dict[str, Any]:
    """What came, without what a rule said to it since."""
    return {name: value for name, value in message.content.items() if name != "refused"}
