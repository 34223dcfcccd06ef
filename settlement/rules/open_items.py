"""Open items of one side of a reconciliation, found by what they bear and by their days.

Each question is answered by what fits it, not by a look at every item: a statement of twenty
thousand lines that all bear one word takes as long as one of words of their own.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Collection, Container, Hashable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

ZERO: Final = Decimal(0)
WIDE: Final = 64
"""Of a name that more items bear than this, sums are kept; of others they are made when asked."""

Name = Hashable
Names = Callable[["Item"], Collection[Name]]


@dataclass(frozen=True, slots=True)
class Item:
    """A booking of the bank, or a line of ours.

    Attributes:
        amount: signed as the house's balance moves.
        day: value date.
        references: in their plain form (see `reconciliation.plain`).
    """

    id: int
    amount: Decimal
    day: date
    references: frozenset[str] = frozenset()


class Nearest:
    """Items by reference and amount, of which the one of the nearest day is asked for."""

    def __init__(self, items: Iterable[Item], *, among: Container[int]) -> None:
        """Args: among: ids of what is still open; it may become less meanwhile."""
        self._open = among
        self._ids: dict[tuple[str, Decimal], dict[date, list[int]]] = {}
        for item in sorted(items, key=lambda one: one.id, reverse=True):
            for reference in item.references:
                days = self._ids.setdefault((reference, item.amount), {})
                days.setdefault(item.day, []).append(item.id)
        self._days = {name: sorted(days) for name, days in self._ids.items()}

    def to(self, item: Item) -> int | None:
        """The id of what has a reference and the amount of `item`; of equally near ones the first.

        Every answer that is no longer open is passed over once and for all.
        """
        found = (
            one
            for reference in item.references
            for one in self._beside((reference, item.amount), item.day)
        )
        return min(found, default=(0, None))[1]

    def _beside(self, name: tuple[str, Decimal], day: date) -> Iterable[tuple[int, int]]:
        """The nearest on either side of the day, as (days apart, id)."""
        days = self._days.get(name, [])
        at = bisect_left(days, day)
        while at < len(days) and self._first(name, days[at]) is None:
            del days[at]
        while at and self._first(name, days[at - 1]) is None:
            at -= 1
            del days[at]
        for other in days[max(at - 1, 0) : at + 1]:
            first = self._first(name, other)
            if first is not None:
                yield abs((other - day).days), first

    def _first(self, name: tuple[str, Decimal], day: date) -> int | None:
        ids = self._ids[name][day]
        while ids and ids[-1] not in self._open:
            ids.pop()
        return ids[-1] if ids else None


class Shared:
    """Items by the names they bear, with the sum of those that bear one of several names."""

    def __init__(self, items: Iterable[Item], *, names: Names) -> None:
        self._names = names
        self._bearing: dict[Name, dict[int, Item]] = defaultdict(dict)
        self._sums: dict[frozenset[Name], tuple[int, Decimal]] = {}
        self._summed: dict[Name, set[frozenset[Name]]] = defaultdict(set)
        for item in items:
            for name in names(item):
                self._bearing[name][item.id] = item

    def of(self, names: Iterable[Name]) -> list[Item]:
        """The items that bear one of the names, each once, by their ids."""
        found = {pk: one for name in names for pk, one in self._bearing.get(name, {}).items()}
        return [found[pk] for pk in sorted(found)]

    def sum_of(self, names: Iterable[Name]) -> tuple[int, Decimal]:
        """How many items bear one of the names, and what they come to."""
        wide: set[Name] = set()
        few: dict[int, Item] = {}
        for name in names:
            bearing = self._bearing.get(name, {})
            if len(bearing) > WIDE:
                wide.add(name)
            else:
                few.update(bearing)
        count, total = self._wide(frozenset(wide)) if wide else (0, ZERO)
        for item in few.values():
            if not wide or wide.isdisjoint(self._names(item)):
                count, total = count + 1, total + item.amount
        return count, total

    def leave(self, items: Iterable[Item]) -> None:
        """These are no longer open."""
        for item in items:
            names = self._names(item)
            for name in names:
                del self._bearing[name][item.id]
            for key in {key for name in names for key in self._summed.get(name, ())}:
                count, total = self._sums[key]
                self._sums[key] = (count - 1, total - item.amount)

    def _wide(self, names: frozenset[Name]) -> tuple[int, Decimal]:
        """Made when first asked for, kept up as items leave."""
        if names not in self._sums:
            items = self.of(names)
            self._sums[names] = (len(items), sum((one.amount for one in items), ZERO))
            for name in names:
                self._summed[name].add(names)
        return self._sums[names]
