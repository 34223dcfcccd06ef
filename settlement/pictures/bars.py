"""Bar pictures: counts by age or hour upright, shares of a cap lying. Pure geometry."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 480.0
HEIGHT: Final = 230.0
LEFT: Final = 56.0
BOTTOM: Final = 30.0
TOP: Final = 22.0
SHARE: Final = 0.68
"""How much of its place a bar fills."""
BROADEST: Final = 72.0


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar with the middle of its foot, where its label stands."""

    label: str
    text: str
    x: float
    y: float
    width: float
    height: float
    middle: float


@dataclass(frozen=True, slots=True)
class Bars:
    """Upright bars, and a line through `points` (also as `marks`) on a scale of a hundred."""

    width: float
    height: float
    foot: float
    bars: tuple[Bar, ...]
    points: str = ""
    marks: tuple[tuple[float, float], ...] = ()


def upright(told: Sequence[tuple[str, float, str]], *, line: Sequence[float] | None = None) -> Bars:
    """Bars of (label, value, text); `line` holds a percentage for each bar."""
    foot = HEIGHT - BOTTOM
    room = foot - TOP
    most = max((value for _label, value, _text in told), default=0) or 1
    place = (WIDTH - LEFT) / max(len(told), 1)
    broad = min(place * SHARE, BROADEST)
    bars = []
    for number, (label, value, text) in enumerate(told):
        tall = room * value / most
        middle = LEFT + (number + 0.5) * place
        bars.append(Bar(label, text, middle - broad / 2, foot - tall, broad, tall, middle))
    marks = tuple(
        (bar.middle, foot - room * percent / 100)
        for bar, percent in zip(bars, line or (), strict=False)
    )
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in marks)
    return Bars(WIDTH, HEIGHT, foot, tuple(bars), points, marks)
