"""The 24 typologies: how diversion looks in a stream of orders, and what an officer usually does about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from features.reference.tables import listed, rows


@dataclass(frozen=True, slots=True)
class Typology:
    """One pattern; `flags` are ids of the red flags that show it."""

    id: str
    name_en: str
    name_ru: str
    pattern_en: str
    pattern_ru: str
    traces_en: str
    traces_ru: str
    response_en: str
    response_ru: str
    main_features: tuple[str, ...]
    flags: tuple[str, ...]
    source: str
    confidence: str

    def name(self, language: Literal["en", "ru"]) -> str:
        return self.name_en if language == "en" else self.name_ru


@cache
def typologies() -> Mapping[str, Typology]:
    """Every typology by its id, such as 'TY01'."""
    return {
        row["id"]: Typology(
            id=row["id"],
            name_en=row["name_en"],
            name_ru=row["name_ru"],
            pattern_en=row["pattern_en"],
            pattern_ru=row["pattern_ru"],
            traces_en=row["traces_en"],
            traces_ru=row["traces_ru"],
            response_en=row["response_en"],
            response_ru=row["response_ru"],
            main_features=listed(row["main_features"]),
            flags=listed(row["flags"]),
            source=row["source"],
            confidence=row["confidence"],
        )
        for row in rows("typologies")
    }
