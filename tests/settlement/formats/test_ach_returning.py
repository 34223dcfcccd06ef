"""Returns and notifications of change: what we answer must be a file that we accept ourselves."""

import io
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement.formats.ach import reader, returning, writer
from settlement.formats.ach.field_refusals import (
    CorrectedDataMissing,
    UnknownChangeCode,
    UnknownReturnCode,
)
from settlement.formats.ach.layouts import BATCH_HEADER, ENTRY, FILE_HEADER
from settlement.formats.ach.records import Category, Entry, Record

FORWARD = """\
101 231380104 1210428822601050930A094101Clearing House         Our Bank
5200Siam Trading                        121042882 PPDSALARY          260106   1121042880000001
62223138010412345678         0000012345               Somchai                 0121042880000001
63723138010487654321         0000067890               Somsri                  0121042880000002
82000000020046276020000000067890000000012345121042882                          121042880000001
9000001000001000000020046276020000000067890000000012345
"""


def forward() -> tuple[Record, list[Entry]]:
    items = list(reader.read_valid(io.BytesIO(FORWARD.encode()), name="f.ach"))
    header = next(i for i in items if isinstance(i, Record))
    return header, [i for i in items if isinstance(i, Entry)]


def answered(answers: list[Entry]) -> list[Entry]:
    header, _ = forward()
    text = "\n".join(writer.lines(returning.answer_file(header, answers)))
    items = list(reader.read_valid(io.BytesIO(text.encode()), name="answer.ach"))
    assert items[0]["immediate_destination"] == header["immediate_origin"]
    return [i for i in items if isinstance(i, Entry)]


def test_a_return_goes_back_to_the_originating_bank():
    _, (credit, debit) = forward()
    found = answered(
        [
            returning.returned(credit, reason="R03", sequence=1),
            returning.returned(debit, reason="R01", sequence=2, information="no funds"),
        ]
    )
    assert [(e.transaction_code, e.cents, e.category) for e in found] == [
        (21, 12345, Category.RETURN),
        (36, 67890, Category.RETURN),
    ]
    assert found[0].routing_number == "121042882"
    assert found[0].trace_number == "231380100000001"
    assert found[1].addenda[0]["original_trace"] == "121042880000002"
    assert found[1].addenda[0]["information"] == "no funds"
    assert found[0].batch["batch_number"] == found[1].batch["batch_number"]


def test_a_return_for_death_names_the_day_and_others_do_not():
    _, (credit, _) = forward()
    day = date(2026, 1, 2)
    dead = returning.returned(credit, reason="R15", sequence=1, date_of_death=day)
    closed = returning.returned(credit, reason="R02", sequence=1, date_of_death=day)
    assert answered([dead])[0].addenda[0]["date_of_death"] == "260102"
    assert answered([closed])[0].addenda[0]["date_of_death"] == ""


def test_a_notification_of_change_moves_nothing():
    _, (credit, _) = forward()
    change = returning.changed(credit, change_code="C01", corrected_data="999", sequence=7)
    (found,) = answered([change])
    assert (found.sec_code, found.cents, found.category) == ("COR", 0, Category.CHANGE)
    assert found.addenda[0]["corrected_data"] == "999"


def test_returns_and_changes_stand_in_batches_of_their_own():
    _, (credit, debit) = forward()
    found = answered(
        [
            returning.returned(credit, reason="R03", sequence=1),
            returning.changed(debit, change_code="C01", corrected_data="1", sequence=2),
        ]
    )
    assert [e.batch["batch_number"] for e in found] == ["0000001", "0000002"]


def test_what_cannot_be_answered_is_refused():
    _, (credit, _) = forward()
    answer = returning.returned(credit, reason="R03", sequence=1)
    with pytest.raises(returning.NotToBeAnswered):
        returning.returned(answer, reason="R03", sequence=2)
    for reason in ("R99", "R61", "R71", "", "C01"):
        with pytest.raises(UnknownReturnCode):
            returning.returned(credit, reason=reason, sequence=1)
    with pytest.raises(UnknownChangeCode):
        returning.changed(credit, change_code="C99", corrected_data="1", sequence=1)
    with pytest.raises(CorrectedDataMissing):
        returning.changed(credit, change_code="C01", corrected_data=" ", sequence=1)


@given(st.sampled_from(["22", "27", "32", "37", "42", "47", "52"]), st.integers(1, 10**10 - 1))
def test_every_forward_entry_can_be_returned_in_full(code, cents):
    header, (credit, _) = forward()
    detail = {**credit.detail.values, "transaction_code": code, "amount": f"{cents:010d}"}
    entry = Entry(credit.batch, Record(ENTRY, 3, detail))
    (found,) = answered([returning.returned(entry, reason="R02", sequence=1)])
    assert (found.cents, found.is_debit) == (cents, entry.is_debit)
    assert header.kind == FILE_HEADER.name
    assert found.batch.kind == BATCH_HEADER.name
