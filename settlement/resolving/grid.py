"""The problem as rows and columns: what each item takes from and gives to each limit.

A row is a limit: an account's floor, or a bilateral limit. `headroom` is how much may still be
taken from it; a set of lots is feasible exactly when no row's headroom ends below zero. All of
it is Python integers, so that a verified set is exact whatever a solver rounded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from settlement.resolving.model import Account, Limit, Obligation, Problem

BOUNDLESS: Final = 1 << 62
"""More than all amounts of an asset together: a limit beyond it never binds (64-bit arithmetic)."""

type Change = tuple[int, int]
"""(row, units that one lot adds to it; negative takes)."""

type Pair = tuple[str, str, str]
"""(participant, counterparty, asset)."""


@dataclass(frozen=True, slots=True)
class Row:
    """Whose limit a row is; `counterparty` is set for a bilateral limit."""

    participant: str
    asset: str
    counterparty: str | None = None


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows, their headroom, and per item (in queue order) its changes per lot.

    Attributes:
        place: item number -> index in `Problem.obligations`; items beyond it are auxiliary.
        lots: how many lots each item has.
        worth: what one lot is worth in the objective, by value unless said otherwise.
    """

    rows: tuple[Row, ...]
    headroom: tuple[int, ...]
    items: tuple[tuple[Change, ...], ...]
    lots: tuple[int, ...]
    worth: tuple[int, ...]
    place: tuple[int, ...]

    def left(self, chosen: Sequence[int]) -> list[int]:
        """Headroom of every row after `chosen[i]` lots of each item i settle at once."""
        left = list(self.headroom)
        for changes, lots in zip(self.items, chosen, strict=True):
            if lots:
                for row, delta in changes:
                    left[row] += lots * delta
        return left

    def feasible(self, chosen: Sequence[int]) -> bool:
        """Whether `chosen` stays within every limit and every item within its lots."""
        within = all(0 <= lots <= most for lots, most in zip(chosen, self.lots, strict=True))
        return within and min(self.left(chosen), default=0) >= 0


def lay_out(problem: Problem) -> Grid:
    """Compile the problem; rows exist only for accounts that some leg touches."""
    bilateral = {
        (limit.participant, limit.counterparty, limit.asset): limit.amount
        for limit in problem.bilateral_limits
    }
    floors: dict[Account, Limit] = {
        (limit.participant, limit.asset): limit for limit in problem.limits
    }
    numbers: dict[Row, int] = {}
    headroom: list[int] = []
    items: list[tuple[Change, ...]] = []
    place = problem.queue()
    for index in place:
        obligation = problem.obligations[index]
        changes: list[Change] = []
        for row, delta in _net(obligation, bilateral).items():
            if row not in numbers:
                numbers[row] = len(headroom)
                headroom.append(_headroom(row, problem, floors, bilateral))
            changes.append((numbers[row], delta // obligation.lots))
        items.append(tuple(changes))
    chosen = [problem.obligations[index] for index in place]
    return Grid(
        rows=tuple(numbers),
        headroom=tuple(headroom),
        items=tuple(items),
        lots=tuple(obligation.lots for obligation in chosen),
        worth=tuple(obligation.value // obligation.lots for obligation in chosen),
        place=tuple(place),
    )


def count_whole(grid: Grid) -> Grid:
    """The same grid, a lot worth its share in the number of obligations settled whole.

    An obligation of one lot counts when it settles. A divisible one is worth nothing by the
    lot; an item of its own stands behind the queue, worth one, that takes every lot from a row
    to which each settled lot adds one: it fits exactly when the obligation settles whole.

    Returns:
        The grid, longer by one item and one row for each divisible obligation.
    """
    rows, items = list(grid.rows), list(grid.items)
    marks: list[tuple[Change, ...]] = []
    for item, lots in enumerate(grid.lots):
        if lots > 1:
            mark = len(rows)
            rows.append(Row("", ""))
            items[item] = (*items[item], (mark, 1))
            marks.append(((mark, -lots),))
    return Grid(
        rows=tuple(rows),
        headroom=grid.headroom + (0,) * len(marks),
        items=(*items, *marks),
        lots=grid.lots + (1,) * len(marks),
        worth=tuple(int(lots == 1) for lots in grid.lots) + (1,) * len(marks),
        place=grid.place,
    )


def _net(obligation: Obligation, bilateral: Mapping[Pair, int]) -> dict[Row, int]:
    """What the whole obligation does to each row it touches; rows that net to zero are left out."""
    net: dict[Row, int] = {}
    for leg in obligation.legs:
        touched = [
            (Row(leg.giver, leg.asset), -leg.amount),
            (Row(leg.taker, leg.asset), leg.amount),
        ]
        if bilateral:
            touched += [
                (Row(leg.giver, leg.asset, leg.taker), -leg.amount),
                (Row(leg.taker, leg.asset, leg.giver), leg.amount),
            ]
        for row, delta in touched:
            net[row] = net.get(row, 0) + delta
    return {
        row: delta
        for row, delta in net.items()
        if delta
        and (
            row.counterparty is None or (row.participant, row.counterparty, row.asset) in bilateral
        )
    }


def _headroom(
    row: Row,
    problem: Problem,
    floors: dict[Account, Limit],
    bilateral: Mapping[Pair, int],
) -> int:
    if row.counterparty is not None:
        return min(bilateral[row.participant, row.counterparty, row.asset], BOUNDLESS)
    account = (row.participant, row.asset)
    opening = problem.balances.get(account, 0)
    return min(opening - floors.get(account, Limit(*account)).floor(opening), BOUNDLESS)
