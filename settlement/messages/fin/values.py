"""Amounts, dates and codes as FIN writes them. Each reader names line and tag when it refuses.

Source: SWIFT User Handbook, standards general field definitions.
"""

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal

from backoffice.kernel.refusals import Place, Said
from settlement.messages.fin.model import Field
from settlement.messages.refusals import BrokenField

_AMOUNT = re.compile(r"[0-9]{1,15}(?:,[0-9]{0,14})?|,[0-9]{1,14}")
_MONEY = re.compile(r"([A-Z]{3})([0-9,]+)")
_DATED = re.compile(r"([0-9]{6})([A-Z]{3})([0-9,]+)")
_MOMENT = re.compile(r"([0-9]{10})(?:([+-])([0-9]{2})([0-9]{2}))?")
CENTURY_PIVOT = 80
"""YY 80 to 99 mean 19YY, 00 to 79 mean 20YY (SWIFT), except the open end 991231."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in the major unit of an ISO 4217 currency."""

    currency: str
    amount: Decimal


def refuse(item: Field, reason: Said) -> BrokenField:
    """The refusal of `item`, for the caller to raise."""
    return BrokenField(Place(line=item.line or None, field=item.tag), tag=item.tag, reason=reason)


def no_day(item: Field, text: str) -> BrokenField:
    """The refusal of a date that no calendar has."""
    return refuse(item, Said(f"{text} is no day of the calendar", f"ไม่มีวันที่ {text} ในปฏิทิน"))


def no_time(item: Field, text: str) -> BrokenField:
    """The refusal of a time that no day has."""
    return refuse(item, Said(f"{text} is no time of the day", f"{text} ไม่ใช่เวลาของวัน"))


def amount(text: str, item: Field) -> Decimal:
    """A FIN amount, decimal comma mandatory in the book and optional here.

    Raises:
        BrokenField: not digits with at most one comma.
    """
    if not _AMOUNT.fullmatch(text):
        raise refuse(
            item,
            Said(
                f"amount {text!r} is not digits with a decimal comma",
                f"จำนวน {text!r} ไม่ใช่ตัวเลขที่ใช้จุลภาคเป็นจุดทศนิยม",
            ),
        )
    return Decimal(text.replace(",", ".").rstrip(".") or "0")


def money(item: Field, text: str | None = None) -> Money:
    """`3!a15d`: currency and amount.

    Raises:
        BrokenField: another form.
    """
    found = _MONEY.fullmatch(item.value if text is None else text)
    if found is None:
        raise refuse(
            item,
            Said(
                "currency and amount expected, as in EUR1000,50",
                "ต้องเป็นสกุลเงินและจำนวน เช่น EUR1000,50",
            ),
        )
    return Money(found.group(1), amount(found.group(2), item))


def dated_money(item: Field, text: str | None = None) -> tuple[dt.date, Money]:
    """`6!n3!a15d`: value date, currency and amount.

    Raises:
        BrokenField: another form or a date that is none.
    """
    found = _DATED.fullmatch(item.value if text is None else text)
    if found is None:
        raise refuse(
            item,
            Said(
                "date, currency and amount expected, as in 261123EUR1000,50",
                "ต้องเป็นวันที่ สกุลเงิน และจำนวน เช่น 261123EUR1000,50",
            ),
        )
    return date(found.group(1), item), Money(found.group(2), amount(found.group(3), item))


def date(text: str, item: Field) -> dt.date:
    """YYMMDD as a date. 991231 is SWIFT's far future, 31 December 2099.

    Raises:
        BrokenField: no such day.
    """
    if len(text) != 6 or not text.isascii() or not text.isdigit():
        raise refuse(item, Said(f"date {text!r} is not YYMMDD", f"วันที่ {text!r} ไม่อยู่ในรูปแบบ YYMMDD"))
    year = int(text[:2])
    century = 2000 if year < CENTURY_PIVOT or text == "991231" else 1900
    try:
        return dt.date(century + year, int(text[2:4]), int(text[4:]))
    except ValueError:
        raise no_day(item, text) from None


def moment(text: str, item: Field) -> str:
    """YYMMDDHHMM with an optional offset, as an ISO 8601 text ("2026-11-23T15:00:00+07:00").

    Raises:
        BrokenField: another form, or no such moment.
    """
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise refuse(
            item, Said("YYMMDDHHMM with an offset expected", "ต้องเป็น YYMMDDHHMM พร้อมส่วนต่างเวลา")
        )
    digits, sign, hours, minutes = found.groups()
    day = date(digits[:6], item)
    try:
        clock = dt.time(int(digits[6:8]), int(digits[8:]))
    except ValueError:
        raise no_time(item, digits[6:]) from None
    return f"{day.isoformat()}T{clock.isoformat()}{sign or '+'}{hours or '00'}:{minutes or '00'}"


def plain(value: Decimal) -> str:
    """A decimal without exponent and without trailing zeros: "7138.4", "136480"."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def comma(value: Decimal) -> str:
    """A decimal as FIN writes it, comma always, no zeros at its end: "7138,4", "136480,"."""
    whole, _, part = format(value, "f").partition(".")
    return f"{whole},{part.rstrip('0')}"
