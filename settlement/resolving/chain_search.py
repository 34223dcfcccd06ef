"""Chains followed through a whole queue: first while they gain, then against noise.

Of every block of items that share rows, chains are followed until none gains. Then each move's
worth is disturbed by chance, less and less (the noising method, Charon & Hue 1993): that leads
out of sets which no single chain improves. Rows that nearly every item touches (the cash of a
queue of trades) tie the blocks together; chains do not run over them, they only may not end short
of them. What a chain brings of a security it passes on, and so what it takes of cash comes back.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic

import numpy as np

from settlement.resolving.blocks import joined, only
from settlement.resolving.chains import Board, Moves
from settlement.resolving.hunt import Hunt
from settlement.resolving.solver import Columns, Floats, Integers

NOISE = 0.7
"""Standard deviation of the noise at first, in mean worths of an item; it falls to none when a
block has had `COOLED` of its time."""
COOLED = 0.9

AT_ONCE = 16_000
"""Chains are looked for from so many first moves at once that their tables hold this many moves:
few enough for a processor's cache, enough to be worth numpy's calls."""

SMALLEST = 60
"""Blocks are put together until they hold this many items."""

MOST_SHARED = 2
"""So many assets at most are taken out before the items that are left move one asset each."""


@dataclass(frozen=True, slots=True)
class Block:
    """Items chained over rows that no other block touches.

    Attributes:
        moves: what the items do to these rows, numbered from 0.
        rows: their numbers in the queue.
        items: the items' numbers in the queue.
        worth: what each move brings, in the largest worth of an item.
        mean: mean worth of an item, likewise.
    """

    moves: Moves
    rows: Integers
    items: Integers
    worth: Floats
    mean: float


def find_blocks(hunt: Hunt) -> list[Block]:
    """The blocks that chains can be followed in, smallest first; none where items have many rows.

    The assets that most items share are taken out, until half of the items take from one row and
    give to one other.
    """
    items = np.flatnonzero(hunt.cap == 1)
    assets = [row.asset if row.counterparty is None else None for row in hunt.grid.rows]
    users = Counter(assets[row] for row in hunt.columns.pick(items).row.tolist())
    shared: set[str | None] = {None}
    most = [asset for asset, _ in users.most_common() if asset is not None][:MOST_SHARED]
    for asset in (None, *most):
        shared.add(asset)
        kept = np.array([asset not in shared for asset in assets], dtype=np.bool_)
        inner = only(hunt.columns, kept)
        paired = items[np.diff(inner.start)[items] == 2]
        if 2 * len(paired) >= max(len(items), 1):
            blocks = [_block(hunt, inner, each) for each in joined(inner, paired, least=SMALLEST)]
            return [block for block in blocks if block]
    return []


def _block(hunt: Hunt, inner: Columns, items: Integers) -> Block | None:
    picked = inner.pick(items)
    rows, number = np.unique(picked.row, return_inverse=True)
    moves = Moves.of(Columns(picked.start, number, picked.delta), items)
    if moves is None:
        return None
    weight = hunt.weight[moves.item].astype(np.float64)
    weight /= max(float(weight.max()), 1.0)
    worth = np.where(moves.back, -weight, weight)
    return Block(moves, rows, np.unique(moves.item), worth, float(weight.mean()))


@dataclass(slots=True)
class Follower:
    """A set while chains change it.

    Attributes:
        chosen: lots per item.
        left: what they leave of each row's headroom.
        gained: objective since the set was taken over.
        board: the moves open now; None when a chain has changed them.
        place: of each item, its open move's place on the board.
    """

    hunt: Hunt
    chosen: Integers
    chance: np.random.Generator
    left: Integers = field(init=False)
    gained: int = 0
    board: Board | None = None
    place: Integers = field(init=False)

    def __post_init__(self) -> None:
        self.place = np.zeros(len(self.chosen), dtype=np.int64)
        self.left = self.hunt.headroom + self.hunt.columns.used(
            self.chosen, len(self.hunt.headroom)
        )

    def open(self, block: Block, noise: float) -> Board:
        """The block's moves as the set stands, their worths disturbed."""
        worth = block.worth
        if noise:
            worth = worth + noise * block.mean * self.chance.standard_normal(len(worth))
        return Board.of(block.moves, self.left[block.rows], self.chosen > 0, worth)

    def apply(self, block: Block, chain: Sequence[int]) -> bool:
        """Make the chain's moves, if they are still open and break no limit together."""
        items, back = block.moves.item[chain], block.moves.back[chain]
        if len(set(items.tolist())) < len(items) or np.any((self.chosen[items] > 0) != back):
            return False
        lots = np.where(back, -1, 1)
        picked = self.hunt.columns.pick(items)
        change = np.repeat(lots, np.diff(picked.start)) * picked.delta
        np.add.at(self.left, picked.row, change)
        if np.any(self.left[picked.row] < 0):
            np.subtract.at(self.left, picked.row, change)
            return False
        self.chosen[items] += lots
        self.gained += int(lots @ self.hunt.weight[items])
        return True

    def step(self, block: Block, items: Integers, noise: float) -> bool:
        """Follow the chains that begin with these items; says whether there were any."""
        if self.board is None:
            self.board = self.open(block, noise)
            self.place[block.moves.item[self.board.open]] = np.arange(len(self.board.open))
        begins = items if noise else items[self.chosen[items] == 0]
        chains = self.board.chains(self.place[begins])
        moved = sum(self.apply(block, chain) for chain in chains) > 0
        if moved:
            self.board = None
        return moved


@dataclass(slots=True)
class ChainSearch:
    """Chains followed in all blocks, as long as is allowed each time."""

    hunt: Hunt
    blocks: Sequence[Block]
    chance: np.random.Generator = field(init=False)
    descended: bool = False

    def __post_init__(self) -> None:
        self.chance = np.random.default_rng(len(self.hunt.cap))

    def descend(self, seconds: float) -> None:
        """Follow the chains that gain, block after block, until there are none."""
        until = monotonic() + min(seconds, self.hunt.seconds_left)
        for block in self.blocks:
            self.follow(block, until - monotonic())
        self.descended = True

    def search(self, seconds: float) -> None:
        """The first time follow the chains that gain; then go on against noise."""
        until = monotonic() + min(seconds, self.hunt.seconds_left)
        if not self.descended:
            self.descend(until - monotonic())
        for behind, block in enumerate(self.blocks):
            if self.hunt.proven:
                break
            self.follow(block, (until - monotonic()) / (len(self.blocks) - behind), NOISE)
        self.hunt.top_up("chains")

    def follow(self, block: Block, seconds: float, noise: float = 0.0) -> None:
        """Follow chains in one block from the best set, and offer the best they lead to.

        Args:
            block: where to follow them.
            seconds: time limit.
            noise: at first, in mean worths of an item. Without it the search ends when every item
                was tried and no chain gained.
        """
        began, size = monotonic(), max(1, AT_ONCE // len(block.items))
        best, highest = self.hunt.chosen, 0
        follower = Follower(self.hunt, self.hunt.chosen.copy(), self.chance)
        spent, moved = 0.0, True
        while spent < 1 and (moved or noise):
            moved, follower.board = False, None
            order = self.chance.permutation(block.items)
            for items in np.array_split(order, -(-len(order) // size)):
                spent = (monotonic() - began) / max(seconds, 1e-3)
                if spent >= 1:
                    break
                moved |= follower.step(block, items, noise * max(0.0, 1 - spent / COOLED))
                if follower.gained > highest:
                    best, highest = follower.chosen.copy(), follower.gained
        self.hunt.offer("chains", best)
