"""The trail of acts. `record` belongs in the same transaction as the act itself."""

from datetime import datetime
from typing import Any

from structlog.contextvars import get_contextvars

from backoffice.frame.models import AuditEvent
from backoffice.kernel.actors import Actor


def record(
    *,
    actor: Actor,
    at: datetime,
    verb: str,
    subject_kind: str,
    subject_id: object,
    detail: dict[str, Any] | None = None,
) -> AuditEvent:
    """Write that `actor` did `verb` to a subject at `at` (aware, UTC).

    Args:
        verb: past-tense or imperative act, such as "holds.place".
        subject_kind: app and noun, such as "compliance.hold".
        subject_id: the subject's identifier, kept as text.
        detail: JSON-able facts that explain the act; no secrets.
    """
    return AuditEvent.objects.create(
        recorded_at=at,
        actor=actor.name,
        staff_id=actor.staff_id,
        channel=actor.channel,
        verb=verb,
        subject_kind=subject_kind,
        subject_id=str(subject_id),
        detail=detail or {},
        request_id=str(get_contextvars().get("request_id", "")),
    )
