"""Control totals: what a batch and a file must add up to."""

from collections.abc import Iterator
from dataclasses import dataclass

from backoffice.kernel.refusals import Place, Refused
from settlement.formats.ach.records import Entry, Record

# "If the sum exceeds 10 digits, the leftmost digits are dropped" (NACHA, Entry Hash).
HASH_MODULUS = 10**10


@dataclass(slots=True)
class Totals:
    """Running totals.

    Attributes:
        entry_addenda_count: entries and addenda records.
        entry_hash: sum of the first eight digits of the receiving banks' routing numbers.
        total_debit: US cents.
        total_credit: US cents.
    """

    entry_addenda_count: int = 0
    entry_hash: int = 0
    total_debit: int = 0
    total_credit: int = 0

    def add_entry(self, entry: Entry) -> None:
        """Count one entry with its addenda."""
        self.entry_addenda_count += 1 + len(entry.addenda)
        self.entry_hash += entry.detail.number("rdfi_identification")
        if entry.is_debit:
            self.total_debit += entry.cents
        else:
            self.total_credit += entry.cents

    def add_batch(self, batch: "Totals") -> None:
        """Count all of a batch."""
        self.entry_addenda_count += batch.entry_addenda_count
        self.entry_hash += batch.entry_hash % HASH_MODULUS
        self.total_debit += batch.total_debit
        self.total_credit += batch.total_credit

    def fields(self) -> dict[str, int]:
        """The totals by the names of the control record's fields."""
        return {
            "entry_addenda_count": self.entry_addenda_count,
            "entry_hash": self.entry_hash % HASH_MODULUS,
            "total_debit": self.total_debit,
            "total_credit": self.total_credit,
        }


def mismatches(
    calculated: dict[str, int], control: Record, refusal: type[Refused]
) -> Iterator[Refused]:
    """A refusal for each total that the control record states otherwise."""
    for name, value in calculated.items():
        stated = control.number(name)
        if stated != value:
            place = Place(line=control.line_no, field=name)
            yield refusal(place, calculated=value, control=stated)
