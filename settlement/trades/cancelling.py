"""Cancel trades: new facts that follow the old ones, any number in a fixed number of statements.

What both sides have agreed on (a match) only both sides undo; what has entered a closed window, or
settled, nobody undoes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from django.db import connection, transaction

from backoffice.desk import queueing
from backoffice.kernel.actors import Actor, Department
from backoffice.kernel.refusals import Place, Refused
from settlement.models import Trade, TradeMatch, WithdrawnTrade
from settlement.trades import gating, recording, versioning

ONE_SIDED: Final = "settlement.one_sided_cancellation"
# The pointers of open windows are held until this commits, so that they do not close meanwhile.
FIXED: Final = """
    WITH legs AS MATERIALIZED (
        SELECT DISTINCT trade_id, window_id FROM settlement_leg WHERE trade_id = ANY(%(ids)s)),
    held AS MATERIALIZED (
        SELECT window_id FROM settlement_windowpointer
         WHERE window_id = ANY(ARRAY(SELECT window_id FROM legs)) ORDER BY book, market FOR SHARE)
    SELECT DISTINCT trade_id FROM legs WHERE window_id NOT IN (SELECT window_id FROM held)
"""


class TradeFixed(Refused):
    """What has entered a closed window is netted or settled, and stands."""

    code = "trade-fixed"
    status = 409
    en = "Trade {ref} has entered a closed window and can no longer be cancelled."
    th = "รายการซื้อขาย {ref} เข้ารอบหักบัญชีที่ปิดแล้ว จึงยกเลิกไม่ได้"


@dataclass(frozen=True, slots=True)
class Cancelled:
    """A trade to cancel, as its own source names it; `version` None is the one after the latest."""

    source: str
    source_ref: str
    version: int | None = None
    reason: str = ""

    @property
    def name(self) -> versioning.Name:
        """Source and reference."""
        return self.source, self.source_ref


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
        NotAllowed, TradeAgreed (allocated), TradeDiffers, TradeFixed.
    """
    one = Cancelled(source, source_ref, version, reason)
    return cancel_many(trades=[one], book=book, actor=actor, at=at)[0]


def cancel_many(
    *, trades: Sequence[Cancelled], book: str, actor: Actor, at: datetime
) -> list[Trade | None]:
    """Cancel trades as `cancel` does, all or none; a fixed number of statements.

    Raises:
        NotAllowed, TradeAgreed, TradeDiffers, TradeFixed: of the first that cannot be cancelled.
    """
    versioning.require_clerk(actor)
    if not trades:
        return []
    with transaction.atomic():
        gating.take_turn(book)
        names = [one.name for one in trades]
        there = versioning.standing(book=book, names=names)
        chosen: dict[versioning.Name, tuple[Trade, Cancelled]] = {}
        early: dict[int, versioning.Early] = {}
        for index, one in enumerate(trades):
            found = there.get(one.name)
            if found is not None and found.last.action == Trade.Action.CANCEL:
                continue
            sent = found.sent if found else 1
            number = one.version or sent + 1
            if found is None or number > sent + 1:
                content = {"action": Trade.Action.CANCEL.value, "reason": one.reason}
                early[index] = versioning.Early(*one.name, one.version, content)
            elif number <= sent:
                raise recording.TradeDiffers(Place(field="version"), ref=one.source_ref)
            else:
                chosen.setdefault(one.name, (found.last, one))
        versioning.keep_early(early=list(early.values()), book=book, actor=actor, at=at)
        _write(list(chosen.values()), book, actor, at)
        after = versioning.standing(book=book, names=names) if chosen else there
        return [None if n in early else after[name].last for n, name in enumerate(names)]


def match_of(trade: Trade) -> TradeMatch | None:
    """The match that the fact is a side of."""
    return _matches([trade]).get(trade.pk)


def _write(
    chosen: Sequence[tuple[Trade, Cancelled]], book: str, actor: Actor, at: datetime
) -> None:
    if not chosen:
        return
    lasts = [last for last, _one in chosen]
    divided = set(
        Trade.objects.filter(block__in=[last.pk for last in lasts]).values_list(
            "block_id", flat=True
        )
    )
    for last in lasts:
        if last.pk in divided:
            raise versioning.TradeAgreed(ref=last.source_ref)
    rows = [(last, _row(last, one.reason)) for last, one in chosen]
    versioning.follow(rows=rows, book=book, actor=actor, at=at)
    _withdraw(lasts, actor, at)


def _row(last: Trade, reason: str) -> recording.TradeRow:
    return replace(
        recording.row_of_fact(last),
        action=Trade.Action.CANCEL.value,
        detail={**last.detail, "reason": reason} if reason else last.detail,
    )


def _withdraw(cancelled: Sequence[Trade], actor: Actor, at: datetime) -> None:
    """Take the legs back of those of which nobody else has a word in it; ask about the others."""
    matches = _matches(cancelled)
    touched = [
        matches[one.pk].sell if one.pk in matches else one
        for one in cancelled
        if one.pk in matches or one.locked_in
    ]
    _require_open(touched)
    others = {pk: _other(match, pk) for pk, match in matches.items()}
    gone = set(
        Trade.objects.filter(
            amends__in=[other.pk for other in others.values()], action=Trade.Action.CANCEL
        ).values_list("amends_id", flat=True)
    )
    back: dict[int, Trade] = {}
    alone: list[Trade] = []
    for one in cancelled:
        match = matches.get(one.pk)
        if match is None:
            if one.locked_in:
                back[one.pk] = one
        # Nobody is asked who only affirmed: the counterparty has no side of its own to cancel.
        elif others[one.pk].pk in gone or match.how == TradeMatch.How.AFFIRMED:
            back[match.sell_id] = match.sell
        else:
            alone.append(one)
    WithdrawnTrade.objects.bulk_create(
        (WithdrawnTrade(trade=one, withdrawn_at=at, withdrawn_by=actor.name)
         for one in back.values()),
        batch_size=2_000,
    )  # fmt: skip
    queueing.open_items(
        kind=ONE_SIDED,
        department=Department.SETTLEMENT.value,
        subject_kind="settlement.trade",
        work=[_work(one, others[one.pk]) for one in alone],
        actor=actor,
        at=at,
    )


def _matches(trades: Sequence[Trade]) -> dict[int, TradeMatch]:
    """Fact → its match, of those that have one."""
    ids = [one.pk for one in trades]
    found = TradeMatch.objects.select_related("buy", "sell")
    sides = [
        *((match.buy_id, match) for match in found.filter(buy__in=ids)),
        *((match.sell_id, match) for match in found.filter(sell__in=ids)),
    ]
    return dict(sides)


def _other(match: TradeMatch, pk: int) -> Trade:
    return match.sell if match.buy_id == pk else match.buy


def _require_open(trades: Sequence[Trade]) -> None:
    if not trades:
        return
    with connection.cursor() as cursor:
        cursor.execute(FIXED, {"ids": [one.pk for one in trades]})
        fixed = {row[0] for row in cursor.fetchall()}
    for one in trades:
        if one.pk in fixed:
            raise TradeFixed(ref=one.source_ref)


def _work(cancelled: Trade, other: Trade) -> queueing.Work:
    return queueing.Work(
        subject_ref=f"{cancelled.source}/{cancelled.source_ref}"[:120],
        title_en=f"Cancelled by one side only: {cancelled.source_ref}",
        title_th=f"ยกเลิกเพียงฝ่ายเดียว: {cancelled.source_ref}",
        payload={"cancelled": str(cancelled), "stands": str(other)},
    )
