"""The ACH reader rule by rule, on small files written for the purpose."""

import io
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backoffice.kernel.refusals import Refused
from settlement.formats.ach import reader, record_rules, writer
from settlement.formats.ach.layouts import (
    ADDENDA_05,
    BATCH_HEADER,
    CORPORATE_ENTRY,
    ENTRY,
    FILE_HEADER,
    ValueTooLong,
)
from settlement.formats.ach.options import LENIENT, STRICT, Options
from settlement.formats.ach.records import Category, Entry, Record

ODFI = "12104288"
HEADER = Record(
    FILE_HEADER,
    1,
    {
        "record_type": "1",
        "priority_code": "01",
        "immediate_destination": "231380104",
        "immediate_origin": "121042882",
        "file_creation_date": "260105",
        "file_creation_time": "0930",
        "file_id_modifier": "A",
        "record_size": "094",
        "blocking_factor": "10",
        "format_code": "1",
        "immediate_destination_name": "Clearing House",
        "immediate_origin_name": "Our Bank",
        "reference_code": "",
    },
)


def batch(number=1, **values) -> Record:
    base = {
        "record_type": "5",
        "service_class": "200",
        "company_name": "Siam Trading",
        "company_discretionary_data": "",
        "company_identification": "121042882",
        "sec_code": "PPD",
        "entry_description": "SALARY",
        "descriptive_date": "",
        "effective_entry_date": "260106",
        "settlement_date": "",
        "originator_status": "1",
        "odfi_identification": ODFI,
        "batch_number": f"{number:07d}",
    }
    return Record(BATCH_HEADER, 2, base | values)


def entry(header: Record, sequence=1, addenda=(), layout=ENTRY, **values) -> Entry:
    base = {
        "record_type": "6",
        "transaction_code": "22",
        "rdfi_identification": "23138010",
        "check_digit": "4",
        "account": "12345678",
        "amount": "0000012345",
        "identification": "",
        "individual_name": "Somchai",
        "discretionary_data": "",
        "addenda_indicator": "1" if addenda else "0",
        "trace_number": f"{ODFI}{sequence:07d}",
    }
    if layout is CORPORATE_ENTRY:
        base["addenda_count"] = f"{len(addenda):04d}"
    return Entry(header, Record(layout, 3, base | values), tuple(addenda))


def payment(text: str, sequence=1, entry_sequence=1) -> Record:
    values = {
        "record_type": "7",
        "type_code": "05",
        "payment_information": text,
        "sequence": f"{sequence:04d}",
        "entry_sequence": f"{entry_sequence:07d}",
    }
    return Record(ADDENDA_05, 4, values)


def written(*items) -> list[str]:
    return list(writer.lines(items))


def read(lines: list[str], options: Options = STRICT) -> list:
    data = "\n".join(lines).encode()
    return list(reader.read(io.BytesIO(data), name="a.ach", options=options))


def codes(found: list) -> set[str]:
    return {one.code for one in found if isinstance(one, Refused)}


def small_file() -> list[str]:
    one, two = batch(1), batch(2, service_class="225", sec_code="CCD")
    debit = {"transaction_code": "27"}
    return written(
        HEADER, one, entry(one, 1), entry(one, 2, [payment("hello", 1, 2)], **debit),
        two, entry(two, 3, **debit),
    )  # fmt: skip


def test_a_good_file_reads_entry_by_entry():
    found = read(small_file())
    assert codes(found) == set()
    kinds = [i.sec_code if isinstance(i, Entry) else i.kind for i in found]
    assert kinds == [
        "file-header", "batch-header", "PPD", "PPD", "batch-control",
        "batch-header", "CCD", "batch-control", "file-control",
    ]  # fmt: skip
    second = [i for i in found if isinstance(i, Entry)][1]
    assert (str(second.amount), second.is_debit) == ("123.45", True)
    assert (second.routing_number, second.category) == ("231380104", Category.FORWARD)
    assert second.addenda[0]["payment_information"] == "hello"
    assert found[-1].number("total_debit") == 24690


def change(line: int, start: int, text: str) -> list[str]:
    """The small file with `text` at NACHA position `start` (from 1) of a 1-based line."""
    lines = small_file()
    old = lines[line - 1]
    lines[line - 1] = old[: start - 1] + text + old[start - 1 + len(text) :]
    return lines


BROKEN = {
    "record type": (change(3, 1, "4"), "unknown-record-type", 3, None),
    "record size": (change(1, 35, "095"), "wrong-constant", 1, "record_size"),
    "destination": (change(1, 5, "231380105"), "not-a-routing-number", 1, "immediate_destination"),
    "origin": (change(1, 14, "          "), "field-required", 1, "immediate_origin"),
    "creation date": (change(1, 24, "260230"), "not-a-date", 1, "file_creation_date"),
    "creation time": (change(1, 30, "2460"), "not-a-time", 1, "file_creation_time"),
    "service class": (change(2, 2, "201"), "unknown-service-class", 2, "service_class"),
    "advices": (change(2, 2, "280"), "service-class-of-advices", 2, "service_class"),
    "entry class": (change(2, 51, "XXX"), "unknown-sec-code", 2, "sec_code"),
    "company": (change(2, 5, " " * 16), "field-required", 2, "company_name"),
    "effective date": (change(2, 70, "261301"), "not-a-date", 2, "effective_entry_date"),
    "status": (change(2, 79, "7"), "unknown-originator-status", 2, "originator_status"),
    "transaction": (change(3, 2, "20"), "unknown-transaction-code", 3, "transaction_code"),
    "check digit": (change(3, 12, "5"), "check-digit-wrong", 3, "check_digit"),
    "routing": (change(3, 4, "2313801X"), "not-digits", 3, "rdfi_identification"),
    "amount": (change(3, 30, "00001234.5"), "not-digits", 3, "amount"),
    "zero amount": (change(3, 30, "0000000000"), "amount-zero", 3, "amount"),
    "prenote moves": (change(3, 2, "23"), "amount-not-zero", 3, "amount"),
    "zero-dollar class": (change(3, 2, "24"), "against-entry-class", 3, "transaction_code"),
    "name": (change(3, 55, "\u0e2a"), "not-alphanumeric", 3, "individual_name"),
    "tab in name": (change(3, 55, "\t"), "not-alphanumeric", 3, "individual_name"),
    "indicator set": (change(3, 79, "1"), "addenda-indicator-wrong", 3, "addenda_indicator"),
    "indicator unset": (change(4, 79, "0"), "addenda-indicator-wrong", 4, "addenda_indicator"),
    "trace order": (change(4, 88, "0000001"), "trace-not-ascending", 4, "trace_number"),
    "trace bank": (change(3, 80, "99999999"), "trace-not-of-originator", 3, "trace_number"),
    "addenda type": (change(5, 2, "07"), "unknown-addenda-type", 5, "type_code"),
    "addenda of class": (change(2, 51, "TEL"), "addenda-not-allowed", 5, "type_code"),
    "addenda entry": (change(5, 88, "0000009"), "addenda-of-another-entry", 5, "entry_sequence"),
    "control class": (change(6, 2, "220"), "header-control-mismatch", 6, "service_class"),
    "control company": (
        change(6, 45, "999"), "header-control-mismatch", 6, "company_identification"
    ),
    "control bank": (
        change(6, 80, "99999999"), "header-control-mismatch", 6, "odfi_identification"
    ),
    "control number": (change(6, 88, "0000009"), "header-control-mismatch", 6, "batch_number"),
    "count": (change(6, 5, "000009"), "batch-control-mismatch", 6, "entry_addenda_count"),
    "hash": (change(6, 11, "9"), "batch-control-mismatch", 6, "entry_hash"),
    "debits": (change(6, 21, "9"), "batch-control-mismatch", 6, "total_debit"),
    "credits": (change(6, 33, "9"), "batch-control-mismatch", 6, "total_credit"),
    "batch order": (change(7, 88, "0000001"), "batch-order-wrong", 7, "batch_number"),
    "credit in debits": (change(8, 2, "22"), "against-service-class", 8, "transaction_code"),
    "file batches": (change(10, 2, "000003"), "file-control-mismatch", 10, "batch_count"),
    "file blocks": (change(10, 8, "000009"), "file-control-mismatch", 10, "block_count"),
    "file count": (change(10, 14, "99999999"), "file-control-mismatch", 10, "entry_addenda_count"),
    "file hash": (change(10, 22, "9"), "file-control-mismatch", 10, "entry_hash"),
    "file debits": (change(10, 32, "9"), "file-control-mismatch", 10, "total_debit"),
    "file credits": (change(10, 44, "9"), "file-control-mismatch", 10, "total_credit"),
}  # fmt: skip


@pytest.mark.parametrize(("lines", "code", "line", "field"), BROKEN.values(), ids=BROKEN)
def test_a_broken_rule_is_named_with_its_line_and_field(lines, code, line, field):
    refused = [one for one in read(lines) if isinstance(one, Refused) and one.code == code]
    places = [(one.place.file, one.place.line, one.place.field) for one in refused]
    assert ("a.ach", line, field) in places
    assert all(one.text("th") != one.text("en") for one in refused)


def without(*numbers: int) -> list[str]:
    return [line for n, line in enumerate(small_file(), 1) if n not in numbers]


ORDER = {
    "file-header-missing": without(1),
    "batch-header-inside-batch": without(6),
    "batch-not-closed": without(9),
    "entry-outside-batch": without(2),
    "addenda-outside-entry": without(3, 4),
    "batch-control-outside-batch": without(7, 8),
    "file-control-missing": without(10),
    "batch-empty": without(8),
    "file-header-twice": [small_file()[0], *small_file()],
    "record-after-file-control": [*small_file(), small_file()[2]],
    "file-control-twice": [*small_file(), small_file()[9]],
    "wrong-record-length": [small_file()[0], small_file()[1] + "X", *small_file()[2:]],
}


@pytest.mark.parametrize(("code", "lines"), ORDER.items(), ids=ORDER)
def test_records_out_of_order_are_refused(code, lines):
    assert code in codes(read(lines))


def test_every_exception_by_agreement_waives_its_rule_and_no_other():
    waived = {
        "destination": "any_destination", "origin": "any_origin", "trace bank": "any_origin",
        "trace order": "any_trace_order", "check digit": "any_check_digit",
        "zero amount": "any_amount", "file blocks": "any_block_count",
        "control company": "any_company", "control class": "any_service_class",
        "credit in debits": "any_service_class", "batch order": "any_batch_order",
        "effective date": "any_effective_date", "name": "any_characters",
        "company": "blank_fields",
    }  # fmt: skip
    for case, option in waived.items():
        lines, code, *_ = BROKEN[case]
        assert code in codes(read(lines)), case
        assert code not in codes(read(lines, Options(**{option: True}))), case
    assert codes(read(without(1), Options(no_file_header=True))) == set(), "only the header is gone"
    assert codes(read(without(10), Options(no_file_control=True))) == set()


def test_totals_are_never_waived():
    for case in ("hash", "debits", "credits", "file hash", "file debits", "file credits"):
        lines, code, *_ = BROKEN[case]
        assert code in codes(read(lines, LENIENT))


@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_any_line_end_or_none_reads_alike(end):
    joined = end.join(small_file()).encode()
    found = list(reader.read(io.BytesIO(joined)))
    assert codes(found) == set()
    assert len(found) == len(read(small_file()))


def test_an_unbroken_file_with_characters_too_many_is_refused():
    data = "".join(small_file()).encode() + b"X"
    assert "wrong-record-length" in codes(list(reader.read(io.BytesIO(data))))


def test_trailing_blanks_may_lack_or_abound():
    lines = [line.rstrip() + "      " * (n % 2) for n, line in enumerate(small_file())]
    assert codes(read(lines)) == set()


def test_blank_lines_are_no_records():
    """They count in no block, and every record keeps the number of its line."""
    lines = small_file()
    spread = [part for line in lines for part in (line, "")]
    assert essence(read(spread)) == essence(read(lines))
    assert [item.line_no for item in read(spread)[:2]] == [1, 3]


def test_an_empty_file_has_neither_header_nor_control():
    assert codes(read([])) == {"file-header-missing", "file-control-missing"}


def test_the_first_refusal_is_raised_where_asked():
    with pytest.raises(Refused) as refused:
        list(reader.read_valid(io.BytesIO("\n".join(BROKEN["amount"][0]).encode())))
    assert refused.value.place.field == "amount"


def test_a_corporate_entry_counts_its_addenda():
    header = batch(sec_code="CTX")
    good = entry(header, 1, [payment("a"), payment("b", 2)], layout=CORPORATE_ENTRY)
    assert codes(read(written(HEADER, header, good))) == set()
    bad = Record(CORPORATE_ENTRY, 3, {**good.detail.values, "addenda_count": "0003"})
    found = read(written(HEADER, header, Entry(header, bad, good.addenda)))
    assert "addenda-count-wrong" in codes(found)


def test_a_converted_check_has_its_ceiling_and_is_a_debit():
    header = batch(sec_code="POP")
    values = {"transaction_code": "27", "identification": "123456   BKK TH"}
    low = written(HEADER, header, entry(header, **values, amount="2500000"))
    high = written(HEADER, header, entry(header, **values, amount="2500001"))
    credit = written(HEADER, header, entry(header, **{**values, "transaction_code": "22"}))
    assert codes(read(low)) == set()
    assert codes(read(high)) == {"amount-too-high"}
    assert codes(read(credit)) == {"against-entry-class"}


@given(st.text("0123456789", min_size=8, max_size=8), st.integers(0, 7), st.integers(1, 9))
def test_the_check_digit_finds_every_single_wrong_digit(routing, at, shift):
    other = routing[:at] + str((int(routing[at]) + shift) % 10) + routing[at + 1 :]
    assert record_rules.is_routing_number(f"{routing}{record_rules.check_digit(routing)}")
    assert record_rules.check_digit(other) != record_rules.check_digit(routing)


def test_a_value_that_does_not_fit_is_never_cut():
    header = batch()
    with pytest.raises(ValueTooLong):
        written(HEADER, header, entry(header, amount="12345678901"))


names = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=22)
moves = st.tuples(st.sampled_from(["22", "27", "32", "37"]), st.integers(1, 10**10 - 1), names)


@st.composite
def any_file(draw):
    items = [HEADER]
    sequence = 0
    for number, entries in enumerate(
        draw(st.lists(st.lists(moves, min_size=1, max_size=4), min_size=1, max_size=3)), 1
    ):
        header = batch(number)
        items.append(header)
        for code, cents, name in entries:
            sequence += 1
            addenda = [payment(name, 1, sequence)] if draw(st.booleans()) else []
            values = {"transaction_code": code, "amount": f"{cents:010d}", "individual_name": name}
            items.append(entry(header, sequence, addenda, **values))
    return items


def essence(items: list) -> list:
    return [
        (i.trace_number, i.transaction_code, i.cents, i.detail["individual_name"], len(i.addenda))
        for i in items
        if isinstance(i, Entry)
    ]


@given(any_file())
def test_what_is_written_is_read_back_the_same(items):
    found = read(written(*items))
    assert codes(found) == set()
    assert essence(found) == essence(items)


@settings(max_examples=200)
@given(any_file(), st.data())
def test_one_altered_character_is_refused_or_moves_no_money(items, data):
    lines = written(*items)
    row = data.draw(st.integers(0, len(lines) - 1))
    column = data.draw(st.integers(0, 93))
    letter = data.draw(st.characters(min_codepoint=1, max_codepoint=0x2FFF, codec="utf-8"))
    lines[row] = lines[row][:column] + letter + lines[row][column + 1 :]
    found = read(lines)
    if not codes(found):
        good = [i for i in found if isinstance(i, Entry)]
        assert sum(e.cents for e in good if e.is_debit) == sum(
            e.cents for e in items if isinstance(e, Entry) and e.is_debit
        )
        assert len(good) == len(essence(items))


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data):
    for one in reader.read(io.BytesIO(data), name="x"):
        assert isinstance(one, Refused | Entry | Record)


class LongFile(io.RawIOBase):
    """A batch of `count` entries that is never whole in memory."""

    def __init__(self, count: int) -> None:
        header = batch()
        items = [HEADER, header, *(entry(header, n) for n in range(1, count + 1))]
        self.lines = (f"{line}\n".encode() for line in writer.lines(items))
        self.rest = b""

    def read(self, size=-1):
        while len(self.rest) < size and (line := next(self.lines, b"")):
            self.rest += line
        found, self.rest = self.rest[:size], self.rest[size:]
        return found

    def readline(self, size=-1):
        line = self.rest or next(self.lines, b"")
        end = line.find(b"\n") + 1 or len(line)
        self.rest = line[min(end, size) :]
        return line[: min(end, size)]


def peak_of(count: int) -> int:
    stream = LongFile(count)
    tracemalloc.start()
    entries = sum(isinstance(i, Entry) for i in reader.read_valid(stream, name="x"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert entries == count
    return peak


def test_memory_stays_flat_in_the_number_of_entries():
    assert peak_of(3_000) < peak_of(300) + 400_000


def test_addenda_without_end_are_not_kept():
    header = batch(sec_code="CTX")
    text = payment("x", 1)
    lines = written(HEADER, header, entry(header, 1, [text], layout=CORPORATE_ENTRY))
    found = read([*lines[:4], *([lines[3]] * 12_000), *lines[4:]])
    assert "too-many-addenda" in codes(found)
    assert not [i for i in found if isinstance(i, Entry)]
