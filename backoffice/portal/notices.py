"""Bring an answer to the person who asked, and tell them."""

from datetime import datetime

from django.db import transaction

from backoffice.desk.events import WorkItemClosed
from backoffice.kernel.actors import Actor
from backoffice.portal import asking
from backoffice.portal.models import Notice, Request

ANSWERED = {"done", "approved"}


def answer_arrived(*, event: WorkItemClosed, at: datetime) -> None:
    """A work item closed: the request behind it gets its answer, its stamp and a notice.

    A reaction of the outbox: running it again changes nothing. Work that no request waits for is
    none of the portal's business.
    """
    with transaction.atomic():
        request = (
            Request.objects.select_for_update(of=("self",))
            .filter(
                subject_kind=event.subject_kind,
                subject_ref=event.subject_ref,
                state=Request.State.WAITING,
            )
            .first()
        )
        if request is None:
            return
        request.item_id = event.item_id
        item = request.item
        if item is None:
            return
        closed_at = item.closed_at or at
        if event.state in ANSWERED:
            asking.seal(request=request, answer=item.answer, as_of=closed_at, at=closed_at)
        else:
            _decline(request, item.answer, closed_at)
        _tell(request, at)


def mark_read(*, actor: Actor, at: datetime, request_id: int | None = None) -> int:
    """Mark the actor's notices as read: those of one request, or all. Returns how many."""
    unread = Notice.objects.filter(person_id=actor.staff_id, read_at=None)
    if request_id is not None:
        unread = unread.filter(request_id=request_id)
    return unread.update(read_at=at)


def _decline(request: Request, reason: str, at: datetime) -> None:
    request.state = Request.State.DECLINED
    request.answer, request.answered_at = reason, at
    request.save(update_fields=["state", "answer", "answered_at", "item"])


def _tell(request: Request, at: datetime) -> None:
    answered = request.state == Request.State.ANSWERED
    Notice.objects.create(
        person_id=request.asked_by_id,
        request=request,
        created_at=at,
        text_en=f"{'Answered' if answered else 'Declined'}: {request.title}"[:240],
        text_th=f"{'ตอบแล้ว' if answered else 'ไม่อนุมัติ'}: {request.title}"[:240],
    )
