"""Amounts of a queue file, read without a float: integers or canonical decimal strings."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from backoffice.kernel.refusals import Place, Said
from settlement.resolving.refusals import NotAnAmount

CANONICAL = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,9})?")
"""No exponent, no plus sign, no leading zeros, at most 18 digits before and 9 after the point."""

LARGEST = 10**18
"""Every amount, scaled to its asset's smallest unit, stays below this (64-bit arithmetic)."""
NOT_EXACT = Said("a float is never exact", "เลขทศนิยมแบบ float ไม่แม่นยำ")
TOO_LONG = Said("at most 18 digits", "ไม่เกิน 18 หลัก")
ABOVE_ZERO = Said("above zero", "ต้องมากกว่าศูนย์")
NOT_NEGATIVE = Said("zero or more", "ต้องเป็นศูนย์หรือมากกว่า")


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount as written: `units` times ten to the minus `decimals`."""

    units: int
    decimals: int

    def scaled(self, decimals: int) -> int:
        """The amount in units of ten to the minus `decimals` (at least its own decimals)."""
        factor: int = 10 ** (decimals - self.decimals)
        return self.units * factor


def read_amount(value: Any, place: Place, *, least: int | None = 0) -> Amount:
    """Read an integer or a canonical decimal string.

    Args:
        value: what stands in the file.
        place: where, for the refusal.
        least: 0 for "not negative", 1 for "above zero", None for any sign.

    Raises:
        NotAnAmount: a float, a boolean, another notation, too large or of the wrong sign.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        amount = Amount(value, 0)
    elif isinstance(value, str) and CANONICAL.fullmatch(value):
        whole, _, fraction = value.partition(".")
        amount = Amount(int(whole + fraction), len(fraction))
    else:
        raise NotAnAmount(place, found=_shown(value), rule=NOT_EXACT)
    if abs(amount.units) >= LARGEST:
        raise NotAnAmount(place, found=_shown(value), rule=TOO_LONG)
    if least is not None and amount.units < least:
        rule = ABOVE_ZERO if least else NOT_NEGATIVE
        raise NotAnAmount(place, found=_shown(value), rule=rule)
    return amount


def _shown(value: Any) -> str:
    text = str(value) if not isinstance(value, dict | list) else type(value).__name__
    return text if len(text) <= 40 else f"{text[:40]}…"


def show_amount(units: int, decimals: int) -> int | str:
    """The amount as it goes out: an integer without decimals, else a canonical decimal string."""
    if not decimals:
        return units
    sign = "-" if units < 0 else ""
    digits = str(abs(units)).rjust(decimals + 1, "0")
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}"


def most_decimals(amounts: Iterable[Amount]) -> int:
    """The decimals that hold every one of these amounts exactly."""
    return max((amount.decimals for amount in amounts), default=0)
