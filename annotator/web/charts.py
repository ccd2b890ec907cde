"""Plots as SVG marks: where each goes in a frame of fixed units. templates/partials/plot.html draws them, CSS gives them colour.

Coordinates are strings with a point, since templates would write numbers as the reader's language does.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

WIDTH, HEIGHT = 440, 240
LEFT, RIGHT, TOP, BOTTOM = 46, 428, 14, 204


class Tick(NamedTuple):
    at: str
    text: str


class Mark(NamedTuple):
    """A point with the interval it lies in."""

    x: str
    y: str
    low: str
    high: str


class Bar(NamedTuple):
    x: str
    y: str
    width: str
    height: str
    kind: str


class Shape(NamedTuple):
    """A line or an area through points; `kind` chooses its style."""

    points: str
    kind: str


@dataclass
class Plot:
    """What one plot shows. x and y are those of the frame below; sets of ticks and marks are filled by the functions of each plot."""

    x_name: str
    y_name: str
    x_ticks: list[Tick] = field(default_factory=list)
    y_ticks: list[Tick] = field(default_factory=list)
    areas: list[Shape] = field(default_factory=list)
    lines: list[Shape] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    rules: list[Tick] = field(default_factory=list)
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = RIGHT
    top: int = TOP
    bottom: int = BOTTOM


@dataclass(frozen=True)
class Frame:
    """From values to units: x grows to the right, y upwards."""

    x_low: float
    x_high: float
    y_low: float
    y_high: float

    def x(self, value: float) -> float:
        return LEFT + (RIGHT - LEFT) * (value - self.x_low) / (self.x_high - self.x_low)

    def y(self, value: float) -> float:
        return BOTTOM - (BOTTOM - TOP) * (value - self.y_low) / (self.y_high - self.y_low)

    def x_tick(self, value: float, text: str) -> Tick:
        return Tick(units(self.x(value)), text)

    def y_tick(self, value: float, text: str) -> Tick:
        return Tick(units(self.y(value)), text)

    def points(self, pairs: Iterable[tuple[float, float]]) -> str:
        return " ".join(f"{units(self.x(x))},{units(self.y(y))}" for x, y in pairs)

    def mark(self, x: float, y: float, low: float, high: float) -> Mark:
        return Mark(units(self.x(x)), units(self.y(y)), units(self.y(low)), units(self.y(high)))

    def bar(self, x: float, width: float, value: float, kind: str) -> Bar:
        """A bar from the floor up; `x` and `width` in units already."""
        top = self.y(value)
        return Bar(units(x), units(top), units(width), units(BOTTOM - top), kind)


def units(value: float) -> str:
    return f"{value:.1f}"


def round_up(value: float, *, least: float) -> float:
    """The next of 1, 2, 5, 10, 20 ... (times a power of ten) from `value` up; an axis ends there."""
    size = least
    steps: Sequence[float] = (2, 2.5, 2)
    turn = 0
    while size < value - 1e-12:
        size *= steps[turn % 3]
        turn += 1
    return size
