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


ORDER = (
    b'<Envelope><AppHdr xmlns="urn:iso:std:iso:20022:tech:xsd:head.001.001.02">'
    b"<BizMsgIdr>M-1</BizMsgIdr><MsgDefIdr>pain.001.001.09</MsgDefIdr></AppHdr>"
    b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"><CstmrCdtTrfInitn>'
    b"<GrpHdr><MsgId>M-1</MsgId></GrpHdr><PmtInf><PmtInfId>M-1</PmtInfId>"
    b"<Dbtr><Nm>A</Nm></Dbtr><CdtTrfTxInf><Amt><InstdAmt Ccy='THB'>1</InstdAmt></Amt>"
    b"<Cdtr><Nm>B</Nm></Cdtr></CdtTrfTxInf></PmtInf></CstmrCdtTrfInitn></Document></Envelope>"
)


@pytest.mark.parametrize(
    ("year", "old", "new", "rule"),
    [
        (2025, "pain.001.001.09<", "pain.001.001.03<", "R3"),
        (
            2025,
            "<Dbtr><Nm>A</Nm>",
            "<Dbtr><Nm>A</Nm><PstlAdr><StrtNm>S</StrtNm></PstlAdr>",
            "R23",
        ),
        (2026, "<PmtInfId>M-1", "<PmtInfId>M-2", "R8"),
        (2026, "<Cdtr><Nm>B</Nm>", "<Cdtr><PstlAdr><TwnNm>T</TwnNm></PstlAdr>", "R28"),
    ],
)
def test_a_payment_order_is_held_to_its_own_sheet(year, old, new, rule):
    assert check(xml_door.open_message(ORDER), year=year) == []
    found = {one.rule for one in check(changed(ORDER, old, new), year=year)}
    assert f"pain.001-{rule}" in found


@pytest.mark.parametrize(
    ("service", "code", "broken"),
    [
        ("swift.cbprplus.03", "G001", "pacs.009-R10"),
        ("swift.cbprplus.03", "G004", None),
        ("swift.cbprplus.adv.03", "G001", "pacs.009_adv-R10"),
        ("swift.cbprplus.cov.03", "G001", None),
        ("swift.cbprplus.cov.03", "G004", "pacs.009_cov-R11"),
    ],
)
def test_each_kind_of_bank_transfer_has_its_own_service_level(service, code, broken):
    level = f"<PmtTpInf><SvcLvl><Cd>{code}</Cd></SvcLvl></PmtTpInf><IntrBkSttlmAmt "
    text = build.pacs009(BANK_TRANSFER).decode().replace("swift.cbprplus.03", service)
    found = check(changed(text.encode(), "<IntrBkSttlmAmt ", level), year=2026)
    assert [one.rule for one in found if "GPI" in one.name] == ([broken] if broken else [])


def test_between_two_countries_of_a_zone_an_stp_payment_names_both_ends_by_iban():
    text = build.pacs008(CREDIT_TRANSFER).decode()
    text = text.replace("swift.cbprplus.03", "swift.cbprplus.stp.03")
    at_home = text.replace("BKKBTHBKXXX", "BKKBESBKXXX").replace("SICOTHBKXXX", "SICOADBKXXX")
    found = check(xml_door.open_message(at_home.encode()), year=2025)
    assert [one.rule for one in found] == ["pacs.008_stp-R14"]
    assert "DbtrAcct/Id/IBAN" in found[0].reason
    assert check(xml_door.open_message(text.encode()), year=2025) == []


def test_a_place_under_a_cover_has_its_own_number():
    inner = build.pacs008(CREDIT_TRANSFER).decode()
    inner = inner[inner.index("<Dbtr>") : inner.index("</CdtTrfTxInf>")].replace(
        "<Nm>Siam Trading Co</Nm>", ""
    )
    cover = f"<UndrlygCstmrCdtTrf>{inner}</UndrlygCstmrCdtTrf></CdtTrfTxInf>"
    text = build.pacs009(BANK_TRANSFER).decode().replace("</CdtTrfTxInf>", cover)
    text = text.replace("swift.cbprplus.03", "swift.cbprplus.cov.03")
    found = {one.rule for one in check(xml_door.open_message(text.encode()), year=2026)}
    assert {"pacs.009_cov-R38", "pacs.009_cov-R43"} <= found
