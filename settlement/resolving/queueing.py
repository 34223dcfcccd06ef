"""Settling in queue order: one by one, or the largest netted set that skips nobody's place.

The netted set follows Bech & Soramäki, "Gridlock Resolution in Interbank Payment Systems", Bank
of Finland Discussion Paper 9/2001: settle everything at once, and while a participant ends
short, take its last queued item out. For payments (one debtor an item) the result does not
depend on whom the removal starts with: it is the one largest set in which every participant's
settled items are the head of its own queue. Items with several givers (DvP, PvP) can leave holes
in a queue; there the last item of the whole queue that takes from any short row goes first.
"""

from collections.abc import Sequence
from heapq import heapify, heappop, heappush

from settlement.resolving.grid import Grid


def settle_gross(grid: Grid, chosen: Sequence[int] | None = None) -> list[int]:
    """Settle one item at a time in queue order, pass after pass, until a pass moves nothing.

    An item that does not fit is passed over (FIFO with bypass), and tried again in the next pass.

    Args:
        grid: the problem.
        chosen: lots that already settle; the result keeps them all.

    Returns:
        The settled lots per item.
    """
    result = list(chosen) if chosen is not None else [0] * len(grid.items)
    left = grid.left(result)
    waiting = [i for i, lots in enumerate(result) if lots < grid.lots[i]]
    moved = True
    while moved:
        moved = False
        still: list[int] = []
        for item in waiting:
            lots = _fitting(grid, item, left, grid.lots[item] - result[item])
            if lots:
                moved = True
                result[item] += lots
                for row, delta in grid.items[item]:
                    left[row] += lots * delta
            if result[item] < grid.lots[item]:
                still.append(item)
        waiting = still
    return result


def _fitting(grid: Grid, item: int, left: list[int], most: int) -> int:
    """How many of `most` lots of an item the headroom `left` allows."""
    for row, delta in grid.items[item]:
        if delta < 0 and left[row] + most * delta < 0:
            most = left[row] // -delta
            if not most:
                return 0
    return most


def settle_net_fifo(grid: Grid) -> list[int]:
    """The Bech & Soramäki set: net all, take out the last queued item of whoever is short.

    Returns:
        The settled lots per item; of an item that may settle in lots, only the last ones go.
    """
    return eliminate(grid, grid.lots, rank=range(len(grid.items)))


def eliminate(grid: Grid, chosen: Sequence[int], rank: Sequence[int]) -> list[int]:
    """Take items out of `chosen` until no row is short, the highest rank first.

    Args:
        grid: the problem.
        chosen: lots per item, feasible or not.
        rank: a different number per item; among the items that take from a short row the one of
            the highest rank loses the lots that cover the shortage, or all it has.

    Returns:
        A feasible part of `chosen`, in O(n log n).
    """
    result = list(chosen)
    left = grid.left(result)
    takers: list[list[int]] = [[] for _ in grid.rows]
    for item in sorted((i for i, lots in enumerate(result) if lots), key=rank.__getitem__):
        for row, delta in grid.items[item]:
            if delta < 0:
                takers[row].append(item)
    pending = [(-rank[takers[row][-1]], row) for row, room in enumerate(left) if room < 0]
    heapify(pending)
    while pending:
        _, row = heappop(pending)
        if left[row] >= 0:
            continue
        item = _last(takers[row], result)
        delta = next(delta for touched, delta in grid.items[item] if touched == row)
        lots = min(result[item], -(left[row] // -delta))
        result[item] -= lots
        for touched, change in grid.items[item]:
            left[touched] -= lots * change
            if left[touched] < 0:
                heappush(pending, (-rank[_last(takers[touched], result)], touched))
    return result


def _last(takers: list[int], result: list[int]) -> int:
    while not result[takers[-1]]:
        takers.pop()
    return takers[-1]


def drop_hopeless(grid: Grid, most: Sequence[int]) -> list[int]:
    """Cap every item at the lots that could settle if every other item did.

    Args:
        grid: the problem.
        most: lots per item that may be hoped for.

    Returns:
        The caps, repeated until stable: an item that falls no longer feeds the others. No
        feasible set has more of any item, so that a bound on the rest is a bound on all.
    """
    cap = list(most)
    credit = list(grid.headroom)
    takers: dict[int, list[int]] = {}
    for item, lots in enumerate(cap):
        for row, delta in grid.items[item] if lots else ():
            if delta > 0:
                credit[row] += lots * delta
            else:
                takers.setdefault(row, []).append(item)
    pending = set(takers)
    while pending:
        for item in takers[pending.pop()]:
            lost = cap[item] - _fitting(grid, item, credit, cap[item])
            if lost:
                cap[item] -= lost
                gives = [(row, delta) for row, delta in grid.items[item] if delta > 0]
                for row, delta in gives:
                    credit[row] -= lost * delta
                pending.update(row for row, _ in gives if row in takers)
    return cap
