"""The substance table, typed: 111 substances with their names, numbers, listings and industries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Literal, cast

from features.reference.industries import industry_map
from features.reference.tables import Row, listed, optional_date, optional_text, rows


@dataclass(frozen=True, slots=True)
class Substance:
    """One substance as the lists know it.

    `hs6` is six digits without a point; `hs_other` are further headings under which it is rightly declared.
    `eu_category` counts only with `eu_status` 'in_force'. `scheduled`: UN Table I or II. `controlled`: scheduled,
    or an EU category in force, or US List I or II. `watch`: openly reported as watched, or nationally listed.
    `designer`: no or hardly any known legitimate use. `density_kg_per_l` at 20 °C, None for solids and gases.
    `valid_from`: when the present listing began, as far as is public.
    """

    id: str
    name: str
    synonyms: tuple[str, ...]
    cas: str | None
    related_cas: tuple[str, ...]
    hs6: str
    hs_specific: bool
    hs_other: tuple[str, ...]
    un_numbers: tuple[str, ...]
    family_pattern: str | None
    has_salts: bool
    incb_table: Literal["I", "II"] | None
    incb_since: str
    eu_category: str | None
    eu_status: Literal["in_force", "draft"] | None
    dea_list: Literal["I", "II"] | None
    dea_code: str | None
    dea_from: date | None
    industries: tuple[str, ...]
    industry_divisions: frozenset[str]
    designer: bool
    watch: bool
    note: str
    density_kg_per_l: float | None
    valid_from: date | None
    valid_to: date | None
    confidence: str
    source: str

    @property
    def scheduled(self) -> bool:
        return self.incb_table is not None

    @property
    def controlled(self) -> bool:
        return self.scheduled or self.eu_status == "in_force" or self.dea_list is not None

    def names(self) -> tuple[str, ...]:
        """The name of the list first, then every synonym."""
        return (self.name, *self.synonyms)


@cache
def catalogue() -> tuple[Substance, ...]:
    """Every substance, in the order of the table."""
    densities = {row["substance_id"]: float(row["density_kg_per_l"]) for row in rows("densities")}
    return tuple(_substance(row, densities.get(row["id"])) for row in rows("substances"))


@cache
def _by_id() -> Mapping[str, Substance]:
    return {substance.id: substance for substance in catalogue()}


def by_id(substance_id: str | None) -> Substance | None:
    """The substance with an id such as 'acetic-anhydride', None where there is none."""
    return _by_id().get(substance_id) if substance_id else None


def _substance(row: Row, density: float | None) -> Substance:
    industries = listed(row["industries"])
    return Substance(
        id=row["id"],
        name=row["name"],
        synonyms=listed(row["synonyms"]),
        cas=optional_text(row["cas"]),
        related_cas=listed(row["related_cas"]),
        hs6=row["hs6"],
        hs_specific=row["hs_specific"] == "yes",
        hs_other=listed(row["hs_other"]),
        un_numbers=listed(row["un_numbers"]),
        family_pattern=optional_text(row["family_pattern"]),
        has_salts=row["salts"] == "yes",
        incb_table=cast(Literal["I", "II"] | None, optional_text(row["incb_table"])),
        incb_since=row["incb_since"],
        eu_category=optional_text(row["eu_category"]),
        eu_status=cast(Literal["in_force", "draft"] | None, optional_text(row["eu_status"])),
        dea_list=cast(Literal["I", "II"] | None, optional_text(row["dea_list"])),
        dea_code=optional_text(row["dea_code"]),
        dea_from=optional_date(row["dea_from"]),
        industries=industries,
        industry_divisions=frozenset().union(*(industry_map()[phrase] for phrase in industries)),
        designer=row["designer"] == "yes",
        watch=row["watch"] == "yes",
        note=row["note"],
        density_kg_per_l=density,
        valid_from=optional_date(row["valid_from"]),
        valid_to=optional_date(row["valid_to"]),
        confidence=row["confidence"],
        source=row["source"],
    )
