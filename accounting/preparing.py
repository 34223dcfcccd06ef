"""Preparing: drafts are checked and written out for the database while it is busy with others."""

from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import islice
from typing import Final, NamedTuple

from accounting import currencies, sending
from accounting.rules.drafts import CurrencyOf, EntryDraft, HomeOf, checked
from accounting.sending import Sent
from backoffice.kernel.money import Currency
from backoffice.kernel.refusals import Place, Refused

FIRST: Final = 1_500
"""Few, so that the database soon has work."""
GROWTH: Final = 3
"""How much longer a stretch may be than the one before it: checking is so much ahead."""
CHUNK: Final = 10_000
"""Many, so that totals move seldom and lines of one account are written side by side."""


class Chunk(NamedTuple):
    """A stretch of a stream of drafts, ready to be sent.

    Attributes:
        first: how many drafts came before it.
        drafts: as they were handed in.
        sent: those that passed the rules of form.
        refused: why the others did not, by their place in the chunk (from 0).
        ready: what is sent, as the database reads it.
    """

    first: int
    drafts: tuple[EntryDraft, ...]
    sent: list[Sent]
    refused: dict[int, Refused]
    ready: sending.Ready


class _Homes:
    """Functional currencies, looked up once an entity, for as long as one stream is read."""

    def __init__(self) -> None:
        self.known: dict[str, Currency | None] = {}

    def of(self, entity: str) -> Currency | None:
        if entity not in self.known:
            self.known[entity] = currencies.home_of(entity)
        return self.known[entity]


def prepared(entries: Iterable[EntryDraft]) -> Generator[Chunk]:
    """Check a stream of drafts chunk by chunk, always one ahead of who reads.

    The stream itself is read by the caller's thread, for it may come from the database. The
    helper's thread only computes: what it cannot know without the database (a commodity's
    decimals, an entity's functional currency), the caller's thread looks up.
    """
    homes = _Homes()
    chunks = _numbered(entries)
    following = next(chunks, None)
    if following is None:
        return
    ready: Callable[[], Chunk] = partial(_prepare, *following, currencies.find, homes.of)
    following = next(chunks, None)
    if following is None:
        yield ready()
        return
    with ThreadPoolExecutor(1, "accounting-preparing") as helper:
        while True:
            chunk = ready()
            if following is None:
                yield chunk
                return
            ahead = helper.submit(_ahead, *following, homes)
            ready = partial(_settled, ahead, *following, homes)
            yield chunk
            del chunk
            following = next(chunks, None)


def _numbered(entries: Iterable[EntryDraft]) -> Iterator[tuple[int, tuple[EntryDraft, ...]]]:
    stream = iter(entries)
    first, most = 0, FIRST
    while drafts := tuple(islice(stream, most)):
        yield first, drafts
        first += len(drafts)
        most = min(most * GROWTH, CHUNK)


def _ahead(first: int, drafts: tuple[EntryDraft, ...], homes: "_Homes") -> Chunk | None:
    try:
        return _prepare(first, drafts, currencies.at_hand, homes.known.__getitem__)
    except KeyError:
        return None


def _settled(
    promised: "Future[Chunk | None]", first: int, drafts: tuple[EntryDraft, ...], homes: "_Homes"
) -> Chunk:
    return promised.result() or _prepare(first, drafts, currencies.find, homes.of)


def _prepare(
    first: int, drafts: tuple[EntryDraft, ...], currency_of: CurrencyOf, home_of: HomeOf
) -> Chunk:
    sent: list[Sent] = []
    refused: dict[int, Refused] = {}
    for index, draft in enumerate(drafts):
        try:
            entry = checked(draft, currency_of, home_of=home_of)
            sent.append(Sent(entry, record=first + index + 1))
        except Refused as refusal:
            refusal.place = Place(line=first + index + 1, field=refusal.place.field)
            refused[index] = refusal
    return Chunk(first, drafts, sent, refused, sending.ready(sent))
