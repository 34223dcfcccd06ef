"""The work on a file: look at it and roll back, or take it; progress shows while it goes on."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Any, Final

from django.db import connection, transaction

from backoffice.frame import audit
from backoffice.frame.trying import trial
from backoffice.intake import kinds
from backoffice.intake.kinds import Fared, File
from backoffice.intake.models import Upload, UploadPart
from backoffice.kernel.actors import Actor
from backoffice.kernel.refusals import Refused
from backoffice.outbox import jobs
from backoffice.people import queries as people

KEPT: Final = 1_000
"""Refusals kept with a file; the rest is counted."""
BEAT: Final = 1.0
NAME_BYTES: Final = 200
State = Upload.State


@dataclass(slots=True)
class Notes:
    """What is heard from the verb on the way."""

    lines: int = 0
    refused: int = 0
    refusals: list[dict[str, Any]] = field(default_factory=list)

    def read(self, count: int) -> None:
        """So many more lines were read."""
        self.lines += count

    def refuse(self, refused: Refused) -> None:
        """A refusal, kept while there is room."""
        self.refused += 1
        if len(self.refusals) < KEPT:
            self.refusals.append(told(refused))


def told(refused: Refused) -> dict[str, Any]:
    """A refusal as it is kept: where, by which rule, and why in both languages."""
    return {
        "line": refused.place.line,
        "field": refused.place.field or "",
        "rule": refused.code,
        "en": refused.text("en"),
        "th": refused.text("th"),
    }


class Beat:
    """While it lasts, the job's row tells every second how far the work is, and stays leased.

    The work is one transaction that nobody sees into, so the beat has a connection of its own.
    """

    def __init__(
        self, *, claim: jobs.Claim, clock: Callable[[], datetime], notes: Notes, of: int
    ) -> None:
        self._claim, self._clock, self._notes, self._of = claim, clock, notes, of
        self._end = Event()
        self._thread = Thread(target=self._go_on, name=f"beat {claim.job_id}", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end.set()
        self._thread.join()

    def _go_on(self) -> None:
        try:
            while not self._end.wait(BEAT):
                progress = {"done": min(self._notes.lines, self._of), "of": self._of}
                jobs.checkpoint(claim=self._claim, progress=progress, at=self._clock())
        except jobs.LeaseLost:
            # The work finds out by itself when it finishes, and rolls back.
            return
        finally:
            connection.close()


def run_job(*, claim: jobs.Claim, clock: Callable[[], datetime]) -> None:
    """Look at the file, or take it, as the job's partition says: "17:check" or "17:take"."""
    number, _colon, act = claim.partition.partition(":")
    upload = Upload.objects.select_related("received_by", "decided_by").get(pk=int(number))
    work = _check if act == "check" else _take
    notes = Notes()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / on_disk(upload.name)
        _write(upload, path)
        file = _file(upload, path, notes, is_trial=act == "check", at=clock())
        size = kinds.find(upload.kind).size
        of = (size(path) if size else None) or upload.lines
        with Beat(claim=claim, clock=clock, notes=notes, of=of):
            fared, refusal = work(upload, file, notes, claim, clock)
    if refusal is not None and (not notes.refusals or told(refusal) not in notes.refusals):
        notes.refuse(refusal)
    if act == "take" and refusal is None:
        return
    with transaction.atomic():
        _note(upload, fared, notes, State.REFUSED if refusal else State.CHECKED, clock())
        jobs.finish(claim=claim, progress={}, at=clock())


Outcome = tuple[Fared, Refused | None]


def _check(
    upload: Upload, file: File, notes: Notes, claim: jobs.Claim, clock: Callable[[], datetime]
) -> Outcome:
    del notes, claim, clock
    try:
        with trial():
            fared = kinds.find(upload.kind).take(file)
    except Refused as refused:
        return Fared({}), refused
    return fared, None


def _take(
    upload: Upload, file: File, notes: Notes, claim: jobs.Claim, clock: Callable[[], datetime]
) -> Outcome:
    """The verb's effect, the file's mark and the job's end stand or fall together."""
    try:
        with transaction.atomic():
            fared = kinds.find(upload.kind).take(file)
            _note(upload, fared, notes, State.TAKEN, clock())
            audit.record(
                actor=file.actor,
                at=file.at,
                verb="intake.taken",
                subject_kind="intake.upload",
                subject_id=upload.pk,
                detail=dict(fared.counts),
            )
            jobs.finish(claim=claim, progress={}, at=clock())
    except jobs.LeaseLost:
        raise
    except Refused as refused:
        return Fared({}), refused
    return fared, None


def _note(upload: Upload, fared: Fared, notes: Notes, state: str, at: datetime) -> None:
    upload.state, upload.finished_at = state, at
    upload.counts, upload.totals = dict(fared.counts), dict(fared.totals)
    upload.refusals, upload.refused = notes.refusals, notes.refused
    upload.save(update_fields=["state", "finished_at", "counts", "totals", "refusals", "refused"])
    if state != State.CHECKED:
        UploadPart.objects.filter(upload=upload).delete()


def _file(upload: Upload, path: Path, notes: Notes, *, is_trial: bool, at: datetime) -> File:
    return File(
        path=path,
        name=path.name,
        sha256=upload.sha256,
        options=upload.options,
        actor=_actor(upload),
        at=at,
        is_trial=is_trial,
        on_lines=notes.read,
        on_refused=notes.refuse,
    )


def _actor(upload: Upload) -> Actor:
    """Who decided, with the role that they have now."""
    return people.actor_of(upload.decided_by or upload.received_by, channel="desk")


def on_disk(name: str) -> str:
    """The file's name as a disk takes it: no path, and not too long (a Thai letter is 3 bytes)."""
    last = Path(name).name.lstrip(".")
    return last.encode()[-NAME_BYTES:].decode(errors="ignore") or "file"


def _write(upload: Upload, path: Path) -> None:
    parts = UploadPart.objects.filter(upload=upload).order_by("number")
    with path.open("wb") as stream:
        for content in parts.values_list("content", flat=True).iterator(chunk_size=4):
            stream.write(content)
