"""Which rules a receiver may agree with its partner to set aside; all hold by default."""

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Options:
    """Agreed exceptions from the NACHA rules, each off by default.

    Attributes:
        any_destination: the file's immediate destination may be blank or no routing number.
        any_origin: the immediate origin may be blank or zero, and the trace numbers need not
            begin with the ODFI of the batch.
        any_trace_order: trace numbers need not ascend in the batch.
        any_check_digit: the check digit of a receiving bank's routing number is not recomputed.
        any_return_code: return reasons outside the list of the rules are let through.
        any_amount: an amount may be zero, or above the ceiling of its class.
        any_block_count: the block count of the file control is not recomputed.
        any_company: the batch control may name another company than the header, or none.
        any_service_class: header and control may differ in it, and its entries may go both ways.
        any_addenda_count: the count of entries and addenda is not recomputed.
        any_batch_order: batch numbers need not ascend.
        any_effective_date: an effective entry date that is no date reads as none.
        any_characters: text may hold any printable character, not only those of the rules.
        blank_fields: mandatory text fields may be blank.
        no_batches: a file without batches is a good file.
        no_file_header: a file may begin with a batch.
        no_file_control: a file may end after its last batch.
        max_lines: the most records in a file; the counts of the file control allow no more.
    """

    any_destination: bool = False
    any_origin: bool = False
    any_trace_order: bool = False
    any_check_digit: bool = False
    any_return_code: bool = False
    any_amount: bool = False
    any_block_count: bool = False
    any_company: bool = False
    any_service_class: bool = False
    any_addenda_count: bool = False
    any_batch_order: bool = False
    any_effective_date: bool = False
    any_characters: bool = False
    blank_fields: bool = False
    no_batches: bool = False
    no_file_header: bool = False
    no_file_control: bool = False
    max_lines: int = 2 + 2 * 10**6 + 10**8 + 8


STRICT = Options()
LENIENT = Options(**{f.name: True for f in fields(Options) if f.name != "max_lines"})
