"""What the reader hands out: records as they stand in the file, and entries with their addenda."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

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


# Not frozen: a frozen one takes twice as long to make, and files have millions.
@dataclass(slots=True)
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
        return int(text) if text.isdigit() and text.isascii() else 0


# What every rule asks is found once.
@dataclass(slots=True)
class Entry:
    """One entry of a batch with all its addenda.

    Attributes:
        batch: the batch header above it.
        detail: the entry detail record.
        addenda: the addenda records under it, in file order.
        line_no: record number of the entry detail.
        sec_code: standard entry class of the batch.
        transaction_code: account type and direction, such as 22 (credit to checking).
        is_debit: True when the receiver pays.
        cents: the amount in US cents.
        is_offset: True for the entry that balances a batch; it carries no addenda even among
            returns.
        category: forward, or what its addenda 98 or 99 makes of it.
        trace_number: empty in accounting advices, which have none.
    """

    batch: Record
    detail: Record
    addenda: tuple[Record, ...] = ()
    line_no: int = field(init=False, compare=False)
    sec_code: str = field(init=False, compare=False)
    transaction_code: int = field(init=False, compare=False)
    is_debit: bool = field(init=False, compare=False)
    cents: int = field(init=False, compare=False)
    is_offset: bool = field(init=False, compare=False)
    category: Category = field(init=False, compare=False)
    trace_number: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        detail = self.detail
        values = detail.values
        self.line_no = detail.line_no
        self.sec_code = self.batch.values["sec_code"]
        self.transaction_code = code = detail.number("transaction_code")
        self.is_debit = codes.is_debit(code)
        self.cents = detail.number("amount")
        self.is_offset = values.get("individual_name", "").strip().upper() == "OFFSET"
        self.category = _category(self.addenda) if self.addenda else Category.FORWARD
        self.trace_number = values.get("trace_number", "")

    @property
    def amount(self) -> Decimal:
        """The amount in US dollars, two decimals."""
        return Decimal(self.cents).scaleb(-2)

    @property
    def routing_number(self) -> str:
        """Nine digits of the receiving bank, check digit last."""
        return self.detail["rdfi_identification"] + self.detail["check_digit"]


def _category(addenda: tuple[Record, ...]) -> Category:
    kinds = (_REASONED.get(one.kind) for one in addenda)
    return next((kind for kind in kinds if kind), Category.FORWARD)
