"""Read exchange rates from files as central banks publish them.

- ECB: `eurofxref.csv` and `eurofxref-hist.csv` (Date, then a column a currency; one euro is worth
  the figure; N/A where there was none).
- BOT: the Bank of Thailand's daily averages (period, currency_id, buying_transfer, selling,
  mid_rate; baht for the number of units that the currency's name states, such as 100 yen).
- H10: the Federal Reserve's H.10 as the public `exchange-rates` data set carries it (Date, Country,
  Exchange rate; one dollar is worth the figure).
"""

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any, Final

from accounting.rules.fx import RateDraft
from backoffice.kernel.refusals import Place, Refused
from backoffice.kernel.thai import BUDDHIST_OFFSET, EARLIEST_YEAR, UNLIKELY_YEAR

FIGURE: Final = re.compile(r"(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,14})?|\.[0-9]{1,14}", re.ASCII)
ISO: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
SLASHED: Final = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})", re.ASCII)
UNITS: Final = re.compile(r"\(\s*([1-9][0-9]{0,5})\s+[^()]*\)")
CODE: Final = re.compile(r"[A-Z]{3}")
NO_FIGURE: Final = frozenset({"", "N/A", "-", "ND"})
Row = tuple[int, dict[str, str]]


class RateFileRefused(Refused):
    """The file is not what its source publishes."""

    code = "rate-file-refused"
    en = "This is no {source} file: {why} is missing."
    th = "ไฟล์นี้ไม่ใช่ไฟล์ของ {source}: ไม่พบ {why}"


class NoRates(Refused):
    """A file without one rate in it: cut off on its way, or another file than was meant."""

    code = "rate-file-empty"
    en = "There is not one rate in this {source} file."
    th = "ไฟล์ของ {source} นี้ไม่มีอัตราแลกเปลี่ยนแม้แต่อัตราเดียว"


class RateFigure(Refused):
    """A figure that is no rate."""

    code = "rate-figure"
    en = "{text} is not a rate: a plain decimal above zero is wanted."
    th = "{text} ไม่ใช่อัตราแลกเปลี่ยน ต้องเป็นเลขทศนิยมที่มากกว่าศูนย์"


class RateDay(Refused):
    """A date that cannot be read."""

    code = "rate-day"
    en = "{text} is not a date."
    th = "{text} ไม่ใช่วันที่"


class CountryUnknown(Refused):
    """A country of H.10 that the house does not know the currency of."""

    code = "rate-country-unknown"
    en = "The currency of {country} is not known."
    th = "ไม่ทราบสกุลเงินของ {country}"


class NotText(Refused):
    """Bytes that are no UTF-8, or lines that are no CSV."""

    code = "rate-file-not-text"
    en = "The file is not CSV in UTF-8: {why}."
    th = "ไฟล์ไม่ใช่ CSV แบบ UTF-8: {why}"


class MoreThanColumns(Refused):
    """A line with more figures than the header has names."""

    code = "rate-file-columns"
    en = "The line has more fields than the header."
    th = "บรรทัดนี้มีจำนวนช่องมากกว่าหัวตาราง"


class FewerThanColumns(Refused):
    """A line that ends before its columns do, as that of a file cut short."""

    code = "rate-file-cut"
    en = "The line ends before column {column}."
    th = "บรรทัดนี้จบก่อนถึงคอลัมน์ {column}"


class ColumnTwice(Refused):
    """A header that names a column twice: which figure is meant cannot be told."""

    code = "rate-file-column-twice"
    en = "Column {column} stands twice in the header."
    th = "หัวตารางมีคอลัมน์ {column} ซ้ำ"


# H.10, "Foreign Exchange Rates": countries as the release names them.
COUNTRIES: Final = {
    "Australia": "AUD", "Austria": "ATS", "Belgium": "BEF", "Brazil": "BRL", "Canada": "CAD",
    "China": "CNY", "Denmark": "DKK", "Euro": "EUR", "Finland": "FIM", "France": "FRF",
    "Germany": "DEM", "Greece": "GRD", "Hong Kong": "HKD", "India": "INR", "Ireland": "IEP",
    "Italy": "ITL", "Japan": "JPY", "Malaysia": "MYR", "Mexico": "MXN", "Netherlands": "NLG",
    "New Zealand": "NZD", "Norway": "NOK", "Portugal": "PTE", "Singapore": "SGD",
    "South Africa": "ZAR", "South Korea": "KRW", "Spain": "ESP", "Sri Lanka": "LKR",
    "Sweden": "SEK", "Switzerland": "CHF", "Taiwan": "TWD", "Thailand": "THB",
    "United Kingdom": "GBP",
}  # fmt: skip
# Two redenominations under one name: the release restated the figures from these months on.
VENEZUELA: Final = ((date(2018, 9, 1), "VEF"), (date(2021, 11, 1), "VES"), (date.max, "VED"))


def read(stream: IO[str], *, name: str, source: str) -> Iterator[RateDraft]:
    """Yield the rates of a file, one at a time.

    Args:
        stream: text, opened with newline="" and encoding "utf-8-sig".
        name: the file's name, shown in refusals.
        source: "ECB", "BOT" or "H10".

    Raises:
        RateFileRefused, RateFigure, RateDay, CountryUnknown, NotText, MoreThanColumns,
        FewerThanColumns, ColumnTwice: with file, line and field.
        NoRates: with the file.
    """
    is_empty = True
    try:
        for draft in READERS[source](stream, name):
            is_empty = False
            yield draft
        if is_empty:
            raise NoRates(source=source)
    except Refused as refused:
        raise refused.at(file=name) from None


def _rows(stream: IO[str], name: str) -> Iterator[Row]:
    reader = csv.DictReader(stream, skipinitialspace=True, restkey="+", restval=None)
    try:
        _named_once(reader.fieldnames or (), name)
        for row in reader:
            yield reader.line_num, _plain(row, Place(name, reader.line_num))
    except (UnicodeDecodeError, csv.Error) as error:
        line = reader.line_num + 1
        raise NotText(Place(name, line), why=type(error).__name__) from error


def _named_once(header: Sequence[str], name: str) -> None:
    seen: set[str] = set()
    for column in (one.strip() for one in header):
        if column and column in seen:
            raise ColumnTwice(Place(name, 1, column), column=column[:40])
        seen.add(column)


def _plain(row: Mapping[str | None, Any], place: Place) -> dict[str, str]:
    """A line's fields by their columns. The ECB ends each line with a comma, which names none."""
    plain: dict[str, str] = {}
    for key, value in row.items():
        column = (key or "").strip()
        if value is None and column:
            raise FewerThanColumns(place, column=column[:40])
        plain[column] = "".join(value or "").strip()
    # A figure beyond the named columns means that columns have shifted.
    if plain.pop("", "") or plain.pop("+", ""):
        raise MoreThanColumns(place)
    return plain


def _ecb(stream: IO[str], name: str) -> Iterator[RateDraft]:
    for line, row in _rows(stream, name):
        _need(row, ("Date",), "ECB", line)
        day = _day(row["Date"], line, "Date")
        for code, text in row.items():
            if CODE.fullmatch(code) and text not in NO_FIGURE:
                yield RateDraft("EUR", code, day, _figure(text, line, code), line=line)


def _bot(stream: IO[str], name: str) -> Iterator[RateDraft]:
    for line, found in _rows(stream, name):
        row = {key.lower().replace(" ", "_"): value for key, value in found.items()}
        _need(row, ("period", "currency_id", "mid_rate"), "BOT", line)
        day = _day(row["period"], line, "period")
        named = row.get("currency_name_eng") or row.get("currency_name_en") or ""
        units = UNITS.search(named)
        scale = int(units[1]) if units else 1
        for kind, column in (
            ("mid", "mid_rate"), ("buying", "buying_transfer"), ("selling", "selling"),
        ):  # fmt: skip
            text = row.get(column, "")
            if text not in NO_FIGURE:
                rate = _figure(text, line, column) / scale
                yield RateDraft(row["currency_id"], "THB", day, rate, kind, line=line)


def _h10(stream: IO[str], name: str) -> Iterator[RateDraft]:
    for line, row in _rows(stream, name):
        _need(row, ("Date", "Country", "Exchange rate"), "H10", line)
        day = _day(row["Date"], line, "Date")
        text = row["Exchange rate"]
        if text not in NO_FIGURE:
            rate = _figure(text, line, "Exchange rate")
            code = currency_of(row["Country"], day)
            if code is None:
                place = Place(line=line, field="Country")
                raise CountryUnknown(place, country=row["Country"][:60] or "—")
            yield RateDraft("USD", code, day, rate, line=line)


READERS: Final[Mapping[str, Callable[[IO[str], str], Iterator[RateDraft]]]] = {
    "ECB": _ecb,
    "BOT": _bot,
    "H10": _h10,
}


def _need(row: Mapping[str, str], columns: tuple[str, ...], source: str, line: int) -> None:
    for column in columns:
        if column not in row:
            raise RateFileRefused(Place(line=line, field=column), source=source, why=column)


def currency_of(country: str, day: date) -> str | None:
    """The currency that H.10 states for a country on a day, None for one that it does not know."""
    if country == "Venezuela":
        return next(code for end, code in VENEZUELA if day < end)
    return COUNTRIES.get(country)


def _figure(text: str, line: int, column: str) -> Decimal:
    rate = Decimal(text) if FIGURE.fullmatch(text) else Decimal(0)
    if not rate:
        raise RateFigure(Place(line=line, field=column), text=text[:40])
    return rate


def _day(text: str, line: int, column: str) -> date:
    try:
        if ISO.fullmatch(text):
            return _christian(date.fromisoformat(text))
        if slashed := SLASHED.fullmatch(text):
            day, month, year = map(int, slashed.groups())
            return _christian(date(year, month, day))
        written = datetime.strptime(text, "%d %B %Y")  # noqa: DTZ007  (a day has no zone)
        return _christian(written.date())
    except ValueError:
        raise RateDay(Place(line=line, field=column), text=text[:40] or "—") from None


def _christian(day: date) -> date:
    """Thai files may count years in the Buddhist era. Raises ValueError: no year of a rate."""
    if EARLIEST_YEAR <= day.year < UNLIKELY_YEAR:
        return day
    if day.year < EARLIEST_YEAR:
        raise ValueError(day.year)
    if day.year - BUDDHIST_OFFSET >= UNLIKELY_YEAR:
        raise ValueError(day.year)
    return day.replace(year=day.year - BUDDHIST_OFFSET)
