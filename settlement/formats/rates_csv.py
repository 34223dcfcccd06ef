"""Rates of penalties as a CSV file: a header that names its columns, one rate a line.

tariff,category,currency,percent,basis_points,day_count,valid_from,source
CSDR,lack_of_cash,EUR,2.40,,360,2025-06-11,ECB key interest rates: marginal lending facility
"""

import contextlib
import csv
import re
from datetime import date
from decimal import Decimal
from typing import Final

from backoffice.kernel.refusals import Place, Refused
from settlement.formats.lines import Source, name_of, opened, text_lines
from settlement.rules.rates import DAY_COUNTS, RateDraft, check

NEEDED: Final = ("tariff", "category", "valid_from", "source")
COLUMNS: Final = (*NEEDED, "currency", "percent", "basis_points", "day_count")
LINES_MOST: Final = 10_000
_NUMBER = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,12})?\Z", re.ASCII)
_WHOLE = re.compile(r"[0-9]{1,6}\Z", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z", re.ASCII)


class RatesHeaderWrong(Refused):
    """The first line does not name the columns."""

    code = "rates-header-malformed"
    en = "The first line must name the columns {needed}, and others only of {known}: {value}."
    th = "บรรทัดแรกต้องระบุคอลัมน์ {needed} และคอลัมน์อื่นต้องเป็นหนึ่งใน {known}: {value}"


class RatesLineWrong(Refused):
    """A line has not one field a column."""

    code = "rates-field-count"
    en = "The line has {found} fields instead of {expected}."
    th = "บรรทัดนี้มี {found} ช่อง แต่ต้องมี {expected} ช่อง"


class RatesValueWrong(Refused):
    """A field is not written as its kind is."""

    code = "rates-value-malformed"
    en = "{value} is not {kind}."
    th = "{value} ไม่ใช่{kind_th}"


class RatesTwice(Refused):
    """Two lines of a file give one rate."""

    code = "rates-line-twice"
    en = "The rate stands in line {line} already."
    th = "อัตรานี้มีอยู่แล้วในบรรทัด {line}"


class RatesLineBroken(Refused):
    """What stands between two line feeds is no line of CSV."""

    code = "rates-line-broken"
    en = "This is no line of CSV; lines end with a line feed, before which a return may stand."
    th = "บรรทัดนี้ไม่ใช่ CSV แต่ละบรรทัดต้องจบด้วย LF หรือ CRLF"


class RatesNone(Refused):
    """A file without a rate, or with too many."""

    code = "rates-count"
    en = "The file has {found} rates; it must have 1 to {most}."
    th = "ไฟล์มี {found} อัตรา ต้องมี 1 ถึง {most} อัตรา"


def read(source: Source, *, name: str | None = None) -> list[RateDraft]:
    """Every rate of the file, each proved; the first refusal is raised, with line and field.

    Raises:
        RatesHeaderWrong, RatesLineWrong, RatesLineBroken, RatesValueWrong, RatesTwice, RatesNone,
        RateWrong; LineTooLong, NotText.
    """
    file = name_of(source, name)
    columns: list[str] | None = None
    drafts: list[RateDraft] = []
    seen: dict[tuple[object, ...], int] = {}
    with opened(source) as stream:
        for line_no, text in text_lines(stream, name=file):
            if isinstance(text, Refused):
                raise text
            if not text.strip():
                continue
            try:
                if columns is None:
                    columns = _columns(text)
                    continue
                draft = _rate(_fields(text, columns))
                key = (draft.tariff, draft.category, draft.currency, draft.valid_from)
                if key in seen:
                    raise RatesTwice(Place(field="valid_from"), line=seen[key])
            except Refused as refused:
                raise refused.at(file=file, line=line_no) from None
            seen[key] = line_no
            drafts.append(draft)
    if not 1 <= len(drafts) <= LINES_MOST:
        raise RatesNone(Place(file), found=len(drafts), most=LINES_MOST)
    return drafts


def _columns(text: str) -> list[str]:
    names = [one.strip() for one in _split(text)]
    strange = [one for one in names if one not in COLUMNS] or len(set(names)) < len(names)
    if strange or set(NEEDED) - set(names):
        needed, known = ", ".join(NEEDED), ", ".join(COLUMNS)
        raise RatesHeaderWrong(needed=needed, known=known, value=repr(text[:80]))
    return names


def _split(text: str) -> list[str]:
    try:
        return next(csv.reader([text]))
    except csv.Error:  # a lone carriage return, or a field that is far too long
        raise RatesLineBroken from None


def _fields(text: str, columns: list[str]) -> dict[str, str]:
    fields = _split(text)
    if len(fields) != len(columns):
        raise RatesLineWrong(found=len(fields), expected=len(columns))
    return {name: value.strip() for name, value in zip(columns, fields, strict=True)}


def _rate(told: dict[str, str]) -> RateDraft:
    draft = RateDraft(
        tariff=told["tariff"],
        category=told["category"],
        valid_from=_day(told["valid_from"]),
        source=told["source"],
        currency=told.get("currency", ""),
        percent=_number(told, "percent"),
        basis_points=_number(told, "basis_points"),
        day_count=_day_count(told.get("day_count", "")),
    )
    check(draft)
    return draft


def _number(told: dict[str, str], name: str) -> Decimal | None:
    value = told.get(name, "")
    if not value:
        return None
    if not _NUMBER.match(value):
        place = Place(field=name)
        raise RatesValueWrong(place, value=repr(value[:40]), kind="a number", kind_th="ตัวเลข")
    return Decimal(value)


def _day_count(value: str) -> int:
    if not value:
        return DAY_COUNTS[0]
    if not _WHOLE.match(value):
        kind, kind_th = "a whole number of days", "จำนวนวันเต็ม"
        place = Place(field="day_count")
        raise RatesValueWrong(place, value=repr(value[:40]), kind=kind, kind_th=kind_th)
    return int(value)


def _day(value: str) -> date:
    if _DATE.match(value):
        with contextlib.suppress(ValueError):
            return date.fromisoformat(value)
    kind, kind_th = "a date in the form YYYY-MM-DD", "วันที่ในรูปแบบ YYYY-MM-DD"
    place = Place(field="valid_from")
    raise RatesValueWrong(place, value=repr(value[:40]), kind=kind, kind_th=kind_th)
