"""Delivery versus payment, model 2: securities move one by one, their cash net at the end.

BIS, "Delivery versus Payment in Securities Settlement Systems" (September 1992): "systems that
settle securities transfer instructions on a gross basis with final transfer of securities from the
seller to the buyer occurring throughout the processing cycle, but settle funds transfer
instructions on a net basis".
"""

from collections.abc import Collection
from dataclasses import replace
from time import monotonic

from settlement.resolving.explaining import explain
from settlement.resolving.grid import BOUNDLESS, lay_out
from settlement.resolving.model import Mode, Objective, Problem, Resolution, Settled
from settlement.resolving.queueing import eliminate, settle_gross
from settlement.resolving.resolution import settle_balances


def resolve_model_two(
    problem: Problem, *, cash: Collection[str], by: Objective = Objective.VALUE
) -> Resolution:
    """The batch that model 2 settles.

    First what can be delivered one after the other in queue order, whoever pays. Of that, what the
    cash covers net, the last of whoever is short taken out. And again, until what is covered can
    be delivered too: each turn leaves less, so that it ends.

    Args:
        cash: the assets that are paid in, settled net; all others are delivered gross.
    """
    began = monotonic()
    grid = lay_out(problem)
    unpaid = replace(
        grid,
        headroom=tuple(
            BOUNDLESS if row.asset in cash else room
            for row, room in zip(grid.rows, grid.headroom, strict=True)
        ),
    )
    chosen = list(grid.lots)
    while True:
        delivered = settle_gross(replace(unpaid, lots=tuple(chosen)))
        covered = eliminate(grid, delivered, rank=range(len(chosen)))
        if covered == chosen:
            break
        chosen = covered
    names = [problem.obligations[place].id for place in grid.place]
    whole = [lots == most for lots, most in zip(chosen, grid.lots, strict=True)]
    value = sum(lots * worth for lots, worth in zip(chosen, grid.worth, strict=True))
    return Resolution(
        mode=Mode.FIFO,
        by=by,
        settled=tuple(
            Settled(name, lots, most)
            for name, lots, most in zip(names, chosen, grid.lots, strict=True)
            if lots
        ),
        unsettled=explain(problem, grid, chosen),
        closing=settle_balances(problem, grid, chosen),
        count=sum(whole),
        value=value,
        bound=None,
        gap=None,
        proven=False,
        stages=(),
        seconds=monotonic() - began,
    )
