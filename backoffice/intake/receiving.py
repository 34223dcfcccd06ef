"""Receive a file, take it once it was looked at, or drop it. The work itself is a job's."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from backoffice.frame import audit
from backoffice.intake import kinds
from backoffice.intake.kinds import WRITERS, Kind
from backoffice.intake.models import Upload, UploadPart
from backoffice.kernel import thai
from backoffice.kernel.actors import Actor, NotSignedIn
from backoffice.kernel.refusals import Place, Refused
from backoffice.outbox import jobs

JOB: Final = "intake"
PART: Final = 1 << 20
BYTES_MAX: Final = 512 * PART
FORGOTTEN: Final = timedelta(days=7)
State = Upload.State


class FileEmpty(Refused):
    """A file without a byte."""

    code = "upload-empty"
    en = "The file is empty."
    th = "ไฟล์ว่างเปล่า"


class FileTooLarge(Refused):
    """More than a page can carry; the commands take files of any length."""

    code = "upload-too-large"
    status = 413
    en = "The file is larger than {most} MB. A command on the server takes it."
    th = "ไฟล์ใหญ่เกิน {most} MB กรุณานำเข้าด้วยคำสั่งบนเครื่องแม่ข่าย"


class TakenAlready(Refused):
    """The same bytes were taken before, into the same books."""

    code = "upload-taken-already"
    status = 409
    en = "This file was taken already on {day} by {by}, under the name {name}. Nothing is done."
    th = "ไฟล์นี้รับเข้าแล้วเมื่อ {day_th} โดย {by} ในชื่อ {name} จึงไม่มีการทำซ้ำ"

    def __init__(self, place: Place | None, /, *, earlier: Upload) -> None:
        self.upload_id = earlier.pk
        moment = earlier.finished_at or earlier.decided_at or earlier.received_at
        local = timezone.localtime(moment)
        super().__init__(
            place,
            day=f"{local:%d %b %Y %H:%M}",
            day_th=f"{thai.format_date(local.date(), style='medium')} {local:%H:%M} น.",
            by=(earlier.decided_by or earlier.received_by).username,
            name=earlier.name,
        )


class NotWaiting(Refused):
    """The file is at work, or its fate is decided."""

    code = "upload-not-waiting"
    status = 409
    en = "{name} does not wait for a decision any more."
    th = "{name} ไม่ได้รอการตัดสินใจแล้ว"


def receive(
    *,
    kind: str,
    name: str,
    chunks: Iterable[bytes],
    options: Mapping[str, str],
    actor: Actor,
    at: datetime,
) -> Upload:
    """Keep a file's bytes and have it looked at; nothing of it counts yet.

    Args:
        kind: a code of `kinds.kinds()`.
        chunks: the bytes, in pieces of any size; memory does not grow with the file.
        options: what the form of the kind asks.

    Raises:
        KindUnknown, NotAllowed, FileEmpty, FileTooLarge, TakenAlready; NotSignedIn: a process
            brings no files.
    """
    wanted = kinds.find(kind)
    actor.require(*WRITERS, department=wanted.department)
    if actor.staff_id is None:
        raise NotSignedIn
    with transaction.atomic():
        _forget(wanted, at)
        upload = Upload.objects.create(
            kind=kind,
            department=wanted.department.value,
            scope=options.get(wanted.scope, "")[:40] if wanted.scope else "",
            name=name[-200:],
            size=0,
            lines=0,
            options=dict(options),
            received_at=at,
            received_by_id=actor.staff_id,
        )
        _keep(upload, chunks)
        _refuse_known(upload)
        audit.record(
            actor=actor,
            at=at,
            verb="intake.receive",
            subject_kind="intake.upload",
            subject_id=upload.pk,
            detail={"kind": kind, "name": upload.name, "sha256": upload.sha256},
        )
        _hand_over(upload, "check", at)
    return upload


def take(*, upload_id: int, actor: Actor, at: datetime) -> Upload:
    """Have a file taken that was looked at.

    Raises:
        NotAllowed, NotWaiting, TakenAlready: somebody else took the same bytes meanwhile.
    """
    return _decide(upload_id, State.TAKING, actor, at, verb="intake.take")


def drop(*, upload_id: int, actor: Actor, at: datetime) -> Upload:
    """Give a file up that was looked at: its bytes go, what the check found stays.

    Raises:
        NotAllowed, NotWaiting.
    """
    with transaction.atomic():
        upload = _decide(upload_id, State.DROPPED, actor, at, verb="intake.drop")
        UploadPart.objects.filter(upload=upload).delete()
    return upload


def partition_of(upload: Upload) -> str:
    """The job that is at a file now: its partition."""
    return f"{upload.pk}:{'check' if upload.state == State.CHECKING else 'take'}"


def _decide(upload_id: int, state: str, actor: Actor, at: datetime, *, verb: str) -> Upload:
    with transaction.atomic():
        upload = Upload.objects.select_for_update(of=("self",)).get(pk=upload_id)
        actor.require(*WRITERS, department=kinds.find(upload.kind).department)
        if upload.state != State.CHECKED:
            raise NotWaiting(name=upload.name)
        upload.state, upload.decided_at, upload.decided_by_id = state, at, actor.staff_id
        try:
            with transaction.atomic():
                upload.save(update_fields=["state", "decided_at", "decided_by"])
        except IntegrityError:
            _refuse_known(upload)
            raise
        audit.record(
            actor=actor, at=at, verb=verb, subject_kind="intake.upload", subject_id=upload.pk
        )
        if state == State.TAKING:
            _hand_over(upload, "take", at)
    return upload


def _keep(upload: Upload, chunks: Iterable[bytes]) -> None:
    digest, number, waiting = hashlib.sha256(), 0, bytearray()
    for chunk in chunks:
        digest.update(chunk)
        upload.size += len(chunk)
        upload.lines += chunk.count(b"\n")
        if upload.size > BYTES_MAX:
            raise FileTooLarge(Place(upload.name), most=BYTES_MAX // PART)
        waiting += chunk
        while len(waiting) >= PART:
            UploadPart.objects.create(upload=upload, number=number, content=bytes(waiting[:PART]))
            del waiting[:PART]
            number += 1
    if not upload.size:
        raise FileEmpty(Place(upload.name))
    if waiting:
        UploadPart.objects.create(upload=upload, number=number, content=bytes(waiting))
    upload.sha256 = digest.hexdigest()
    upload.save(update_fields=["sha256", "size", "lines"])


def _refuse_known(upload: Upload) -> None:
    same = Upload.objects.filter(
        kind=upload.kind,
        scope=upload.scope,
        sha256=upload.sha256,
        state__in=[State.TAKING, State.TAKEN],
    )
    found = same.exclude(pk=upload.pk).select_related("received_by", "decided_by").first()
    if found is not None:
        raise TakenAlready(Place(upload.name), earlier=found)


def _forget(kind: Kind, at: datetime) -> None:
    """Files that nobody decided about for a week are dropped, so that their bytes go.

    One that is being decided about at this moment is left: its bytes are wanted still.
    """
    left = Upload.objects.filter(
        kind=kind.code, state=State.CHECKED, received_at__lt=at - FORGOTTEN
    ).select_for_update(skip_locked=True)
    ids = list(left.values_list("pk", flat=True))
    UploadPart.objects.filter(upload__in=ids).delete()
    Upload.objects.filter(pk__in=ids).update(state=State.DROPPED, decided_at=at)


def _hand_over(upload: Upload, act: str, at: datetime) -> int:
    return jobs.ensure(
        kind=JOB,
        business_date=timezone.localtime(upload.received_at).date(),
        partition=f"{upload.pk}:{act}",
        at=at,
    )
