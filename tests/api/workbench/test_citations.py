"""Texts of law are cited in Russian as Russians cite them: no English word is left in any reference of the tables."""

from __future__ import annotations

import re

import pytest

from api.workbench.citations import cite
from features.reference.tables import rows
from screening.policy import STOPS

REFERENCES = sorted({row["reference"] for row in rows("duties")} | {stop.source for stop in STOPS.values()})
KEPT = re.compile(r"CFR|[ivxIVX]+")  # the American collection is known by its letters; numerals are numerals


def english_left(said: str) -> list[str]:
    return [word for word in re.findall(r"[A-Za-z]{2,}", said) if not KEPT.fullmatch(word)]


@pytest.mark.parametrize("reference", REFERENCES)
def test_no_english_is_left(reference: str) -> None:
    assert english_left(cite(reference, "ru")) == []
    assert cite(reference, "en") == reference


def test_it_reads_as_it_is_written() -> None:
    assert cite("1988 Convention Art 12(9)(a), (c)", "ru") == "Конвенция 1988 г., ст. 12(9)(a), (c)"
    said = "Постановление Правительства РК № 1315 от 12 декабря 2014 г."
    assert cite("Decree of the Government of Kazakhstan 1315 of 12 December 2014", "ru") == said
    assert english_left("Law of Nowhere, ст. 3") == ["Law", "of", "Nowhere"]
