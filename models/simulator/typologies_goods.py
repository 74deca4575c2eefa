"""Typologies about the goods: cover loads, wrong names, odd uses, new relatives, medicines, equipment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from models.simulator import names
from models.simulator.goods import Good, where
from models.simulator.papers import BOILERPLATE
from models.simulator.placed import Placed
from models.simulator.places import CITIES
from models.simulator.scheme import Scheme
from models.simulator.world import Company

TOWARD_RISK = ("TJ", "TM", "UZ", "AF", "IR")
MACHINES = ("rotary tablet press", "capsule filling machine", "tablet press, single punch", "pharmaceutical mixer")


def cover_load(s: Scheme) -> list[Placed]:
    """TY09: non-scheduled watch goods in bulk, outside the buyer's trade, on lanes toward the risk region."""
    company = s.victim("46", "10", "13", "01") if s.chance.happens(0.5) else s.front("46")
    target = s.chance.pick(TOWARD_RISK)

    def toward(body: dict[str, Any]) -> None:
        if s.trace():
            city = s.chance.pick(CITIES[target])[0]
            body["consignee"] |= {"country": target, "city": city}
            body["destination_country"] = target

    placed = []
    for moment in s.moments(s.count(3, 7), 15.0):
        good = s.foreign_good(company, "watch") if s.trace() else s.wanted("watch")
        placed.append(s.place(s.purchase(company, moment, good, good.usual_kg * s.factor()), toward))
    return placed


def misdeclared(s: Scheme) -> list[Placed]:
    """TY10: the goods travel under a name, number or code that is not theirs, at a price that does not fit."""
    company = s.victim() if s.chance.happens(0.4) else s.front()
    harmless = [good for good in where("watch") if good.popularity >= 0.6] or list(where("watch"))

    def relabel(body: dict[str, Any]) -> None:
        other = s.chance.pick(harmless)
        line = body["lines"][0]
        if s.trace():
            line["name"] = other.names[0]
        if s.trace() and other.hs:
            line["hs"] = other.hs
        if s.trace():
            body["neutral_labels"] = True
        if s.trace():
            line["unit_price"] = round(line["unit_price"] * s.chance.pick((0.3, 2.5, 4.0)), 4)

    good = s.wanted("scheduled", "controlled", by=company)
    return [
        s.place(s.purchase(company, moment, good, s.amount(company, good)), relabel)
        for moment in s.moments(s.count(3, 6), 14.0)
    ]


def end_use_mismatch(s: Scheme) -> list[Placed]:
    """TY11: the buyer's trade does not need this substance or grade, and the declared use says nothing."""
    company = s.victim("10", "13", "15", "31", "36", "01")
    good = s.foreign_good(company, "scheduled", "controlled")

    def vague(body: dict[str, Any]) -> None:
        if "declaration" in body and s.trace():
            body["declaration"]["end_use"] = s.chance.pick(BOILERPLATE)
        if s.trace():
            body["lines"][0]["grade"] = s.chance.pick(("pharma", "reagent"))

    chosen = good if s.strength != "weak" else s.wanted("scheduled")
    return [
        s.place(s.purchase(company, moment, chosen, s.amount(company, chosen)), vague)
        for moment in s.moments(s.count(3, 6), 18.0)
    ]


def after_scheduling(s: Scheme) -> list[Placed]:
    """TY18: within weeks several buyers ask for a newly marketed relative that nobody traded before."""
    rare = list(where("designer")) or list(where("watch"))
    good = s.chance.pick(rare)
    buyers = [s.front() if s.trace() else s.victim("72", "21", "20") for _ in range(s.count(2, 4))]
    return [
        s.place(s.purchase(s.chance.pick(buyers), moment, good, max(0.5, s.chance.lognormal(good.usual_kg * 4, 0.8))))
        for moment in s.moments(s.count(3, 6), 8.0)
    ]


def masked_product(s: Scheme) -> list[Placed]:
    """TY19: a made-to-order compound under a trade code, without CAS number."""
    company = s.front("72" if s.chance.happens(0.5) else "46")
    code = f"CI-{s.chance.digits(4)}"

    def mask(body: dict[str, Any]) -> None:
        line = body["lines"][0]
        if s.trace():
            line.pop("cas", None)
            line["trade_name"] = code
        if s.trace():
            line["name"] = f"Custom intermediate {code}"

    good = s.wanted("designer", "scheduled")
    return [
        s.place(s.purchase(company, moment, good, s.chance.lognormal(12.0, 1.0)), mask)
        for moment in s.moments(s.count(3, 6), 16.0)
    ]


def small_parcels(s: Scheme) -> list[Placed]:
    """TY20: many small lots by post or courier to many recipients, paid ahead from one account."""
    seller = s.front("46")
    good = s.wanted("scheduled", "controlled", "watch", by=seller)

    def parcel(body: dict[str, Any]) -> None:
        if s.trace():
            mode = s.chance.pick(("post", "courier"))
            body["transport"] |= {"mode": mode, "parcel_count": s.chance.whole(1, 12)}
            body["transfer_method"] = mode
        if s.trace():
            body["channel"] = s.chance.pick(("marketplace", "social_media"))
        if s.trace():
            body["payment"] |= {"terms": "prepaid", "method": s.chance.pick(("e_money", "card"))}
        if s.trace():
            country = body["consignee"]["country"]
            body["consignee"] = {"type": "other", "name": names.person(s.chance), "country": country,
                                 "address": names.address(s.chance)}  # fmt: skip

    return [
        s.place(s.purchase(seller, moment, good, s.chance.lognormal(4.0, 0.8)), parcel)
        for moment in s.moments(s.count(6, 12), 3.0)
    ]


def medicines(s: Scheme) -> list[Placed]:
    """TY21: medicines bought in bulk by a buyer who is no pharmacy."""
    company = s.front("46") if s.chance.happens(0.5) else s.victim("46", "86", "10")
    good = s.chance.pick(where("medicinal") or where("scheduled"))

    def tablets(body: dict[str, Any]) -> None:
        line = body["lines"][0]
        if line.get("unit") != "tablet":
            line |= {"form": "medicine", "unit": "tablet", "quantity": max(100, round(line["quantity"] * 16) * 100)}
            line["unit_price"] = round(line["unit_price"] / 16_000, 4)
            line.pop("gross_kg", None)
        if s.trace():
            line["package_type"] = "box"

    return [
        s.place(s.purchase(company, moment, good, s.chance.lognormal(6.0, 0.7) * s.factor() ** 0.7), tablets)
        for moment in s.moments(s.count(3, 6), 10.0)
    ]


def equipment(s: Scheme) -> list[Placed]:
    """TY22: presses, capsule machines or dies ordered with the chemicals or shortly after."""
    company = s.front() if s.chance.happens(0.6) else s.victim("46", "72", "10")
    good = s.wanted("scheduled", "controlled", by=company)

    def machine(body: dict[str, Any]) -> None:
        if s.trace():
            body["lines"].append(
                {"name": s.chance.pick(MACHINES), "quantity": 1, "unit": "piece", "item_type": "machine",
                 "hs": "847989", "make": f"TP-{s.chance.digits(2)}", "serial_no": s.chance.digits(8),
                 "unit_price": round(s.chance.between(900, 15000), 2)}
            )  # fmt: skip

    return [
        s.place(s.purchase(company, moment, good, s.amount(company, good)), machine)
        for moment in s.moments(s.count(3, 5), 14.0)
    ]


def sub_distribution(s: Scheme) -> list[Placed]:
    """TY12: a distributor grows through many small resales whose papers are missing further down."""
    company = s.victim("46")
    good = s.wanted("scheduled", by=company)
    buyers = [f"{names.person(s.chance)} IE" for _ in range(s.count(4, 9))]

    def resale(body: dict[str, Any]) -> None:
        if s.trace():
            body["consignee"] = {"type": "customer_site", "name": s.chance.pick(buyers), "country": company.country,
                                 "address": names.address(s.chance)}  # fmt: skip
        if s.trace():
            body.pop("end_user", None)
        if s.trace():
            body.pop("declaration", None)

    return [
        s.place(s.purchase(company, moment, good, _small(s, company, good)), resale)
        for moment in s.moments(s.count(6, 11), 5.0)
    ]


def _small(s: Scheme, company: Company, good: Good) -> float:
    return s.amount(company, good) * s.chance.between(0.3, 0.8) * float(s.factor() ** 0.3)


GOODS_TYPOLOGIES: dict[str, Callable[[Scheme], list[Placed]]] = {
    "TY09": cover_load, "TY10": misdeclared, "TY11": end_use_mismatch, "TY12": sub_distribution,
    "TY18": after_scheduling, "TY19": masked_product, "TY20": small_parcels, "TY21": medicines, "TY22": equipment,
}  # fmt: skip
