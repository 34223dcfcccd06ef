"""The register reader: good lines as they stand, bad ones refused by line, field and rule."""

import io
import tracemalloc
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel.refusals import Refused
from settlement.formats import register
from settlement.formats.register import Direction, Operation, RegisterLine
from settlement.formats.seen import SeenNumbers

HEADER = (
    b'"trans_id";"account_id";"date";"type";"operation";"amount";"balance";"k_symbol";'
    b'"bank";"account"\n'
)
GOOD = '695247;2378;930101;"PRIJEM";"VKLAD";700.00;700.00;"";;'
TRANSFER = '1;2;930102;"VYDAJ";"PREVOD NA UCET";10.5;-3.20;"SIPO";"YZ";"87144583"'


def read(*lines: str, header: bytes = HEADER) -> list[RegisterLine | Refused]:
    body = "\n".join(lines).encode("utf-8")
    return list(register.read(io.BytesIO(header + body), name="r.csv"))


def test_a_good_line_reads_as_it_stands():
    first, second = read(GOOD, TRANSFER)
    assert first.trans_id == 695247
    assert first.operation is Operation.CASH_IN
    assert first.partner_bank is None
    assert second == RegisterLine(
        line_no=3,
        trans_id=1,
        account="2",
        business_date=date(1993, 1, 2),
        direction=Direction.DEBIT,
        operation=Operation.TRANSFER_OUT,
        amount=Decimal("10.50"),
        balance=Decimal("-3.20"),
        purpose="SIPO",
        partner_bank="YZ",
        partner_account="87144583",
    )
    assert second.signed_amount == Decimal("-10.5")


BAD = {
    "too few": ("1;2;930101", "wrong-field-count", ""),
    "too many": (GOOD + ";x", "wrong-field-count", ""),
    "quote left open": (GOOD.replace('"VKLAD"', '"VKLAD'), "broken-quotes", "operation"),
    "quote inside": (GOOD.replace('"VKLAD"', '"VK"AD"'), "broken-quotes", "operation"),
    "30 February": (GOOD.replace("930101", "930230"), "not-a-date", "date"),
    "ISO date": (GOOD.replace("930101", "1993-01-01"), "not-a-date", "date"),
    "full-width date": (GOOD.replace("930101", "\uff19\uff13\uff10101"), "not-a-date", "date"),
    "unknown type": (GOOD.replace("PRIJEM", "CREDIT"), "unknown-word", "type"),
    "unknown operation": (GOOD.replace("VKLAD", "SEPA"), "unknown-word", "operation"),
    "no operation": (GOOD.replace("VKLAD", ""), "unknown-word", "operation"),
    "debit by cash in": (GOOD.replace("PRIJEM", "VYDAJ"), "operation-against-type", "operation"),
    "zero": (GOOD.replace(";700.00;7", ";0.00;7"), "amount-not-positive", "amount"),
    "negative": (GOOD.replace(";700.00;7", ";-1.00;7"), "amount-not-positive", "amount"),
    "three decimals": (GOOD.replace(";700.00;7", ";1.005;7"), "not-an-amount", "amount"),
    "exponent": (GOOD.replace(";700.00;7", ";7e2;7"), "not-an-amount", "amount"),
    "infinite": (GOOD.replace(";700.00;7", ";Infinity;7"), "not-an-amount", "amount"),
    "underscore": (GOOD.replace(";700.00;7", ";7_0;7"), "not-an-amount", "amount"),
    "full-width": (GOOD.replace(";700.00;7", ";\uff1700;7"), "not-an-amount", "amount"),
    "comma": (GOOD.replace(";700.00;7", ";700,00;7"), "not-an-amount", "amount"),
    "no balance": (GOOD.replace(';700.00;"', ';;"'), "not-an-amount", "balance"),
    "no partner": (TRANSFER.replace('"YZ"', ""), "partner-bank-missing", "bank"),
    "long partner": (TRANSFER.replace("YZ", "XYZ"), "partner-bank-missing", "bank"),
    "letters as number": (GOOD.replace("695247", "A"), "not-a-number", "trans_id"),
    "no account": (GOOD.replace(";2378;", ";;"), "not-a-number", "account_id"),
}


@pytest.mark.parametrize(("text", "code", "field"), BAD.values(), ids=BAD)
def test_a_bad_line_is_refused_by_line_field_and_rule(text, code, field):
    refused, good = read(text, "9" + GOOD)
    assert isinstance(good, RegisterLine)
    assert isinstance(refused, Refused)
    assert (refused.code, refused.place.field or "") == (code, field)
    assert (refused.place.file, refused.place.line) == ("r.csv", 2)
    assert refused.text("th") != refused.text("en")


def test_the_same_transaction_twice_is_refused_on_its_second_line():
    _, again = read(GOOD, GOOD)
    assert (again.code, again.place.line) == ("transaction-twice", 3)


def test_bytes_that_are_no_text_and_endless_lines_are_refused_alone():
    body = b"\xff\xfe\n" + b"1" * 100_000 + b"\n" + GOOD.encode()
    codes = [getattr(x, "code", "good") for x in register.read(io.BytesIO(HEADER + body))]
    assert codes == ["not-text", "line-too-long", "good"]


@pytest.mark.parametrize("header", [b"", b"a;b\n", HEADER.replace(b"amount", b"sum"), b"\xff\n"])
def test_a_file_without_the_header_is_no_register(header):
    with pytest.raises(register.NotARegister):
        read(GOOD, header=header)


def test_windows_line_ends_blank_lines_and_a_byte_order_mark_are_read():
    body = b"\xef\xbb\xbf" + HEADER.replace(b"\n", b"\r\n") + GOOD.encode() + b"\r\n\r\n"
    (line,) = register.read(io.BytesIO(body))
    assert line.amount == 700


@given(st.text(max_size=12), st.integers(0, 9))
def test_any_text_in_any_field_is_a_line_or_a_refusal(text, column):
    fields = TRANSFER.split(";")
    fields[column] = text
    for found in read(";".join(fields)):
        assert isinstance(found, RegisterLine | Refused)
        if isinstance(found, RegisterLine):
            assert found.amount > 0


@given(st.binary(max_size=200))
def test_any_bytes_never_break_the_reader(data):
    for found in register.read(io.BytesIO(HEADER + data), name="x"):
        assert isinstance(found, RegisterLine | Refused)


@given(st.lists(st.integers(0, 5000)))
def test_seen_numbers_is_a_set(numbers):
    seen, model = SeenNumbers(), set()
    for number in numbers:
        assert seen.add(number) is (number not in model)
        model.add(number)


class Endless(io.RawIOBase):
    """A register of `count` lines that is never whole in memory."""

    def __init__(self, count: int) -> None:
        self.left, self.count = [HEADER], count

    def readline(self, _size=-1):
        if self.left:
            return self.left.pop()
        self.count -= 1
        return b"%d;%s" % (self.count, GOOD.encode().split(b";", 1)[1]) if self.count else b""


def peak_of(count: int) -> int:
    tracemalloc.start()
    read_lines = sum(1 for _ in register.read(Endless(count), name="x"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert read_lines == count - 1
    return peak


def test_memory_stays_flat_in_the_number_of_lines():
    assert peak_of(20_000) < peak_of(1_000) + 400_000
