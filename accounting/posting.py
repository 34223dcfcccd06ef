"""Posting: entries go into the book whole, once, and never change."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import batched
from typing import Final

from django.db import transaction

from accounting import currencies, recording
from accounting.recording import Outcome, PostedEntry
from accounting.refusals import KeyTaken
from accounting.rules.drafts import EntryDraft, LineDraft, checked
from accounting.sending import Sent
from backoffice.kernel.actors import Actor, Role
from backoffice.kernel.refusals import Place, Refused

__all__ = ["EntryDraft", "LineDraft", "Outcome", "PostedEntry", "post", "post_many", "stream"]

CHUNK: Final = 5_000
POSTERS: Final = (Role.CLERK, Role.CHECKER, Role.MANAGER, Role.INTEGRATOR)


def post(*, entry: EntryDraft, actor: Actor, at: datetime, idempotent: bool = True) -> PostedEntry:
    """Post one entry.

    Args:
        entry: the draft.
        actor: a clerk, checker, manager, integrator or a process; only checkers and managers post
            into soft-closed periods.
        at: recorded time (aware, UTC).
        idempotent: answer a key that came before with its first result; False refuses it.

    Raises:
        DraftRefused: a rule of form is broken.
        BookRefused: the books do not allow it; the key stays failed.
        KeyConflict: the key came before with another request (409, names the field).
        KeyFailed: the key failed before.
        KeyTaken: the key came before and `idempotent` is False.
    """
    actor.require(*POSTERS)
    sent = Sent(checked(entry, currencies.find))
    posted = recording.record([sent], actor=actor, at=at, atomic=True)[0].settled()
    if posted.replayed and not idempotent:
        raise KeyTaken(Place(field="key"), key=entry.key)
    return posted


def post_many(
    *, entries: Iterable[EntryDraft], actor: Actor, at: datetime, atomic: bool = True
) -> list[Outcome]:
    """Post a batch, set-based: the cost of a batch is a few statements, not a few per entry.

    Args:
        entries: the drafts; read as a stream, 5,000 at a time.
        actor: as in `post`.
        at: recorded time (aware, UTC).
        atomic: all or nothing; False keeps what is right and reports the rest.

    Returns:
        One outcome per draft, in order.

    Raises:
        Refused: with `atomic`, the first draft's refusal, its place naming the record.
    """
    actor.require(*POSTERS)
    if not atomic:
        return list(stream(entries=entries, actor=actor, at=at))
    outcomes: list[Outcome] = []
    with transaction.atomic():
        for chunk in batched(entries, CHUNK):
            sent, refused = _checked(chunk, len(outcomes))
            if refused:
                raise min(refused.items())[1]
            outcomes += recording.record(list(sent.values()), actor=actor, at=at, atomic=True)
    return outcomes


def stream(*, entries: Iterable[EntryDraft], actor: Actor, at: datetime) -> Iterator[Outcome]:
    """Best effort over a stream of drafts: outcomes in order; each chunk commits by itself."""
    first = 0
    for chunk in batched(entries, CHUNK):
        sent, refused = _checked(chunk, first)
        done = recording.record(list(sent.values()), actor=actor, at=at, atomic=False)
        by_index = dict(zip(sent, done, strict=True))
        for index, draft in enumerate(chunk):
            if index in refused:
                yield Outcome(first + index + 1, draft.key, None, refused[index])
            else:
                yield by_index[index]
        first += len(chunk)


def _checked(chunk: Sequence[EntryDraft], first: int) -> tuple[dict[int, Sent], dict[int, Refused]]:
    sent: dict[int, Sent] = {}
    refused: dict[int, Refused] = {}
    for index, draft in enumerate(chunk):
        try:
            sent[index] = Sent(checked(draft, currencies.find), record=first + index + 1)
        except Refused as refusal:
            refusal.place = Place(line=first + index + 1, field=refusal.place.field)
            refused[index] = refusal
    return sent, refused
