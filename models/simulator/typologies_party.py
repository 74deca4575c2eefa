"""Typologies about who buys and how much: structuring, shopping, fronts, jumps, ramps, networks, insiders."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import cycle
from typing import Any

from models.simulator import names
from models.simulator.config import LASTING
from models.simulator.habits import amendment, business_time
from models.simulator.limits import reporting_limit_kg
from models.simulator.placed import Placed
from models.simulator.purchase import ordinary_purchase
from models.simulator.scheme import Edit, Scheme
from models.simulator.world import Company

SCRIPT_TWINS = str.maketrans({"а": "a", "о": "o", "е": "e", "с": "c", "р": "p", "a": "а", "o": "о", "e": "е", "c": "с"})


def structuring(s: Scheme) -> list[Placed]:
    """TY01: one buyer stays below a reporting limit, order after order, at even intervals; a quarter take turns among
    three goods."""
    company = s.victim() if s.chance.happens(0.5) else s.front()
    goods = cycle([s.wanted("scheduled", by=company) for _ in range(3 if s.chance.happens(0.25) else 1)])
    placed = []
    for moment in s.moments(s.count(5, 11), {"weak": 14.0, "medium": 7.0, "strong": 4.0}[s.strength]):
        good = next(goods)
        share = s.chance.between(0.8, 0.99) if s.trace() else s.chance.between(0.3, 0.9)
        placed.append(s.place(s.purchase(company, moment, good, reporting_limit_kg(good, s.onset.date()) * share)))
    return placed


def shopping(s: Scheme) -> list[Placed]:
    """TY02: the same people buy through several customer numbers and sellers in the same weeks."""
    first = s.front()
    good = s.wanted("scheduled", "controlled", by=first)
    faces = [first] + [s.front(first.division, first.country) for _ in range(s.count(1, 3))]
    for face in faces[1:]:
        _share_traces(s, first, face)
        face.seller = s.chance.pick(s.world.sellers)
    return [
        s.place(s.purchase(s.chance.pick(faces), moment, good, s.amount(first, good)))
        for moment in s.moments(s.count(5, 9), 5.0)
    ]


def _share_traces(s: Scheme, first: Company, face: Company) -> None:
    if s.trace():
        face.party["phone"] = first.party["phone"]
    if s.trace():
        face.party["address"] = first.party["address"]
    if s.trace():
        face.payment["account_hash"] = first.payment["account_hash"]
    if s.trace():
        face.device = first.device
    if s.trace():
        face.party["name"] = first.party["name"].translate(SCRIPT_TWINS)


def front_company(s: Scheme) -> list[Placed]:
    """TY03: a new firm without real activity starts with controlled goods and pays ahead."""
    company = s.front("46" if s.chance.happens(0.4) else None)

    def paper_firm(body: dict[str, Any]) -> None:
        if s.trace():
            body["consignee"] |= {"type": s.chance.pick(("mailbox", "warehouse"))}
        if s.trace():
            body["payment"]["terms"] = "prepaid"

    good = s.wanted("scheduled", "controlled", by=company)
    return [
        s.place(s.purchase(company, moment, good, s.amount(company, good) * s.factor() ** 0.5), paper_firm)
        for moment in s.moments(s.count(3, 7), 14.0)
    ]


def sudden_jump(s: Scheme) -> list[Placed]:
    """TY05: a licensed user's orders rise beyond its declared use, at times with a new contact person.

    Half of the jumps last: the new level goes on for a year or more, so that a recent mean takes it for usual.
    """
    company = s.victim("20", "21", "22", "24", "10")
    newcomer = {
        "name": names.person(s.chance),
        "email": f"buyer@{s.chance.pick(names.FREE_MAIL)}",
        "known_contact": False,
    }

    def new_contact(body: dict[str, Any]) -> None:
        if s.trace():
            body["placed_by"] = dict(newcomer)

    lasts = s.chance.happens(0.5)
    level = LASTING ** s.chance.between(0.0, 1.0) if lasts else 1.0
    moments = s.moments(s.count(8, 20), 30.0) if lasts else s.moments(s.count(4, 8), 12.0)
    return [s.place(ordinary_purchase(s.chance, company, at, s.factor() * level), new_contact) for at in moments]


def slow_ramp(s: Scheme) -> list[Placed]:
    """TY06: small clean orders for months, then larger and larger ones."""
    company = s.front()
    good = s.wanted("scheduled", "watch", by=company)
    s.supply(company, good)
    placed = s.cover(company, s.count(3, 7), 25.0)
    step = {"weak": 1.15, "medium": 1.35, "strong": 1.7}[s.strength]
    for number, moment in enumerate(s.moments(s.count(5, 9), 11.0)):
        kilograms = s.amount(company, good) * 0.6 * step ** (number + 1)
        placed.append(s.place(s.purchase(company, moment, good, kilograms)))
    return placed


def hidden_payer(s: Scheme) -> list[Placed]:
    """TY14: a third party, money service or virtual asset pays, from elsewhere, in parts."""
    company = s.victim() if s.chance.happens(0.5) else s.front()
    payer = {"payer": names.person(s.chance), "payer_country": s.chance.pick(("AE", "TR", "HK", "CN", "RU"))}

    def hide(body: dict[str, Any]) -> None:
        payment = body["payment"]
        if s.trace():
            payment |= payer | {"account_hash": s.chance.hexadecimal(16)}
        if s.trace():
            payment["method"] = s.chance.pick(("hawala", "virtual_asset", "money_service", "cash", "e_money"))
            if payment["method"] == "virtual_asset":
                payment |= {"virtual_asset": "USDT", "wallet_hash": s.chance.hexadecimal(16)}
        if s.chance.happens(0.4) and s.trace():
            payment["instalments"] = s.chance.whole(2, 6)

    return _wanted_orders(s, company, hide)


def hijacked_identity(s: Scheme) -> list[Placed]:
    """TY16: a real company's name and number, with another's mail domain, phone and delivery address."""
    real = s.victim()
    domain = real.party["email"].split("@")[1]
    near = domain.replace(".", "-" + s.chance.pick(("group", "kz", "trade", "co")) + ".", 1)
    phone, place = names.phone(s.chance, real.country), names.address(s.chance)

    def impostor(body: dict[str, Any]) -> None:
        if s.trace():
            body["customer"]["email"] = f"order@{near}"
            body["placed_by"] = {"name": names.person(s.chance), "email": f"order@{near}", "known_contact": False}
        if s.trace():
            body["customer"]["phone"] = phone
        if s.trace():
            body["consignee"] |= {"address": place, "type": s.chance.pick(("warehouse", "forwarder", "other"))}
        if s.trace():
            body["device_hash"] = s.chance.hexadecimal(16)

    return _wanted_orders(s, real, impostor)


def collusion(s: Scheme) -> list[Placed]:
    """TY23: several firms share owners, addresses, accounts, devices and wording, and order in turn."""
    first = s.front()
    ring = [first] + [s.front(first.division, first.country) for _ in range(s.count(2, 4))]
    for member in ring[1:]:
        _share_traces(s, first, member)
        if s.trace():
            member.owners = list(first.owners)
    wording = "Goods are needed for the production needs of the company in accordance with the contract"

    def same_wording(body: dict[str, Any]) -> None:
        if "declaration" in body and s.trace():
            body["declaration"]["end_use"] = wording

    good = s.wanted("scheduled", "controlled", "watch", by=first)
    moments = s.moments(s.count(6, 11), 5.0)
    return [
        s.place(s.purchase(ring[n % len(ring)], moment, good, s.amount(first, good)), same_wording)
        for n, moment in enumerate(moments)
    ]


def insider(s: Scheme) -> list[Placed]:
    """TY24: an employee orders somewhat more than is used, at month's end, in his own name."""
    company = s.victim()
    person = {"name": names.person(s.chance), "role": "storekeeper", "known_contact": True}

    def month_end(body: dict[str, Any]) -> None:
        if s.trace():
            body["placed_by"] = dict(person)
        if s.trace():
            body["amendments"] = [amendment(s.chance, body, "quantity") for _ in range(s.count(1, 3))]

    placed = []
    for moment in s.moments(s.count(4, 8), 24.0):
        late = business_time(s.chance, moment.replace(day=28) - timedelta(days=s.chance.whole(0, 3)))
        at = late if s.trace() and late >= s.onset else moment
        placed.append(s.place(ordinary_purchase(s.chance, company, at, s.factor() ** 0.6), month_end))
    return placed


def _wanted_orders(s: Scheme, company: Company, *edits: Edit) -> list[Placed]:
    """Orders of a wanted good by this company, somewhat larger than usual."""
    good = s.wanted("scheduled", "controlled", "watch", by=company)
    return [
        s.place(s.purchase(company, moment, good, s.amount(company, good) * s.factor() ** 0.4), *edits)
        for moment in s.moments(s.count(3, 6), 10.0)
    ]


PARTY_TYPOLOGIES: dict[str, Callable[[Scheme], list[Placed]]] = {
    "TY01": structuring, "TY02": shopping, "TY03": front_company, "TY05": sudden_jump, "TY06": slow_ramp,
    "TY14": hidden_payer, "TY16": hijacked_identity, "TY23": collusion, "TY24": insider,
}  # fmt: skip
