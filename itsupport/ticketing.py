"""Tickets: open, reply, assign, resolve, close, reopen. Each stands on the desk as a work item."""

from contextlib import suppress
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connection, transaction

from backoffice.desk import claiming, queueing
from backoffice.desk.events import WorkItemClosed
from backoffice.frame import audit
from backoffice.kernel.actors import Actor, Department, Role
from backoffice.kernel.refusals import Place, Refused
from backoffice.outbox import publishing
from itsupport import rules
from itsupport.events import TicketAnswered, TicketOpened, TicketReopened, TicketResolved
from itsupport.models import Ticket, TicketMessage

KIND = "itsupport.ticket"
HELPDESK = (Role.CLERK, Role.CHECKER, Role.MANAGER)
MEDIUM = 2


class NoSuchTicket(Refused):
    """There is no such ticket, or it is somebody else's, which is not told apart."""

    code = "ticket-unknown"
    status = 404
    en = "There is no ticket {ticket}."
    th = "ไม่มีเรื่องแจ้ง {ticket}"


class NoSuchStaff(Refused):
    """Nobody active has this staff id, or nobody of the helpdesk."""

    code = "staff-unknown"
    status = 404
    en = "There is no such member of staff: {staff}."
    th = "ไม่พบพนักงาน {staff}"


class KeyTaken(Refused):
    """The key names a ticket that the caller may not read."""

    code = "ticket-key-taken"
    status = 409
    en = "This source key is in use; choose another one."
    th = "รหัสอ้างอิงนี้ถูกใช้แล้ว กรุณาใช้รหัสอื่น"


class NotTheHelpdesk(Refused):
    """An internal note is the helpdesk's own."""

    code = "helpdesk-only"
    status = 403
    en = "Only the helpdesk may do this."
    th = "เฉพาะเจ้าหน้าที่ฝ่ายเทคโนโลยีสารสนเทศเท่านั้น"


def open_ticket(
    *,
    title: str,
    body: str,
    category: str,
    requester_id: int | None,
    actor: Actor,
    at: datetime,
    source_key: str = "",
    impact: int = MEDIUM,
    urgency: int = MEDIUM,
) -> int:
    """Open a ticket and put it on the helpdesk's queue; once for each source key.

    Args:
        requester_id: staff id of who needs help; None when a process noticed by itself. A person
            outside the helpdesk asks only in their own name.
        source_key: the caller's key for this trouble; the ticket opened under it is given again.
            A process that meets the trouble again after it was resolved reopens its ticket.
        impact, urgency: 1 high … 3 low; they make the priority and the promised times.

    Returns:
        The ticket's id.

    Raises:
        NotTheHelpdesk, NoSuchStaff, BadTicket; KeyTaken: the key is of somebody else's ticket,
        which is not shown.
    """
    if not is_helpdesk(actor) and requester_id != actor.staff_id:
        raise NotTheHelpdesk(Place(field="requester_id"))
    level = rules.priority(impact, urgency)
    response_due_at, due_at = rules.due_times(at, level)
    ticket = Ticket(
        title=rules.title(title),
        body=rules.words(body) if body.strip() else "",
        category=rules.category(category),
        impact=impact,
        urgency=urgency,
        priority=level,
        requester_id=requester_id,
        source_key=rules.words(source_key, "source_key") if source_key else "",
        opened_by=actor.name,
        opened_at=at,
        response_due_at=response_due_at,
        due_at=due_at,
    )
    with transaction.atomic():
        known = _known(ticket.source_key)
        if known is not None:
            if not is_helpdesk(actor) and known.requester_id != actor.staff_id:
                raise KeyTaken(Place(field="source_key"))
            if actor.is_process and known.state not in rules.OPEN:
                reopen(ticket_id=known.pk, reason=body or title, actor=actor, at=at)
            return known.pk
        if requester_id is not None:
            _require_staff(requester_id)
        return _enter(ticket, actor, at)


def reply(
    *,
    ticket_id: int,
    body: str,
    actor: Actor,
    at: datetime,
    internal: bool = False,
    wait: bool = False,
) -> int:
    """Write on a ticket.

    Args:
        internal: for the helpdesk's eyes only.
        wait: a question to the requester: the ticket waits for an answer.

    Returns:
        The message's id.

    Raises:
        NoSuchTicket, NotTheHelpdesk, BadTicket, WrongState.
    """
    text = rules.words(body)
    with transaction.atomic():
        ticket = _locked(ticket_id, actor)
        helpdesk = is_helpdesk(actor)
        if not helpdesk and (internal or wait):
            raise NotTheHelpdesk
        state = rules.state_after("wait" if wait else "reply", ticket.state, ticket=ticket.number)
        if not helpdesk and state == Ticket.State.WAITING:
            state = Ticket.State.ASSIGNED if ticket.assignee_id else Ticket.State.NEW
        ticket.state = state
        message = _say(ticket, text, actor, at, internal=internal)
        ticket.save(update_fields=["state", "first_response_at"])
        _trail("ticketing.reply", ticket, actor, at, internal=internal)
        return message.pk


def assign(*, ticket_id: int, staff_id: int, actor: Actor, at: datetime) -> None:
    """Give a ticket to a member of the helpdesk, oneself included, with its work item.

    Raises:
        NotAllowed, NoSuchTicket, NoSuchStaff, WrongState; ItemTaken while a colleague works on it.
    """
    actor.require(*HELPDESK, department=Department.IT_SUPPORT)
    with transaction.atomic():
        ticket = _locked(ticket_id, actor)
        ticket.state = rules.state_after("assign", ticket.state, ticket=ticket.number)
        _require_staff(staff_id, helpdesk=True)
        ticket.assignee_id = staff_id
        ticket.save(update_fields=["state", "assignee"])
        if ticket.work_item_id is not None:
            with suppress(claiming.ItemGone):
                claiming.assign(item_id=ticket.work_item_id, staff_id=staff_id, actor=actor, at=at)
        _trail("ticketing.assign", ticket, actor, at, staff_id=staff_id)


def resolve(*, ticket_id: int, resolution: str, actor: Actor, at: datetime) -> None:
    """Say that it works again, and how; the work item is answered with the same words.

    Raises:
        NotAllowed, NoSuchTicket, BadTicket, WrongState; ItemTaken while a colleague works on it.
    """
    actor.require(*HELPDESK, department=Department.IT_SUPPORT)
    text = rules.words(resolution, "resolution")
    with transaction.atomic():
        ticket = _locked(ticket_id, actor)
        _resolve(ticket, text, actor, at)
        if ticket.work_item_id is not None:
            with suppress(claiming.ItemGone):
                claiming.complete(item_id=ticket.work_item_id, answer=text, actor=actor, at=at)


def close(*, ticket_id: int, actor: Actor, at: datetime) -> None:
    """Close a resolved ticket: the requester agrees, or the helpdesk has waited long enough.

    Raises:
        NoSuchTicket, WrongState.
    """
    with transaction.atomic():
        ticket = _locked(ticket_id, actor)
        ticket.state = rules.state_after("close", ticket.state, ticket=ticket.number)
        ticket.closed_at = at
        ticket.save(update_fields=["state", "closed_at"])
        _trail("ticketing.close", ticket, actor, at)


def reopen(*, ticket_id: int, reason: str, actor: Actor, at: datetime) -> None:
    """It does not work after all: back onto the queue, with the times promised at first.

    Raises:
        NoSuchTicket, BadTicket, WrongState.
    """
    text = rules.words(reason, "reason")
    with transaction.atomic():
        ticket = _locked(ticket_id, actor)
        ticket.state = rules.state_after("reopen", ticket.state, ticket=ticket.number)
        ticket.resolved_at = ticket.closed_at = None
        ticket.resolution = ""
        ticket.work_item_id = _queue(ticket, actor, at)
        _say(ticket, text, actor, at, internal=False)
        ticket.save(
            update_fields=[
                "state", "resolved_at", "closed_at", "resolution", "work_item", "first_response_at",
            ]
        )  # fmt: skip
        _trail("ticketing.reopen", ticket, actor, at)
        publishing.publish(
            event=TicketReopened(
                ticket_id=ticket.pk, number=ticket.number, requester_id=ticket.requester_id
            ),
            at=at,
        )


def follow_desk(*, event: WorkItemClosed, at: datetime) -> None:
    """Reaction: a work item answered at the desk resolves its ticket with the same words."""
    if event.kind != KIND or event.state != "done":
        return
    with transaction.atomic():
        ticket = (
            Ticket.objects.select_for_update(of=("self",))
            .select_related("work_item")
            .filter(work_item_id=event.item_id, state__in=rules.OPEN)
            .first()
        )
        if ticket is not None and ticket.work_item is not None:
            _resolve(ticket, ticket.work_item.answer or "—", Actor.system("desk"), at)


def is_helpdesk(actor: Actor) -> bool:
    """Whether the actor is a process or works at the helpdesk."""
    return actor.is_process or (
        actor.role in HELPDESK and actor.department is Department.IT_SUPPORT
    )


def _known(source_key: str) -> Ticket | None:
    if not source_key:
        return None
    with connection.cursor() as cursor:
        # Two openings under one key wait for each other.
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{KIND}:{source_key}"]
        )
    return Ticket.objects.filter(source_key=source_key).first()


def _enter(ticket: Ticket, actor: Actor, at: datetime) -> int:
    with connection.cursor() as cursor:
        # The id is drawn first, so that the number follows from it and the row is written once.
        cursor.execute("SELECT nextval(pg_get_serial_sequence('itsupport_ticket', 'id'))")
        ticket.pk = cursor.fetchone()[0]
    ticket.number = rules.number(ticket.pk)
    ticket.work_item_id = _queue(ticket, actor, at)
    ticket.save(force_insert=True)
    _trail("ticketing.open_ticket", ticket, actor, at, source_key=ticket.source_key)
    publishing.publish(
        event=TicketOpened(
            ticket_id=ticket.pk,
            number=ticket.number,
            category=ticket.category,
            priority=ticket.priority,
            requester_id=ticket.requester_id,
            source_key=ticket.source_key,
        ),
        at=at,
    )
    return ticket.pk


def _queue(ticket: Ticket, actor: Actor, at: datetime) -> int:
    return queueing.open_item(
        kind=KIND,
        department=Department.IT_SUPPORT.value,
        subject_kind="ticket",
        subject_ref=ticket.number,
        title_en=f"{ticket.number} {ticket.title}",
        title_th=f"{ticket.number} {ticket.title}",
        due_at=ticket.due_at,
        priority=ticket.priority,
        requested_by=ticket.requester_id,
        payload={"ticket_id": ticket.pk, "body": ticket.body[:2000]},
        actor=actor,
        at=at,
    )


def _resolve(ticket: Ticket, text: str, actor: Actor, at: datetime) -> None:
    ticket.state = rules.state_after("resolve", ticket.state, ticket=ticket.number)
    ticket.resolution, ticket.resolved_at = text, at
    _say(ticket, text, actor, at, internal=False)
    ticket.save(update_fields=["state", "resolution", "resolved_at", "first_response_at"])
    _trail("ticketing.resolve", ticket, actor, at)
    publishing.publish(
        event=TicketResolved(
            ticket_id=ticket.pk, number=ticket.number, requester_id=ticket.requester_id
        ),
        at=at,
    )


def _say(ticket: Ticket, text: str, actor: Actor, at: datetime, *, internal: bool) -> TicketMessage:
    """Append a message; the helpdesk's first public word is the first response."""
    visibility = TicketMessage.Visibility.INTERNAL if internal else TicketMessage.Visibility.PUBLIC
    message = TicketMessage.objects.create(
        ticket=ticket,
        visibility=visibility,
        author_id=actor.staff_id,
        author_name=actor.name,
        body=text,
        sent_at=at,
    )
    own = actor.staff_id is not None and actor.staff_id == ticket.requester_id
    if not internal and not own:
        ticket.first_response_at = ticket.first_response_at or at
        publishing.publish(
            event=TicketAnswered(
                ticket_id=ticket.pk, number=ticket.number, requester_id=ticket.requester_id
            ),
            at=at,
        )
    return message


def _locked(ticket_id: int, actor: Actor) -> Ticket:
    ticket = Ticket.objects.select_for_update().filter(pk=ticket_id).first()
    if ticket is None or not (is_helpdesk(actor) or ticket.requester_id == actor.staff_id):
        raise NoSuchTicket(ticket=ticket_id)
    return ticket


def _require_staff(staff_id: int, *, helpdesk: bool = False) -> None:
    wanted: dict[str, Any] = {"pk": staff_id, "is_active": True}
    if helpdesk:
        wanted |= {"department": Department.IT_SUPPORT.value, "role__in": list(HELPDESK)}
    if not get_user_model().objects.filter(**wanted).exists():
        raise NoSuchStaff(Place(field="staff_id"), staff=staff_id)


def _trail(verb: str, ticket: Ticket, actor: Actor, at: datetime, **detail: Any) -> None:
    audit.record(
        actor=actor,
        at=at,
        verb=verb,
        subject_kind="itsupport.ticket",
        subject_id=ticket.pk,
        detail={"number": ticket.number, **detail},
    )
