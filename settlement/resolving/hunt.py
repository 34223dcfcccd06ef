"""What is known of one queue while the best set is looked for: the best so far, and a bound."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic

import numpy as np

from settlement.resolving.grid import Grid
from settlement.resolving.queueing import drop_hopeless, settle_gross
from settlement.resolving.solver import (
    Answer,
    Columns,
    Floats,
    Integers,
    Part,
    certified_bound,
    solve,
)

type Progress = Callable[[str, int, int | None], None]
"""Called with (stage, objective reached, bound or None) whenever the best set improves."""

NEAR_ENOUGH = 0.002
"""The last two thousandths of a neighbourhood cost more time than the next neighbourhood."""


@dataclass(slots=True)
class Hunt:
    """The best set so far, what no set can exceed, and the arrays both are computed on.

    Attributes:
        weight: objective per lot of each item.
        until: `time.monotonic()` at which to stop.
        cap: the lots of each item that any set could have; 0 for hopeless items.
        alive: the items that are not hopeless.
        relaxed: each item's lots in the linear relaxation.
        prices: what a unit of each row's headroom is worth there.
        step: greatest common divisor of the weights.
        proven: nothing better exists.
    """

    grid: Grid
    until: float
    progress: Progress | None = None
    weight: Integers = field(init=False)
    columns: Columns = field(init=False)
    headroom: Integers = field(init=False)
    cap: Integers = field(init=False)
    alive: Integers = field(init=False)
    chosen: Integers = field(init=False)
    relaxed: Floats = field(init=False)
    prices: Floats = field(init=False)
    step: int = field(init=False)
    achieved: int = 0
    bound: int | None = None
    stages: list[tuple[str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.weight = np.array(self.grid.worth, dtype=np.int64)
        self.columns = Columns.of(self.grid)
        self.headroom = np.array(self.grid.headroom, dtype=np.int64)
        self.cap = np.array(drop_hopeless(self.grid, self.grid.lots), dtype=np.int64)
        self.alive = np.flatnonzero(self.cap)
        self.chosen = np.zeros(len(self.grid.items), dtype=np.int64)
        self.relaxed = np.zeros(len(self.grid.items))
        self.prices = np.zeros(len(self.headroom))
        self.step = int(np.gcd.reduce(self.weight[self.alive])) if len(self.alive) else 1
        self.step = max(self.step, 1)

    @property
    def seconds_left(self) -> float:
        """Until the deadline."""
        return self.until - monotonic()

    @property
    def proven(self) -> bool:
        """Whether nothing better exists."""
        return self.bound is not None and self.achieved >= self.bound

    def offer(self, stage: str, chosen: Sequence[int] | Integers) -> bool:
        """Keep `chosen` if it is better and feasible in integers; says whether it was kept."""
        lots = np.asarray(chosen, dtype=np.int64)
        reached = int(lots @ self.weight)
        better = reached > self.achieved and self.feasible(lots)
        if better:
            self.chosen, self.achieved = lots, reached
            if self.progress:
                self.progress(stage, reached, self.bound)
        if not self.stages or self.stages[-1][0] != stage:
            self.stages.append((stage, self.achieved))
        self.stages[-1] = (stage, self.achieved)
        return better

    def feasible(self, lots: Integers) -> bool:
        """Whether the lots keep every row's headroom, in 64-bit integers."""
        left = self.headroom + self.columns.used(lots, len(self.headroom))
        within = bool(np.all((lots >= 0) & (lots <= self.cap)))
        return within and bool(np.all(left >= 0))

    def limit(self, bound: int) -> None:
        """Learn that no set exceeds `bound`; every objective is a multiple of `step`."""
        bound -= bound % self.step
        self.bound = bound if self.bound is None else min(self.bound, bound)

    def bound_by_prices(self) -> None:
        """Solve the linear relaxation; its prices are a certificate of the bound."""
        part = Part(self.columns, self.headroom, self.weight, self.cap)
        answer = solve(part, whole=False, seconds=self.seconds_left)
        if answer.relaxed is not None and answer.prices is not None:
            self.relaxed, self.prices = answer.relaxed, answer.prices
        self.limit(certified_bound(part, self.prices))

    def improve(
        self, stage: str, free: Integers, seconds: float, gap: float = NEAR_ENOUGH
    ) -> Answer:
        """Re-decide the `free` items exactly, all others staying as they are in the best set.

        Args:
            stage: the name under which an improvement is recorded.
            free: numbers of the items to decide anew.
            seconds: time limit of this programme; the deadline cuts it shorter.
            gap: share of the programme's own objective that may stay unproven.

        Returns:
            The solver's answer for the free items; the best set never gets worse.
        """
        fixed = self.chosen.copy()
        fixed[free] = 0
        headroom = self.headroom + self.columns.used(fixed, len(self.headroom))
        part = Part(self.columns.pick(free), headroom, self.weight[free], self.cap[free])
        seconds = min(seconds, self.seconds_left)
        answer = solve(part, whole=True, seconds=seconds, start=self.chosen[free], gap=gap)
        if answer.relaxed is not None:
            fixed[free] = np.rint(answer.relaxed).astype(np.int64)
            self.offer(stage, fixed)
        return answer

    def top_up(self, stage: str) -> None:
        """Add, in queue order, whatever still fits beside the best set."""
        self.offer(stage, settle_gross(self.grid, self.chosen.tolist()))
