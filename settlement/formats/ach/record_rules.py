"""Rules that one record keeps or breaks by itself: its fields, their code lists, check digits."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from backoffice.kernel.refusals import Place, Refused
from settlement.formats.ach import codes, field_refusals
from settlement.formats.ach.layouts import ALLOWED, Field
from settlement.formats.ach.options import Options
from settlement.formats.ach.records import Record
from settlement.formats.dates import yymmdd

_ALLOWED = re.compile(ALLOWED + "*\\Z")
_TIME = re.compile(r"(?:[01][0-9]|2[0-3])[0-5][0-9]\Z", re.ASCII)
_MODIFIER = re.compile(r"[A-Z0-9]?\Z", re.ASCII)
_EIGHT = re.compile(r"[0-9]{8}\Z", re.ASCII)
_WEIGHTS = (3, 7, 1, 3, 7, 1, 3, 7)
_CONSTANTS = {
    "priority_code": "01",
    "record_size": "094",
    "blocking_factor": "10",
    "format_code": "1",
}
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

type Rule = Callable[[Record, Options], Iterator[Refused]]


@lru_cache(maxsize=4096)
def check_digit(routing: str) -> int:
    """The ninth digit of a routing number from its first eight: weights 3 7 1, sum up to ten."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, routing, strict=True))
    return -total % 10


def is_routing_number(text: str) -> bool:
    """True for nine ASCII digits with a right check digit."""
    digits = len(text) == 9 and text.isascii() and text.isdigit()
    return digits and check_digit(text[:8]) == int(text[8])


def broken(record: Record, options: Options, *, is_plain: bool = False) -> list[Refused]:
    """Every rule that the record breaks, each with its field; the caller adds file and line.

    Args:
        is_plain: the layout saw at one look that every field is in its form.
    """
    found = [] if is_plain else list(_fields(record, options))
    rule = _RULES.get(record.kind)
    if rule:
        known = {refused.place.field for refused in found}
        found += [r for r in rule(record, options) if r.place.field not in known]
    return found


def _fields(record: Record, options: Options) -> Iterator[Refused]:
    for field in record.layout.fields:
        if field.kind == "B":
            continue
        value = record.values[field.name]
        if value:
            refused = _CHECKS[field.kind](field, value)
        elif field.required:
            refused = field_refusals.FieldRequired(Place(field=field.name))
        else:
            continue
        if refused and not _is_waived(field, refused, options):
            yield refused


def _is_waived(field: Field, refused: Refused, options: Options) -> bool:
    if isinstance(refused, field_refusals.NotAlphanumeric):
        return options.any_characters
    if isinstance(refused, field_refusals.FieldRequired):
        by_name = {
            "immediate_origin": options.any_origin,
            "immediate_destination": options.any_destination,
        }
        return by_name.get(field.name, False) or (options.blank_fields and field.kind in "AR")
    return options.any_effective_date and field.name == "effective_entry_date"


def _digits(field: Field, value: str) -> Refused | None:
    if not (value.isascii() and value.isdigit()):
        return field_refusals.NotDigits(Place(field=field.name), value=repr(value))
    if field.nonzero and not value.strip("0"):
        return field_refusals.FieldRequired(Place(field=field.name))
    return None


def _text(field: Field, value: str) -> Refused | None:
    if _ALLOWED.match(value):
        return None
    bad = next(c for c in value if not _ALLOWED.match(c))
    return field_refusals.NotAlphanumeric(Place(field=field.name), value=repr(bad))


def _day(field: Field, value: str) -> Refused | None:
    if (value == "000000" and not field.required) or yymmdd(value):
        return None
    return field_refusals.NotACalendarDate(Place(field=field.name), value=repr(value))


def _time(field: Field, value: str) -> Refused | None:
    if _TIME.match(value):
        return None
    return field_refusals.NotATime(Place(field=field.name), value=repr(value))


_CHECKS: dict[str, Callable[[Field, str], Refused | None]] = {
    "N": _digits,
    "A": _text,
    "R": _text,
    "D": _day,
    "T": _time,
}


def _file_header(record: Record, options: Options) -> Iterator[Refused]:
    for field, expected in _CONSTANTS.items():
        if record[field] != expected:
            place = Place(field=field)
            yield field_refusals.WrongConstant(place, expected=expected, value=repr(record[field]))
    if not _MODIFIER.match(record["file_id_modifier"]):
        place = Place(field="file_id_modifier")
        yield field_refusals.NotAlphanumeric(place, value=repr(record["file_id_modifier"]))
    destination = record["immediate_destination"]
    # A ten-character destination begins with a filler: a blank, or the 0 that stands for it.
    nine = destination.removeprefix("0") if len(destination) == 10 else destination
    if not (options.any_destination or is_routing_number(nine)):
        place = Place(field="immediate_destination")
        yield field_refusals.NotARoutingNumber(place, value=repr(destination))
    if not (options.any_origin or record["immediate_origin"].strip("0")):
        yield field_refusals.FieldRequired(Place(field="immediate_origin"))


def _batch_header(record: Record, options: Options) -> Iterator[Refused]:
    yield from _service_class(record, options)
    sec = record["sec_code"]
    if sec not in codes.SEC_CODES:
        yield field_refusals.UnknownSecCode(Place(field="sec_code"), value=repr(sec))
    elif (record.number("service_class") == codes.ADVICES) != (sec == "ADV"):
        place = Place(field="service_class")
        yield field_refusals.ServiceClassOfAdvices(place, value=record["service_class"], sec=sec)
    if record.number("originator_status") not in codes.ORIGINATOR_STATUSES:
        place = Place(field="originator_status")
        yield field_refusals.UnknownOriginatorStatus(place, value=record["originator_status"])
    odfi = record["odfi_identification"]
    if not (options.any_origin or (odfi.isascii() and odfi.isdigit() and len(odfi) == 8)):
        yield field_refusals.NotDigits(Place(field="odfi_identification"), value=repr(odfi))


def _iat_batch_header(record: Record, options: Options) -> Iterator[Refused]:
    yield from _batch_header(record, options)
    yield from _listed(
        record,
        "foreign_exchange_indicator",
        codes.FOREIGN_EXCHANGE_INDICATORS,
        field_refusals.UnknownForeignExchange,
    )
    yield from _listed(
        record,
        "foreign_exchange_reference_indicator",
        codes.FOREIGN_EXCHANGE_REFERENCES,
        field_refusals.UnknownForeignExchange,
    )


def _listed(
    record: Record, field: str, allowed: frozenset[str], refusal: type[Refused]
) -> Iterator[Refused]:
    if record[field] not in allowed:
        expected = ", ".join(sorted(allowed))
        yield refusal(Place(field=field), value=repr(record[field]), expected=expected)


def _service_class(record: Record, _options: Options) -> Iterator[Refused]:
    if record.number("service_class") not in codes.SERVICE_CLASSES:
        place = Place(field="service_class")
        yield field_refusals.UnknownServiceClass(place, value=record["service_class"])


def _entry(record: Record, options: Options) -> Iterator[Refused]:
    advice = record.kind == "adv-entry"
    known = codes.ADVICE_CODES if advice else codes.TRANSACTION_CODES
    if record.number("transaction_code") not in known:
        place = Place(field="transaction_code")
        sec = "ADV" if advice else record.kind
        yield field_refusals.UnknownTransactionCode(
            place, value=record["transaction_code"], sec=sec
        )
    routing, digit = record["rdfi_identification"], record["check_digit"]
    if not _EIGHT.match(routing):
        return
    expected = str(check_digit(routing))
    if not options.any_check_digit and digit != expected:
        place = Place(field="check_digit")
        yield field_refusals.CheckDigitWrong(place, routing=routing, expected=expected, value=digit)


def _terminal(record: Record, _options: Options) -> Iterator[Refused]:
    text = record["transaction_date"]
    month, day = (int(text[:2]), int(text[2:])) if re.fullmatch(r"[0-9]{4}", text) else (0, 0)
    if not (1 <= month <= 12 and 1 <= day <= _DAYS[month - 1]):
        place = Place(field="transaction_date")
        yield field_refusals.NotACalendarDate(place, value=repr(text))


def _purpose(record: Record, _options: Options) -> Iterator[Refused]:
    if record["transaction_type"].upper() not in codes.TRANSACTION_TYPES:
        place = Place(field="transaction_type")
        value = repr(record["transaction_type"])
        yield field_refusals.UnknownTransactionType(place, value=value)


def _bank(record: Record, _options: Options) -> Iterator[Refused]:
    yield from _listed(
        record, "qualifier", codes.BANK_ID_QUALIFIERS, field_refusals.UnknownQualifier
    )


def _change(record: Record, _options: Options) -> Iterator[Refused]:
    yield from _listed(record, "change_code", codes.CHANGE_CODES, field_refusals.UnknownChangeCode)
    if not record["corrected_data"].strip():
        yield field_refusals.CorrectedDataMissing(Place(field="corrected_data"))


def _return(record: Record, options: Options) -> Iterator[Refused]:
    if not options.any_return_code:
        yield from _listed(
            record, "return_code", codes.RETURN_CODES, field_refusals.UnknownReturnCode
        )


_RULES: dict[str, Rule] = {
    "file-header": _file_header,
    "batch-header": _batch_header,
    "iat-batch-header": _iat_batch_header,
    "batch-control": _service_class,
    "adv-batch-control": _service_class,
    **{layout.name: _entry for layout in codes.ENTRY_LAYOUTS.values()},
    "addenda-02": _terminal,
    "addenda-10": _purpose,
    "addenda-13": _bank,
    "addenda-14": _bank,
    "addenda-18": _bank,
    "addenda-98": _change,
    "addenda-98-refused": _change,
    "addenda-99": _return,
}
