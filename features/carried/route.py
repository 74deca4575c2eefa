"""Route: where the order says the goods go, how, and through what kind of places. Distances in kilometres."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import Any

from features.carried.core import KEPT, NAN, carried, flag, known
from features.reference import countries as atlas
from features.reference import places

Texts = tuple[str | None, ...] | None
Degrees = tuple[float | None, ...] | None
Days = tuple[date | None, ...] | None
BULK_BY_AIR_KG = 1000.0


@carried("destination", "home")
def abroad(destination: str | None, home: str | None) -> float:
    return flag(destination != home) if destination and home else NAN


@carried("countries")
def crosses_border(countries: tuple[str, ...]) -> float:
    return flag(len(countries) > 1) if countries else NAN


@carried("route.legs.*.country")
def leg_count(countries: Texts) -> float:
    return float(len(countries)) if countries else NAN


@carried("route.legs.*.country")
def country_count(countries: Texts) -> float:
    return float(len({country for country in countries if country})) if countries else NAN


@known(
    "seller_country", "route.legs.*.latitude", "route.legs.*.longitude", "route.legs.*.place", "route.legs.*.country"
)
@lru_cache(maxsize=KEPT)
def distances(
    seller: str | None, latitudes: Degrees, longitudes: Degrees, names: Texts, countries: Texts
) -> tuple[float, float]:
    """Along the stated legs, and from the first point to the last as the crow flies."""
    legs = zip(latitudes or (), longitudes or (), names or (), countries or (), strict=True)
    stated = (_country_point(seller), *(_point(*leg) for leg in legs))
    points = [point for point in stated if point is not None]
    if not countries or len(points) < 2:
        return NAN, NAN
    travelled = sum(places.distance_km(*a, *b) for a, b in pairwise(points))
    return travelled, places.distance_km(*points[0], *points[-1])


def _point(
    latitude: float | None, longitude: float | None, name: str | None, country: str | None
) -> tuple[float, float] | None:
    if latitude is not None and longitude is not None:
        return latitude, longitude
    place = places.place(name, country) if name else None
    return (place.latitude, place.longitude) if place else _country_point(country)


def _country_point(code: str | None) -> tuple[float, float] | None:
    country = atlas.country(code)
    return (country.latitude, country.longitude) if country else None


@carried("distances")
def travelled_km(distances: tuple[float, float]) -> float:
    return distances[0]


@carried("distances")
def direct_km(distances: tuple[float, float]) -> float:
    return distances[1]


@carried("route.legs.*.place_type", "route.legs.*.place", "consignee?", "consignee.type")
@lru_cache(maxsize=KEPT)
def free_zone(types: Texts, names: Texts, consignee: bool, consignee_type: str | None) -> float:
    if not types and not consignee:
        return NAN
    by_type = any(each in ("free_zone", "bonded") for each in types or ())
    by_name = any(each and places.is_free_zone_name(each) for each in names or ())
    return flag(by_type or by_name or consignee_type == "free_zone")


@carried("route.legs.*.place", "route.legs.*.country")
@lru_cache(maxsize=KEPT)
def hub(names: Texts, countries: Texts) -> float:
    if not names:
        return NAN
    found = (places.place(name, country) for name, country in zip(names, countries or (), strict=True) if name)
    return flag(any(place is not None and place.hub for place in found))


@carried("lead.substance", "route.legs.*.country", "destination", "rules_of")
@lru_cache(maxsize=KEPT)
def risk_lane(substance: str | None, legs: Texts, destination: str | None, on: date) -> float:
    """Highest stated risk of the destination and the countries passed, for the leading substance."""
    risks = [places.risk_lane(substance, country, on) for country in (*(legs or ()), destination) if country]
    return max((risk for risk in risks if risk is not None), default=0.0)


@carried("consignee.type")
def forwarder_consignee(kind: str | None) -> float:
    return flag(kind in ("forwarder", "mailbox")) if kind else NAN


@carried("consignee.type")
def warehouse_consignee(kind: str | None) -> float:
    return flag(kind in ("warehouse", "free_zone")) if kind else NAN


@carried("consignee_key")
def no_consignee(key: str | None) -> float:
    return flag(key is None)


@carried("order.transfer_method")
def pickup(method: str | None) -> float:
    return flag(method == "customer_pickup") if method else NAN


@carried("transport.parcel_count", arithmetic=True)
def parcels(count: Any) -> Any:
    return count


@carried("mode")
def by_post(mode: str | None) -> float:
    return flag(mode in ("post", "courier")) if mode else NAN


@carried("mode", "lead_micro")
def bulk_by_air(mode: str | None, mass: int | None) -> float:
    if mode is None or mass is None:
        return NAN
    return flag(mode in ("air", "courier", "post") and mass / 1e6 >= BULK_BY_AIR_KG)


@carried("order.incoterm")
def buyer_carries(incoterm: str | None) -> float:
    return flag(incoterm in ("EXW", "FCA")) if incoterm else NAN


@carried("customer.licences.*.site", "consignee.site_id")
def site_mismatch(licensed: Texts, site: str | None) -> float:
    """Whether the goods go to a site that none of the customer's licences names."""
    sites = {each for each in licensed or () if each}
    return flag(site not in sites) if sites and site else NAN


@carried("route.legs.*.eta")
def transit_days(days: Days) -> float:
    """Days from the stated arrival of the first leg to that of the last."""
    if not days or days[0] is None or days[-1] is None:
        return NAN
    return float((days[-1] - days[0]).days)
