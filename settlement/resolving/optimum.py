"""The best set that settles at once: cheap sets first, then a bound, then proof or search.

Gross -> FIFO net -> LP bound -> exact MIP where the queue is small enough -> neighbourhood
search until the deadline. The best feasible set found so far is always kept; whatever the
solver proposes counts only after a check in integers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic

import numpy as np

from settlement.resolving.grid import Grid, lay_out
from settlement.resolving.model import Objective, Problem
from settlement.resolving.queueing import drop_hopeless, settle_gross, settle_net_fifo
from settlement.resolving.solver import Columns, Integers, Part, certified_bound, solve

type Progress = Callable[[str, int, int | None], None]


@dataclass(frozen=True, slots=True)
class Best:
    """The chosen lots per item, the bound on any choice, and the objective after each stage."""

    chosen: Sequence[int]
    bound: int | None = None
    stages: Sequence[tuple[str, int]] = ()


@dataclass(slots=True)
class Hunt:
    """What is known so far of one queue: the best set, and what no set can exceed."""

    grid: Grid
    weight: Integers
    progress: Progress | None
    chosen: Integers = field(init=False)
    cap: Integers = field(init=False)
    columns: Columns = field(init=False)
    headroom: Integers = field(init=False)
    achieved: int = 0
    bound: int | None = None
    stages: list[tuple[str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.columns = Columns.of(self.grid)
        self.headroom = np.array(self.grid.headroom, dtype=np.int64)
        self.chosen = np.zeros(len(self.grid.items), dtype=np.int64)
        self.cap = np.array(drop_hopeless(self.grid, self.grid.lots), dtype=np.int64)

    def offer(self, stage: str, chosen: Sequence[int] | Integers) -> bool:
        """Keep `chosen` if it is feasible, in integers, and better; says whether it was."""
        lots = np.asarray(chosen, dtype=np.int64)
        better = int(lots @ self.weight) > self.achieved and self.feasible(lots)
        if better:
            self.chosen, self.achieved = lots, int(lots @ self.weight)
        if not self.stages or self.stages[-1][0] != stage:
            self.stages.append((stage, self.achieved))
        self.stages[-1] = (stage, self.achieved)
        if self.progress and better:
            self.progress(stage, self.achieved, self.bound)
        return better

    def feasible(self, lots: Integers) -> bool:
        """Whether the lots keep every row's headroom, in 64-bit integers."""
        left = self.headroom + self.columns.used(lots, len(self.headroom))
        within = bool(np.all((lots >= 0) & (lots <= self.cap)))
        return within and bool(np.all(left >= 0))

    def limit(self, bound: int) -> None:
        """Learn that no set exceeds `bound`."""
        self.bound = bound if self.bound is None else min(self.bound, bound)

    @property
    def proven(self) -> bool:
        """Whether nothing better exists."""
        return self.bound is not None and self.achieved >= self.bound


def optimise(
    problem: Problem, *, by: Objective, until: float, progress: Progress | None = None
) -> Best:
    """The best set by `by` that can be found by the monotonic time `until`.

    By count an obligation counts when it settles whole; lots of divisible ones fill what is left.

    Args:
        problem: the queue.
        by: count or value.
        until: `time.monotonic()` at which the search stops.
        progress: told of each improvement.

    Returns:
        The set, in the items of `lay_out(problem)`; its bound is exact integer arithmetic over
        the LP's prices, or the MIP's own where that is lower.
    """
    whole = by is Objective.COUNT
    grid = lay_out(problem, whole=whole)
    weight = np.array([1] * len(grid.items) if whole else grid.worth, dtype=np.int64)
    hunt = Hunt(grid, weight, progress)
    hunt.offer("gross", settle_gross(grid))
    hunt.offer("fifo-net", settle_net_fifo(grid))
    bound_by_prices(hunt, until)
    if not hunt.proven:
        prove(hunt, until)
    return Best(_fill(problem, hunt), hunt.bound, hunt.stages)


def bound_by_prices(hunt: Hunt, until: float) -> None:
    """Bound the objective by the linear relaxation, whose prices are a certificate."""
    part = Part(hunt.columns, hunt.headroom, hunt.weight, hunt.cap)
    answer = solve(part, whole=False, seconds=until - monotonic())
    prices = np.zeros(len(hunt.headroom)) if answer.prices is None else answer.prices
    hunt.limit(certified_bound(part, prices))


def prove(hunt: Hunt, until: float) -> None:
    """The whole queue as one mixed-integer programme, from the best set so far."""
    free = np.flatnonzero(hunt.cap)
    part = Part(hunt.columns.pick(free), hunt.headroom, hunt.weight[free], hunt.cap[free])
    answer = solve(part, whole=True, seconds=until - monotonic(), start=hunt.chosen[free])
    lots = np.zeros_like(hunt.chosen)
    if answer.relaxed is not None:
        lots[free] = np.rint(answer.relaxed).astype(np.int64)
    hunt.offer("exact", lots)
    slack = max(1e-6, 1e-9 * abs(answer.bound))
    if abs(answer.bound) < 1 << 62:
        hunt.limit(max(int(np.floor(answer.bound + slack)), hunt.achieved))


def _fill(problem: Problem, hunt: Hunt) -> list[int]:
    """The best set in the problem's own lots, with whatever still fits added in queue order."""
    chosen = [int(lots) for lots in hunt.chosen]
    lots_grid = lay_out(problem)
    if lots_grid.lots != hunt.grid.lots:
        chosen = [lots * most for lots, most in zip(chosen, lots_grid.lots, strict=True)]
    return settle_gross(lots_grid, chosen)
