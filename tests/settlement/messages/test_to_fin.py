"""ISO 20022 to FIN, rule by rule: which option, which order, which code word. Own messages."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement.messages import build, converting
from settlement.messages.fin import values
from settlement.messages.fin.reading import parse
from settlement.messages.fin.values import comma
from settlement.messages.refusals import BrokenElement
from settlement.messages.to_mx.mtn9x_camt import uetr
from tests.settlement.messages.samples import BANK_TRANSFER, CREDIT_TRANSFER, STATEMENT

PAYMENT = build.pacs008(CREDIT_TRANSFER).decode()
TRANSFER = build.pacs009(BANK_TRANSFER).decode()
HEAD = (
    "<AppHdr><Fr><FIId><FinInstnId><BICFI>BKKBTHBKXXX</BICFI></FinInstnId></FIId></Fr>"
    "<To><FIId><FinInstnId><BICFI>SICOTHBKXXX</BICFI></FinInstnId></FIId></To></AppHdr>"
)
GROUP = (
    "<GrpHdr><MsgId>MSG-1</MsgId><CreDtTm>2026-11-23T08:30:00+00:00</CreDtTm>"
    "<SttlmInf><SttlmMtd>INDA</SttlmMtd></SttlmInf></GrpHdr>"
)


def fin(text: str, *changes: tuple[str, str]):
    """The message in FIN, after changes that must apply."""
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return parse(converting.to_fin(text.encode()).text)


def wrapped(element: str, inner: str) -> str:
    return f"<Envelope>{HEAD}<Document><{element}>{GROUP}{inner}</{element}></Document></Envelope>"


def lines(message, tag: str) -> list[str]:
    return message.need(tag).value.split("\n")


DEBTOR = "<TwnNm>Bangkok</TwnNm>\n            <Ctry>TH</Ctry>\n            "
CREDITOR = "<TwnNm>Epping</TwnNm>\n            <Ctry>GB</Ctry>\n            "


def test_free_address_lines_of_a_payment_make_no_option_f():
    message = fin(PAYMENT, (DEBTOR, ""), (CREDITOR, ""))
    assert lines(message, "50K") == ["/1234567890", "Siam Trading Co", "1 Rama IV"]
    assert lines(message, "59")[1:] == ["Epping Goods Ltd", "High Street"]


def test_address_lines_that_are_numbered_already_stay_as_they_are():
    coded = "2/1 Rama IV</AdrLine><AdrLine>3/TH/Bangkok"
    message = fin(PAYMENT, (DEBTOR, ""), ("1 Rama IV", coded))
    assert lines(message, "50F")[1:] == ["1/Siam Trading Co", "2/1 Rama IV", "3/TH/Bangkok"]
    turned = "3/TH/Bangkok</AdrLine><AdrLine>2/1 Rama IV"
    assert fin(PAYMENT, (DEBTOR, ""), ("1 Rama IV", turned)).find("50K")


def test_the_cover_of_a_payment_keeps_option_f_for_address_lines():
    inner = PAYMENT[PAYMENT.index("<Dbtr>") : PAYMENT.index("</CdtTrfTxInf>")]
    cover = f"<UndrlygCstmrCdtTrf>{inner}</UndrlygCstmrCdtTrf></CdtTrfTxInf>"
    message = fin(TRANSFER, ("</CdtTrfTxInf>", cover), (DEBTOR, ""), (CREDITOR, ""))
    assert message.header("119") == "COV"
    assert lines(message, "50F")[1:] == ["1/Siam Trading Co", "2/1 Rama IV"]
    assert lines(message, "59F")[1:] == ["1/Epping Goods Ltd", "2/High Street"]


def test_field_72_tells_agents_type_instructions_and_previous_agents_in_this_order():
    extra = (
        "<PmtTpInf><SvcLvl><Cd>G001</Cd></SvcLvl><SvcLvl><Cd>URGP</Cd></SvcLvl>"
        "<LclInstrm><Cd>ABC</Cd></LclInstrm><CtgyPurp><Cd>SALA</Cd></CtgyPurp></PmtTpInf>"
        "<PrvsInstgAgt1><FinInstnId><BICFI>ABNANL2AXXX</BICFI></FinInstnId></PrvsInstgAgt1>"
        "<IntrmyAgt2><FinInstnId><BICFI>CITIUS33XXX</BICFI></FinInstnId></IntrmyAgt2>"
        "<InstrForCdtrAgt><InstrInf>/ACC/call first</InstrInf></InstrForCdtrAgt><ChrgBr>"
    )
    message = fin(PAYMENT, ("<ChrgBr>", extra))
    assert lines(message, "72") == [
        "/INTA/CITIUS33XXX",
        "/SVCLVL/URGP",
        "/LOCINS/ABC",
        "/CATPURP/SALA",
        "/ACC/call first",
        "/INS/ABNANL2AXXX",
    ]
    assert message.header("111") == "001"


def test_a_service_level_without_gpi_is_no_service_type():
    extra = "<PmtTpInf><SvcLvl><Cd>SDVA</Cd></SvcLvl></PmtTpInf><ChrgBr>"
    message = fin(PAYMENT, ("<ChrgBr>", extra))
    assert message.header("111") is None
    assert message.need("23E").value == "SDVA"


def test_the_groups_own_sender_is_field_51a_but_not_of_an_stp_message():
    named = "<InstgAgt><FinInstnId><BICFI>BKKBTHBKXXX</BICFI></FinInstnId></InstgAgt></GrpHdr>"
    assert fin(PAYMENT, ("</GrpHdr>", named)).need("51A").value == "BKKBTHBKXXX"
    stp = ("swift.cbprplus.03", "swift.cbprplus.stp.03")
    message = fin(PAYMENT, ("</GrpHdr>", named), stp)
    assert (message.header("119"), message.find("51A")) == ("STP", None)


def test_charges_in_two_currencies_that_the_debtor_bears_are_refused_not_dropped():
    charges = "".join(
        f'<ChrgsInf><Amt Ccy="{currency}">10.00</Amt></ChrgsInf>' for currency in ("THB", "USD")
    )
    ours = ("<ChrgBr>SHAR</ChrgBr>", f"<ChrgBr>DEBT</ChrgBr>{charges}")
    with pytest.raises(BrokenElement, match="several currencies"):
        fin(PAYMENT, ours)
    assert fin(PAYMENT, ours, ('"USD"', '"THB"')).need("71G").value == "THB20,"


@pytest.mark.parametrize(
    ("report", "told"),
    [
        ("<Dtls><Cd>ABC</Cd><Ctry>TH</Ctry><Inf>x</Inf></Dtls>", "/ABC/TH\n//x"),
        ("<Dtls><Inf>/ORDERRES/TH//paper</Inf></Dtls>", "/ORDERRES/TH//paper"),
        ("<Dtls><Inf>paper</Inf></Dtls>", "/PURP/paper"),
        ("<Dtls><Tp>EXPO</Tp><Inf>paper</Inf></Dtls>", "/EXPO/paper"),
    ],
)
def test_every_regulatory_report_reaches_field_77b(report, told):
    changed = ("</CdtTrfTxInf>", f"<RgltryRptg>{report}</RgltryRptg></CdtTrfTxInf>")
    assert fin(PAYMENT, changed).need("77B").value == told


def test_countries_of_residence_reach_field_77b_once():
    lives = ("<Nm>Epping Goods Ltd</Nm>", "<Nm>Epping Goods Ltd</Nm><CtryOfRes>GB</CtryOfRes>")
    assert fin(PAYMENT, lives).need("77B").value == "/BENEFRES/GB"
    told = "<RgltryRptg><Dtls><Inf>/BENEFRES/DE</Inf></Dtls></RgltryRptg></CdtTrfTxInf>"
    message = fin(PAYMENT, lives, ("</CdtTrfTxInf>", told))
    assert message.need("77B").value == "/BENEFRES/DE"


@pytest.mark.parametrize(("told", "rate"), [("1", "1,"), ("0.9000", "0,9"), ("35.25", "35,25")])
def test_a_rate_always_has_its_comma_and_no_idle_zeros(told, rate):
    changed = ("<ChrgBr>", f"<XchgRate>{told}</XchgRate><ChrgBr>")
    assert fin(PAYMENT, changed).need("36").value == rate


@given(st.decimals(min_value=0, max_value=10**12, places=5))
def test_an_amount_in_fin_is_the_amount_and_ends_in_no_zero(value):
    text = comma(value)
    assert Decimal(text.replace(",", ".").rstrip(".")) == value
    assert text.count(",") == 1
    assert not text.partition(",")[2].endswith("0")


RETURN = (
    "<TxInf><RtrId>R-1</RtrId><OrgnlGrpInf><OrgnlMsgNmId>pacs.008.001.08</OrgnlMsgNmId>"
    "</OrgnlGrpInf><OrgnlInstrId>I-1</OrgnlInstrId><OrgnlEndToEndId>E-1</OrgnlEndToEndId>"
    '<RtrdIntrBkSttlmAmt Ccy="EUR">100.00</RtrdIntrBkSttlmAmt>'
    "<IntrBkSttlmDt>2026-11-25</IntrBkSttlmDt><ChrgBr>SHAR</ChrgBr><RtrChain>"
    "<Dbtr>{debtor}</Dbtr><Cdtr>{creditor}</Cdtr></RtrChain>"
    "<RtrRsnInf><Rsn><Cd>AC04</Cd></Rsn></RtrRsnInf></TxInf>"
)
BANK = "<Agt><FinInstnId><Nm>Isle Bank</Nm></FinInstnId></Agt>"


def test_a_return_tells_parties_by_lines_and_banks_by_name_in_option_f():
    lined = "<Pty><Nm>Evli</Nm><PstlAdr><AdrLine>Kuja 1</AdrLine></PstlAdr></Pty>"
    text = wrapped("PmtRtr", RETURN.format(debtor=lined, creditor=BANK))
    message = fin(text)
    assert lines(message, "50F") == ["/NOTPROVIDED", "1/Evli", "2/Kuja 1"]
    assert lines(message, "59F") == ["1/Isle Bank"]
    message = fin(wrapped("PmtRtr", RETURN.format(debtor=BANK, creditor=lined)))
    assert lines(message, "50F") == ["/NOTPROVIDED", "1/Isle Bank"]
    assert lines(message, "59F") == ["1/Evli", "2/Kuja 1"]


def test_a_return_of_an_mt205_is_one_of_its_own_kind():
    text = wrapped("PmtRtr", RETURN.format(debtor=BANK, creditor=BANK))
    message = fin(text, ("pacs.008.001.08", "MT205"))
    assert (message.mt, lines(message, "72")) == (
        "205",
        ["/RETN/99", "/AC04/", "/MREF/I-1", "/TREF/E-1"],
    )


def test_a_reject_goes_between_the_agents_of_its_own_group():
    agents = (
        "<InstgAgt><FinInstnId><BICFI>KASITHBKXXX</BICFI></FinInstnId></InstgAgt>"
        "<InstdAgt><FinInstnId><BICFI>TMBKTHBKXXX</BICFI></FinInstnId></InstdAgt></GrpHdr>"
    )
    inner = "<TxInfAndSts><OrgnlInstrId>I-1</OrgnlInstrId><TxSts>RJCT</TxSts></TxInfAndSts>"
    message = fin(wrapped("FIToFIPmtStsRpt", inner), ("</GrpHdr>", agents))
    assert (message.sender[:8], message.receiver[:8]) == ("KASITHBK", "TMBKTHBK")


STATED = build.camt053(STATEMENT).decode()
ADVISED = (
    "<Ntfctn><Id>N-1</Id><Acct><Id><Othr><Id>123</Id></Othr></Id></Acct><Ntry>"
    '<Amt Ccy="EUR">5</Amt><CdtDbtInd>{side}</CdtDbtInd><ValDt><Dt>2026-11-25</Dt></ValDt>'
    "<NtryDtls><TxDtls><RltdPties>{party}</RltdPties>{agent}</TxDtls></NtryDtls></Ntry></Ntfctn>"
)
PERSON = "<Dbtr><Pty><Nm>Evli</Nm></Pty></Dbtr>"
AGENT = "<RltdAgts><DbtrAgt><FinInstnId><BICFI>OKOYFIHH</BICFI></FinInstnId></DbtrAgt></RltdAgts>"


@pytest.mark.parametrize(
    ("side", "agent", "expected"),
    [
        ("CRDT", AGENT, ["50K", "52A"]),
        ("CRDT", "", ["50K", "52D"]),
        ("DBIT", AGENT, []),
    ],
)
def test_an_advice_of_credit_names_customer_and_institution(side, agent, expected):
    text = wrapped("BkToCstmrDbtCdtNtfctn", ADVISED.format(side=side, party=PERSON, agent=agent))
    message = fin(text)
    assert [item.tag for item in message.fields if item.tag[0] == "5"] == expected
    if expected[-1:] == ["52D"]:
        assert message.need("52D").value == "NOTPROVIDED"


def test_statement_and_page_numbers_lose_their_leading_zeros():
    message = fin(STATED, ("<PgNb>1<", "<PgNb>00001<"), (">231<", ">0231<"))
    assert message.need("28C").value == "231/1"


def test_the_sum_of_a_report_without_any_currency_stands_in_npv():
    inner = (
        "<Rpt><Id>R-1</Id><CreDtTm>2026-11-23T08:30:00+00:00</CreDtTm>"
        "<TxsSummry><TtlCdtNtries><NbOfNtries>2</NbOfNtries><Sum>10.50</Sum></TtlCdtNtries>"
        "</TxsSummry></Rpt>"
    )
    message = fin(wrapped("BkToCstmrAcctRpt", inner))
    assert message.need("90C").value == "2NPV10,5"


def test_a_cancelled_payment_without_value_date_has_the_day_it_was_made():
    inner = (
        "<Assgnmt><Id>A</Id><CreDtTm>2026-11-24T08:30:00+00:00</CreDtTm></Assgnmt><Undrlyg><TxInf>"
        "<OrgnlGrpInf><OrgnlMsgNmId>pacs.008</OrgnlMsgNmId>"
        "<OrgnlCreDtTm>2026-11-23T08:30:00+00:00</OrgnlCreDtTm></OrgnlGrpInf>"
        '<OrgnlIntrBkSttlmAmt Ccy="EUR">5.00</OrgnlIntrBkSttlmAmt></TxInf></Undrlyg>'
    )
    assert fin(wrapped("FIToFIPmtCxlReq", inner)).need("32A").value == "261123EUR5,"


def test_the_account_of_a_drawer_is_told_for_all_cheques():
    inner = (
        '<Chq><ChqNb>1</ChqNb><IsseDt>2026-11-23</IsseDt><Amt Ccy="EUR">5.00</Amt>'
        "<DrwrAgtAcct><Id><Othr><Id>77-1</Id></Othr></Id></DrwrAgtAcct></Chq>"
    )
    message = fin(wrapped("ChqPresntmntNtfctn", inner))
    assert [item.tag for item in message.fields][:3] == ["20", "53B", "21"]
    assert message.need("53B").value == "/77-1"


CANCELLED = (
    "<Assgnmt><Id>A</Id><CreDtTm>2026-11-24T08:30:00+00:00</CreDtTm></Assgnmt><Undrlyg><TxInf>"
    "<OrgnlGrpInf><OrgnlMsgNmId>pacs.008</OrgnlMsgNmId>"
    "<OrgnlCreDtTm>2026-11-23T08:30:00+00:00</OrgnlCreDtTm></OrgnlGrpInf>"
    "<OrgnlInstrId>I-1</OrgnlInstrId><OrgnlUETR>{uetr}</OrgnlUETR><CxlRsnInf><Rsn><Cd>DUPL</Cd>"
    "</Rsn><AddtlInf>{told}</AddtlInf></CxlRsnInf></TxInf></Undrlyg>"
)
UETR = "174c245f-2682-4291-ad67-2a41e530cd27"


def test_reason_and_uetr_of_a_cancellation_are_folded_together():
    text = wrapped("FIToFIPmtCxlReq", CANCELLED.format(uetr=UETR, told="Duplicate of yesterday"))
    assert lines(fin(text), "79") == [
        "/DUPL/Duplicate of yesterday",
        "/UETR/174c245f-2682-",
        "//4291-ad67-2a41e530cd27",
    ]


@pytest.mark.parametrize("length", range(34, 46))
def test_neither_line_end_nor_code_word_of_a_uetr_is_torn(length):
    message = fin(wrapped("FIToFIPmtCxlReq", CANCELLED.format(uetr=UETR, told="x" * length)))
    rows = lines(message, "79")
    assert rows[0] == f"/DUPL/{'x' * length}"[:50]
    assert any(row.startswith("/UETR/") for row in rows)


@given(st.text("ABC xyz.-", min_size=1, max_size=105).map(str.strip).filter(bool))
def test_a_cancellation_keeps_its_uetr_and_its_lines_whatever_it_says(told):
    message = fin(wrapped("FIToFIPmtCxlReq", CANCELLED.format(uetr=UETR, told=told)))
    rows = lines(message, "79")
    assert all(0 < len(row) <= 50 for row in rows)
    assert uetr(message.need("79")) == UETR
    assert any(row.startswith("/UETR/") for row in rows)


def test_a_payment_without_remittance_tells_its_reference_in_field_70():
    assert fin(PAYMENT).need("70").value == "/ROC/E2E-0001"
    unknown = ("<EndToEndId>E2E-0001<", "<EndToEndId>NOTPROVIDED<")
    assert fin(PAYMENT, unknown).need("70").value == "/ROC/NOTPROVIDED"
    told = ("</CdtTrfTxInf>", "<RmtInf><Ustrd>INV 1</Ustrd></RmtInf></CdtTrfTxInf>")
    assert fin(PAYMENT, unknown, told).need("70").value == "INV 1"
    start, end = PAYMENT.index("<CdtTrfTxInf>"), PAYMENT.index("</CdtTrfTxInf>") + 14
    twice = (PAYMENT[start:end], 2 * PAYMENT[start:end])
    assert [item.value for item in fin(PAYMENT, twice).all("70")] == ["/ROC/E2E-0001"] * 2


@pytest.mark.parametrize(
    ("told", "written"),
    [("NOTPROVIDED", "NOTPROVIDED"), ("A//B", "NONREF"), ("A" * 20, "A" * 15 + "+")],
)
def test_the_owners_reference_of_an_entry_is_told_unless_fin_forbids_it(told, written):
    message = fin(STATED, ("<EndToEndId>E2E-1<", f"<EndToEndId>{told}<"))
    assert message.need("61").value == f"2611251125C300,NTRF{written}"


def test_payments_of_several_debtors_tell_debtor_and_bank_each():
    start, end = PAYMENT.index("<CdtTrfTxInf>"), PAYMENT.index("</CdtTrfTxInf>") + 14
    one = PAYMENT[start:end]
    other = one.replace("Siam Trading Co", "Another Co")
    message = fin(PAYMENT, (one, one + other))
    tags = [item.tag for item in message.fields]
    assert message.mt == "102"
    assert tags.index("21") < tags.index("50F")
    names = [item.value.split("\n")[1] for item in message.all("50F")]
    assert names == ["1/Siam Trading Co", "1/Another Co"]
    assert tags.count("52A") == 1
    assert tags.index("52A") < tags.index("21")


def test_a_cover_tells_instructions_for_the_next_agent_and_its_gpi_service():
    inner = PAYMENT[PAYMENT.index("<Dbtr>") : PAYMENT.index("</CdtTrfTxInf>")]
    told = "<InstrForNxtAgt><InstrInf>call us</InstrInf></InstrForNxtAgt>"
    cover = f"<UndrlygCstmrCdtTrf>{inner}{told}</UndrlygCstmrCdtTrf></CdtTrfTxInf>"
    level = "<PmtTpInf><SvcLvl><Cd>G001</Cd></SvcLvl></PmtTpInf><IntrBkSttlmAmt"
    message = fin(TRANSFER, ("</CdtTrfTxInf>", cover), ("<IntrBkSttlmAmt", level))
    assert message.header("111") == "001"
    assert message.all("72")[-1].value == "/INT/call us"


def test_an_identification_longer_than_fin_has_room_for_is_cut_where_one_sees_it():
    system = f"<Prtry>{'S' * 20}</Prtry>"
    named = (
        f"<DbtrAgt><FinInstnId><ClrSysMmbId><ClrSysId>{system}</ClrSysId>"
        f"<MmbId>{'9' * 20}</MmbId></ClrSysMmbId><Nm>Isle Bank</Nm></FinInstnId></DbtrAgt>"
    )
    start, end = PAYMENT.index("<DbtrAgt>"), PAYMENT.index("</DbtrAgt>") + 10
    assert lines(fin(PAYMENT, (PAYMENT[start:end], named)), "52D") == [
        "/" + "S" * 20 + "9" * 13 + "+",
        "Isle Bank",
    ]


@pytest.mark.parametrize(
    ("party", "tag", "value"),
    [
        ("<Id><OrgId><AnyBIC>BKKBTHBK</AnyBIC></OrgId></Id>", "50C", "BKKBTHBK"),
        ("<Nm>Evli</Nm><Id><PrvtId><Othr><Id>CUST-7</Id></Othr></PrvtId></Id>", "50L", "CUST-7"),
        (f"<Nm>{'B' * 40}</Nm><PstlAdr><Ctry>TH</Ctry></PstlAdr>", "50L", "B" * 35),
    ],
)
def test_an_instructing_party_is_one_line(party, tag, value):
    inner = (
        "<PmtInf><ReqdExctnDt><Dt>2026-11-25</Dt></ReqdExctnDt><Dbtr><Nm>Evli</Nm></Dbtr>"
        "<CdtTrfTxInf><PmtId><EndToEndId>E-1</EndToEndId></PmtId>"
        '<Amt><InstdAmt Ccy="EUR">5</InstdAmt></Amt><Cdtr><Nm>Tate</Nm></Cdtr>'
        "</CdtTrfTxInf></PmtInf>"
    )
    initiated = ("</GrpHdr>", f"<InitgPty>{party}</InitgPty></GrpHdr>")
    assert fin(wrapped("CstmrCdtTrfInitn", inner), initiated).need(tag).value == value


def test_a_bank_transfer_among_several_without_instruction_has_its_end_to_end_reference():
    start, end = TRANSFER.index("<CdtTrfTxInf>"), TRANSFER.index("</CdtTrfTxInf>") + 14
    one = TRANSFER[start:end]
    begin, stop = one.index("<InstrId>"), one.index("</InstrId>") + 10
    second = one.replace(one[begin:stop], "").replace("<EndToEndId>", "<EndToEndId>Z")
    told = [item.value for item in fin(TRANSFER, (one, one + second)).all("20")]
    assert len(told) == 2
    assert told[1].startswith("Z")


def test_a_banks_name_as_beneficiary_of_a_return_fits_its_line():
    long = BANK.replace("Isle Bank", "B" * 40)
    text = wrapped("PmtRtr", RETURN.format(debtor=long, creditor=long))
    message = fin(text)
    assert lines(message, "59F") == ["1/" + "B" * 33]
    assert lines(message, "50F") == ["/NOTPROVIDED", "1/" + "B" * 33]


def test_a_line_that_would_open_a_field_or_end_the_message_is_told_and_not_refused():
    told = "A" * 35 + ":20:X" + "B" * 30 + "-}{5"
    rmt = f"<RmtInf><Ustrd>{told}</Ustrd></RmtInf></CdtTrfTxInf>"
    message = fin(PAYMENT, ("</CdtTrfTxInf>", rmt))
    assert lines(message, "70") == ["A" * 35, ".20:X" + "B" * 30, "...5"]
    account = ("<Id>1234567890<", "<Id>12_34{}<")
    assert lines(fin(PAYMENT, account), "50F")[0] == "/12 34.."


@pytest.mark.parametrize("day", ["2569-11-23", "2080-01-01", "1979-12-31", "9999-12-31"])
def test_a_day_that_two_digits_of_a_year_cannot_tell_is_refused(day):
    """2569 (a Buddhist year) became 69: 2069 to whoever reads it."""
    settles = re.search(r"<IntrBkSttlmDt>(.*?)</IntrBkSttlmDt>", PAYMENT)[1]
    with pytest.raises(BrokenElement) as refused:
        fin(PAYMENT, (f"<IntrBkSttlmDt>{settles}<", f"<IntrBkSttlmDt>{day}<"))
    assert day in refused.value.text("en")


@pytest.mark.parametrize("day", ["2079-12-31", "1980-01-01", "2099-12-31"])
def test_a_day_that_they_can_tell_comes_back_as_it_was(day):
    settles = re.search(r"<IntrBkSttlmDt>(.*?)</IntrBkSttlmDt>", PAYMENT)[1]
    message = fin(PAYMENT, (f"<IntrBkSttlmDt>{settles}<", f"<IntrBkSttlmDt>{day}<"))
    found = next(one for one in message.fields if one.tag == "32A")
    assert values.date(found.value[:6], found).isoformat() == day
