"""How goods travel: legs, crossing, free zones, carriers' modes."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from models.simulator.chance import Chance
from models.simulator.places import CITIES, CROSSINGS, FREE_ZONES
from models.simulator.world import Seller

FAR = frozenset({"CN", "US", "IN", "DE", "NL", "AE"})


def leg(place: tuple[str, str, str, float, float], mode: str, eta: date) -> dict[str, Any]:
    """One leg from (name, country, place type, latitude, longitude)."""
    name, country, kind, latitude, longitude = place
    return {
        "place": name, "country": country, "place_type": kind, "mode": mode, "eta": eta.isoformat(),
        "latitude": latitude, "longitude": longitude,
    }  # fmt: skip


def city_of(chance: Chance, country: str, city: str | None = None) -> tuple[str, str, str, float, float]:
    """A city of the country as a place to deliver to."""
    choices = CITIES.get(country, CITIES["KZ"])
    for name, latitude, longitude in choices:
        if name == city:
            return name, country, "site", latitude, longitude
    name, latitude, longitude = chance.pick(choices)
    return name, country, "site", latitude, longitude


def crossing_into(chance: Chance, country: str) -> tuple[str, str, str, float, float] | None:
    places = CROSSINGS.get(country)
    if not places:
        return None
    name, kind, latitude, longitude = chance.pick(places)
    return name, country, kind, latitude, longitude


def free_zone(chance: Chance) -> tuple[str, str, str, float, float]:
    name, country, latitude, longitude = chance.pick(FREE_ZONES)
    return name, country, "free_zone", latitude, longitude


def add_route(chance: Chance, seller: Seller, body: dict[str, Any], through_free_zone: bool) -> None:
    """Fill route and transport from the seller's city to the consignee's, over a crossing where there is one."""
    origin = city_of(chance, seller.country, seller.party.get("city"))
    country = body["destination_country"]
    target = city_of(chance, country, body["consignee"].get("city"))
    day = date.fromisoformat(body["requested_ship_date"])
    mode = _mode(chance, seller.country, country)
    stops = [origin]
    if through_free_zone and chance.happens(0.6):
        stops.append(free_zone(chance))
    if seller.country != country:
        crossing = crossing_into(chance, country)
        if crossing is not None:
            stops.append(crossing)
            body["route_entry"] = crossing[0]
    stops.append(target)
    legs = [leg(stop, mode, day + timedelta(days=3 * number)) for number, stop in enumerate(stops)]
    body["route"] = {"legs": legs}
    entry = body.pop("route_entry", None)
    if entry:
        body["route"] |= {"entry_point": entry, "customs_office": f"{entry} customs"}
    body["transport"]["mode"] = mode
    if mode in {"sea", "rail"}:
        body["transport"]["container_no"] = f"TMGU{chance.digits(7)}"
    else:
        body["transport"]["vehicle_no"] = f"{chance.digits(3)}{chance.pick(('AB', 'KX', 'MT', 'ZA'))}{chance.digits(2)}"


def _mode(chance: Chance, origin: str, country: str) -> str:
    if origin == country:
        return "road" if chance.happens(0.88) else "rail"
    if origin in FAR or country in FAR:
        return chance.pick(("sea", "rail", "rail", "road", "air"))
    return chance.pick(("road", "road", "road", "rail"))
