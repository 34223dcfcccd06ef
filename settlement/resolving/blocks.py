"""Blocks: what is left of a queue when the balances that all of it shares have a price.

Cash ties every trade to every other one; without it the trades of one security are a small queue
of their own. So cash is given the relaxation's prices, and each block is settled by itself as
well as those prices allow (Lagrange; Geoffrion 1974). Whatever the prices, the blocks' own bounds
and the priced cash add up to a bound on the whole queue. It is lower than the relaxation's: no
block shares out what is indivisible.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import floor

import numpy as np
from numpy.typing import NDArray

from settlement.resolving.hunt import Hunt
from settlement.resolving.solver import Answer, Columns, Floats, Integers, Part, solve

SHARED_ASSETS, SHARED_ROWS = 3, 2000
"""At most so many assets, and balances in them, are priced."""

LARGEST = 0.6
"""A queue whose largest block holds more than this share of its items does not fall apart."""

SMALLEST = 60
"""Blocks are put together until they hold this many items."""

SHARE, GAP = 0.2, 0.003
"""Of the time left for all blocks, each by its items; of a block's objective left unproven."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """A queue that fell apart: the rows that were priced, and the items of each block."""

    shared: NDArray[np.bool_]
    members: Sequence[Integers]


def fall_apart(hunt: Hunt) -> Blocks | None:
    """The queue's blocks, or None where no few assets hold it together."""
    assets = [row.asset for row in hunt.grid.rows]
    asset_of = np.unique(assets, return_inverse=True)[1]
    alive = hunt.cap[_owners(hunt.columns)] > 0
    shared = np.zeros(len(assets), dtype=np.bool_)
    users = Counter(asset_of[hunt.columns.row[alive]].tolist())
    for asset, _ in users.most_common(SHARED_ASSETS):
        shared |= asset_of == asset
        if np.count_nonzero(shared) > SHARED_ROWS:
            return None
        rows = only(hunt.columns, ~shared)
        if not len(rows.row):
            return None
        members = joined(rows, hunt.alive, least=SMALLEST)
        if max(map(len, members)) <= LARGEST * len(hunt.alive):
            return Blocks(shared, members)
    return None


def bound_by_blocks(hunt: Hunt, blocks: Blocks) -> None:
    """Bound the queue by its blocks; touches nothing else, so that a thread may do it aside."""
    inner = only(hunt.columns, ~blocks.shared)
    worth = _worth_at(hunt, only(hunt.columns, blocks.shared))
    per_item = SHARE * hunt.seconds_left / len(hunt.alive)
    bound = float(hunt.prices[blocks.shared] @ hunt.headroom[blocks.shared])
    for items in blocks.members:
        part = Part(inner.pick(items), hunt.headroom, worth[items], hunt.cap[items])
        bound += _bound(part, solve(part, whole=True, seconds=per_item * len(items), gap=GAP))
    hunt.limit(floor(bound + 1e-9 * abs(bound) + 1e-6))


def _worth_at(hunt: Hunt, outer: Columns) -> Floats:
    """What a lot of each item is worth when the shared balances have the relaxation's prices."""
    worth = hunt.weight.astype(np.float64)
    np.add.at(worth, _owners(outer), hunt.prices[outer.row] * outer.delta)
    return worth


def _bound(part: Part, answer: Answer) -> float:
    """The solver's bound, at most what every item that is worth anything would bring."""
    most = float(np.maximum(part.weight, 0) @ part.most)
    return min(answer.bound, most) if answer.bound >= 0 else most


def _owners(columns: Columns) -> Integers:
    return np.repeat(np.arange(len(columns.start) - 1), np.diff(columns.start))


def only(columns: Columns, rows: NDArray[np.bool_]) -> Columns:
    """The same items, these rows of them."""
    kept = rows[columns.row]
    before = np.concatenate(([0], np.cumsum(kept)))
    return Columns(before[columns.start], columns.row[kept], columns.delta[kept])


def joined(columns: Columns, items: Integers, *, least: int) -> list[Integers]:
    """The items in groups that share no row; small groups put together until they hold `least`."""
    root = {item: item for item in items.tolist()}

    def find(item: int) -> int:
        while root[item] != item:
            root[item] = item = root[root[item]]
        return item

    first: dict[int, int] = {}
    picked = columns.pick(items)
    owner = items[_owners(picked)]
    for item, touched in zip(owner.tolist(), picked.row.tolist(), strict=True):
        root[find(item)] = find(first.setdefault(touched, item))
    groups: dict[int, list[int]] = defaultdict(list)
    for item in items.tolist():
        groups[find(item)].append(item)
    members: list[list[int]] = [[]]
    for group in sorted(groups.values(), key=len):
        if len(members[-1]) >= least:
            members.append([])
        members[-1] += group
    return [np.array(sorted(group), dtype=np.int64) for group in members]
