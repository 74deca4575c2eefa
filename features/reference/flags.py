"""The 109 red flags of diversion. None is by itself a suspicion: they count in the totality of an order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal, cast

from features.reference.tables import listed, rows

Computable = Literal["S", "R", "X", "H"]


@dataclass(frozen=True, slots=True)
class RedFlag:
    """One indicator. `computable`: S from orders, R with reference data, X across companies, H by a person."""

    id: str
    family: str
    name_en: str
    name_ru: str
    computable: Computable
    fields: tuple[str, ...]
    how: str
    source: str
    confidence: str

    def name(self, language: Literal["en", "ru"]) -> str:
        return self.name_en if language == "en" else self.name_ru


@cache
def red_flags() -> Mapping[str, RedFlag]:
    """Every red flag by its id, such as 'Q04'."""
    return {
        row["id"]: RedFlag(
            id=row["id"],
            family=row["family"],
            name_en=row["name_en"],
            name_ru=row["name_ru"],
            computable=cast(Computable, row["computable"]),
            fields=listed(row["fields"], ";"),
            how=row["how"],
            source=row["source"],
            confidence=row["confidence"],
        )
        for row in rows("red_flags")
    }
