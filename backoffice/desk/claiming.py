"""Take work from a queue: one person an item, for as long as the lease lasts."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from backoffice.desk.events import WorkItemClosed
from backoffice.desk.models import WorkItem, WorkNote
from backoffice.frame import audit
from backoffice.kernel.actors import Actor, Department, Role
from backoffice.kernel.refusals import Refused
from backoffice.outbox import publishing

LEASE = timedelta(minutes=30)
DESK_ROLES = (Role.CLERK, Role.CHECKER, Role.MANAGER)


class ItemGone(Refused):
    """No such item, or it is closed."""

    code = "work-item-closed"
    status = 409
    en = "Work item {item} is closed or does not exist."
    th = "งาน {item} ปิดแล้วหรือไม่มีอยู่"


class ItemTaken(Refused):
    """Somebody else is working on it."""

    code = "work-item-taken"
    status = 409
    en = "Work item {item} is being worked on by {who}."
    th = "งาน {item} อยู่ระหว่างดำเนินการโดย {who}"


class NeedsTwo(Refused):
    """The item needs a maker and a checker; it cannot simply be completed."""

    code = "work-item-needs-approval"
    status = 409
    en = "Work item {item} needs approval by a second person."
    th = "งาน {item} ต้องได้รับอนุมัติจากบุคคลที่สอง"


def claim(*, item_id: int, actor: Actor, at: datetime) -> WorkItem:
    """Take one item for half an hour; taking one's own again renews the lease.

    Raises:
        ItemGone, ItemTaken, NotAllowed.
    """
    with transaction.atomic():
        item = locked(item_id=item_id)
        actor.require(*DESK_ROLES, department=Department(item.department))
        if item.claimed_by_id not in (None, actor.staff_id) and _leased(item, at):
            raise ItemTaken(item=item_id, who=item.claimed_by)
        return _take(item, actor, at)


def next_item(*, department: str, actor: Actor, at: datetime, kind: str = "") -> WorkItem | None:
    """Take the most urgent free item of a department, or None; nobody waits for a colleague."""
    actor.require(*DESK_ROLES, department=Department(department))
    with transaction.atomic():
        item = (
            WorkItem.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(department=department, needs_approval=False)
            .filter(Q(state="open") | Q(state="claimed", lease_until__lte=at))
            .filter(**({"kind": kind} if kind else {}))
            .order_by("priority", F("due_at").asc(nulls_last=True), "pk")
            .first()
        )
        return None if item is None else _take(item, actor, at)


def release(*, item_id: int, actor: Actor, at: datetime) -> None:
    """Put an item back into its queue.

    Raises:
        ItemGone, ItemTaken, NotAllowed.
    """
    with transaction.atomic():
        item = locked(item_id=item_id)
        actor.require(*DESK_ROLES, department=Department(item.department))
        _require_holder(item, actor, at)
        item.state, item.claimed_by, item.lease_until = WorkItem.State.OPEN, None, None
        item.save(update_fields=["state", "claimed_by", "lease_until"])
        _trail(item, actor, at, "claiming.release")


def assign(*, item_id: int, staff_id: int, actor: Actor, at: datetime) -> None:
    """Give an item to a colleague (the department's manager, or whoever holds it).

    Raises:
        ItemGone, ItemTaken, NotAllowed.
    """
    with transaction.atomic():
        item = locked(item_id=item_id)
        actor.require(*DESK_ROLES, department=Department(item.department))
        if actor.role is not Role.MANAGER:
            _require_holder(item, actor, at)
        item.state, item.claimed_by_id, item.lease_until = "claimed", staff_id, at + LEASE
        item.save(update_fields=["state", "claimed_by", "lease_until"])
        _trail(item, actor, at, "claiming.assign")


def note(*, item_id: int, text: str, actor: Actor, at: datetime, internal: bool = True) -> None:
    """Write a note; a note that is not internal is shown to the person who asked."""
    WorkNote.objects.create(
        item_id=item_id, text=text, author_id=actor.staff_id, recorded_at=at, internal=internal
    )


def complete(*, item_id: int, answer: str, actor: Actor, at: datetime) -> WorkItem:
    """Answer and close an item.

    Raises:
        ItemGone, ItemTaken, NotAllowed, NeedsTwo (the item is an approval).
    """
    with transaction.atomic():
        item = locked(item_id=item_id)
        if item.needs_approval:
            raise NeedsTwo(item=item_id)
        actor.require(*DESK_ROLES, department=Department(item.department))
        _require_holder(item, actor, at)
        close(item=item, state=WorkItem.State.DONE, answer=answer, at=at)
        _trail(item, actor, at, "claiming.complete")
        return item


def locked(*, item_id: int) -> WorkItem:
    """The waiting item, locked for this transaction. Raises ItemGone."""
    # The holder is not joined: after a wait for the lock, PostgreSQL reads this row anew but
    # joins it to what the statement saw before the wait.
    waiting = WorkItem.objects.select_for_update().filter(state__in=WorkItem.WAITING)
    item = waiting.filter(pk=item_id).first()
    if item is None:
        raise ItemGone(item=item_id)
    return item


def close(*, item: WorkItem, state: str, answer: str, at: datetime) -> None:
    """Close a locked item and tell whoever listens. For verbs of the desk."""
    item.state, item.answer, item.closed_at, item.lease_until = state, answer, at, None
    item.save(update_fields=["state", "answer", "closed_at", "lease_until", "checker"])
    publishing.publish(
        event=_closed(item),
        at=at,
    )


def close_done(
    *,
    kind: str,
    subject_kind: str,
    subject_refs: Sequence[str],
    answer: str,
    actor: Actor,
    at: datetime,
) -> int:
    """Close the work of these subjects that did itself; a few statements for any number.

    Whoever holds one need not be asked: there is nothing left to do. Returns how many.
    """
    if not subject_refs:
        return 0
    with transaction.atomic():
        items = list(
            WorkItem.objects.select_for_update()
            .filter(
                kind=kind,
                subject_kind=subject_kind,
                subject_ref__in=subject_refs,
                state__in=WorkItem.WAITING,
                needs_approval=False,
            )
            .order_by("pk")
        )
        if not items:
            return 0
        done = WorkItem.State.DONE
        WorkItem.objects.filter(pk__in=[item.pk for item in items]).update(
            state=done, answer=answer, closed_at=at, lease_until=None
        )
        for item in items:
            item.state = done
        publishing.publish_many(events=[_closed(item) for item in items], at=at)
        audit.record_many(
            actor=actor,
            at=at,
            verb="claiming.close_done",
            subject_kind="desk.item",
            details={item.pk: {"answer": answer} for item in items},
        )
        return len(items)


def _closed(item: WorkItem) -> WorkItemClosed:
    return WorkItemClosed(
        item_id=item.pk,
        kind=item.kind,
        subject_kind=item.subject_kind,
        subject_ref=item.subject_ref,
        state=item.state,
        requested_by=item.requested_by_id,
    )


def _leased(item: WorkItem, at: datetime) -> bool:
    return item.lease_until is not None and item.lease_until > at


def _require_holder(item: WorkItem, actor: Actor, at: datetime) -> None:
    if (
        item.claimed_by_id not in (None, actor.staff_id)
        and not actor.is_process
        and _leased(item, at)
    ):
        raise ItemTaken(item=item.pk, who=item.claimed_by)


def _take(item: WorkItem, actor: Actor, at: datetime) -> WorkItem:
    item.state, item.claimed_by_id, item.lease_until = "claimed", actor.staff_id, at + LEASE
    item.save(update_fields=["state", "claimed_by", "lease_until"])
    _trail(item, actor, at, "claiming.claim")
    return item


def _trail(item: WorkItem, actor: Actor, at: datetime, verb: str) -> None:
    audit.record(actor=actor, at=at, verb=verb, subject_kind="desk.item", subject_id=item.pk)
