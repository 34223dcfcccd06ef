"""Recording: the ledger's one way in, for postings, reservations, reversals and their settling."""

from collections.abc import Iterator
from contextlib import nullcontext
from datetime import date, datetime
from functools import partial
from itertools import repeat
from typing import Final, NamedTuple

from django.db import DatabaseError, IntegrityError, connection, transaction

from accounting import sending
from accounting.refusals import BookRefused, KeyConflict, KeyFailed
from accounting.replaying import differing_field, remember_failures
from accounting.rules.drafts import CheckedEntry
from backoffice.kernel.actors import Actor, Role
from backoffice.kernel.refusals import Place, Refused

ATTEMPTS: Final = 5
KEPT: Final = frozenset({"posted", "existing"})
TAKEN: Final = frozenset({"differs", "failed"})
SOFT_POSTERS: Final = (Role.CHECKER, Role.MANAGER)


class PostedEntry(NamedTuple):
    """An entry in the book.

    Attributes:
        id: its identifier in the ledger.
        number: its number in a gapless journal, None elsewhere.
        key: the caller's key.
        entity: the entity's code.
        date: effective date.
        replayed: True if the same request had been posted before; nothing was added now.
    """

    id: int
    number: int | None
    key: str
    entity: str
    date: date
    replayed: bool


class Outcome(NamedTuple):
    """What became of one draft of a batch.

    Attributes:
        record: 1-based place in the batch.
        key: the draft's key.
        posted: the entry in the book, or None.
        refusal: why it was refused, or None.
    """

    record: int
    key: str
    posted: PostedEntry | None
    refusal: Refused | None

    @property
    def status(self) -> str:
        """One word: "posted", "existing" or "refused"."""
        if self.posted is None:
            return "refused"
        return "existing" if self.posted.replayed else "posted"

    def settled(self) -> PostedEntry:
        """The entry; raises the refusal where there is none."""
        if self.posted is None:
            raise self.refusal or Refused()
        return self.posted


# As the classes themselves do, from a row, without a call of Python for each of thousands.
_posted_entry = partial(tuple.__new__, PostedEntry)
_kept = partial(tuple.__new__, Outcome)


def record(
    batch: list[sending.Sent],
    *,
    actor: Actor,
    at: datetime,
    atomic: bool,
    ready: sending.Ready | None = None,
) -> list[Outcome]:
    """Send checked entries through the ledger's one posting path.

    Args:
        batch: what is sent; duplicates of a key within it are answered by the first.
        actor, at: who and when.
        atomic: raise the first refusal, keeping nothing; otherwise keep what is right.
        ready: what was made of the batch ahead, where that was done.

    Returns:
        One outcome per entry, in order.
    """
    ready = ready or sending.ready(batch)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with nullcontext() if atomic and _stands_alone(batch) else transaction.atomic():
                outcomes = _answers(batch, ready, actor, at, atomic=atomic)
                if not atomic:
                    remember_failures(_refused(batch, outcomes), actor=actor, at=at)
                return outcomes
        except BookRefused as refusal:
            # A trigger saw what the look before it could not (a period closed meanwhile): the next
            # look sees it too, and tells the entries apart.
            if not atomic and attempt < ATTEMPTS:
                continue
            # The key that made an all-or-nothing batch fail is kept; the others may come again.
            first = batch[refusal.params.get("index", 0)]
            remember_failures([(first.entry, refusal)], actor=actor, at=at)
            raise
        except IntegrityError as error:
            # Another transaction took the key between our look and our insert: look again.
            if sending.constraint_of(error) != "entry_key_once" or attempt == ATTEMPTS:
                raise
    raise DatabaseError("a key stayed contested")


def _stands_alone(batch: list[sending.Sent]) -> bool:
    """True if the call is a transaction by itself: one round trip instead of three.

    The ledger then keeps the entry or nothing. What reserves or settles touches totals before it
    is judged, so that it needs a transaction to take that back.
    """
    if len(batch) != 1 or connection.in_atomic_block or not connection.get_autocommit():
        return False
    return batch[0].phase == "posted" and batch[0].pending_id is None


def _refused(
    batch: list[sending.Sent], outcomes: list[Outcome]
) -> Iterator[tuple[CheckedEntry, BookRefused]]:
    """What the state of the books refused; a rule of form or a key that came before keeps none."""
    for sent, outcome in zip(batch, outcomes, strict=True):
        if isinstance(outcome.refusal, BookRefused):
            yield sent.entry, outcome.refusal


def _answers(
    batch: list[sending.Sent], ready: sending.Ready, actor: Actor, at: datetime, *, atomic: bool
) -> list[Outcome]:
    soft_ok = actor.role in SOFT_POSTERS
    if ready.is_once:
        rows = sending.send(
            batch, actor=actor, at=at, soft_ok=soft_ok, atomic=atomic, columns=ready.columns
        )
        if isinstance(rows, sending.AllPosted):
            return _all_posted(ready, rows.ids)
        answered = zip(batch, rows, strict=True)
        return [_outcome(i, sent, row, atomic) for i, (sent, row) in enumerate(answered)]
    keys = [*zip(ready.entities, ready.keys, strict=True)]
    leaders: dict[tuple[str, str], int] = {}
    for index, key in enumerate(keys):
        leaders.setdefault(key, index)
    leading = list(leaders.values())
    first_ones = [batch[index] for index in leading]
    rows = sending.send(
        first_ones,
        actor=actor,
        at=at,
        soft_ok=soft_ok,
        atomic=atomic,
        columns=sending.columns_of(first_ones),
    )
    if isinstance(rows, sending.AllPosted):
        rows = [sending.Row("posted", number, None, None, None) for number in rows.ids]
    answers = dict(zip(leading, rows, strict=True))
    outcomes = []
    for index, sent in enumerate(batch):
        leader = leaders[keys[index]]
        row = answers[leader]
        if leader != index:
            row = _repeated(row, batch[leader].entry, sent.entry)
        outcomes.append(_outcome(index, sent, row, atomic))
    return outcomes


def _all_posted(ready: sending.Ready, ids: list[int]) -> list[Outcome]:
    """The outcomes of a batch of which nothing needs to be asked; most batches are so."""
    nothing, new = repeat(None, len(ids)), repeat(False, len(ids))  # noqa: FBT003
    rows = zip(ids, nothing, ready.keys, ready.entities, ready.dates, new, strict=True)
    posted = map(_posted_entry, rows)
    return [*map(_kept, zip(ready.records, ready.keys, posted, repeat(None)))]


def _outcome(index: int, sent: sending.Sent, row: sending.Row, atomic: bool) -> Outcome:  # noqa: FBT001
    """What the ledger's answer means for one entry; with `atomic`, a refusal is raised."""
    draft = sent.entry.draft
    record = sent.record or index + 1
    if row.outcome in KEPT:
        if row.entry_id is None:
            # The ledger withheld it because another of the batch is refused.
            return Outcome(record, draft.key, None, None)
        replayed = row.outcome == "existing"
        posted = PostedEntry(
            row.entry_id, row.number, draft.key, draft.entity, draft.date, replayed
        )
        return Outcome(record, draft.key, posted, None)
    refusal = _refusal(index, sent, row)
    if atomic:
        raise refusal
    return Outcome(record, draft.key, None, refusal)


def _repeated(row: sending.Row, leader: CheckedEntry, entry: CheckedEntry) -> sending.Row:
    """The answer to a key that came before in the same batch."""
    if row.outcome in KEPT:
        same = leader.fingerprint == entry.fingerprint
        return sending.Row("existing" if same else "differs", *row[1:])
    if row.outcome in TAKEN:
        return row
    # Told by the rule's own name, as a later batch is told it from the record.
    return sending.Row("failed", None, None, row.line, sending.refusal_of(row, 0).code)


def _refusal(index: int, sent: sending.Sent, row: sending.Row) -> Refused:
    key = sent.entry.draft.key
    refusal: Refused
    if row.outcome == "differs":
        field = differing_field(row.entry_id, sent.entry)
        refusal = KeyConflict(Place(field=field), key=key, field=field)
    elif row.outcome == "failed":
        refusal = KeyFailed(Place(field="key"), key=key, rule=row.detail)
    else:
        refusal = sending.refusal_of(row, index)
    if sent.record is not None:
        refusal.place = Place(line=sent.record, field=refusal.place.field)
    return refusal
