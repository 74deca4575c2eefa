"""The road of an order as points on the map: where each leg ends, from the order itself or from the tables of places.

Coordinates that the order does not state are looked up: a known place, else the country's capital, and `located` says
which. A point that cannot be placed keeps its name and has no coordinates.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from features.reference.countries import country
from features.reference.places import place

LEG_FIELDS = ("place", "country", "place_type", "mode", "eta")


def route_of(body: Mapping[str, Any], exporter: str, importer: str | None) -> dict[str, Any]:
    """`points` from the exporter over every leg to the destination, and the border points as written."""
    route = body.get("route") or {}
    seller, consignee = body.get("seller") or {}, body.get("consignee") or {}
    legs = [_leg(leg) for leg in route.get("legs") or ()]
    first = _point("origin", {"place": seller.get("city"), "country": seller.get("country") or exporter})
    last = _point("destination", {"place": consignee.get("city"), "country": consignee.get("country") or importer})
    stated = {name: route[name] for name in ("customs_office", "exit_point", "entry_point") if route.get(name)}
    ends = [last] if last["country"] else []
    return {"points": [first, *legs, *ends], "mode": (body.get("transport") or {}).get("mode"), **stated}


def _leg(leg: Mapping[str, Any]) -> dict[str, Any]:
    return _point("leg", {name: leg.get(name) for name in (*LEG_FIELDS, "latitude", "longitude")})


def _point(kind: str, what: Mapping[str, Any]) -> dict[str, Any]:
    located, latitude, longitude = _coordinates(what)
    told = {name: what.get(name) for name in LEG_FIELDS}
    return {"kind": kind, **told, "latitude": latitude, "longitude": longitude, "located": located}


def _coordinates(what: Mapping[str, Any]) -> tuple[str | None, float | None, float | None]:
    if what.get("latitude") is not None and what.get("longitude") is not None:
        return "stated", what["latitude"], what["longitude"]
    known = place(what["place"], what.get("country")) if what.get("place") else None
    if known is not None:
        return "place", known.latitude, known.longitude
    capital = country(what["country"]) if what.get("country") else None
    if capital is not None:
        return "country", capital.latitude, capital.longitude
    return None, None, None
