"""Rules of an entry with its addenda inside its batch: what its class and category allow."""

from collections import Counter
from collections.abc import Callable, Iterator

from backoffice.kernel.refusals import Place, Refused
from settlement.formats.ach import codes, entry_refusals
from settlement.formats.ach.field_refusals import UnknownTransactionCode
from settlement.formats.ach.options import Options
from settlement.formats.ach.records import Category, Entry

_INDICATOR = Place(field="addenda_indicator")
_CODE = Place(field="transaction_code")
_AMOUNT = Place(field="amount")
_REASONS = {Category.CHANGE: "98"}
_REASON_TYPES = frozenset({"98", "99"})
_ENROLLMENT_CODES = codes.PRENOTE_CODES | codes.RETURN_CODES_OF_ENTRY

type Rule = Callable[[Entry, Options], Iterator[Refused]]


def broken(entry: Entry, options: Options) -> Iterator[Refused]:
    """Every rule that the entry breaks, each with its line and field; the caller adds the file."""
    for rule in _RULES:
        for refused in rule(entry, options):
            yield refused.at(line=entry.line_no)


def shape(entry: Entry) -> tuple[object, ...] | None:
    """All that the rules ask of an entry without addenda; None for one that has some.

    Of two entries of one batch and one shape, both are right or both are wrong.
    """
    if entry.addenda:
        return None
    values, cents = entry.detail.values, entry.cents
    ceiling = codes.AMOUNT_CEILING.get(entry.sec_code)
    return (
        values["transaction_code"],
        values["addenda_indicator"],
        values.get("addenda_count"),
        cents > 0,
        ceiling and cents > ceiling,
        entry.is_offset,
    )


def is_international(entry: Entry) -> bool:
    """True for IAT entries, also those of a notification of change (class COR, IATCOR)."""
    return entry.detail.kind == "iat-entry"


def _indicator(entry: Entry, _options: Options) -> Iterator[Refused]:
    flagged = entry.detail["addenda_indicator"]
    if flagged != ("1" if entry.addenda else "0"):
        yield entry_refusals.AddendaIndicatorWrong(
            _INDICATOR, value=flagged, found=len(entry.addenda)
        )


def _service_class(entry: Entry, options: Options) -> Iterator[Refused]:
    if options.any_service_class:
        return
    service_class = entry.batch.number("service_class")
    against = {codes.CREDITS_ONLY: True, codes.DEBITS_ONLY: False}
    if against.get(service_class) is entry.is_debit:
        yield entry_refusals.AgainstServiceClass(
            _CODE, value=entry.transaction_code, service_class=service_class
        )


def _entry_class(entry: Entry, _options: Options) -> Iterator[Refused]:
    sec, code = entry.sec_code, entry.transaction_code
    if (code in codes.ADVICE_CODES) != (sec == "ADV"):
        yield UnknownTransactionCode(_CODE, value=code, sec=sec)
    elif _is_forbidden(entry):
        yield entry_refusals.AgainstEntryClass(_CODE, value=code, sec=sec)


def _is_forbidden(entry: Entry) -> bool:
    sec, code = entry.sec_code, entry.transaction_code
    if sec == "DNE":
        return code not in codes.DEATH_NOTICE_CODES
    if sec == "ENR":
        return code not in _ENROLLMENT_CODES
    if sec == "COR":
        return code not in codes.RETURN_CODES_OF_ENTRY
    return _is_wrong_way(entry) or (
        code in codes.ZERO_DOLLAR_CODES and sec not in codes.ZERO_DOLLAR_CLASSES
    )


def _is_wrong_way(entry: Entry) -> bool:
    if entry.is_offset or entry.batch["entry_description"].upper().startswith("REVERSAL"):
        return False
    refused = codes.CREDIT_CLASSES if entry.is_debit else codes.DEBIT_CLASSES
    return entry.sec_code in refused


def _amount(entry: Entry, options: Options) -> Iterator[Refused]:
    if options.any_amount:
        return
    code, cents = entry.transaction_code, entry.cents
    if cents and _moves_nothing(entry):
        yield entry_refusals.AmountNotZero(_AMOUNT, value=code)
    if not cents and _moves_money(entry):
        yield entry_refusals.AmountZero(_AMOUNT, value=code)
    ceiling = codes.AMOUNT_CEILING.get(entry.sec_code)
    if ceiling and cents > ceiling and not entry.is_offset:
        yield entry_refusals.AmountTooHigh(
            _AMOUNT, value=entry.amount, sec=entry.sec_code, limit=f"{ceiling / 100:.2f}"
        )


def _moves_nothing(entry: Entry) -> bool:
    if entry.category is Category.CHANGE:
        return not is_international(entry)
    return entry.transaction_code in codes.PRENOTE_CODES | codes.ZERO_DOLLAR_CODES


def _moves_money(entry: Entry) -> bool:
    if entry.category is not Category.FORWARD or _moves_nothing(entry):
        return False
    is_prenote = entry.batch["entry_description"].upper() == "PRENOTE"
    return not is_prenote and entry.sec_code not in {*codes.ACKNOWLEDGMENT_CLASSES, "ADV"}


def _addenda(entry: Entry, _options: Options) -> Iterator[Refused]:
    found = Counter(a["type_code"] for a in entry.addenda)
    if is_international(entry):
        yield from _international(entry, found)
    elif entry.category is Category.FORWARD:
        yield from _forward(entry, found)
    else:
        reason = _REASONS.get(entry.category, "99")
        kept = {reason, "05"} if entry.sec_code == "CTX" else {reason}
        yield from _limited(entry, found, {reason: 1, **dict.fromkeys(kept - {reason}, 9999)})
    if entry.category is Category.CHANGE and entry.sec_code != "COR":
        yield _not_allowed(entry, "98")


def _forward(entry: Entry, found: Counter[str]) -> Iterator[Refused]:
    sec = entry.sec_code
    if sec in codes.TERMINAL_CLASSES:
        yield from _mandatory(entry, found, ("02",))
        yield from _limited(entry, found, {"02": 1})
    elif sec == "COR":
        yield from _mandatory(entry, found, ("98",))
    else:
        yield from _mandatory(entry, found, ("05",) if sec == "DNE" else ())
        yield from _limited(entry, found, {"05": codes.PAYMENT_ADDENDA_LIMIT.get(sec, 0)})


def _international(entry: Entry, found: Counter[str]) -> Iterator[Refused]:
    if entry.category is not Category.CHANGE:
        yield from _mandatory(entry, found, codes.IAT_MANDATORY)
    once = dict.fromkeys(codes.IAT_MANDATORY, 1)
    reasons = dict.fromkeys(_REASON_TYPES, 1)
    yield from _limited(entry, found, once | codes.IAT_LIMITS | reasons)


def _mandatory(entry: Entry, found: Counter[str], wanted: tuple[str, ...]) -> Iterator[Refused]:
    for type_code in wanted:
        if not found[type_code]:
            yield entry_refusals.AddendaMissing(value=type_code, sec=entry.sec_code)


def _limited(entry: Entry, found: Counter[str], limits: dict[str, int]) -> Iterator[Refused]:
    for type_code, count in found.items():
        limit = limits.get(type_code, 0)
        if not limit:
            yield _not_allowed(entry, type_code)
        elif count > limit:
            yield entry_refusals.TooManyAddenda(
                value=type_code, found=count, sec=entry.sec_code, limit=limit
            )


def _not_allowed(entry: Entry, type_code: str) -> Refused:
    line = next(a.line_no for a in entry.addenda if a["type_code"] == type_code)
    return entry_refusals.AddendaNotAllowed(
        Place(line=line, field="type_code"),
        value=type_code,
        category=entry.category,
        sec=entry.sec_code,
    )


def _addenda_order(entry: Entry, options: Options) -> Iterator[Refused]:
    last: dict[str, int] = {}
    expected = entry.trace_number[-7:]
    for record in entry.addenda:
        type_code = record["type_code"]
        if "sequence" in record.values:
            sequence = record.number("sequence")
            if sequence < last.get(type_code, 0) and not options.any_trace_order:
                yield entry_refusals.AddendaSequenceWrong(
                    Place(line=record.line_no, field="sequence"),
                    value=sequence,
                    last=last.get(type_code, 0),
                )
            last[type_code] = sequence
        named = record.get("entry_sequence")
        if named and named != expected and not options.any_trace_order:
            yield entry_refusals.AddendaOfAnotherEntry(
                Place(line=record.line_no, field="entry_sequence"), value=named, expected=expected
            )


def _addenda_count(entry: Entry, options: Options) -> Iterator[Refused]:
    stated = entry.detail.get("addenda_count")
    if not stated or options.any_addenda_count or entry.category is not Category.FORWARD:
        return
    counted = {len(entry.addenda)}
    if is_international(entry):
        # Many senders of international entries count the mandatory addenda only.
        counted.add(len(codes.IAT_MANDATORY))
    if int(stated) not in counted:
        yield entry_refusals.AddendaCountWrong(
            Place(field="addenda_count"), value=stated, found=len(entry.addenda)
        )


_RULES: tuple[Rule, ...] = (
    _indicator,
    _service_class,
    _entry_class,
    _amount,
    _addenda,
    _addenda_order,
    _addenda_count,
)
