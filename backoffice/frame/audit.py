"""The trail of acts. `record` belongs in the same transaction as the act itself."""

from collections.abc import Iterable, Mapping
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


def record_many(
    *,
    actor: Actor,
    at: datetime,
    verb: str,
    subject_kind: str,
    details: Mapping[Any, dict[str, Any]] | Iterable[tuple[Any, dict[str, Any]]],
) -> None:
    """Write the same act for many subjects at once: subject's identifier → details.

    Pairs instead of a mapping where a subject may come more than once.
    """
    told = details.items() if isinstance(details, Mapping) else details
    request_id = str(get_contextvars().get("request_id", ""))
    AuditEvent.objects.bulk_create(
        (
            AuditEvent(
                recorded_at=at,
                actor=actor.name,
                staff_id=actor.staff_id,
                channel=actor.channel,
                verb=verb,
                subject_kind=subject_kind,
                subject_id=str(subject_id),
                detail=detail,
                request_id=request_id,
            )
            for subject_id, detail in told
        ),
        batch_size=2_000,
    )
