"""Four eyes: a maker proposes, another person approves or rejects; the effect comes with approval.

ASVS 5.0 2.3.5. The database refuses maker = checker as well.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from backoffice.desk import claiming, queueing
from backoffice.desk.models import WorkItem
from backoffice.frame import audit
from backoffice.kernel.actors import Actor, Department, Role
from backoffice.kernel.refusals import Refused

Decision = Callable[..., None]
DECIDERS = (Role.CHECKER, Role.MANAGER)


class SamePerson(Refused):
    """Maker and checker must be two people."""

    code = "maker-is-checker"
    status = 403
    en = "You proposed this yourself; another person must decide."
    th = "ท่านเป็นผู้เสนอรายการนี้เอง ต้องให้บุคคลอื่นเป็นผู้อนุมัติ"


class NotAProposal(Refused):
    """The work item does not ask for a decision."""

    code = "not-a-proposal"
    status = 409
    en = "Work item {item} does not ask for approval."
    th = "งาน {item} ไม่ใช่รายการที่ต้องอนุมัติ"


def propose(
    *,
    kind: str,
    department: str,
    subject_kind: str,
    subject_ref: str,
    title_en: str,
    title_th: str,
    payload: dict[str, Any],
    actor: Actor,
    at: datetime,
    due_at: datetime | None = None,
    priority: int = 3,
) -> int:
    """Ask for a second person's decision; `kind` names the effect on the reactions page.

    While one proposal of this kind waits for the subject, asking again gives that one: its maker
    stays its maker, so that no colleague's repetition lets the maker approve their own words.

    Returns:
        The work item's id.
    """
    with transaction.atomic():
        item_id = queueing.open_item(
            kind=kind,
            department=department,
            subject_kind=subject_kind,
            subject_ref=subject_ref,
            title_en=title_en,
            title_th=title_th,
            payload=payload,
            due_at=due_at,
            priority=priority,
            requested_by=actor.staff_id,
            actor=actor,
            at=at,
        )
        _await_checker([item_id], maker=actor)
        return item_id


def propose_many(
    *,
    kind: str,
    department: str,
    subject_kind: str,
    work: Sequence[queueing.Work],
    actor: Actor,
    at: datetime,
    due_at: datetime | None = None,
    priority: int = 3,
) -> dict[str, int]:
    """Ask for a decision about each of many subjects, as `propose` does; a few statements for all.

    Returns:
        The item of each subject.
    """
    with transaction.atomic():
        items = queueing.open_items(
            kind=kind,
            department=department,
            subject_kind=subject_kind,
            work=work,
            due_at=due_at,
            priority=priority,
            requested_by=actor.staff_id,
            actor=actor,
            at=at,
        )
        _await_checker(items.values(), maker=actor)
        return items


def _await_checker(item_ids: Iterable[int], *, maker: Actor) -> None:
    """What is fresh waits for a second person; who asked first stays its maker."""
    fresh = WorkItem.objects.filter(pk__in=item_ids, needs_approval=False)
    fresh.update(needs_approval=True, maker_id=maker.staff_id)


def approve(*, item_id: int, actor: Actor, at: datetime, note: str = "") -> WorkItem:
    """Approve; the effect happens in this transaction, or nothing does. Raises SamePerson."""
    return _decide(item_id, actor, at, note, approved=True)


def reject(*, item_id: int, actor: Actor, at: datetime, note: str = "") -> WorkItem:
    """Reject, with a reason. Raises SamePerson."""
    return _decide(item_id, actor, at, note, approved=False)


def _decide(item_id: int, actor: Actor, at: datetime, note: str, *, approved: bool) -> WorkItem:
    with transaction.atomic():
        item = claiming.locked(item_id=item_id)
        if not item.needs_approval:
            raise NotAProposal(item=item_id)
        actor.require(*DECIDERS, department=Department(item.department))
        if item.maker_id is not None and item.maker_id == actor.staff_id:
            raise SamePerson
        item.checker_id = actor.staff_id
        state = WorkItem.State.APPROVED if approved else WorkItem.State.REJECTED
        claiming.close(item=item, state=state, answer=note, at=at)
        decisions: Mapping[str, Decision] = import_string(settings.DESK_DECISIONS)
        if item.kind in decisions:
            decisions[item.kind](payload=item.payload, approved=approved, actor=actor, at=at)
        audit.record(
            actor=actor,
            at=at,
            verb="approving.approve" if approved else "approving.reject",
            subject_kind="desk.item",
            subject_id=item_id,
            detail={"note": note},
        )
        return item
