"""Usage rules: each break told by the rule's id, line and element."""

import pytest

from settlement.messages import build, schemas, xml_door
from settlement.messages.refusals import UsageRuleBroken
from settlement.messages.usage_rules import tables
from settlement.messages.usage_rules.checking import check, profile, require_usage
from settlement.messages.xml_door import Document
from tests.settlement.messages.samples import BANK_TRANSFER, CREDIT_TRANSFER, STATUS


def changed(data: bytes, old: str, new: str) -> Document:
    assert old.encode() in data
    return xml_door.open_message(data.replace(old.encode(), new.encode()))


@pytest.mark.parametrize("year", [2025, 2026])
@pytest.mark.parametrize(
    "data",
    [build.pacs008(CREDIT_TRANSFER), build.pacs009(BANK_TRANSFER), build.pacs002(STATUS)],
    ids=["pacs.008", "pacs.009", "pacs.002"],
)
def test_what_we_send_follows_the_rules(data, year):
    document = xml_door.open_message(data)
    schemas.require_valid(document)
    assert check(document, year=year) == []


@pytest.mark.parametrize(
    ("old", "new", "rule", "ending"),
    [
        ('IntrBkSttlmAmt Ccy="THB"', 'IntrBkSttlmAmt Ccy="XAU"', "R41", "IntrBkSttlmAmt"),
        ("<InstrId>MSG", "<InstrId>/MSG", "R38", "InstrId"),
        ("<ChrgBr>SHAR", "<ChrgBr>CRED", "R35", "CdtTrfTxInf"),
    ],
)
def test_a_break_is_told_by_rule_and_element(old, new, rule, ending):
    document = changed(build.pacs008(CREDIT_TRANSFER), old, new)
    found = {one.rule: one for one in check(document)}
    one = found[f"pacs.008-{rule}"]
    assert one.path.endswith(ending)
    assert one.line > 1
    assert one.name.startswith("CBPR_")


def test_a_broken_rule_is_refused_by_file_line_and_field():
    document = changed(build.pacs008(CREDIT_TRANSFER), "<InstrId>MSG", "<InstrId>M//SG")
    with pytest.raises(UsageRuleBroken) as caught:
        require_usage(document, file="pay.xml")
    place = caught.value.place
    assert place.file == "pay.xml"
    assert place.line
    assert place.field is not None
    assert place.field.endswith("/PmtId/InstrId")
    assert caught.value.params["rule"] == "pacs.008-R38"


def test_a_message_without_a_table_breaks_no_rule():
    document = xml_door.open_message(
        b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:sese.023.001.11"><A/></Document>'
    )
    assert profile(document) == ""
    assert check(document) == []


@pytest.mark.parametrize("year", [2025, 2026])
def test_no_two_rules_of_a_sheet_share_a_number(year):
    for kind in tables.profiles():
        rules = tables.rules(kind, year)
        ids = {(rule.id, rule.name) for rule in rules}
        numbered = [rule_id for rule_id, name in ids if name not in rule_id]
        assert rules
        assert len(numbered) == len(set(numbered))
