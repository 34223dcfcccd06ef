"""International (IAT) batches and accounting advices (ADV): their own records and rules."""

import io

import pytest

from backoffice.kernel.refusals import Refused
from settlement.formats.ach import reader, returning, writer
from settlement.formats.ach.options import STRICT, Options
from settlement.formats.ach.records import Category, Entry, Record

# One outbound payment with every addenda that the class knows.
IAT = r"""
101 121042882 2313801042601050930A094101Bank                   Our Bank
5220                FV3               TH123456789 IATTRADEPAYMTUSDTHB260106   1231380100000001
6221210428820010             0000100000123456789                              1231380100000001
710BUS000000000000100000ref 1                 Somchai Exports                          0000001
711Siam Trading                       1 Silom Road                                     0000001
712Bangkok*BKK\                       TH*10500\                                        0000001
713Our Bank                           01231380104                         US           0000001
714Their Bank                         02BKKBTHBK                          TH           0000001
715987654             2 Sathorn Road                                                   0000001
716Bangkok*BKK\                       TH*10120\                                        0000001
717invoice 1                                                                       00010000001
717invoice 2                                                                       00020000001
718Correspondent                      01987987987654654                   DE       00010000001
82200000110012104288000000000000000000100000                                   231380100000001
9000001000002000000110012104288000000000000000000100000
""".strip().splitlines()


def read(lines: list[str], options: Options = STRICT) -> list:
    data = "\n".join(lines).encode()
    return list(reader.read(io.BytesIO(data), name="iat.ach", options=options))


def codes(found: list) -> set[str]:
    return {one.code for one in found if isinstance(one, Refused)}


def change(line: int, start: int, text: str) -> list[str]:
    lines = [record.ljust(94) for record in IAT]
    old = lines[line - 1]
    lines[line - 1] = old[: start - 1] + text + old[start - 1 + len(text) :]
    return lines


def test_an_international_payment_reads_with_all_its_addenda():
    found = read(IAT)
    assert [str(one) for one in found if isinstance(one, Refused)] == []
    (entry,) = [i for i in found if isinstance(i, Entry)]
    assert entry.cents == 100000
    assert entry.detail["account"] == "123456789"
    assert [a["type_code"] for a in entry.addenda] == [
        "10", "11", "12", "13", "14", "15", "16", "17", "17", "18",
    ]  # fmt: skip
    assert entry.batch["destination_currency"] == "THB"


BROKEN = {
    "exchange": (change(2, 21, "XX"), "unknown-foreign-exchange", "foreign_exchange_indicator"),
    "reference": (
        change(2, 23, "9"), "unknown-foreign-exchange", "foreign_exchange_reference_indicator"
    ),
    "country": (change(2, 39, "  "), "field-required", "destination_country"),
    "currency": (change(2, 67, "   "), "field-required", "destination_currency"),
    "service class": (change(2, 2, "210"), "unknown-service-class", "service_class"),
    "transaction": (change(3, 2, "20"), "unknown-transaction-code", "transaction_code"),
    "debit": (change(3, 2, "27"), "against-service-class", "transaction_code"),
    "indicator": (change(3, 79, "0"), "addenda-indicator-wrong", "addenda_indicator"),
    "count": (change(3, 13, "0003"), "addenda-count-wrong", "addenda_count"),
    "purpose": (change(4, 4, "XXX"), "unknown-transaction-type", "transaction_type"),
    "name": (change(4, 47, "\u00ae"), "not-alphanumeric", "name"),
    "originator": (change(5, 4, "\u00ae"), "not-alphanumeric", "originator_name"),
    "city": (change(6, 4, "\u00ae"), "not-alphanumeric", "originator_city_state"),
    "bank": (change(7, 4, "\u00ae"), "not-alphanumeric", "odfi_name"),
    "qualifier": (change(8, 39, "04"), "unknown-qualifier", "qualifier"),
    "street": (change(9, 19, "\u00ae"), "not-alphanumeric", "receiver_street"),
    "postal": (change(10, 39, "\u00ae"), "not-alphanumeric", "receiver_country_postal"),
    "remittance": (change(11, 4, "\u00ae"), "not-alphanumeric", "remittance"),
    "order": (change(11, 84, "0009"), "addenda-sequence-wrong", "sequence"),
    "correspondent": (change(13, 4, "\u00ae"), "not-alphanumeric", "correspondent_name"),
    "other entry": (change(13, 88, "0000002"), "addenda-of-another-entry", "entry_sequence"),
    "no entry": (change(13, 88, "0000000"), "field-required", "entry_sequence"),
}  # fmt: skip


@pytest.mark.parametrize(("lines", "code", "field"), BROKEN.values(), ids=BROKEN)
def test_a_broken_rule_is_named_with_its_field(lines, code, field):
    found = [one for one in read(lines) if isinstance(one, Refused)]
    assert (code, field) in {(one.code, one.place.field) for one in found}


@pytest.mark.parametrize("line", range(4, 11))
def test_each_of_the_seven_addenda_is_mandatory(line):
    lines = IAT[: line - 1] + IAT[line:]
    assert "addenda-missing" in codes(read(lines))


@pytest.mark.parametrize(("line", "times"), [(12, 2), (13, 6), (4, 1)])
def test_no_addenda_may_stand_too_often(line, times):
    lines = IAT[:line] + [IAT[line - 1]] * times + IAT[line:]
    assert "too-many-addenda" in codes(read(lines))


def test_an_international_payment_can_be_returned_and_corrected():
    header = next(i for i in read(IAT) if isinstance(i, Record))
    (entry,) = [i for i in read(IAT) if isinstance(i, Entry)]
    answers = [
        returning.returned(entry, reason="R03", sequence=1),
        returning.changed(entry, change_code="C01", corrected_data="55", sequence=2),
    ]
    lines = list(writer.lines(returning.answer_file(header, answers)))
    found = read(lines)
    assert [str(one) for one in found if isinstance(one, Refused)] == []
    returned, changed = (i for i in found if isinstance(i, Entry))
    assert (returned.category, len(returned.addenda)) == (Category.RETURN, 8)
    assert (changed.category, changed.batch["iat_indicator"]) == (Category.CHANGE, "IATCOR")


ADV = """\
101 231380104 1210428822601050930A094101Clearing House         Our Bank
5280Siam Trading                        121042882 ADVAccounting      260106   0121042880000001
681231380104744-5678-99    00000005000012104288211131 Name                    0011000010500001
682231380104744-5678-99    00000025000012104288211139 Name                    0011000010500002
828000000200462760200000000000000025000000000000000000050000Siam Trading       121042880000001
90000010000010000000200462760200000000000000025000000000000000000050000
""".splitlines()


def test_accounting_advices_have_wider_amounts_and_their_own_controls():
    found = read(ADV)
    assert codes(found) == set()
    credit, debit = (i for i in found if isinstance(i, Entry))
    assert (credit.is_debit, credit.cents, debit.is_debit, debit.cents) == (
        False, 50000, True, 250000,
    )  # fmt: skip
    assert [line.ljust(94) for line in ADV] == list(writer.lines(found))[:6]


def test_a_file_control_of_zeros_is_no_control():
    lines = [*ADV[:5], "9" + "0" * 70]
    assert "field-required" in codes(read(lines))


def test_an_addenda_in_advices_needs_its_entry():
    addenda = "799R01091400600000001      09100001" + " " * 44 + "091000017611242"
    assert "addenda-outside-entry" in codes(read([*ADV[:2], addenda, *ADV[2:]]))


def test_an_accounting_advice_is_never_returned():
    advice = next(i for i in read(ADV) if isinstance(i, Entry))
    with pytest.raises(returning.NotToBeAnswered):
        returning.returned(advice, reason="R01", sequence=1)
