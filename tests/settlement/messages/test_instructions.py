"""MT540 to MT543 and sese.023 into each other, nothing lost on the way."""

import dataclasses

import pytest
from hypothesis import given

from settlement.messages import build, converting, readers, schemas, xml_door
from settlement.messages.facts import SecuritiesInstruction
from settlement.messages.identifiers import IdentifierRefused
from settlement.messages.refusals import BrokenElement, BrokenField
from tests.settlement.messages.samples import INSTRUCTION, INSTRUCTIONS, NOW


@given(INSTRUCTIONS)
def test_an_instruction_survives_both_translations(drawn: SecuritiesInstruction):
    fact = dataclasses.replace(drawn, transaction_id=drawn.header.message_id)
    fin = build.mt54x(fact)
    sese = converting.to_iso20022(fin.encode(), at=NOW).text
    schemas.require_valid(xml_door.open_message(sese.encode()))
    back = converting.to_fin(sese.encode()).text
    assert readers.mt540_to_543(back.encode(), at=NOW) == readers.mt540_to_543(fin.encode(), at=NOW)


def test_the_kinds_are_named():
    there = converting.to_iso20022(build.mt54x(INSTRUCTION).encode(), at=NOW)
    assert (there.source, there.target) == ("MT543", "sese.023.001.11")
    back = converting.to_fin(there.text.encode())
    assert (back.source, back.target) == ("sese.023.001.11", "MT543")


def test_a_field_that_would_be_lost_is_refused_by_line():
    fin = build.mt54x(INSTRUCTION)
    line = fin[: fin.index(":16S:TRADDET")].count("\n") + 1
    more = fin.replace(":16S:TRADDET", ":70E::SPRO//HOLD\n:16S:TRADDET")
    with pytest.raises(BrokenField) as caught:
        converting.to_iso20022(more.encode(), at=NOW, file="a.fin")
    place = caught.value.place
    assert (place.file, place.line, place.field) == ("a.fin", line, "70E")


def test_an_element_that_would_be_lost_is_refused_by_line():
    sese = build.sese023(INSTRUCTION).decode()
    line = sese[: sese.index("</TradDtls>")].count("\n") + 1
    more = sese.replace("</TradDtls>", "<OpngClsg><Cd>OPEP</Cd></OpngClsg></TradDtls>")
    with pytest.raises(BrokenElement) as caught:
        converting.to_fin(more.encode(), file="a.xml")
    place = caught.value.place
    assert (place.file, place.line) == ("a.xml", line)
    assert "OpngClsg" in caught.value.params["path"]


def test_a_wrong_check_digit_is_refused():
    fin = build.mt54x(INSTRUCTION).replace("US0378331005", "US0378331006")
    with pytest.raises(IdentifierRefused) as caught:
        converting.to_iso20022(fin.encode(), at=NOW, file="a.fin")
    assert caught.value.place.file == "a.fin"
    with pytest.raises(IdentifierRefused) as caught:
        readers.sese023(
            build.sese023(INSTRUCTION).replace(b"US0378331005", b"US0378331006"), file="a.xml"
        )
    assert caught.value.place.file == "a.xml"


def test_an_idle_zero_is_no_loss():
    fin = build.mt54x(INSTRUCTION).replace("UNIT/100,", "UNIT/100,00")
    assert "<Unit>100</Unit>" in converting.to_iso20022(fin.encode(), at=NOW).text
