"""Put work on the desk."""

from datetime import datetime
from typing import Any

from django.db import transaction

from backoffice.desk.models import WorkItem
from backoffice.frame import audit
from backoffice.kernel.actors import Actor


def open_item(
    *,
    kind: str,
    department: str,
    subject_kind: str,
    subject_ref: str,
    title_en: str,
    title_th: str,
    actor: Actor,
    at: datetime,
    due_at: datetime | None = None,
    priority: int = 3,
    requested_by: int | None = None,
    payload: dict[str, Any] | None = None,
) -> int:
    """Open a work item; while one of this kind is open for the subject, it is that one.

    Args:
        kind: what is to be done, such as "portal.price_request".
        department: whose queue it joins (backoffice.kernel.actors.Department).
        due_at: when it should be answered (aware, UTC).
        priority: 1 critical … 4 low.
        requested_by: staff id of the person who waits for the answer.

    Returns:
        The item's id.
    """
    with transaction.atomic():
        item, created = WorkItem.objects.get_or_create(
            kind=kind,
            subject_kind=subject_kind,
            subject_ref=subject_ref,
            state__in=WorkItem.WAITING,
            defaults={
                "department": department,
                "title_en": title_en[:200],
                "title_th": title_th[:200],
                "payload": payload or {},
                "priority": priority,
                "created_at": at,
                "due_at": due_at,
                "requested_by_id": requested_by,
                "state": WorkItem.State.OPEN,
            },
        )
        if created:
            audit.record(
                actor=actor,
                at=at,
                verb="queueing.open_item",
                subject_kind="desk.item",
                subject_id=item.pk,
                detail={"kind": kind, "subject": subject_ref},
            )
        return item.pk
