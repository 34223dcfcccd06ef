"""Fixity: compute the hash again from what is stored, in constant memory."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from backoffice.frame import audit
from backoffice.kernel.actors import Actor, Role
from backoffice.outbox import publishing
from records import queries
from records.events import ContentDamaged
from records.models import Content, Document
from records.superseding import NoSuchDocument


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found.

    Attributes:
        expected: the SHA-256 that the document was filed with.
        found: the SHA-256 of the stored bytes.
        size: number of stored bytes.
        intact: both the hash and the size are as filed.
    """

    document_id: int
    number: str
    expected: str
    found: str
    size: int
    intact: bool


@dataclass(frozen=True, slots=True)
class Round:
    """What a round over all contents came to.

    Attributes:
        contents, size: how many contents were checked, and their bytes together.
        damaged: the numbers of the documents whose content is not as filed.
    """

    contents: int
    size: int
    damaged: tuple[str, ...]


def verify(*, document_id: int, actor: Actor, at: datetime) -> Verification:
    """Recompute a document's hash; a damaged content is told to whoever listens.

    Raises:
        NotAllowed, NoSuchDocument.
    """
    actor.require(Role.CLERK, Role.CHECKER, Role.MANAGER, Role.AUDITOR, Role.INTEGRATOR)
    with transaction.atomic():
        document = (
            queries.visible_to(Document.objects.select_related("content"), actor=actor)
            .filter(pk=document_id)
            .first()
        )
        if document is None:
            raise NoSuchDocument(document=document_id)
        found = _recomputed(document)
        audit.record(
            actor=actor,
            at=at,
            verb="verifying.verify",
            subject_kind="records.document",
            subject_id=document_id,
            detail={"intact": found.intact, "found": found.found},
        )
        if not found.intact:
            _tell_damage(found, at)
        return found


def verify_all(
    *,
    actor: Actor,
    at: datetime,
    progress: Callable[[int, int], object] = lambda _checked, _total: None,
) -> Round:
    """Check every content once, in the order of storing, in constant memory.

    Args:
        progress: called with (contents checked, contents in all) after each.

    Raises:
        NotAllowed.
    """
    actor.require(Role.MANAGER, Role.AUDITOR)
    total, checked, size = Content.objects.count(), 0, 0
    damaged: list[str] = []
    for stored in _contents():
        found, read = _hashed(stored.pk)
        checked, size = checked + 1, size + read
        if (found, read) != (stored.sha256, stored.size):
            damaged += _damaged_documents(stored, found, read, at)
        progress(checked, total)
    audit.record(
        actor=actor,
        at=at,
        verb="verifying.verify_all",
        subject_kind="records.content",
        subject_id="all",
        detail={"contents": checked, "bytes": size, "damaged": damaged},
    )
    return Round(contents=checked, size=size, damaged=tuple(damaged))


def _contents() -> Iterator[Content]:
    last = 0
    while batch := list(Content.objects.filter(pk__gt=last).order_by("pk")[:500]):
        yield from batch
        last = batch[-1].pk


def _damaged_documents(stored: Content, found: str, read: int, at: datetime) -> list[str]:
    with transaction.atomic():
        rows = Document.objects.filter(content=stored).order_by("pk").values_list("pk", "number")
        for pk, number in rows:
            _tell_damage(
                Verification(
                    document_id=pk,
                    number=number,
                    expected=stored.sha256,
                    found=found,
                    size=read,
                    intact=False,
                ),
                at,
            )
        return [number for _pk, number in rows]


def _tell_damage(found: Verification, at: datetime) -> None:
    publishing.publish(
        event=ContentDamaged(
            document_id=found.document_id,
            number=found.number,
            expected_sha256=found.expected,
            found_sha256=found.found,
        ),
        at=at,
    )


def _hashed(content_id: int) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    for piece in queries.chunks(content_id):
        digest.update(piece)
        size += len(piece)
    return digest.hexdigest(), size


def _recomputed(document: Document) -> Verification:
    found, size = _hashed(document.content_id)
    return Verification(
        document_id=document.pk,
        number=document.number,
        expected=document.content.sha256,
        found=found,
        size=size,
        intact=(found, size) == (document.content.sha256, document.content.size),
    )
