"""Drawings of models as geometry: predicted against observed on axes in powers of ten, and figures by time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log10
from typing import Any

WIDTH, HEIGHT, LEFT, BOTTOM = 420.0, 300.0, 54.0, 34.0
TREND_WIDE, TREND_HIGH = 240.0, 60.0
LEAST = 0.001
TICKS = (0.001, 0.01, 0.1, 1.0)


@dataclass(frozen=True, slots=True)
class Dot:
    """One band: its place, the ends of its interval, a radius that grows with its orders."""

    x: float
    y: float
    low: float
    high: float
    radius: float


@dataclass(frozen=True, slots=True)
class Curve:
    """Dots of one model, ticks with their places, and the diagonal of a perfect curve."""

    dots: tuple[Dot, ...]
    ticks: tuple[tuple[float, float, float], ...]
    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT
    foot: float = HEIGHT - BOTTOM


def curve(rows: Sequence[Mapping[str, Any]]) -> Curve:
    """The curve of the rows of `models.evaluate.calibration_table`."""
    dots = tuple(
        Dot(_x(row["predicted"]), _y(row["observed"]), _y(row["interval"][0]), _y(row["interval"][1]),
            3 + min(6.0, log10(max(1, row["orders"]))))
        for row in rows
    )  # fmt: skip
    return Curve(dots, tuple((tick, _x(tick), _y(tick)) for tick in TICKS))


@dataclass(frozen=True, slots=True)
class Trend:
    """One figure over the latest looks: its line, the height of its bar, and the latest point."""

    name: str
    line: str
    bar: float
    last: tuple[float, float]
    broken: bool
    width: float = TREND_WIDE
    height: float = TREND_HIGH


def trends(looks: Sequence[Mapping[str, Mapping[str, float]]]) -> tuple[Trend, ...]:
    """Every figure of the newest look, from looks in time order; the bar lies at two thirds of the height."""
    if len(looks) < 2:
        return ()
    return tuple(_trend(name, [each[name] for each in looks if name in each]) for name in looks[-1])


def _trend(name: str, rows: Sequence[Mapping[str, float]]) -> Trend:
    top = 1.5 * (rows[-1]["bar"] or 1.0)
    step = (TREND_WIDE - 8) / max(1, len(rows) - 1)
    points = [
        (round(4 + place * step, 1), round(TREND_HIGH - 3 - min(max(row["value"], 0) / top, 1) * (TREND_HIGH - 6), 1))
        for place, row in enumerate(rows)
    ]
    bar = round(TREND_HIGH - 3 - (TREND_HIGH - 6) / 1.5, 1)
    return Trend(name, " ".join(f"{x},{y}" for x, y in points), bar, points[-1], bool(rows[-1]["broken"]))


def _share(value: float) -> float:
    return (log10(max(value, LEAST)) - log10(LEAST)) / -log10(LEAST)


def _x(value: float) -> float:
    return round(LEFT + _share(value) * (WIDTH - LEFT - 12), 1)


def _y(value: float) -> float:
    return round(HEIGHT - BOTTOM - _share(value) * (HEIGHT - BOTTOM - 12), 1)
