"""The waterfall of an explanation: from the average order to this one, one bar a family. Plain SVG geometry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.workbench import formats
from api.workbench.texts import text
from features.catalogue import FAMILY_TITLES
from screening.errors import Language

WIDTH = 400.0
MARK = 4.0  # width of the thin marks at both ends


@dataclass(frozen=True, slots=True)
class Bar:
    """One row, `x`, `width` and the joints in units of WIDTH. `kind` is up, down, base or margin.

    `enters` and `leaves` are where the line from the row above comes in and the line to the row below goes out.
    """

    label: str
    value: str
    kind: str
    x: float
    width: float
    enters: float
    leaves: float


@dataclass(frozen=True, slots=True)
class Waterfall:
    """All bars, top to bottom, and what they say in one sentence."""

    bars: tuple[Bar, ...]
    width: float
    summary: str


def draw(language: Language, base: float, margin: float, families: Sequence[Sequence[object]]) -> Waterfall:
    """Bars for `families` (family, contribution), strongest first, between base and margin in log-odds."""
    steps: list[tuple[str, float, float, str]] = [(text(language, "order.base"), base, base, "base")]
    at = base
    for family, contribution in ((str(name), float(str(value))) for name, value in families):
        if contribution == 0.0:
            continue
        kind = "up" if contribution > 0 else "down"
        steps.append((_title(language, family), at, at + contribution, kind))
        at += contribution
    steps.append((text(language, "order.margin"), margin, margin, "margin"))
    edges = [edge for _, start, end, _ in steps for edge in (start, end)]
    scale = (min(edges), (WIDTH - MARK) / max(max(edges) - min(edges), 1e-9))
    told = {
        "base": formats.signed(language, base),
        "margin": formats.signed(language, margin),
        "strongest": _title(language, str(families[0][0])) if families else "–",
    }
    summary = text(language, "order.explanation_summary", **told)
    return Waterfall(tuple(_bar(language, step, scale) for step in steps), WIDTH, summary)


def _title(language: Language, family: str) -> str:
    return FAMILY_TITLES[family][1 if language == "ru" else 0]


def _bar(language: Language, step: tuple[str, float, float, str], scale: tuple[float, float]) -> Bar:
    """A family's bar spans its push; the two ends are thin marks, for log-odds have no zero to stand on."""
    label, start, end, kind = step
    low, stretch = scale
    mark = kind in ("base", "margin")
    enters, leaves = ((value - low) * stretch + MARK / 2 for value in (start, end))
    width = MARK if mark else max(abs(leaves - enters), 1.5)
    x = enters - MARK / 2 if mark else min(enters, leaves)
    return Bar(
        label=label,
        value=formats.signed(language, end if mark else end - start),
        kind=kind,
        x=round(x, 1),
        width=round(width, 1),
        enters=round(enters, 1),
        leaves=round(leaves, 1),
    )
