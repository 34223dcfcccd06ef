"""The posting path's wire: checked entries as arrays into `accounting_post`, its rows back."""

from datetime import datetime
from typing import Final, NamedTuple

from django.db import IntegrityError, connection

from accounting.arrays import plain, texts
from accounting.refusals import BY_RULE, FIELD_OF_RULE, BookRefused
from accounting.rules.drafts import CheckedEntry, CheckedLine, EntryDraft
from backoffice.kernel.actors import Actor
from backoffice.kernel.canonical import canonical_json
from backoffice.kernel.refusals import Place

CALL: Final = """
SELECT outcome, entry_id, number, line, detail FROM accounting_post(
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


class Row(NamedTuple):
    """The ledger's answer to one entry: outcome or rule, entry, number, line and detail."""

    outcome: str
    entry_id: int | None
    number: int | None
    line: int | None
    detail: str | None


def send(
    batch: list[Sent], *, actor: Actor, at: datetime, soft_ok: bool, atomic: bool
) -> list[Row]:
    """One call for the whole batch; one row for each entry, in order.

    With `atomic`, nothing is inserted while any row tells a refusal.

    Raises:
        BookRefused: what only the table's triggers could see.
        IntegrityError: a key that another transaction took meanwhile, or a broken invariant.
    """
    if not batch:
        return []
    try:
        with connection.cursor() as cursor:
            cursor.execute(CALL, [at, actor.name, soft_ok, not atomic, *_columns(batch)])
            return [Row(*row) for row in cursor.fetchall()]
    except IntegrityError as error:
        rule = constraint_of(error)
        if rule not in BY_RULE:
            raise
        detail = error.__cause__.diag.message_detail  # type: ignore[union-attr]
        raise refusal_of(Row(rule, None, None, None, detail), 0) from error


def constraint_of(error: IntegrityError) -> str:
    """Name of the constraint or guard that refused."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return getattr(diagnosis, "constraint_name", None) or ""


def refusal_of(row: Row, index: int) -> BookRefused:
    """The refusal of a rule's name, placed at the line it speaks of."""
    kind = BY_RULE.get(row.outcome, BookRefused)
    field = FIELD_OF_RULE.get(row.outcome, "account")
    if row.line is None:
        return kind(Place(field=field), detail=row.detail, index=index)
    place = Place(line=row.line, field=f"/lines/{row.line - 1}/{field}")
    return kind(place, detail=row.detail, index=index)


def _columns(batch: list[Sent]) -> list[str]:
    books: dict[tuple[str, str], int] = {}
    entries = _entries(batch, books)
    lines = _lines(batch, books)
    return [
        texts([book[0] for book in books]),
        texts([book[1] for book in books]),
        *entries,
        *lines,
    ]


def _entries(batch: list[Sent], books: dict[tuple[str, str], int]) -> list[str]:
    """What entries say, column by column; columns that nobody fills are left out."""
    drafts = [sent.entry.draft for sent in batch]
    numbers = [books.setdefault((d.entity, d.journal), len(books) + 1) for d in drafts]
    return [
        plain(numbers),
        plain([draft.date for draft in drafts]),
        texts([draft.key for draft in drafts]),
        plain([sent.entry.fingerprint or '""' for sent in batch]),
        texts([draft.memo for draft in drafts]),
        texts([draft.source for draft in drafts]) if any(d.source for d in drafts) else NONE,
        plain([0 if sent.phase == "void" else len(sent.entry.lines) for sent in batch]),
        _attributes(drafts),
        *_links(batch),
    ]


def _attributes(drafts: list[EntryDraft]) -> str:
    if not any(draft.attributes for draft in drafts):
        return NONE
    return texts([canonical_json(draft.attributes).decode() for draft in drafts])


def _links(batch: list[Sent]) -> list[str]:
    """Reversals, phases, what is settled, and when it lapses."""
    reversals = plain([sent.reversal_of for sent in batch])
    one_phase = all(sent.phase == "posted" and sent.pending_id is None for sent in batch)
    return [
        reversals if any(sent.reversal_of for sent in batch) else NONE,
        NONE if one_phase else plain([sent.phase for sent in batch]),
        NONE if one_phase else plain([sent.pending_id for sent in batch]),
        NONE
        if one_phase
        else texts([sent.expires_at.isoformat() if sent.expires_at else None for sent in batch]),
    ]


def _lines(batch: list[Sent], books: dict[tuple[str, str], int]) -> list[str]:
    """Slots (account and currency of an entity, each once), then what lines say, by slot."""
    slots: dict[tuple[int, str, str], int] = {}
    ordinals: list[int] = []
    numbers: list[int] = []
    places: list[int] = []
    lines: list[CheckedLine] = []
    for ordinal, sent in enumerate(batch, start=1):
        if sent.phase == "void":
            continue
        book = books[sent.entry.draft.entity, sent.entry.draft.journal]
        for number, line in enumerate(sent.entry.lines, start=1):
            ordinals.append(ordinal)
            numbers.append(number)
            places.append(slots.setdefault((book, line[0], line[2]), len(slots) + 1))
        lines += sent.entry.lines
    if not lines:
        return [NONE] * 9
    of_book, accounts, currencies = zip(*slots, strict=True)
    _, amounts, _, values, dimensions = zip(*lines, strict=True)
    return [
        plain(of_book),
        texts(accounts),
        texts(currencies),
        plain(ordinals),
        plain(numbers),
        plain(places),
        plain(amounts),
        plain(values) if any(values) else NONE,
        texts(dimensions) if any(dimensions) else NONE,
    ]
