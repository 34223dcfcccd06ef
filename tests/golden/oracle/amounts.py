"""hledger's amounts: symbols on either side, quoted, several in a cell."""

import re
from decimal import Decimal

from backoffice.kernel.iso4217 import CURRENT, WITHDRAWN

SYMBOL = r'"[^"]*"|[^\d\s.,;"@={}()*/+-]+'
AMOUNT = re.compile(
    rf"(?P<minus>-?)\s*(?P<left>{SYMBOL})?\s*(?P<minus2>-?)(?P<number>\d[\d.,]*|[.,]\d+)"
    rf"\s*(?P<right>{SYMBOL})?"
)


def amount_of(text: str) -> tuple[str, Decimal] | None:
    """(commodity, quantity) of one amount, or None for what is no plain amount."""
    found = AMOUNT.fullmatch(text.strip())
    if found is None:
        return None
    sign = -1 if bool(found["minus"]) != bool(found["minus2"]) else 1
    symbol = (found["left"] or found["right"] or "").strip('"')
    return symbol, sign * number(found["number"])


def number(text: str) -> Decimal:
    """The last of points and commas is the decimal mark, unless it stands there several times."""
    marks = [mark for mark in text if mark in ".,"]
    if not marks:
        return Decimal(text)
    decimal_mark = marks[-1] if marks.count(marks[-1]) == 1 else ""
    plain = "".join("." if c == decimal_mark else "" if c in ".," else c for c in text)
    return Decimal(plain)


def cell(text: str) -> dict[str, Decimal]:
    """Quantities by commodity of a cell, zeros left out."""
    found: dict[str, Decimal] = {}
    for part in filter(None, re.split(r",\s+|\n", text.strip())):
        amount = amount_of(part)
        assert amount is not None, f"not an amount: {part!r}"
        found[amount[0]] = found.get(amount[0], Decimal(0)) + amount[1]
    return {symbol: quantity for symbol, quantity in found.items() if quantity}


class Codes:
    """The house's currency code for each of a set's commodities, and how fine it is counted."""

    def __init__(self, amounts: list[tuple[str, Decimal]]) -> None:
        self.exponents: dict[str, int] = {}
        for symbol, quantity in amounts:
            decimals = max(0, -int(quantity.as_tuple().exponent))
            self.exponents[symbol] = max(decimals, self.exponents.get(symbol, 0))
        self._codes: dict[str, str] = {}
        for symbol in sorted(self.exponents):
            code = base = self._plain(symbol)
            number = 2
            while code in self._codes.values():
                code, number = f"{base}-{number}", number + 1
            self._codes[symbol] = code

    def _plain(self, symbol: str) -> str:
        row = CURRENT.get(symbol) or WITHDRAWN.get(symbol)
        if row is not None and row.exponent is not None:
            fits = row.exponent >= self.exponents[symbol]
            return symbol if fits else f"{symbol}-FINE"
        code = symbol.upper() if symbol.isascii() and symbol.isalnum() else ""
        hexed = "U-" + "-".join(f"{ord(mark):X}" for mark in symbol)
        code = code or hexed[:20]
        return f"{code}-OWN" if code in CURRENT or code in WITHDRAWN else code

    def commodities(self) -> dict[str, int]:
        """Codes that have to be listed, with their decimals."""
        return {
            code: self.exponents[symbol]
            for symbol, code in self._codes.items()
            if (CURRENT.get(code) or WITHDRAWN.get(code)) is None
            or (CURRENT.get(code) or WITHDRAWN.get(code)).exponent is None
        }

    def code(self, symbol: str) -> str:
        """The house's code; a symbol that was never posted stays as it is."""
        return self._codes.get(symbol, symbol)

    def coded(self, amounts: dict[str, Decimal]) -> dict[str, Decimal]:
        """The same amounts by the house's codes."""
        return {self.code(symbol): quantity for symbol, quantity in amounts.items()}
