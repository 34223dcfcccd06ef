"""The 94-character records of an ACH file, field by field.

Source: NACHA Operating Rules, Appendix Three "ACH Record Format Specifications" (field names,
positions, and which fields are mandatory). Positions follow from the widths, in order.

Kinds: N digits, A text, D date YYMMDD, T time HHMM, R routing number with its leading blank,
B reserved. A mark after the kind: "!" must be present, "+" must be present and not zero.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from operator import itemgetter

from backoffice.kernel.refusals import Place, Refused

RECORD_LENGTH = 94


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a record.

    Attributes:
        name: its name in snake case.
        start: 0-based offset of its first character.
        end: offset after its last one.
        kind: one of N A D T R B.
        required: must not be blank.
        nonzero: must not be zero either.
    """

    name: str
    start: int
    end: int
    kind: str
    required: bool
    nonzero: bool

    @property
    def width(self) -> int:
        """Number of characters."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Layout:
    """A record type: its name and its fields in order.

    Attributes:
        names: of its fields, reserved ones left out.
    """

    name: str
    fields: tuple[Field, ...]
    names: tuple[str, ...] = field(init=False, compare=False)
    _routing: tuple[str, ...] = field(init=False, compare=False)
    _slices: Callable[[str], tuple[str, ...]] = field(init=False, compare=False)
    _plain: re.Pattern[str] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        kept = [f for f in self.fields if f.kind != "B"]
        # A frozen dataclass sets what follows from its fields this way.
        put = object.__setattr__
        put(self, "names", tuple(f.name for f in kept))
        put(self, "_routing", tuple(f.name for f in kept if f.kind == "R"))
        put(self, "_slices", itemgetter(*(slice(f.start, f.end) for f in kept)))
        put(self, "_plain", re.compile("".join(map(_plain_form, self.fields)), re.ASCII))

    def cut(self, line: str) -> dict[str, str]:
        """The values of a 94-character line, right blanks dropped (routing numbers: both sides)."""
        values = dict(zip(self.names, map(str.rstrip, self._slices(line)), strict=True))
        for name in self._routing:
            values[name] = values[name].lstrip()
        return values

    def is_plain(self, line: str) -> bool:
        """True if one look tells that every field is in its form, as in nearly every line.

        A line that is not plain may be right all the same: the rules of each field tell.
        """
        return self._plain.fullmatch(line) is not None

    def join(self, values: dict[str, str]) -> str:
        """The 94-character line of `values`: digits zero-filled, text blank-filled.

        Raises:
            ValueTooLong: a value does not fit its field.
        """
        return "".join(_fill(f, values.get(f.name, "")) for f in self.fields)


# Printable ASCII, and the four printable EBCDIC characters that ASCII lacks.
ALLOWED = "[ -~\xa2\xac\xa6\xb1]"
_FORMS = {
    "N": "[0-9]{{{width}}}",
    "A": ALLOWED + "{{{width}}}",
    "R": ALLOWED + "{{{width}}}",
    # Days that every month has.
    "D": "[0-9]{{2}}(?:0[1-9]|1[0-2])(?:0[1-9]|1[0-9]|2[0-8])",
    "T": "(?:[01][0-9]|2[0-3])[0-5][0-9]",
}


def _plain_form(field: Field) -> str:
    """A pattern for the field that matches nothing but what its rules take."""
    blank = f" {{{field.width}}}"
    if field.kind == "B":
        return f"(?s:.{{{field.width}}})"
    form = _FORMS[field.kind].format(width=field.width)
    if field.nonzero:
        return f"(?!0{{{field.width}}}){form}"
    return f"(?!{blank}){form}" if field.required else f"(?:{form}|{blank})"


class ValueTooLong(Refused):
    """A value to be written does not fit its field; cutting it would change it."""

    code = "value-too-long"
    en = "{value} does not fit the field of {width} characters."
    th = "{value} ยาวเกินช่องขนาด {width} อักขระ"


def _fill(field: Field, value: str) -> str:
    if len(value) > field.width:
        raise ValueTooLong(Place(field=field.name), value=repr(value), width=field.width)
    if field.kind == "N" and (value or field.required):
        return value.rjust(field.width, "0")
    return value.rjust(field.width) if field.kind == "R" else value.ljust(field.width)


def _layout(name: str, spec: str) -> Layout:
    fields, at = [], 0
    for part in spec.split():
        field_name, width, kind = part.split(":")
        end = at + int(width)
        fields.append(Field(field_name, at, end, kind[0], kind[1:] in {"!", "+"}, "+" in kind))
        at = end
    return Layout(name, tuple(fields))


FILE_HEADER = _layout(
    "file-header",
    """record_type:1:N! priority_code:2:N! immediate_destination:10:R! immediate_origin:10:R!
    file_creation_date:6:D! file_creation_time:4:T file_id_modifier:1:A record_size:3:N!
    blocking_factor:2:N! format_code:1:N! immediate_destination_name:23:A
    immediate_origin_name:23:A reference_code:8:A""",
)
BATCH_HEADER = _layout(
    "batch-header",
    """record_type:1:N! service_class:3:N! company_name:16:A! company_discretionary_data:20:A
    company_identification:10:A! sec_code:3:A! entry_description:10:A! descriptive_date:6:A
    effective_entry_date:6:D settlement_date:3:A originator_status:1:N
    odfi_identification:8:A! batch_number:7:N!""",
)
IAT_BATCH_HEADER = _layout(
    "iat-batch-header",
    """record_type:1:N! service_class:3:N! iat_indicator:16:A foreign_exchange_indicator:2:A!
    foreign_exchange_reference_indicator:1:N! foreign_exchange_reference:15:A
    destination_country:2:A! company_identification:10:A! sec_code:3:A! entry_description:10:A!
    originating_currency:3:A! destination_currency:3:A! effective_entry_date:6:D
    settlement_date:3:A originator_status:1:N odfi_identification:8:A! batch_number:7:N!""",
)
ENTRY = _layout(
    "entry",
    """record_type:1:N! transaction_code:2:N! rdfi_identification:8:N! check_digit:1:N!
    account:17:A! amount:10:N! identification:15:A individual_name:22:A discretionary_data:2:A
    addenda_indicator:1:N! trace_number:15:N!""",
)
CORPORATE_ENTRY = _layout(
    "corporate-entry",
    """record_type:1:N! transaction_code:2:N! rdfi_identification:8:N! check_digit:1:N!
    account:17:A! amount:10:N! identification:15:A addenda_count:4:N individual_name:16:A
    reserved:2:B discretionary_data:2:A addenda_indicator:1:N! trace_number:15:N!""",
)
NAME_FIRST_ENTRY = _layout(
    "name-first-entry",
    """record_type:1:N! transaction_code:2:N! rdfi_identification:8:N! check_digit:1:N!
    account:17:A! amount:10:N! individual_name:15:A identification:22:A discretionary_data:2:A
    addenda_indicator:1:N! trace_number:15:N!""",
)
POP_ENTRY = _layout(
    "pop-entry",
    """record_type:1:N! transaction_code:2:N! rdfi_identification:8:N! check_digit:1:N!
    account:17:A! amount:10:N! check_serial_number:9:A! terminal_city:4:A! terminal_state:2:A!
    individual_name:22:A discretionary_data:2:A addenda_indicator:1:N! trace_number:15:N!""",
)
CHECK_ENTRY = _layout(
    "check-entry",
    """record_type:1:N! transaction_code:2:N! rdfi_identification:8:N! check_digit:1:N!
    account:17:A! amount:10:N! check_serial_number:15:A! individual_name:22:A
    discretionary_data:2:A addenda_indicator:1:N! trace_number:15:N!""",
)
TRUNCATED_CHECK_ENTRY = _layout(
    "truncated-check-entry",
    """record_type:1:N! transaction_code:2:N! rdfi_identification:8:N! check_digit:1:N!
    account:17:A! amount:10:N! check_serial_number:15:A! process_control:6:A!
    item_research_number:16:A! item_type:2:A addenda_indicator:1:N! trace_number:15:N!""",
)
SHARED_NETWORK_ENTRY = _layout(
    "shared-network-entry",
    """record_type:1:N! transaction_code:2:N! rdfi_identification:8:N! check_digit:1:N!
    account:17:A! amount:10:N! card_expiration:4:A document_reference:11:A card_account:22:A
    discretionary_data:2:A addenda_indicator:1:N! trace_number:15:N!""",
)
IAT_ENTRY = _layout(
    "iat-entry",
    """record_type:1:N! transaction_code:2:N! rdfi_identification:8:N! check_digit:1:N!
    addenda_count:4:N reserved:13:B amount:10:N! account:35:A! reserved2:2:B ofac_indicator:1:A
    secondary_ofac_indicator:1:A addenda_indicator:1:N! trace_number:15:N!""",
)
ADV_ENTRY = _layout(
    "adv-entry",
    """record_type:1:N! transaction_code:2:N! rdfi_identification:8:N! check_digit:1:N!
    account:15:A! amount:12:N! advice_routing_number:9:A! file_identification:5:A
    operator_data:1:A individual_name:22:A! discretionary_data:2:A addenda_indicator:1:N!
    operator_routing_number:8:A! julian_day:3:N+ sequence_number:4:N+""",
)
BATCH_CONTROL = _layout(
    "batch-control",
    """record_type:1:N! service_class:3:N! entry_addenda_count:6:N! entry_hash:10:N!
    total_debit:12:N! total_credit:12:N! company_identification:10:A
    message_authentication_code:19:A reserved:6:B odfi_identification:8:A! batch_number:7:N!""",
)
ADV_BATCH_CONTROL = _layout(
    "adv-batch-control",
    """record_type:1:N! service_class:3:N! entry_addenda_count:6:N! entry_hash:10:N!
    total_debit:20:N! total_credit:20:N! operator_data:19:A odfi_identification:8:A!
    batch_number:7:N!""",
)
FILE_CONTROL = _layout(
    "file-control",
    """record_type:1:N! batch_count:6:N+ block_count:6:N+ entry_addenda_count:8:N+
    entry_hash:10:N+ total_debit:12:N! total_credit:12:N! reserved:39:B""",
)
ADV_FILE_CONTROL = _layout(
    "adv-file-control",
    """record_type:1:N! batch_count:6:N+ block_count:6:N+ entry_addenda_count:8:N+
    entry_hash:10:N+ total_debit:20:N! total_credit:20:N! reserved:23:B""",
)

_PARTY = "record_type:1:N! type_code:2:N!"
ADDENDA_02 = _layout(
    "addenda-02",
    f"""{_PARTY} reference_one:7:A reference_two:3:A terminal_identification:6:A
    transaction_serial_number:6:A! transaction_date:4:A! authorization_code:6:A
    terminal_location:27:A! terminal_city:15:A! terminal_state:2:A! trace_number:15:N""",
)
ADDENDA_05 = _layout(
    "addenda-05", f"{_PARTY} payment_information:80:A sequence:4:N! entry_sequence:7:N!"
)
ADDENDA_10 = _layout(
    "addenda-10",
    f"""{_PARTY} transaction_type:3:A! foreign_amount:18:N! foreign_trace:22:A name:35:A!
    reserved:6:B entry_sequence:7:N+""",
)
ADDENDA_11 = _layout(
    "addenda-11",
    f"{_PARTY} originator_name:35:A! originator_street:35:A! reserved:14:B entry_sequence:7:N+",
)
ADDENDA_12 = _layout(
    "addenda-12",
    f"""{_PARTY} originator_city_state:35:A! originator_country_postal:35:A! reserved:14:B
    entry_sequence:7:N+""",
)
ADDENDA_13 = _layout(
    "addenda-13",
    f"""{_PARTY} odfi_name:35:A! qualifier:2:A! odfi_id:34:A! branch_country:3:A!
    reserved:10:B entry_sequence:7:N+""",
)
ADDENDA_14 = _layout(
    "addenda-14",
    f"""{_PARTY} rdfi_name:35:A! qualifier:2:A! rdfi_id:34:A! branch_country:3:A!
    reserved:10:B entry_sequence:7:N+""",
)
ADDENDA_15 = _layout(
    "addenda-15",
    f"{_PARTY} receiver_id:15:A receiver_street:35:A! reserved:34:B entry_sequence:7:N+",
)
ADDENDA_16 = _layout(
    "addenda-16",
    f"""{_PARTY} receiver_city_state:35:A! receiver_country_postal:35:A! reserved:14:B
    entry_sequence:7:N+""",
)
ADDENDA_17 = _layout("addenda-17", f"{_PARTY} remittance:80:A sequence:4:N+ entry_sequence:7:N+")
ADDENDA_18 = _layout(
    "addenda-18",
    f"""{_PARTY} correspondent_name:35:A! qualifier:2:A! correspondent_id:34:A!
    branch_country:3:A! reserved:6:B sequence:4:N+ entry_sequence:7:N+""",
)
ADDENDA_98 = _layout(
    "addenda-98",
    f"""{_PARTY} change_code:3:A original_trace:15:A reserved:6:B original_rdfi:8:A
    corrected_data:29:A reserved2:15:B trace_number:15:A""",
)
ADDENDA_98_REFUSED = _layout(
    "addenda-98-refused",
    f"""{_PARTY} refused_code:3:A original_trace:15:A reserved:6:B original_rdfi:8:A
    corrected_data:29:A change_code:3:A trace_sequence:7:N! reserved2:5:B trace_number:15:A""",
)
ADDENDA_99 = _layout(
    "addenda-99",
    f"""{_PARTY} return_code:3:A original_trace:15:A date_of_death:6:D original_rdfi:8:A
    information:44:A trace_number:15:A""",
)
ADDENDA_99_DISHONORED = _layout(
    "addenda-99-dishonored",
    f"""{_PARTY} return_code:3:A original_trace:15:A reserved:6:B original_rdfi:8:A
    reserved2:3:B return_trace:15:A return_settlement_date:3:A return_reason:2:A
    information:21:A trace_number:15:A""",
)
ADDENDA_99_CONTESTED = _layout(
    "addenda-99-contested",
    f"""{_PARTY} return_code:3:A original_trace:15:A date_returned:6:A original_rdfi:8:A
    original_settlement_date:3:A return_trace:15:A return_settlement_date:3:A return_reason:2:A
    dishonored_trace:15:A dishonored_settlement_date:3:A dishonored_reason:2:A reserved:1:B
    trace_number:15:A""",
)
