"""Heed what others report of messages that the house sent: statuses and confirmations.

The same message twice has no effect. What speaks of nothing that was sent, or comes out of order,
is kept and lies on the desk; so does what was rejected.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from django.db import transaction
from django.db.models import Q

from backoffice.desk import queueing
from backoffice.frame import audit, rights
from backoffice.kernel.actors import Actor, Department, Role
from settlement.messages.facts import Movement
from settlement.messages.readers import statuses as reading
from settlement.models import IncomingStatus, OutgoingMessage, Trade
from settlement.rules.statuses import Status, may_follow
from settlement.trades import following

FINAL_PAYMENTS: Final = frozenset({"ACSC", "ACCC", "RJCT"})
BAD: Final = frozenset({"RJCT", "rejected", "failing"})
_WORDS: Final = {
    "unknown": ("speaks of nothing that was sent", "ไม่ตรงกับข้อความใดที่เคยส่ง"),
    "out-of-order": ("came out of order", "มาถึงไม่เป็นลำดับ"),
    "early": ("came before its trade", "มาถึงก่อนรายการ"),
    "taken": ("needs somebody", "ต้องมีผู้ดำเนินการ"),
}


@dataclass(frozen=True, slots=True)
class Heeded:
    """How a file's statuses fared."""

    taken: int = 0
    known: int = 0
    unknown: int = 0
    out_of_order: int = 0


def heed(*, data: bytes, file_name: str, book: str, actor: Actor, at: datetime) -> Heeded:
    """Take down every status in the data: all of it, or nothing when it cannot be read.

    Raises:
        NotAllowed; MessageRefused: with file, line, field and rule.
    """
    if actor.role is not Role.INTEGRATOR:
        actor.require(Role.CLERK, Role.CHECKER, Role.MANAGER, department=Department.SETTLEMENT)
    reports = reading.read(data, file=file_name)
    digest = sha256(data).hexdigest()
    counts = dict.fromkeys(("taken", "known", "unknown", "out-of-order"), 0)
    with transaction.atomic():
        for report in reports:
            outcome = _take(report, digest, book, actor, at)
            counts["out-of-order" if outcome == "early" else outcome] += 1
        audit.record(
            actor=actor,
            at=at,
            verb="heeding.heed",
            subject_kind="settlement.file",
            subject_id=file_name[:120],
            detail=counts,
        )
    return Heeded(counts["taken"], counts["known"], counts["unknown"], counts["out-of-order"])


def _take(report: reading.StatusReport, digest: str, book: str, actor: Actor, at: datetime) -> str:
    asked = OutgoingMessage.objects.filter(book=book, message_id=report.of).order_by("pk")
    rights.hold(OutgoingMessage, *asked.values_list("pk", flat=True)[:1])
    sent = asked.first()
    told = IncomingStatus.objects.filter(book=book, sender=report.sender, of=report.of)
    if told.filter(message_id=report.message_id).exists():
        return "known"
    outcome = "unknown" if sent is None else _outcome(report, sent, actor, at)
    IncomingStatus.objects.create(
        book=book,
        sha256=digest,
        definition=report.definition,
        sender=report.sender[:11],
        message_id=report.message_id,
        of=report.of,
        status=report.status,
        reason=report.reason[:140],
        outcome=outcome,
        received_at=at,
    )
    if outcome != "taken" or report.status in BAD:
        _ask(report, outcome, actor, at)
    return outcome


def _outcome(
    report: reading.StatusReport, sent: OutgoingMessage, actor: Actor, at: datetime
) -> str:
    """Whether it may follow what was told of the same message; a delivery's goes to its trade."""
    before = (
        IncomingStatus.objects.filter(book=sent.book, of=report.of, outcome="taken")
        .order_by("-pk")
        .values_list("status", flat=True)
        .first()
    )
    if report.definition.startswith("pacs"):
        return "out-of-order" if before in FINAL_PAYMENTS else "taken"
    status = Status(report.status)
    if not may_follow(Status(before) if before else None, status):
        return "out-of-order"
    named, _, movement = sent.reference.rpartition(" ")
    trade = _trade(sent.book, named) if movement == Movement.DELIVER.value else None
    if trade is not None:
        following.receive(
            report=following.Report(
                source=trade.source,
                source_ref=trade.source_ref,
                message_ref=f"{report.sender} {report.message_id}"[:80],
                status=status,
                reported_at=report.created or at,
                reason=report.reason,
            ),
            book=sent.book,
            actor=actor,
            at=at,
        )
    return "taken"


def _trade(book: str, named: str) -> Trade | None:
    """The trade of a reference "source source_ref", either of which may hold blanks."""
    words = named.split(" ")
    wanted = Q(pk=None)
    for cut in range(1, len(words)):
        wanted |= Q(source=" ".join(words[:cut]), source_ref=" ".join(words[cut:]))
    return Trade.objects.filter(wanted, book=book, amended_by=None).first()


def _ask(report: reading.StatusReport, outcome: str, actor: Actor, at: datetime) -> None:
    words_en, words_th = _WORDS[outcome]
    queueing.open_item(
        kind="settlement.status",
        department=Department.SETTLEMENT.value,
        subject_kind="settlement.message",
        subject_ref=f"{report.sender} {report.message_id} {report.of}"[:120],
        title_en=f"{report.definition} {report.status} of {report.of} {words_en}",
        title_th=f"{report.definition} {report.status} ของ {report.of} {words_th}",
        payload={
            "message": report.message_id,
            "reference": report.of,
            "status": report.status,
            "reason": report.reason,
        },
        actor=actor,
        at=at,
    )
