"""Ask at the counter: a question that a clerk will answer, or an answer kept with its stamp."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from accounting import pricing
from backoffice.desk import queueing
from backoffice.frame import audit
from backoffice.kernel.actors import Actor, Department
from backoffice.kernel.canonical import fingerprint
from backoffice.kernel.refusals import Refused
from backoffice.portal import rules
from backoffice.portal.catalogue import promise_for
from backoffice.portal.models import Request
from backoffice.reference import queries as reference
from itsupport import queries as helpdesk
from itsupport import ticketing

SUBJECT = "portal.request"
CALENDAR = "XBKK"


class OnlyForPeople(Refused):
    """Processes do not stand at the counter."""

    code = "only-for-people"
    status = 403
    en = "Only a member of staff can ask at the counter."
    th = "เฉพาะพนักงานเท่านั้นที่ส่งคำขอได้"


@dataclass(frozen=True, slots=True)
class Question:
    """What a person asks.

    Attributes:
        key: made with the form, so that a form sent twice asks once.
        kind: a value of Request.Kind.
        details: the form's further fields, as text.
    """

    key: str
    kind: str
    title: str
    text: str = ""
    details: dict[str, str] = field(default_factory=dict)


def ask(*, question: Question, actor: Actor, at: datetime) -> Request:
    """Keep a question and put it on the desk of the department that answers it.

    The same key asked again is the same request; nothing is opened twice.

    Raises:
        OnlyForPeople: the actor is a process.
    """
    with transaction.atomic():
        request, new = _kept(question, actor, at)
        if not new:
            return request
        request.due_at = _promised(question.kind, at)
        request.subject_kind, request.subject_ref, request.item_id = _ROUTES[question.kind](
            request, actor, at
        )
        request.save(update_fields=["due_at", "subject_kind", "subject_ref", "item"])
        audit.record(
            actor=actor,
            at=at,
            verb="asking.ask",
            subject_kind=SUBJECT,
            subject_id=request.key,
            detail={"kind": question.kind},
        )
        return request


def keep_answer(
    *, question: Question, answer: str, source: Any, as_of: datetime, actor: Actor, at: datetime
) -> Request:
    """Keep an answer given at once from live data, with the moment it was true.

    Args:
        answer: the answer in words.
        source: JSON-able rows it was read from; kept, and fingerprinted with the answer, so that a
            printed answer can be held against the kept one.
        as_of: when the rows were read (aware, UTC).
    """
    with transaction.atomic():
        request, new = _kept(question, actor, at)
        if new:
            request.details = {**question.details, "source": source}
            seal(request=request, answer=answer, as_of=as_of, at=at)
            audit.record(
                actor=actor,
                at=at,
                verb="asking.keep_answer",
                subject_kind=SUBJECT,
                subject_id=request.key,
                detail={"digest": request.digest},
            )
        return request


def seal(*, request: Request, answer: str, as_of: datetime, at: datetime) -> None:
    """Write an answer with its stamp and fingerprint onto a request. For verbs of the portal."""
    request.state = Request.State.ANSWERED
    request.answer, request.as_of, request.answered_at = answer, as_of, at
    request.digest = fingerprint(
        {"key": request.key, "answer": answer, "as_of": as_of, "details": request.details}
    )
    request.save(
        update_fields=["state", "answer", "as_of", "answered_at", "digest", "details", "item"]
    )


def _promised(kind: str, at: datetime) -> datetime:
    calendar = reference.calendar_on(CALENDAR, known_at=at)
    return rules.promised(asked_at=at, working=promise_for(kind), calendar=calendar)


def _kept(question: Question, actor: Actor, at: datetime) -> tuple[Request, bool]:
    if actor.staff_id is None:
        raise OnlyForPeople
    return Request.objects.get_or_create(
        key=question.key,
        defaults={
            "kind": question.kind,
            "asked_by_id": actor.staff_id,
            "asked_at": at,
            "title": question.title[:200],
            "text": question.text,
            "details": question.details,
        },
    )


Route = Callable[[Request, Actor, datetime], tuple[str, str, int | None]]


def _price(request: Request, actor: Actor, at: datetime) -> tuple[str, str, int | None]:
    item = pricing.ask_clerk(
        subject_kind=SUBJECT,
        subject_ref=request.key,
        what=request.title,
        payload=_payload(request),
        actor=actor,
        at=at,
        due_at=request.due_at,
    )
    return SUBJECT, request.key, item


def _ticket(request: Request, actor: Actor, at: datetime) -> tuple[str, str, int | None]:
    ticket_id = ticketing.open_ticket(
        title=request.title,
        body=request.text,
        category=str(request.details.get("category", "other")),
        requester_id=actor.staff_id,
        source_key=f"portal:{request.key}",
        actor=actor,
        at=at,
    )
    ticket = helpdesk.my_tickets(staff_id=request.asked_by_id).get(pk=ticket_id)
    request.due_at = ticket.due_at
    return "ticket", ticket.number, ticket.work_item_id


def _to_desk(kind: str, department: Department, en: str, th: str) -> Route:
    def route(request: Request, actor: Actor, at: datetime) -> tuple[str, str, int | None]:
        item = queueing.open_item(
            kind=kind,
            department=department,
            subject_kind=SUBJECT,
            subject_ref=request.key,
            title_en=f"{en}: {request.title}",
            title_th=f"{th}: {request.title}",
            due_at=request.due_at,
            requested_by=actor.staff_id,
            payload=_payload(request),
            actor=actor,
            at=at,
        )
        return SUBJECT, request.key, item

    return route


def _payload(request: Request) -> dict[str, str]:
    return {**request.details, "asked": request.title, "text": request.text}


_ROUTES: dict[str, Route] = {
    Request.Kind.PRICE: _price,
    Request.Kind.IT_HELP: _ticket,
    Request.Kind.DOCUMENT: _to_desk(
        "records.document_request", Department.RECORDS, "Document", "ขอเอกสาร"
    ),
    Request.Kind.STATEMENT: _to_desk(
        "accounting.statement_request", Department.ACCOUNTING, "Statement", "ขอรายการเดินบัญชี"
    ),
    Request.Kind.SETTLEMENT: _to_desk(
        "settlement.question", Department.SETTLEMENT, "Settlement", "สอบถามการชำระราคา"
    ),
}
