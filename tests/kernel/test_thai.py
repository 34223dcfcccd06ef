import re
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel import thai

UNITS = {"หนึ่ง": 1, "เอ็ด": 1, "สอง": 2, "ยี่": 2, "สาม": 3, "สี่": 4, "ห้า": 5, "หก": 6, "เจ็ด": 7,
         "แปด": 8, "เก้า": 9}  # fmt: skip
PLACES = {"สิบ": 10, "ร้อย": 100, "พัน": 10**3, "หมื่น": 10**4, "แสน": 10**5}
WORD = re.compile("|".join([*UNITS, *PLACES, "ล้าน", "ศูนย์"]))


def read_words(text: str) -> int:
    """An independent reading of Thai number words, for the round trip."""
    total, current, digit = 0, 0, 0
    for word in WORD.findall(text):
        if word in UNITS:
            digit = UNITS[word]
        elif word in PLACES:
            current += (digit or 1) * PLACES[word]
            digit = 0
        elif word == "ล้าน":
            total, current, digit = (total + current + digit) * 10**6, 0, 0
    assert "".join(WORD.findall(text)) == text
    return total + current + digit


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "ศูนย์"),
        (1, "หนึ่ง"),
        (10, "สิบ"),
        (11, "สิบเอ็ด"),
        (20, "ยี่สิบ"),
        (21, "ยี่สิบเอ็ด"),
        (100, "หนึ่งร้อย"),
        (101, "หนึ่งร้อยเอ็ด"),
        (111, "หนึ่งร้อยสิบเอ็ด"),
        (1_234_567, "หนึ่งล้านสองแสนสามหมื่นสี่พันห้าร้อยหกสิบเจ็ด"),
        (1_000_001, "หนึ่งล้านเอ็ด"),
        (11_000_000, "สิบเอ็ดล้าน"),
        (10**12, "หนึ่งล้านล้าน"),
    ],
)
def test_numbers_in_words(number, words):
    assert thai.number_in_words(number) == words


@given(st.integers(0, 10**18))
def test_words_read_back_as_the_number(number):
    assert read_words(thai.number_in_words(number)) == number


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("100.00", "หนึ่งร้อยบาทถ้วน"),
        ("0", "ศูนย์บาทถ้วน"),
        ("0.25", "ยี่สิบห้าสตางค์"),
        ("1.50", "หนึ่งบาทห้าสิบสตางค์"),
        ("21.01", "ยี่สิบเอ็ดบาทหนึ่งสตางค์"),
        ("-100", "ลบหนึ่งร้อยบาทถ้วน"),
        ("-0.75", "ลบเจ็ดสิบห้าสตางค์"),
    ],
)
def test_baht_text(amount, text):
    assert thai.baht_text(Decimal(amount)) == text


@given(st.integers(-(10**15), 10**15))
def test_baht_text_reads_back_as_the_amount(satang):
    text = thai.baht_text(Decimal(satang).scaleb(-2))
    baht, found, rest = text.removeprefix("ลบ").partition("บาท")
    if not found:
        baht, rest = "", baht
    cents = rest.removesuffix("ถ้วน").removesuffix("สตางค์")
    assert read_words(baht) * 100 + read_words(cents) == abs(satang)
    assert text.startswith("ลบ") == (satang < 0)
    assert text.endswith(("บาทถ้วน", "สตางค์"))


@pytest.mark.parametrize("amount", ["0.001", "NaN", "Infinity"])
def test_baht_text_never_rounds(amount):
    with pytest.raises(thai.BahtTextRefused):
        thai.baht_text(Decimal(amount))


def test_dates_as_thai_readers_expect_them():
    day = date(2026, 11, 23)
    assert thai.format_date(day, style="full") == "วันจันทร์ที่ 23 พฤศจิกายน 2569"
    assert thai.format_date(day) == "23 พฤศจิกายน 2569"
    assert thai.format_date(day, style="medium") == "23 พ.ย. 2569"
    assert thai.format_date(day, style="short") == "23/11/2569"
    with pytest.raises(KeyError):
        thai.format_date(day, style="american")


@given(st.dates(max_value=date(9456, 12, 31)))
def test_buddhist_dates_come_back(day):
    assert thai.from_buddhist(thai.buddhist_year(day), day.month, day.day) == day


@given(st.text())
def test_digits_fold(text):
    assert thai.fold_digits(thai.to_thai_digits(text)) == thai.fold_digits(text)
    assert not re.search("[0-9]", thai.to_thai_digits(text))
