"""Particulars: what is accepted is stored in one form, and accepting it again changes nothing."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel.refusals import Refused
from compliance import rules
from compliance.rules import PartyDraft

codes = st.from_regex(rules.CODE, fullmatch=True)
names = st.text(min_size=1, max_size=60)
drafts = st.builds(
    PartyDraft, code=codes, name_en=names, name_th=st.one_of(st.just(""), names),
    kind=st.sampled_from(rules.KINDS), tax_id=st.just(""),
    country=st.sampled_from(sorted(rules.countries())),
)  # fmt: skip


def thai_number(digits: str) -> str:
    """Twelve digits with the check digit of Thai 13-digit numbers (weights 13 … 2, modulo 11)."""
    total = sum(weight * int(digit) for weight, digit in zip(range(13, 1, -1), digits, strict=True))
    return digits + str((11 - total % 11) % 10)


@given(drafts)
def test_checking_twice_is_checking_once(draft):
    try:
        once = rules.checked(draft)
    except Refused:
        return
    assert rules.checked(once) == once
    assert once.name_en == once.name_en.strip() != ""


@given(st.text(string.digits, min_size=11, max_size=11), st.integers(1, 9))
def test_a_thai_number_is_its_check_digit(tail, wrong):
    number = thai_number("1" + tail)
    spaced = f"{number[0]}-{number[1:5]}-{number[5:10]}-{number[10:12]}-{number[12]}"
    try:
        assert rules.tax_id(spaced, "TH") == number
    except rules.BadTaxId:
        pytest.fail(f"{number} refused")
    broken = number[:-1] + str((int(number[-1]) + wrong) % 10)
    with pytest.raises(rules.BadTaxId):
        rules.tax_id(broken, "TH")


@pytest.mark.parametrize(
    ("country", "number", "stored"),
    [("DE", "DE 136 695 976", "136695976"), ("LA", "la-0098765", "LA-0098765"), ("JP", "", "")],
)
def test_numbers_of_other_countries(country, number, stored):
    assert rules.tax_id(number, country) == stored


@given(st.lists(st.tuples(st.sampled_from(rules.SUBJECT_KINDS), st.text(max_size=5))))
def test_locks_are_asked_for_in_one_order(subjects):
    ordered = rules.subjects_in_order(subjects)
    assert ordered == rules.subjects_in_order(reversed(subjects))
    assert set(ordered) == set(subjects)
    assert len(ordered) == len(set(subjects))
