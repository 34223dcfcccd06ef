"""Put a sloppy file in order without changing what it pays: widths, padding, counts and totals.

Nothing that decides who pays whom and how much is touched: entries and addenda are copied to the
letter. What is recomputed is listed in `repair`.
"""

from collections.abc import Iterable, Iterator
from datetime import date

from backoffice.kernel.refusals import Refused
from settlement.formats.ach import layouts, writer
from settlement.formats.ach.options import LENIENT, Options
from settlement.formats.ach.reader import Item, read
from settlement.formats.ach.records import Entry, Record
from settlement.formats.ach.structure_refusals import BatchControlMismatch, FileControlMismatch
from settlement.formats.lines import Source, name_of

_RECOMPUTED = (BatchControlMismatch, FileControlMismatch)


def repair(
    source: Source,
    *,
    name: str | None = None,
    effective_date: date | None = None,
    options: Options = LENIENT,
) -> Iterator[str]:
    """Yield the lines of the file in order.

    Every record has 94 characters; the file's destination and origin stand behind a blank; counts,
    hashes and sums of the controls and the block count are computed anew; a missing file control
    is added; nines fill the last block of ten.

    Args:
        source: a path, or a binary stream.
        name: the file's name for refusals.
        effective_date: put this day into every batch header, when given.
        options: what the file may break and still be put in order.

    Raises:
        Refused: anything wrong that is not in the list above; use no line yielded before.
    """
    file = name_of(source, name)
    items = _accepted(read(source, name=file, options=options))
    yield from writer.lines(_dated(items, effective_date))


def _accepted(items: Iterable[Item | Refused]) -> Iterator[Item]:
    for item in items:
        if not isinstance(item, Refused):
            yield item
        elif not isinstance(item, _RECOMPUTED):
            raise item


def _dated(items: Iterable[Item], day: date | None) -> Iterator[Item]:
    for item in items:
        if isinstance(item, Entry):
            yield item
        elif item.kind == layouts.FILE_HEADER.name:
            yield _with(
                item,
                immediate_destination=_nine(item["immediate_destination"]),
                immediate_origin=_nine(item["immediate_origin"]),
            )
        elif day and "effective_entry_date" in item.values:
            yield _with(item, effective_entry_date=f"{day:%y%m%d}")
        else:
            yield item


def _nine(text: str) -> str:
    return text[1:] if len(text) == 10 and text.startswith("0") else text


def _with(record: Record, **changed: str) -> Record:
    return Record(record.layout, record.line_no, {**record.values, **changed})
