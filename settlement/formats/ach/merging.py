"""Put the batches of several files into one."""

from collections.abc import Iterable, Iterator

from backoffice.kernel.refusals import Place, Refused
from settlement.formats.ach import layouts
from settlement.formats.ach.reader import Item
from settlement.formats.ach.records import Entry, Record

_ROUTE = ("immediate_destination", "immediate_origin")
_BATCHES = frozenset({layouts.BATCH_HEADER.name, layouts.IAT_BATCH_HEADER.name})


class RoutesDiffer(Refused):
    """Files between different banks cannot be one file."""

    code = "ach-routes-differ"
    en = "The file goes from {origin} to {destination}, unlike the first of the merged files."
    th = "ไฟล์นี้ส่งจาก {origin} ถึง {destination} ซึ่งต่างจากไฟล์แรกที่นำมารวม"


def merge(files: Iterable[Iterable[Item]]) -> Iterator[Item]:
    """The items of one file holding every batch of `files`, ready for `writer.lines`.

    The first file header stays; batches are numbered anew from 1, so that they ascend; control
    records are left out, the writer computes them.

    Args:
        files: each as `reader.read_valid` yields it.

    Raises:
        RoutesDiffer: a file has another destination or origin than the first.
    """
    header: Record | None = None
    batch: Record | None = None
    batches = 0
    for items in files:
        for item in items:
            if isinstance(item, Entry):
                yield Entry(batch or item.batch, item.detail, item.addenda)
            elif item.kind in _BATCHES:
                batches += 1
                numbered = {**item.values, "batch_number": str(batches)}
                batch = Record(item.layout, item.line_no, numbered)
                yield batch
            elif item.kind == layouts.FILE_HEADER.name:
                _require_same_route(header or item, item)
                if not header:
                    yield item
                header = header or item


def _require_same_route(first: Record, other: Record) -> None:
    if any(first[name] != other[name] for name in _ROUTE):
        raise RoutesDiffer(
            Place(line=other.line_no),
            origin=other["immediate_origin"],
            destination=other["immediate_destination"],
        )
