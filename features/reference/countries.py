"""Countries by exact ISO code or exact known name, never by likeness: 'Korea' is two countries."""

from __future__ import annotations

import gettext
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

import pycountry

from features.reference.scripts import lowered
from features.reference.tables import Row, listed, rows

NORTH_AMERICAN = "1"
SHARED_SEVEN = "7"


@dataclass(frozen=True, slots=True)
class Country:
    """A country or territory with an ISO 3166-1 code, and Kosovo under its user-assigned XK.

    Coordinates are the capital's, WGS 84 degrees; `region` is a UN M49 region; `dial_code` without plus.
    """

    iso2: str
    iso3: str
    name_en: str
    name_ru: str
    latitude: float
    longitude: float
    region: str
    dial_code: str | None

    def name(self, language: Literal["en", "ru"]) -> str:
        return self.name_en if language == "en" else self.name_ru


@cache
def countries() -> Mapping[str, Country]:
    """Every country by its alpha-2 code."""
    russian = gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=["ru"])
    return {row["iso2"]: _country(row, russian) for row in rows("countries")}


def country(iso2: str | None) -> Country | None:
    """The country of an alpha-2 code in capitals, None where there is none."""
    return countries().get(iso2) if iso2 else None


def country_by_name(name: str) -> Country | None:
    """The country of an exact known name in English, Russian or its own form, or of an ISO code; else None."""
    return country(_names().get(lowered(name).strip()))


def phone_fits_country(phone_key: str | None, iso2: str | None) -> bool | None:
    """Whether an international number can belong to a country; None where number or country is not known.

    +7 is Kazakhstan where 6 or 7 follows, else Russia; +1 is any country of the North American plan.
    """
    known = country(iso2)
    if not phone_key or known is None or known.dial_code is None:
        return None
    if not phone_key.startswith(known.dial_code):
        return False
    if known.dial_code == SHARED_SEVEN:
        return (phone_key[1:2] in {"6", "7"}) == (known.iso2 == "KZ")
    if known.dial_code == NORTH_AMERICAN:
        return len(phone_key) == 11
    return not any(code.startswith(known.dial_code) and phone_key.startswith(code) for code in _longer(known.dial_code))


@cache
def _longer(dial_code: str) -> tuple[str, ...]:
    codes = {known.dial_code for known in countries().values() if known.dial_code}
    return tuple(code for code in codes if code.startswith(dial_code) and code != dial_code)


def _country(row: Row, russian: gettext.NullTranslations) -> Country:
    listed_country = pycountry.countries.get(alpha_2=row["iso2"])
    official = str(listed_country.name) if listed_country else ""
    return Country(
        iso2=row["iso2"],
        iso3=str(listed_country.alpha_3) if listed_country else row["iso3"],
        name_en=row["name_en"] or str(getattr(listed_country, "common_name", official)),
        name_ru=row["name_ru"] or russian.gettext(official),
        latitude=float(row["latitude"]),
        longitude=float(row["longitude"]),
        region=row["region"],
        dial_code=row["dial_code"] or None,
    )


@cache
def _names() -> Mapping[str, str]:
    """Lower-case names to alpha-2. A name that two countries would claim is left out."""
    names: dict[str, set[str]] = {}
    others = {row["iso2"]: listed(row["other_names"]) for row in rows("countries")}
    for known in countries().values():
        for name in (known.iso2, known.iso3, known.name_en, known.name_ru, *others[known.iso2]):
            names.setdefault(lowered(name).strip(), set()).add(known.iso2)
    return {name: codes.copy().pop() for name, codes in names.items() if len(codes) == 1}
