"""What users of other systems complain of, each as a test that it does not happen here."""

import io

import pytest

from backoffice.kernel.refusals import Refused
from settlement.formats import camt
from settlement.formats.ach import merging, reader, writer
from settlement.formats.ach.records import Category, Entry
from settlement.formats.camt_items import Entry as Booking

FORWARD = """\
101 231380104 1210428822601050930A094101Clearing House         Our Bank
5220Siam Trading                        121042882 PPDSALARY          260106   1121042880000001
62223138010412345678         0000012345               Somchai                 0121042880000001
82200000010023138010000000000000000000012345121042882                          121042880000001
9000001000001000000010023138010000000000000000000012345
""".splitlines()

# A return of a debit, balanced by an offset entry without addenda.
RETURN = """\
101 231380104 1210428822601050930A094101Clearing House         Our Bank
5200Siam Trading                        121042882 PPDSALARY          260106   1231380100000001
62612104288212345678         0000012345               Somchai                 1231380100000001
799R01121042880000001      23138010                                            231380100000001
62223138010499999999         0000012345               OFFSET                  0231380100000002
82000000030035242298000000012345000000012345121042882                          231380100000001
9000001000001000000030035242298000000012345000000012345
""".splitlines()


def read(lines: list[str], name: str = "f.ach") -> list:
    return list(reader.read(io.BytesIO("\n".join(lines).encode()), name=name))


def test_moov_ach_922_unable_to_read_without_a_line():
    """Every refusal of any damaged record says file, line and what is wrong."""
    for row in range(len(FORWARD)):
        for column in range(0, 90, 7):
            lines = [line.ljust(94) for line in FORWARD]
            lines[row] = f"{lines[row][:column]}\u00e9{lines[row][column + 1 :]}"
            refused = [one for one in read(lines) if isinstance(one, Refused)]
            for one in refused:
                assert one.place.file == "f.ach"
                assert one.place.line
                assert "line" in one.sentence()
                assert one.code in one.sentence()


def test_moov_ach_867_merge_makes_invalid_file():
    """A merged file obeys every rule that its parts obeyed; its totals are their sums."""
    merged = list(writer.lines(merging.merge([read(FORWARD), read(FORWARD), read(RETURN)])))
    found = read(merged)
    assert [str(one) for one in found if isinstance(one, Refused)] == []
    assert found[-1].number("batch_count") == 3
    assert found[-1].number("total_credit") == 3 * 12345
    numbers = [
        i["batch_number"] for i in found if not isinstance(i, Entry) and i.kind == "batch-header"
    ]
    assert numbers == ["0000001", "0000002", "0000003"]


def test_files_of_different_banks_are_not_merged():
    other = [FORWARD[0].replace(" 121042882", " 021000021"), *FORWARD[1:]]
    with pytest.raises(merging.RoutesDiffer):
        list(merging.merge([read(FORWARD), read(other)]))


def test_moov_ach_1010_offsets_on_returns():
    """An offset entry balances a batch of returns without an addenda of its own."""
    found = read(RETURN)
    assert [str(one) for one in found if isinstance(one, Refused)] == []
    categories = [i.category for i in found if isinstance(i, Entry)]
    assert categories == [Category.RETURN, Category.FORWARD]


SUPPLEMENTED = b"""<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">
<BkToCstmrStmt><GrpHdr><MsgId>M</MsgId><CreDtTm>2026-01-05T00:00:00</CreDtTm></GrpHdr>
<Stmt><Id>S</Id><Acct><Id><IBAN>TH1</IBAN></Id></Acct>
<Ntry><Amt Ccy="THB">1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
<NtryDtls><TxDtls><Refs><EndToEndId>E</EndToEndId></Refs>
<SplmtryData><Envlp><x:Own xmlns:x="urn:bank"><x:Ntry><x:Amt>9</x:Amt></x:Ntry>
<x:Stmt><x:TxDtls/></x:Stmt></x:Own></Envlp></SplmtryData>
</TxDtls></NtryDtls></Ntry></Stmt>
<SplmtryData><Envlp><y:GrpHdr xmlns:y="urn:bank"/></Envlp></SplmtryData>
</BkToCstmrStmt></Document>"""


def test_prowide_iso20022_8_supplementary_data_breaks_parser():
    """A bank's own elements, even of our names, are passed over."""
    found = list(camt.read(io.BytesIO(SUPPLEMENTED)))
    assert [one for one in found if isinstance(one, Refused)] == []
    (booking,) = [one for one in found if isinstance(one, Booking)]
    assert [d.reference("EndToEndId") for d in booking.details] == ["E"]
