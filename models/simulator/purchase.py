"""What a company asks for in one order: goods and kilograms, before anything is written down."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from models.simulator.chance import Chance
from models.simulator.goods import Good
from models.simulator.world import Company, Seller, Supply

PACKAGES: tuple[tuple[float, str, float], ...] = (
    # heaviest order that comes in it, package, kilograms a package
    (2.5, "bottle", 0.5), (60.0, "canister", 5.0), (400.0, "bag", 25.0), (6000.0, "drum", 200.0),
    (25000.0, "ibc", 1000.0),
)  # fmt: skip


@dataclass(slots=True)
class Purchase:
    """What one order asks for, before it is written down. `kilograms` per good, in order of the lines."""

    company: Company
    moment: datetime
    items: list[tuple[Good, float]]
    seller: Seller
    usual: dict[str, float] = field(default_factory=dict)

    @property
    def kilograms(self) -> float:
        return sum(kilograms for _, kilograms in self.items)


def ordinary_purchase(chance: Chance, company: Company, moment: datetime, factor: float = 1.0) -> Purchase:
    """One order of the company's usual goods; `factor` scales the usual quantity (season, growth, a project)."""
    lines = 1 + (chance.happens(0.25) and len(company.supplies) > 1) + (chance.happens(0.08))
    chosen = _choose(chance, company.supplies, int(lines))
    items = [(supply.good, round_kg(chance, chance.lognormal(supply.usual_kg * factor, 0.35))) for supply in chosen]
    seller = company.seller
    if company.second_seller is not None and chance.happens(0.3):
        seller = company.second_seller
    return Purchase(company, moment, items, seller, {s.good.key: s.usual_kg for s in company.supplies})


def _choose(chance: Chance, supplies: list[Supply], count: int) -> list[Supply]:
    total = sum(supply.weight for supply in supplies)
    chosen: dict[str, Supply] = {}
    for _ in range(count):
        point, running = chance.between(0, total), 0.0
        for supply in supplies:
            running += supply.weight
            if point <= running:
                chosen[supply.good.key] = supply
                break
    return list(chosen.values()) or supplies[:1]


def round_kg(chance: Chance, kilograms: float) -> float:
    """Most orders come in whole packages; some are exact to the gram."""
    if chance.happens(0.15):
        return max(0.001, round(kilograms, 3))
    step = package(kilograms)[1] if kilograms >= 0.5 else 0.05
    return round(max(step, round(kilograms / step) * step), 3)


def package(kilograms: float) -> tuple[str, float]:
    """The package an order of this size usually comes in and its kilograms."""
    for heaviest, kind, size in PACKAGES:
        if kilograms <= heaviest:
            return kind, size
    return "bulk", 1000.0
