"""File a document: its content by its hash, its number without gaps, once for each source key."""

import hashlib
import zoneinfo
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from django.db import connection, transaction

from backoffice.frame import audit
from backoffice.kernel.actors import Actor, Department, Role
from backoffice.kernel.refusals import Place, Refused
from backoffice.outbox import publishing
from records import rules
from records.events import DocumentFiled
from records.models import Chunk, Content, Document, NumberSeries, RecordClass

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

    Waits for others who file in the same class and year, until they commit: numbers have no gaps.

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
    with transaction.atomic():
        serialise(record_class, particulars.source_key)
        sha256, size = measured(content)
        versions = list(
            Document.objects.filter(record_class=record_class, source_key=particulars.source_key)
            .select_related("content")
            .order_by("version")
        )
        for known in versions:
            if known.content.sha256 == sha256:
                return told(known, already_there=True)
        if versions:
            raise OtherContent(
                Place(field="source_key"),
                source_key=particulars.source_key,
                number=versions[-1].number,
            )
        stored = store(content, sha256=sha256, size=size, at=at)
        return enter(particulars, stored, supersedes=None, actor=actor, at=at)


def require_writer(actor: Actor, record_class: RecordClass) -> None:
    """Who files: processes, other systems, the records department, and the class's owner."""
    actor.require(*WRITERS)
    if actor.is_process or actor.role is Role.INTEGRATOR:
        return
    if actor.department is not Department.RECORDS:
        actor.require(*WRITERS, department=Department(record_class.owner))


def serialise(record_class: str, source_key: str) -> None:
    """Two filings under one key wait for each other: a transaction-scoped advisory lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"records.filing:{record_class}:{source_key}"],
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
    day = at.astimezone(BANGKOK).date()
    code = particulars.record_class.code
    document = Document.objects.create(
        record_class=particulars.record_class,
        number=rules.number(code, day.year, _next_serial(code, day.year)),
        title=particulars.title,
        media_type=particulars.media_type,
        content=content,
        source_key=particulars.source_key,
        version=supersedes.version + 1 if supersedes else 1,
        supersedes=supersedes,
        reason=particulars.reason,
        filed_by=actor.name,
        filed_by_staff_id=actor.staff_id,
        filed_at=at,
        filed_on=day,
    )
    audit.record(
        actor=actor,
        at=at,
        verb="superseding.supersede" if supersedes else "filing.file",
        subject_kind="records.document",
        subject_id=document.pk,
        detail={"number": document.number, "sha256": content.sha256},
    )
    publishing.publish(
        event=DocumentFiled(
            document_id=document.pk,
            number=document.number,
            record_class=code,
            source_key=particulars.source_key,
            sha256=content.sha256,
            supersedes=supersedes.pk if supersedes else None,
        ),
        at=at,
    )
    return told(document)


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


def _next_serial(code: str, year: int) -> int:
    """The next number of the series; its row stays locked until commit, so none is lost."""
    table = NumberSeries._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} AS s (record_class_id, year, last) VALUES (%s, %s, 1)"  # noqa: S608 -- a constant
            " ON CONFLICT (record_class_id, year) DO UPDATE SET last = s.last + 1 RETURNING last",
            [code, year],
        )
        row: tuple[int] = cursor.fetchone()
        return row[0]
