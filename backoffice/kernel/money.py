"""Money: decimal amounts held to their currency's minor unit (ISO 4217).

An amount is a `Decimal` with exactly the currency's decimals; on the wire it is a canonical decimal
string ("-1234.50"), never a float. A currency is named by its ISO code, or handed over as a
`Currency`, which is also how a commodity (AAPL, rice) brings its own number of decimals.
"""

import decimal
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cache
from typing import Final

from backoffice.kernel.iso4217 import CURRENT, WITHDRAWN
from backoffice.kernel.refusals import Place, Refused

MAX_WHOLE_DIGITS: Final = 20
"""Digits before the decimal point that an amount may have; fits numeric(30, 10) columns."""

MAX_EXPONENT: Final = 10
"""Most decimals that a commodity may state."""

WIDE: Final = decimal.Context(prec=200)
"""For sums and signs of what a ledger holds: more digits than a plain Decimal computes with (28).

Its amounts have up to 40; `+` and unary `-` would round them, without a word.
"""

_WIDE: Final = decimal.Context(prec=80, traps=[decimal.InvalidOperation])
_PLAIN: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.([0-9]+))?", re.ASCII)
_LONGEST: Final = 1 + MAX_WHOLE_DIGITS + 1 + MAX_EXPONENT


class CurrencyUnknown(Refused):
    """The code is in neither list of ISO 4217."""

    code = "currency-unknown"
    en = "{currency} is not an ISO 4217 currency code."
    th = "{currency} ไม่ใช่รหัสสกุลเงินตาม ISO 4217"


class ExponentUnknown(Refused):
    """The standard names no minor unit for the code, so the caller has to."""

    code = "currency-without-minor-unit"
    en = "ISO 4217 gives {currency} no minor unit; its number of decimals has to be stated."
    th = "ISO 4217 ไม่ได้กำหนดหน่วยย่อยของ {currency} ต้องระบุจำนวนทศนิยมเอง"


class ExponentRefused(Refused):
    """A commodity's number of decimals is out of range."""

    code = "exponent-out-of-range"
    en = "{currency} cannot have {exponent} decimals: 0 to {most} are possible."
    th = "{currency} มีทศนิยม {exponent} ตำแหน่งไม่ได้ ใช้ได้ 0 ถึง {most} ตำแหน่ง"


class AmountRefused(Refused):
    """An amount that cannot be taken; each subclass names the rule."""

    code = "amount-malformed"
    en = "{text} is not an amount: write digits and one point, such as 1234.50."
    th = "{text} ไม่ใช่จำนวนเงิน ให้เขียนตัวเลขและจุดทศนิยมจุดเดียว เช่น 1234.50"


class AmountNotText(AmountRefused):
    """A number arrived where a decimal string is required."""

    code = "amount-not-text"
    en = "An amount is written as text, such as 1234.50; a {kind} was given."
    th = "จำนวนเงินต้องเป็นข้อความ เช่น 1234.50 แต่ได้รับชนิด {kind}"


class AmountEmpty(AmountRefused):
    """Nothing, or blanks only."""

    code = "amount-empty"
    en = "The amount is empty."
    th = "ไม่ได้ระบุจำนวนเงิน"


class AmountTooLong(AmountRefused):
    """More digits than any column of the house holds."""

    code = "amount-too-long"
    en = "The amount has {length} characters; at most {most} digits may stand before the point."
    th = "จำนวนเงินมี {length} ตัวอักษร ตัวเลขหน้าจุดทศนิยมต้องไม่เกิน {most} หลัก"


class AmountForeignDigits(AmountRefused):
    """Digits other than 0-9, such as Thai or full-width ones."""

    code = "amount-foreign-digits"
    en = "{text} has digits other than 0 to 9."
    th = "{text} มีตัวเลขที่ไม่ใช่เลขอารบิก 0 ถึง 9"


class AmountScientific(AmountRefused):
    """Scientific notation hides the number of decimals."""

    code = "amount-scientific"
    en = "{text} is in scientific notation; write the digits out."
    th = "{text} เขียนแบบสัญกรณ์วิทยาศาสตร์ ให้เขียนตัวเลขเต็ม"


class AmountNotFinite(AmountRefused):
    """NaN or infinity."""

    code = "amount-not-finite"
    en = "{text} is not a finite number."
    th = "{text} ไม่ใช่จำนวนจำกัด"


class AmountSigned(AmountRefused):
    """A sign other than one leading hyphen-minus."""

    code = "amount-sign"
    en = "{text} has a sign other than one leading minus (-)."
    th = "{text} มีเครื่องหมายอื่นนอกจากเครื่องหมายลบ (-) นำหน้าหนึ่งตัว"


class AmountSeparated(AmountRefused):
    """Thousands separators: 1,234 is two different numbers in two countries."""

    code = "amount-separator"
    en = "{text} has separators between its digits; write them without."
    th = "{text} มีเครื่องหมายคั่นหลัก ให้เขียนโดยไม่คั่น"


class AmountTooFine(AmountRefused):
    """More decimals than the currency's minor unit."""

    code = "amount-too-fine"
    en = "{text} has {decimals} decimals; {currency} has {exponent}."
    th = "{text} มีทศนิยม {decimals} ตำแหน่ง แต่ {currency} มี {exponent} ตำแหน่ง"


class SharesRefused(Refused):
    """Shares that nothing can be divided by."""

    code = "shares-refused"
    en = "Shares must be zero or more and one of them above zero."
    th = "สัดส่วนต้องไม่ติดลบ และต้องมีอย่างน้อยหนึ่งส่วนที่มากกว่าศูนย์"


class Rounding(StrEnum):
    """How a value between two minor units is rounded; named wherever rounding happens."""

    HALF_EVEN = decimal.ROUND_HALF_EVEN
    HALF_UP = decimal.ROUND_HALF_UP
    HALF_DOWN = decimal.ROUND_HALF_DOWN
    UP = decimal.ROUND_UP
    DOWN = decimal.ROUND_DOWN
    CEILING = decimal.ROUND_CEILING
    FLOOR = decimal.ROUND_FLOOR


@dataclass(frozen=True, slots=True)
class Currency:
    """What amounts are counted in: an ISO currency, or a commodity with decimals of its own.

    Attributes:
        code: ISO 4217 code, or the commodity's own code.
        exponent: decimals of the smallest unit (THB 2, JPY 0, KWD 3).
        is_commodity: True for anything that is not an ISO currency.
    """

    code: str
    exponent: int
    is_commodity: bool = False

    @classmethod
    def of(cls, code: str) -> "Currency":
        """The ISO currency `code`; raises CurrencyUnknown or ExponentUnknown."""
        return cls(code, exponent_of(code))

    @classmethod
    def commodity(cls, code: str, *, exponent: int) -> "Currency":
        """A commodity counted in units of 10**-exponent; raises ExponentRefused outside 0..10."""
        if not 0 <= exponent <= MAX_EXPONENT:
            raise ExponentRefused(currency=code, exponent=exponent, most=MAX_EXPONENT)
        return cls(code, exponent, is_commodity=True)

    @property
    def unit(self) -> Decimal:
        """The smallest amount above zero: 0.01 for THB, 1 for JPY."""
        return Decimal(1).scaleb(-self.exponent)

    def __str__(self) -> str:
        return self.code


@cache
def exponent_of(code: str) -> int:
    """Decimals of the ISO currency `code`, in use or withdrawn.

    Raises CurrencyUnknown for a code that is no ISO currency (a commodity states its own), and
    ExponentUnknown where the standard names no minor unit (XAU, XDR, some withdrawn codes).
    """
    row = CURRENT.get(code) or WITHDRAWN.get(code)
    if row is None:
        raise CurrencyUnknown(currency=code)
    if row.exponent is None:
        raise ExponentUnknown(currency=code)
    return row.exponent


def is_current(code: str) -> bool:
    """True if `code` is an ISO 4217 currency in use today."""
    return code in CURRENT


def require_current(code: str, *, field: str = "currency") -> None:
    """Refuse a currency that no amount could be in today.

    Raises CurrencyUnknown, ExponentUnknown, with the field.
    """
    row = CURRENT.get(code)
    if row is None:
        raise CurrencyUnknown(Place(field=field), currency=repr(code)[:40])
    if row.exponent is None:
        raise ExponentUnknown(Place(field=field), currency=code)


@cache
def _iso(code: str) -> Currency:
    return Currency.of(code)


def _resolve(currency: str | Currency) -> Currency:
    return currency if isinstance(currency, Currency) else _iso(currency)


def parse_amount(text: str, currency: str | Currency) -> Decimal:
    """Read a decimal string strictly; the result has exactly the currency's decimals.

    Args:
        text: digits with an optional leading "-" and one point; fewer decimals than the
            currency's are filled up ("100" is 100.00 THB), minus zero reads as zero.
        currency: an ISO code, or a Currency.

    Raises a subclass of AmountRefused naming the rule, or CurrencyUnknown / ExponentUnknown.
    """
    unit = _resolve(currency)
    if not isinstance(text, str):
        raise AmountNotText(kind=type(text).__name__)
    if len(text) > _LONGEST:
        raise AmountTooLong(length=len(text), most=MAX_WHOLE_DIGITS)
    plain = _PLAIN.fullmatch(text)
    if plain is None:
        raise _why_not(text)
    decimals = len(plain[1] or "")
    if decimals > unit.exponent:
        raise AmountTooFine(
            text=text, decimals=decimals, currency=unit.code, exponent=unit.exponent
        )
    if len(text.partition(".")[0].lstrip("-")) > MAX_WHOLE_DIGITS:
        raise AmountTooLong(length=len(text), most=MAX_WHOLE_DIGITS)
    return _exactly(Decimal(text), unit)


_DIAGNOSES: Final[tuple[tuple[re.Pattern[str], type[AmountRefused]], ...]] = (
    (re.compile(r"^\s*$"), AmountEmpty),
    (re.compile(r"^\W*(?:s?nan|inf)", re.IGNORECASE), AmountNotFinite),
    (re.compile(r"\d\.?[eE][-+]?\d"), AmountScientific),
    # Plus, brackets, Unicode dashes and minus (U+2010-U+2015, U+2212), a minus not in front.
    (re.compile(r"[+()\u2010-\u2015\u2212]|.-"), AmountSigned),
    (re.compile(r"\d[\s,_'\u2019]+\d|\..*\."), AmountSeparated),
)


def _why_not(text: str) -> AmountRefused:
    """The refusal that fits a text that is not a plain amount."""
    shown = repr(text)
    if any(mark.isdigit() and not mark.isascii() for mark in text):
        return AmountForeignDigits(text=shown)
    for pattern, refusal in _DIAGNOSES:
        if pattern.search(text):
            return refusal(text=shown)
    return AmountRefused(text=shown)


def _exactly(amount: Decimal, unit: Currency) -> Decimal:
    """`amount` with exactly the unit's decimals, zero without a sign; never rounds."""
    if not amount.is_finite():
        raise AmountNotFinite(text=str(amount))
    exact = amount.quantize(unit.unit, context=_WIDE)
    if exact != amount:
        decimals = -int(amount.as_tuple().exponent)
        raise AmountTooFine(
            text=str(amount), decimals=decimals, currency=unit.code, exponent=unit.exponent
        )
    return exact or abs(exact)


def format_amount(amount: Decimal, currency: str | Currency) -> str:
    """The canonical decimal string: exactly the currency's decimals, "-" only, no separators.

    Raises AmountTooFine if the amount would have to be rounded; rounding is the caller's act.
    """
    return format(_exactly(amount, _resolve(currency)), "f")


def round_amount(
    amount: Decimal | Fraction, currency: str | Currency, rounding: Rounding
) -> Decimal:
    """`amount` rounded to the currency's minor unit, by the named rule."""
    unit = _resolve(currency)
    return from_minor(_round_whole(Fraction(amount) * 10**unit.exponent, rounding), unit)


def to_minor(amount: Decimal, currency: str | Currency) -> int:
    """The amount as a whole number of minor units (satang, cents); raises AmountTooFine."""
    unit = _resolve(currency)
    return int(_exactly(amount, unit).scaleb(unit.exponent, context=_WIDE))


def from_minor(minor: int, currency: str | Currency) -> Decimal:
    """The amount of `minor` minor units, with exactly the currency's decimals."""
    return Decimal(minor).scaleb(-_resolve(currency).exponent, context=_WIDE)


def _round_whole(exact: Fraction, rounding: Rounding) -> int:
    """Round to a whole number without passing through a limited precision."""
    whole, rest = divmod(abs(exact.numerator), exact.denominator)
    # One digit tells the rounding rule all there is to know: none, below, at or above one half.
    twice = 2 * rest
    digit = (
        0
        if rest == 0
        else 5
        if twice == exact.denominator
        else 3
        if twice < exact.denominator
        else 7
    )
    signed = Decimal((int(exact < 0), (*map(int, str(whole)), digit), -1))
    return int(signed.quantize(Decimal(1), rounding=rounding.value, context=_roomy(whole)))


def _roomy(whole: int) -> decimal.Context:
    return decimal.Context(prec=max(28, len(str(whole)) + 2))


def allocate(
    amount: Decimal,
    shares: Sequence[Decimal | int],
    currency: str | Currency,
    *,
    rounding: Rounding = Rounding.DOWN,
) -> list[Decimal]:
    """Divide `amount` by `shares`; the parts always sum to the whole.

    Each part is first rounded to the minor unit by `rounding`. What is then missing or too much is
    given or taken in single minor units, in the order of the largest remainder (Hamilton's
    method); of equal remainders the earliest share goes first. A share of zero gets nothing.

    Args:
        amount: what is divided, of either sign, with at most the currency's decimals.
        shares: weights, zero or more, not all zero.
        currency: an ISO code, or a Currency.
        rounding: rule for the first step; DOWN is the plain largest-remainder method.

    Raises SharesRefused, AmountTooFine.
    """
    unit = _resolve(currency)
    weights = [Fraction(share) for share in shares]
    total = sum(weights)
    if not total or min(weights) < 0:
        raise SharesRefused
    whole = to_minor(amount, unit)
    exact = [whole * weight / total for weight in weights]
    parts = [_round_whole(part, rounding) for part in exact]
    missing = whole - sum(parts)
    step = 1 if missing > 0 else -1
    owed = sorted(range(len(parts)), key=lambda i: (step * (parts[i] - exact[i]), i))
    for i in owed[: abs(missing)]:
        parts[i] += step
    return [from_minor(part, unit) for part in parts]
