"""Read a document: whoever may, with a trace of it in the trail."""

from datetime import datetime

from backoffice.frame import audit
from backoffice.kernel.actors import Actor
from records import queries
from records.models import Document
from records.superseding import NoSuchDocument


def open_document(*, document_id: int, actor: Actor, at: datetime) -> Document:
    """The document, its reading on the trail; `queries.content` has its bytes.

    Raises:
        NoSuchDocument: it is not there, or not for this actor, which is not told apart.
    """
    found = queries.visible_to(queries.documents(), actor=actor).filter(pk=document_id).first()
    if found is None:
        raise NoSuchDocument(document=document_id)
    audit.record(
        actor=actor,
        at=at,
        verb="reading.open_document",
        subject_kind="records.document",
        subject_id=document_id,
        detail={"number": found.number, "sha256": found.content.sha256},
    )
    return found
