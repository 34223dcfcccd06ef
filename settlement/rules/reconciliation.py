"""Which bookings of a bank are which lines of the house's books: pure matching.

In this order, each item at most once: by reference and amount; by reference, several to one; by
amount and date; several to one within a day. A sum that could come about in two ways is left to a
person, and so is a reference that both sides know with different amounts.
"""

import hashlib
import re
from base64 import b32encode
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from settlement.rules.open_items import ZERO, Item, Nearest, Shared

__all__ = [
    "DAYS_APART",
    "ZERO",
    "How",
    "Item",
    "Match",
    "Matching",
    "match",
    "plain",
    "references_in",
    "references_of",
    "short",
]

DAYS_APART: Final = 3
"""How many calendar days a bank's value date may be from ours: a weekend and a day."""

GROUP_MAX: Final = 16
STATES_MAX: Final = 4_096
SHORTEST_REFERENCE: Final = 6
SHORT_LENGTH: Final = 16
_NOT_WORD = re.compile(r"[^A-Z0-9]")
_APART = re.compile(r"[\s/?,;:+|<>()]+")
_IDLE = frozenset({"NONREF", "NOTPROVIDED"})


class How(StrEnum):
    """By what a match was found."""

    REFERENCE = "reference"
    AMOUNT_DATE = "amount_date"
    GROUP = "group"
    BY_HAND = "by_hand"
    WRITTEN_OFF = "written_off"


@dataclass(frozen=True, slots=True)
class Match:
    """Items of both sides with equal sums, by their ids."""

    how: How
    bank: tuple[int, ...]
    house: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Matching:
    """What was matched, and what is left.

    Attributes:
        bank, house: ids of what is left, in the order given.
        suspects: a bank's item left over → the house's item of the same reference, other amount.
    """

    matches: tuple[Match, ...]
    bank: tuple[int, ...]
    house: tuple[int, ...]
    suspects: Mapping[int, int]


def plain(reference: str) -> str:
    """A reference in capital letters and digits alone, as it survives every format."""
    return _NOT_WORD.sub("", reference.upper())


def short(reference: str) -> str:
    """The house's reference in the sixteen characters that FIN carries; the same for the same."""
    if len(reference) <= SHORT_LENGTH and reference.isalnum() and reference.isascii():
        return reference.upper()
    digest = hashlib.sha256(reference.encode()).digest()
    return b32encode(digest).decode()[:SHORT_LENGTH]


def references_in(texts: Iterable[str]) -> frozenset[str]:
    """What may be a reference in these texts: words of six and more with a digit, plain."""
    found: set[str] = set()
    for text in texts:
        for form in {text, text.replace("\r", "").replace("\n", "")}:
            found.update(plain(word) for word in _APART.split(form))
    return frozenset(
        word
        for word in found - _IDLE
        if len(word) >= SHORTEST_REFERENCE and any(sign.isdigit() for sign in word)
    )


def references_of(key: str, memo: str = "") -> frozenset[str]:
    """What a ledger entry may be known by outside: its key's last part, also short; its memo."""
    own = key.partition(":")[2] or key
    words = {word for word in references_in([memo]) if not (word.isdigit() and len(word) < 9)}
    return frozenset({plain(own), short(own)} | words)


def match(bank: Sequence[Item], house: Sequence[Item], *, days: int = DAYS_APART) -> Matching:
    """Match both sides; every match's sums are equal, and no item stands in two.

    Args:
        days: how far apart two value dates may be where amounts alone speak.
    """
    work = _Work({one.id: one for one in bank}, {one.id: one for one in house}, days)
    work.by_reference()
    work.by_reference_in_groups()
    suspects = work.contradictions()
    held_bank, held_house = set(suspects), set(suspects.values())
    work.by_amount(held_bank, held_house)
    work.by_group(held_bank, held_house)
    return Matching(tuple(work.matches), tuple(work.bank), tuple(work.house), suspects)


@dataclass(slots=True)
class _Work:
    bank: dict[int, Item]
    house: dict[int, Item]
    days: int
    matches: list[Match] = field(default_factory=list)

    def take(self, how: How, bank: Sequence[int], house: Sequence[int]) -> None:
        for one in bank:
            del self.bank[one]
        for one in house:
            del self.house[one]
        self.matches.append(Match(how, tuple(bank), tuple(house)))

    def by_reference(self) -> None:
        """Each with the nearest of our lines that has its amount and one of its references."""
        known = Nearest(self.house.values(), among=self.house)
        for item in list(self.bank.values()):
            nearest = known.to(item)
            if nearest is not None:
                self.take(How.REFERENCE, [item.id], [nearest])

    def by_reference_in_groups(self) -> None:
        """One item of a side is the sum of all that bear one of its references on the other."""
        for one_side, other in ((self.house, self.bank), (self.bank, self.house)):
            shared = Shared(other.values(), names=_references)
            for item in list(one_side.values()):
                count, total = shared.sum_of(item.references)
                if count > 1 and total == item.amount:
                    parts = shared.of(item.references)
                    shared.leave(parts)
                    self._take_group([item], parts, item_is_ours=other is self.bank)

    def contradictions(self) -> dict[int, int]:
        """A reference that each side knows once, with different amounts."""
        shared = Shared(self.house.values(), names=_references)
        found: dict[int, int] = {}
        ours: set[int] = set()
        for item in self.bank.values():
            if shared.sum_of(item.references)[0] == 1:
                [one] = shared.of(item.references)
                if one.id not in ours:
                    found[item.id] = one.id
                    ours.add(one.id)
        return found

    def by_amount(self, held_bank: set[int], held_house: set[int]) -> None:
        """The same day first, then the days around it; equal items in their order."""
        waiting: dict[tuple[Decimal, date], list[int]] = defaultdict(list)
        for ours in sorted(self.house.values(), key=lambda one: one.id, reverse=True):
            if ours.id not in held_house:
                waiting[ours.amount, ours.day].append(ours.id)
        for distance in sorted(range(-self.days, self.days + 1), key=lambda n: (abs(n), n)):
            for item in list(self.bank.values()):
                there = waiting.get((item.amount, item.day + timedelta(days=distance)))
                if there and item.id not in held_bank:
                    self.take(How.AMOUNT_DATE, [item.id], [there.pop()])

    def by_group(self, held_bank: set[int], held_house: set[int]) -> None:
        """One item of a side is the sum of several of the other's on the same day."""
        for one_side, other, held_one, held_other in (
            (self.bank, self.house, held_bank, held_house),
            (self.house, self.bank, held_house, held_bank),
        ):
            free = [item for item in other.values() if item.id not in held_other]
            shared = Shared(free, names=_day_and_way)
            for item in list(one_side.values()):
                if item.id in held_one:
                    continue
                group = _adding_up(item, shared)
                if group:
                    shared.leave(group)
                    self._take_group([item], group, item_is_ours=other is self.bank)

    def _take_group(self, one: list[Item], parts: list[Item], *, item_is_ours: bool) -> None:
        bank, house = (parts, one) if item_is_ours else (one, parts)
        self.take(How.GROUP, [i.id for i in bank], [i.id for i in house])


def _references(item: Item) -> frozenset[str]:
    return item.references


def _day_and_way(item: Item) -> tuple[tuple[date, bool]]:
    return ((item.day, item.amount > 0),)


def _adding_up(item: Item, shared: Shared) -> list[Item]:
    """Two or more of the day that make up the item; none where there are two ways, or none.

    All parts of a day together always are looked at, smaller choices among up to sixteen parts.
    """
    names, target = _day_and_way(item), item.amount
    count, total = shared.sum_of(names)
    if count < 2 or (count > GROUP_MAX and total != target):
        return []
    parts = shared.of(names)
    if total == target:
        return parts
    # Sum → the ways to reach it, as choices of parts; two ways are enough to know.
    ways: dict[Decimal, list[tuple[int, ...]]] = {ZERO: [()]}
    for index, part in enumerate(parts):
        for reached, chosen in [(reached, tuple(known)) for reached, known in ways.items()]:
            new = reached + part.amount
            if abs(new) <= abs(target):
                known = ways.setdefault(new, [])
                known.extend((*way, index) for way in chosen[: 2 - len(known)])
        if len(ways) > STATES_MAX:
            return []
    found = ways.get(target, [])
    return [parts[i] for i in found[0]] if len(found) == 1 and len(found[0]) > 1 else []
