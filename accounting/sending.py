"""The posting path's wire: checked entries as arrays into `accounting_post`, its rows back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, connection

from accounting.arrays import plain, texts
from accounting.refusals import BY_RULE, FIELD_OF_RULE, BookRefused
from accounting.rules.drafts import CheckedEntry, CheckedLine
from backoffice.kernel.actors import Actor
from backoffice.kernel.canonical import canonical_json
from backoffice.kernel.refusals import Place

CALL: Final = """
SELECT outcome, entry_id, number, line, detail FROM accounting_post(
    %s, %s, %s, %s,
    %s::text[], %s::text[], %s::date[], %s::text[], %s::text[], %s::text[],
    %s::text[], %s::text[], %s::bigint[],
    %s::text[], %s::bigint[], %s::timestamptz[], %s::int[],
    %s::int[], %s::int[], %s::text[], %s::numeric[], %s::text[], %s::numeric[], %s::text[])
"""


@dataclass(frozen=True, slots=True)
class Sent:
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


@dataclass(frozen=True, slots=True)
class Row:
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
            cursor.execute(
                CALL, [at, actor.name, soft_ok, not atomic, *_entries(batch), *_lines(batch)]
            )
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


def _entries(batch: list[Sent]) -> list[Any]:
    drafts = [sent.entry.draft for sent in batch]
    return [
        texts([draft.entity for draft in drafts]),
        texts([draft.journal for draft in drafts]),
        plain([draft.date for draft in drafts]),
        texts([draft.key for draft in drafts]),
        texts([sent.entry.fingerprint for sent in batch]),
        texts([draft.memo for draft in drafts]),
        texts([draft.source for draft in drafts]),
        texts(
            [
                canonical_json(draft.attributes).decode() if draft.attributes else "{}"
                for draft in drafts
            ]
        ),
        plain([sent.reversal_of for sent in batch]),
        texts([sent.phase for sent in batch]),
        plain([sent.pending_id for sent in batch]),
        texts([sent.expires_at.isoformat() if sent.expires_at else None for sent in batch]),
        plain([0 if sent.phase == "void" else len(sent.entry.lines) for sent in batch]),
    ]


def _lines(batch: list[Sent]) -> list[Any]:
    ordinals: list[int] = []
    numbers: list[int] = []
    lines: list[CheckedLine] = []
    for ordinal, sent in enumerate(batch, start=1):
        if sent.phase != "void":
            count = len(sent.entry.lines)
            ordinals += [ordinal] * count
            numbers += range(1, count + 1)
            lines += sent.entry.lines
    if not lines:
        return ["{}"] * 7
    accounts, amounts, currencies, values, dimensions = zip(*lines, strict=True)
    return [
        plain(ordinals),
        plain(numbers),
        texts(accounts),
        texts(amounts),
        texts(currencies),
        texts(values),
        texts(dimensions),
    ]
