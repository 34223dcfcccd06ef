"""Foreign currency, as arithmetic: rates, values, trading lines, settlements, revaluations.

An amount in a foreign currency is carried with its value in the functional currency. Every entry
stays zero-sum in each currency through trading accounts (Peter Selinger, "Tutorial on Multiple
Currency Accounting"): what leaves one currency and arrives in another passes an account that shows
the position at cost. Exchange differences follow IAS 21.28: they are income or expense of the
period; a period-end revaluation is unrealised and is taken back the next day, so that a later
payment books the whole difference once.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Context, Decimal
from fractions import Fraction
from functools import reduce
from operator import mul
from typing import Final

from accounting.rules.drafts import LineDraft, ValueUnbalanced
from backoffice.kernel.canonical import canonical_json
from backoffice.kernel.money import Currency, Rounding, round_amount
from backoffice.kernel.refusals import Place, Refused

TRADING: Final = "Equity:Currency Trading"
REALISED: Final = "Income:Exchange Differences:Realised"
UNREALISED: Final = "Income:Exchange Differences:Unrealised"
_WIDE: Final = Context(prec=100)
_ZERO: Final = Decimal(0)


class ValueMissing(Refused):
    """A foreign line without its value in the functional currency."""

    code = "fx-value-missing"
    en = "The line in {currency} on {account} has no value in functional currency."
    th = "บรรทัดสกุลเงิน {currency} ในบัญชี {account} ไม่มีมูลค่าในสกุลเงินที่ใช้ดำเนินงาน"


class ValueDiffers(Refused):
    """A line in functional currency is worth its amount, nothing else."""

    code = "fx-value-differs"
    en = "A line in functional currency is worth its amount {amount}, not {value}."
    th = "บรรทัดในสกุลเงินที่ใช้ดำเนินงานมีมูลค่าเท่ากับจำนวนเงิน {amount} ไม่ใช่ {value}"


class SettlesTooMuch(Refused):
    """More is settled than is open, or nothing is open."""

    code = "fx-settles-too-much"
    en = "{amount} {currency} cannot be settled on {account}: {open} is open."
    th = "ชำระ {amount} {currency} ในบัญชี {account} ไม่ได้ ยอดคงค้างคือ {open}"


@dataclass(frozen=True, slots=True)
class RateDraft:
    """One `base` is worth `rate` of `quote` on `date`; `line` is its place in a file, if any."""

    base: str
    quote: str
    date: date
    rate: Decimal
    kind: str = "mid"
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """What a source said: one `base` is worth `rate` of `quote` on `day`."""

    base: str
    quote: str
    rate: Decimal
    day: date
    source: str


@dataclass(frozen=True, slots=True)
class ExchangeRate:
    """The worth of one unit of `base` in `quote`, exact, with the quotes that it rests on."""

    base: str
    quote: str
    exact: Fraction
    quotes: tuple[Quote, ...] = ()

    @property
    def day(self) -> date | None:
        """The older of the quotes' days; None for a rate of one or one that was stated."""
        return min((quote.day for quote in self.quotes), default=None)

    def rounded(self, digits: int = 12) -> Decimal:
        """The rate for people, half-even to `digits` significant digits."""
        context = Context(prec=digits)
        return context.divide(Decimal(self.exact.numerator), Decimal(self.exact.denominator))

    def told(self) -> str:
        """Rate, source and day in one line, as entries keep it."""
        told = ", ".join(f"{q.base}/{q.quote} {q.rate} {q.source} {q.day}" for q in self.quotes)
        return f"{self.rounded():f}" + (f" ({told})" if told else "")


def stated(base: str, quote: str, rate: Decimal) -> ExchangeRate:
    """A rate that somebody states."""
    return ExchangeRate(base, quote, Fraction(rate))


def chained(base: str, quote: str, quotes: Sequence[Quote]) -> ExchangeRate:
    """The rate from `base` to `quote` over quotes that follow one another, each either way round.

    Nothing is rounded on the way: an inverse stays a fraction.
    """
    factors = []
    at = base
    for known in quotes:
        forward = known.base == at
        factors.append(Fraction(known.rate) if forward else 1 / Fraction(known.rate))
        at = known.quote if forward else known.base
    if at != quote:
        raise ValueError(f"the quotes lead from {base} to {at}, not to {quote}")
    return ExchangeRate(base, quote, reduce(mul, factors, Fraction(1)), tuple(quotes))


def converted(
    amount: Decimal,
    rate: ExchangeRate | Fraction,
    functional: Currency,
    rounding: Rounding = Rounding.HALF_EVEN,
) -> Decimal:
    """The value of `amount` at `rate` (functional units for one), rounded once to the minor unit.

    Half-even by default: over many lines it drifts to neither side (IEEE 754, 4.3.1).
    """
    exact = rate.exact if isinstance(rate, ExchangeRate) else rate
    return round_amount(Fraction(amount) * exact, functional, rounding)


def share_of(value: Decimal, part: Decimal, whole: Decimal, functional: Currency) -> Decimal:
    """What of `value` belongs to `part` of `whole`, half-even; the whole of it for the whole."""
    if part == whole:
        return value
    exact = Fraction(value) * Fraction(part) / Fraction(whole)
    return round_amount(exact, functional, Rounding.HALF_EVEN)


def worth(line: LineDraft, functional: str) -> Decimal:
    """A line's value in functional currency.

    Raises:
        ValueMissing, ValueDiffers.
    """
    if line.currency == functional:
        if line.value is not None and line.value != line.amount:
            raise ValueDiffers(Place(field="value"), amount=line.amount, value=line.value)
        return line.amount
    if line.value is None:
        raise ValueMissing(Place(field="value"), account=line.account, currency=line.currency)
    return line.value


def with_trading(
    lines: Iterable[LineDraft], functional: str, trading: str = TRADING
) -> tuple[LineDraft, ...]:
    """The lines, and what makes them zero-sum in every currency.

    For each foreign currency the account `trading`:CODE takes the counter-amount at its value, and
    that value in functional currency on its other side: so each trading account is worth zero, and
    its two balances are the position and its cost.

    Raises:
        ValueMissing, ValueDiffers; ValueUnbalanced when the values do not sum to zero.
    """
    given = tuple(lines)
    sums: dict[str, tuple[Decimal, Decimal]] = {}
    for line in given:
        amount, value = sums.get(line.currency, (_ZERO, _ZERO))
        total = _WIDE.add(value, worth(line, functional))
        sums[line.currency] = (_WIDE.add(amount, line.amount), total)
    difference = reduce(_WIDE.add, (value for _, value in sums.values()), _ZERO)
    if difference:
        raise ValueUnbalanced(Place(field="/lines"), difference=difference)
    made = []
    for currency, (amount, value) in sorted(sums.items()):
        if currency == functional:
            continue
        account = f"{trading}:{currency}"
        if amount or value:
            made.append(LineDraft(account, -amount, currency, -value))
        if value:
            made.append(LineDraft(account, value, functional, value))
    return given + tuple(made)


def valued(
    lines: Iterable[LineDraft], rates: Mapping[str, ExchangeRate], functional: Currency
) -> tuple[LineDraft, ...]:
    """The lines with a value each, at the day's rates; stated values stay.

    Where a currency's amounts sum to zero, the cent that rounding leaves goes to the line that is
    largest (of equal ones, the first): it hurts least there.
    """
    result = [
        line if line.value is not None else _with_value(line, _at_rate(line, rates, functional))
        for line in lines
    ]
    free = [line.value is None for line in lines]
    for currency in {line.currency for line in result} - {functional.code}:
        of_it = [index for index, line in enumerate(result) if line.currency == currency]
        rest = reduce(_WIDE.add, (worth(result[i], functional.code) for i in of_it), _ZERO)
        open_ones = [index for index in of_it if free[index]]
        if rest and open_ones and not sum(result[index].amount for index in of_it):
            largest = max(open_ones, key=lambda index: abs(result[index].amount))
            value = worth(result[largest], functional.code) - rest
            result[largest] = _with_value(result[largest], value)
    return tuple(result)


def _at_rate(line: LineDraft, rates: Mapping[str, ExchangeRate], functional: Currency) -> Decimal:
    if line.currency == functional.code:
        return line.amount
    return converted(line.amount, rates[line.currency], functional)


def _with_value(line: LineDraft, value: Decimal) -> LineDraft:
    return LineDraft(line.account, line.amount, line.currency, value, line.dimensions)


@dataclass(frozen=True, slots=True)
class Position:
    """What is open on an account in a foreign currency, with one set of dimensions.

    Attributes:
        amount: in `currency`; positive debits.
        value: what it is carried at in functional currency.
    """

    account: str
    currency: str
    amount: Decimal
    value: Decimal
    dimensions: Mapping[str, str] = field(default_factory=dict)


def settlement(
    position: Position, amount: Decimal, paid: Sequence[LineDraft], functional: Currency
) -> tuple[LineDraft, ...]:
    """Lines that settle a part of a position, its cost in proportion, the rest realised.

    Args:
        position: what is open, its value at cost (no revaluation in it).
        amount: how much of it is settled, above zero.
        paid: what came or went for it, each line with its value.
        functional: the entity's functional currency.

    Raises:
        SettlesTooMuch, ValueMissing, ValueDiffers.
    """
    if not _ZERO < amount <= abs(position.amount):
        raise SettlesTooMuch(
            Place(field="amount"),
            amount=amount,
            currency=position.currency,
            account=position.account,
            open=abs(position.amount),
        )
    closed = amount.copy_sign(position.amount)
    cost = share_of(position.value, closed, position.amount, functional)
    lines = [
        *paid,
        LineDraft(position.account, -closed, position.currency, -cost, position.dimensions),
    ]
    gain = reduce(_WIDE.add, (worth(line, functional.code) for line in lines), _ZERO)
    if gain:
        lines.append(LineDraft(REALISED, -gain, functional.code, -gain, position.dimensions))
    return with_trading(lines, functional.code)


def revaluation(
    positions: Iterable[Position],
    rate_of: Callable[[str], ExchangeRate],
    functional: Currency,
) -> tuple[LineDraft, ...]:
    """Lines that carry each position at the rate; empty when all are carried at it already."""
    steps = []
    for position in positions:
        target = _ZERO
        if position.amount:
            target = converted(position.amount, rate_of(position.currency), functional)
        steps.append((position, target - position.value))
    return revalued_by(steps, functional)


def revalued_by(
    steps: Iterable[tuple[Position, Decimal]], functional: Currency, account: str = UNREALISED
) -> tuple[LineDraft, ...]:
    """Lines that change each position's value by so much, against exchange differences.

    Differences stand with the positions' dimensions, so that demanded dimensions are met.
    """
    lines: list[LineDraft] = []
    gains: dict[bytes, tuple[Mapping[str, str], Decimal]] = {}
    for position, step in steps:
        if not step:
            continue
        lines.append(
            LineDraft(position.account, _ZERO, position.currency, step, position.dimensions)
        )
        slot = canonical_json(position.dimensions)
        _dimensions, gain = gains.get(slot, (position.dimensions, _ZERO))
        gains[slot] = (position.dimensions, _WIDE.add(gain, step))
    for _slot, (dimensions, gain) in sorted(gains.items()):
        if gain:
            lines.append(LineDraft(account, -gain, functional.code, -gain, dimensions))
    return with_trading(lines, functional.code)


def residue(
    position: Position, rate_of: Callable[[str], ExchangeRate], functional: Currency
) -> tuple[LineDraft, ...]:
    """Lines that clear what is left in one currency only; empty where nothing or both are left.

    Value without amount is a difference that was realised and not booked yet. Amount without value
    is worth something at the rate: it is taken up at it, and written off at it, both in sight.
    """
    code = functional.code
    if position.value and not position.amount:
        return revalued_by([(position, -position.value)], functional, REALISED)
    if not position.amount or position.value:
        return ()
    value = converted(position.amount, rate_of(position.currency), functional)
    account, dimensions = position.account, position.dimensions
    lines = [LineDraft(account, -position.amount, position.currency, -value, dimensions)]
    if value:
        lines += [
            LineDraft(account, _ZERO, position.currency, value, dimensions),
            LineDraft(REALISED, value, code, value, dimensions),
            LineDraft(REALISED, -value, code, -value, dimensions),
        ]
    return with_trading(lines, code)
