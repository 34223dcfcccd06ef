"""Reads of the counter."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from backoffice.desk import queries as desk
from backoffice.portal.models import Notice, Request


@dataclass(frozen=True, slots=True)
class Tally:
    """How a person's requests stand."""

    waiting: int
    answered: int
    at_once: int


def mine(*, staff_id: int) -> QuerySet[Request]:
    """A person's requests, newest first, with their work items."""
    return Request.objects.filter(asked_by_id=staff_id).select_related("item")


def tally(*, staff_id: int) -> Tally:
    """Waiting, answered, and how many of the answers came without a clerk; one query."""
    row = Request.objects.filter(asked_by_id=staff_id).aggregate(
        waiting=Count("pk", filter=Q(state=Request.State.WAITING)),
        answered=Count("pk", filter=Q(state=Request.State.ANSWERED)),
        at_once=Count("pk", filter=Q(state=Request.State.ANSWERED, item=None)),
    )
    return Tally(**row)


def notes_of(request: Request) -> list[Any]:
    """What the clerks wrote for the person who asked; internal notes stay at the desk."""
    return list(desk.open_notes(item_id=request.item_id)) if request.item_id else []


def notices_of(*, staff_id: int) -> QuerySet[Notice]:
    """A person's notices, newest first."""
    return Notice.objects.filter(person_id=staff_id).select_related("request")


def unread_count(*, staff_id: int) -> int:
    """How many notices wait to be read."""
    return Notice.objects.filter(person_id=staff_id, read_at=None).count()
