"""Competent national authorities as configurable, dated data: whom an order of a country is referred to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

from features.reference.regimes import members
from features.reference.tables import Row, in_force, optional_date, read_csv, rows


@dataclass(frozen=True, slots=True)
class Authority:
    """An authority. `country` is an alpha-2 code, or a group such as 'EU' or 'CARICC'.

    `role`: 'precursor_control', 'suspicious_reports' or 'regional_exchange' (between authorities only).
    """

    code: str
    country: str
    name_en: str
    name_ru: str
    role: str
    valid_from: date | None
    valid_to: date | None
    source: str
    confidence: str

    def name(self, language: Literal["en", "ru"]) -> str:
        return self.name_en if language == "en" else self.name_ru


@cache
def load_authorities(path: Path | None = None) -> tuple[Authority, ...]:
    """The packaged authorities, or those of an operator's CSV with the same columns.

    A row of the operator's file replaces every packaged row of its country; other countries keep theirs.
    Raises OSError where the file cannot be read, ValueError (KeyError for a missing column) where it is malformed.
    """
    packaged = tuple(_authority(row) for row in rows("authorities"))
    if path is None:
        return packaged
    own = tuple(_authority(row) for row in read_csv(path))
    replaced = {authority.country for authority in own}
    return own + tuple(authority for authority in packaged if authority.country not in replaced)


def authorities_for(country: str, on: date, path: Path | None = None) -> tuple[Authority, ...]:
    """Authorities of a country on a day, its own first; a member State without its own has the EU's generic row.

    Regional centres are left out: a company addresses its own authority.
    """
    valid = tuple(a for a in load_authorities(path) if in_force(a.valid_from, a.valid_to, on))
    own = tuple(a for a in valid if a.country == country)
    if own:
        return own
    return tuple(a for a in valid if a.country == "EU" and country in members("EU", on))


def _authority(row: Row) -> Authority:
    return Authority(
        code=row["code"],
        country=row["country"],
        name_en=row["name_en"],
        name_ru=row["name_ru"],
        role=row["role"],
        valid_from=optional_date(row["valid_from"]),
        valid_to=optional_date(row["valid_to"]),
        source=row["source"],
        confidence=row["confidence"],
    )
