"""Reads of the queues."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from backoffice.desk.models import WorkItem, WorkNote


@dataclass(frozen=True, slots=True)
class QueueCount:
    """How a department's queue stands."""

    department: str
    open: int
    claimed: int
    overdue: int
    approvals: int


def queue_counts(*, at: datetime) -> list[QueueCount]:
    """One row a department that has waiting items, in one query."""
    rows = (
        WorkItem.objects.filter(state__in=WorkItem.WAITING)
        .values("department")
        .order_by("department")
        .annotate(
            open=Count("pk", filter=Q(state="open")),
            claimed=Count("pk", filter=Q(state="claimed")),
            overdue=Count("pk", filter=Q(due_at__lt=at)),
            approvals=Count("pk", filter=Q(needs_approval=True)),
        )
    )
    return [QueueCount(**row) for row in rows]


def waiting_subjects(
    *, kind: str, told: Mapping[str, Any] | None = None
) -> dict[str, dict[str, Any]]:
    """Subject → payload of the items of a kind that wait; of those alone that tell all of `told`.

    One query, of items of one kind of subject.
    """
    items = WorkItem.objects.filter(state__in=WorkItem.WAITING, kind=kind)
    if told:
        items = items.filter(payload__contains=dict(told))
    return dict(items.values_list("subject_ref", "payload"))


def asked_by(*, staff_id: int) -> QuerySet[WorkItem]:
    """The items that a person waits for, newest first."""
    return WorkItem.objects.filter(requested_by_id=staff_id).order_by("-pk")


def open_notes(*, item_id: int) -> QuerySet[WorkNote]:
    """The notes that the person who asked may read."""
    return WorkNote.objects.filter(item_id=item_id, internal=False).select_related("author")


def waiting_item(*, item_id: int, kind: str) -> WorkItem | None:
    """The item of this kind that still waits for an answer, or None."""
    items = WorkItem.objects.select_related("requested_by")
    return items.filter(pk=item_id, kind=kind, state__in=WorkItem.WAITING).first()
