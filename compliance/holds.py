"""Holds: place, release, ask. A payment and a hold meet on one locked row (see README)."""

from collections.abc import Iterable
from datetime import datetime

from django.db import connection, transaction

from backoffice.frame import audit
from backoffice.kernel.actors import Actor, Department, Role
from backoffice.kernel.refusals import Place, Refused
from backoffice.outbox import publishing
from compliance.events import HoldPlaced, HoldReleased
from compliance.models import Hold, HoldRelease, HoldSubject, Party
from compliance.rules import Subject, subjects_in_order

# The order by (kind, ref) is the lock order; rows that exist are not touched.
ENSURE_SQL = """
    INSERT INTO compliance_holdsubject (kind, ref, open_holds)
    SELECT w.kind, w.ref, 0 FROM unnest(%s::text[], %s::text[]) AS w(kind, ref)
    WHERE NOT EXISTS (
        SELECT 1 FROM compliance_holdsubject s WHERE s.kind = w.kind AND s.ref = w.ref
    )
    ORDER BY w.kind, w.ref
    ON CONFLICT (kind, ref) DO NOTHING
"""
SHARE_SQL = """
    WITH locked AS (
        SELECT s.kind, s.ref, s.open_holds
        FROM compliance_holdsubject s
        JOIN unnest(%s::text[], %s::text[]) AS w(kind, ref) ON s.kind = w.kind AND s.ref = w.ref
        ORDER BY s.kind, s.ref
        FOR SHARE OF s
    )
    SELECT kind, ref FROM locked WHERE open_holds > 0
"""


class Held(Refused):
    """A subject of the payment is on hold. The reason stays with compliance."""

    code = "on-hold"
    status = 409
    en = "On hold by compliance: {subjects}."
    th = "ถูกระงับโดยฝ่ายกำกับดูแล: {subjects}"

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """The subjects that are on hold, in order."""
        return tuple(self.params["held"])


class NoReason(Refused):
    """A hold and its release each carry a reason."""

    code = "reason-missing"
    en = "Give a reason."
    th = "กรุณาระบุเหตุผล"


class NoSuchSubject(Refused):
    """A hold on a party that nobody knows would stop nothing."""

    code = "hold-subject-unknown"
    status = 404
    en = "There is no party {ref!r}."
    th = "ไม่มีคู่ค้า {ref!r}"


class NoSuchHold(Refused):
    """No hold has this number."""

    code = "hold-unknown"
    status = 404
    en = "There is no hold {hold}."
    th = "ไม่มีรายการระงับ {hold}"


class AlreadyReleased(Refused):
    """A hold ends once."""

    code = "hold-already-released"
    status = 409
    en = "Hold {hold} was released before."
    th = "รายการระงับ {hold} ถูกปลดไปแล้ว"


class ReleasedByPlacer(Refused):
    """Four eyes: who placed a hold does not release it."""

    code = "hold-released-by-placer"
    status = 403
    en = "You placed hold {hold} yourself; another person must release it."
    th = "ท่านเป็นผู้สั่งระงับรายการ {hold} เอง ต้องให้บุคคลอื่นเป็นผู้ปลด"


def place(*, subject_kind: str, subject_ref: str, reason: str, actor: Actor, at: datetime) -> int:
    """Stop everything of one subject from this commit on.

    Waits for payments that have asked about the subject and not yet committed.

    Args:
        subject_kind: "party" (ref = its code), "instrument" or "trade".
        reason: kept with compliance, never shown to other departments.
        at: recorded time (aware, UTC).

    Returns:
        The hold's id.

    Raises:
        NotAllowed, NoReason, NoSuchSubject, UnknownSubjectKind.
    """
    actor.require(Role.CLERK, Role.CHECKER, Role.MANAGER, department=Department.COMPLIANCE)
    [(kind, ref)] = subjects_in_order([(subject_kind, subject_ref)])
    reason = _reason(reason)
    if kind == "party" and not Party.objects.filter(code=ref).exists():
        raise NoSuchSubject(Place(field="subject_ref"), ref=ref)
    with transaction.atomic():
        subject = _locked_subject(kind, ref)
        hold = Hold.objects.create(
            subject=subject,
            reason=reason,
            placed_by=actor.name,
            placed_by_staff_id=actor.staff_id,
            placed_at=at,
        )
        audit.record(
            actor=actor,
            at=at,
            verb="holds.place",
            subject_kind="compliance.hold",
            subject_id=hold.pk,
            # Not the reason: the trail is read by more people than holds are.
            detail={"subject": [kind, ref]},
        )
        publishing.publish(
            event=HoldPlaced(hold_id=hold.pk, subject_kind=kind, subject_ref=ref), at=at
        )
        return hold.pk


def release(*, hold_id: int, reason: str, actor: Actor, at: datetime) -> None:
    """End one hold. A person releases what another person (or a process) placed.

    Raises:
        NotAllowed, NoReason, NoSuchHold, AlreadyReleased, ReleasedByPlacer.
    """
    actor.require(Role.CHECKER, Role.MANAGER, department=Department.COMPLIANCE)
    reason = _reason(reason)
    with transaction.atomic():
        hold = Hold.objects.select_related("subject").filter(pk=hold_id).first()
        if hold is None:
            raise NoSuchHold(hold=hold_id)
        if actor.staff_id is not None and hold.placed_by_staff_id == actor.staff_id:
            raise ReleasedByPlacer(hold=hold_id)
        subject = _locked_subject(hold.subject.kind, hold.subject.ref)
        if HoldRelease.objects.filter(hold=hold).exists():
            raise AlreadyReleased(hold=hold_id)
        HoldRelease.objects.create(
            hold=hold,
            reason=reason,
            released_by=actor.name,
            released_by_staff_id=actor.staff_id,
            released_at=at,
        )
        audit.record(
            actor=actor,
            at=at,
            verb="holds.release",
            subject_kind="compliance.hold",
            subject_id=hold_id,
            detail={"subject": [subject.kind, subject.ref]},
        )
        publishing.publish(
            event=HoldReleased(
                hold_id=hold_id,
                subject_kind=subject.kind,
                subject_ref=subject.ref,
                still_held=subject.open_holds > 1,
            ),
            at=at,
        )


def held(*, subjects: Iterable[Subject]) -> set[Subject]:
    """Which of `subjects` are on hold; none of the others can become so before this commits.

    Two statements for any number of subjects. Belongs in the payment's own transaction: the
    share locks that it takes make a concurrent `place` wait, or make this wait for it.

    Raises:
        UnknownSubjectKind.
        RuntimeError: outside a transaction, where the answer would be worth nothing.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("held() belongs in the transaction of what it allows")
    wanted = subjects_in_order(subjects)
    if not wanted:
        return set()
    columns = [[kind for kind, _ref in wanted], [ref for _kind, ref in wanted]]
    with connection.cursor() as cursor:
        cursor.execute(ENSURE_SQL, columns)
        cursor.execute(SHARE_SQL, columns)
        return {(kind, ref) for kind, ref in cursor.fetchall()}


def require_clear(*, subjects: Iterable[Subject]) -> None:
    """Let the caller's transaction go on only when none of `subjects` is on hold.

    Raises:
        Held: naming the subjects on hold. UnknownSubjectKind, RuntimeError as `held`.
    """
    stopped = sorted(held(subjects=subjects))
    if stopped:
        names = ", ".join(f"{kind} {ref}" for kind, ref in stopped[:20])
        more = f" (+{len(stopped) - 20})" if len(stopped) > 20 else ""
        raise Held(subjects=names + more, held=stopped)


def _locked_subject(kind: str, ref: str) -> HoldSubject:
    """The subject's row, made if missing, locked against askers until commit."""
    with connection.cursor() as cursor:
        cursor.execute(ENSURE_SQL, [[kind], [ref]])
    return HoldSubject.objects.select_for_update().get(kind=kind, ref=ref)


def _reason(text: str) -> str:
    reason = text.strip()
    if not reason:
        raise NoReason(Place(field="reason"))
    return reason
