"""How field 72 and a notice to receive tell what another field, or one field alone, is for."""

import pytest

from tests.settlement.messages.test_to_fin import (
    PAYMENT,
    TRANSFER,
    fin,
    lines,
    wrapped,
)

NEXT = "<InstrForNxtAgt>{}</InstrForNxtAgt></CdtTrfTxInf>"
PHONE = "<Cd>PHOI</Cd><InstrInf>call us</InstrInf>"
REMARK = "<InstrInf>/REC/by noon</InstrInf>"


def test_field_72_does_not_repeat_an_instruction_that_23e_tells():
    coded = "<InstrForCdtrAgt><Cd>HOLD</Cd><InstrInf>passport</InstrInf></InstrForCdtrAgt>"
    both = NEXT.format(PHONE).replace("</CdtTrfTxInf>", NEXT.format(REMARK))
    message = fin(PAYMENT, ("</CdtTrfTxInf>", coded + both))
    assert [item.value for item in message.all("23E")] == ["HOLD/passport", "PHOI/call us"]
    assert lines(message, "72") == ["/REC/by noon"]


@pytest.mark.parametrize(("told", "row"), [(REMARK, "/REC/by noon"), (PHONE, "/INT/call us")])
def test_a_bank_transfer_has_no_23e_and_tells_the_next_agent_in_72(told, row):
    assert row in lines(fin(TRANSFER, ("</CdtTrfTxInf>", NEXT.format(told))), "72")


ITEM = (
    "<Ntfctn><Id>N</Id>{whole}<Itm><Id>I-1</Id>"
    '<Amt Ccy="EUR">5.00</Amt><XpctdValDt>2026-11-25</XpctdValDt>{item}</Itm></Ntfctn>'
)
PARTY = "<Dbtr><Pty><Nm>Evli</Nm>{}</Pty></Dbtr>"
BANK = "<Dbtr><Agt><FinInstnId><BICFI>CNORGB22</BICFI></FinInstnId></Agt></Dbtr>"
AGENT = "<DbtrAgt><FinInstnId><BICFI>CITIGB2L</BICFI></FinInstnId></DbtrAgt>"
UNKNOWN = "<DbtrAgt><FinInstnId><Nm>NOTPROVIDED</Nm></FinInstnId></DbtrAgt>"


def test_a_notice_to_receive_knows_options_c_f_and_none():
    plain = fin(wrapped("NtfctnToRcv", ITEM.format(whole="", item=PARTY.format(""))))
    assert plain.need("50").value == "Evli"
    address = "<PstlAdr><AdrLine>Kuja 1</AdrLine></PstlAdr>"
    lined = fin(wrapped("NtfctnToRcv", ITEM.format(whole="", item=PARTY.format(address))))
    assert lines(lined, "50F") == ["/NOTPROVIDED", "1/Evli", "2/Kuja 1"]


@pytest.mark.parametrize(
    ("whole", "item", "told"),
    [
        (PARTY.format("") + AGENT, "", [("50", "Evli")]),
        (BANK + AGENT, "", [("52A", "CNORGB22")]),
        (AGENT, "", [("52A", "CITIGB2L")]),
        (AGENT, UNKNOWN, [("52A", "CITIGB2L")]),
        (UNKNOWN, "", []),
        (PARTY.format(""), BANK, [("52A", "CNORGB22")]),
        (BANK, PARTY.format("") + AGENT, [("50", "Evli")]),
        ("<Dbtr><Pty/></Dbtr>" + AGENT, "", [("52A", "CITIGB2L")]),
    ],
)
def test_a_notice_to_receive_names_the_customer_or_the_institution(whole, item, told):
    message = fin(wrapped("NtfctnToRcv", ITEM.format(whole=whole, item=item)))
    found = [(one.tag, one.value) for one in message.fields if one.tag[:2] in {"50", "52"}]
    assert found == told
