"""Reads of tickets."""

from datetime import datetime

from django.db.models import QuerySet

from backoffice.kernel.actors import Actor, Department, Role
from itsupport import rules
from itsupport.models import Ticket, TicketMessage

READERS_OF_ALL = (Role.MANAGER, Role.AUDITOR)


def my_tickets(*, staff_id: int) -> QuerySet[Ticket]:
    """The tickets that a person asked for, newest first."""
    return Ticket.objects.filter(requester_id=staff_id).order_by("-pk")


def visible_to(*, actor: Actor) -> QuerySet[Ticket]:
    """The helpdesk, managers and auditors see all tickets; everybody else their own."""
    found = Ticket.objects.select_related("requester", "assignee").order_by("-pk")
    if reads_all(actor):
        return found
    return found.filter(requester_id=actor.staff_id)


def reads_all(actor: Actor) -> bool:
    """Whether the actor reads everybody's tickets, internal notes included."""
    if actor.is_process or actor.role in READERS_OF_ALL:
        return True
    return actor.department is Department.IT_SUPPORT and actor.role in (Role.CLERK, Role.CHECKER)


def narrowed(
    found: QuerySet[Ticket],
    *,
    state: str = "",
    category: str = "",
    overdue_at: datetime | None = None,
) -> QuerySet[Ticket]:
    """Tickets among `found` in a state ("open" for all that are not resolved), late at a moment."""
    if state == "open":
        found = found.filter(state__in=rules.OPEN)
    elif state:
        found = found.filter(state=state)
    if category:
        found = found.filter(category=category)
    if overdue_at is not None:
        found = found.filter(state__in=rules.OPEN, due_at__lt=overdue_at)
    return found


def messages(*, ticket_id: int, actor: Actor) -> QuerySet[TicketMessage]:
    """What was said on a ticket; internal notes only for those who read all tickets."""
    found = TicketMessage.objects.filter(ticket_id=ticket_id).order_by("pk")
    if reads_all(actor):
        return found
    return found.filter(ticket__requester_id=actor.staff_id, visibility="public")
