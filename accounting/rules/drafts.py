"""What is handed in to be posted, and the rules that need no books to be checked.

A draft passes `checked` or is refused with line, field and rule; what passes carries amounts with
exactly their currency's decimals.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Context, Decimal
from functools import reduce
from typing import Final, NamedTuple

from accounting.rules.days import DraftRefused, require_likely
from backoffice.kernel.canonical import canonical_json
from backoffice.kernel.money import MAX_EXPONENT, Currency
from backoffice.kernel.refusals import Place, Refused

MAX_SHORT: Final = 40
MAX_KEY: Final = 200
MAX_MEMO: Final = 500
MAX_SOURCE: Final = 200
MAX_ACCOUNT: Final = 255
MAX_LINES: Final = 50_000
MAX_DIMENSION: Final = 120
MAX_WHOLE: Final = Decimal(10) ** 40
PLAIN_DIGITS: Final = 40
_WIDE: Final = Context(prec=100)
_ZERO: Final = Decimal(0)
_UNITS: Final = tuple(Decimal(1).scaleb(-exponent) for exponent in range(MAX_EXPONENT + 1))

CurrencyOf = Callable[[str], Currency]
"""Finds the currency or commodity of a code; raises a Refused for an unknown one."""
HomeOf = Callable[[str], Currency | None]
"""Finds the functional currency of an entity's code; None where nothing is known of it."""


@dataclass(frozen=True, slots=True)
class LineDraft:
    """A line to post.

    Attributes:
        account: code path, such as "Assets:Cash".
        amount: positive debits, negative credits; in `currency`.
        currency: ISO 4217 code or commodity code.
        value: the amount in the entity's functional currency; None leaves it to the ledger (the
            amount itself in the functional currency, unvalued otherwise).
        dimensions: such as {"cost_centre": "BKK"}.
    """

    account: str
    amount: Decimal
    currency: str
    value: Decimal | None = None
    dimensions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EntryDraft:
    """An entry to post.

    Attributes:
        key: the caller's own key; the same key is never posted twice.
        date: effective date.
        journal: the journal's code within the entity.
        entity: the legal entity's code.
        memo: at most 500 characters.
        lines: one or more; they sum to zero in every currency.
        source: where it came from, such as "settlement:2026-01-05".
        attributes: the caller's own data, found again by queries.
    """

    key: str
    date: date
    journal: str
    entity: str
    memo: str
    lines: tuple[LineDraft, ...]
    source: str = ""
    attributes: Mapping[str, object] = field(default_factory=dict)


class Missing(DraftRefused):
    """A required text is empty."""

    code = "entry-field-missing"
    en = "{field} is missing."
    th = "ไม่ได้ระบุ {field}"


class TooLong(DraftRefused):
    """A text is longer than its column."""

    code = "entry-field-too-long"
    en = "{field} has {length} characters; {most} are possible."
    th = "{field} มี {length} ตัวอักษร เกินกว่าที่กำหนด {most} ตัวอักษร"


class Unprintable(DraftRefused):
    """A text holds control characters."""

    code = "entry-field-unprintable"
    en = "{field} has control characters."
    th = "{field} มีอักขระควบคุม"


class NotDecimal(DraftRefused):
    """An amount that is not a finite decimal: floats are never taken."""

    code = "amount-not-decimal"
    en = "{field} must be a finite decimal, not {kind}."
    th = "{field} ต้องเป็นเลขทศนิยมจำกัด ไม่ใช่ {kind}"


class TooFine(DraftRefused):
    """More decimals than the currency has."""

    code = "amount-too-fine"
    en = "{amount} has more decimals than {currency} allows ({exponent})."
    th = "{amount} มีทศนิยมเกินกว่าที่ {currency} กำหนด ({exponent} ตำแหน่ง)"


class TooBig(DraftRefused):
    """More digits than any sum of the house has."""

    code = "amount-too-long"
    en = "The amount has too many digits."
    th = "จำนวนเงินมีหลักมากเกินไป"


class NoLines(DraftRefused):
    """An entry without lines, or with too many."""

    code = "entry-lines"
    en = "An entry has 1 to {most} lines, not {count}."
    th = "รายการต้องมี 1 ถึง {most} บรรทัด แต่มี {count}"


class Unbalanced(DraftRefused):
    """Debits and credits differ in a currency."""

    code = "entry-unbalanced"
    en = "Debits less credits is {difference} {currency}; it must be zero."
    th = "เดบิตหักเครดิตได้ {difference} {currency} ซึ่งต้องเป็นศูนย์"


class ValueUnbalanced(DraftRefused):
    """The functional values do not sum to zero."""

    code = "entry-value-unbalanced"
    en = "The values in functional currency sum to {difference}; they must sum to zero."
    th = "มูลค่าในสกุลเงินหลักรวมได้ {difference} ซึ่งต้องเป็นศูนย์"


class HalfValued(DraftRefused):
    """Of lines in one currency some have a value and some have none."""

    code = "entry-half-valued"
    en = "Lines in {currency} have a value on all of them, or on none."
    th = "บรรทัดสกุลเงิน {currency} ต้องมีมูลค่าทุกบรรทัด หรือไม่มีเลย"


class ValueNotAmount(DraftRefused):
    """A line in the functional currency is worth something else than it says."""

    code = "value-not-amount"
    en = "{amount} {currency} is worth {amount} in functional currency, not {value}."
    th = "{amount} {currency} มีมูลค่าในสกุลเงินหลัก {amount} ไม่ใช่ {value}"


class CheckedLine(NamedTuple):
    """A line with its amount in the currency's decimals and its dimensions in one spelling."""

    account: str
    amount: str
    currency: str
    value: str | None
    dimensions: str


class CheckedEntry(NamedTuple):
    """A draft that passed, with the fingerprint of all it says."""

    draft: EntryDraft
    lines: list[CheckedLine]
    fingerprint: str


def checked(
    draft: EntryDraft,
    currency_of: CurrencyOf,
    *,
    home_of: HomeOf | None = None,
    salt: str = "",
    balanced: bool = True,
) -> CheckedEntry:
    """Check a draft by the rules of form.

    Args:
        draft: what was handed in.
        currency_of: the registry of currencies and commodities.
        home_of: finds the functional currency, for drafts with values; without it, values are only
            summed, as for what the books themselves say (a reversal).
        salt: what else belongs to the request (a timeout, what it settles), for the fingerprint.
        balanced: False lets the sums pass, for drafts that the ledger completes.

    Raises:
        DraftRefused: or one of its kinds, with line and field; or what `currency_of` raises.
    """
    _texts(draft)
    require_likely(draft.date, "date")
    if not 1 <= len(draft.lines) <= MAX_LINES:
        raise NoLines(Place(field="/lines"), most=MAX_LINES, count=len(draft.lines))
    lines: list[CheckedLine] = []
    try:
        for line in draft.lines:
            lines.append(_line(line, currency_of(line.currency)))  # noqa: PERF401  (see `except`)
    except Refused as refused:
        field = refused.place.field or "currency"
        refused.place = Place(line=len(lines) + 1, field=f"/lines/{len(lines)}/{field}")
        raise
    if balanced and any(line.value is not None for line in draft.lines):
        _balance(lines)
        lines = _valued(draft, lines, home_of(draft.entity) if home_of else None)
    elif balanced and not _mirrored(lines):
        _balance(lines)
    return CheckedEntry(draft, lines, fingerprint_of(draft, lines, salt))


def _texts(draft: EntryDraft) -> None:
    # All in one look; which text is wrong is asked only when one is.
    key, journal, entity = draft.key, draft.journal, draft.entity
    short = len(journal) <= MAX_SHORT and len(entity) <= MAX_SHORT and len(key) <= MAX_KEY
    fits = short and len(draft.memo) <= MAX_MEMO and len(draft.source) <= MAX_SOURCE
    whole = f"{key}{journal}{entity}{draft.memo}{draft.source}"
    if not (fits and key and journal and entity and whole.isprintable()):
        _text("key", draft.key, MAX_KEY)
        _text("journal", draft.journal, MAX_SHORT)
        _text("entity", draft.entity, MAX_SHORT)
        _text("memo", draft.memo, MAX_MEMO, needed=False)
        _text("source", draft.source, MAX_SOURCE, needed=False)
    if draft.attributes:
        for name, value in draft.attributes.items():
            _text("attributes", name, MAX_DIMENSION)
            _text("attributes", str(value), MAX_MEMO, needed=False)


def _text(name: str, text: str, most: int, *, needed: bool = True) -> None:
    if text.isprintable() and (text or not needed) and len(text) <= most:
        return
    place = Place(field=name)
    if not text:
        raise Missing(place, field=name)
    if len(text) > most:
        raise TooLong(place, field=name, length=len(text), most=most)
    raise Unprintable(place, field=name)


def _line(line: LineDraft, currency: Currency) -> CheckedLine:
    amount = _spelled(line.amount, currency)
    account = line.account
    if not (account and len(account) <= MAX_ACCOUNT and account.isprintable()):
        _text("account", account, MAX_ACCOUNT)
    value = line.value
    if value is not None and not _is_number(value):
        raise NotDecimal(Place(field="value"), field="value", kind=type(value).__name__)
    return CheckedLine(
        account,
        amount,
        line.currency,
        None if value is None else format(value, "f"),
        _dimensions(line.dimensions) if line.dimensions else "",
    )


def _spelled(amount: Decimal, currency: Currency) -> str:
    """The amount's plain text with exactly the currency's decimals; never rounds."""
    decimals = currency.exponent
    if type(amount) is Decimal and amount:
        text = str(amount)
        # As nearly all amounts come: a point where it belongs, few digits, no "E-7" behind it.
        if text[-1 - decimals : -decimals] == "." and len(text) <= PLAIN_DIGITS and "E" not in text:
            return text
    return format(_exact(amount, currency), "f")


def _is_number(amount: object) -> bool:
    """True for a finite Decimal; callers without types may hand in a float."""
    return isinstance(amount, Decimal) and amount.is_finite()


def _exact(amount: Decimal, currency: Currency) -> Decimal:
    """The amount with exactly the currency's decimals; never rounds."""
    if not _is_number(amount):
        raise NotDecimal(Place(field="amount"), field="amount", kind=type(amount).__name__)
    if not -MAX_WHOLE < amount < MAX_WHOLE:
        raise TooBig(Place(field="amount"))
    exact = _WIDE.quantize(amount, _UNITS[currency.exponent])
    if exact != amount:
        raise TooFine(
            Place(field="amount"), amount=amount, currency=currency.code, exponent=currency.exponent
        )
    return exact or exact.copy_abs()


def _dimensions(dimensions: Mapping[str, str]) -> str:
    """Canonical JSON text of a dimension set: names in order, no blanks."""
    for name, value in dimensions.items():
        _text("dimensions", name, MAX_DIMENSION)
        _text("dimensions", value, MAX_DIMENSION)
    return canonical_json(dimensions).decode()


def _mirrored(lines: list[CheckedLine]) -> bool:
    """True for two lines, one the other's opposite: their sum is zero without adding them."""
    if len(lines) != 2:
        return False
    (_, amount, currency, _, _), (_, other, other_currency, _, _) = lines
    return currency == other_currency and (other == "-" + amount or amount == "-" + other)


def _balance(lines: list[CheckedLine]) -> None:
    sums: dict[str, Decimal] = {}
    for line in lines:
        sums[line.currency] = _WIDE.add(sums.get(line.currency, _ZERO), Decimal(line.amount))
    for currency, difference in sums.items():
        if difference:
            raise Unbalanced(Place(field="/lines"), currency=currency, difference=difference)


def _valued(
    draft: EntryDraft, lines: list[CheckedLine], home: Currency | None
) -> list[CheckedLine]:
    """The lines, where their values hold together; a value that only repeats its amount is none."""
    if home is None:
        if all(line.value is not None for line in draft.lines):
            _sum_values(line.value for line in draft.lines)
        return lines
    valued = {line.currency for line in draft.lines if line.value is not None}
    told = []
    for index, (line, ready) in enumerate(zip(draft.lines, lines, strict=True)):
        place = Place(line=index + 1, field=f"/lines/{index}/value")
        value = None
        if line.value is not None:
            value = _value(line.value, line, home, place)
        elif line.currency in valued and line.currency != home.code:
            raise HalfValued(place, currency=line.currency)
        told.append(CheckedLine(*ready[:3], value, ready.dimensions))
    _sum_values(line.amount if line.currency == home.code else line.value for line in draft.lines)
    return told


def _value(value: Decimal, line: LineDraft, home: Currency, place: Place) -> str | None:
    """The value in the functional currency's decimals; None where it only repeats the amount."""
    if not -MAX_WHOLE < value < MAX_WHOLE:
        raise TooBig(place)
    exact = _WIDE.quantize(value, _UNITS[home.exponent])
    if exact != value:
        raise TooFine(place, amount=value, currency=home.code, exponent=home.exponent)
    if line.currency != home.code:
        return format(exact or exact.copy_abs(), "f")
    if value != line.amount:
        raise ValueNotAmount(place, currency=home.code, amount=line.amount, value=value)
    return None


def _sum_values(values: Iterable[Decimal | None]) -> None:
    difference = reduce(_WIDE.add, (value for value in values if value is not None), _ZERO)
    if difference:
        raise ValueUnbalanced(Place(field="/lines"), difference=difference)


def fingerprint_of(draft: EntryDraft, lines: list[CheckedLine], salt: str = "") -> str:
    """SHA-256 (hex) of all that a request says but its key; fields are separated by U+001F."""
    parts = [draft.date.isoformat(), draft.journal, draft.memo, draft.source, salt]
    if draft.attributes:
        parts.append(canonical_json(draft.attributes).decode())
    for account, amount, currency, value, dimensions in lines:
        parts += (account, amount, currency, value or "", dimensions)
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
