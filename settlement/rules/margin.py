"""Margin calls: what open trades may cost at marked prices, against the collateral.

Variation margin is the loss of a participant's open trades if they were closed at the mark; gains
of other trades count against it. Initial margin is a share of the marked value of the net open
quantity. PFMI principle 6.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from backoffice.kernel.money import Rounding, round_amount


@dataclass(frozen=True, slots=True)
class OpenTrade:
    """What is still open of a trade: `amount` is the cash against `quantity` of the asset."""

    buyer: str
    seller: str
    asset: str
    quantity: Decimal
    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Exposure:
    """A participant's margins in a currency, rounded up to its minor unit; `variation` ≥ 0."""

    participant: str
    currency: str
    variation: Decimal
    initial: Decimal

    @property
    def required(self) -> Decimal:
        """Both together."""
        return self.variation + self.initial


@dataclass(frozen=True, slots=True)
class Call:
    """What a participant must bring in."""

    exposure: Exposure
    covered: Decimal
    amount: Decimal


def exposures(
    trades: Iterable[OpenTrade],
    marks: Mapping[tuple[str, str], Decimal],
    rates: Mapping[str, Decimal],
) -> list[Exposure]:
    """Each participant's exposure by currency.

    Args:
        marks: (asset, currency) → price; a trade whose asset has no mark counts at its own price,
            its net open quantity at the average of those.
        rates: asset → initial margin as a share of the value; "" for all others, else zero.
    """
    gains: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    open_net: dict[tuple[str, str, str], Fraction] = defaultdict(Fraction)
    # Fractions, because a price of ten for three units is no decimal.
    prices = {key: Fraction(price) for key, price in marks.items()}
    unmarked: dict[tuple[str, str], list[Fraction]] = defaultdict(lambda: [Fraction(), Fraction()])
    for one in trades:
        key = (one.asset, one.currency)
        quantity, amount = Fraction(one.quantity), Fraction(one.amount)
        gain = Fraction()
        if key in prices:
            gain = prices[key] * quantity - amount
        else:
            unmarked[key][0] += amount
            unmarked[key][1] += quantity
        gains[one.buyer, one.currency] += gain
        gains[one.seller, one.currency] -= gain
        open_net[one.buyer, one.asset, one.currency] += quantity
        open_net[one.seller, one.asset, one.currency] -= quantity
    prices |= {key: amount / quantity for key, (amount, quantity) in unmarked.items()}
    initial: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    for (participant, asset, currency), net in open_net.items():
        rate = Fraction(rates.get(asset, rates.get("", Decimal(0))))
        initial[participant, currency] += abs(net) * prices[asset, currency] * rate
    return [
        Exposure(
            participant,
            currency,
            round_amount(max(-gain, Fraction(0)), currency, Rounding.UP),
            round_amount(initial[participant, currency], currency, Rounding.UP),
        )
        for (participant, currency), gain in sorted(gains.items())
    ]


def calls(exposed: Iterable[Exposure], collateral: Mapping[tuple[str, str], Decimal]) -> list[Call]:
    """Who must bring in what: the part of the exposure that its collateral does not cover."""
    found = []
    for one in exposed:
        covered = max(collateral.get((one.participant, one.currency), Decimal(0)), Decimal(0))
        if one.required > covered:
            found.append(Call(one, covered, one.required - covered))
    return found
