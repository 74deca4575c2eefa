"""Industries: ISIC Rev. 4 divisions, and which of them use a substance.

The first two digits agree between ISIC Rev. 4, NACE Rev. 2 and the national classifiers built on it
(OKED of Kazakhstan and Uzbekistan, OKVED 2 of Russia), so a customer's code of any of them is read alike.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from features.reference.tables import listed, rows

WHOLESALE = "46"
CODE = re.compile(r"[A-U]?([0-9]{2})[0-9.]{0,6}")


class UsedByIndustries(Protocol):
    """Anything with the divisions that use it; a `Substance` is one."""

    @property
    def industry_divisions(self) -> frozenset[str]: ...


@dataclass(frozen=True, slots=True)
class Division:
    """One ISIC division; `section` is its letter."""

    code: str
    section: str
    name_en: str
    name_ru: str


@cache
def divisions() -> Mapping[str, Division]:
    """The 88 divisions by two-digit code."""
    return {
        row["code"]: Division(row["code"], row["section"], row["name_en"], row["name_ru"])
        for row in rows("isic_divisions")
    }


@cache
def industry_map() -> Mapping[str, frozenset[str]]:
    """Divisions for each industry phrase of the substance table. No known use maps to no division."""
    return {row["industry"]: frozenset(listed(row["divisions"])) for row in rows("industry_map")}


def division(code: str | None) -> str | None:
    """The two-digit division of 'C20', '2011', '20.13' or '20'; None where it is no ISIC code."""
    found = CODE.fullmatch(code.strip().upper()) if code else None
    return found[1] if found and found[1] in divisions() else None


def fits(substance: UsedByIndustries, code: str | None) -> bool | None:
    """Whether an industry uses the substance.

    None where it cannot be said: no readable code, or a wholesaler, whose code tells nothing of the use.
    A substance without known legitimate use fits no industry, wholesale included.
    """
    own = division(code)
    if own is None:
        return None
    if own in substance.industry_divisions:
        return True
    if own == WHOLESALE and substance.industry_divisions:
        return None
    return False
