"""What the reader hands out: records as they stand in the file, and entries with their addenda."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from settlement.formats.ach import codes
from settlement.formats.ach.layouts import Layout

CURRENCY = "USD"


class Category(StrEnum):
    """What an entry is in its life."""

    FORWARD = "forward"
    RETURN = "return"
    DISHONORED = "dishonored"
    CONTESTED = "contested"
    CHANGE = "change"


_REASONED = {
    "addenda-98": Category.CHANGE,
    "addenda-98-refused": Category.CHANGE,
    "addenda-99": Category.RETURN,
    "addenda-99-dishonored": Category.DISHONORED,
    "addenda-99-contested": Category.CONTESTED,
}


@dataclass(frozen=True, slots=True)
class Record:
    """One 94-character record cut into its fields.

    Attributes:
        layout: the layout it was cut by; `kind` is its name.
        line_no: 1-based record number in the file.
        values: field name to text, without padding.
    """

    layout: Layout
    line_no: int
    values: Mapping[str, str]

    @property
    def kind(self) -> str:
        """Name of the record type, such as "batch-header"."""
        return self.layout.name

    def __getitem__(self, name: str) -> str:
        return self.values[name]

    def get(self, name: str) -> str:
        """The field's text, empty when this record type has no such field."""
        return self.values.get(name, "")

    def number(self, name: str) -> int:
        """The field as an integer; blank, absent or malformed reads as 0."""
        text = self.values.get(name, "")
        return int(text) if text.isascii() and text.isdigit() else 0


# Every rule asks an entry the same few things: it answers once. So no slots.
@dataclass(frozen=True)
class Entry:
    """One entry of a batch with all its addenda.

    Attributes:
        batch: the batch header above it.
        detail: the entry detail record.
        addenda: the addenda records under it, in file order.
    """

    batch: Record
    detail: Record
    addenda: tuple[Record, ...] = ()

    @property
    def line_no(self) -> int:
        """Record number of the entry detail."""
        return self.detail.line_no

    @cached_property
    def sec_code(self) -> str:
        """Standard entry class of the batch."""
        return self.batch["sec_code"]

    @cached_property
    def transaction_code(self) -> int:
        """Account type and direction, such as 22 (credit to checking)."""
        return self.detail.number("transaction_code")

    @cached_property
    def is_debit(self) -> bool:
        """True when the receiver pays."""
        return codes.is_debit(self.transaction_code)

    @cached_property
    def cents(self) -> int:
        """The amount in US cents."""
        return self.detail.number("amount")

    @property
    def amount(self) -> Decimal:
        """The amount in US dollars, two decimals."""
        return Decimal(self.cents).scaleb(-2)

    @property
    def routing_number(self) -> str:
        """Nine digits of the receiving bank, check digit last."""
        return self.detail["rdfi_identification"] + self.detail["check_digit"]

    @property
    def trace_number(self) -> str:
        """The entry's trace number; empty in accounting advices, which have none."""
        return self.detail.get("trace_number")

    @cached_property
    def is_offset(self) -> bool:
        """True for the entry that balances a batch; it carries no addenda even among returns."""
        return self.detail.get("individual_name").strip().upper() == "OFFSET"

    @cached_property
    def category(self) -> Category:
        """Forward, or what its addenda 98 or 99 makes of it."""
        if not self.addenda:
            return Category.FORWARD
        kinds = (_REASONED.get(a.kind) for a in self.addenda)
        return next((kind for kind in kinds if kind), Category.FORWARD)
