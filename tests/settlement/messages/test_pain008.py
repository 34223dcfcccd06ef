"""pain.008 → MT104: a customer's request to collect, by the network rules of the MT104."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement.messages import converting
from settlement.messages.fin.model import FinMessage
from settlement.messages.fin.reading import parse
from settlement.messages.refusals import BrokenElement, MissingElement
from tests.settlement.messages.test_to_fin import HEAD

DEBIT = (
    "<DrctDbtTxInf><PmtId><InstrId>{instruction}</InstrId><EndToEndId>{reference}</EndToEndId>"
    '</PmtId>{purpose}<InstdAmt Ccy="{currency}">{amount}</InstdAmt>{mandate}'
    "<DbtrAgt><FinInstnId><BICFI>BKKBTHBK</BICFI></FinInstnId></DbtrAgt>"
    "<Dbtr><Nm>Siam Trading Co</Nm><PstlAdr><TwnNm>Bangkok</TwnNm><Ctry>TH</Ctry></PstlAdr></Dbtr>"
    "<DbtrAcct><Id><Othr><Id>25698745</Id></Othr></Id></DbtrAcct>"
    "<RmtInf><Ustrd>Invoice 7</Ustrd></RmtInf></DrctDbtTxInf>"
)
MANDATE = "<DrctDbtTx><MndtRltdInf><MndtId>MNDTE258963</MndtId></MndtRltdInf></DrctDbtTx>"
CREDITOR = (
    "<Cdtr><Nm>Epping Goods Ltd</Nm><PstlAdr><StrtNm>High Street</StrtNm><TwnNm>Epping</TwnNm>"
    "<Ctry>GB</Ctry></PstlAdr></Cdtr><CdtrAcct><Id><Othr><Id>65479512</Id></Othr></Id></CdtrAcct>"
    "<CdtrAgt><FinInstnId><BICFI>NDEAFIHH</BICFI></FinInstnId></CdtrAgt>"
)
PURPOSE = "<PmtTpInf><CtgyPurp>{}</CtgyPurp></PmtTpInf>"


def debit(number: int = 1, amount: object = "10.00", currency: str = "EUR", **told: str) -> str:
    parts = {"purpose": "", "mandate": MANDATE, **told}
    return DEBIT.format(
        instruction=f"I-{number}",
        reference=f"E-{number}",
        amount=amount,
        currency=currency,
        **parts,
    )


def block(*debits: str, day: str = "2026-11-25", creditor: str = CREDITOR, more: str = "") -> str:
    head = f"<PmtInfId>P-1</PmtInfId>{more}<ReqdColltnDt>{day}</ReqdColltnDt>{creditor}"
    return f"<PmtInf>{head}{''.join(debits)}</PmtInf>"


def request(*blocks: str, group: str = "") -> FinMessage:
    told = "<MsgId>MSG-1</MsgId><CreDtTm>2026-11-23T08:30:00+00:00</CreDtTm>"
    inner = f"<GrpHdr>{told}{group}</GrpHdr>{''.join(blocks)}"
    body = f"<CstmrDrctDbtInitn>{inner}</CstmrDrctDbtInitn>"
    text = f"<Envelope>{HEAD}<Document>{body}</Document></Envelope>"
    return parse(converting.to_fin(text.encode()).text)


def test_a_request_to_collect_is_told_field_by_field():
    group = (
        "<CtrlSum>10</CtrlSum><InitgPty><Nm>Epping Group</Nm></InitgPty>"
        "<FwdgAgt><FinInstnId><BICFI>OKOYFIHH</BICFI></FinInstnId></FwdgAgt>"
    )
    message = request(block(debit(), more="<ChrgBr>SHAR</ChrgBr>"), group=group)
    assert (message.mt, message.header("119")) == ("104", "RFDD")
    assert [(item.tag, item.value) for item in message.fields] == [
        ("20", "I-1"),
        ("21R", "P-1"),
        ("23E", "RFDD"),
        ("30", "261125"),
        ("51A", "OKOYFIHH"),
        ("50L", "Epping Group"),
        ("50K", "/65479512\nEpping Goods Ltd\nHigh Street\nGB/Epping"),
        ("52A", "NDEAFIHH"),
        ("21", "E-1"),
        ("23E", "AUTH"),
        ("21C", "MNDTE258963"),
        ("32B", "EUR10,"),
        ("57A", "BKKBTHBK"),
        ("59", "/25698745\nSiam Trading Co\nTH/Bangkok"),
        ("70", "Invoice 7"),
        ("71A", "SHA"),
    ]


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"mandate": ""}, "NAUT"),
        ({"purpose": PURPOSE.format("<Cd>NAUT</Cd>")}, "NAUT"),
        ({"purpose": PURPOSE.format("<Cd>SUPP</Cd>")}, "AUTH"),
        ({"purpose": PURPOSE.format("<Prtry>club fee</Prtry>")}, "OTHR/club fee"),
    ],
)
def test_a_debit_says_whether_it_is_authorised(told, code):
    assert request(block(debit(**told))).all("23E")[1].value == code


def test_what_the_block_says_holds_for_its_debits_unless_they_say_otherwise():
    other = debit(2, purpose=PURPOSE.format("<Cd>AUTH</Cd>"))
    message = request(block(debit(), other, more=PURPOSE.format("<Cd>NAUT</Cd>")))
    assert [item.value for item in message.all("23E")] == ["RFDD", "NAUT", "AUTH"]


def test_every_debit_of_every_block_keeps_its_own_references():
    message = request(block(debit(1), debit(2)), block(debit(3)))
    told = [(item.tag, item.value) for item in message.fields if item.number == "21"]
    assert [value for tag, value in told if tag == "21"] == ["E-1", "E-2", "E-3"]
    assert [value for tag, value in told if tag == "21D"] == ["I-2", "I-3"]
    assert [tag for tag, _ in told if tag == "21R"] == []


@pytest.mark.parametrize(
    ("blocks", "path"),
    [
        ((block(debit()), block(debit(2), day="2026-11-26")), "ReqdColltnDt"),
        ((block(debit()), block(debit(2), creditor=CREDITOR.replace("Ltd", "AG"))), "Cdtr"),
        ((block(debit()), block(debit(2, currency="USD"))), "InstdAmt"),
    ],
)
def test_what_one_request_cannot_tell_is_refused(blocks, path):
    with pytest.raises(BrokenElement) as caught:
        request(*blocks)
    assert caught.value.place.field == path


def test_a_request_without_a_debit_is_refused():
    with pytest.raises(MissingElement):
        request(block())


def test_a_control_sum_that_is_not_the_sum_is_refused():
    with pytest.raises(BrokenElement, match=r"EUR 20\.00"):
        request(block(debit(1), debit(2)), group="<CtrlSum>20.01</CtrlSum>")


AMOUNTS = st.lists(st.decimals(min_value="0.01", max_value=10**9, places=2), min_size=1, max_size=6)


@given(AMOUNTS, st.integers(0, 5))
def test_no_debit_is_lost_and_no_sequence_c_is_written(amounts, cut):
    debits = [debit(number, amount) for number, amount in enumerate(amounts)]
    blocks = [block(*part) for part in (debits[:cut], debits[cut:]) if part]
    message = request(*blocks, group=f"<CtrlSum>{sum(amounts)}</CtrlSum>")
    told = [Decimal(item.value[3:].replace(",", ".")) for item in message.all("32B")]
    assert told == amounts
    assert len(message.all("23E")) == len(amounts) + 1
    tags = [item.tag for item in message.fields]
    start = tags.index("21")
    assert {"50K", "52A"} <= set(tags[:start])
    assert not {"50A", "50K", "52A", "21E", "71F", "71G", "19"} & set(tags[start:])
