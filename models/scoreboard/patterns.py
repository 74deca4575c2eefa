"""Patterns put among a simulated background: a lasting surge, honest growth, one need split in several ways.

None carries a label. Companies of a pattern are ordinary ones of the background's world with good papers, so that
the pattern is the only thing unusual about them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from models.simulator.chance import Chance
from models.simulator.config import SimulationConfig
from models.simulator.generate import Simulation, Truth
from models.simulator.goods import Good, portfolio, where
from models.simulator.habits import business_time
from models.simulator.places import CITIES
from models.simulator.purchase import Purchase, ordinary_purchase, round_kg
from models.simulator.trade import order_body
from models.simulator.world import Company, Supply, World, new_company

Split = Literal["days", "sister firms", "substances", "routes"]
SPLITS: tuple[Split, ...] = ("days", "sister firms", "substances", "routes")
MONTH_DAYS = 30.4375
TIMES = 30.0
GROWTH = 1.05


@dataclass(frozen=True, slots=True)
class Planted:
    """One order of a pattern: `group` names the pattern, `part` counts its orders (or months) from 1."""

    group: str
    part: int
    moment: datetime
    body: dict[str, Any]


def steady_company(world: World, chance: Chance) -> Company:
    """A firm known for years, with licence, papers and a steady trade of a few goods that its industry uses."""
    while True:
        company = new_company(world, chance)
        usual = {good.key for good in portfolio(company.division)}
        fitting = all(supply.good.key in usual for supply in company.supplies)
        if fitting and len(company.supplies) >= 2 and company.division not in {"46", "86"} and company.licence:
            break
    company.onboarded = world.config.start.date() - timedelta(days=900)
    company.incorporated = company.onboarded - timedelta(days=2000)
    company.paperwork = 1.0
    company.orders_a_month = chance.between(2.0, 4.0)
    return company


def surge(world: World, chance: Chance, number: int, quiet: int) -> Iterator[Planted]:
    """Ordinary trade for `quiet` months, then thirty times the monthly quantity to the end of the stream.

    Every other company takes more in each order, the rest both more and oftener.
    """
    company, group = steady_company(world, chance), f"surge {number + 1}"
    for month in range(world.config.months):
        grown = month >= quiet
        often = 4.0 if grown and number % 2 else 1.0
        count = round(company.orders_a_month * often)
        for moment in _moments(world, chance, month, count):
            purchase = ordinary_purchase(chance, company, moment, TIMES / often if grown else 1.0)
            yield Planted(group, month - quiet + 1, moment, order_body(chance, purchase))


def growth(world: World, chance: Chance, number: int) -> Iterator[Planted]:
    """Five percent more each month; every year's declaration and need are renewed to what is then used, and the licence
    names all that the company buys: a scheduled purchase outside its licence would be no honest one."""
    company, group = steady_company(world, chance), f"growth {number + 1}"
    _licensed(company)
    for month in range(world.config.months):
        factor = GROWTH**month
        company.traits["renewed"] = GROWTH ** (12 * (month // 12 + 1))
        for moment in _moments(world, chance, month, round(company.orders_a_month)):
            purchase = ordinary_purchase(chance, company, moment, factor)
            yield Planted(group, month + 1, moment, order_body(chance, purchase))


def _licensed(company: Company) -> None:
    if company.licence is not None:
        company.licence = company.licence | {"substances": [supply.good.names[0] for supply in company.supplies]}


def _moments(world: World, chance: Chance, month: int, count: int) -> list[datetime]:
    """Working moments spread over a month of the stream."""
    first = world.config.start + timedelta(days=month * MONTH_DAYS)
    step = (MONTH_DAYS - 2) / max(1, count)
    return [business_time(chance, first + timedelta(days=step * (n + chance.between(0.1, 0.7)))) for n in range(count)]


def structured(world: World, chance: Chance, number: int, onset: datetime) -> list[Planted]:
    """One need of eight to twenty usual orders, in four to eight parts within three weeks."""
    kind = SPLITS[number % len(SPLITS)]
    company = steady_company(world, chance) if chance.happens(0.5) else _newcomer(world, chance, onset)
    goods = _goods(chance, company)
    need = goods[0].usual_kg * min(2.0, max(company.size, 0.2)) * chance.between(8.0, 20.0)
    parts = chance.whole(4, 8)
    faces = _sisters(world, chance, company) if kind == "sister firms" else [company]
    moment, planted = onset, []
    for part in range(parts):
        good = goods[part % len(goods)] if kind == "substances" else goods[0]
        kilograms = round_kg(chance, need / parts * chance.between(0.85, 1.15))
        buyer = faces[part % len(faces)]
        at = business_time(chance, moment)
        body = order_body(chance, Purchase(buyer, at, [(good, kilograms)], buyer.seller))
        if kind == "routes":
            _another_way(chance, body, part)
        planted.append(Planted(f"{kind} {number}", part + 1, at, body))
        moment += timedelta(days=chance.between(0.5, 4.0))
    return planted


def _newcomer(world: World, chance: Chance, onset: datetime) -> Company:
    company = new_company(world, chance)
    company.onboarded = onset.date() - timedelta(days=chance.whole(5, 120))
    company.incorporated = company.onboarded - timedelta(days=chance.whole(60, 2000))
    return company


def _goods(chance: Chance, company: Company) -> list[Good]:
    """Three wanted goods, scheduled ones first, that become part of what the company is known to use."""
    wanted = [good for good in where("scheduled") if good.popularity >= 0.3]
    chosen = chance.sample(wanted, 3)
    company.supplies.extend(Supply(good, good.usual_kg * company.size, good.popularity) for good in chosen[:1])
    return chosen


def _sisters(world: World, chance: Chance, first: Company) -> list[Company]:
    """Two to four firms that share some of telephone, address, account, owners and device with the first."""
    firms = [first]
    for _ in range(chance.whole(1, 3)):
        sister = new_company(world, chance, first.division, first.country)
        sister.seller = chance.pick(world.sellers) if chance.happens(0.5) else first.seller
        shared = chance.sample(("phone", "address", "account", "owners", "device"), chance.whole(2, 4))
        if "phone" in shared:
            sister.party["phone"] = first.party["phone"]
        if "address" in shared:
            sister.party["address"] = first.party["address"]
        if "account" in shared:
            sister.payment["account_hash"] = first.payment["account_hash"]
        if "owners" in shared:
            sister.owners = list(first.owners)
        if "device" in shared:
            sister.device = first.device
        firms.append(sister)
    return firms


def _another_way(chance: Chance, body: dict[str, Any], part: int) -> None:
    """Each part to another receiver in another place."""
    country = chance.pick(("KZ", "UZ", "KG", "TJ", "TR", "AE"))
    city = chance.pick(CITIES[country])[0]
    body["consignee"] = {
        "type": "customer_site",
        "name": f"Receiver {chance.digits(4)}",
        "country": country,
        "city": city,
        "address": f"Depot {chance.digits(3)}",
        "site_id": f"R{part}{chance.digits(4)}",
    }
    body["destination_country"] = country
    body["route"]["legs"][-1] |= {"country": country, "place": city}


def merged(background: Simulation, planted: list[Planted]) -> tuple[Simulation, dict[str, Planted]]:
    """Background and patterns as one stream in time order, and the patterns by reference; no label is added."""
    end = background.config.start + timedelta(days=background.config.days)
    inside = [each for each in planted if background.config.start <= each.moment < end]
    named: dict[str, Planted] = {}
    for number, each in enumerate(inside):
        body = {"reference": f"PLANT-{number:06d}"} | each.body
        del body["detail"]
        named[body["reference"]] = Planted(each.group, each.part, each.moment, body)
    orders = sorted([*background.orders, *(each.body for each in named.values())], key=lambda body: body["received_at"])
    truth = {row.order_ref: row for row in background.truth}
    rows = [truth.get(body["reference"]) or _plain(body) for body in orders]
    return Simulation(background.config, orders, background.labels, rows), named


def _plain(body: dict[str, Any]) -> Truth:
    return Truth(body["reference"], None, None, None, None, body["customer"]["id"])


def pattern_world(config: SimulationConfig, chance: Chance, background: World) -> World:
    """A world whose new companies have numbers that the background does not use."""
    return World(config, background.sellers, background.carriers, background.brokers, [], {}, 900_000)
