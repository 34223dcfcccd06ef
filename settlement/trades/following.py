"""Follow what others report of a trade; what comes out of order is kept, and lies on the desk."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from backoffice.desk import queueing
from backoffice.frame import audit, rights
from backoffice.kernel.actors import Actor, Department, Role
from settlement.models import EarlyMessage, Trade, TradeStatus
from settlement.rules.statuses import Status, may_follow

OUT_OF_ORDER = "settlement.status_out_of_order"


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
    if actor.role is not Role.INTEGRATOR:
        actor.require(Role.CLERK, Role.CHECKER, Role.MANAGER, department=Department.SETTLEMENT)
    with transaction.atomic():
        standing = Trade.objects.filter(
            book=book, source=report.source, source_ref=report.source_ref, amended_by=None
        )
        rights.hold(Trade, *standing.values_list("pk", flat=True))
        trade = standing.first()
        if trade is None:
            return _keep_early(report, book, actor, at)
        return _take(trade, report, actor, at)


def _take(trade: Trade, report: Report, actor: Actor, at: datetime) -> str:
    told = TradeStatus.objects.filter(trade__in=_told_before(trade))
    if told.filter(message_ref=report.message_ref).exists():
        return "known"
    last = told.filter(in_order=True).order_by("-pk").values_list("kind", flat=True).first()
    in_order = may_follow(Status(last) if last else None, report.status)
    TradeStatus.objects.create(
        trade=trade,
        message_ref=report.message_ref,
        kind=report.status.value,
        reason=report.reason[:140],
        in_order=in_order,
        reported_at=report.reported_at,
        recorded_at=at,
    )
    audit.record(
        actor=actor,
        at=at,
        verb="following.receive",
        subject_kind="settlement.trade",
        subject_id=trade.pk,
        detail={"status": report.status.value, "in_order": in_order},
    )
    if in_order:
        return "taken"
    _break(report, last or "-", actor, at)
    return "out-of-order"


def _told_before(trade: Trade) -> list[int]:
    """The fact and those that it was redated from: to others it is the same trade."""
    ids = [trade.pk]
    while trade.action == Trade.Action.REDATE and trade.amends is not None:
        trade = trade.amends
        ids.append(trade.pk)
    return ids


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
    _break(report, "-", actor, at)
    return "early"


def catch_up(*, book: str, actor: Actor, at: datetime) -> int:
    """Take the early statuses whose trades have come since, in their order; returns how many."""
    with transaction.atomic():
        waiting = EarlyMessage.objects.select_for_update(skip_locked=True).filter(
            book=book, kind=EarlyMessage.Kind.STATUS, applied_at=None
        )
        taken = 0
        for message in waiting.order_by("source", "source_ref", "number"):
            trade = Trade.objects.filter(
                book=book, source=message.source, source_ref=message.source_ref, amended_by=None
            ).first()
            if trade is None:
                continue
            told = message.content
            report = Report(
                source=message.source,
                source_ref=message.source_ref,
                message_ref=told["message_ref"],
                status=Status(told["status"]),
                reported_at=datetime.fromisoformat(told["reported_at"]),
                reason=told["reason"],
            )
            _take(trade, report, actor, at)
            message.applied_at = at
            message.save(update_fields=["applied_at"])
            taken += 1
        return taken


def _break(report: Report, last: str, actor: Actor, at: datetime) -> None:
    queueing.open_item(
        kind=OUT_OF_ORDER,
        department=Department.SETTLEMENT.value,
        subject_kind="settlement.trade",
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
        actor=actor,
        at=at,
    )
