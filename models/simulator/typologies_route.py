"""Typologies about the way: shell consignees, free zones, re-export, losses, permits, late changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from models.simulator import names
from models.simulator.habits import amendment
from models.simulator.placed import Placed
from models.simulator.places import CITIES
from models.simulator.routes import city_of, crossing_into, free_zone, leg
from models.simulator.scheme import Scheme

THIRD_COUNTRIES = ("AE", "TR", "GE", "KG", "TJ", "TM", "AF", "IR")


def shell_consignee(s: Scheme) -> list[Placed]:
    """TY04: a forwarder or warehouse receives, and nobody names the end user."""
    company = s.front("46") if s.chance.happens(0.5) else s.victim("46", "20")
    latin, _ = names.company_names(s.chance, company.country, "trade")

    def shell(body: dict[str, Any]) -> None:
        if s.trace():
            body["consignee"] |= {"type": s.chance.pick(("forwarder", "warehouse")), "name": latin}
        if s.trace():
            body.pop("end_user", None)
        if s.trace():
            body["incoterm"] = s.chance.pick(("EXW", "FCA"))
        if s.chance.happens(0.4) and s.trace():
            body["amendments"] = [amendment(s.chance, body, "consignee")]

    good = s.wanted("scheduled", "controlled", by=company)
    return [
        s.place(s.purchase(company, moment, good, s.amount(company, good)), shell)
        for moment in s.moments(s.count(3, 6), 15.0)
    ]


def free_zone_routing(s: Scheme) -> list[Placed]:
    """TY07: the way leads through a free zone or a bonded store where the goods rest."""
    company = s.victim() if s.chance.happens(0.5) else s.front()
    zone = free_zone(s.chance)

    def through(body: dict[str, Any]) -> None:
        legs = body["route"].setdefault("legs", [])
        if s.trace():
            day = datetime.fromisoformat(body["requested_ship_date"]).date()
            legs.insert(min(1, len(legs)), leg(zone, "sea", day + timedelta(days=s.chance.whole(2, 20))))
        if s.trace():
            body["consignee"] |= {"type": "free_zone", "country": zone[1], "city": zone[0]}
            body["destination_country"] = zone[1]

    good = s.wanted("scheduled", "controlled", by=company)
    return [
        s.place(s.purchase(company, moment, good, s.amount(company, good)), through)
        for moment in s.moments(s.count(3, 6), 16.0)
    ]


def re_export(s: Scheme) -> list[Placed]:
    """TY08: goods go to a country that has no need of them, on a lane never used before."""
    company = s.victim("46", "20", "21")
    third = s.chance.pick(THIRD_COUNTRIES)
    latin, _ = names.company_names(s.chance, "AE", "trade")

    def onward(body: dict[str, Any]) -> None:
        if not s.trace():
            return
        day = datetime.fromisoformat(body["requested_ship_date"]).date()
        place = city_of(s.chance, third)
        body["consignee"] |= {"country": third, "city": place[0], "name": latin, "type": "other"}
        body["destination_country"] = third
        legs = body["route"].setdefault("legs", [])
        crossing = crossing_into(s.chance, third)
        if crossing is not None:
            legs.append(leg(crossing, "road", day + timedelta(days=6)))
        legs.append(leg(place, "road", day + timedelta(days=8)))

    good = s.wanted("scheduled", "controlled", by=company)
    return [
        s.place(s.purchase(company, moment, good, s.amount(company, good) * s.factor() ** 0.5), onward)
        for moment in s.moments(s.count(3, 6), 18.0)
    ]


def loss_in_transit(s: Scheme) -> list[Placed]:
    """TY13: goods of several honest senders disappear with the same carrier."""
    carrier = s.chance.pick(s.world.carriers)
    good = s.wanted("scheduled", "controlled")

    def same_carrier(body: dict[str, Any]) -> None:
        if s.trace():
            body["transport"]["carrier"] = dict(carrier)
        if s.trace():
            body["lines"][0]["gross_kg"] = round(max(0.001, body["lines"][0].get("gross_kg", 1.0) * 0.9), 3)

    placed = []
    for moment in s.moments(s.count(3, 6), 20.0):
        company = s.victim()
        placed.append(s.place(s.purchase(company, moment, good, s.amount(company, good)), same_carrier))
    return placed


def reused_permit(s: Scheme) -> list[Placed]:
    """TY15: one permit number serves twice, is overdrawn, or had run out."""
    company = s.front()
    number = f"EA-{company.country}-{s.chance.digits(7)}"
    other = s.victim()

    def permit(body: dict[str, Any]) -> None:
        ordered = datetime.fromisoformat(body["received_at"])
        paper = {"type": "export", "number": f"EA-{company.country}-{s.chance.digits(7)}", "unit": "kg",
                 "issued": (ordered - timedelta(days=90)).date().isoformat(),
                 "valid_to": (ordered + timedelta(days=60)).date().isoformat(),
                 "quantity": body["declaration"]["quantity"] if "declaration" in body else 500}  # fmt: skip
        if s.trace():
            paper["number"] = number
        if s.trace():
            paper["quantity"] = round(float(paper["quantity"]) * 0.5, 3)
        if s.chance.happens(0.5) and s.trace():
            paper["valid_to"] = (ordered - timedelta(days=s.chance.whole(1, 40))).date().isoformat()
        body["authorisation"] = paper

    good = s.wanted("scheduled", by=company)
    return [
        s.place(s.purchase(company if s.chance.happens(0.7) else other, moment, good, s.amount(company, good)), permit)
        for moment in s.moments(s.count(3, 6), 12.0)
    ]


def after_clearance(s: Scheme) -> list[Placed]:
    """TY17: once the order is approved, consignee, route or carrier change."""
    company = s.victim() if s.chance.happens(0.6) else s.front()

    def late(body: dict[str, Any]) -> None:
        if s.trace():
            fields = s.chance.sample(("consignee", "route", "carrier", "destination_country", "payment"), s.count(1, 3))
            body["amendments"] = [amendment(s.chance, body, field) for field in fields]
        if s.trace():
            country = s.chance.pick(THIRD_COUNTRIES)
            body["consignee"] |= {"country": country, "city": s.chance.pick(CITIES.get(country, CITIES["AE"]))[0]}
            body["destination_country"] = country

    good = s.wanted("scheduled", "controlled", by=company)
    return [
        s.place(s.purchase(company, moment, good, s.amount(company, good)), late)
        for moment in s.moments(s.count(3, 6), 16.0)
    ]


ROUTE_TYPOLOGIES: dict[str, Callable[[Scheme], list[Placed]]] = {
    "TY04": shell_consignee, "TY07": free_zone_routing, "TY08": re_export, "TY13": loss_in_transit,
    "TY15": reused_permit, "TY17": after_clearance,
}  # fmt: skip
