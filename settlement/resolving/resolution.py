"""Resolve a queue: pick the mode, verify what it chose, say what it means."""

from collections.abc import Sequence
from time import monotonic

from settlement.resolving.explaining import explain
from settlement.resolving.grid import Grid, lay_out
from settlement.resolving.hunt import Progress
from settlement.resolving.model import Account, Mode, Objective, Problem, Resolution, Settled
from settlement.resolving.optimum import Best, optimise
from settlement.resolving.queueing import settle_gross, settle_net_fifo

DEFAULT_DEADLINE = 30.0


def resolve(
    problem: Problem,
    *,
    mode: Mode = Mode.FIFO,
    by: Objective = Objective.VALUE,
    deadline: float = DEFAULT_DEADLINE,
    progress: Progress | None = None,
) -> Resolution:
    """Choose the obligations that settle together now.

    Args:
        problem: the queue, its balances and limits.
        mode: how to choose; see `Mode`.
        by: what the optimal mode makes largest.
        deadline: seconds that the optimal mode may take; the best set found by then is returned.
        progress: told of every improvement.

    Returns:
        The batch. It keeps every limit exactly, and leaves each asset's total unchanged.
    """
    began = monotonic()
    grid = lay_out(problem)
    if mode is Mode.OPTIMAL:
        best = optimise(problem, by=by, until=began + deadline, progress=progress)
    else:
        settle = settle_gross if mode is Mode.GROSS else settle_net_fifo
        best = Best(chosen=settle(grid))
    closing = settle_balances(problem, grid, best.chosen)
    count = sum(1 for lots, most in zip(best.chosen, grid.lots, strict=True) if lots == most)
    value = sum(lots * worth for lots, worth in zip(best.chosen, grid.worth, strict=True))
    achieved = count if by is Objective.COUNT else value
    return Resolution(
        mode=mode,
        by=by,
        settled=_settled(problem, grid, best.chosen),
        unsettled=explain(problem, grid, best.chosen),
        closing=closing,
        count=count,
        value=value,
        bound=best.bound,
        gap=None if best.bound is None else (best.bound - achieved) / max(best.bound, 1),
        proven=best.bound == achieved,
        stages=tuple(best.stages),
        seconds=monotonic() - began,
    )


def settle_balances(problem: Problem, grid: Grid, chosen: Sequence[int]) -> dict[Account, int]:
    """Closing balances after `chosen` settles at once, moved leg by leg from the problem itself.

    This does not trust the grid's rows: it settles each leg, then checks what must hold.

    Raises:
        AssertionError: the set breaks a limit; a defect of the engine, never of the input.
    """
    closing = dict(problem.balances)
    for item, lots in enumerate(chosen):
        obligation = problem.obligations[grid.place[item]]
        if not 0 <= lots <= obligation.lots:
            raise AssertionError(f"{obligation.id} settles {lots} of {obligation.lots} lots")
        for leg in obligation.legs if lots else ():
            amount = leg.amount // obligation.lots * lots
            giver, taker = (leg.giver, leg.asset), (leg.taker, leg.asset)
            closing[giver] = closing.get(giver, 0) - amount
            closing[taker] = closing.get(taker, 0) + amount
    floors = {(limit.participant, limit.asset): limit for limit in problem.limits}
    for account, balance in closing.items():
        opening = problem.balances.get(account, 0)
        limit = floors.get(account)
        if balance < (limit.floor(opening) if limit else min(0, opening)):
            raise AssertionError(f"{account} would close at {balance}")
    if not grid.feasible(chosen):
        raise AssertionError("a bilateral limit is broken")
    return closing


def _settled(problem: Problem, grid: Grid, chosen: Sequence[int]) -> tuple[Settled, ...]:
    return tuple(
        Settled(problem.obligations[grid.place[item]].id, lots, grid.lots[item])
        for item, lots in enumerate(chosen)
        if lots
    )
