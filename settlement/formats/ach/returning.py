"""Answers of the receiving bank: returns (addenda 99) and notifications of change (addenda 98).

Source: NACHA Operating Rules, Appendices Four and Five: the entry goes back to the bank that
originated it, with a transaction code of the same account type and direction that marks the
answer, a trace number of the answering bank, and an addenda that names the original trace.
"""

from collections.abc import Iterable, Iterator
from datetime import date

from backoffice.kernel.refusals import Place, Refused
from settlement.formats.ach import codes, layouts, record_rules
from settlement.formats.ach.field_refusals import UnknownReturnCode
from settlement.formats.ach.options import STRICT
from settlement.formats.ach.reader import Item
from settlement.formats.ach.records import Category, Entry, Record

_LAST_DIGIT = {"credit": 1, "debit": 6}
_DEATH_REASONS = frozenset({"R14", "R15"})


class NotToBeAnswered(Refused):
    """Only a forward entry is returned or corrected here; accounting advices never are."""

    code = "not-to-be-answered"
    en = "The entry {trace} is a {category} entry; only a forward entry is answered this way."
    th = "รายการ {trace} เป็นรายการ {category} ตอบกลับแบบนี้ได้เฉพาะรายการ forward"


def returned(
    entry: Entry,
    *,
    reason: str,
    sequence: int,
    information: str = "",
    date_of_death: date | None = None,
) -> Entry:
    """The return of a forward entry, under a batch header of its own.

    Args:
        entry: the forward entry as it was received.
        reason: return reason code, such as "R01" (insufficient funds).
        sequence: 1 to 9,999,999, last seven digits of the new trace number.
        information: free text, at most 44 characters.
        date_of_death: the day, for reasons R14 and R15.

    Raises:
        NotToBeAnswered: the entry is itself an answer.
        UnknownReturnCode: the reason is not in the list of the rules.
    """
    if reason not in codes.RETURN_CODES - codes.DISHONORED_CODES - codes.CONTESTED_CODES:
        raise UnknownReturnCode(Place(field="return_code"), value=repr(reason))
    death = f"{date_of_death:%y%m%d}" if date_of_death and reason in _DEATH_REASONS else ""
    values = {"return_code": reason, "date_of_death": death, "information": information}
    addenda = _reason(layouts.ADDENDA_99, entry, sequence, values)
    kept = _kept_addenda(entry, sequence)
    return _answer(entry, _header(entry, {}), sequence, (*kept, addenda), {})


def changed(entry: Entry, *, change_code: str, corrected_data: str, sequence: int) -> Entry:
    """The notification of change (class COR) for a forward entry, under a header of its own.

    Args:
        entry: the forward entry as it was received.
        change_code: what is wrong, such as "C01" (account number).
        corrected_data: what is right, laid out as the code asks, at most 29 characters.
        sequence: 1 to 9,999,999, last seven digits of the new trace number.

    Raises:
        NotToBeAnswered: the entry is itself an answer.
        Refused: the change code is unknown, or the corrected data are missing.
    """
    values = {"change_code": change_code, "corrected_data": corrected_data}
    addenda = _reason(layouts.ADDENDA_98, entry, sequence, values)
    for refused in record_rules.broken(addenda, STRICT):
        raise refused
    international = {"iat_indicator": "IATCOR"} if entry.detail.kind == "iat-entry" else {}
    header = _header(entry, {"sec_code": "COR"} | international)
    return _answer(entry, header, sequence, (addenda,), {"amount": "0"})


def answer_file(header: Record, answers: Iterable[Entry]) -> Iterator[Item]:
    """The items of a file of answers, ready for `writer.lines`.

    Args:
        header: the file header that came; origin and destination change places.
        answers: results of `returned` and `changed`; entries in a row under equal headers share a
            batch. Batches are numbered from 1.
    """
    swapped = {
        "immediate_destination": header["immediate_origin"],
        "immediate_origin": header["immediate_destination"],
        "immediate_destination_name": header["immediate_origin_name"],
        "immediate_origin_name": header["immediate_destination_name"],
    }
    yield Record(header.layout, 1, {**header.values, **swapped})
    batches, last = 0, None
    for answer in answers:
        if answer.batch.values != last:
            batches, last = batches + 1, answer.batch.values
            numbered = {**answer.batch.values, "batch_number": str(batches)}
            batch = Record(answer.batch.layout, 0, numbered)
            yield batch
        yield Entry(batch, answer.detail, answer.addenda)


def _reason(layout: layouts.Layout, entry: Entry, sequence: int, values: dict[str, str]) -> Record:
    is_advice = entry.detail.kind == layouts.ADV_ENTRY.name
    if is_advice or entry.category is not Category.FORWARD:
        category = "advice" if is_advice else entry.category
        place = Place(line=entry.line_no)
        raise NotToBeAnswered(place, trace=entry.trace_number, category=category)
    common = {
        "record_type": "7",
        "type_code": layout.name[-2:],
        "original_trace": entry.trace_number,
        "original_rdfi": entry.detail["rdfi_identification"],
        "trace_number": _trace(entry, sequence),
    }
    return Record(layout, 0, common | values)


def _trace(entry: Entry, sequence: int) -> str:
    return f"{entry.detail['rdfi_identification']}{sequence:07d}"


def _header(entry: Entry, changes: dict[str, str]) -> Record:
    answering = {"odfi_identification": entry.detail["rdfi_identification"]}
    return Record(entry.batch.layout, 0, {**entry.batch.values, **answering, **changes})


def _kept_addenda(entry: Entry, sequence: int) -> tuple[Record, ...]:
    # The return of an international entry repeats the seven mandatory addenda.
    own = {"entry_sequence": f"{sequence:07d}"}
    return tuple(
        Record(a.layout, 0, {**a.values, **own})
        for a in entry.addenda
        if a["type_code"] in codes.IAT_MANDATORY
    )


def _answer(
    entry: Entry,
    header: Record,
    sequence: int,
    addenda: tuple[Record, ...],
    changes: dict[str, str],
) -> Entry:
    origin = entry.batch["odfi_identification"]
    direction = "debit" if entry.is_debit else "credit"
    own = {
        "transaction_code": str(entry.transaction_code // 10 * 10 + _LAST_DIGIT[direction]),
        "rdfi_identification": origin,
        "check_digit": str(record_rules.check_digit(origin)),
        "addenda_indicator": "1",
        "trace_number": _trace(entry, sequence),
    }
    values = {**entry.detail.values, **own, **changes}
    return Entry(header, Record(entry.detail.layout, 0, values), addenda)
