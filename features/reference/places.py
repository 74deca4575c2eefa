"""Places of a route: border crossings, terminals, ports, cities, free zones; distances and risk lanes."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from typing import Literal, cast

from features.reference.countries import Country, countries, country, country_by_name, phone_fits_country
from features.reference.scripts import WORD, lowered, plain
from features.reference.tables import Row, in_force, listed, optional_date, optional_text, rows

__all__ = [
    "Country", "Place", "countries", "country", "country_by_name", "distance_km", "is_free_zone_name",
    "phone_fits_country", "place", "places", "risk_lane", "transhipment_hubs",
]  # fmt: skip

Kind = Literal["border", "rail", "port", "airport", "city", "free_zone"]
EARTH_RADIUS_KM = 6371.0088
ANY_SUBSTANCE = "*"
GENERIC = re.compile(
    r"\b(port|seaport|airport|station|railway|border|crossing|checkpoint|terminal|city|customs|post|gorod|stantsiia|"
    r"порт|морпорт|морской|аэропорт|станция|ст|жд|граница|погранпереход|пункт|пропуска|кпп|терминал|город|г|"
    r"таможня|таможенный|пост|шекара|чегара|of|the|int|international|международный|intl)\b"
)


@dataclass(frozen=True, slots=True)
class Place:
    """A named place with WGS 84 degrees, approximate. `neighbour` is the country beyond a border crossing.

    `hub`: goods are commonly transhipped there. `locode` is set for ports of the UN/LOCODE list.
    """

    name_en: str
    name_ru: str | None
    country: str
    neighbour: str | None
    kind: Kind
    latitude: float
    longitude: float
    hub: bool
    locode: str | None
    confidence: str


def distance_km(a_latitude: float, a_longitude: float, b_latitude: float, b_longitude: float) -> float:
    """Great-circle distance in kilometres between two points in degrees, on the mean sphere."""
    a, b = math.radians(a_latitude), math.radians(b_latitude)
    half = math.sin((b - a) / 2) ** 2
    half += math.cos(a) * math.cos(b) * math.sin(math.radians(b_longitude - a_longitude) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, half)))


@lru_cache(maxsize=16384)
def place(name: str, country_code: str | None) -> Place | None:
    """The place of a name in any script within a country, None where it is not known.

    Without a country only a name that lies in a single country is answered.
    """
    for key in (_key(name), _bare_key(name)):
        found = _index().get(key, {})
        if country_code is not None and country_code in found:
            return found[country_code]
        if country_code is None and len(found) == 1:
            return next(iter(found.values()))
    return None


@cache
def places() -> tuple[Place, ...]:
    """Every place: those of the region first, then the world's ports."""
    own = tuple(_place(row) for row in rows("places"))
    ports = tuple(_port(row) for row in rows("ports"))
    return own + ports


@lru_cache(maxsize=16384)
def is_free_zone_name(text: str) -> bool:
    """Whether a text names a free zone: by its words in any language of the region, or as a known zone."""
    words = _padded(text)
    return any(phrase in words for phrase in _free_zone_phrases())


@cache
def transhipment_hubs() -> tuple[Place, ...]:
    """Places at which goods are commonly transhipped."""
    return tuple(known for known in places() if known.hub)


def risk_lane(substance_id: str | None, destination: str | None, on: date | None = None) -> float | None:
    """Weight between 0 and 1 of the published concern about a substance on its way to a country, or None.

    A row for every substance answers where the substance has none of its own. Source: `risk_lanes.csv`.
    """
    if destination is None:
        return None
    weights = {
        row["substance_id"]: float(row["weight"])
        for row in _lanes().get(destination, ())
        if in_force(optional_date(row["valid_from"]), optional_date(row["valid_to"]), on)
    }
    return weights.get(substance_id or ANY_SUBSTANCE, weights.get(ANY_SUBSTANCE))


@cache
def _lanes() -> Mapping[str, tuple[Row, ...]]:
    lanes: dict[str, tuple[Row, ...]] = {}
    for row in rows("risk_lanes"):
        lanes[row["destination"]] = (*lanes.get(row["destination"], ()), row)
    return lanes


def _key(name: str) -> str:
    return "".join(WORD.findall(plain(name)))


def _bare_key(name: str) -> str:
    """The key without words such as `port` or `станция`, unless nothing else is left."""
    return _key(GENERIC.sub(" ", lowered(name))) or _key(name)


def _written_names() -> Iterator[tuple[Place, str]]:
    for known, row in zip(places(), rows("places"), strict=False):
        for name in (row["name_en"], row["name_ru"], *listed(row["other_names"])):
            yield known, name
    for known in places()[len(rows("places")) :]:
        yield known, known.name_en
        yield known, str(known.locode)


@cache
def _index() -> Mapping[str, Mapping[str, Place]]:
    """Key to country to place. Full names come before bare ones, places of the region before ports."""
    index: dict[str, dict[str, Place]] = {}
    for key_of in (_key, _bare_key):
        for known, name in _written_names():
            index.setdefault(key_of(name), {}).setdefault(known.country, known)
    return index


def _padded(text: str) -> str:
    return f" {' '.join(WORD.findall(lowered(text)))} "


@cache
def _free_zone_phrases() -> tuple[str, ...]:
    known = (name for row in rows("places") if row["kind"] == "free_zone" for name in (row["name_en"], row["name_ru"]))
    return tuple({_padded(phrase) for phrase in (*(row["words"] for row in rows("free_zone_words")), *known)})


def _place(row: Row) -> Place:
    return Place(
        name_en=row["name_en"],
        name_ru=row["name_ru"],
        country=row["country"],
        neighbour=optional_text(row["neighbour"]),
        kind=cast(Kind, row["kind"]),
        latitude=float(row["latitude"]),
        longitude=float(row["longitude"]),
        hub=row["hub"] == "yes",
        locode=None,
        confidence=row["confidence"],
    )


def _port(row: Row) -> Place:
    return Place(
        name_en=row["name"],
        name_ru=None,
        country=row["country"],
        neighbour=None,
        kind="port",
        latitude=float(row["latitude"]),
        longitude=float(row["longitude"]),
        hub=False,
        locode=row["locode"],
        confidence="medium",
    )
