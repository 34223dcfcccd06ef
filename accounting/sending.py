"""The posting path's wire: checked entries as arrays into `accounting_post`, its rows back."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import chain, repeat
from typing import Any, Final, NamedTuple

from django.db import IntegrityError, connection

from accounting.arrays import plain, texts
from accounting.refusals import BY_RULE, FIELD_OF_RULE, BookRefused
from accounting.rules.drafts import CheckedEntry, CheckedLine, EntryDraft
from backoffice.kernel.actors import Actor
from backoffice.kernel.canonical import canonical_json
from backoffice.kernel.refusals import Place

CALL: Final = """
SELECT ord, outcome, entry_id, number, line, detail FROM accounting_post(
    %s, %s, %s, %s,
    %s::text[], %s::text[],
    %s::int[], %s::date[], %s::text[], %s::text[], %s::text[], %s::text[],
    %s::int[], %s::text[], %s::bigint[], %s::text[], %s::bigint[], %s::timestamptz[],
    %s::int[], %s::text[], %s::text[],
    %s::int[], %s::int[], %s::int[], %s::numeric[], %s::numeric[], %s::text[])
"""
NONE: Final = "{}"
"""An empty array: the column has its default in every row."""


class Sent(NamedTuple):
    """A checked entry with what the ledger does with it.

    Attributes:
        entry: the checked draft.
        phase: "posted", "pending" or "void".
        pending_id: the pending entry that it settles.
        expires_at: when a pending entry lapses.
        reversal_of: the entry that it reverses.
        record: 1-based place in a batch, which refusals name instead of the line.
    """

    entry: CheckedEntry
    phase: str = "posted"
    pending_id: int | None = None
    expires_at: datetime | None = None
    reversal_of: int | None = None
    record: int | None = None


class Ready(NamedTuple):
    """A batch as the database reads it, and what the answer is told by; made ahead of sending.

    Attributes:
        columns: a literal for each array that `accounting_post` takes.
        records: 1-based place of each entry.
        keys, entities, dates: of each entry.
        is_once: whether no key comes twice.
    """

    columns: list[str]
    records: list[int]
    keys: list[str]
    entities: list[str]
    dates: list[date]
    is_once: bool


class Row(NamedTuple):
    """The ledger's answer to one entry: outcome or rule, entry, number, line and detail."""

    outcome: str
    entry_id: int | None
    number: int | None
    line: int | None
    detail: str | None


class AllPosted(NamedTuple):
    """The ledger's answer to a batch that it posted whole, without numbers: the entries' ids."""

    ids: list[int]


def send(
    batch: list[Sent],
    *,
    actor: Actor,
    at: datetime,
    soft_ok: bool,
    atomic: bool,
    columns: list[str],
) -> list[Row] | AllPosted:
    """One call for the whole batch; one row for each entry, in order, or that all are posted.

    With `atomic`, nothing is inserted while any row tells a refusal. `columns` are the batch's own.

    Raises:
        BookRefused: what only the table's triggers could see.
        IntegrityError: a key that another transaction took meanwhile, or a broken invariant.
    """
    if not batch:
        return []
    try:
        with connection.cursor() as cursor:
            cursor.execute(CALL, [at, actor.name, soft_ok, not atomic, *columns])
            return _rows(cursor.fetchall())
    except IntegrityError as error:
        rule = constraint_of(error)
        if rule not in BY_RULE:
            raise
        detail = error.__cause__.diag.message_detail  # type: ignore[union-attr]
        raise refusal_of(Row(rule, None, None, None, detail), 0) from error


def _rows(found: list[tuple[Any, ...]]) -> list[Row] | AllPosted:
    """A batch wholly posted, without numbers, is answered by row 0, whose detail has the ids."""
    if found[0][0] == 0:
        return AllPosted([*map(int, found[0][5].split(","))])
    return [Row(*row[1:]) for row in found]


def constraint_of(error: IntegrityError) -> str:
    """Name of the constraint or guard that refused."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return getattr(diagnosis, "constraint_name", None) or ""


def refusal_of(row: Row, index: int) -> BookRefused:
    """The refusal of a rule's name, placed at the line it speaks of."""
    kind = BY_RULE.get(row.outcome, BookRefused)
    field = FIELD_OF_RULE.get(row.outcome, "account")
    if row.line is None or field in {"entity", "journal"}:
        return kind(Place(field=field), detail=row.detail, index=index)
    place = Place(line=row.line, field=f"/lines/{row.line - 1}/{field}")
    return kind(place, detail=row.detail, index=index)


def ready(batch: list[Sent]) -> Ready:
    """All of a batch that can be made before the database is asked."""
    drafts = [sent.entry.draft for sent in batch]
    keys = [draft.key for draft in drafts]
    entities = [draft.entity for draft in drafts]
    return Ready(
        columns_of(batch),
        [sent.record or place for place, sent in enumerate(batch, start=1)],
        keys,
        entities,
        [draft.date for draft in drafts],
        len({*zip(entities, keys, strict=True)}) == len(batch),
    )


def columns_of(batch: list[Sent]) -> list[str]:
    """What a batch says, a literal for each array that `accounting_post` takes."""
    if not batch:
        return []
    entries, *links, _records = zip(*batch, strict=True)
    drafts, lines, prints = zip(*entries, strict=True)
    numbers, books = _books(drafts)
    return [
        texts([book[0] for book in books]),
        texts([book[1] for book in books]),
        plain(numbers),
        *_told(drafts, prints),
        plain(map(len, lines)),
        _attributes(drafts),
        *_links(*links),
        *_lines(numbers, lines),
    ]


def _books(drafts: Sequence[EntryDraft]) -> tuple[list[int], list[tuple[str, str]]]:
    """The number of each entry's entity and journal, and these, each once."""
    books: dict[tuple[str, str], int] = {}
    numbers = [books.setdefault((d.entity, d.journal), len(books) + 1) for d in drafts]
    return numbers, list(books)


def _told(drafts: Sequence[EntryDraft], prints: Sequence[str]) -> list[str]:
    """What entries say, column by column; columns that nobody fills are left out."""
    return [
        plain([draft.date for draft in drafts]),
        texts([draft.key for draft in drafts]),
        plain([sha or '""' for sha in prints]),
        texts([draft.memo for draft in drafts]),
        texts([draft.source for draft in drafts]) if any(d.source for d in drafts) else NONE,
    ]


def _attributes(drafts: Sequence[EntryDraft]) -> str:
    if not any(draft.attributes for draft in drafts):
        return NONE
    return texts([canonical_json(draft.attributes).decode() for draft in drafts])


def _links(
    phases: Sequence[str],
    pendings: Sequence[int | None],
    expiries: Sequence[datetime | None],
    reversals: Sequence[int | None],
) -> list[str]:
    """Reversals, phases, what is settled, and when it lapses."""
    reversed_ones = plain(reversals) if any(reversals) else NONE
    if set(phases) == {"posted"} and not any(pendings):
        return [reversed_ones, NONE, NONE, NONE]
    lapses = [moment.isoformat() if moment else None for moment in expiries]
    return [reversed_ones, plain(phases), plain(pendings), texts(lapses)]


def _lines(numbers: list[int], lines: Sequence[list[CheckedLine]]) -> list[str]:
    """Slots (account and currency of an entity, each once), then what lines say, by slot."""
    counts = [len(own) for own in lines]
    if not any(counts):
        return [NONE] * 9
    accounts, amounts, currencies, values, dimensions = zip(
        *chain.from_iterable(lines), strict=True
    )
    keys = [*zip(_for_each(numbers, counts), accounts, currencies, strict=True)]
    slots = dict.fromkeys(keys)
    places = dict(zip(slots, map(str, range(1, len(slots) + 1)), strict=True))
    of_book, slot_accounts, slot_currencies = zip(*slots, strict=True)
    line_numbers = [*map(str, range(1, max(counts) + 1))]
    return [
        plain(of_book),
        texts(slot_accounts),
        texts(slot_currencies),
        plain(_for_each(map(str, range(1, len(lines) + 1)), counts)),
        plain(chain.from_iterable(line_numbers[:count] for count in counts)),
        plain(map(places.__getitem__, keys)),
        plain(amounts),
        plain(values) if any(values) else NONE,
        texts(dimensions) if any(dimensions) else NONE,
    ]


def _for_each[T](things: Iterable[T], counts: Iterable[int]) -> Iterator[T]:
    """Each thing as often as its count says."""
    return chain.from_iterable(map(repeat, things, counts))
