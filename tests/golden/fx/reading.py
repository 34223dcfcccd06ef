"""Steps of a foreign-currency case, read: "AP invoice tc 110, base 100", "pay USD 60 at 84.5".

A sentence is read by its words and by what stands beside its numbers, not by one fixed order. A
number that nothing explains is no number to guess at: the sentence is not known then.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

NUMBER = r"\d[\d,]*(?:\.\d+)?"
RATE = rf"(?P<rate>{NUMBER}(?:\s*/\s*{NUMBER})?)"
VERBS = (
    ("taken_back", r"\b(?:revers|undo|take back|cancel)\w*\b.*\brevaluation"),
    ("taken_back", r"\brevaluation\b.*\b(?:revers|undone|taken back|cancel)"),
    ("revalue", r"\brevalu"),
    ("credit_note", r"\b(?:credit|debit) ?note|\breturn"),
    ("pay", r"\b(?:pay|paid|payment|receipt|receive|settle|collect)"),
    ("gain_undone", r"\bcancel.*\b(?:gain|loss)|\bcancel.*\bjournal"),
    ("invoice", r"\binvoice|\bbill\b|\bsale|\bpurchase"),
)  # fmt: skip
LOOSE = r"not allocated|unallocated|without reference|not linked|\bcancel\w*\b|\bcancelled"
KINDS = (
    ("AP", r"\bap\b|payable|purchase|supplier|vendor|creditor|\bbill\b"),
    ("AR", r"\bar\b|receivable|sales?\b|customer|debtor"),
)
ASIDE = (r"\bD[+-]?\d*\b", r"\b\d{4}-\d\d-\d\d\b", r"(?<![\w.])#?\d+(?:st|nd|rd|th)\b",
         r"\b(?:invoice|payment|test)[_#]\d+\b")  # fmt: skip


class NotKnown(Exception):
    """A sentence or a figure that this interpreter does not know."""


@dataclass(frozen=True)
class Step:
    """What a step says; None where it says nothing of it."""

    verb: str
    kind: str | None = None
    currency: str | None = None
    amount: Decimal | None = None
    base: Decimal | None = None
    rate: Fraction | None = None
    loose: bool = False


def decimal(text: object) -> Decimal:
    return Decimal(int(text)) if isinstance(text, bool) else Decimal(str(text).replace(",", ""))


def read(step: Any, base: str) -> Step:
    """A step of a case whose books are kept in `base`: a sentence, or an object of its parts."""
    if isinstance(step, dict):
        return _parts(step)
    told = re.split(r"->|=>", str(step))[0]
    verb = _named(VERBS, told)
    if verb is None:
        raise NotKnown(f"step {step!r}")
    rest = told
    for pattern in ASIDE:
        rest = re.sub(pattern, " ", rest)
    found: dict[str, Any] = {}
    for name, pattern in _beside(base):
        rest = _taken(rest, found, name, pattern)
    if re.search(r"\d", rest):
        raise NotKnown(f"a number of the step {step!r}")
    code = found.get("code") or _currency(rest)
    return Step(
        verb,
        _named(KINDS, told),
        None if code in {None, "tc", base} else code,
        decimal(found["amount"]) if "amount" in found else None,
        decimal(found["base"]) if "base" in found else None,
        _rate(found["rate"]) if "rate" in found else None,
        verb == "pay" and re.search(LOOSE, told, re.IGNORECASE) is not None,
    )


def _beside(base: str) -> tuple[tuple[str, str], ...]:
    """What a number means, by what stands beside it; each is looked for once, in this order."""
    return (
        ("rate", rf"(?:\brate(?: of)?|\bat(?: a)?(?: rate)?(?: of)?|@)\s*{RATE}"),
        ("base", rf"\bbase\s+(?P<base>{NUMBER})|=\s*(?P<base2>{NUMBER})"),
        ("base", rf"(?P<base>{NUMBER})\s+(?:base\b|{base}\b)|\b{base}\s+(?P<base2>{NUMBER})"),
        ("amount", rf"\b(?P<code>[A-Z]{{3}}|tc)\s+(?P<amount>{NUMBER})"),
        ("amount", rf"(?P<amount>{NUMBER})\s*(?P<code>[A-Z]{{3}}|tc)\b"),
        ("amount", rf"(?<![\w.])(?P<amount>{NUMBER})(?![\w.%])"),
    )


def _parts(step: dict[str, Any]) -> Step:
    names = {name: step[name] for name in step if step[name] is not None}
    first = lambda *keys: next((names[key] for key in keys if key in names), None)  # noqa: E731
    words = " ".join(str(value) for value in names.values() if isinstance(value, str))
    verb = _named(VERBS, str(first("op", "step", "action", "verb", "type") or words))
    amount = first("tc", "amount_tc", "amount", "foreign")
    base, rate = first("base", "amount_base", "value"), first("rate", "exchange_rate")
    if verb is None or (amount is None and rate is None and verb != "taken_back"):
        raise NotKnown(f"step {step!r}")
    return Step(
        verb,
        _named(KINDS, words),
        first("currency", "curr"),
        None if amount is None else decimal(amount),
        None if base is None else decimal(base),
        None if rate is None else _rate(str(rate)),
        verb == "pay" and first("allocated") is False,
    )


def _named(names: tuple[tuple[str, str], ...], text: str) -> str | None:
    found = (name for name, pattern in names if re.search(pattern, text, re.IGNORECASE))
    return next(found, None)


def _taken(text: str, found: dict[str, Any], name: str, pattern: str) -> str:
    """The text without what the pattern finds first; what it finds stands in `found`."""
    match = re.search(pattern, text) if name not in found else None
    if match is None:
        return text
    for group, value in match.groupdict().items():
        if value is not None:
            found[group.rstrip("2")] = value
    return f"{text[: match.start()]} {text[match.end() :]}"


def _currency(text: str) -> str | None:
    found = re.search(r"\b[A-Z]{3}\b", text)
    return found[0] if found else None


def _rate(text: str) -> Fraction:
    above, _, below = text.replace(",", "").partition("/")
    return Fraction(above.strip()) / Fraction(below.strip() or 1)
