"""Amounts are shown with their currency's decimals, and never rounded away."""

from decimal import Decimal

import pytest

from backoffice.frame.amounts import amount_text


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
    ],
)
def test_as_readers_expect(value, currency, shown):
    assert amount_text(Decimal(value), currency) == shown
