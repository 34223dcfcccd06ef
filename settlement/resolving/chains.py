"""Chains: what an item lacks is brought by another one, and what that one lacks by a third.

Where few lots lie about, nothing more settles by itself, and no few items picked by chance make
up a circle. So circles are looked for as such. Settling an item, or taking it back, moves units
from one balance to another; if they are missing there, a second move must bring at least as many,
and so on until a balance can spare them, or the first item's own taker passes them on. The
shortest such chain that gains anything, and of its length the one that brings most, is found by
dynamic programming over all moves at once (ejection chains, Glover 1996).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from settlement.resolving.solver import Columns, Floats, Integers

DEPTH = 12
"""Moves after a chain's first one; with 8 or 20 the sets after 30 s were no better."""

FAR = 16.0 * (DEPTH + 2)
"""Further apart, in largest worths, than what any two chains bring, noise and all."""

LEAST = 1e-9
"""A chain gains if it brings more than this, in largest worths."""

LONGEST_KEY = 1 << 62
"""Row and units together are sorted as one 64-bit number."""


@dataclass(frozen=True, slots=True)
class Moves:
    """What one item each does to the rows chained over: first settling it, then taking it back.

    Sorted by the row that a move brings units to, then by how many it brings.

    Attributes:
        item: number in the queue; a move that takes the item back has the same number.
        back: whether the move takes the item back.
        loser: the row that loses units.
        lost: how many.
        winner: the row that wins units.
        won: how many.
        key: winner and won as one ascending number.
        span: what the key of the next row is further on by.
    """

    item: Integers
    back: NDArray[np.bool_]
    loser: Integers
    lost: Integers
    winner: Integers
    won: Integers
    key: Integers
    span: int

    @classmethod
    def of(cls, columns: Columns, items: Integers) -> "Moves | None":
        """The moves of those `items` that take from one row and give to one other.

        Args:
            columns: of these items only.
            items: their numbers in the queue.

        Returns:
            None when there are none, or their units are too many to be sorted as one number.
        """
        paired = np.diff(columns.start) == 2
        first, items = columns.start[:-1][paired], items[paired]
        opposed = (columns.delta[first] < 0) != (columns.delta[first + 1] < 0)
        first, items = first[opposed], items[opposed]
        if not len(items):
            return None
        takes = np.where(columns.delta[first] < 0, first, first + 1)
        gives = 2 * first + 1 - takes
        giver, taker = columns.row[takes], columns.row[gives]
        given, taken = -columns.delta[takes], columns.delta[gives]
        winner, won = np.concatenate((taker, giver)), np.concatenate((taken, given))
        span = int(won.max()) + 1
        if (int(winner.max()) + 1) * span >= LONGEST_KEY:
            return None
        key = winner * span + won
        order = np.argsort(key, kind="stable")
        return cls(
            item=np.concatenate((items, items))[order],
            back=(np.arange(2 * len(items)) >= len(items))[order],
            loser=np.concatenate((giver, taker))[order],
            lost=np.concatenate((given, taken))[order],
            winner=winner[order],
            won=won[order],
            key=key[order],
            span=span,
        )


@dataclass(slots=True)
class Board:
    """The moves that are open while some items settle and the rows have this much left.

    Attributes:
        every: all moves, open or not.
        left: headroom of each row chained over.
        open: places in `every` of the open moves; the arrays below follow these.
        worth: what each brings, at most about 1.
        loser: the row each takes from.
        key: as in `Moves`.
        apart: what keeps the rows' runs apart in one running maximum.
        ends: per row, where the moves that bring units to it end.
        follow: the first move that brings what a move lacks, the further ones to the same row
            bring more; `len(open)` where none does, one more where nothing is lacking.
        by_loser: the open moves sorted by `loser`.
        losing: per row, where its moves in `by_loser` begin.
    """

    every: Moves
    left: Integers
    open: Integers
    worth: Floats
    loser: Integers
    key: Integers
    apart: Floats
    ends: Integers
    by_loser: Integers
    losing: Integers
    follow: Integers = field(init=False)

    @classmethod
    def of(cls, every: Moves, left: Integers, settled: NDArray[np.bool_], worth: Floats) -> "Board":
        """The board where the items marked `settled` settle; `worth` is of all moves."""
        moves = np.flatnonzero(every.back == settled[every.item])
        loser, winner = every.loser[moves], every.winner[moves]
        by_loser = np.argsort(loser, kind="stable")
        rows = np.arange(len(left) + 1)
        return cls(
            every=every,
            left=left,
            open=moves,
            worth=worth[moves],
            loser=loser,
            key=every.key[moves],
            apart=np.multiply(winner, FAR, dtype=np.float64),
            ends=np.searchsorted(winner, rows[:-1], side="right"),
            by_loser=by_loser,
            losing=np.searchsorted(loser[by_loser], rows),
        )

    def __post_init__(self) -> None:
        lacking = self.every.lost[self.open] - self.left[self.loser]
        self.follow = self._first(self.loser, lacking)

    def _first(self, row: Integers, lacking: Integers) -> Integers:
        """The first open move that brings `row` what is lacking there, as `follow` says it."""
        span, count = self.every.span, len(self.open)
        found = np.searchsorted(self.key, row * span + np.clip(lacking, 0, span - 1))
        none = (lacking >= span) | (found >= self.ends[row])
        return np.where(lacking <= 0, count + 1, np.where(none, count, found))

    def chains(self, firsts: Integers) -> Iterator[list[int]]:
        """For each of the open moves `firsts` the chain that begins with it, if one gains anything.

        Yields:
            The places in `Moves` of a chain's moves. A balance may be asked twice for what it can
            spare once: whoever makes the moves checks that.
        """
        size, count = len(self.open), len(firsts)
        lines = np.arange(count)
        follow = self._after(firsts)
        begin = follow[lines, firsts]
        # What the chain from each move on brings; then the same for a move that brings no less.
        best = np.full((count, size + 2), -FAR / 2)
        best[:, -1] = 0.0
        running = best[:, :size]
        where = follow + (lines * (size + 2))[:, None]
        found = np.full(count, -1)
        rounds: list[Floats] = []
        for depth in range(DEPTH + 1):
            gains = best[lines, begin] + self.worth[firsts] > LEAST
            found[gains & (found < 0)] = depth
            if depth == DEPTH or np.all(found >= 0):
                break
            worth = best.ravel().take(where)
            worth += self.worth
            worth[lines, firsts] = -FAR
            rounds.append(worth)
            # A running maximum from the right within each row: the rows lie FAR apart.
            np.maximum(worth, -FAR / 2, out=running)
            running -= self.apart
            np.maximum.accumulate(running[:, ::-1], axis=1, out=running[:, ::-1])
            running += self.apart
        for line in np.flatnonzero(found >= 0).tolist():
            worths = [worth[line] for worth in rounds[: found[line]]]
            trace = self._trace(int(firsts[line]), follow[line], worths)
            yield [int(self.open[place]) for place in trace]

    def _after(self, firsts: Integers) -> Integers:
        """`follow`, for each of `firsts` after it has brought its units."""
        moves = self.open[firsts]
        winner, won = self.every.winner[moves], self.every.won[moves]
        begins, sizes = self.losing[winner], self.losing[winner + 1] - self.losing[winner]
        line = np.repeat(np.arange(len(firsts)), sizes)
        within = np.arange(len(line)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        other = self.by_loser[np.repeat(begins, sizes) + within]
        row = self.loser[other]
        lacking = self.every.lost[self.open[other]] - self.left[row] - won[line]
        follow = np.tile(self.follow, (len(firsts), 1))
        follow[line, other] = self._first(row, lacking)
        return follow

    def _trace(self, place: int, follow: Integers, worths: list[Floats]) -> Iterator[int]:
        yield place
        for worth in reversed(worths):
            begin = int(follow[place])
            if begin > len(self.open):
                return
            place = begin + int(np.argmax(worth[begin : self.ends[self.loser[place]]]))
            yield place
