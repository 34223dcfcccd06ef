"""Fixity: compute the hash again from what is stored, in constant memory."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from backoffice.frame import audit
from backoffice.kernel.actors import Actor, Role
from backoffice.outbox import publishing
from records import queries
from records.events import ContentDamaged
from records.models import Document
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
            publishing.publish(
                event=ContentDamaged(
                    document_id=document_id,
                    number=document.number,
                    expected_sha256=found.expected,
                    found_sha256=found.found,
                ),
                at=at,
            )
        return found


def _recomputed(document: Document) -> Verification:
    digest, size = hashlib.sha256(), 0
    for piece in queries.content(document.pk):
        digest.update(piece)
        size += len(piece)
    found = digest.hexdigest()
    return Verification(
        document_id=document.pk,
        number=document.number,
        expected=document.content.sha256,
        found=found,
        size=size,
        intact=(found, size) == (document.content.sha256, document.content.size),
    )
