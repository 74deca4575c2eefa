"""Geometry of the order's drawings, for SVG that the server writes: months and map. Each has a table beside it.

The map knows no tiles and asks nobody: an equirectangular net with the world's ports as points, from the project's own
reference. Lines between points are straight; the road itself is not known.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from features.reference.countries import countries
from features.reference.places import places

WIDE, HIGH = 640.0, 300.0
PLOT_HIGH = 160.0
MARGIN_DEGREES = 6.0
MOST_LETTERS = 26


@dataclass(frozen=True, slots=True)
class MonthBar:
    """One month: its name, kilograms, and the bar in units of the drawing; `own` is the order's month."""

    month: str
    kilograms: float
    x: float
    y: float
    width: float
    height: float
    own: bool


@dataclass(frozen=True, slots=True)
class Months:
    """Bars, and the height of the threshold's line with the threshold; None where there is none."""

    bars: tuple[MonthBar, ...]
    line: float | None
    threshold: float | None
    strongest: float


def months_drawn(months: Sequence[tuple[str, float]], threshold: float | None) -> Months | None:
    """None where nothing was bought."""
    strongest = max((kilograms for _, kilograms in months), default=0.0)
    if strongest <= 0:
        return None
    top = max(strongest, threshold or 0.0)
    step = WIDE / len(months)
    bars = [
        MonthBar(
            name, kilograms, round(number * step + 2, 1), round(PLOT_HIGH * (1 - kilograms / top), 1),
            round(step - 4, 1), round(PLOT_HIGH * kilograms / top, 1), number == len(months) - 1,
        )
        for number, (name, kilograms) in enumerate(months)
    ]  # fmt: skip
    line = round(PLOT_HIGH * (1 - threshold / top), 1) if threshold else None
    return Months(tuple(bars), line, threshold, strongest)


@dataclass(frozen=True, slots=True)
class Stop:
    """A point of the way: its number, place in the drawing, and where its label stands."""

    number: int
    x: float
    y: float
    label: str
    anchor: str
    down: float = 0.0


@dataclass(frozen=True, slots=True)
class Map:
    """Height of the drawing, the world's ports and net as paths, the way as points of a polyline, its stops."""

    height: float
    ports: str
    net: str
    names: tuple[tuple[float, float, str], ...]
    way: str
    stops: tuple[Stop, ...]


def map_drawn(points: Sequence[Mapping[str, Any]], language: str) -> Map | None:
    """The window around the points that could be placed; None below two of them."""
    placed = [point for point in points if point["located"]]
    if len({(point["longitude"], point["latitude"]) for point in placed}) < 2:
        return None
    window = _window([(point["longitude"], point["latitude"]) for point in placed])
    stops = _apart([_stop(number, point, window) for number, point in enumerate(points, 1) if point["located"]])
    way = " ".join(f"{each.x},{each.y}" for each in stops)
    return Map(window.height, _ports(window), _net(window), _names(window, language), way, stops)


@dataclass(frozen=True, slots=True)
class Window:
    """Degrees that the drawing shows, and how many of its units one is."""

    west: float
    north: float
    scale: float
    height: float

    def at(self, longitude: float, latitude: float) -> tuple[float, float]:
        return round((longitude - self.west) * self.scale, 1), round((self.north - latitude) * self.scale, 1)

    def holds(self, longitude: float, latitude: float) -> bool:
        x, y = self.at(longitude, latitude)
        return 0 <= x <= WIDE and 0 <= y <= self.height


def _window(points: Sequence[tuple[float, float]]) -> Window:
    west, east = (choose(point[0] for point in points) for choose in (min, max))
    south, north = (choose(point[1] for point in points) for choose in (min, max))
    width = max(east - west + 2 * MARGIN_DEGREES, (north - south + 2 * MARGIN_DEGREES) * WIDE / HIGH)
    tall = max(width * HIGH / WIDE, north - south + 2 * MARGIN_DEGREES)
    middle = ((west + east) / 2, (south + north) / 2)
    scale = WIDE / width
    return Window(middle[0] - width / 2, middle[1] + tall / 2, scale, round(tall * scale, 1))


def _apart(stops: Sequence[Stop]) -> tuple[Stop, ...]:
    """Labels of stops that lie close together move below one another; the way keeps its points."""
    told: list[Stop] = []
    for each in stops:
        near = sum(abs(each.x - other.x) < 120 and abs(each.y - other.y) < 16 for other in told)
        told.append(replace(each, down=near * 16.0))
    return tuple(told)


def _stop(number: int, point: Mapping[str, Any], window: Window) -> Stop:
    x, y = window.at(point["longitude"], point["latitude"])
    label = str(point["place"] or point["country"] or "")[:MOST_LETTERS]
    return Stop(number, x, y, label, "end" if x > WIDE * 0.75 else "start")


def _ports(window: Window) -> str:
    """A dot for each port within the window: together they show the coasts."""
    seen = {window.at(lon, lat) for lon, lat in _harbours() if window.holds(lon, lat)}
    return "".join(f"M{x:g} {y:g}h0" for x, y in sorted(seen))


@cache
def _harbours() -> tuple[tuple[float, float], ...]:
    return tuple((each.longitude, each.latitude) for each in places() if each.kind == "port")


def _net(window: Window) -> str:
    """Meridians and parallels every ten degrees."""
    west, east = window.west, window.west + WIDE / window.scale
    south = window.north - window.height / window.scale
    down = [window.at(degree, 0)[0] for degree in range(math.ceil(west / 10) * 10, int(east) + 1, 10)]
    across = [window.at(0, degree)[1] for degree in range(math.ceil(south / 10) * 10, int(window.north) + 1, 10)]
    return "".join([f"M{x:g} 0V{window.height:g}" for x in down] + [f"M0 {y:g}H{WIDE:g}" for y in across])


def _names(window: Window, language: str) -> tuple[tuple[float, float, str], ...]:
    """Countries whose capital lies within, where their names do not stand on each other."""
    taken: list[tuple[float, float]] = []
    chosen = []
    for each in countries().values():
        x, y = window.at(each.longitude, each.latitude)
        free = all(abs(x - other[0]) > 90 or abs(y - other[1]) > 22 for other in taken)
        if window.holds(each.longitude, each.latitude) and 30 < x < WIDE - 80 and free:
            taken.append((x, y))
            chosen.append((x, y, each.name_ru if language == "ru" else each.name_en))
    return tuple(chosen)
