"""The camt reader: hostile XML stays outside, broken statements are seen, memory stays flat."""

import contextlib
import io
import tracemalloc
from datetime import UTC, date, datetime
from decimal import Decimal
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backoffice.kernel.refusals import Refused
from settlement.formats import camt
from settlement.formats.camt_items import Entry, Kind, Message, Money, Statement, StatementEnd

MONEY = '<Amt Ccy="THB">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>'
BALANCE = (
    "<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
    + MONEY
    + "<Dt><Dt>2026-01-05</Dt></Dt></Bal>"
)
ENTRY = (
    "<Ntry><NtryRef>{reference}</NtryRef>"
    + MONEY
    + "<Sts><Cd>{status}</Cd></Sts><BookgDt><Dt>2026-01-05</Dt></BookgDt>{inside}</Ntry>"
)
DETAIL = (
    "<NtryDtls><TxDtls><Refs><EndToEndId>{end}</EndToEndId></Refs>"
    "<RltdPties><Dbtr><Pty><Nm>{name}</Nm></Pty></Dbtr>"
    "<DbtrAcct><Id><IBAN>TH1</IBAN></Id></DbtrAcct></RltdPties>"
    "<RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls>"
)


def entry(amount="8.85", side="CRDT", reference="r", status="BOOK", inside="") -> str:
    return ENTRY.format(
        amount=amount, side=side, reference=escape(reference), status=status, inside=inside
    )


def document(body: str, *, version="08", declaration='<?xml version="1.0"?>', summary="") -> bytes:
    space = f"urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"
    return (
        f'{declaration}<Document xmlns="{space}"><BkToCstmrStmt><GrpHdr><MsgId>M1</MsgId>'
        "<CreDtTm>2026-01-05T18:00:00+07:00</CreDtTm></GrpHdr><Stmt><Id>S1</Id>"
        "<Acct><Id><IBAN>TH99</IBAN></Id><Ccy>THB</Ccy></Acct>"
        f"{summary}{body}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def balances(opening: str, closing: str) -> str:
    return BALANCE.format(code="OPBD", amount=opening, side="CRDT") + BALANCE.format(
        code="CLBD", amount=closing, side="CRDT"
    )


def read(data: bytes, **options) -> list:
    return list(camt.read(io.BytesIO(data), name="s.xml", **options))


def codes(found: list) -> list[str]:
    return [one.code for one in found if isinstance(one, Refused)]


def test_a_statement_reads_head_entries_and_foot():
    details = DETAIL.format(end="E1", name="Somchai", text="rent")
    message, head, one, two, foot = read(
        document(balances("10.00", "15.85") + entry(inside=details) + entry("3.00", "DBIT"))
    )
    at = datetime(2026, 1, 5, 11, tzinfo=UTC)
    assert (message.kind, message.version, message.created.at) == (Kind.STATEMENT, 8, at)
    assert (head.account.number, head.account.is_iban, len(head.balances)) == ("TH99", True, 2)
    assert (one.money, two.money) == (Money(Decimal("8.85"), "THB"), Money(Decimal(-3), "THB"))
    assert one.booking.day == date(2026, 1, 5)
    (detail,) = one.details
    assert (detail.reference("EndToEndId"), detail.unstructured) == ("E1", ("rent",))
    assert [(p.role, p.name, p.account) for p in detail.parties] == [("Debtor", "Somchai", "TH1")]
    assert (foot.entries, foot.difference) == (2, 0)


def test_pending_entries_do_not_move_the_booked_balance():
    found = read(document(balances("10.00", "10.00") + entry(status="PDNG")))
    assert codes(found) == []
    assert found[-1].booked == 0


def test_a_statement_that_does_not_add_up_is_reported_and_still_readable():
    found = read(document(balances("10.00", "18.84") + entry()))
    assert codes(found) == ["camt-balances"]
    assert found[-1].difference == Decimal("-0.01")
    with pytest.raises(Refused):
        list(camt.read_valid(io.BytesIO(document(balances("10.00", "18.84") + entry()))))


def test_the_banks_own_totals_are_checked():
    right = (
        "<TxsSummry><TtlNtries><NbOfNtries>1</NbOfNtries><Sum>8.85</Sum></TtlNtries></TxsSummry>"
    )
    assert codes(read(document(entry(), summary=right))) == []
    wrong = right.replace("8.85", "8.86").replace(">1<", ">2<")
    assert codes(read(document(entry(), summary=wrong))) == ["camt-summary", "camt-summary"]


def test_amounts_may_be_padded_but_not_finer_than_the_currency():
    assert read(document(entry("8.85000")))[2].money.amount == Decimal("8.85")
    assert codes(read(document(entry("8.851")))) == ["amount-too-fine"]


ENTRIES = {
    "no amount": (entry().replace('<Amt Ccy="THB">8.85</Amt>', ""), "camt-element-missing"),
    "exponent": (entry("1e3"), "camt-amount"),
    "negative": (entry("-1.00"), "camt-amount"),
    "full width": (entry("\uff11"), "camt-amount"),
    "infinite": (entry("INF"), "camt-amount"),
    "currency": (entry().replace('"THB"', '"THX"'), "currency-unknown"),
    "side": (entry(side="BOTH"), "camt-indicator"),
    "status": (entry().replace("<Sts><Cd>BOOK</Cd></Sts>", ""), "camt-element-missing"),
    "date": (entry().replace("2026-01-05", "2026-02-30"), "camt-date"),
    "reversal": (entry(inside="<RvslInd>maybe</RvslInd>"), "camt-indicator"),
    "count": (
        entry(inside="<NtryDtls><Btch><NbOfTxs>two</NbOfTxs></Btch></NtryDtls>"),
        "camt-number",
    ),
    "detail": (
        entry(inside='<NtryDtls><TxDtls><Amt Ccy="THB">x</Amt></TxDtls></NtryDtls>'),
        "camt-amount",
    ),
}


@pytest.mark.parametrize(("bad", "code"), ENTRIES.values(), ids=ENTRIES)
def test_a_bad_entry_is_refused_alone(bad, code):
    found = read(document(f"\n\n{bad}\n{entry()}"))
    assert codes(found) == [code]
    refused = next(one for one in found if isinstance(one, Refused))
    assert (refused.place.file, refused.place.line) == ("s.xml", 3)
    assert sum(isinstance(one, Entry) for one in found) == 1
    assert found[-1].entries == 2


LAUGHS = (
    '<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'
    '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">&c;</Document>'
)
EXTERNAL = (
    '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
    '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">&x;</Document>'
)
HOSTILE = {
    "laughs": (LAUGHS.encode(), "camt-doctype"),
    "external": (EXTERNAL.encode(), "camt-doctype"),
    "late": (b" " * 65_530 + b"<!DOCTYPE d><d/>", "camt-doctype"),
    "utf-16": (document(entry()).decode().encode("utf-16"), "camt-not-xml"),
    "utf-16 doctype": (LAUGHS.encode("utf-16-le"), "camt-not-xml"),
    "ebcdic": ('<?xml version="1.0" encoding="cp037"?>' + LAUGHS).encode("cp037"),
    "cut short": (document(entry())[:-20], "camt-not-xml"),
    "empty": (b"", "camt-not-xml"),
    "text": (b"hello", "camt-not-xml"),
    "html": (b"<html><body/></html>", "camt-not-a-statement"),
    "other message": (b"<Document><FIToFICstmrCdtTrf/></Document>", "camt-not-a-statement"),
    "no statement": (
        document("").partition(b"<Stmt>")[0] + b"</BkToCstmrStmt></Document>",
        "camt-empty",
    ),
    "version": (document(entry(), version="14"), "camt-version"),
    "mismatch": (document(entry()).replace(b"camt.053", b"camt.054"), "camt-not-a-statement"),
    "no id": (document(entry()).replace(b"<Id>S1</Id>", b""), "camt-element-missing"),
    "no account": (document(entry()).replace(b"<IBAN>TH99</IBAN>", b""), "camt-element-missing"),
    "no message id": (document(entry()).replace(b"M1", b""), "camt-element-missing"),
}


@pytest.mark.parametrize("case", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_statement_is_refused_whole(case):
    data, code = case if isinstance(case, tuple) else (case, None)
    with pytest.raises(Refused) as refused:
        read(data)
    assert code is None or refused.value.code == code
    assert refused.value.place.file == "s.xml"


def test_a_file_above_the_cap_is_not_read_to_its_end():
    with pytest.raises(Refused) as refused:
        read(document(entry() * 1000), max_bytes=50_000)
    assert refused.value.code == "camt-too-large"
    assert refused.value.status == 413


@pytest.mark.parametrize("version", range(1, 14))
def test_every_version_and_any_namespace_reads_alike(version):
    data = document(entry(), version=f"{version:02d}")
    assert read(data)[0].version == version
    bare = data.replace(b' xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.', b' a="')
    assert read(bare)[0] == Message(
        Kind.STATEMENT, None, "M1", read(data)[0].created, None, is_last_page=True
    )
    wrapped = b"<Envelope><AppHdr/>" + data.partition(b"?>")[2] + b"</Envelope>"
    assert read(wrapped)[0].version == version


texts = st.text(st.characters(min_codepoint=33, max_codepoint=0x0E5B, codec="utf-8"), min_size=1)
moves = st.tuples(st.integers(1, 10**12), st.sampled_from(["CRDT", "DBIT"]), texts)


@given(st.lists(moves, max_size=6))
def test_generated_statements_read_back_the_same_and_add_up(entries):
    cents = sum(n if side == "CRDT" else -n for n, side, _ in entries)
    closing = BALANCE.format(
        code="CLBD",
        amount=f"{abs(cents) / 100:.2f}" if abs(cents) < 10**13 else "",
        side="CRDT" if cents >= 0 else "DBIT",
    )
    opening = BALANCE.format(code="OPBD", amount="0.00", side="CRDT")
    inside = [DETAIL.format(end="E", name=escape(text), text=escape(text)) for *_, text in entries]
    body = "".join(
        entry(f"{n // 100}.{n % 100:02d}", side, text, inside=more)
        for (n, side, text), more in zip(entries, inside, strict=True)
    )
    found = read(document(opening + closing + body))
    assert codes(found) == []
    signed = [Decimal(n if side == "CRDT" else -n).scaleb(-2) for n, side, _ in entries]
    read_entries = [one for one in found if isinstance(one, Entry)]
    assert [one.money.amount for one in read_entries] == signed
    assert [one.reference for one in read_entries] == [text.strip() for *_, text in entries]
    assert [d.unstructured for e in read_entries for d in e.details] == [
        (text.strip(),) for *_, text in entries
    ]


@settings(max_examples=150)
@given(st.data())
def test_one_altered_byte_is_refused_or_still_a_statement(data):
    sound = document(
        balances("10.00", "18.85") + entry(inside=DETAIL.format(end=1, name=2, text=3))
    )
    at = data.draw(st.integers(0, len(sound) - 1))
    altered = sound[:at] + bytes([data.draw(st.integers(0, 255))]) + sound[at + 1 :]
    with contextlib.suppress(Refused):
        for one in read(altered):
            assert isinstance(one, Message | Statement | Entry | StatementEnd | Refused)
            assert one.text("th") if isinstance(one, Refused) else True


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(data):
    with contextlib.suppress(Refused):
        read(data)


class LongStatement(io.RawIOBase):
    """A statement of `count` entries, or one entry of `count` payments, never whole in memory."""

    def __init__(self, count: int, *, batched: bool) -> None:
        details = DETAIL.format(end="E", name="N" * 30, text="T" * 100)
        if batched:
            head, _, tail = document(entry(inside="|")).partition(b"|")
            middle = details.replace("<NtryDtls>", "").replace("</NtryDtls>", "").encode()
            head, tail = head + b"<NtryDtls>", b"</NtryDtls>" + tail
        else:
            head, _, tail = document("|").partition(b"|")
            middle = entry(inside=details).encode()
        self.parts = iter([head, *(middle for _ in range(count)), tail])

    def read(self, _size=-1):
        return next(self.parts, b"")


def peak_of(count: int, *, batched: bool) -> int:
    stream = LongStatement(count, batched=batched)
    tracemalloc.start()
    found = 0
    for one in camt.read(stream, name="long"):
        if isinstance(one, Entry):
            found += len(one.details)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == count
    return peak


def test_memory_stays_flat_in_the_number_of_entries():
    assert peak_of(2_000, batched=False) < peak_of(500, batched=False) + 500_000


def test_a_batch_of_payments_takes_memory_for_its_payments_only():
    peaks = [peak_of(count, batched=True) for count in (500, 2_000)]
    assert (peaks[1] - peaks[0]) / 1_500 < 2_500, "bytes a payment"
