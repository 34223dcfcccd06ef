"""Take entries from a file of JSON Lines: a stream, in memory that does not grow with it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import batched
from typing import IO, Final

from django.db import transaction

from accounting import chart, posting, queries
from accounting.recording import Outcome
from accounting.rules import EntryDraft, check_code, wire
from backoffice.frame.strict_json import loads
from backoffice.kernel.actors import Actor
from backoffice.kernel.refusals import Place, Refused
from backoffice.reference.days import HOUSE

LINE_BYTES_MAX: Final = 4 * 1024 * 1024
CHUNK: Final = 5_000
Read = EntryDraft | Refused


class LineTooLong(Refused):
    """A line longer than any entry; what follows it is read on from the next line."""

    code = "line-too-long"
    status = 413
    en = "The line is longer than {limit} bytes."
    th = "บรรทัดยาวเกิน {limit} ไบต์"


@dataclass(frozen=True, slots=True)
class LineResult:
    """What became of one line of the file; `outcome` is None where nothing could be read."""

    line: int
    outcome: Outcome | None
    refusal: Refused | None

    @property
    def status(self) -> str:
        """One word: "posted", "existing" or "refused"."""
        if self.refusal is not None or self.outcome is None:
            return "refused"
        return self.outcome.status


def read(stream: IO[bytes], *, name: str, entity: str = "") -> Iterator[tuple[int, Read]]:
    """Yield (line number, draft or refusal) for every line that is not blank.

    Args:
        name: the file's name, shown in refusals.
        entity: taken for objects that name none.
    """
    line = 0
    while raw := stream.readline(LINE_BYTES_MAX + 1):
        line += 1
        if len(raw) > LINE_BYTES_MAX:
            while raw and not raw.endswith(b"\n"):
                raw = stream.readline(LINE_BYTES_MAX)
            yield line, LineTooLong(Place(name, line), limit=LINE_BYTES_MAX)
        elif raw.strip():
            yield line, _draft_of(raw, name, line, entity)


def _draft_of(raw: bytes, name: str, line: int, entity: str) -> Read:
    try:
        return wire.entry_from(loads(raw), entity=entity)
    except Refused as refused:
        refused.place = Place(name, line, refused.place.field)
        return refused


def post_all(
    *,
    lines: Iterator[tuple[int, Read]],
    name: str,
    actor: Actor,
    at: datetime,
    create_accounts: bool = False,
) -> Iterator[LineResult]:
    """All or nothing: one transaction over the whole file; the first refusal ends it.

    Results are yielded as chunks are posted, but stand only when the iterator is exhausted.

    Raises:
        Refused: of the first bad line, with file, line and field.
    """
    with transaction.atomic():
        founding = create_accounts and not queries.entities()
        for chunk in batched(lines, CHUNK):
            drafts = []
            for _line, item in chunk:
                if isinstance(item, Refused):
                    raise item
                drafts.append(item)
            if create_accounts:
                ensure(drafts=drafts, founding=founding, actor=actor, at=at)
            try:
                outcomes = posting.post_many(entries=drafts, actor=actor, at=at)
            except Refused as refused:
                raise _in_file(refused, name, [line for line, _draft in chunk]) from refused
            for (line, _draft), outcome in zip(chunk, outcomes, strict=True):
                yield LineResult(line, outcome, None)


def post_each(
    *,
    lines: Iterator[tuple[int, Read]],
    name: str,
    actor: Actor,
    at: datetime,
    create_accounts: bool = False,
) -> Iterator[LineResult]:
    """Best effort: what is right is kept, chunk by chunk; the rest is told line by line.

    A run that was broken off is resumed by running it again: known keys answer "existing".
    """
    founding = create_accounts and not queries.entities()
    for chunk in batched(lines, CHUNK):
        good = [(line, item) for line, item in chunk if not isinstance(item, Refused)]
        if create_accounts:
            drafts = [draft for _line, draft in good]
            ensure(drafts=drafts, founding=founding, actor=actor, at=at)
        outcomes = posting.stream(entries=[draft for _line, draft in good], actor=actor, at=at)
        by_line = {line: outcome for (line, _d), outcome in zip(good, outcomes, strict=True)}
        for line, item in chunk:
            if isinstance(item, Refused):
                yield LineResult(line, None, item)
                continue
            outcome = by_line[line]
            if outcome.refusal is not None:
                outcome.refusal.place = Place(name, line, outcome.refusal.place.field)
            yield LineResult(line, outcome, outcome.refusal)


def ensure(*, drafts: list[EntryDraft], founding: bool, actor: Actor, at: datetime) -> None:
    """Make the accounts that drafts name and the chart lacks, by their prefix, and journals.

    Args:
        founding: the ledger had no entity when the file was begun: its entities are made too.
            Later only the house's own is; any other would be a typing error's.
    """
    known = set(queries.entities())
    wanted: dict[str, set[str]] = {}
    journals: set[tuple[str, str]] = set()
    for draft in drafts:
        # What is left out here the ledger refuses by line and field.
        if not draft.entity or not (founding or draft.entity in known or draft.entity == HOUSE):
            continue
        codes = {line.account for line in draft.lines if _is_code(line.account)}
        wanted.setdefault(draft.entity, set()).update(codes)
        journals.add((draft.entity, draft.journal))
    for entity, codes in sorted(wanted.items()):
        if entity not in known:
            chart.ensure_entity(code=entity, name_en=entity, name_th=entity, actor=actor, at=at)
        chart.ensure_accounts(entity=entity, codes=sorted(codes), actor=actor, at=at)
    for entity, code in sorted(journals):
        chart.ensure_journal(entity=entity, code=code, actor=actor, at=at)


def _is_code(text: str) -> bool:
    """A name that no chart could have is left out here: the ledger refuses its line by name."""
    try:
        check_code(text)
    except Refused:
        return False
    return True


def _in_file(refused: Refused, name: str, lines: list[int]) -> Refused:
    index = refused.place.line - 1 if refused.place.line is not None else 0
    known = lines[index] if 0 <= index < len(lines) else None
    refused.place = Place(name, known, refused.place.field)
    return refused
