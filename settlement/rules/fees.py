"""Fees on transfers: tariffs with stated rounding, interchange between participants, their net.

Interchange as Mojaloop's rules express it: a transfer between accounts of certain kinds makes one
participant owe another a share of the amount, rounded transfer by transfer.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from backoffice.kernel.money import Rounding, round_amount
from backoffice.kernel.refusals import Refused


class TariffRefused(Refused):
    """A tariff that cannot be charged by."""

    code = "tariff-refused"
    en = "Tariff {name}: {reason}."
    th = "อัตราค่าธรรมเนียม {name} ใช้ไม่ได้: {reason}"


class Side(StrEnum):
    """Which participant of a transfer."""

    PAYER = "payer"
    PAYEE = "payee"


@dataclass(frozen=True, slots=True)
class Tariff:
    """How much: a share of the amount and a fixed part, within bounds.

    Attributes:
        rate: share of the amount (0.006 is 0.6 percent).
        fixed: per transfer, in the transfer's currency.
        least, most: bounds of the rounded fee, None without.
        rounding: rule to the currency's minor unit, applied to each transfer.
    """

    name: str
    rate: Decimal = Decimal(0)
    fixed: Decimal = Decimal(0)
    least: Decimal | None = None
    most: Decimal | None = None
    rounding: Rounding = Rounding.HALF_UP

    def __post_init__(self) -> None:
        if self.rate < 0 or self.fixed < 0:
            raise TariffRefused(name=self.name, reason="rate and fixed part must not be negative")
        if self.least is not None and self.most is not None and self.least > self.most:
            raise TariffRefused(name=self.name, reason="the least fee is above the most")

    def of(self, amount: Decimal, currency: str) -> Decimal:
        """The fee on `amount`, with exactly the currency's decimals."""
        exact = Fraction(amount) * Fraction(self.rate) + Fraction(self.fixed)
        fee = round_amount(exact, currency, self.rounding)
        if self.least is not None:
            fee = max(fee, round_amount(self.least, currency, self.rounding))
        if self.most is not None:
            fee = min(fee, round_amount(self.most, currency, self.rounding))
        return fee


@dataclass(frozen=True, slots=True)
class Transfer:
    """A transfer as fees see it; amounts are not negative."""

    reference: str
    day: date
    payer: str
    payee: str
    amount: Decimal
    currency: str
    payer_account: str = ""
    payee_account: str = ""
    kind: str = "TRANSFER"


@dataclass(frozen=True, slots=True)
class Interchange:
    """Which transfers bear interchange from a day on, who owes it, and how much.

    Attributes:
        payer_account, payee_account: kinds of account ("Wallet"), empty for any.
        kind: kind of transfer, empty for any.
        currency: code, empty for any.
        owed_by: the side whose participant owes the fee to the other side's.
    """

    tariff: Tariff
    owed_by: Side
    valid_from: date = date.min
    payer_account: str = ""
    payee_account: str = ""
    kind: str = ""
    currency: str = ""

    @property
    def narrowness(self) -> int:
        """How many things it asks of a transfer."""
        asked = (self.payer_account, self.payee_account, self.kind, self.currency)
        return sum(1 for one in asked if one)

    def applies(self, transfer: Transfer) -> bool:
        """True if the transfer bears this interchange."""
        asked = (self.payer_account, self.payee_account, self.kind, self.currency)
        given = (
            transfer.payer_account, transfer.payee_account, transfer.kind, transfer.currency
        )  # fmt: skip
        met = all(want in ("", have) for want, have in zip(asked, given, strict=True))
        return met and self.valid_from <= transfer.day


@dataclass(frozen=True, slots=True)
class Fee:
    """A fee that one participant owes another for a transfer."""

    reference: str
    tariff: str
    payer: str
    payee: str
    amount: Decimal
    currency: str


def interchange_of(transfer: Transfer, rules: Sequence[Interchange]) -> Fee | None:
    """The interchange of a transfer by the first rule that applies, the latest begun first.

    Of rules that began on one day, the one that says more of what it is for, then the first given.

    None if no rule applies, both sides are one participant, or the fee rounds to zero.
    """
    ordered = sorted(rules, key=lambda rule: (rule.valid_from, rule.narrowness), reverse=True)
    rule = next((one for one in ordered if one.applies(transfer)), None)
    if rule is None or transfer.payer == transfer.payee:
        return None
    amount = rule.tariff.of(transfer.amount, transfer.currency)
    if not amount:
        return None
    owing, owed = transfer.payer, transfer.payee
    if rule.owed_by is Side.PAYEE:
        owing, owed = owed, owing
    return Fee(transfer.reference, rule.tariff.name, owing, owed, amount, transfer.currency)


def net_by_participant(fees: Iterable[Fee]) -> Mapping[tuple[str, str], Decimal]:
    """(participant, currency) → net: positive owes, negative is owed; a currency sums to zero."""
    nets: dict[tuple[str, str], Decimal] = {}
    for fee in fees:
        for party, amount in ((fee.payer, fee.amount), (fee.payee, -fee.amount)):
            key = (party, fee.currency)
            nets[key] = nets.get(key, Decimal(0)) + amount
    return nets
