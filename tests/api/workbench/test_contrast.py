"""Colours: every pair of text and ground reaches 4.5:1, every mark 3:1, in both themes; marks differ by shape too."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from api.workbench import frame

STYLE = (Path(frame.__file__).parent / "static" / "tamga.css").read_text("utf-8")
TEXT = [
    ("text", "ground"), ("text", "surface"), ("text", "accent-soft"), ("dim", "ground"), ("dim", "surface"),
    ("dim", "accent-soft"), ("accent", "ground"), ("accent", "surface"), ("accent", "accent-soft"),
    ("on-accent", "accent"), ("high", "high-soft"), ("high", "surface"), ("high", "accent-soft"),
    ("elevated", "elevated-soft"), ("elevated", "surface"), ("low", "low-soft"), ("low", "surface"),
    ("low", "accent-soft"), ("unscored", "unscored-soft"),
]  # fmt: skip
MARKS = [("up", "surface"), ("down", "surface"), ("neutral", "surface"), ("neutral", "ground"), ("accent", "ground")]


def themes() -> list[dict[str, str]]:
    blocks = re.findall(r":root[^{]*\{([^}]*--ground[^}]*)\}", STYLE)
    return [dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})", block)) for block in blocks]


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def test_the_measure_is_right() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", [0, 1])
def test_colours_can_be_read(theme: int) -> None:
    light, dark, chosen = themes()
    assert dark == chosen
    tokens = (light, dark)[theme]
    assert [(pair, contrast(*map(tokens.get, pair))) for pair in TEXT if contrast(*map(tokens.get, pair)) < 4.5] == []
    assert [(pair, contrast(*map(tokens.get, pair))) for pair in MARKS if contrast(*map(tokens.get, pair)) < 3] == []


def test_no_colour_stands_outside_the_tokens() -> None:
    rest = re.sub(r":root[^{]*\{[^}]*--ground[^}]*\}", "", STYLE)
    assert set(re.findall(r"#[0-9a-f]{3,6}\b", rest)) <= {"#fff"}  # paper


def test_each_band_has_a_shape_of_its_own() -> None:
    for band in ("high", "elevated", "low", "unscored"):
        assert re.search(rf"\.band-{band} \.mark \{{ (clip-path|transform|border-radius|background)", STYLE), band


def test_motion_paper_and_forced_colours_are_provided_for() -> None:
    for query in ("prefers-reduced-motion", "print", "forced-colors"):
        assert query in STYLE
