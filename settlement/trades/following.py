"""Follow what others report of a trade; what comes out of order is kept, and lies on the desk."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection, transaction

from backoffice.desk import queueing
from backoffice.frame import audit, rights
from backoffice.kernel.actors import Actor, Department, Role
from settlement.models import EarlyMessage, Trade, TradeStatus
from settlement.rules.statuses import Status, may_follow

OUT_OF_ORDER = "settlement.status_out_of_order"
STANDING: Final = """
    SELECT t.source, t.source_ref, t.id
      FROM (SELECT DISTINCT * FROM unnest(%s::text[], %s::text[]) AS w(source, source_ref)) w
      JOIN settlement_trade t ON t.source = w.source AND t.source_ref = w.source_ref
     WHERE t.book = %s AND NOT EXISTS (SELECT FROM settlement_trade n WHERE n.amends_id = t.id)
"""
TOLD: Final = """
    WITH RECURSIVE facts AS (
        SELECT id AS trade, id, action, amends_id FROM settlement_trade WHERE id = ANY(%s)
         UNION ALL
        SELECT f.trade, t.id, t.action, t.amends_id
          FROM facts f JOIN settlement_trade t ON t.id = f.amends_id
         WHERE f.action = 'redate')
    SELECT f.trade, s.message_ref, s.kind, s.in_order
      FROM facts f JOIN settlement_tradestatus s ON s.trade_id = f.id ORDER BY s.id
"""


@dataclass(frozen=True, slots=True)
class Report:
    """A status as it came in.

    Attributes:
        source, source_ref: the trade, as its own source names it.
        message_ref: the message's own reference; the same one again is the same status.
        reported_at: the sender's moment (aware).
    """

    source: str
    source_ref: str
    message_ref: str
    status: Status
    reported_at: datetime
    reason: str = ""


def receive(*, report: Report, book: str, actor: Actor, at: datetime) -> str:
    """Take down a status once.

    Returns:
        "taken"; "known" (the same message again); "out-of-order" or "early" (no such trade yet):
        both are kept, with a work item on the desk.

    Raises:
        NotAllowed.
    """
    [outcome] = receive_many(reports=[report], book=book, actor=actor, at=at)
    return outcome


def receive_many(*, reports: Sequence[Report], book: str, actor: Actor, at: datetime) -> list[str]:
    """`receive` for many statuses in their order; a fixed number of statements.

    Those of trades that are not there yet are kept one by one.
    """
    if actor.role is not Role.INTEGRATOR:
        actor.require(Role.CLERK, Role.CHECKER, Role.MANAGER, department=Department.SETTLEMENT)
    if not reports:
        return []
    with transaction.atomic():
        trades = _standing(reports, book)
        if trades:
            # Whoever waited for the rows reads anew which versions stand.
            rights.hold(Trade, *trades.values())
            trades = _standing(reports, book)
        there = [(one, trades.get((one.source, one.source_ref))) for one in reports]
        taken = iter(_take([(one, trade) for one, trade in there if trade], actor, at))
        return [next(taken) if trade else _keep_early(one, book, actor, at) for one, trade in there]


def _standing(reports: Sequence[Report], book: str) -> dict[tuple[str, str], int]:
    """(source, reference) → the version in force, of the trades that are there."""
    with connection.cursor() as cursor:
        names = [[one.source for one in reports], [one.source_ref for one in reports]]
        cursor.execute(STANDING, [*names, book])
        return {(source, ref): pk for source, ref, pk in cursor.fetchall()}


def _take(told: Sequence[tuple[Report, int]], actor: Actor, at: datetime) -> list[str]:
    """Take down statuses of trades that are there, in their order."""
    known, last = _told_before({trade for _report, trade in told})
    outcomes, new, late = [], [], []
    for report, trade in told:
        if (trade, report.message_ref) in known:
            outcomes.append("known")
            continue
        known.add((trade, report.message_ref))
        before = last.get(trade)
        in_order = may_follow(Status(before) if before else None, report.status)
        new.append((report, trade, in_order))
        if in_order:
            last[trade] = report.status.value
        else:
            late.append(_out_of_order(report, before or "-"))
        outcomes.append("taken" if in_order else "out-of-order")
    TradeStatus.objects.bulk_create(
        TradeStatus(
            trade_id=trade,
            message_ref=report.message_ref,
            kind=report.status.value,
            reason=report.reason[:140],
            in_order=in_order,
            reported_at=report.reported_at,
            recorded_at=at,
        )
        for report, trade, in_order in new
    )
    audit.record_many(
        actor=actor,
        at=at,
        verb="following.receive",
        subject_kind="settlement.trade",
        details=[
            (trade, {"status": report.status.value, "in_order": in_order})
            for report, trade, in_order in new
        ],
    )
    _ask(late, actor, at)
    return outcomes


def _told_before(trades: set[int]) -> tuple[set[tuple[int, str]], dict[int, str]]:
    """What was told of each trade: (trade, message) that is known, and its last status in order.

    Facts that a trade was redated from count: to others it is the same trade.
    """
    known: set[tuple[int, str]] = set()
    last: dict[int, str] = {}
    with connection.cursor() as cursor:
        cursor.execute(TOLD, [sorted(trades)])
        for trade, message_ref, kind, in_order in cursor.fetchall():
            known.add((trade, message_ref))
            if in_order:
                last[trade] = kind
    return known, last


def _keep_early(report: Report, book: str, actor: Actor, at: datetime) -> str:
    known = EarlyMessage.objects.filter(
        book=book,
        source=report.source,
        source_ref=report.source_ref,
        kind=EarlyMessage.Kind.STATUS,
    )
    if known.filter(content__message_ref=report.message_ref).exists():
        return "known"
    EarlyMessage.objects.create(
        book=book,
        source=report.source,
        source_ref=report.source_ref,
        kind=EarlyMessage.Kind.STATUS,
        number=known.count() + 1,
        content={
            "message_ref": report.message_ref,
            "status": report.status.value,
            "reason": report.reason,
            "reported_at": report.reported_at.isoformat(),
        },
        received_at=at,
    )
    _ask([_out_of_order(report, "-")], actor, at)
    return "early"


def catch_up(*, book: str, actor: Actor, at: datetime) -> int:
    """Take the early statuses whose trades have come since, in their order; returns how many."""
    with transaction.atomic():
        waiting = EarlyMessage.objects.select_for_update(skip_locked=True).filter(
            book=book, kind=EarlyMessage.Kind.STATUS, applied_at=None
        )
        taken = 0
        for message in waiting.order_by("source", "source_ref", "number"):
            told = message.content
            report = Report(
                source=message.source,
                source_ref=message.source_ref,
                message_ref=told["message_ref"],
                status=Status(told["status"]),
                reported_at=datetime.fromisoformat(told["reported_at"]),
                reason=told["reason"],
            )
            trade = _standing([report], book).get((report.source, report.source_ref))
            if trade is None:
                continue
            _take([(report, trade)], actor, at)
            message.applied_at = at
            message.save(update_fields=["applied_at"])
            taken += 1
        return taken


def _out_of_order(report: Report, last: str) -> queueing.Work:
    return queueing.Work(
        subject_ref=f"{report.source}/{report.source_ref}"[:120],
        title_en=f"Status out of order: {report.source_ref}, {last} → {report.status.value}",
        title_th=f"สถานะผิดลำดับ: {report.source_ref} {last} → {report.status.value}",
        payload={
            "source": report.source,
            "reference": report.source_ref,
            "message": report.message_ref,
            "before": last,
            "status": report.status.value,
        },
    )


def _ask(work: Sequence[queueing.Work], actor: Actor, at: datetime) -> None:
    queueing.open_items(
        kind=OUT_OF_ORDER,
        department=Department.SETTLEMENT.value,
        subject_kind="settlement.trade",
        work=work,
        actor=actor,
        at=at,
    )
