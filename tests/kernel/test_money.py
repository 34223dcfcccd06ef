from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel.iso4217 import CURRENT
from backoffice.kernel.money import (
    AmountRefused,
    AmountTooFine,
    Currency,
    CurrencyUnknown,
    ExponentRefused,
    ExponentUnknown,
    Rounding,
    SharesRefused,
    allocate,
    exponent_of,
    format_amount,
    from_minor,
    parse_amount,
    round_amount,
    to_minor,
)

WITH_UNIT = sorted(row.code for row in CURRENT.values() if row.exponent is not None)
currencies = st.sampled_from(WITH_UNIT)
minors = st.integers(min_value=1 - 10**20, max_value=10**20 - 1)


@pytest.mark.parametrize(
    ("code", "exponent"), [("THB", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4), ("DEM", 2), ("ITL", 0)]
)
def test_minor_units(code, exponent):
    assert exponent_of(code) == exponent


def test_codes_without_a_minor_unit_ask_for_one():
    with pytest.raises(ExponentUnknown):
        exponent_of("XAU")
    with pytest.raises(CurrencyUnknown):
        exponent_of("AAPL")
    assert parse_amount("1.2345", Currency.commodity("XAU", exponent=4)) == Decimal("1.2345")
    with pytest.raises(ExponentRefused):
        Currency.commodity("RICE", exponent=11)


@pytest.mark.parametrize(
    ("text", "currency", "read"),
    [
        ("100", "THB", "100.00"),
        ("-0.5", "THB", "-0.50"),
        ("-0.00", "THB", "0.00"),
        ("1500", "JPY", "1500"),
        ("99999999999999999999.99", "THB", "99999999999999999999.99"),
        ("0.001", "KWD", "0.001"),
    ],
)
def test_plain_text_is_read(text, currency, read):
    assert str(parse_amount(text, currency)) == read


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (1.5, "amount-not-text"),
        (15, "amount-not-text"),
        (None, "amount-not-text"),
        (Decimal("1.50"), "amount-not-text"),
        ("", "amount-empty"),
        ("   ", "amount-empty"),
        ("1e3", "amount-scientific"),
        ("1.5E-2", "amount-scientific"),
        ("１２.５０", "amount-foreign-digits"),
        ("๑๒.๕๐", "amount-foreign-digits"),
        ("+1.00", "amount-sign"),
        ("−1.00", "amount-sign"),
        ("1.00-", "amount-sign"),
        ("--1", "amount-sign"),
        ("(1.00)", "amount-sign"),
        ("1,234.50", "amount-separator"),
        ("1 234", "amount-separator"),
        ("1_000", "amount-separator"),
        ("1.234.50", "amount-separator"),
        ("NaN", "amount-not-finite"),
        ("-Infinity", "amount-not-finite"),
        ("1.001", "amount-too-fine"),
        ("100000000000000000000", "amount-too-long"),
        ("1" * 5000, "amount-too-long"),
        (".5", "amount-malformed"),
        ("5.", "amount-malformed"),
        ("007", "amount-malformed"),
        ("1.00 ", "amount-malformed"),
        ("1.00\n", "amount-malformed"),
        ("12baht", "amount-malformed"),
        ("0x10", "amount-malformed"),
    ],
)
def test_anything_else_is_refused_by_its_rule(text, code):
    with pytest.raises(AmountRefused) as refused:
        parse_amount(text, "THB")
    assert refused.value.code == code
    assert refused.value.text("th") != refused.value.text("en")


@given(st.text(max_size=40))
def test_no_text_breaks_the_reader(text):
    try:
        amount = parse_amount(text, "THB")
    except AmountRefused:
        return
    assert amount == Decimal(text)


@given(minors, currencies)
def test_text_and_minor_units_come_back(minor, currency):
    amount = from_minor(minor, currency)
    assert to_minor(amount, currency) == minor
    assert parse_amount(format_amount(amount, currency), currency) == amount
    assert -amount.as_tuple().exponent == exponent_of(currency)


def test_formatting_never_rounds():
    assert format_amount(Decimal("1E+3"), "THB") == "1000.00"
    assert format_amount(Decimal("-0"), "JPY") == "0"
    with pytest.raises(AmountTooFine):
        format_amount(Decimal("0.005"), "THB")


@pytest.mark.parametrize("rounding", Rounding)
@given(st.decimals(-(10**9), 10**9, allow_nan=False, allow_infinity=False), currencies)
def test_rounding_is_that_of_decimal(rounding, amount, currency):
    unit = Decimal(1).scaleb(-exponent_of(currency))
    expected = amount.quantize(unit, rounding=rounding.value)
    assert round_amount(amount, currency, rounding) == expected


def test_rounding_a_third_needs_no_decimal_of_it():
    assert round_amount(Fraction(1, 3), "THB", Rounding.UP) == Decimal("0.34")
    assert round_amount(Fraction(-1, 2), "JPY", Rounding.HALF_EVEN) == 0


shares = st.lists(st.integers(0, 10**6), min_size=1, max_size=30).filter(any)


@given(minors, shares, currencies, st.sampled_from(Rounding))
def test_parts_sum_to_the_whole_and_stay_within_a_unit(minor, weights, currency, rounding):
    amount = from_minor(minor, currency)
    parts = allocate(amount, weights, currency, rounding=rounding)
    assert sum(parts) == amount
    for part, weight in zip(parts, weights, strict=True):
        exact = Fraction(minor * weight, sum(weights))
        assert abs(to_minor(part, currency) - exact) <= 1
        assert weight or part == 0


@given(minors, st.lists(st.integers(1, 100), min_size=1, max_size=20))
def test_the_plain_method_keeps_every_part_within_one_unit_of_its_share(minor, weights):
    parts = allocate(from_minor(minor, "THB"), weights, "THB")
    for part, weight in zip(parts, weights, strict=True):
        assert abs(to_minor(part, "THB") - Fraction(minor * weight, sum(weights))) < 1


def test_ties_go_to_the_earliest_share():
    assert allocate(Decimal("100.00"), [1, 1, 1], "THB") == [
        Decimal("33.34"),
        Decimal("33.33"),
        Decimal("33.33"),
    ]
    assert allocate(Decimal("-0.05"), [1, 1], "THB") == [Decimal("-0.03"), Decimal("-0.02")]


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1]])
def test_shares_that_divide_nothing_are_refused(weights):
    with pytest.raises(SharesRefused):
        allocate(Decimal(1), weights, "THB")
