"""When two sides say the same: the pre-matching fields, and pairing within a tolerance.

Fields: direction, counterparty, payment type, settlement date, ISIN, quantity, amount (those that
Thailand's market requires), currency; market and common reference where both sides give one.
"""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from backoffice.kernel import thai

LABELS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "direction": ("direction", "ด้านซื้อขาย"),
        "counterparty": ("counterparty", "คู่ค้า"),
        "type": ("payment type", "ประเภทการชำระ"),
        "market": ("market", "ตลาด"),
        "value_date": ("settlement date", "วันชำระราคา"),
        "instrument": ("instrument (ISIN)", "หลักทรัพย์ (ISIN)"),
        "quantity": ("quantity", "จำนวน"),
        "currency": ("currency", "สกุลเงิน"),
        "amount": ("amount", "จำนวนเงิน"),
        "common_ref": ("common reference", "เลขอ้างอิงร่วม"),
    }
)
THAI_DIRECTIONS: Final[Mapping[str, str]] = MappingProxyType({"BUY": "ซื้อ", "SELL": "ขาย"})


@dataclass(frozen=True, slots=True)
class SaidTrade:
    """What one side says; `buys` is its direction, `reporter` itself, `counterparty` the other."""

    reporter: str
    counterparty: str
    buys: bool
    type: str
    market: str
    value_date: date
    instrument: str
    quantity: Decimal
    currency: str
    amount: Decimal
    common_ref: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """One field on which two sides differ, as each said it."""

    field: str
    ours: str
    theirs: str

    def sentence(self, language: str = "en") -> str:
        """The difference in one line, in `language` ("en" or "th")."""
        label = LABELS[self.field][language.startswith("th")]
        ours, theirs = (read(self.field, one, language) for one in (self.ours, self.theirs))
        if language.startswith("th"):
            return f"{label}: ฝ่ายเราระบุ {ours} อีกฝ่ายระบุ {theirs}"
        return f"{label}: we say {ours}, they say {theirs}"


def fields(
    ours: SaidTrade, theirs: SaidTrade, language: str = "en"
) -> list[tuple[str, str, str, str]]:
    """The matched fields with their label in `language`, as each side said them."""
    found = []
    for name, labels in LABELS.items():
        we, they = (read(name, _spoken(one, name), language) for one in (ours, theirs))
        found.append((name, labels[language.startswith("th")], we, they))
    return found


def _spoken(one: SaidTrade, name: str) -> str:
    if name == "direction":
        return "BUY" if one.buys else "SELL"
    if name == "counterparty":
        return f"{one.reporter} / {one.counterparty}"
    return _spelled(getattr(one, name))


def read(field: str, spelled: str, language: str = "en") -> str:
    """What a side said as a reader expects it: thousands apart, days and directions in words."""
    if field in ("quantity", "amount"):
        return f"{Decimal(spelled):,f}"
    if language.startswith("th"):
        if field == "value_date":
            return thai.format_date(date.fromisoformat(spelled), style="medium")
        return THAI_DIRECTIONS.get(spelled, spelled) if field == "direction" else spelled
    return spelled


def differences(ours: SaidTrade, theirs: SaidTrade, *, tolerance: Decimal) -> list[Difference]:
    """Every field on which two sides differ; none at all is a match.

    Args:
        tolerance: how far the amounts may be apart, in major units of their currency.
    """
    found: list[Difference] = []
    if ours.buys == theirs.buys:
        word = "BUY" if ours.buys else "SELL"
        found.append(Difference("direction", word, word))
    if ours.counterparty != theirs.reporter or ours.reporter != theirs.counterparty:
        we, they = (f"{one.reporter} / {one.counterparty}" for one in (ours, theirs))
        found.append(Difference("counterparty", we, they))
    for name in ("type", "market", "value_date", "instrument", "quantity", "currency"):
        mine, yours = getattr(ours, name), getattr(theirs, name)
        if mine != yours:
            found.append(Difference(name, _spelled(mine), _spelled(yours)))
    if abs(ours.amount - theirs.amount) > tolerance:
        found.append(Difference("amount", _spelled(ours.amount), _spelled(theirs.amount)))
    if not refs_agree(ours.common_ref, theirs.common_ref):
        found.append(Difference("common_ref", ours.common_ref, theirs.common_ref))
    return found


def refs_agree(ours: str, theirs: str) -> bool:
    """Common references agree when they are equal, or when a side gives none."""
    return ours == theirs or not ours or not theirs


def _spelled(value: object) -> str:
    if isinstance(value, Decimal):
        text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    return str(value) or "-"


@dataclass(frozen=True, slots=True)
class Offer:
    """One side's amount within a group whose other fields agree.

    Attributes:
        id: of the fact.
        tolerance: of the market for this amount; that of the seller's side decides.
    """

    id: int
    amount: Decimal
    tolerance: Decimal = Decimal(0)
    common_ref: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sides that match; `difference` is the buyer's amount less the seller's."""

    buy: int
    sell: int
    tolerance: Decimal
    difference: Decimal


def pair(buys: Sequence[Offer], sells: Sequence[Offer]) -> list[Pair]:
    """Pair the two sides of one group, each at most once; no pair that could match is left over.

    First equal amounts under equal references, oldest to oldest; then, within tolerance: equal
    references, buyers without a reference, sellers without one. Each of these passes pairs as
    many as possible (Glover 1967: convex bipartite matching). Deterministic.
    """
    found: list[Pair] = []
    left, right = {one.id: one for one in buys}, {one.id: one for one in sells}

    def keep(pairs: Iterable[Pair]) -> None:
        for one in pairs:
            found.append(one)
            del left[one.buy], right[one.sell]

    keep(_equal(left.values(), right.values()))
    by_ref = _by_ref(right.values())
    for ref, ours in sorted(_by_ref(left.values()).items()):
        if ref:
            keep(_most(ours, by_ref.get(ref, [])))
    keep(_most([one for one in left.values() if not one.common_ref], right.values()))
    keep(_most(left.values(), [one for one in right.values() if not one.common_ref]))
    return found


def _equal(buys: Iterable[Offer], sells: Iterable[Offer]) -> list[Pair]:
    waiting: dict[tuple[Decimal, str], list[Offer]] = defaultdict(list)
    for sell in sorted(sells, key=lambda one: one.id, reverse=True):
        waiting[sell.amount, sell.common_ref].append(sell)
    return [
        _paired(buy, same.pop())
        for buy in sorted(buys, key=lambda one: one.id)
        if (same := waiting.get((buy.amount, buy.common_ref)))
    ]


def _most(buys: Iterable[Offer], sells: Iterable[Offer]) -> list[Pair]:
    """As many pairs within tolerance as there can be: each sell is an interval, each buy a point.

    Points in ascending order, each to the open interval that ends first.
    """
    starting = sorted(sells, key=lambda one: (one.amount - one.tolerance, one.id))
    open_: list[tuple[Decimal, int, Offer]] = []
    found, index = [], 0
    for buy in sorted(buys, key=lambda one: (one.amount, one.id)):
        while index < len(starting) and starting[index].amount - starting[index].tolerance <= (
            buy.amount
        ):
            sell = starting[index]
            heapq.heappush(open_, (sell.amount + sell.tolerance, sell.id, sell))
            index += 1
        while open_ and open_[0][0] < buy.amount:
            heapq.heappop(open_)
        if open_:
            found.append(_paired(buy, heapq.heappop(open_)[2]))
    return found


def _by_ref(offers: Iterable[Offer]) -> dict[str, list[Offer]]:
    found: dict[str, list[Offer]] = defaultdict(list)
    for one in offers:
        found[one.common_ref].append(one)
    return found


def _paired(buy: Offer, sell: Offer) -> Pair:
    return Pair(buy.id, sell.id, sell.tolerance, buy.amount - sell.amount)
