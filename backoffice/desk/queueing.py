"""Put work on the desk."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from backoffice.desk.models import WorkItem
from backoffice.frame import audit
from backoffice.kernel.actors import Actor


@dataclass(frozen=True, slots=True)
class Work:
    """One subject's work among many of a kind; see `open_item` for the fields."""

    subject_ref: str
    title_en: str
    title_th: str
    payload: dict[str, Any] = field(default_factory=dict)


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


def open_items(
    *,
    kind: str,
    department: str,
    subject_kind: str,
    work: Sequence[Work],
    actor: Actor,
    at: datetime,
    due_at: datetime | None = None,
    priority: int = 3,
    requested_by: int | None = None,
) -> dict[str, int]:
    """Open many work items of a kind, each as `open_item` does; a few statements for any number.

    Returns:
        The item of each subject.
    """
    refs = [one.subject_ref for one in work]
    if not refs:
        return {}
    waiting = WorkItem.objects.filter(
        kind=kind, subject_kind=subject_kind, subject_ref__in=refs, state__in=WorkItem.WAITING
    )
    with transaction.atomic():
        items = dict(waiting.values_list("subject_ref", "pk"))
        known = set(items.values())
        new = [
            WorkItem(
                kind=kind,
                department=department,
                subject_kind=subject_kind,
                subject_ref=one.subject_ref,
                title_en=one.title_en[:200],
                title_th=one.title_th[:200],
                payload=one.payload,
                priority=priority,
                created_at=at,
                due_at=due_at,
                requested_by_id=requested_by,
                state=WorkItem.State.OPEN,
            )
            for one in work
        ]
        # Somebody else's item that kept ours out may be closed before it is read: then ours again.
        while missing := [item for item in new if item.subject_ref not in items]:
            WorkItem.objects.bulk_create(missing, ignore_conflicts=True, batch_size=2_000)
            items = dict(waiting.values_list("subject_ref", "pk"))
        audit.record_many(
            actor=actor,
            at=at,
            verb="queueing.open_item",
            subject_kind="desk.item",
            details={
                items[ref]: {"kind": kind, "subject": ref}
                for ref in dict.fromkeys(refs)
                if items[ref] not in known
            },
        )
        return items
