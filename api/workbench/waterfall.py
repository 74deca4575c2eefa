"""The waterfall of an explanation: from the average order to this one, one bar a family. Plain SVG geometry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.workbench import formats
from features.catalogue import FAMILY_TITLES
from screening.errors import Language

WIDTH, ROW, LABEL, RIGHT = 640, 30, 190, 70


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar in SVG units. `kind` is up, down, base or margin; `value` and `label` are as shown."""

    label: str
    value: str
    kind: str
    x: float
    y: float
    width: float
    joint: float


@dataclass(frozen=True, slots=True)
class Waterfall:
    """All bars, top to bottom, and the size of the picture."""

    bars: tuple[Bar, ...]
    width: int
    height: int
    strongest: str


def draw(language: Language, base: float, margin: float, families: Sequence[Sequence[object]]) -> Waterfall:
    """Bars for `families` (family, contribution), strongest first, between base and margin in log-odds."""
    from_top: list[tuple[str, float, float, str]] = [(_ends(language)[0], 0.0, base, "base")]
    at = base
    for family, contribution in ((str(name), float(str(value))) for name, value in families):
        if contribution == 0.0:
            continue
        kind = "up" if contribution > 0 else "down"
        from_top.append((_title(language, family), at, at + contribution, kind))
        at += contribution
    from_top.append((_ends(language)[1], 0.0, margin, "margin"))
    scale = _scale([edge for _, start, end, _ in from_top for edge in (start, end)])
    bars = tuple(_bar(language, place, row, scale) for place, row in enumerate(from_top))
    strongest = _title(language, str(families[0][0])) if families else ""
    return Waterfall(bars, WIDTH, ROW * len(bars) + 8, strongest)


def _ends(language: Language) -> tuple[str, str]:
    return ("Средний заказ", "Этот заказ") if language == "ru" else ("Average order", "This order")


def _title(language: Language, family: str) -> str:
    return FAMILY_TITLES[family][1 if language == "ru" else 0]


def _scale(edges: list[float]) -> tuple[float, float]:
    low, high = min(edges), max(edges)
    return low, (WIDTH - LABEL - RIGHT) / max(high - low, 1e-9)


def _bar(language: Language, place: int, row: tuple[str, float, float, str], scale: tuple[float, float]) -> Bar:
    label, start, end, kind = row
    low, stretch = scale
    left, right = min(start, end), max(start, end)
    shown = end if kind in ("base", "margin") else end - start
    return Bar(
        label=label,
        value=formats.signed(language, shown),
        kind=kind,
        x=round(LABEL + (left - low) * stretch, 1),
        y=ROW * place + 4,
        width=round(max((right - left) * stretch, 1.5), 1),
        joint=round(LABEL + (end - low) * stretch, 1),
    )
