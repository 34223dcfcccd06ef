"""HiGHS behind one door: part of a grid as a linear or a mixed-integer programme.

The solver's floats never decide anything: what it proposes is checked in integers by the caller,
and the LP bound is taken from its dual prices by exact integer arithmetic (weak duality).
"""

from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

from settlement.resolving.grid import Grid

type Integers = NDArray[np.int64]
type Floats = NDArray[np.float64]

PRICE_SCALE = 1 << 40
"""Dual prices are rounded to this denominator before the exact bound is taken from them."""


@dataclass(frozen=True, slots=True)
class Columns:
    """A grid's changes column by column (CSC): item i owns `start[i]:start[i + 1]`."""

    start: Integers
    row: Integers
    delta: Integers

    @classmethod
    def of(cls, grid: Grid) -> "Columns":
        """The columns of every item of the grid."""
        sizes = [len(changes) for changes in grid.items]
        flat = [change for changes in grid.items for change in changes]
        return cls(
            start=np.concatenate(([0], np.cumsum(sizes, dtype=np.int64))),
            row=np.array([row for row, _ in flat], dtype=np.int64),
            delta=np.array([delta for _, delta in flat], dtype=np.int64),
        )

    def pick(self, items: Integers) -> "Columns":
        """Only these items, in this order; rows keep their numbers."""
        sizes = self.start[items + 1] - self.start[items]
        start = np.concatenate(([0], np.cumsum(sizes)))
        where = np.repeat(self.start[items] - start[:-1], sizes) + np.arange(start[-1])
        return Columns(start, self.row[where], self.delta[where])

    def used(self, chosen: Integers, rows: int) -> Integers:
        """What `chosen` lots add to each of `rows` rows."""
        lots = np.repeat(chosen, np.diff(self.start))
        total = np.zeros(rows, dtype=np.int64)
        np.add.at(total, self.row, lots * self.delta)
        return total


@dataclass(frozen=True, slots=True)
class Part:
    """What is left to decide: free columns under what the others leave of the headroom.

    The weight is whole but where something has a price.
    """

    columns: Columns
    headroom: Integers
    weight: Integers | Floats
    most: Integers


@dataclass(frozen=True, slots=True)
class Answer:
    """What the solver found.

    Attributes:
        relaxed: value of each column, rounded to nothing; None when nothing was found in time.
        bound: the solver's own upper bound on the objective.
        proven: the solver calls its answer optimal.
        prices: dual price per row of the part's headroom (linear programmes only).
    """

    relaxed: Floats | None
    bound: float
    proven: bool
    prices: Floats | None = None


class QuietHighs(highspy.Highs):
    """HiGHS that never writes to standard output, where a command prints its answer."""

    def enableCallbacks(self) -> None:  # noqa: N802 - HiGHS's name
        """Called by HiGHS's constructor, which would greet the reader: silence it before."""
        self.setOptionValue("output_flag", False)  # noqa: FBT003
        super().enableCallbacks()  # type: ignore[no-untyped-call]


def solve(
    part: Part, *, whole: bool, seconds: float, start: Integers | None = None, gap: float = 0.0
) -> Answer:
    """Maximise the weight of what settles in `part`.

    Args:
        part: the free columns.
        whole: True for whole lots (MIP), False for the linear relaxation.
        seconds: time limit.
        start: a feasible choice to begin from (MIP).
        gap: relative gap at which a MIP counts as proven.

    Returns:
        The answer; its `relaxed` lots are within tolerance only, verify them in integers.
    """
    highs, rows, divisor = open_model(part, whole=whole, seconds=seconds)
    highs.setOptionValue("mip_rel_gap", gap)
    if whole and start is not None:
        begin = highspy.HighsSolution()
        begin.col_value = start.astype(np.float64)
        highs.setSolution(begin)
    highs.run()
    return _answer(highs, part, rows, divisor)


def open_model(part: Part, *, whole: bool, seconds: float) -> tuple[Any, Integers, Integers]:
    """A solver holding `part`, the part's rows that it holds, and what each was divided by."""
    model, rows, divisor = _model(part, whole=whole)
    highs: Any = QuietHighs()  # type: ignore[no-untyped-call]
    for name, value in (
        ("time_limit", max(seconds, 0.01)),
        ("mip_feasibility_tolerance", 1e-8),
    ):
        highs.setOptionValue(name, value)
    highs.passModel(model)
    return highs, rows, divisor


def _model(part: Part, *, whole: bool) -> tuple[Any, Integers, Integers]:
    """The programme over the rows that can bind at all, each divided by its common divisor."""
    columns, most = part.columns, part.most
    owner = np.repeat(np.arange(len(most)), np.diff(columns.start))
    worst = part.headroom.copy()
    takes = columns.delta < 0
    np.add.at(worst, columns.row[takes], (columns.delta * most[owner])[takes])
    rows = np.flatnonzero(worst < 0)
    number = np.full(len(part.headroom), -1, dtype=np.int64)
    number[rows] = np.arange(len(rows))
    kept = number[columns.row] >= 0
    row, delta = number[columns.row[kept]], columns.delta[kept]
    divisor = np.zeros(len(rows), dtype=np.int64)
    np.gcd.at(divisor, row, delta)
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(most), len(rows)
    model.sense_ = highspy.ObjSense.kMaximize
    model.col_cost_ = part.weight.astype(np.float64)
    model.col_lower_ = np.zeros(len(most))
    model.col_upper_ = most.astype(np.float64)
    model.row_lower_ = -(part.headroom[rows] // divisor).astype(np.float64)
    model.row_upper_ = np.full(len(rows), highspy.kHighsInf)
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = np.searchsorted(owner[kept], np.arange(len(most) + 1)).astype(np.int32)
    model.a_matrix_.index_ = row.astype(np.int32)
    model.a_matrix_.value_ = (delta // divisor[row]).astype(np.float64)
    if whole:
        model.integrality_ = [highspy.HighsVarType.kInteger] * len(most)
    return model, rows, divisor


def _answer(highs: Any, part: Part, rows: Integers, divisor: Integers) -> Answer:
    info = highs.getInfo()
    found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    solution = highs.getSolution()
    whole = bool(highs.getLp().integrality_)
    prices = None
    if found and not whole:
        prices = np.zeros(len(part.headroom))
        prices[rows] = np.abs(np.asarray(solution.row_dual)) / divisor
    return Answer(
        relaxed=np.asarray(solution.col_value) if found else None,
        bound=info.mip_dual_bound if whole else info.objective_function_value,
        proven=highs.getModelStatus() == highspy.HighsModelStatus.kOptimal,
        prices=prices,
    )


def certified_bound(part: Part, prices: Floats) -> int:
    """What no choice of lots, whole or not, can exceed: weak duality in exact integers.

    For any prices p >= 0, the objective is at most the headroom at those prices plus, for each
    item, what its weight exceeds the price of its changes by. The solver's prices make the
    bound tight; their rounding cannot make it wrong.

    Args:
        part: the columns; a row's headroom is not negative.
        prices: price per unit of each row.

    Returns:
        The bound, rounded down to an integer because every weight is one.
    """
    exact = [round(max(price, 0.0) * PRICE_SCALE) for price in prices.tolist()]
    headroom = part.headroom.tolist()
    total = sum(price * room for price, room in zip(exact, headroom, strict=True) if price)
    start = part.columns.start.tolist()
    row, delta = part.columns.row.tolist(), part.columns.delta.tolist()
    for item, (weight, most) in enumerate(
        zip(part.weight.tolist(), part.most.tolist(), strict=True)
    ):
        if most:
            entries = range(start[item], start[item + 1])
            reduced = weight * PRICE_SCALE + sum(exact[row[e]] * delta[e] for e in entries)
            total += max(reduced, 0) * most
    return int(total // PRICE_SCALE)
