"""Facts into messages and back, in both standards."""

import os
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from backoffice.kernel.identifiers import IdentifierRefused
from settlement.messages import build, converting, readers, schemas
from settlement.messages.facts import Money, Movement, StatusKind
from settlement.messages.fin.reading import parse
from settlement.messages.fin.sequences import sequences
from settlement.messages.mx_tree import xml_text
from settlement.messages.refusals import (
    BrokenElement,
    NoTranslation,
    SchemaBroken,
    UsageRuleBroken,
)
from settlement.messages.statements import mt535, mt940
from settlement.messages.usage_rules import checking, tables
from settlement.messages.xml_door import open_message
from tests.settlement.messages.samples import (
    BANK_TRANSFER,
    CONFIRMATION,
    CREDIT_TRANSFER,
    DAY,
    HOLDINGS,
    INSTRUCTION,
    INSTRUCTION_STATUS,
    INSTRUCTIONS,
    NOW,
    STATEMENT,
    STATUS,
)

OFFICIAL = Path(os.environ.get("GOLDEN_DATA", "../shared/data")) / "settlement/iso20022/xsd"
OTHER_WAY = replace(
    INSTRUCTION, movement=Movement.RECEIVE, amount=None, counterparty_client=None, common_id=None
)
XML = {
    "pacs.008": build.pacs008(CREDIT_TRANSFER),
    "pacs.008-bic": build.pacs008(
        replace(CREDIT_TRANSFER, debtor=replace(CREDIT_TRANSFER.debtor, bic="CHASUS33XXX"))
    ),
    "pacs.008-cred": build.pacs008(replace(CREDIT_TRANSFER, charge_bearer="CRED")),
    "pacs.009": build.pacs009(BANK_TRANSFER),
    "pacs.002": build.pacs002(STATUS),
    "pacs.002-settled": build.pacs002(replace(STATUS, status="ACSC", reason=None)),
    "sese.023": build.sese023(INSTRUCTION),
    "sese.023-free": build.sese023(OTHER_WAY),
    "sese.025": build.sese025(CONFIRMATION),
    "sese.025-free": build.sese025(
        replace(CONFIRMATION, instruction=OTHER_WAY, settled_amount=None, remaining=None)
    ),
    "camt.053": build.camt053(STATEMENT),
    "camt.053-empty": build.camt053(replace(STATEMENT, entries=(), closing=STATEMENT.opening)),
    "camt.054": build.camt054(STATEMENT),
    "semt.002": build.semt002(HOLDINGS),
    "semt.002-empty": build.semt002(replace(HOLDINGS, holdings=(), owner=None)),
}
REASONS = {
    StatusKind.ACCEPTED: "ADEA",
    StatusKind.REJECTED: "DSEC",
    StatusKind.CANCELLED: "CANI",
    StatusKind.MATCHED: None,
    StatusKind.UNMATCHED: "DQUA",
    StatusKind.PENDING: "LACK",
    StatusKind.FAILING: "CLAC",
}
for kind, reason in REASONS.items():
    told = replace(INSTRUCTION_STATUS, kind=kind, reason=reason, detail="because")
    XML[f"sese.024-{kind.name}"] = build.sese024(told)
    XML[f"sese.024-{kind.name}-plain"] = build.sese024(replace(told, reason=None, detail=None))


@pytest.mark.parametrize("data", XML.values(), ids=XML)
def test_what_the_house_writes_is_valid_against_its_own_schema(data):
    document = open_message(data)
    assert schemas.find(document.definition, directory=schemas.OWN)
    assert schemas.breaks(document, directory=schemas.OWN) == []


@pytest.mark.parametrize("data", XML.values(), ids=XML)
def test_what_the_house_writes_is_valid_against_the_published_schema(data):
    document = open_message(data)
    if schemas.find(document.definition, directory=OFFICIAL) is None:
        pytest.skip("settlement/iso20022/xsd is not in GOLDEN_DATA")
    assert schemas.breaks(document, directory=OFFICIAL) == []
    header = schemas.element_breaks(document.header, "head.001.001.02", directory=OFFICIAL)
    assert header == []


@pytest.mark.parametrize("data", XML.values(), ids=XML)
def test_what_the_house_writes_keeps_the_usage_rules(data):
    document = open_message(data)
    assert checking.check(document, year=2025) == []
    left = {one.name for one in checking.check(document, year=2026)}
    assert left == set()


def test_a_message_that_breaks_a_usage_rule_is_refused_where_its_reader_finds_it():
    with pytest.raises(UsageRuleBroken) as caught:
        build.pacs009(replace(BANK_TRANSFER, end_to_end_id="A//B"))
    good = build.pacs009(BANK_TRANSFER).decode().splitlines()
    line = next(n for n, row in enumerate(good, start=1) if "<EndToEndId>" in row)
    place = caught.value.place
    assert (place.line, place.field.rpartition("/")[2]) == (line, "EndToEndId")
    year = checking.year_on(BANK_TRANSFER.header.created.date())
    ids = {one.name: one.id for one in tables.rules("pacs.009", year)}
    assert caught.value.params["rule"] == ids["CBPR_End_To_End_Identification_FormalRule"]


@pytest.mark.parametrize("bearer", ["CRED", "SHAR", "DEBT"])
def test_charges_that_the_creditor_bears_are_told_in_both_standards(bearer):
    fact = replace(CREDIT_TRANSFER, charge_bearer=bearer, instructed=None)
    tags = {one.tag for one in parse(build.mt103(fact)).fields}
    assert {"33B", "71F"} & tags == ({"33B", "71F"} if bearer == "CRED" else set())
    assert (b"<ChrgsInf>" in build.pacs008(fact)) == (bearer == "CRED")


def _leaves(document):
    return [one for one in document.root.iter("*") if len(one) == 0]


@given(st.sampled_from(sorted(XML)), st.integers(0), st.sampled_from([2025, 2026]), st.data())
def test_what_is_known_of_a_shape_hides_no_broken_rule(name, number, year, data):
    """Any text, and any element's absence: asked again or not, the same rules are broken."""
    document = open_message(XML[name])
    checking.check(document, year=year, written=XML[name])
    leaves = _leaves(document)
    leaf = leaves[number % len(leaves)]
    if data.draw(st.booleans(), label="drop"):
        leaf.getparent().remove(leaf)
    else:
        words = [
            "",
            "/A",
            "A//B",
            "SIAMQQBKXXX",
            "GB00NWBK60161331926819",
            "RJCT",
            "CRED",
            "0",
            "XX",
        ]
        leaf.text = data.draw(st.sampled_from(words) | st.text("AZaz09/ ", max_size=40))
        if leaf.get("Ccy"):
            leaf.set("Ccy", data.draw(st.sampled_from(["THB", "XAU", "ZZZ"])))
    written = etree.tostring(document.root)
    asked = checking.check(document, year=year)
    assert checking.check(document, year=year, written=written) == asked
    assert checking.check(document, year=year, written=written) == asked


def test_a_day_has_the_rules_of_its_release():
    first = date(2026, 11, 14)
    assert [checking.year_on(day) for day in (date(2026, 1, 5), first - timedelta(1), first)] == [
        *(2025, 2025, 2026)
    ]


def test_a_fact_that_does_not_fit_is_refused_before_it_leaves():
    with pytest.raises(SchemaBroken) as caught:
        build.pacs008(replace(CREDIT_TRANSFER, charge_bearer="SLEV"))
    assert caught.value.place.field
    with pytest.raises(SchemaBroken):
        build.sese023(replace(INSTRUCTION, isin="SHORT"))
    with pytest.raises(SchemaBroken):
        build.pacs009(replace(BANK_TRANSFER, header=replace(BANK_TRANSFER.header, sender="X")))


@given(st.text())
def test_a_text_loses_what_xml_cannot_carry_and_nothing_else(text):
    kept = [c for c in text if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff")]
    assert xml_text(text) == "".join(kept)


def test_what_does_not_fit_is_refused_on_the_line_where_its_reader_finds_it():
    with pytest.raises(SchemaBroken) as caught:
        build.sese023(replace(INSTRUCTION, isin="SHORT"))
    good = build.sese023(INSTRUCTION).decode().splitlines()
    line = next(n for n, row in enumerate(good, start=1) if f">{INSTRUCTION.isin}<" in row)
    assert caught.value.place.line == line
    with pytest.raises(SchemaBroken) as caught:
        build.pacs009(replace(BANK_TRANSFER, header=replace(BANK_TRANSFER.header, sender="X")))
    assert "BICFI" in caught.value.place.field
    assert caught.value.place.line < 10  # in the header
    nobody = replace(INSTRUCTION_STATUS.header, sender="X")  # which its document does not name
    with pytest.raises(SchemaBroken) as caught:
        build.sese024(replace(INSTRUCTION_STATUS, header=nobody))
    assert "BICFI" in caught.value.place.field


@pytest.mark.parametrize("text", ["a\rb", "a\n b", "  ", "<&>\"'", "ก\x0bข", "\u2028"])
def test_what_is_valid_in_memory_is_valid_as_written(text):
    data = build.sese024(replace(INSTRUCTION_STATUS, kind=StatusKind.MATCHED, detail=text))
    document = open_message(data)
    assert schemas.breaks(document) == []
    found = document.document.findtext(".//{*}AddtlRsnInf")
    assert found == xml_text(text)


def test_payments_come_back_as_they_went():
    assert readers.pacs008(build.pacs008(CREDIT_TRANSFER)) == [CREDIT_TRANSFER]
    assert readers.pacs009(build.pacs009(BANK_TRANSFER)) == [BANK_TRANSFER]
    again = readers.mt103(build.mt103(CREDIT_TRANSFER).encode(), at=NOW)
    assert again == replace(CREDIT_TRANSFER, remittance="/ROC/E2E-0001")
    assert readers.mt202(build.mt202(BANK_TRANSFER).encode(), at=NOW) == BANK_TRANSFER


@settings(max_examples=60)
@given(INSTRUCTIONS)
def test_an_instruction_comes_back_from_either_standard(fact):
    fact = replace(fact, transaction_id=fact.header.message_id)
    assert readers.sese023(build.sese023(fact)) == fact
    assert readers.mt540_to_543(build.mt54x(fact).encode(), at=NOW) == fact


@pytest.mark.parametrize(
    ("movement", "amount", "mt"),
    [
        (Movement.RECEIVE, None, "540"),
        (Movement.RECEIVE, Money("THB", Decimal(1)), "541"),
        (Movement.DELIVER, None, "542"),
        (Movement.DELIVER, Money("THB", Decimal(1)), "543"),
    ],
)
def test_the_message_type_tells_movement_and_payment(movement, amount, mt):
    fact = replace(INSTRUCTION, movement=movement, amount=amount)
    assert parse(build.mt54x(fact)).mt == mt
    confirmed = replace(CONFIRMATION, instruction=fact, settled_amount=amount)
    confirmation = parse(build.mt544_to_547(confirmed))
    assert confirmation.mt == str(int(mt) + 4)
    block = sequences(confirmation.fields)
    assert next(block.every("LINK")).text("20C", "RELA") == fact.transaction_id


def test_a_cancellation_names_what_it_cancels():
    fact = replace(INSTRUCTION, previous_id="OLD-1")
    message = parse(build.mt54x(fact))
    assert message.need("23G").value == "CANC"
    assert readers.mt540_to_543(build.mt54x(fact).encode(), at=NOW).previous_id == "OLD-1"


def test_a_status_tells_its_code_and_reason():
    message = parse(build.mt548(INSTRUCTION_STATUS))
    block = sequences(message.fields).first("STAT")
    assert block is not None
    assert block.text("25D", "SETT") == "PEND"
    assert next(block.every("REAS")).text("24B", "PEND") == "LACK"


def test_a_statement_agrees_with_itself_in_fin():
    statement = mt940.read_balanced(build.mt940(STATEMENT))[0]
    assert statement.closing.amount == STATEMENT.closing
    assert [one.line.signed for one in statement.entries] == [
        one.amount for one in STATEMENT.entries
    ]
    assert [parse(one).mt for one in build.mt900(STATEMENT)] == ["910", "900"]


def test_wrong_check_digits_are_refused_with_line_and_field():
    for data in (
        build.sese023(INSTRUCTION).replace(b"US0378331005", b"US0378331006"),
        build.mt54x(INSTRUCTION).replace("US0378331005", "US0378331006").encode(),
    ):
        read = readers.sese023 if data.startswith(b"<") else readers.mt540_to_543
        with pytest.raises(IdentifierRefused) as caught:
            read(data) if data.startswith(b"<") else read(data, at=NOW)
        assert caught.value.place.line
        assert caught.value.place.field


def test_a_free_movement_with_an_amount_is_refused():
    data = build.sese023(INSTRUCTION).replace(b"<Pmt>APMT", b"<Pmt>FREE")
    with pytest.raises(BrokenElement):
        readers.sese023(data)


def test_another_message_is_refused():
    with pytest.raises(NoTranslation):
        readers.pacs008(build.pacs009(BANK_TRANSFER), file="x.xml")
    with pytest.raises(NoTranslation):
        readers.mt103(build.mt202(BANK_TRANSFER).encode(), at=NOW)


def test_an_own_transfer_survives_both_translations():
    fin = converting.to_fin(build.pacs008(CREDIT_TRANSFER))
    back = converting.to_iso20022(fin.text.encode(), at=NOW)
    assert (fin.source, fin.target) == ("pacs.008.001.08", "MT103")
    again = readers.pacs008(back.text.encode(), validated=False)[0]
    kept = ("settled", "value_date", "uetr", "end_to_end_id", "debtor_account", "charge_bearer")
    assert [getattr(again, name) for name in kept] == [
        getattr(CREDIT_TRANSFER, name) for name in kept
    ]


def test_holdings_come_back_as_they_went():
    [told] = mt535.read(build.mt535(HOLDINGS))
    assert (told.account, told.as_of, told.sender) == ("SAFE-1", DAY, "BKKBTHBKXXX")
    assert [(h.isin, h.quantity, h.unit) for h in told.holdings] == [
        ("TH0646010R18", Decimal("100.5"), "UNIT"),
        ("US0378331005", Decimal(-2000), "FAMT"),
    ]
    assert mt535.read(build.mt535(replace(HOLDINGS, holdings=())))[0].holdings == ()
