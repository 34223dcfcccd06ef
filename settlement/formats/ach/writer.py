"""Write a NACHA file: controls, counts, hashes, sums and blocking come from the entries."""

from collections.abc import Iterable, Iterator

from settlement.formats.ach import layouts
from settlement.formats.ach.layouts import Layout
from settlement.formats.ach.reader import BLOCKING_FACTOR, Item
from settlement.formats.ach.records import Entry, Record
from settlement.formats.ach.totals import Totals

_PADDING = "9" * layouts.RECORD_LENGTH
_HEADERS = frozenset({layouts.BATCH_HEADER.name, layouts.IAT_BATCH_HEADER.name})


def lines(items: Iterable[Item]) -> Iterator[str]:
    """Yield the 94-character lines of a whole file, without line ends; memory flat.

    Args:
        items: file header; then batch headers, each followed by its entries. Control records may
            stand among them as the reader yields them; only their free text is used, everything
            that can be computed is computed.
    """
    writing = _Writing()
    for item in items:
        yield from writing.take(item)
    yield from writing.finish()


def record_line(record: Record) -> str:
    """One record as its 94 characters."""
    return record.layout.join(dict(record.values))


class _Writing:
    def __init__(self) -> None:
        self.header: Record | None = None
        self.batch = Totals()
        self.file = Totals()
        self.batches = 0
        self.count = 0
        self.is_advice = False

    def take(self, item: Item) -> Iterator[str]:
        if isinstance(item, Entry):
            self.batch.add_entry(item)
            for record in (item.detail, *item.addenda):
                yield self._counted(record_line(record))
        elif item.kind in _HEADERS:
            yield from self._close({})
            self.header, self.batch = item, Totals()
            self.is_advice = item["sec_code"] == "ADV"
            yield self._counted(record_line(item))
        elif item.kind == layouts.FILE_HEADER.name:
            yield self._counted(record_line(item))
        elif item.kind in {layouts.BATCH_CONTROL.name, layouts.ADV_BATCH_CONTROL.name}:
            yield from self._close(dict(item.values))

    def finish(self) -> Iterator[str]:
        yield from self._close({})
        layout = layouts.ADV_FILE_CONTROL if self.is_advice else layouts.FILE_CONTROL
        blocks = -(-(self.count + 1) // BLOCKING_FACTOR)
        counts = {"batch_count": self.batches, "block_count": blocks}
        yield self._counted(_control(layout, "9", counts | self.file.fields(), {}))
        while self.count % BLOCKING_FACTOR:
            yield self._counted(_PADDING)

    def _counted(self, line: str) -> str:
        self.count += 1
        return line

    def _close(self, free: dict[str, str]) -> Iterator[str]:
        if not self.header:
            return
        layout = layouts.ADV_BATCH_CONTROL if self.is_advice else layouts.BATCH_CONTROL
        repeated = ("service_class", "company_identification", "odfi_identification")
        known = {name: self.header[name] for name in (*repeated, "batch_number")}
        if self.header.kind == layouts.IAT_BATCH_HEADER.name:
            known["company_identification"] = free.get("company_identification", "")
        yield self._counted(_control(layout, "8", self.batch.fields(), free | known))
        self.file.add_batch(self.batch)
        self.batches += 1
        self.header = None


def _control(
    layout: Layout, record_type: str, totals: dict[str, int], known: dict[str, str]
) -> str:
    numbers = {name: str(value) for name, value in totals.items()}
    return layout.join(known | {"record_type": record_type} | numbers)
