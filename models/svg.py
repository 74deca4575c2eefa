"""Plain SVG charts: lines, bars, dots; no script, no library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT, LEFT, BOTTOM = 640, 320, 56, 40
COLOURS = ("#0b5394", "#b45309", "#6b7280", "#15803d", "#7c3aed", "#be123c", "#0e7490", "#a16207", "#4b5563")
Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Axes:
    """Ranges, ticks and titles of a chart."""

    x: tuple[float, float]
    y: tuple[float, float]
    x_title: str
    y_title: str
    x_ticks: Sequence[float]
    y_ticks: Sequence[float]

    def at(self, x: float, y: float) -> tuple[float, float]:
        across = (x - self.x[0]) / (self.x[1] - self.x[0])
        up = (min(max(y, self.y[0]), self.y[1]) - self.y[0]) / (self.y[1] - self.y[0])
        return LEFT + across * (WIDTH - LEFT - 12), HEIGHT - BOTTOM - up * (HEIGHT - BOTTOM - 12)


def lines(axes: Axes, series: Mapping[str, Points], diagonal: bool = False) -> str:
    """A line chart with dots and a legend; `diagonal` draws what a perfect calibration would be."""
    parts = _frame(axes)
    if diagonal:
        (x1, y1), (x2, y2) = axes.at(axes.x[0], axes.x[0]), axes.at(axes.x[1], axes.x[1])
        parts.append(
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#999" stroke-dasharray="4"/>'
        )
    for number, (name, points) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        places = [axes.at(x, y) for x, y in points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        width = 3 if number == 0 else 1.5
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width}"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places]
        parts.append(f'<rect x="{WIDTH + 8}" y="{14 + 20 * number}" width="12" height="12" fill="{colour}"/>')
        parts.append(f'<text x="{WIDTH + 26}" y="{24 + 20 * number}">{escape(name)}</text>')
    return _svg(parts, WIDTH + 220, HEIGHT)


def bars(rows: Sequence[tuple[str, Sequence[float | None]]], legend: Sequence[str], mark: float | None = None) -> str:
    """Horizontal bars from 0 to 1, several to a row; `mark` draws a line at that value."""
    step = 10 * len(legend) + 8
    height = 30 + step * len(rows)
    parts = []
    for row, (name, values) in enumerate(rows):
        top = 24 + row * step
        parts.append(f'<text x="{LEFT + 84}" y="{top + step / 2:.0f}" text-anchor="end">{escape(name)}</text>')
        for number, value in enumerate(values):
            if value is not None:
                y, width = top + 10 * number, max(1.0, value * (WIDTH - LEFT - 100))
                parts.append(
                    f'<rect x="{LEFT + 90}" y="{y}" width="{width:.1f}" height="9" fill="{COLOURS[number]}">'
                    f"<title>{escape(name)}, {escape(legend[number])}: {value:.3f}</title></rect>"
                )
    for number, name in enumerate(legend):
        parts.append(f'<rect x="{WIDTH + 8}" y="{14 + 20 * number}" width="12" height="12" fill="{COLOURS[number]}"/>')
        parts.append(f'<text x="{WIDTH + 26}" y="{24 + 20 * number}">{escape(name)}</text>')
    if mark is not None:
        x = LEFT + 90 + mark * (WIDTH - LEFT - 100)
        parts.append(f'<line x1="{x:.1f}" y1="16" x2="{x:.1f}" y2="{height}" stroke="#999" stroke-dasharray="4"/>')
    return _svg(parts, WIDTH + 220, height)


def _frame(axes: Axes) -> list[str]:
    parts = []
    for tick in axes.x_ticks:
        x, y = axes.at(tick, axes.y[0])
        parts.append(f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{x:.1f}" y2="12" stroke="#eee"/>')
        parts.append(f'<text x="{x:.1f}" y="{y + 16:.1f}" text-anchor="middle">{tick:g}</text>')
    for tick in axes.y_ticks:
        x, y = axes.at(axes.x[0], tick)
        parts.append(f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{WIDTH - 12}" y2="{y:.1f}" stroke="#eee"/>')
        parts.append(f'<text x="{x - 6:.1f}" y="{y + 4:.1f}" text-anchor="end">{tick:g}</text>')
    parts.append(f'<text x="{WIDTH / 2}" y="{HEIGHT - 4}" text-anchor="middle">{escape(axes.x_title)}</text>')
    middle = HEIGHT / 2
    turned = f'transform="rotate(-90 12 {middle})"'
    parts.append(f'<text x="12" y="{middle}" text-anchor="middle" {turned}>{escape(axes.y_title)}</text>')
    return parts


def _svg(parts: Sequence[str], width: int, height: float) -> str:
    return f'<svg viewBox="0 0 {width} {height:.0f}" width="{width}" role="img">{"".join(parts)}</svg>'
