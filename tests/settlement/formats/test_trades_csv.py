"""The house's trade file: read, written, and its control totals believed only when right."""

import contextlib
import hashlib
import io
import tracemalloc
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel.refusals import Refused
from settlement.formats import trades_csv, trades_writing
from settlement.formats.trades import (
    COLUMNS,
    FileHeader,
    FileTrailer,
    Side,
    Trade,
    TradeType,
)
from settlement.formats.trades_refusals import (
    ControlTotalWrong,
    HeaderMalformed,
    TrailerMalformed,
    TrailerMissing,
)

HEAD = "#trades,version=1,file=DAY-A,created=2026-01-05"
NAMES = ",".join(COLUMNS)
DVP = "T1,2026-01-05,2026-01-07,BUY,XBKK,SIAM,KRUNG,TH0016010R14,100,12.5,1250.00,THB,DVP"
RICE = "T2,2026-01-05,,SELL,AFET,SIAM,FARM,RICE-5PCT,2.5,400,1000.00,USD,DVP"
FREE = "T3,2026-01-05,,BUY,XBKK,SIAM,KRUNG,TH0016010R14,7,,,,FOP"
PAY = "T4,2026-01-05,,SELL,XBKK,SIAM,KRUNG,,,,9.50,THB,PAYMENT"
SWAP = "T5,2026-01-05,,BUY,XOFF,SIAM,KRUNG,JPY,1000,0.0068,6.80,USD,PVP"
TOTAL = "#total,count=1,quantity=100,amount.THB=1250.00"


def read(*lines: str) -> list:
    return list(trades_csv.read(io.BytesIO("\n".join(lines).encode()), name="t.csv"))


def test_every_type_of_trade_reads():
    total = "#total,count=5,quantity=1109.5,amount.THB=1259.5,amount.USD=1006.80"
    header, dvp, rice, free, pay, swap, trailer = read(
        HEAD, NAMES, DVP, RICE, FREE, PAY, SWAP, total
    )
    assert header == FileHeader("DAY-A", date(2026, 1, 5))
    assert (dvp.quantity, dvp.price, dvp.amount) == (100, Decimal("12.5"), Decimal("1250.00"))
    assert (rice.instrument, rice.value_date) == ("RICE-5PCT", None)
    assert (free.amount, free.currency, free.price) == (0, "", None)
    assert (pay.instrument, pay.quantity) == ("", 0)
    assert (swap.instrument, swap.quantity, swap.type) == ("JPY", 1000, TradeType.PVP)
    assert isinstance(trailer, FileTrailer)
    assert trailer.totals.count == 5


def column(name: str, value: str, line: str = DVP) -> str:
    cells = line.split(",")
    cells[COLUMNS.index(name)] = value
    return ",".join(cells)


BAD = {
    "few fields": ("T1,2026-01-05", "trades-field-count", None),
    "no id": (column("trade_id", ""), "trades-field-missing", "trade_id"),
    "id": (column("trade_id", "T 1"), "trades-text-malformed", "trade_id"),
    "formula": (column("trade_id", "=1+1"), "trades-text-malformed", "trade_id"),
    "date": (column("trade_date", "2026-02-30"), "trades-date-malformed", "trade_date"),
    "Buddhist year": (
        column("trade_date", "2569-01-05"),
        "trades-date-of-another-era",
        "trade_date",
    ),
    "year of two digits": (
        column("trade_date", "0026-01-05"),
        "trades-date-unlikely",
        "trade_date",
    ),
    "digits that changed places": (
        column("value_date", "2206-01-07"),
        "trades-date-unlikely",
        "value_date",
    ),
    "week date": (column("trade_date", "2026-W01-1"), "trades-date-malformed", "trade_date"),
    "value date": (column("value_date", "2026-01-04"), "trades-value-before-trade", "value_date"),
    "side": (column("side", "buy"), "trades-unknown-value", "side"),
    "market": (column("market", "SET"), "trades-text-malformed", "market"),
    "self": (column("seller", "SIAM"), "trades-buyer-is-seller", "seller"),
    "isin": (column("instrument", "TH0016010R15"), "identifier-refused", "instrument"),
    "goods": (column("instrument", "rice"), "trades-text-malformed", "instrument"),
    "no quantity": (column("quantity", ""), "trades-field-missing", "quantity"),
    "zero quantity": (column("quantity", "0"), "trades-not-above-zero", "quantity"),
    "negative": (column("quantity", "-1"), "trades-decimal-malformed", "quantity"),
    "exponent": (column("quantity", "1e3"), "trades-decimal-malformed", "quantity"),
    "full width": (column("quantity", "\uff11"), "trades-decimal-malformed", "quantity"),
    "thai digit": (column("price", "\u0e51"), "trades-decimal-malformed", "price"),
    "fine amount": (column("amount", "1250.001"), "amount-too-fine", "amount"),
    "no amount": (column("amount", ""), "trades-field-missing", "amount"),
    "zero amount": (column("amount", "0.00"), "trades-not-above-zero", "amount"),
    "currency": (column("currency", "THX"), "currency-unknown", "currency"),
    "gold has no unit": (column("currency", "XAU"), "currency-without-minor-unit", "amount"),
    "type": (column("type", "REPO"), "trades-unknown-value", "type"),
    "free with cash": (column("amount", "1", FREE), "trades-not-for-type", "amount"),
    "payment with goods": (column("quantity", "1", PAY), "trades-not-for-type", "quantity"),
    "swap of itself": (column("instrument", "USD", SWAP), "trades-not-for-type", "instrument"),
    "yen with sen": (column("quantity", "10.5", SWAP), "amount-too-fine", "quantity"),
}


@pytest.mark.parametrize(("line", "code", "field"), BAD.values(), ids=BAD)
def test_a_bad_trade_is_refused_by_line_field_and_rule(line, code, field):
    found = read(HEAD, NAMES, line, column("trade_id", "T9"), TOTAL)
    refused = [one for one in found if isinstance(one, Refused)]
    assert [(r.code, r.place.file, r.place.line, r.place.field) for r in refused] == [
        (code, "t.csv", 3, field)
    ]
    assert sum(isinstance(one, Trade) for one in found) == 1


def test_a_trade_twice_is_refused_on_its_second_line():
    (refused,) = [one for one in read(HEAD, NAMES, DVP, DVP, TOTAL) if isinstance(one, Refused)]
    assert (refused.code, refused.place.line) == ("trades-trade-twice", 4)


WRONG_TOTALS = {
    "count": TOTAL.replace("count=1", "count=2"),
    "quantity": TOTAL.replace("quantity=100", "quantity=100.1"),
    "amount.THB": TOTAL.replace("1250.00", "1250.01"),
    "amount.USD": TOTAL + ",amount.USD=1",
    "sha256": TOTAL + ",sha256=" + "0" * 64,
}


@pytest.mark.parametrize(("field", "total"), WRONG_TOTALS.items(), ids=WRONG_TOTALS)
def test_a_wrong_control_total_refuses_the_file(field, total):
    with pytest.raises(ControlTotalWrong) as refused:
        read(HEAD, NAMES, DVP, total)
    assert (refused.value.place.line, refused.value.place.field) == (4, field)


def test_a_currency_that_the_trailer_forgets_refuses_the_file():
    with pytest.raises(ControlTotalWrong):
        read(HEAD, NAMES, DVP, "#total,count=1,quantity=100")


def test_the_digest_is_of_every_line_before_the_trailer():
    body = f"{HEAD}\n{NAMES}\n{DVP}\n"
    digest = hashlib.sha256(body.encode()).hexdigest()
    assert len(read(HEAD, NAMES, DVP, f"{TOTAL},sha256={digest}")) == 3
    windows = f"{HEAD}\r\n{NAMES}\r\n{DVP}\r\n{TOTAL},sha256={digest}\r\n"
    assert len(list(trades_csv.read(io.BytesIO(windows.encode())))) == 3


@pytest.mark.parametrize(
    ("error", "lines"),
    [
        (HeaderMalformed, [NAMES, DVP, TOTAL]),
        (HeaderMalformed, [HEAD.replace("version=1", "version=2"), NAMES, DVP, TOTAL]),
        (HeaderMalformed, [HEAD, DVP, TOTAL]),
        (TrailerMissing, [HEAD, NAMES, DVP]),
        (TrailerMissing, []),
        (TrailerMalformed, [HEAD, NAMES, DVP, TOTAL, DVP]),
        (TrailerMalformed, [HEAD, NAMES, DVP, "#total,count=1"]),
        (TrailerMalformed, [HEAD, NAMES, DVP, "#total,count=one,quantity=100"]),
        (TrailerMalformed, [HEAD, NAMES, DVP, "#note"]),
    ],
)
def test_a_file_without_its_frame_is_refused_whole(error, lines):
    with pytest.raises(error):
        read(*lines)


codes_ = st.from_regex(r"[A-Z][A-Z0-9]{0,7}", fullmatch=True)
cents = st.integers(1, 10**15).map(lambda n: Decimal(n).scaleb(-2))
units = st.integers(1, 10**20).map(lambda n: Decimal(n).scaleb(-8))


@st.composite
def any_trade(draw, number: int = 0):
    kind = draw(st.sampled_from(list(TradeType)))
    buyer, seller = draw(st.lists(codes_, min_size=2, max_size=2, unique=True))
    day = date(2026, 1, 5)
    free, payment = kind is TradeType.FOP, kind is TradeType.PAYMENT
    goods = {TradeType.PAYMENT: "", TradeType.PVP: "THB"}.get(kind, "RICE")
    quantity = draw(cents if kind is TradeType.PVP else units)
    return Trade(
        line_no=0,
        trade_id=f"T{number}",
        trade_date=day,
        value_date=draw(st.none() | st.integers(0, 5).map(lambda n: day + timedelta(days=n))),
        side=draw(st.sampled_from(list(Side))),
        market="XBKK",
        buyer=buyer,
        seller=seller,
        instrument=goods,
        quantity=Decimal(0) if payment else quantity,
        price=None if payment else draw(st.none() | units),
        amount=Decimal(0) if free else draw(cents),
        currency="" if free else draw(st.sampled_from(["USD", "EUR"])),
        type=kind,
    )


@st.composite
def any_file(draw):
    count = draw(st.integers(0, 5))
    return [draw(any_trade(number)) for number in range(count)]


def written(trades: list[Trade]) -> list[str]:
    return list(trades_writing.lines(trades, file="F", created=date(2026, 1, 5)))


def unnumbered(trades) -> list[dict]:
    return [{name: getattr(t, name) for name in COLUMNS} for t in trades if isinstance(t, Trade)]


@given(any_file())
def test_what_is_written_is_read_back_the_same(trades):
    found = read(*written(trades))
    assert not [one for one in found if isinstance(one, Refused)]
    assert unnumbered(found) == unnumbered(trades)


@given(any_file(), st.data())
def test_one_altered_character_is_refused(trades, data):
    text = "\n".join(written(trades))
    at = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.characters(min_codepoint=32, max_codepoint=0x0E5B, codec="utf-8"))
    altered = text[:at] + letter + text[at + 1 :]
    try:
        found = read(*altered.split("\n"))
    except Refused:
        return
    same = unnumbered(found) == unnumbered(trades)
    assert same or [one for one in found if isinstance(one, Refused)]


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data):
    frame = f"{HEAD}\n{NAMES}\n".encode() + data
    for body in (data, frame):
        with contextlib.suppress(Refused):
            for one in trades_csv.read(io.BytesIO(body)):
                assert isinstance(one, Refused | FileHeader | Trade | FileTrailer)


class LongFile(io.RawIOBase):
    def __init__(self, count: int) -> None:
        rest = DVP.partition(",")[2]
        total = f"#total,count={count},quantity={count}00,amount.THB={count * 1250}.00"
        self.lines = iter([HEAD, NAMES, *(f"{n},{rest}" for n in range(count)), total])

    def readline(self, _size=-1):
        line = next(self.lines, None)
        return b"" if line is None else f"{line}\n".encode()


def peak_of(count: int) -> int:
    stream = LongFile(count)
    tracemalloc.start()
    assert sum(isinstance(one, Trade) for one in trades_csv.read(stream)) == count
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_memory_holds_the_trade_numbers_only():
    assert (peak_of(20_000) - peak_of(1_000)) / 19_000 < 200, "bytes per trade"
