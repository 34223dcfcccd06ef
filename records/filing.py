"""File a document: its content by its hash, its number without gaps, once for each source key.

`file` takes one, of any size; `file_many` takes as many as there are, by the same rules, in a
constant number of statements for each batch.
"""

import hashlib
import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import IO, Any

from django.db import connection, transaction

from backoffice.frame import audit
from backoffice.kernel.actors import Actor, Department, Role
from backoffice.kernel.refusals import Place, Refused
from backoffice.outbox import publishing
from records import filing_sets, rules
from records.events import DocumentFiled
from records.models import Chunk, Content, Document, RecordClass

BANGKOK = zoneinfo.ZoneInfo("Asia/Bangkok")
WRITERS = (Role.CLERK, Role.CHECKER, Role.MANAGER, Role.INTEGRATOR)


class NoSuchClass(Refused):
    """The filing plan knows no such class."""

    code = "record-class-unknown"
    status = 404
    en = "There is no record class {record_class!r}."
    th = "ไม่มีหมวดเอกสาร {record_class!r}"


class OtherContent(Refused):
    """The source key stands for a document with another content: that takes a new version."""

    code = "source-key-other-content"
    status = 409
    en = "{source_key!r} is filed as {number} with another content; file a new version of it."
    th = "{source_key!r} จัดเก็บแล้วเป็นเลขที่ {number} แต่เนื้อหาต่างกัน กรุณาจัดเก็บเป็นฉบับใหม่"


@dataclass(frozen=True, slots=True)
class FiledDocument:
    """What the filer is told.

    Attributes:
        id: the document's id.
        number: such as RPT-2026-000001.
        sha256: of the content, 64 hexadecimal digits.
        version: 1 for the first filing under its source key.
        already_there: True when this very content was filed under the key before.
    """

    id: int
    number: str
    sha256: str
    version: int = 1
    already_there: bool = False


@dataclass(frozen=True, slots=True)
class Particulars:
    """A filing's checked particulars."""

    record_class: RecordClass
    title: str
    media_type: str
    source_key: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """One document of many, with what `file` takes for each; its content is in memory."""

    title: str
    content: bytes
    media_type: str
    source_key: str


def file(
    *,
    record_class: str,
    title: str,
    content: bytes | IO[bytes],
    media_type: str,
    source_key: str,
    actor: Actor,
    at: datetime,
) -> FiledDocument:
    """File a document under a class; the same content under the same source key is filed once.

    Waits for others who file in the same class, until they commit: numbers have no gaps.

    Args:
        record_class: code of the filing plan, such as "RPT".
        content: bytes, or a seekable binary file, which is read 1 MiB at a time.
        media_type: as "application/pdf".
        source_key: what the source calls it, unique in the class, such as "end-of-day:1993-01-05".
        at: recorded time (aware, UTC); the number's year is its year in Bangkok.

    Raises:
        NotAllowed, NoSuchClass, BadFiling, SeriesFull; OtherContent naming the document.
    """
    particulars = Particulars(
        record_class=_class(record_class),
        title=rules.title(title),
        media_type=rules.media_type(media_type),
        source_key=rules.source_key(source_key),
    )
    require_writer(actor, particulars.record_class)
    sha256, size = measured(content)
    with transaction.atomic():
        serialise(record_class)
        versions = _known(record_class, [particulars.source_key])
        if versions:
            found = versions[particulars.source_key]
            return _found(found, sha256, particulars.source_key, already_there=True)
        stored = store(content, sha256=sha256, size=size, at=at)
        return enter(particulars, stored, supersedes=None, actor=actor, at=at)


def file_many(
    *, record_class: str, drafts: Iterable[Draft], actor: Actor, at: datetime
) -> list[FiledDocument]:
    """File documents under a class, in order, as `file` would one after the other; all or none.

    Taken from the stream a batch at a time (1,000 documents or 4 MiB), so that neither memory nor
    the statements of a batch grow with their number.

    Raises:
        NotAllowed, NoSuchClass, BadFiling, SeriesFull; OtherContent naming the document.
    """
    kept_in = _class(record_class)
    require_writer(actor, kept_in)
    told: list[FiledDocument] = []
    with transaction.atomic():
        serialise(record_class)
        for batch in rules.batches(drafts, size=lambda draft: len(draft.content)):
            told += _file_batch(kept_in, batch, actor=actor, at=at)
    return told


def _file_batch(
    kept_in: RecordClass, batch: list[Draft], *, actor: Actor, at: datetime
) -> list[FiledDocument]:
    """File what is new of the batch; then every draft is found under its key, or refused."""
    particulars = [
        Particulars(
            record_class=kept_in,
            title=rules.title(draft.title),
            media_type=rules.media_type(draft.media_type),
            source_key=rules.source_key(draft.source_key),
        )
        for draft in batch
    ]
    hashes = [hashlib.sha256(draft.content).hexdigest() for draft in batch]
    keys = [one.source_key for one in particulars]
    known = _known(kept_in.code, keys)
    first = {key: place for place, key in reversed(list(enumerate(keys))) if key not in known}
    fresh = sorted(first.values())
    contents = filing_sets.store(
        contents={hashes[place]: batch[place].content for place in fresh}, at=at
    )
    entered = _enter_many(
        [particulars[place] for place in fresh],
        [contents[hashes[place]] for place in fresh],
        actor=actor,
        at=at,
    )
    known |= {one.source_key: [told(one)] for one in entered}
    return [
        _found(known[key], sha256, key, already_there=first.get(key) != place)
        for place, (key, sha256) in enumerate(zip(keys, hashes, strict=True))
    ]


def _found(
    versions: list[FiledDocument], sha256: str, source_key: str, *, already_there: bool
) -> FiledDocument:
    """The version that has this content. Raises OtherContent where none has."""
    for known in versions:
        if known.sha256 == sha256:
            return replace(known, already_there=already_there)
    place = Place(field="source_key")
    raise OtherContent(place, source_key=source_key, number=versions[-1].number)


def require_writer(actor: Actor, record_class: RecordClass) -> None:
    """Who files: processes, other systems, the records department, and the class's owner."""
    actor.require(*WRITERS)
    if actor.is_process or actor.role is Role.INTEGRATOR:
        return
    if actor.department is not Department.RECORDS:
        actor.require(*WRITERS, department=Department(record_class.owner))


def serialise(record_class: str) -> None:
    """Who files in a class waits for the others: a transaction-scoped advisory lock.

    One for the class and not for each key: a day's messages would fill the table of locks, and
    whoever files waits for the class's series anyway. Taken first, it leaves no room for a cycle.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"records.filing:{record_class}"],
        )


def measured(content: bytes | IO[bytes]) -> tuple[str, int]:
    """SHA-256 and size in bytes, in constant memory."""
    digest, size = hashlib.sha256(), 0
    for piece in rules.pieces(content):
        digest.update(piece)
        size += len(piece)
    return digest.hexdigest(), size


def store(content: bytes | IO[bytes], *, sha256: str, size: int, at: datetime) -> Content:
    """The stored content with this hash; its chunks are written when it is new."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO records_content (sha256, size, stored_at) VALUES (%s, %s, %s)"
            " ON CONFLICT (sha256) DO NOTHING RETURNING id",
            [sha256, size, at],
        )
        fresh = cursor.fetchone()
    if fresh is None:
        return Content.objects.get(sha256=sha256)
    for position, piece in enumerate(rules.pieces(content)):
        # One chunk in memory at a time: a batch would hold them all.
        Chunk.objects.create(content_id=fresh[0], position=position, data=piece)
    return Content(id=fresh[0], sha256=sha256, size=size, stored_at=at)


def enter(
    particulars: Particulars,
    content: Content,
    *,
    supersedes: Document | None,
    actor: Actor,
    at: datetime,
) -> FiledDocument:
    """Write the document's row with the next number, the trail and the fact."""
    later = {
        "version": supersedes.version + 1 if supersedes else 1,
        "supersedes": supersedes,
        "reason": particulars.reason,
    }
    [document] = _numbered([particulars], [content], actor=actor, at=at, **later)
    document.save(force_insert=True)
    audit.record(
        actor=actor,
        at=at,
        verb="superseding.supersede" if supersedes else "filing.file",
        subject_kind="records.document",
        subject_id=document.pk,
        detail={"number": document.number, "sha256": content.sha256},
    )
    publishing.publish(event=_fact(document), at=at)
    return told(document)


def _enter_many(
    particulars: list[Particulars], contents: list[Content], *, actor: Actor, at: datetime
) -> list[Document]:
    """`enter` for first versions: rows, numbers, trail and facts, each in one statement."""
    if not particulars:
        return []
    documents = _numbered(particulars, contents, actor=actor, at=at)
    Document.objects.bulk_create(documents)
    audit.record_many(
        actor=actor,
        at=at,
        verb="filing.file",
        subject_kind="records.document",
        details={one.pk: {"number": one.number, "sha256": one.content.sha256} for one in documents},
    )
    publishing.publish_many(events=[_fact(one) for one in documents], at=at)
    return documents


def _numbered(
    particulars: list[Particulars],
    contents: list[Content],
    *,
    actor: Actor,
    at: datetime,
    **later: Any,
) -> list[Document]:
    """Documents of one class with the next numbers of its series, not yet written."""
    day = at.astimezone(BANGKOK).date()
    code = particulars[0].record_class.code
    serials = filing_sets.serials(code, day.year, count=len(particulars))
    return [
        Document(
            record_class=one.record_class,
            number=rules.number(code, day.year, serial),
            title=one.title,
            media_type=one.media_type,
            content=content,
            source_key=one.source_key,
            filed_by=actor.name,
            filed_by_staff_id=actor.staff_id,
            filed_at=at,
            filed_on=day,
            **later,
        )
        for one, content, serial in zip(particulars, contents, serials, strict=True)
    ]


def _fact(document: Document) -> DocumentFiled:
    return DocumentFiled(
        document_id=document.pk,
        number=document.number,
        record_class=document.record_class_id,
        source_key=document.source_key,
        sha256=document.content.sha256,
        supersedes=document.supersedes_id,
    )


def told(document: Document, *, already_there: bool = False) -> FiledDocument:
    """The document as its filer is told of it."""
    return FiledDocument(
        id=document.pk,
        number=document.number,
        sha256=document.content.sha256,
        version=document.version,
        already_there=already_there,
    )


def _class(code: str) -> RecordClass:
    found = RecordClass.objects.filter(pk=code).first()
    if found is None:
        raise NoSuchClass(Place(field="record_class"), record_class=code)
    return found


def _known(record_class: str, source_keys: list[str]) -> dict[str, list[FiledDocument]]:
    """Source key → its versions, the first one first, of those that are filed. One query."""
    found: dict[str, list[FiledDocument]] = {}
    documents = Document.objects.filter(record_class=record_class, source_key__in=source_keys)
    for document in documents.select_related("content").order_by("source_key", "version"):
        found.setdefault(document.source_key, []).append(told(document))
    return found
