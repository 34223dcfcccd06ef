"""Reads of documents and their contents."""

from collections.abc import Iterator
from datetime import date

from django.db.models import QuerySet

from backoffice.kernel.actors import Actor, Department, Role
from records import rules
from records.models import Chunk, Document, RecordClass

READERS_OF_ALL = (Role.MANAGER, Role.AUDITOR, Role.INTEGRATOR)


def content(document_id: int) -> Iterator[bytes]:
    """The document's bytes, 1 MiB at a time, one chunk in memory; empty when there is none."""
    content_id = (
        Document.objects.filter(pk=document_id).values_list("content_id", flat=True).first()
    )
    return iter(()) if content_id is None else chunks(content_id)


def content_bytes(document_id: int) -> bytes:
    """The document's bytes at once; for contents that are known to be small."""
    return b"".join(content(document_id))


def documents(
    *,
    record_class: str = "",
    filed_from: date | None = None,
    filed_to: date | None = None,
    title: str = "",
    source_key: str = "",
    current: bool | None = None,
) -> QuerySet[Document]:
    """Documents with class, content and successor read along; each filter narrows.

    Args:
        filed_from, filed_to: first and last day of filing (Bangkok), both included.
        title: a part of the title, or the whole number.
        current: only the latest versions (True), only superseded ones (False), or both (None).
    """
    found = Document.objects.select_related("record_class", "content", "superseded_by")
    if record_class:
        found = found.filter(record_class=record_class)
    if filed_from:
        found = found.filter(filed_on__gte=filed_from)
    if filed_to:
        found = found.filter(filed_on__lte=filed_to)
    if source_key:
        found = found.filter(source_key=source_key)
    if current is not None:
        found = found.filter(superseded_by__isnull=current)
    if title:
        wanted = rules.searchable(title)
        found = found.filter(title__icontains=wanted) | found.filter(number=wanted)
    return found


def visible_to(found: QuerySet[Document], *, actor: Actor) -> QuerySet[Document]:
    """The documents among `found` that the actor may read.

    Managers, auditors, other systems and the records department read all; clerks and checkers
    the classes that their department owns; the front office none (it asks the desk).
    """
    if actor.is_process or actor.role in READERS_OF_ALL:
        return found
    if actor.role is Role.FRONT_OFFICE or actor.department is None:
        return found.none()
    if actor.department is Department.RECORDS:
        return found
    return found.filter(record_class__owner=actor.department.value)


def versions(*, document_id: int) -> QuerySet[Document]:
    """All versions under the document's source key, the first one first."""
    chosen = Document.objects.filter(pk=document_id)
    return (
        documents()
        .filter(
            record_class__in=chosen.values("record_class"),
            source_key__in=chosen.values("source_key"),
        )
        .order_by("version")
    )


def kept_until(document: Document) -> date | None:
    """The last day on which a document (read by `documents`) must be kept; None: not yet known."""
    plan = document.record_class
    return rules.kept_until(document.filed_on, years=plan.retention_years, trigger=plan.trigger)


def classes() -> QuerySet[RecordClass]:
    """The filing plan."""
    return RecordClass.objects.all()


def chunks(content_id: int) -> Iterator[bytes]:
    """A stored content's chunks in order, one in memory at a time."""
    position = 0
    while True:
        # By key, not by a server-side cursor: pgbouncer may change the connection between chunks.
        data = (
            Chunk.objects.filter(content_id=content_id, position=position)
            .values_list("data", flat=True)
            .first()
        )
        if data is None:
            return
        yield bytes(data)
        position += 1
