"""What one FIN message cannot tell is refused by line, never left out."""

import dataclasses
import datetime as dt
from decimal import Decimal

import pytest

from settlement.messages import build, converting
from settlement.messages.facts import Money
from settlement.messages.fin.reading import parse
from settlement.messages.refusals import BrokenElement, MissingElement, UsageRuleBroken
from tests.settlement.messages.samples import BANK_TRANSFER, CREDIT_TRANSFER, STATEMENT


def doubled(data: bytes, name: str, *changes: tuple[str, str]) -> bytes:
    """The document with the element `name` twice, the second one changed."""
    text = data.decode()
    start, end = text.index(f"<{name}>"), text.rindex(f"</{name}>") + len(name) + 3
    second = text[start:end]
    for old, new in changes:
        assert old in second
        second = second.replace(old, new)
    return (text[:end] + "\n" + second + text[end:]).encode()


def test_several_alike_payments_are_one_message_with_their_sum():
    data = doubled(build.pacs008(CREDIT_TRANSFER), "CdtTrfTxInf", (">1250000.5<", ">0.5<"))
    message = parse(converting.to_fin(data).text)
    assert message.mt == "102"
    assert message.need("32A").value == "261125THB1250001,"
    data = doubled(build.pacs009(BANK_TRANSFER), "CdtTrfTxInf", ("654489.98", "0.02"))
    message = parse(converting.to_fin(data).text)
    assert (message.mt, message.need("19").value) == ("203", "654490,")


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (("2026-11-25", "2026-11-26"), "IntrBkSttlmDt"),
        (('Ccy="THB">1250000.5</IntrBk', 'Ccy="USD">1250000.5</IntrBk'), "IntrBkSttlmAmt"),
    ],
)
def test_payments_that_differ_in_what_is_told_once_are_refused(change, path):
    data = doubled(build.pacs008(CREDIT_TRANSFER), "CdtTrfTxInf", change)
    with pytest.raises(BrokenElement) as caught:
        converting.to_fin(data, file="many.xml")
    place = caught.value.place
    assert (place.file, place.field) == ("many.xml", path)
    assert place.line is not None
    assert place.line > data.decode().index("</CdtTrfTxInf>") // 200


def test_a_group_total_that_is_not_the_sum_is_refused():
    data = doubled(build.pacs008(CREDIT_TRANSFER), "CdtTrfTxInf").replace(
        b"<SttlmInf>", b'<TtlIntrBkSttlmAmt Ccy="THB">1.00</TtlIntrBkSttlmAmt><SttlmInf>'
    )
    with pytest.raises(BrokenElement, match="2500001"):
        converting.to_fin(data)


def test_a_second_statement_is_not_left_out():
    data = doubled(build.camt053(STATEMENT), "Stmt")
    with pytest.raises(BrokenElement) as caught:
        converting.to_fin(data)
    assert caught.value.params["path"] == "Stmt"
    assert converting.to_fin(build.camt053(STATEMENT)).target == "MT940"


def test_a_document_without_a_statement_is_refused_by_line():
    text = build.camt053(STATEMENT).decode()
    start, end = text.index("<Stmt>"), text.index("</Stmt>") + 7
    with pytest.raises(MissingElement) as caught:
        converting.to_fin((text[:start] + text[end:]).encode())
    assert caught.value.place.line


def test_interim_balances_open_and_close_a_page():
    data = build.camt053(STATEMENT).replace(b"OPBD", b"ITBD").replace(b"CLBD", b"ITBD")
    message = parse(converting.to_fin(data).text)
    assert message.need("60M").value == "D261124THB100,5"
    assert message.need("62M").value == "C261125THB149,25"


def test_the_settlement_date_of_the_group_stands_in():
    text = build.pacs008(CREDIT_TRANSFER).decode()
    told = "<IntrBkSttlmDt>2026-11-25</IntrBkSttlmDt>"
    data = text.replace(told, "").replace("<SttlmInf>", f"{told}<SttlmInf>", 1).encode()
    assert parse(converting.to_fin(data).text).need("32A").value.startswith("261125")


def test_absent_agents_of_an_mt103_are_its_sender_and_receiver():
    fin = build.mt103(
        dataclasses.replace(
            CREDIT_TRANSFER,
            settled=Money("THB", Decimal(5)),
            instructed=None,
            debtor_agent=None,
            creditor_agent=None,
        )
    )
    assert ":52" not in fin
    assert ":57" not in fin
    at = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
    xml = converting.to_iso20022(fin.encode(), at=at).text
    for name, bic in (("DbtrAgt", "BKKBTHBKXXX"), ("CdtrAgt", "SICOTHBKXXX")):
        part = xml[xml.index(f":{name}>") : xml.index(f"/pacs:{name}>")]
        assert bic in part


LONGEST = Decimal("123456789012.34")


def priced(amount):
    return dataclasses.replace(
        CREDIT_TRANSFER, settled=Money("THB", amount), instructed=Money("THB", amount)
    )


@pytest.mark.parametrize(
    ("amount", "fits"), [(LONGEST, True), (Decimal("1234567890123.45"), False)]
)
def test_an_amount_longer_than_fin_takes_is_refused_not_sent(amount, fits):
    """A field of fifteen signs got eighteen: the network would have refused the message."""
    fact = priced(amount)
    data = build.pacs008(fact)
    if fits:
        assert parse(converting.to_fin(data).text).need("32A").value.endswith("123456789012,34")
        assert "THB123456789012,34" in build.mt103(fact)
        return
    with pytest.raises(BrokenElement) as refused:
        converting.to_fin(data)
    assert refused.value.place.field == "IntrBkSttlmAmt"
    assert refused.value.place.line
    with pytest.raises(UsageRuleBroken, match="15d"):
        build.mt103(fact)


def test_the_sum_of_payments_is_held_to_its_field_too():
    data = build.pacs008(priced(LONGEST * 6))
    twice = doubled(data, "CdtTrfTxInf")
    with pytest.raises(BrokenElement, match="15 signs"):
        converting.to_fin(twice)
