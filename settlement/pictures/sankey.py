"""A Sankey diagram of flows: who pays on the left, who receives on the right. Pure geometry.

Every flow is a ribbon as broad as its value; what is too fine to be seen goes together.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

WIDTH: Final = 720.0
NODE: Final = 12.0
GAP: Final = 10.0
MARGIN: Final = 128.0
TOP: Final = 14.0
ROW: Final = 34.0
LABEL: Final = 25.0
"""How far names stand apart at least: a line of the letters that a telephone shows."""
MOST: Final = 14
"""Nodes on a side; the rest is put together as one."""
REST: Final = "…"


@dataclass(frozen=True, slots=True)
class Node:
    """A bar: where it stands, what flows through it, and the middle of its name's line."""

    name: str
    x: float
    y: float
    height: float
    value: Decimal
    left: bool
    label: float


@dataclass(frozen=True, slots=True)
class Ribbon:
    """A flow: the path of its outline, and its colour's number (by payer)."""

    payer: str
    payee: str
    value: Decimal
    path: str
    colour: int


@dataclass(frozen=True, slots=True)
class Sankey:
    """The whole picture in its own coordinates."""

    width: float
    height: float
    nodes: tuple[Node, ...]
    ribbons: tuple[Ribbon, ...]


def lay_out(flows: Iterable[tuple[str, str, Decimal]], *, colours: int = 6) -> Sankey:
    """Place nodes and ribbons; values are positive, heights in proportion to them.

    The heights of a node's ribbons sum to the node's height on either side.
    """
    told = _gathered([flow for flow in flows if flow[2] > 0])
    lefts, rights = _sums(told, 0), _sums(told, 1)
    rows = max(len(lefts), len(rights), 1)
    room = rows * ROW
    total = sum(lefts.values(), start=Decimal(0)) or Decimal(1)
    height = TOP * 2 + room + GAP * (rows - 1)
    left = _column(lefts, total, room, height, x=MARGIN, is_left=True)
    right = _column(rights, total, room, height, x=WIDTH - MARGIN - NODE, is_left=False)
    order = {name: number for number, name in enumerate(left)}
    places = {name: number for number, name in enumerate(right)}
    ordered = sorted(told, key=lambda flow: (order[flow[0]], places[flow[1]]))
    out = {name: node.y for name, node in left.items()}
    into: dict[str, float] = {}
    starts: dict[tuple[str, str], float] = {}
    for payer, payee, value in ordered:
        starts[payer, payee] = out[payer]
        out[payer] += room * float(value / total)
    ribbons = []
    for payer, payee, value in ordered:
        breadth = room * float(value / total)
        end = into.setdefault(payee, right[payee].y)
        into[payee] = end + breadth
        path = _ribbon(starts[payer, payee], end, breadth)
        ribbons.append(Ribbon(payer, payee, value, path, order[payer] % colours))
    return Sankey(WIDTH, height, (*left.values(), *right.values()), tuple(ribbons))


def _gathered(flows: Sequence[tuple[str, str, Decimal]]) -> list[tuple[str, str, Decimal]]:
    """The largest payers and payees by name, the others as one."""
    kept = []
    for side in (0, 1):
        sums = _sums(flows, side)
        largest = sorted(sums, key=lambda name: (-sums[name], name))
        kept.append(set(largest[: MOST if len(largest) <= MOST else MOST - 1]))
    together: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for payer, payee, value in flows:
        key = (payer if payer in kept[0] else REST, payee if payee in kept[1] else REST)
        together[key] += value
    return [(payer, payee, value) for (payer, payee), value in together.items()]


def _sums(flows: Iterable[tuple[str, str, Decimal]], side: int) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for flow in flows:
        sums[str(flow[side])] += flow[2]
    return dict(sums)


def _column(
    sums: dict[str, Decimal],
    total: Decimal,
    room: float,
    height: float,
    *,
    x: float,
    is_left: bool,
) -> dict[str, Node]:
    """Bars from the largest down, in the middle of the picture's height."""
    ordered = sorted(sums, key=lambda name: (name == REST, -sums[name], name))
    taken = room * float(sum(sums.values()) / total) + GAP * max(len(ordered) - 1, 0)
    y = (height - taken) / 2
    places = []
    for name in ordered:
        tall = room * float(sums[name] / total)
        places.append((name, y, tall))
        y += tall + GAP
    labels = _apart([y + tall / 2 for _name, y, tall in places], height)
    return {
        name: Node(name, x, y, tall, sums[name], is_left, label)
        for (name, y, tall), label in zip(places, labels, strict=True)
    }


def _apart(middles: Sequence[float], height: float) -> list[float]:
    """The middles of names, each as near its bar as the others leave room for."""
    found: list[float] = []
    for middle in middles:
        found.append(max(middle, found[-1] + LABEL if found else LABEL / 2))
    lowest = height - LABEL / 2
    for index in range(len(found) - 1, -1, -1):
        found[index] = lowest = min(found[index], lowest)
        lowest -= LABEL
    return found


def _ribbon(start: float, end: float, breadth: float) -> str:
    """The outline between both columns, curved in the middle."""
    x0, x1 = MARGIN + NODE, WIDTH - MARGIN - NODE
    mid = (x0 + x1) / 2
    return (
        f"M{x0:.1f} {start:.2f}C{mid:.1f} {start:.2f} {mid:.1f} {end:.2f} {x1:.1f} {end:.2f}"
        f"V{end + breadth:.2f}"
        f"C{mid:.1f} {end + breadth:.2f} {mid:.1f} {start + breadth:.2f}"
        f" {x0:.1f} {start + breadth:.2f}Z"
    )
