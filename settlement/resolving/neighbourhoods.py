"""Neighbourhood search: a few hundred items at a time are decided anew, exactly, until time is up.

Four ways to pick the items; the way that has gained most per second is picked most often, and
each way's size grows while its programmes are proven quickly and shrinks when they are not.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from settlement.resolving.hunt import Hunt
from settlement.resolving.solver import Integers

QUICK = 0.5
SECONDS = 2.0
"""A programme proven within `QUICK` seconds may grow; none runs longer than `SECONDS`."""

CURIOUS = 0.3
"""How often a way is picked by chance instead of by its record."""

CROWD = 60
"""From a row that more items touch than this, a cluster takes only a few of them."""


@dataclass(slots=True)
class Way:
    """One way to pick items: how many, and what it has earned per second lately."""

    name: str
    pick: Callable[[int], Integers]
    size: int
    rate: float = field(default=float("inf"))

    def learn(self, gained: int, seconds: float, *, proven: bool) -> None:
        """Adjust size and record to how the last programme went."""
        earned = gained / max(seconds, 1e-3)
        self.rate = earned if self.rate == float("inf") else 0.6 * self.rate + 0.4 * earned
        if not proven and not gained:
            self.size = max(20, int(self.size * 0.85))
        elif proven and seconds < QUICK:
            self.size = int(self.size * 1.1)


@dataclass(slots=True)
class Neighbourhoods:
    """The ways to pick items of one queue."""

    hunt: Hunt
    chance: np.random.Generator = field(init=False)
    users: dict[int, Integers] = field(init=False)
    holders: Integers = field(init=False)
    holder_of_entry: Integers = field(init=False)

    def __post_init__(self) -> None:
        grid = self.hunt.grid
        self.chance = np.random.default_rng(len(grid.items))
        names = {row.participant: None for row in grid.rows}
        number = {name: place for place, name in enumerate(names)}
        row_holder = np.array([number[row.participant] for row in grid.rows], dtype=np.int64)
        columns = self.hunt.columns
        self.holders = np.arange(len(number))
        self.holder_of_entry = row_holder[columns.row]
        self.users = self._users()

    def _users(self) -> dict[int, Integers]:
        """Per row, the alive items that touch it."""
        columns = self.hunt.columns
        owner = np.repeat(np.arange(len(self.hunt.cap)), np.diff(columns.start))
        kept = self.hunt.cap[owner] > 0
        rows, owners = columns.row[kept], owner[kept]
        order = np.argsort(rows, kind="stable")
        cuts = np.flatnonzero(np.diff(rows[order])) + 1
        groups = np.split(owners[order], cuts)
        firsts = rows[order][np.concatenate(([0], cuts))] if len(rows) else rows
        return dict(zip(firsts.tolist(), groups, strict=False))

    def ways(self) -> list[Way]:
        """Every way, at the size it starts with."""
        return [
            Way("cluster", self.cluster, 800),
            Way("doubt", self.doubtful, 1300),
            Way("accounts", self.of_some_participants, 500),
            Way("random", self.anywhere, 1200),
        ]

    def anywhere(self, size: int) -> Integers:
        """Items from anywhere in the queue."""
        return self.chance.permutation(self.hunt.alive)[:size]

    def doubtful(self, size: int) -> Integers:
        """Items on which the best set and the relaxation disagree, or the relaxation wavers."""
        hunt = self.hunt
        apart = np.abs(hunt.chosen - hunt.relaxed) > 1e-6
        return self.chance.permutation(np.flatnonzero(apart & (hunt.cap > 0)))[:size]

    def of_some_participants(self, size: int) -> Integers:
        """Every item among a growing group of participants."""
        hunt = self.hunt
        order = self.chance.permutation(self.holders)
        for members in range(2, len(order) + 2, 2):
            outside = np.isin(self.holder_of_entry, order[:members], invert=True)
            strangers = np.concatenate(([0], np.cumsum(outside)))[hunt.columns.start]
            within = (np.diff(strangers) == 0) & (hunt.cap > 0)
            if np.count_nonzero(within) >= size:
                break
        return self.chance.permutation(np.flatnonzero(within))[:size]

    def cluster(self, size: int) -> Integers:
        """Items chained to an unsettled one through the balances they share."""
        hunt = self.hunt
        useful = (hunt.chosen > 0) | (hunt.relaxed > 1e-6)
        wanted = np.flatnonzero((hunt.relaxed > 0.5) & (hunt.chosen == 0))
        seeds = wanted if len(wanted) else hunt.alive
        seen: set[int] = set()
        for _ in range(size):
            self._spread(int(self.chance.choice(seeds)), seen, size, useful)
            if len(seen) >= size:
                break
        return np.array(sorted(seen), dtype=np.int64)[:size]

    def _spread(self, seed: int, seen: set[int], size: int, useful: NDArray[np.bool_]) -> None:
        columns = self.hunt.columns
        border = [seed]
        seen.add(seed)
        for _ in range(size // 3):
            if not border or len(seen) >= size:
                return
            item = border.pop(int(self.chance.integers(len(border))))
            for row in columns.row[columns.start[item] : columns.start[item + 1]].tolist():
                users = self.users[row]
                if len(users) > CROWD:
                    users = self.chance.choice(users, 6)
                fresh = [user for user in users[useful[users]].tolist() if user not in seen]
                seen.update(fresh)
                border.extend(fresh)


def search_neighbourhoods(hunt: Hunt) -> None:
    """Improve the best set until the deadline, or until it meets the bound."""
    nearby = Neighbourhoods(hunt)
    search_nearby(nearby, nearby.ways(), hunt.seconds_left)


def search_nearby(nearby: Neighbourhoods, ways: Sequence[Way], seconds: float) -> None:
    """Improve the best set for some seconds, and let the ways learn from it."""
    hunt, until = nearby.hunt, monotonic() + min(seconds, nearby.hunt.seconds_left)
    while monotonic() < until and not hunt.proven:
        if nearby.chance.random() < CURIOUS:
            way = ways[int(nearby.chance.integers(len(ways)))]
        else:
            way = max(ways, key=lambda way: way.rate)
        began, before = monotonic(), hunt.achieved
        free = way.pick(way.size)
        answer = hunt.improve("neighbourhoods", free, SECONDS) if len(free) else None
        spent = monotonic() - began
        way.learn(hunt.achieved - before, spent, proven=answer is not None and answer.proven)
    hunt.top_up("neighbourhoods")
