"""Bar pictures: counts by age or hour upright, shares of a cap lying. Pure geometry."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 480.0
HEIGHT: Final = 230.0
LEFT: Final = 40.0
BOTTOM: Final = 30.0
TOP: Final = 22.0
SHARE: Final = 0.68
"""How much of its place a bar fills."""


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
    """Upright bars, and a line through `points` on a scale of a hundred."""

    width: float
    height: float
    foot: float
    bars: tuple[Bar, ...]
    points: str = ""


def upright(told: Sequence[tuple[str, float, str]], *, line: Sequence[float] | None = None) -> Bars:
    """Bars of (label, value, text); `line` holds a percentage for each bar."""
    foot = HEIGHT - BOTTOM
    room = foot - TOP
    most = max((value for _label, value, _text in told), default=0) or 1
    place = (WIDTH - LEFT) / max(len(told), 1)
    bars = []
    for number, (label, value, text) in enumerate(told):
        tall = room * value / most
        x = LEFT + number * place + place * (1 - SHARE) / 2
        bars.append(Bar(label, text, x, foot - tall, place * SHARE, tall, x + place * SHARE / 2))
    points = " ".join(
        f"{bar.middle:.1f},{foot - room * percent / 100:.1f}"
        for bar, percent in zip(bars, line or (), strict=False)
    )
    return Bars(WIDTH, HEIGHT, foot, tuple(bars), points)
