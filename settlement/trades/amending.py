"""Amend: new facts that follow the old ones, in their order; nothing is overwritten.

A version that comes before the one it follows is kept, lies on the desk, and is applied when its
time has come. What both sides have agreed on is cancelled and sent anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from django.db import transaction

from backoffice.kernel.actors import Actor
from backoffice.kernel.refusals import Place, Refused
from settlement.directory import identifying
from settlement.models import EarlyMessage, Trade
from settlement.rules.trades import TradeDraft, retold, told
from settlement.trades import (
    cancelling,
    cut_offs,
    dating,
    gating,
    recording,
    trading,
    versioning,
)

SHARED: Final = ("type", "instrument_id", "quantity", "amount", "currency")
"""What a part of a block has as its share, or as all of it."""


class PartOfBlock(Refused):
    """The parts of a block come to it: one alone does not become more or less."""

    code = "trade-part-of-block"
    status = 409
    en = "Trade {ref} is a part of a block, which its parts must come to: {field} cannot change."
    th = "รายการ {ref} เป็นส่วนหนึ่งของรายการรวม จึงเปลี่ยน {field} ไม่ได้ มิฉะนั้นส่วนต่าง ๆ จะรวมไม่ตรง"


@dataclass(frozen=True, slots=True)
class _Amendment:
    """A version of a trade, None for the one after the latest; and when it came."""

    draft: TradeDraft
    version: int | None
    came_at: datetime

    @property
    def name(self) -> versioning.Name:
        return self.draft.source, self.draft.source_ref


def amend(
    *, draft: TradeDraft, book: str, actor: Actor, at: datetime, version: int | None = None
) -> Trade | None:
    """Write an amendment: the whole trade as it shall read, under the next version.

    Args:
        version: of the amendment; None for the one after the latest.

    Returns:
        The fact in force, or the known one when it came again; None when it came too early and
        is kept.

    Raises:
        NotAllowed, TradeGone, TradeAgreed, PartOfBlock, LateForCutOff, TradeDiffers (also from a
        version that waits under the same number); a rule that the draft breaks.
    """
    versioning.require_clerk(actor)
    with transaction.atomic():
        one = _Amendment(draft, version, came_at=at)
        fact, is_new = _amend(one, book, actor, at)
        if is_new:
            catch_up(book=book, actor=actor, at=at, name=one.name)
        return fact


def catch_up(*, book: str, actor: Actor, at: datetime, name: versioning.Name | None = None) -> int:
    """Apply the early versions whose predecessors have come since; returns how many.

    One that a rule refuses stays where it is, on the desk. Cancellations that come in turn are
    applied together, amendments one by one.

    Args:
        name: the trade that a version came of; None for every trade of the book.
    """
    applied = 0
    tried: set[int] = set()
    with transaction.atomic():
        while waiting := [
            one for one in versioning.ready(book=book, name=name) if one.pk not in tried
        ]:
            # Of each trade the first; the others' turn comes with it.
            turn = list({(one.source, one.source_ref): one for one in reversed(waiting)}.values())
            tried |= {one.pk for one in turn}
            done = _apply_all(turn, book, actor, at)
            for one in done:
                one.applied_at = at
            EarlyMessage.objects.filter(pk__in=[one.pk for one in done]).update(applied_at=at)
            applied += len(done)
    return applied


def _apply_all(
    messages: Sequence[EarlyMessage], book: str, actor: Actor, at: datetime
) -> list[EarlyMessage]:
    """Apply those that no rule refuses; returns them. What is refused keeps why."""
    cancels = [one for one in messages if one.content["action"] == Trade.Action.CANCEL]
    done: list[EarlyMessage] = []
    try:
        with transaction.atomic():
            trades = [_cancellation(one) for one in cancels]
            cancelling.cancel_many(trades=trades, book=book, actor=actor, at=at)
        done += cancels
    except Refused:
        # Which of them it is shows one by one.
        done += [one for one in cancels if _applied(one, actor, at)]
    amends = [one for one in messages if one.content["action"] != Trade.Action.CANCEL]
    done += [one for one in amends if _applied(one, actor, at)]
    return done


def _applied(message: EarlyMessage, actor: Actor, at: datetime) -> bool:
    try:
        with transaction.atomic():
            _apply(message, actor, at)
    except Refused as refused:
        message.content = {**message.content, "refused": refused.text()}
        message.save(update_fields=["content"])
        return False
    return True


def _apply(message: EarlyMessage, actor: Actor, at: datetime) -> None:
    if message.content["action"] == Trade.Action.CANCEL:
        trades = [_cancellation(message)]
        cancelling.cancel_many(trades=trades, book=message.book, actor=actor, at=at)
    else:
        draft = retold(message.content["draft"])
        # Its cut-off is asked for the moment at which it came.
        one = _Amendment(draft, message.number, came_at=message.received_at)
        _amend(one, message.book, actor, at)


def _cancellation(message: EarlyMessage) -> cancelling.Cancelled:
    reason = message.content["reason"]
    return cancelling.Cancelled(message.source, message.source_ref, message.number, reason)


def _amend(one: _Amendment, book: str, actor: Actor, at: datetime) -> tuple[Trade | None, bool]:
    """The fact in force, None for one that is kept; and whether it was written now."""
    gating.take_turn(book)
    found = versioning.standing(book=book, names=[one.name]).get(one.name)
    sent = found.sent if found else 1
    number = one.version or sent + 1
    row = _row(one.draft, dating.Dating(at, one.came_at))
    if found is None or number > sent + 1:
        content = {"action": Trade.Action.AMEND.value, "draft": told(one.draft)}
        early = [versioning.Early(*one.name, one.version, content)]
        versioning.keep_early(early=early, book=book, actor=actor, at=at)
        return None, False
    if number <= sent:
        return _known(row, number, book, actor, at), False
    _require_free(found.last)
    _require_share(found.last, row)
    cut_offs.require_taken(row)
    [pk] = versioning.follow(
        rows=[(found.last, replace(row, action=Trade.Action.AMEND.value))],
        book=book,
        actor=actor,
        at=at,
    )
    trading.take_up(trade_ids=[pk], at=at)
    return Trade.objects.select_related("buyer", "seller", "instrument").get(pk=pk), True


def _row(draft: TradeDraft, dates: dating.Dating) -> recording.TradeRow:
    directory = identifying.Directory()
    directory.learn(parties=[draft.buyer, draft.seller], instruments=[draft.instrument])
    return trading.row_of(draft, directory=directory, dates=dates)


def _known(row: recording.TradeRow, number: int, book: str, actor: Actor, at: datetime) -> Trade:
    """The fact of that version; raises TradeDiffers if it said something else."""
    sent = versioning.versions(book=book, source=row.source, source_ref=row.source_ref)
    fact = sent[number - 1]
    again = replace(row, version=fact.version, action=fact.action, amends_id=fact.amends_id)
    recording.record(rows=[again], book=book, actor=actor, at=at)
    return fact


def _require_free(last: Trade) -> None:
    if last.action == Trade.Action.CANCEL:
        raise versioning.TradeGone(ref=last.source_ref)
    if last.legs.exists() or last.parts.exists() or cancelling.match_of(last) is not None:
        raise versioning.TradeAgreed(ref=last.source_ref)


def _require_share(last: Trade, row: recording.TradeRow) -> None:
    if last.block_id is None:
        return
    for name in SHARED:
        if getattr(row, name) != getattr(last, name):
            place = Place(field=name.removesuffix("_id"))
            raise PartOfBlock(place, ref=last.source_ref, field=name)
