"""Diving: round the relaxation's doubtful items down, round after round, and keep its support.

A plain MIP over a large queue finds nothing (measured: 0 after 120 s at 20,000 DvP items), and
rounding the relaxation at once leaves chains that all lack one link. Rounding only the lowest
few of the fractional items and solving again keeps every chain fed. The items the relaxation
still uses when few fractions are left form a small MIP that is nearly integral already, and
solves to proof in seconds; the wider the support, the better the set and the longer the proof.
"""

from collections.abc import Iterator, Sequence
from time import monotonic
from typing import Any

import numpy as np

from settlement.resolving.hunt import Hunt
from settlement.resolving.solver import Floats, Integers, Part, open_model

SHARE = 0.1
"""How much of the fractional items one round rounds down."""

WIDTHS = (60, 40, 25, 8)
"""Numbers of fractional items at which a dive's support is kept, widest first."""

SECONDS = 10.0
"""A support that is not settled within this time is too wide, and so are the wider ones."""

WHOLE = 1e-6
"""A relaxed number of lots this near to an integer is one."""


def dive(hunt: Hunt, seconds: float, widths: Sequence[int] = WIDTHS) -> list[Integers]:
    """Dive once through the relaxation of the whole queue.

    Args:
        hunt: the queue; its alive items are dived through.
        seconds: time for the whole dive.
        widths: numbers of fractional items at which the support is kept, widest first.

    Returns:
        The supports kept, narrowest first; empty when no time was left.
    """
    items = hunt.alive
    part = Part(hunt.columns.pick(items), hunt.headroom, hunt.weight[items], hunt.cap[items])
    highs, _, _ = open_model(part, whole=False, seconds=seconds)
    supports: list[Integers] = []
    waiting = list(widths)
    for relaxed, fractional in _rounds(highs, monotonic() + seconds):
        while waiting and fractional <= waiting[0]:
            waiting.pop(0)
            supports.insert(0, items[relaxed > WHOLE])
        if not waiting:
            break
    return supports


def _rounds(highs: Any, until: float) -> Iterator[tuple[Floats, int]]:
    """The relaxation after each round, and how many of its items are fractional."""
    while monotonic() < until:
        highs.run()
        relaxed = np.asarray(highs.getSolution().col_value)
        doubt = relaxed - np.floor(relaxed + WHOLE)
        fractional = np.flatnonzero(doubt > WHOLE)
        yield relaxed, len(fractional)
        if not len(fractional):
            return
        order = np.argsort(doubt[fractional], kind="stable")
        lowest = fractional[order[: max(1, int(len(fractional) * SHARE))]]
        highs.changeColsBounds(
            len(lowest),
            lowest.astype(np.int32),
            np.zeros(len(lowest)),
            np.floor(relaxed[lowest] + WHOLE),
        )


def search_supports(hunt: Hunt) -> None:
    """Settle each kept support exactly, narrowest first, each from the best set so far."""
    for support in dive(hunt, hunt.seconds_left / 3):
        free = np.union1d(support, np.flatnonzero(hunt.chosen))
        answer = hunt.improve("dive", free, min(SECONDS, hunt.seconds_left / 3))
        hunt.top_up("dive")
        if hunt.proven or not answer.proven:
            return
