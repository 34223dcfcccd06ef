"""Posting: entries go into the book whole, once, and never change."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import datetime
from typing import Final

from django.db import transaction

from accounting import currencies, preparing, recording
from accounting.recording import Outcome, PostedEntry
from accounting.refusals import KeyTaken
from accounting.rules.drafts import EntryDraft, LineDraft, checked
from accounting.sending import Sent
from backoffice.kernel.actors import Actor, Role
from backoffice.kernel.refusals import Place

__all__ = ["EntryDraft", "LineDraft", "Outcome", "PostedEntry", "post", "post_many", "stream"]

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
    sent = Sent(checked(entry, currencies.find, home_of=currencies.home_of))
    posted = recording.record([sent], actor=actor, at=at, atomic=True)[0].settled()
    if posted.replayed and not idempotent:
        raise KeyTaken(Place(field="key"), key=entry.key)
    return posted


def post_many(
    *, entries: Iterable[EntryDraft], actor: Actor, at: datetime, atomic: bool = True
) -> list[Outcome]:
    """Post a batch, set-based: the cost of a batch is a few statements, not a few per entry.

    Args:
        entries: the drafts; read as a stream, some thousands at a time.
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
    with transaction.atomic(), closing(preparing.prepared(entries)) as chunks:
        for chunk in chunks:
            if chunk.refused:
                raise min(chunk.refused.items())[1]
            outcomes += recording.record(
                chunk.sent, actor=actor, at=at, atomic=True, ready=chunk.ready
            )
    return outcomes


def stream(*, entries: Iterable[EntryDraft], actor: Actor, at: datetime) -> Iterator[Outcome]:
    """Best effort over a stream of drafts: outcomes in order; each chunk commits by itself."""
    with closing(preparing.prepared(entries)) as chunks:
        for chunk in chunks:
            done = recording.record(chunk.sent, actor=actor, at=at, atomic=False, ready=chunk.ready)
            if not chunk.refused:
                yield from done
                continue
            posted = iter(done)
            for index, draft in enumerate(chunk.drafts):
                if index in chunk.refused:
                    refusal = chunk.refused[index]
                    yield Outcome(chunk.first + index + 1, draft.key, None, refusal)
                else:
                    yield next(posted)
