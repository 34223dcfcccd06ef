"""The best set that settles at once: cheap sets first, then a bound, then proof or search.

Gross -> FIFO net -> LP bound -> exact MIP where the queue is small enough -> a dive where the LP
is nearly whole, or items have too many rows for chains -> chains and neighbourhoods by turns until
the deadline, and beside these the bound of the queue's blocks. The best feasible set found so far
is always kept; whatever the solver proposes counts only after a check in integers.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import floor, inf
from time import monotonic

import numpy as np

from settlement.resolving.blocks import bound_by_blocks, fall_apart
from settlement.resolving.chain_search import ChainSearch, find_blocks
from settlement.resolving.diving import WHOLE, search_supports
from settlement.resolving.grid import count_whole, lay_out
from settlement.resolving.hunt import Hunt, Progress
from settlement.resolving.model import Objective, Problem
from settlement.resolving.neighbourhoods import (
    Neighbourhoods,
    search_nearby,
    search_neighbourhoods,
)
from settlement.resolving.queueing import settle_gross, settle_net_fifo

FEW_ITEMS = 500
"""With at most this many items that can settle, proof is worth nearly all the time there is."""

SMALL_ITEMS = 3000
SMALL_ROWS = 100
"""A queue with at most this many items that can settle, or limits that they touch, is tried as
one programme before anything else; beyond that a plain MIP collapses."""


FEW_FRACTIONAL = 200
"""A queue too large for a proof whose relaxation has so few fractional items is worth a dive even
where chains can be followed."""

FIRST = 0.05
"""Of the time left, what chains take before a proof is tried, to give it a set to begin from."""

CHAINS_TURN, NEARBY_TURN = 0.33, 0.1
"""Of the time left, what a turn of chains takes, and one of neighbourhoods."""

LEAST_TURN = 3.0
"""Seconds a turn takes at least."""


@dataclass(frozen=True, slots=True)
class Best:
    """The chosen lots per item, the bound on any choice, and the objective after each stage."""

    chosen: Sequence[int]
    bound: int | None = None
    stages: Sequence[tuple[str, int]] = ()


def optimise(
    problem: Problem, *, by: Objective, until: float, progress: Progress | None = None
) -> Best:
    """The best set by `by` that can be found by the monotonic time `until`.

    By count an obligation counts when it settles whole; lots of divisible ones may feed others.

    Args:
        problem: the queue.
        by: count or value.
        until: `time.monotonic()` at which the search stops.
        progress: told of each improvement.

    Returns:
        The set, in the items of `lay_out(problem)`; its bound is exact integer arithmetic over
        the LP's prices, or the MIP's own where that is lower.
    """
    queue = lay_out(problem)
    grid = count_whole(queue) if by is Objective.COUNT else queue
    hunt = Hunt(grid, until, progress)
    hunt.offer("gross", settle_gross(grid))
    hunt.offer("fifo-net", settle_net_fifo(grid))
    if len(hunt.alive):
        hunt.bound_by_prices()
        _search(hunt)
    else:
        hunt.limit(0)
    chosen = hunt.chosen[: len(queue.items)].tolist()
    return Best(settle_gross(queue, chosen), hunt.bound, hunt.stages)


def _search(hunt: Hunt) -> None:
    chains = ChainSearch(hunt, find_blocks(hunt))
    rows = len(np.unique(hunt.columns.pick(hunt.alive).row))
    small = len(hunt.alive) <= SMALL_ITEMS or rows <= SMALL_ROWS
    if small and not hunt.proven:
        few = len(hunt.alive) <= FEW_ITEMS
        begin = chains.descend if few else chains.search
        begin(hunt.seconds_left * FIRST)
        _prove(hunt, hunt.seconds_left * (0.9 if few else 0.5))
    if hunt.proven or hunt.seconds_left <= 0:
        return
    blocks = fall_apart(hunt)
    # The solver runs outside Python's lock: a second processor bounds while the first searches.
    with ThreadPoolExecutor(1, thread_name_prefix="bound") as aside:
        bounding = aside.submit(bound_by_blocks, hunt, blocks) if blocks else None
        if not chains.blocks or (not small and _fractional(hunt) <= FEW_FRACTIONAL):
            search_supports(hunt)
        if chains.blocks:
            _take_turns(hunt, chains)
        else:
            search_neighbourhoods(hunt)
        if bounding:
            bounding.result()


def _fractional(hunt: Hunt) -> int:
    """How many items the relaxation settles in part."""
    return int(np.count_nonzero(np.abs(hunt.relaxed - np.rint(hunt.relaxed)) > WHOLE))


def _take_turns(hunt: Hunt, chains: ChainSearch) -> None:
    """Chains and neighbourhoods by turns; the next is whose that gained more per second lately."""
    nearby = Neighbourhoods(hunt)
    ways = nearby.ways()
    turns: list[tuple[float, Callable[[float], None]]] = [
        (CHAINS_TURN, chains.search),
        (NEARBY_TURN, lambda seconds: search_nearby(nearby, ways, seconds)),
    ]
    rates, turn = [inf, inf], 1
    while hunt.seconds_left > 0 and not hunt.proven:
        other = 1 - turn
        turn = turn if rates[turn] > rates[other] else other
        share, search = turns[turn]
        began, before = monotonic(), hunt.achieved
        search(max(LEAST_TURN, hunt.seconds_left * share))
        rates[turn] = (hunt.achieved - before) / max(monotonic() - began, 1e-3)


def _prove(hunt: Hunt, seconds: float) -> None:
    """The whole queue as one mixed-integer programme, from the best set so far."""
    answer = hunt.improve("exact", hunt.alive, seconds, gap=0.0)
    if abs(answer.bound) < 1 << 62:
        slack = max(1e-6, 1e-9 * abs(answer.bound))
        hunt.limit(max(floor(answer.bound + slack), hunt.achieved))
