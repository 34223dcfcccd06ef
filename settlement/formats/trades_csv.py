"""The house's own trade file: CSV with a header, one trade a line, and a trailer of control totals.

    #trades,version=1,file=DAY-2026-01-05-A,created=2026-01-05
    trade_id,trade_date,value_date,side,market,buyer,seller,instrument,quantity,price,amount,...
    T1,2026-01-05,2026-01-07,BUY,XBKK,SIAMSEC,KRUNGSEC,TH0016010R14,100,12.50,1250.00,THB,DVP
    #total,count=1,quantity=100,amount.THB=1250.00,sha256=...

README.md of the formats is the specification for those who send such files.
"""

import hashlib
import re
from collections.abc import Iterator
from decimal import Decimal

from backoffice.kernel.refusals import Place, Refused
from settlement.formats.lines import Source, name_of, opened, text_lines
from settlement.formats.trades import (
    COLUMNS,
    VERSION,
    ControlTotals,
    FileHeader,
    FileTrailer,
    Item,
    Trade,
)
from settlement.formats.trades_line import is_decimal, parse_line, read_date
from settlement.formats.trades_refusals import (
    ControlTotalWrong,
    HeaderMalformed,
    TradeTwice,
    TrailerMalformed,
    TrailerMissing,
)

_PAIR = re.compile(r"([a-z0-9]+(?:\.[A-Z]{3})?)=([A-Za-z0-9._/-]+)\Z", re.ASCII)


def read(source: Source, *, name: str | None = None) -> Iterator[Item | Refused]:
    """Read a trade file line by line; memory holds the trade numbers, some 150 bytes a trade.

    Args:
        source: a path, or a binary stream (left open).
        name: the file's name as the sender knows it, shown in refusals.

    Yields:
        FileHeader; Trade for each good line and the Refused (not raised) of each bad one;
        FileTrailer. The control totals are those of all lines, so they are compared only when no
        line was refused.

    Raises:
        HeaderMalformed: the first or second line is not that of a trade file.
        TrailerMissing, TrailerMalformed, ControlTotalWrong: the file is cut short or altered;
            nothing of it may be kept.
    """
    file = name_of(source, name)
    reading = _Reading(file)
    with opened(source) as stream:
        for line_no, text in text_lines(stream, name=file):
            try:
                item = reading.take(line_no, text)
            except Refused as refused:
                if reading.is_fatal(refused):
                    raise refused.at(file=file, line=line_no) from None
                reading.refused += 1
                item = refused.at(file=file, line=line_no)
            if item:
                yield item
    if not reading.trailer:
        raise TrailerMissing(Place(file, reading.line_no))


class _Reading:
    def __init__(self, file: str) -> None:
        self.file = file
        self.line_no = 0
        self.refused = 0
        self.totals = ControlTotals()
        self.digest = hashlib.sha256()
        self.seen: set[str] = set()
        self.trailer: FileTrailer | None = None

    def is_fatal(self, refused: Refused) -> bool:
        whole = (HeaderMalformed, TrailerMalformed, ControlTotalWrong)
        return self.line_no <= 2 or isinstance(refused, whole)

    def take(self, line_no: int, text: str | Refused) -> Item | Refused | None:
        self.line_no = line_no
        if isinstance(text, Refused):
            raise text
        if self.trailer:
            if text:
                raise TrailerMalformed(value=repr(text[:40]))
            return None
        if line_no > 2 and text.startswith("#"):
            self.trailer = self._trailer(text)
            return self.trailer
        self.digest.update(text.encode() + b"\n")
        if line_no == 1:
            return _header(text)
        if line_no == 2:
            _require_columns(text)
            return None
        return self._trade(text)

    def _trade(self, text: str) -> Trade:
        trade = parse_line(text, line_no=self.line_no)
        if trade.trade_id in self.seen:
            raise TradeTwice(Place(field="trade_id"), value=trade.trade_id)
        self.seen.add(trade.trade_id)
        self.totals.add(trade)
        return trade

    def _trailer(self, text: str) -> FileTrailer:
        stated = _pairs(text, "#total", TrailerMalformed)
        digest = stated.pop("sha256", None)
        if digest and digest != self.digest.hexdigest():
            place = Place(field="sha256")
            raise ControlTotalWrong(place, stated=digest, counted=self.digest.hexdigest())
        if {"count", "quantity"} - stated.keys():
            raise TrailerMalformed(value=repr(text[:80]))
        if not self.refused:
            _compare(stated, self.totals.stated())
        return FileTrailer(self.line_no, self.totals)


def _compare(stated: dict[str, str], counted: dict[str, str]) -> None:
    for name in (*counted, *stated):
        said, found = stated.get(name, "0"), counted.get(name, "0")
        if not is_decimal(said):
            raise TrailerMalformed(Place(field=name), value=repr(said))
        if Decimal(said) != Decimal(found):
            raise ControlTotalWrong(Place(field=name), stated=said, counted=found)


def _pairs(text: str, mark: str, refusal: type[Refused]) -> dict[str, str]:
    first, *rest = text.split(",")
    found = [_PAIR.match(part) for part in rest]
    pairs = {hit[1]: hit[2] for hit in found if hit}
    if first != mark or len(pairs) != len(rest):
        raise refusal(value=repr(text[:80]))
    return pairs


def _header(text: str) -> FileHeader:
    stated = _pairs(text, "#trades", HeaderMalformed)
    if stated.keys() != {"version", "file", "created"} or stated["version"] != VERSION:
        raise HeaderMalformed(value=repr(text[:80]))
    return FileHeader(stated["file"], read_date(stated, "created"))


def _require_columns(text: str) -> None:
    if tuple(text.split(",")) != COLUMNS:
        raise HeaderMalformed(value=repr(text[:80]))
