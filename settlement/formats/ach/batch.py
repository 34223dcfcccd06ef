"""The batch being read: its pending entry, its running totals, what its control must repeat."""

from collections.abc import Iterator

from backoffice.kernel.refusals import Place, Refused
from settlement.formats.ach import codes, entry_refusals, entry_rules, layouts
from settlement.formats.ach import structure_refusals as structure
from settlement.formats.ach.layouts import Layout
from settlement.formats.ach.options import Options
from settlement.formats.ach.records import Category, Entry, Record
from settlement.formats.ach.totals import Totals, mismatches

MOST_ADDENDA = 9_999 + 10


class OpenBatch:
    """State between a batch header and its control. Holds one entry at a time.

    Attributes:
        entry_layout: how the entries of this batch are laid out.
    """

    def __init__(self, header: Record) -> None:
        self.header = header
        self.totals = Totals()
        self.entries = 0
        self.pending: Record | None = None
        self.is_doubtful = False
        self._addenda: list[Record] = []
        self._entry_is_doubtful = False
        self._last_trace = ""
        self._category: Category | None = None
        self._right: set[tuple[object, ...]] = set()

        self.entry_layout = _entry_layout(header)

    def open_entry(self, detail: Record) -> None:
        """Begin an entry; its addenda may follow."""
        self.pending, self._addenda, self._entry_is_doubtful = detail, [], False

    def add_addenda(self, record: Record, *, is_doubtful: bool) -> Iterator[Refused]:
        """Put an addenda record under the pending entry; yields a refusal when there are too many.

        No class allows more than 9,999 and a few; more are not kept, so that memory stays flat.
        """
        self._entry_is_doubtful |= is_doubtful
        if len(self._addenda) < MOST_ADDENDA:
            self._addenda.append(record)
        elif not self._entry_is_doubtful:
            self._entry_is_doubtful = self.is_doubtful = True
            yield entry_refusals.TooManyAddenda(
                value=record["type_code"],
                found=f"> {MOST_ADDENDA}",
                sec=self.header["sec_code"],
                limit=MOST_ADDENDA,
            )

    def close_entry(self, options: Options) -> list[Entry | Refused]:
        """Judge and count the pending entry, if any: it, or the rules that it breaks."""
        if not self.pending:
            return []
        entry = Entry(self.header, self.pending, tuple(self._addenda))
        self.pending = None
        self.totals.add_entry(entry)
        if self._entry_is_doubtful:
            return []
        broken = [*self._against_rules(entry, options), *self._out_of_place(entry, options)]
        return [*broken] or [entry]

    def _against_rules(self, entry: Entry, options: Options) -> list[Refused]:
        """The rules that it breaks; once an entry of a shape is right, all of that shape are."""
        shape = entry_rules.shape(entry)
        if shape in self._right:
            return []
        broken = list(entry_rules.broken(entry, options))
        if shape and not broken:
            self._right.add(shape)
        return broken

    def _out_of_place(self, entry: Entry, options: Options) -> list[Refused]:
        found: list[Refused] = []
        trace = entry.trace_number
        if trace:
            found += self._misnumbered(trace, entry.line_no, options)
        self._last_trace = trace
        if entry.is_offset:
            return found
        category = entry.category
        if self._category not in {None, category}:
            place = Place(line=entry.line_no)
            found.append(structure.CategoriesMixed(place, value=category, expected=self._category))
        self._category = self._category or category
        return found

    def _misnumbered(self, trace: str, line_no: int, options: Options) -> Iterator[Refused]:
        if trace <= self._last_trace and not options.any_trace_order:
            place = Place(line=line_no, field="trace_number")
            yield structure.TraceNotAscending(place, value=trace, last=self._last_trace)
        odfi = self.header.values["odfi_identification"]
        if trace[:8] != odfi and not options.any_origin:
            place = Place(line=line_no, field="trace_number")
            yield structure.TraceNotOfOriginator(place, value=trace[:8], expected=odfi)

    def disagreements(self, control: Record, options: Options) -> Iterator[Refused]:
        """What the control record says otherwise than the header and the entries."""
        if not self.entries:
            yield structure.BatchEmpty()
        for name in self._repeated(options):
            if self.header[name].strip() != control[name].strip():
                yield structure.HeaderControlMismatch(
                    Place(field=name), header=self.header[name], control=control[name]
                )
        if not self.is_doubtful:
            totals = self.totals.fields()
            if options.any_addenda_count:
                del totals["entry_addenda_count"]
            yield from mismatches(totals, control, structure.BatchControlMismatch)

    def _repeated(self, options: Options) -> Iterator[str]:
        if not options.any_service_class:
            yield "service_class"
        yield from ("odfi_identification", "batch_number")
        # Accounting advices and international batches do not repeat the company.
        is_domestic = self.header.kind == "batch-header" and self.header["sec_code"] != "ADV"
        if is_domestic and not options.any_company:
            yield "company_identification"


def _entry_layout(header: Record) -> Layout:
    if header.kind == "iat-batch-header":
        return layouts.IAT_ENTRY
    return codes.ENTRY_LAYOUTS[header["sec_code"]]
