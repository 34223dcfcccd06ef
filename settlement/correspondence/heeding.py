"""Heed what others report of messages that the house sent: statuses and confirmations.

The same message twice has no effect. What speaks of nothing that was sent, or comes out of order,
is kept and lies on the desk; so does what was rejected.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from django.db import connection, transaction

from backoffice.desk import queueing
from backoffice.frame import audit, rights
from backoffice.kernel.actors import Actor, Department, Role
from settlement.messages.facts import Movement
from settlement.messages.readers import statuses as reading
from settlement.messages.readers.statuses import StatusReport
from settlement.models import IncomingStatus, OutgoingMessage
from settlement.rules.statuses import Status, may_follow
from settlement.trades import following

FINAL_PAYMENTS: Final = frozenset({"ACSC", "ACCC", "RJCT"})
# Of the names that a reference may be cut into, those of a trade in force; the oldest comes last.
NAMED: Final = """
    SELECT w.named, t.source, t.source_ref
      FROM unnest(%s::text[], %s::text[], %s::text[]) AS w(named, source, source_ref)
      JOIN settlement_trade t ON t.source = w.source AND t.source_ref = w.source_ref
     WHERE t.book = %s AND NOT EXISTS (SELECT FROM settlement_trade n WHERE n.amends_id = t.id)
     ORDER BY t.id DESC
"""
BAD: Final = frozenset({"RJCT", "rejected", "failing"})
_WORDS: Final = {
    "unknown": ("speaks of nothing that was sent", "ไม่ตรงกับข้อความใดที่เคยส่ง"),
    "out-of-order": ("came out of order", "มาถึงไม่เป็นลำดับ"),
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
        for outcome in _take(reports, digest, book, actor, at):
            counts[outcome] += 1
        audit.record(
            actor=actor,
            at=at,
            verb="heeding.heed",
            subject_kind="settlement.file",
            subject_id=file_name[:120],
            detail=counts,
        )
    return Heeded(counts["taken"], counts["known"], counts["unknown"], counts["out-of-order"])


def _take(
    reports: Sequence[StatusReport], digest: str, book: str, actor: Actor, at: datetime
) -> list[str]:
    """Take them down in their order, in a fixed number of statements; returns what became of each.

    Those of deliveries go on to their trades.
    """
    sent = _sent(reports, book)
    rights.hold(OutgoingMessage, *(message.pk for message in sent.values()))
    known, last = _told_before(reports, book)
    outcomes, new = [], []
    for report in reports:
        name = (report.sender[:11], report.message_id, report.of)
        if name in known:
            outcomes.append("known")
            continue
        known.add(name)
        outcome = _outcome(report, last.get(report.of)) if report.of in sent else "unknown"
        if outcome == "taken":
            last[report.of] = report.status
        outcomes.append(outcome)
        new.append((report, outcome))
    IncomingStatus.objects.bulk_create(
        IncomingStatus(
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
        for report, outcome in new
    )
    taken = [report for report, outcome in new if outcome == "taken"]
    told = _of_trades(taken, sent, book, at)
    following.receive_many(reports=told, book=book, actor=actor, at=at)
    _ask([one for one in new if one[1] != "taken" or one[0].status in BAD], actor, at)
    return outcomes


def _sent(reports: Sequence[StatusReport], book: str) -> dict[str, OutgoingMessage]:
    """Message id → the message of ours that it names, the first where several bear it."""
    named = OutgoingMessage.objects.filter(book=book, message_id__in={one.of for one in reports})
    return {message.message_id: message for message in named.order_by("-pk")}


def _told_before(
    reports: Sequence[StatusReport], book: str
) -> tuple[set[tuple[str, str, str]], dict[str, str]]:
    """(sender, message, what it is about) that came before; the last that was taken of each."""
    known: set[tuple[str, str, str]] = set()
    last: dict[str, str] = {}
    told = IncomingStatus.objects.filter(book=book, of__in={one.of for one in reports})
    for one in told.order_by("pk"):
        known.add((one.sender, one.message_id, one.of))
        if one.outcome == IncomingStatus.Outcome.TAKEN:
            last[one.of] = one.status
    return known, last


def _outcome(report: StatusReport, before: str | None) -> str:
    """Whether it may follow what was told of the same message."""
    if report.definition.startswith("pacs"):
        return "out-of-order" if before in FINAL_PAYMENTS else "taken"
    may = may_follow(Status(before) if before else None, Status(report.status))
    return "taken" if may else "out-of-order"


def _of_trades(
    taken: Sequence[StatusReport], sent: dict[str, OutgoingMessage], book: str, at: datetime
) -> list[following.Report]:
    """The statuses of deliveries, each as its trade's own source names that trade."""
    names: list[tuple[StatusReport, str]] = []
    for report in taken:
        named, _, movement = sent[report.of].reference.rpartition(" ")
        if not report.definition.startswith("pacs") and movement == Movement.DELIVER.value:
            names.append((report, named))
    trades = _trades({named for _report, named in names}, book)
    return [
        following.Report(
            source=trades[named][0],
            source_ref=trades[named][1],
            message_ref=f"{report.sender} {report.message_id}"[:80],
            status=Status(report.status),
            reported_at=report.created or at,
            reason=report.reason,
        )
        for report, named in names
        if named in trades
    ]


def _trades(names: set[str], book: str) -> dict[str, tuple[str, str]]:
    """Reference "source source_ref", either of which may hold blanks → the trade's own names."""
    told: list[tuple[str, str, str]] = []
    for named in sorted(names):
        words = named.split(" ")
        told += (
            (named, " ".join(words[:cut]), " ".join(words[cut:])) for cut in range(1, len(words))
        )
    if not told:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(NAMED, [*([one[n] for one in told] for n in range(3)), book])
        return {named: (source, ref) for named, source, ref in cursor.fetchall()}


def _ask(told: Sequence[tuple[StatusReport, str]], actor: Actor, at: datetime) -> None:
    queueing.open_items(
        kind="settlement.status",
        department=Department.SETTLEMENT.value,
        subject_kind="settlement.message",
        work=[_work(report, outcome) for report, outcome in told],
        actor=actor,
        at=at,
    )


def _work(report: StatusReport, outcome: str) -> queueing.Work:
    words_en, words_th = _WORDS[outcome]
    return queueing.Work(
        subject_ref=f"{report.sender} {report.message_id} {report.of}"[:120],
        title_en=f"{report.definition} {report.status} of {report.of} {words_en}",
        title_th=f"{report.definition} {report.status} ของ {report.of} {words_th}",
        payload={
            "message": report.message_id,
            "reference": report.of,
            "status": report.status,
            "reason": report.reason,
        },
    )
