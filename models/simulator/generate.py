"""The stream itself: honest trade, schemes among it, labels as they become known.

    simulation = simulate(SimulationConfig(orders=20_000, months=24, seed=7))
    write(simulation, directory)

The same configuration gives the same bytes: every draw comes from one of five generators spawned from the
seed, and nothing depends on the clock, on hash order or on the number of cores.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from features.records import OutcomeRecord
from models.simulator.chance import Chance
from models.simulator.config import COMMON, STRENGTHS, SimulationConfig, Strength
from models.simulator.habits import honest_orders
from models.simulator.labels import Finding, discover, review
from models.simulator.placed import Mark, Placed
from models.simulator.scheme import Scheme
from models.simulator.typologies import TYPOLOGIES
from models.simulator.world import World, build_world, new_company

Progress = Callable[[str, float], None]
PACE_MARGIN = 1.15
OWN_NUMBERS = frozenset({"id", "site_id"})
OPTIONAL = (
    "session_ip_country", "device_hash", "placed_by", "payment", "route", "transport", "end_user", "incoterm",
    "service_level", "declaration", "seller", "transfer_method", "value", "channel", "requested_ship_date", "consignee",
)  # fmt: skip
CUSTOMER_OPTIONAL = (
    "annual_need_kg", "beneficial_owners", "incorporated_at", "onboarded_at", "industry_code", "url", "phone", "email",
    "tax_no", "licences", "address",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Truth:
    """What the author knows of one order; typology, strength, onset and scheme are None for honest ones."""

    order_ref: str
    typology: str | None
    strength: Strength | None
    onset: datetime | None
    scheme: int | None
    actor: str


@dataclass(frozen=True, slots=True)
class Simulation:
    """Order bodies in time order (valid as `FiledOrder`), labels by the time they become known, the truth."""

    config: SimulationConfig
    orders: list[dict[str, Any]]
    labels: list[OutcomeRecord]
    truth: list[Truth]


def simulate(config: SimulationConfig, progress: Progress | None = None) -> Simulation:
    """Run one world. Memory is about 5 kB an order. Raises ValueError for an unknown typology id."""
    report = progress or (lambda stage, share: None)
    seeds = np.random.SeedSequence(config.seed).spawn(5)
    chances = [Chance(np.random.Generator(np.random.PCG64(seed))) for seed in seeds]
    world = build_world(config, chances[0])
    report("trade", 0.0)
    honest = _honest(world, chances[1], report)
    report("schemes", 0.0)
    marked, findings = _schemes(world, chances[2])
    needed = max(0, config.orders - len(marked))
    honest = _exactly(world, chances[1], honest, needed)
    findings += review(config, chances[3], honest)
    placed = sorted(honest + marked, key=lambda order: (order.moment, order.company.key, order.kilograms))
    report("papers", 0.0)
    for number, order in enumerate(placed, start=1):
        _finish(chances[4], order, number)
    findings = [finding for finding in findings if "reference" in finding.order.body]
    labels = sorted((finding.record() for finding in findings), key=lambda label: (label.known_at, label.order_ref))
    return Simulation(config, [order.body for order in placed], labels, [_truth(order) for order in placed])


def _honest(world: World, chance: Chance, report: Progress) -> list[Placed]:
    """Orders of all honest companies, somewhat more than needed."""
    config = world.config
    start = config.start.date()
    active = [
        company.orders_a_month * max(0.0, config.days - max(0, (company.onboarded - start).days)) / 30.4
        for company in world.companies
    ]
    wanted = config.orders * (1 - config.diversion_share)
    pace = PACE_MARGIN * wanted / max(1.0, sum(active))
    placed: list[Placed] = []
    for number, company in enumerate(world.companies):
        placed.extend(honest_orders(world, chance, company, pace))
        if number % 100 == 0:
            report("trade", number / len(world.companies))
    return placed


def _exactly(world: World, chance: Chance, honest: list[Placed], needed: int) -> list[Placed]:
    """As many honest orders as needed: more companies join if there are too few, a random part stays if too many."""
    while len(honest) < needed:
        honest = honest + list(honest_orders(world, chance, new_company(world, chance), 1.0))
    end = world.config.start + timedelta(days=world.config.days)
    honest = sorted((o for o in honest if o.moment < end), key=lambda order: (order.moment, order.company.key))
    if len(honest) < needed:
        return _exactly(world, chance, honest, needed)
    keep = np.sort(chance.generator.permutation(len(honest))[:needed])
    return [honest[int(i)] for i in keep]


def _schemes(world: World, chance: Chance) -> tuple[list[Placed], list[Finding]]:
    """Schemes of all typologies and strengths in turn, until the share of diverted orders is reached.

    The cover orders of a scheme come along; they carry no mark and count as honest.
    """
    config = world.config
    target = round(config.orders * config.diversion_share)
    chosen = _chosen(config)
    placed: list[Placed] = []
    findings: list[Finding] = []
    count, number, queue = 0, 0, list[tuple[str, Strength]]()
    while count < target and chosen:
        if not queue:
            queue = [(name, each) for name in chosen for each in STRENGTHS for _ in range(COMMON.get(name, 1))]
            queue = chance.sample(queue, len(queue))
        name, strength = queue.pop()
        onset = config.start + timedelta(seconds=int(chance.between(0.02, 0.98) * config.days * 86_400))
        if _kept_back(config, name, onset):
            continue
        number += 1
        orders = _within(world, TYPOLOGIES[name](Scheme(number, name, strength, onset, world, chance)))
        kept, found = discover(config, chance, orders)
        kept = _at_most(kept, target - count)
        count += sum(order.mark is not None for order in kept)
        placed += kept
        findings += found
    return placed, findings


def _kept_back(config: SimulationConfig, name: str, onset: datetime) -> bool:
    """Whether a scheme of this typology must not begin yet."""
    return name in config.held_out and config.held_out_until is not None and onset <= config.held_out_until


def _chosen(config: SimulationConfig) -> tuple[str, ...]:
    chosen = tuple(TYPOLOGIES) if config.typologies is None else config.typologies
    unknown = (set(chosen) | set(config.held_out)) - set(TYPOLOGIES)
    if unknown:
        raise ValueError(f"no such typology: {', '.join(sorted(unknown))}")
    return chosen


def _within(world: World, orders: list[Placed]) -> list[Placed]:
    end = world.config.start + timedelta(days=world.config.days)
    return sorted((o for o in orders if world.config.start <= o.moment < end), key=lambda order: order.moment)


def _at_most(orders: list[Placed], count: int) -> list[Placed]:
    kept, marked = [], 0
    for order in orders:
        if order.mark is not None:
            if marked >= count:
                continue
            marked += 1
        kept.append(order)
    return kept


def _finish(chance: Chance, order: Placed, number: int) -> None:
    """Give the order its reference and drop what the seller's system does not pass on, scheme or not."""
    body = order.body
    detail = float(body.pop("detail", 1.0))
    if detail < 1.0:
        for name in OPTIONAL:
            if name in body and chance.happens(1.0 - detail):
                del body[name]
        for name in CUSTOMER_OPTIONAL:
            if name in body["customer"] and chance.happens(1.0 - detail):
                del body["customer"][name]
    order.body = {"reference": f"ORD-{number:07d}"} | body
    if not order.body.get("route", {"legs": True})["legs"]:
        del order.body["route"]


def _truth(order: Placed) -> Truth:
    mark: Mark | None = order.mark
    reference, actor = order.body["reference"], order.company.key
    if mark is None:
        return Truth(reference, None, None, None, None, actor)
    return Truth(reference, mark.typology, mark.strength, mark.onset, mark.scheme, actor)


def simulate_world(config: SimulationConfig, number: int) -> Simulation:
    """One of many independent worlds of `config.orders` orders each over the same months.

    For streams of millions, made and written one world at a time: memory is that of one. Its seed follows on from the
    configuration's own, and every reference, customer and service carries its number, so that no two worlds meet.
    """
    simulation = simulate(replace(config, seed=config.seed + number))
    world = f"W{number:02d}"
    for body in simulation.orders:
        _belong(body, world)
    labels = [replace(label, order_ref=f"{world}-{label.order_ref}") for label in simulation.labels]
    truth = [replace(row, order_ref=f"{world}-{row.order_ref}") for row in simulation.truth]
    return Simulation(simulation.config, simulation.orders, labels, truth)


def _belong(body: dict[str, Any], world: str) -> None:
    """Mark an order's own numbers as those of its world. Parties are shared between orders, so each is copied."""
    body["reference"] = f"{world}-{body['reference']}"
    for name in ("customer", "seller", "consignee"):
        if name in body:
            body[name] = {key: f"{world}{value}" if key in OWN_NUMBERS else value for key, value in body[name].items()}
    for part in (*body.get("intermediaries", ()), body.get("transport", {}).get("carrier", {})):
        if "id" in part:
            part["id"] = f"{world}{part['id'].removeprefix(world)}"
