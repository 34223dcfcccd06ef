"""Import a file of trades or payments: read by its format, captured whole or not at all."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Final

from django.db import connection, transaction

from backoffice.kernel.actors import Actor
from backoffice.kernel.refusals import Refused
from settlement.formats import trades_csv
from settlement.formats.ach import reader as ach
from settlement.formats.ahead import ahead
from settlement.formats.trades import FileHeader, FileTrailer, Item
from settlement.rules import drafts as rules
from settlement.rules import incoming
from settlement.rules.trades import TradeDraft
from settlement.trades import amending, cancelling, following, trading

FORMATS: Final = ("csv", "ach", "pacs", "sese", "mt")


@dataclass(frozen=True, slots=True)
class Source:
    """A file on its way in.

    Attributes:
        format: one of FORMATS.
        sha256: of its bytes.
        sender: whose trade numbers these are; messages name their own sender.
        locked_in: its trades are matched already, as an exchange's are.
        enter_unknown: participants named by a BIC or routing number are entered when first met.
    """

    path: Path
    format: str
    sha256: str
    sender: str
    locked_in: bool = False
    enter_unknown: bool = False


@dataclass(frozen=True, slots=True)
class Imported:
    """How a file fared.

    Attributes:
        taken, known: trades that are new, and that were there already.
        cancelled: trades that the file cancels.
        legs, held: opened at once, and stopped by a hold.
        caught_up: messages that had come too early and whose turn it was.
        totals: currency → sum of the amounts read, in major units.
    """

    taken: int
    known: int
    cancelled: int
    legs: int
    held: int
    caught_up: int
    totals: dict[str, Decimal]


@dataclass(slots=True)
class _Sorted:
    """Drafts on their way to capture; cancellations and sums are kept aside."""

    totals: dict[str, Decimal] = field(default_factory=dict)
    cancellations: list[rules.Cancellation] = field(default_factory=list)

    def sort(
        self, found: Iterable[TradeDraft | rules.Cancellation | Refused]
    ) -> Iterator[TradeDraft | Refused]:
        for item in found:
            if isinstance(item, rules.Cancellation):
                self.cancellations.append(item)
                continue
            if isinstance(item, TradeDraft) and item.currency:
                # Exact to 28 digits: amounts have at most 24.
                known = self.totals.get(item.currency, Decimal(0))
                self.totals[item.currency] = known + item.amount
            yield item


def import_file(
    *,
    source: Source,
    book: str,
    actor: Actor,
    at: datetime,
    on_lines: Callable[[int], None] | None = None,
    on_refused: Callable[[Refused], None] | None = None,
) -> Imported:
    """Read and capture a file in one transaction; then what had waited for it.

    Control totals are those of the format: the trailer of the house's file, batch and file control
    of ACH, number and sum of transactions of a pacs message.

    Args:
        on_lines: told how many trades were read since the last call.
        on_refused: told each refusal (at most 50) before the first is raised.

    Raises:
        Refused: with file, line, field and rule; nothing of the file is kept.
    """
    own_name, found = _opened(source, at)
    sorting = _Sorted()
    # A refusal that somebody keeps must not keep the reading thread and its file with it.
    with transaction.atomic(), closing(ahead(found, size=trading.CHUNK)) as reading:
        with connection.cursor() as cursor:
            # What a fact refers to is looked up as it comes, beside the reading, not at the end.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        taken = trading.capture_many(
            drafts=sorting.sort(reading),
            book=book,
            actor=actor,
            at=at,
            file=trading.FileFacts(source.path.name, source.sha256, source.format, own_name),
            enter_unknown=source.enter_unknown,
            on_lines=on_lines,
            on_refused=on_refused,
        )
        cancelling.cancel_many(
            trades=[
                cancelling.Cancelled(one.source, one.source_ref) for one in sorting.cancellations
            ],
            book=book,
            actor=actor,
            at=at,
        )
        caught_up = amending.catch_up(book=book, actor=actor, at=at)
        caught_up += following.catch_up(book=book, actor=actor, at=at)
    return Imported(
        taken=len(taken.ids),
        known=taken.known,
        cancelled=len(sorting.cancellations),
        legs=taken.legs,
        held=taken.held,
        caught_up=caught_up,
        totals=dict(sorted(sorting.totals.items())),
    )


Found = Iterator[TradeDraft | rules.Cancellation | Refused]


def _opened(source: Source, at: datetime) -> tuple[str, Found]:
    """The file's own name, and what stands in it."""
    if source.format == "csv":
        return _house_file(source)
    if source.format == "ach":
        return "", rules.of_ach(ach.read(source.path), source=source.sender)
    return "", _messages(source, at)


def _house_file(source: Source) -> tuple[str, Found]:
    items = trades_csv.read(source.path)
    first = next(items, None)
    own_name = first.file if isinstance(first, FileHeader) else ""
    return own_name, _lines(chain([first] if first else [], items), source)


def _lines(items: Iterable[Item | Refused], source: Source) -> Found:
    for item in items:
        if isinstance(item, FileHeader | FileTrailer):
            continue
        if isinstance(item, Refused):
            yield item
        else:
            yield rules.of_line(item, source=source.sender, locked_in=source.locked_in)


def _messages(source: Source, at: datetime) -> Found:
    for one in incoming.read(source.path, format_=source.format, at=at):
        yield rules.of_fact(one.fact, line_no=one.line)
