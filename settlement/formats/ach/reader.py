"""Read a NACHA file record by record, every rule checked on the way, memory flat.

The order of records (NACHA Operating Rules, Appendix Three): file header; batches, each of header,
entries with their addenda, control; file control; nines that fill the last block of ten.
"""

from collections.abc import Callable, Iterable, Iterator

from backoffice.kernel.refusals import Place, Refused
from settlement.formats.ach import codes, layouts, record_rules
from settlement.formats.ach import structure_refusals as structure
from settlement.formats.ach.batch import OpenBatch
from settlement.formats.ach.field_refusals import UnknownAddendaType
from settlement.formats.ach.layouts import Layout
from settlement.formats.ach.options import STRICT, Options
from settlement.formats.ach.physical import records
from settlement.formats.ach.records import Entry, Record
from settlement.formats.ach.totals import Totals, mismatches
from settlement.formats.lines import Source, name_of, opened

BLOCKING_FACTOR = 10
_PADDING = "9" * layouts.RECORD_LENGTH

type Item = Record | Entry


def read(
    source: Source, *, name: str | None = None, options: Options = STRICT
) -> Iterator[Item | Refused]:
    """Read a file, going on after what is wrong.

    Args:
        source: a path, or a binary stream (left open).
        name: the file's name as the sender knows it, shown in refusals.
        options: rules that the partner may break by agreement.

    Yields:
        Record for file header, batch header, batch control and file control; Entry with its
        addenda; and the Refused (not raised) of every rule broken, with file, line and field.
        A file that yields one Refused is not to be booked: its totals prove nothing.
    """
    file = name_of(source, name)
    reading = _Reading(options)
    with opened(source) as stream:
        for line_no, text in records(stream, name=file):
            for item in reading.take(line_no, text):
                yield item.at(file=file, line=line_no) if isinstance(item, Refused) else item
            if reading.is_over_long:
                return
        for item in reading.finish():
            yield item.at(file=file) if isinstance(item, Refused) else item


def read_valid(
    source: Source, *, name: str | None = None, options: Options = STRICT
) -> Iterator[Item]:
    """Read a file, raising the first Refused; what was yielded before it must not be kept."""
    for item in read(source, name=name, options=options):
        if isinstance(item, Refused):
            raise item
        yield item


class _Reading:
    """The state of one reading: where in the file we are, and the totals so far."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.header: Record | None = None
        self.control: Record | None = None
        self.batch: OpenBatch | None = None
        self.totals = Totals()
        self.line_no = 0
        self.records = 0
        self.batches = 0
        self.last_batch_number = 0
        self.is_advice = False
        self.is_doubtful = False
        self.is_over_long = False

    def take(self, line_no: int, text: str | Refused) -> Iterable[Item | Refused]:
        self.line_no = line_no
        self.records += 1
        if line_no > self.options.max_lines:
            self.is_over_long = True
            return [structure.FileTooLong(limit=self.options.max_lines)]
        if isinstance(text, Refused):
            return self._doubt([text])
        if self.control and not text.startswith("9"):
            return [structure.RecordAfterFileControl()]
        return _STEPS.get(text[0], _Reading._unknown)(self, text)

    def finish(self) -> Iterator[Item | Refused]:
        if self.is_over_long:
            return
        if self.batch:
            yield from self.batch.close_entry(self.options)
            number = self.batch.header.number("batch_number")
            yield structure.BatchNotClosed(Place(line=self.line_no), batch=number)
        if not (self.header or self.options.no_file_header):
            yield structure.FileHeaderMissing(Place(line=1))
        if not (self.control or self.options.no_file_control):
            yield structure.FileControlMissing(Place(line=self.line_no))

    def _unknown(self, text: str) -> list[Refused]:
        return self._doubt([structure.UnknownRecordType(value=repr(text[0]))])

    def _doubt(self, refused: list[Refused]) -> list[Refused]:
        # Totals over records that could not be read would only repeat the same complaint.
        if refused:
            self.is_doubtful = True
            if self.batch:
                self.batch.is_doubtful = True
        return refused

    def _cut(self, layout: Layout, text: str) -> tuple[Record, list[Refused]]:
        record = Record(layout, self.line_no, layout.cut(text))
        is_plain = layout.is_plain(text)
        return record, record_rules.broken(record, self.options, is_plain=is_plain)

    def _file_header(self, text: str) -> Iterator[Item | Refused]:
        record, broken = self._cut(layouts.FILE_HEADER, text)
        if self.header or self.line_no > 1:
            refusal = structure.FileHeaderTwice if self.header else structure.FileHeaderMissing
            yield refusal()
            return
        self.header = record
        yield from broken
        if not broken:
            yield record

    def _batch_header(self, text: str) -> Iterator[Item | Refused]:
        if self.batch:
            yield from self.batch.close_entry(self.options)
            yield from self._doubt([structure.BatchHeaderInsideBatch()])
            self.batch = None
            return
        is_international = text[50:53] == "IAT" or text[4:20].strip() == "IATCOR"
        layout = layouts.IAT_BATCH_HEADER if is_international else layouts.BATCH_HEADER
        record, broken = self._cut(layout, text)
        if broken:
            yield from self._doubt(broken)
            return
        self.batch = OpenBatch(record)
        self.is_advice = record["sec_code"] == "ADV"
        number = record.number("batch_number")
        if number <= self.last_batch_number and not self.options.any_batch_order:
            place = Place(field="batch_number")
            yield structure.BatchOrderWrong(place, value=number, last=self.last_batch_number)
        self.last_batch_number = number
        yield record

    def _entry(self, text: str) -> list[Item | Refused]:
        """The entry before this one; this one waits for its addenda. Most records come here."""
        batch = self.batch
        if not batch:
            return [*self._doubt([structure.EntryOutsideBatch()])]
        found: list[Item | Refused] = [*batch.close_entry(self.options)]
        record, broken = self._cut(batch.entry_layout, text)
        batch.entries += 1
        # A refused record opens nothing: what belongs under it stands outside.
        if broken:
            found += self._doubt(broken)
        else:
            batch.open_entry(record)
        return found

    def _addenda(self, text: str) -> Iterator[Item | Refused]:
        if not (self.batch and self.batch.pending):
            yield from self._doubt([structure.AddendaOutsideEntry()])
            return
        layout = codes.addenda_layout(text[1:3], text[3:6])
        if not layout:
            place = Place(field="type_code")
            yield from self._doubt([UnknownAddendaType(place, value=repr(text[1:3]))])
            return
        record, broken = self._cut(layout, text)
        yield from self._doubt(broken)
        yield from self.batch.add_addenda(record, is_doubtful=bool(broken))

    def _batch_control(self, text: str) -> Iterator[Item | Refused]:
        if not self.batch:
            yield from self._doubt([structure.BatchControlOutsideBatch()])
            return
        yield from self.batch.close_entry(self.options)
        layout = layouts.ADV_BATCH_CONTROL if self.is_advice else layouts.BATCH_CONTROL
        record, broken = self._cut(layout, text)
        yield from self._doubt(broken)
        if not broken:
            yield from self.batch.disagreements(record, self.options)
            yield record
        self.totals.add_batch(self.batch.totals)
        self.batches += 1
        self.batch = None

    def _nines(self, text: str) -> Iterator[Item | Refused]:
        if self.control:
            if text != _PADDING:
                refusal = structure.RecordAfterFileControl
                yield refusal() if text.startswith("99") else structure.FileControlTwice()
            return
        if text.startswith("99") and text == _PADDING:
            return
        if self.batch:
            yield from self.batch.close_entry(self.options)
            number = self.batch.header.number("batch_number")
            yield from self._doubt([structure.BatchNotClosed(batch=number)])
            self.batch = None
        yield from self._file_control(text)

    def _file_control(self, text: str) -> Iterator[Item | Refused]:
        layout = layouts.ADV_FILE_CONTROL if self.is_advice else layouts.FILE_CONTROL
        record, broken = self._cut(layout, text)
        if self.options.no_batches and not self.batches:
            broken = [b for b in broken if b.code != "field-required"]
        if text[1:].strip():
            self.control = record
        yield from broken
        if not broken:
            if not self.is_doubtful:
                yield from mismatches(self._totals(), record, structure.FileControlMismatch)
            yield record

    def _totals(self) -> dict[str, int]:
        found = {"batch_count": self.batches}
        # A file without batches states one block or none, as its sender likes.
        if self.batches and not self.options.any_block_count:
            found["block_count"] = -(-self.records // BLOCKING_FACTOR)
        return found | self.totals.fields()


_STEPS: dict[str, Callable[[_Reading, str], Iterable[Item | Refused]]] = {
    "1": _Reading._file_header,  # noqa: SLF001 - the table of its own steps
    "5": _Reading._batch_header,  # noqa: SLF001
    "6": _Reading._entry,  # noqa: SLF001
    "7": _Reading._addenda,  # noqa: SLF001
    "8": _Reading._batch_control,  # noqa: SLF001
    "9": _Reading._nines,  # noqa: SLF001
}
