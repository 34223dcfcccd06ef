"""The balance of an account as a line: geometry for an inline SVG, drawn on the server."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

WIDTH: Final = 760
HEIGHT: Final = 200
LEFT, RIGHT, TOP, BOTTOM = 8, 8, 10, 22
POINTS_MAX: Final = 400
TICKS: Final = 4


@dataclass(frozen=True, slots=True)
class Tick:
    """A horizontal line of the grid: its place from the top, and the amount that it stands for."""

    y: float
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Drawing:
    """What the template puts into the SVG.

    Attributes:
        line, area: path data.
        ticks: the grid.
        zero: place of the zero line, None when zero is out of sight.
        last: place of the last point.
        first_day, last_day: ends of the time axis.
    """

    line: str
    area: str
    ticks: list[Tick]
    zero: float | None
    last: tuple[float, float]
    first_day: date
    last_day: date
    width: int = WIDTH
    height: int = HEIGHT


def draw(points: Sequence[tuple[date, Decimal]], until: date) -> Drawing | None:
    """A stepped line through the balances, held until the next movement; None without a movement.

    Args:
        points: (day, balance at its end), in order; the first one is the opening balance.
        until: the last day of the axis.
    """
    if len(points) < 2:
        return None
    shown = _thinned(points)
    first, last = shown[0][0], max(until, shown[-1][0])
    lowest, highest, step = _scale([balance for _, balance in shown])
    days = max((last - first).days, 1)
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def x(day: date) -> float:
        return round(LEFT + wide * (day - first).days / days, 1)

    def y(amount: Decimal) -> float:
        return round(TOP + high * float((highest - amount) / (highest - lowest)), 1)

    path = f"M{x(shown[0][0])} {y(shown[0][1])}"
    for day, balance in shown[1:]:
        path += f"H{x(day)}V{y(balance)}"
    path += f"H{x(last)}"
    base = y(min(max(Decimal(0), lowest), highest))
    ticks = [Tick(y(lowest + step * n), lowest + step * n) for n in range(TICKS + 1)]
    return Drawing(
        line=path,
        area=f"{path}V{base}H{x(first)}Z",
        ticks=[tick for tick in ticks if tick.amount <= highest],
        zero=y(Decimal(0)) if lowest < 0 < highest else None,
        last=(x(last), y(shown[-1][1])),
        first_day=first,
        last_day=last,
    )


def _thinned(points: Sequence[tuple[date, Decimal]]) -> list[tuple[date, Decimal]]:
    """At most so many points as can be told apart: the last of each stretch, and both ends."""
    if len(points) <= POINTS_MAX:
        return list(points)
    stretch = math.ceil(len(points) / POINTS_MAX)
    return [points[0], *points[stretch - 1 : -1 : stretch], points[-1]]


def _scale(balances: Sequence[Decimal]) -> tuple[Decimal, Decimal, Decimal]:
    """Lowest and highest amount of the grid, on round steps, with zero in sight; and the step."""
    low, high = min(*balances, Decimal(0)), max(*balances, Decimal(0))
    span = (high - low) or Decimal(1)
    rough = span / TICKS
    unit = Decimal(1).scaleb(rough.adjusted())
    step = next(unit * n for n in (1, 2, Decimal("2.5"), 5, 10) if unit * n >= rough)
    lowest = (low / step).to_integral_value("ROUND_FLOOR") * step
    highest = (high / step).to_integral_value("ROUND_CEILING") * step
    return lowest, max(highest, lowest + step), step
