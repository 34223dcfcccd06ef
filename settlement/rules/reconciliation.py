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

DAYS_APART: Final = 3
"""How many calendar days a bank's value date may be from ours: a weekend and a day."""

GROUP_MAX: Final = 16
STATES_MAX: Final = 4_096
SHORTEST_REFERENCE: Final = 6
SHORT_LENGTH: Final = 16
ZERO: Final = Decimal(0)
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
class Item:
    """A booking of the bank, or a line of ours.

    Attributes:
        amount: signed as the house's balance moves.
        day: value date.
        references: in their plain form (see `plain`).
    """

    id: int
    amount: Decimal
    day: date
    references: frozenset[str] = frozenset()


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
        known: dict[tuple[str, Decimal], list[Item]] = defaultdict(list)
        for ours in self.house.values():
            for reference in ours.references:
                known[reference, ours.amount].append(ours)
        for item in list(self.bank.values()):
            found = {
                ours.id: ours
                for reference in item.references
                for ours in known.get((reference, item.amount), ())
                if ours.id in self.house
            }
            if found:
                nearest = min(found.values(), key=lambda one: (_apart(item, one), one.id))
                self.take(How.REFERENCE, [item.id], [nearest.id])

    def by_reference_in_groups(self) -> None:
        for one_side, other in ((self.house, self.bank), (self.bank, self.house)):
            shared = _by_reference(other.values())
            for item in list(one_side.values()):
                parts = {i.id: i for r in item.references for i in shared.get(r, ())}
                parts = {key: part for key, part in parts.items() if key in other}
                if len(parts) > 1 and sum(p.amount for p in parts.values()) == item.amount:
                    self._take_group([item], list(parts.values()), item_is_ours=other is self.bank)

    def contradictions(self) -> dict[int, int]:
        """A reference that each side knows once, with different amounts."""
        shared = _by_reference(self.house.values())
        found: dict[int, int] = {}
        for item in self.bank.values():
            ours = {one.id for r in item.references for one in shared.get(r, ())}
            if len(ours) == 1 and not ours & set(found.values()):
                found[item.id] = ours.pop()
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
            parts: dict[tuple[date, bool], list[Item]] = defaultdict(list)
            for item in other.values():
                if item.id not in held_other:
                    parts[item.day, item.amount > 0].append(item)
            for item in list(one_side.values()):
                if item.id in held_one:
                    continue
                near = [i for i in parts.get((item.day, item.amount > 0), ()) if i.id in other]
                group = _adding_up(item.amount, near)
                if group:
                    self._take_group([item], group, item_is_ours=other is self.bank)

    def _take_group(self, one: list[Item], parts: list[Item], *, item_is_ours: bool) -> None:
        bank, house = (parts, one) if item_is_ours else (one, parts)
        self.take(How.GROUP, [i.id for i in bank], [i.id for i in house])


def _apart(one: Item, other: Item) -> int:
    return abs((one.day - other.day).days)


def _by_reference(items: Iterable[Item]) -> dict[str, list[Item]]:
    found: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        for reference in item.references:
            found[reference].append(item)
    return found


def _adding_up(target: Decimal, parts: Sequence[Item]) -> list[Item]:
    """The parts (two or more) that make up the target; none where there are two ways, or none.

    All parts of a day together always are looked at, smaller choices among up to sixteen parts.
    """
    if len(parts) < 2:
        return []
    if sum(part.amount for part in parts) == target:
        return list(parts)
    if len(parts) > GROUP_MAX:
        return []
    # Sum → the ways to reach it, as choices of parts; two ways are enough to know.
    ways: dict[Decimal, list[tuple[int, ...]]] = {ZERO: [()]}
    for index, part in enumerate(parts):
        for total, chosen in [(total, tuple(known)) for total, known in ways.items()]:
            new = total + part.amount
            if abs(new) <= abs(target):
                known = ways.setdefault(new, [])
                known.extend((*way, index) for way in chosen[: 2 - len(known)])
        if len(ways) > STATES_MAX:
            return []
    found = ways.get(target, [])
    return [parts[i] for i in found[0]] if len(found) == 1 and len(found[0]) > 1 else []
