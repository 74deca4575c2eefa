"""Routes for maps: GeoJSON (RFC 7946) and KML 2.2, WGS 84, longitude first."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from lxml import etree

from screening.exports.xml import clean

KML = "http://www.opengis.net/kml/2.2"
Place = tuple[float, float]


def geojson(packet: Mapping[str, Any]) -> bytes:
    """Each point that could be placed as a feature, and the road through them; cut where it crosses the 180th."""
    points = _placed(packet)
    features = [_feature({"type": "Point", "coordinates": _at(point)}, _about(point)) for point in points]
    road = _road([(point["longitude"], point["latitude"]) for point in points])
    if road:
        about = {"kind": "route", "order": packet["order"]["reference"], "mode": packet["route"]["mode"]}
        features.append(_feature({"type": "MultiLineString", "coordinates": road}, about))
    told = {"type": "FeatureCollection", "features": features}
    return json.dumps(told, ensure_ascii=False, sort_keys=True, indent=1).encode()


def _feature(geometry: dict[str, Any], about: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": about}


def _placed(packet: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [point for point in packet["route"]["points"] if point["located"]]


def _at(point: Mapping[str, Any]) -> list[float]:
    return [point["longitude"], point["latitude"]]


def _about(point: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in point.items() if name not in ("latitude", "longitude")}


def _road(places: Sequence[Place]) -> list[list[list[float]]]:
    """The line through the places in parts, none of which crosses the antimeridian; none for a single place."""
    if len(set(places)) < 2:
        return []
    parts: list[list[list[float]]] = [[[*places[0]]]]
    for here, there in pairwise(places):
        if abs(there[0] - here[0]) > 180:
            edge = 180.0 if here[0] > 0 else -180.0
            latitude = _crossing(here, there, edge)
            parts[-1].append([edge, latitude])
            parts.append([[-edge, latitude]])
        parts[-1].append([*there])
    return [part for part in parts if len(part) > 1]


def _crossing(here: Place, there: Place, edge: float) -> float:
    """The latitude at which the shorter way from here to there meets the 180th meridian."""
    whole = 360 - abs(there[0] - here[0])
    share = abs(edge - here[0]) / whole if whole else 0.0
    return here[1] + (there[1] - here[1]) * share


def kml(packet: Mapping[str, Any]) -> bytes:
    """The same points and road as placemarks."""
    root = etree.Element(f"{{{KML}}}kml", nsmap={None: KML})
    document = _child(root, "Document")
    _child(document, "name", packet["order"]["reference"])
    points = _placed(packet)
    for point in points:
        mark = _child(document, "Placemark")
        _child(mark, "name", point["place"] or point["country"] or point["kind"])
        _child(mark, "description", ", ".join(str(value) for value in _about(point).values() if value))
        _child(_child(mark, "Point"), "coordinates", _written(_at(point)))
    road = _road([(point["longitude"], point["latitude"]) for point in points])
    if road:
        mark = _child(document, "Placemark")
        _child(mark, "name", "route")
        parts = _child(mark, "MultiGeometry")
        for part in road:
            _child(_child(parts, "LineString"), "coordinates", " ".join(_written(place) for place in part))
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _written(place: Sequence[float]) -> str:
    return f"{place[0]:.6f},{place[1]:.6f}"


def _child(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    made = etree.SubElement(parent, f"{{{KML}}}{name}")
    made.text = None if text is None else clean(str(text))
    return made
