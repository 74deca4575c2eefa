"""What all schemes share: an onset, a strength that decides how many traces are left, and actors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from models.simulator import names
from models.simulator.chance import Chance, Weighted
from models.simulator.config import QUANTITY_FACTOR, TRACE_CHANCE, Strength
from models.simulator.goods import Good, portfolio, where
from models.simulator.habits import business_time, oddities
from models.simulator.placed import Mark, Placed
from models.simulator.purchase import Purchase, ordinary_purchase, round_kg
from models.simulator.trade import order_body
from models.simulator.world import Company, Supply, World, new_company

Edit = Callable[[dict[str, Any]], None]


@dataclass(slots=True)
class Scheme:
    """One injected diversion scheme. Typologies draw actors, moments and traces from it."""

    number: int
    typology: str
    strength: Strength
    onset: datetime
    world: World
    chance: Chance

    @property
    def mark(self) -> Mark:
        return Mark(self.number, self.typology, self.strength, self.onset)

    def trace(self) -> bool:
        """Whether this order shows one more trace of the typology."""
        return self.chance.happens(TRACE_CHANCE[self.strength])

    def factor(self) -> float:
        """How far a quantity leaves the ordinary; always with some noise, at times not at all."""
        full = QUANTITY_FACTOR[self.strength]
        return 1.0 if self.chance.happens(0.15) else 1.0 + (full - 1.0) * self.chance.between(0.3, 1.4)

    def count(self, low: int, high: int) -> int:
        return self.chance.whole(low, high)

    def moments(self, count: int, gap_days: float) -> list[datetime]:
        """Moments after the onset, `gap_days` apart on average, in working time."""
        moment, drawn = self.onset, []
        for _ in range(count):
            drawn.append(max(self.onset, business_time(self.chance, moment)))
            moment += timedelta(days=gap_days * self.chance.between(0.4, 1.7))
        return drawn

    def victim(self, *divisions: str) -> Company:
        """An honest company, a customer since at least two months before the onset if one can be found."""
        known = [c for c in self.world.companies if not divisions or c.division in divisions]
        latest = self.onset.date() - timedelta(days=60)
        older = [c for c in known if c.onboarded <= latest]
        return self.world.as_of(self.chance.pick(older or known or self.world.companies), self.onset)

    def front(self, division: str | None = None, country: str | None = None) -> Company:
        """A company made for the scheme. It looks like any new customer, save for the traces it leaves."""
        company = new_company(self.world, self.chance, division, country)
        company.onboarded = self.onset.date() - timedelta(days=self.chance.whole(0, 120))
        age = self.chance.whole(15, 400) if self.trace() else self.chance.whole(300, 5000)
        company.incorporated = company.onboarded - timedelta(days=age)
        if self.trace():
            local = company.party["name"].split()[0].strip("«»").lower()
            box = local if local.isascii() else "office"
            company.party["email"] = f"{box}{self.chance.digits(2)}@{self.chance.pick(names.FREE_MAIL)}"
        if self.trace():
            company.party.pop("url", None)
        return company

    def wanted(self, *kinds: str, by: Company | None = None) -> Good:
        """A good that diverters want, of one of these legal kinds; what is traded much is also diverted more.

        A careful buyer (`by`) asks for what its own trade uses, where that holds such a good.
        """
        choice = [good for kind in kinds or ("scheduled",) for good in where(kind) if good.popularity >= 0.3]
        if by is not None and not self.trace():
            own = {supply.good.key for supply in by.supplies} or {good.key for good in portfolio(by.division)}
            choice = [good for good in choice if good.key in own] or choice
        return Weighted([(good, good.popularity) for good in choice or where("scheduled")]).draw(self.chance)

    def amount(self, company: Company, good: Good) -> float:
        """Kilograms near what the company usually orders of it, or what a firm of its size would."""
        usual = next((supply.usual_kg for supply in company.supplies if supply.good.key == good.key), None)
        return self.chance.lognormal(usual or good.usual_kg * min(2.0, max(company.size, 0.2)), 0.5)

    def purchase(self, company: Company, moment: datetime, good: Good, kilograms: float) -> Purchase:
        usual = {supply.good.key: supply.usual_kg for supply in company.supplies}
        return Purchase(company, moment, [(good, max(0.001, round_kg(self.chance, kilograms)))], company.seller, usual)

    def place(self, purchase: Purchase, *edits: Edit) -> Placed:
        """Write the order, let ordinary oddities happen, then the traces of this typology."""
        body = order_body(self.chance, purchase)
        oddities(self.chance, body, purchase.company)
        body.setdefault("route", {"legs": []})
        body.setdefault("payment", dict(purchase.company.payment))
        for edit in edits:
            edit(body)
        return Placed(purchase.moment, body, purchase.company, purchase.kilograms, self.mark)

    def cover(self, company: Company, count: int, gap_days: float) -> list[Placed]:
        """Clean orders before the onset that build trust; they carry no mark."""
        placed = []
        for number in range(count):
            moment = self.onset - timedelta(days=gap_days * (count - number) * self.chance.between(0.8, 1.0))
            if moment < self.world.config.start:
                continue
            company.onboarded = min(company.onboarded, moment.date())
            purchase = ordinary_purchase(self.chance, company, business_time(self.chance, moment), 0.6)
            body = order_body(self.chance, purchase)
            oddities(self.chance, body, company)
            placed.append(Placed(purchase.moment, body, company, purchase.kilograms))
        return placed

    def supply(self, company: Company, good: Good) -> None:
        """Make a good part of what the company is known to use."""
        kilograms = self.amount(company, good)
        if all(supply.good.key != good.key for supply in company.supplies):
            company.supplies.append(Supply(good, kilograms, good.popularity))

    def foreign_good(self, company: Company, *kinds: str) -> Good:
        """A wanted good that the company's industry does not use, where there is one."""
        own = {good.key for good in portfolio(company.division)}
        choice = [g for kind in kinds for g in where(kind) if g.key not in own and g.popularity >= 0.3]
        return self.chance.pick(choice) if choice else self.wanted(*kinds)
