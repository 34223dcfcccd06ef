"""Versions: a document is never changed; a later one takes its place."""

from datetime import datetime
from typing import IO

from django.db import transaction

from backoffice.kernel.actors import Actor
from backoffice.kernel.refusals import Place, Refused
from records import filing, rules
from records.models import Document


class NoSuchDocument(Refused):
    """No document has this id."""

    code = "document-unknown"
    status = 404
    en = "There is no document {document}."
    th = "ไม่มีเอกสาร {document}"


class AlreadySuperseded(Refused):
    """Only the latest version can be superseded: the chain does not fork."""

    code = "document-already-superseded"
    status = 409
    en = "{number} was superseded by {successor}; supersede that one."
    th = "{number} ถูกแทนที่ด้วย {successor} แล้ว กรุณาแทนที่ฉบับนั้น"


class NoReason(Refused):
    """A new version says why it was needed."""

    code = "reason-missing"
    en = "Say why a new version is needed."
    th = "กรุณาระบุเหตุผลของฉบับใหม่"


def supersede(
    *,
    document_id: int,
    content: bytes | IO[bytes],
    reason: str,
    actor: Actor,
    at: datetime,
    title: str = "",
    media_type: str = "",
) -> filing.FiledDocument:
    """File a new version of a document: same class and source key, a number of its own.

    The same content as the version that it would replace changes nothing.

    Args:
        reason: why the earlier version no longer holds (300 characters at most).
        title, media_type: as before when left empty.

    Raises:
        NotAllowed, NoSuchDocument, AlreadySuperseded, NoReason, BadFiling, SeriesFull.
    """
    with transaction.atomic():
        before = _locked(document_id)
        filing.require_writer(actor, before.record_class)
        sha256, size = filing.measured(content)
        if sha256 == before.content.sha256:
            return filing.told(before, already_there=True)
        later = Document.objects.filter(supersedes=before).select_related("content").first()
        if later is not None:
            raise AlreadySuperseded(number=before.number, successor=later.number)
        particulars = filing.Particulars(
            record_class=before.record_class,
            title=rules.title(title or before.title),
            media_type=rules.media_type(media_type or before.media_type),
            source_key=before.source_key,
            reason=_reason(reason),
        )
        stored = filing.store(content, sha256=sha256, size=size, at=at)
        return filing.enter(particulars, stored, supersedes=before, actor=actor, at=at)


def _locked(document_id: int) -> Document:
    found = Document.objects.filter(pk=document_id).values_list("record_class", flat=True).first()
    if found is None:
        raise NoSuchDocument(document=document_id)
    filing.serialise(found)
    return Document.objects.select_related("content", "record_class").get(pk=document_id)


def _reason(text: str) -> str:
    reason = " ".join(text.split())
    if not reason or len(reason) > 300:
        raise NoReason(Place(field="reason"))
    return reason
