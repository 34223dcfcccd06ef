"""Amounts are shown with their currency's decimals, and never rounded away."""

from decimal import Decimal

import pytest

from backoffice.frame.amounts import amount_text, number_text


@pytest.mark.parametrize(
    ("value", "currency", "shown"),
    [
        ("557704.0000", "THB", "557,704.00"),
        ("-1234567.5", "THB", "-1,234,567.50"),
        ("1200.0000", "JPY", "1,200"),
        ("1.5", "KWD", "1.500"),
        ("0.1250", "THB", "0.125"),
        ("10.0000", "RICE-5KG", "10"),
        ("0", "THB", "0.00"),
        ("9" * 32 + ".00", "THB", ",".join(["99"] + ["999"] * 10) + ".00"),
        ("-" + "1" * 40, "RICE-5KG", "-1," + ",".join(["111"] * 13)),
    ],
)
def test_as_readers_expect(value, currency, shown):
    assert amount_text(Decimal(value), currency) == shown


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [("1700.0000000000", 0, "1,700"), ("0.1500", 0, "0.15"), ("1E+3", 2, "1,000.00"),
     ("34.125", 2, "34.125"), ("0.0000", 0, "0"), ("-57500.0000", 2, "-57,500.00")],
)  # fmt: skip
def test_numbers_have_the_decimals_they_have(value, decimals, text):
    assert number_text(Decimal(value), decimals) == text
    assert number_text(None) == ""
