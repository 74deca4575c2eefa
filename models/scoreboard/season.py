"""One seed of the scoreboard: a simulated stream, cut in time, with all that is judged of it.

Training knows the labels known at `as_of`; the test is every order after it. TY16 and TY18 begin after `as_of`.
Detection is judged by the truth; the probability by what is confirmed in the end, because that is what it means.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from features.records import CONFIRMED_BAD
from features.reference.industries import division
from features.reference.substances import by_id
from models.baselines import FACTOR_LIST_ONE, FACTOR_OTHER, Purchases, dea_customer_class
from models.scoreboard.aggregates import consignee_of, customer_of, earlier, numbered, with_ratios
from models.scoreboard.engine import MICRO, Teaching, View, teaching, view_of
from models.scoreboard.fields import Body, Fields, fields_of, substance_of
from models.simulator.config import HELD_OUT, SimulationConfig
from models.simulator.generate import Simulation, Truth, simulate

BoolArray = NDArray[np.bool_]
Float32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Plan:
    """Size and cut of a season: orders, months, the share of the months before `as_of`, and of orders in schemes."""

    orders: int = 300_000
    months: int = 30
    known_share: float = 0.65
    diversion_share: float = 0.02

    def config(self, seed: int) -> SimulationConfig:
        whole = SimulationConfig(self.orders, self.months, seed, diversion_share=self.diversion_share)
        return replace(
            whole, held_out=HELD_OUT, held_out_until=whole.start + timedelta(days=whole.days * self.known_share)
        )


@dataclass(frozen=True, slots=True)
class Peers:
    """Inputs of the peers, rows in time order: raw fields, aggregates (n, 14), and the DEA formula's scores (n,)."""

    raw: Fields
    aggregates: Float32
    formula: NDArray[np.float64]

    @property
    def plain(self) -> Float32:
        """Raw fields with aggregates, the codes of the categories last."""
        return np.hstack([self.raw.numbers, self.aggregates, self.raw.categories])


@dataclass(frozen=True, slots=True)
class Season:
    """A stream with its cut. `test` and `teaching` are over all n orders; `truth` and `bodies` likewise."""

    seed: int
    as_of: datetime
    view: View
    teaching: Teaching
    test: BoolArray
    truth: tuple[Truth, ...]
    bodies: tuple[Body, ...]
    marked: BoolArray
    confirmed: BoolArray
    peers: Peers

    @property
    def unseen(self) -> BoolArray:
        """Orders of schemes of the typologies left out of training."""
        return np.array([row.typology in HELD_OUT for row in self.truth])


def season_of(plan: Plan, seed: int) -> Season:
    """Simulate, build features, cut."""
    config = plan.config(seed)
    assert config.held_out_until is not None, "a plan always cuts"
    simulation = simulate(config)
    view = view_of(simulation)
    truth, bodies = in_order(simulation, view)
    bad = {label.order_ref for label in simulation.labels if label.outcome in CONFIRMED_BAD}
    return Season(
        seed=seed,
        as_of=config.held_out_until,
        view=view,
        teaching=teaching(view, config.held_out_until),
        test=view.at > round(config.held_out_until.timestamp() * MICRO),
        truth=truth,
        bodies=bodies,
        marked=np.array([row.typology is not None for row in truth]),
        confirmed=np.array([reference in bad for reference in view.references]),
        peers=peers_of(bodies, view),
    )


def in_order(simulation: Simulation, view: View) -> tuple[tuple[Truth, ...], tuple[Body, ...]]:
    """Truth and bodies in the order of the view's rows."""
    truth = {row.order_ref: row for row in simulation.truth}
    bodies = {body["reference"]: body for body in simulation.orders}
    return tuple(truth[each] for each in view.references), tuple(bodies[each] for each in view.references)


def peers_of(bodies: tuple[Body, ...], view: View) -> Peers:
    """What the peers are given of these orders, in the order of the view's rows."""
    parties = [numbered([customer_of(body) for body in bodies]), numbered([consignee_of(body) for body in bodies])]
    tables = [with_ratios(earlier(party, view.at, view.kilograms), view.kilograms) for party in parties]
    return Peers(fields_of(bodies, view.kilograms), np.hstack(tables), dea_customer_class(_purchases(bodies, view)))


def _purchases(bodies: tuple[Body, ...], view: View) -> Purchases:
    moments = [datetime.fromisoformat(body["received_at"]) for body in bodies]
    return Purchases(
        customers=[customer_of(body) for body in bodies],
        classes=[division(body["customer"].get("industry_code") or "") or "none" for body in bodies],
        months=[moment.year * 12 + moment.month for moment in moments],
        kilograms=view.kilograms.tolist(),
        factors=[_factor(body) for body in bodies],
    )


def _factor(body: Body) -> float:
    substance = substance_of(body)
    item = by_id(substance) if substance else None
    return FACTOR_LIST_ONE if item is not None and item.dea_list == "I" else FACTOR_OTHER


def customers(season: Season) -> NDArray[np.int64]:
    """The number of each order's customer, (n,)."""
    return numbered([customer_of(body) for body in season.bodies])


def slices(season: Season) -> dict[str, list[str]]:
    """Group of each order by country of the customer, size of the company (orders, quarters) and kind of goods."""
    counts = Counter(customer_of(body) for body in season.bodies)
    orders = np.array([counts[customer_of(body)] for body in season.bodies])
    quarters = np.searchsorted(np.quantile(orders, (0.25, 0.5, 0.75)), orders)
    return {
        "country": [str(body["customer"].get("country", "not stated")) for body in season.bodies],
        "company size": [QUARTERS[quarter] for quarter in quarters.tolist()],
        "goods": [_kind(body) for body in season.bodies],
    }


QUARTERS = ("fewest orders", "second quarter", "third quarter", "most orders")


def _kind(body: Body) -> str:
    substance = substance_of(body)
    item = by_id(substance) if substance else None
    if item is None:
        return "not in the catalogue"
    kinds = (("designer", item.designer), ("scheduled", item.scheduled), ("controlled", item.controlled))
    return next((name for name, holds in kinds if holds), "watched" if item.watch else "other listed")
