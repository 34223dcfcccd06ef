"""Follow what others report of a trade; what comes out of order is kept, and lies on the desk."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection, transaction
from django.db.models import OuterRef, Subquery

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
# Of each trade the messages that wait for it, in the order in which they came.
KEPT: Final = """
    SELECT e.source, e.source_ref, e.content ->> 'message_ref'
      FROM (SELECT DISTINCT * FROM unnest(%s::text[], %s::text[]) AS w(source, source_ref)) w
      JOIN settlement_earlymessage e ON e.source = w.source AND e.source_ref = w.source_ref
     WHERE e.book = %s AND e.kind = 'status'
     ORDER BY e.number
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
    """`receive` for many statuses in their order; a fixed number of statements."""
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
        early = iter(_keep_early([one for one, trade in there if not trade], book, actor, at))
        return [next(taken if trade else early) for _one, trade in there]


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


def _keep_early(reports: Sequence[Report], book: str, actor: Actor, at: datetime) -> list[str]:
    """Keep statuses of trades that are not there yet, each once, numbered as they came."""
    if not reports:
        return []
    kept: dict[tuple[str, str], list[str]] = defaultdict(list)
    with connection.cursor() as cursor:
        names = [[one.source for one in reports], [one.source_ref for one in reports]]
        cursor.execute(KEPT, [*names, book])
        for source, ref, message_ref in cursor.fetchall():
            kept[source, ref].append(message_ref)
    outcomes, new = [], []
    for one in reports:
        before = kept[one.source, one.source_ref]
        outcomes.append("known" if one.message_ref in before else "early")
        if outcomes[-1] == "early":
            before.append(one.message_ref)
            new.append(_early(one, len(before), book, at))
    EarlyMessage.objects.bulk_create(new, batch_size=2_000)
    told = zip(reports, outcomes, strict=True)
    _ask([_out_of_order(one, "-") for one, outcome in told if outcome == "early"], actor, at)
    return outcomes


def _early(report: Report, number: int, book: str, at: datetime) -> EarlyMessage:
    return EarlyMessage(
        book=book,
        source=report.source,
        source_ref=report.source_ref,
        kind=EarlyMessage.Kind.STATUS,
        number=number,
        content={
            "message_ref": report.message_ref,
            "status": report.status.value,
            "reason": report.reason,
            "reported_at": report.reported_at.isoformat(),
        },
        received_at=at,
    )


def catch_up(*, book: str, actor: Actor, at: datetime, name: tuple[str, str] | None = None) -> int:
    """Take the early statuses whose trades have come since, in their order; returns how many.

    A fixed number of statements.

    Args:
        name: source and reference of the trade that came; None for every trade of the book.
    """
    trades = Trade.objects.filter(
        book=OuterRef("book"), source=OuterRef("source"), source_ref=OuterRef("source_ref")
    )
    told = {} if name is None else {"source": name[0], "source_ref": name[1]}
    # By index for each that waits; a join of two tables that just grew could be any.
    there = Subquery(trades.values("pk")[:1])
    with transaction.atomic():
        waiting = list(
            EarlyMessage.objects.select_for_update(skip_locked=True)
            .filter(book=book, kind=EarlyMessage.Kind.STATUS, applied_at=None, **told)
            .annotate(trade=there)
            .exclude(trade=None)
            .order_by("source", "source_ref", "number")
        )
        if not waiting:
            return 0
        reports = [_report(one) for one in waiting]
        standing = _standing(reports, book)
        _take([(one, standing[one.source, one.source_ref]) for one in reports], actor, at)
        taken = EarlyMessage.objects.filter(pk__in=[one.pk for one in waiting])
        return taken.update(applied_at=at)


def _report(message: EarlyMessage) -> Report:
    told = message.content
    return Report(
        source=message.source,
        source_ref=message.source_ref,
        message_ref=told["message_ref"],
        status=Status(told["status"]),
        reported_at=datetime.fromisoformat(told["reported_at"]),
        reason=told["reason"],
    )


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
