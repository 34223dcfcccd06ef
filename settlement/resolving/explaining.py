"""Why an obligation stayed behind: the limits that its next lot would break, and by how much."""

from collections.abc import Sequence

from settlement.resolving.grid import Grid
from settlement.resolving.model import Problem, Shortage, Unsettled


def explain(problem: Problem, grid: Grid, chosen: Sequence[int]) -> tuple[Unsettled, ...]:
    """A reason for every item that does not settle whole, in queue order.

    Args:
        problem: the queue.
        grid: its rows.
        chosen: the lots that settle; feasible.

    Returns:
        Per item the rows that would fall below their floor if one more lot settled on top of
        the batch. Where none would, the earliest unsettled item of the same giver and asset is
        named: the queue's order holds it back.
    """
    left = grid.left(chosen)
    waiting: dict[int, str] = {}
    result: list[Unsettled] = []
    for item, lots in enumerate(chosen):
        if lots == grid.lots[item]:
            continue
        name = problem.obligations[grid.place[item]].id
        takes = [(row, delta) for row, delta in grid.items[item] if delta < 0]
        shortages = _shortages(grid, takes, left)
        ahead = next((waiting[row] for row, _ in takes if row in waiting), None)
        result.append(
            Unsettled(
                id=name,
                lots=grid.lots[item] - lots,
                shortages=shortages,
                behind=None if shortages else ahead,
            )
        )
        for row, _ in takes:
            waiting.setdefault(row, name)
    return tuple(result)


def _shortages(grid: Grid, takes: list[tuple[int, int]], left: list[int]) -> tuple[Shortage, ...]:
    short = [(row, -(left[row] + delta), -delta) for row, delta in takes if left[row] + delta < 0]
    short.sort(key=lambda entry: -entry[1] / entry[2])
    return tuple(
        Shortage(
            participant=grid.rows[row].participant,
            asset=grid.rows[row].asset,
            short=missing,
            counterparty=grid.rows[row].counterparty,
        )
        for row, missing, _ in short
    )
