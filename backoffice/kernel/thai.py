"""Thai text: Buddhist-era dates, amounts in words, Thai digits. No locale database is needed.

The Buddhist year is the Gregorian year plus 543 (since 1 January B.E. 2484 the two years begin on
the same day; earlier dates are given the same offset, as legal databases do).
"""

from datetime import date
from decimal import Decimal
from typing import Final

from backoffice.kernel.refusals import Refused

BUDDHIST_OFFSET: Final = 543
UNLIKELY_YEAR: Final = 2400
"""From this year on a written date is one of the Buddhist era, or a slip; no book goes so far."""
EARLIEST_YEAR: Final = 1800
"""A year before it is a slip, such as 0026: no book goes so far back."""
LATEST_YEAR: Final = 2199
"""A year after it is a slip, such as 2206 for 2026: the longest contracts that are struck (bonds of
a hundred years, leases of ninety-nine) end before it."""

MONTHS: Final = (
    "มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน",
    "กรกฎาคม", "สิงหาคม", "กันยายน", "ตุลาคม", "พฤศจิกายน", "ธันวาคม",
)  # fmt: skip
MONTHS_SHORT: Final = (
    "ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.",
    "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค.",
)  # fmt: skip
WEEKDAYS: Final = (
    "วันจันทร์", "วันอังคาร", "วันพุธ", "วันพฤหัสบดี", "วันศุกร์", "วันเสาร์", "วันอาทิตย์",
)  # fmt: skip

_TO_THAI: Final = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")
_TO_ARABIC: Final = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_DIGITS: Final = ("ศูนย์", "หนึ่ง", "สอง", "สาม", "สี่", "ห้า", "หก", "เจ็ด", "แปด", "เก้า")
_PLACES: Final = ("", "สิบ", "ร้อย", "พัน", "หมื่น", "แสน")
_MILLION: Final = "ล้าน"


class BahtTextRefused(Refused):
    """An amount that has no reading in baht and satang."""

    code = "baht-text-refused"
    en = "{amount} cannot be written in baht and satang: at most two decimals."
    th = "เขียน {amount} เป็นบาทและสตางค์ไม่ได้ ทศนิยมต้องไม่เกินสองตำแหน่ง"


def buddhist_year(day: date) -> int:
    """The Buddhist year of `day`: 2026 is 2569."""
    return day.year + BUDDHIST_OFFSET


def format_date(day: date, *, style: str = "long") -> str:
    """A date as Thai readers expect it.

    Args:
        day: Gregorian date.
        style: "full" (วันจันทร์ที่ 23 พฤศจิกายน 2569), "long" (23 พฤศจิกายน 2569),
            "medium" (23 พ.ย. 2569) or "short" (23/11/2569).

    Raises KeyError for another style.
    """
    long = f"{day.day} {MONTHS[day.month - 1]} {buddhist_year(day)}"
    return {
        "full": f"{WEEKDAYS[day.weekday()]}ที่ {long}",
        "long": long,
        "medium": f"{day.day} {MONTHS_SHORT[day.month - 1]} {buddhist_year(day)}",
        "short": f"{day.day:02}/{day.month:02}/{buddhist_year(day)}",
    }[style]


def from_buddhist(year: int, month: int, day: int) -> date:
    """The Gregorian date of a Buddhist-era one; raises ValueError if there is no such day."""
    return date(year - BUDDHIST_OFFSET, month, day)


def to_thai_digits(text: str) -> str:
    """0-9 written in Thai digits, all else unchanged."""
    return text.translate(_TO_THAI)


def fold_digits(text: str) -> str:
    """Thai digits written as 0-9: for searching, never for amounts on the wire."""
    return text.translate(_TO_ARABIC)


def number_in_words(number: int) -> str:
    """A whole number in Thai words: 21 is ยี่สิบเอ็ด, 101 is หนึ่งร้อยเอ็ด.

    เอ็ด stands for a final one behind any other digit, as the Royal Society prescribes; from a
    million on the words of the millions precede ล้าน, to any size.
    """
    if number < 0:
        return "ลบ" + number_in_words(-number)
    if number < 10:
        return _DIGITS[number]
    millions, rest = divmod(number, 10**6)
    head = number_in_words(millions) + _MILLION if millions else ""
    return head + (_below_million(rest, behind=bool(head)) if rest else "")


def _below_million(number: int, *, behind: bool) -> str:
    words: list[str] = []
    for place in range(5, -1, -1):
        digit = number // 10**place % 10
        if digit:
            words.append(_digit(digit, place, first=not (words or behind)) + _PLACES[place])
    return "".join(words)


def _digit(digit: int, place: int, *, first: bool) -> str:
    if place == 1 and digit <= 2:
        return ("", "ยี่")[digit - 1]
    if place == 0 and digit == 1 and not first:
        return "เอ็ด"
    return _DIGITS[digit]


def baht_text(amount: Decimal) -> str:
    """An amount of baht in words, as cheques and tax invoices carry it.

    100.00 is หนึ่งร้อยบาทถ้วน, 0.25 is ยี่สิบห้าสตางค์, 1.50 is หนึ่งบาทห้าสิบสตางค์.

    Raises BahtTextRefused for more than two decimals.
    """
    satang = amount * 100
    if not amount.is_finite() or satang != satang.to_integral_value():
        raise BahtTextRefused(amount=amount)
    baht, cents = divmod(abs(int(satang)), 100)
    sign = "ลบ" if satang < 0 else ""
    if not cents:
        return f"{sign}{number_in_words(baht)}บาทถ้วน"
    whole = f"{number_in_words(baht)}บาท" if baht else ""
    return f"{sign}{whole}{number_in_words(cents)}สตางค์"
