"""What becomes known of the orders, and when: delays, schemes never discovered, honest firms accused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from features.records import Outcome, OutcomeRecord
from models.simulator.chance import Chance
from models.simulator.config import SimulationConfig
from models.simulator.placed import Placed

DISCOVERY_SIGMA = 0.7
LARGE = 2.0


@dataclass(frozen=True, slots=True)
class Finding:
    """An outcome of one placed order, before the order has its reference."""

    order: Placed
    outcome: Outcome
    known_at: datetime
    source: str

    def record(self) -> OutcomeRecord:
        return OutcomeRecord(
            self.order.body["reference"], self.outcome, self.known_at.replace(microsecond=0), self.source
        )


def discover(config: SimulationConfig, chance: Chance, placed: list[Placed]) -> tuple[list[Placed], list[Finding]]:
    """The orders of one scheme that are really placed, and what is found out about them.

    Discovery comes some time after one of the orders. From then on half of the later orders are never placed,
    and the others are stopped as attempts within days.
    """
    marks = [order.mark for order in placed if order.mark is not None]
    if not marks or not chance.happens(config.discovered_share[marks[0].strength]):
        return placed, []
    trigger = chance.pick([order for order in placed if order.mark is not None]).moment
    discovered = trigger + timedelta(days=chance.lognormal(config.label_delay_days, DISCOVERY_SIGMA))
    kept: list[Placed] = []
    findings: list[Finding] = []
    for order in placed:
        late = order.mark is not None and order.moment > discovered
        if late and chance.happens(0.5):
            continue
        kept.append(order)
        if late:
            known = order.moment + timedelta(hours=chance.whole(12, 240))
            findings.append(Finding(order, "attempted", known, "authority"))
        elif order.mark is not None and not chance.happens(config.missed_share):
            findings.append(_diverted(chance, order, discovered))
    return kept, findings


def _diverted(chance: Chance, order: Placed, discovered: datetime) -> Finding:
    outcome: Outcome = "diverted"
    if order.mark is not None and order.mark.typology == "TY13" and chance.happens(0.3):
        outcome = "loss_or_theft"
    source = chance.pick(("seizure", "authority", "inspection"))
    return Finding(order, outcome, discovered + timedelta(hours=chance.whole(0, 170)), source)


def review(config: SimulationConfig, chance: Chance, honest: Sequence[Placed]) -> list[Finding]:
    """Honest orders that were looked at: large ones more often, some at random, and a few accused wrongly.

    A random review is marked `random_review`, so that evaluation can weight for the biased rest.
    """
    usual: dict[str, list[float]] = {}
    findings = []
    for order in honest:
        earlier = usual.setdefault(order.company.key, [])
        large = bool(earlier) and order.kilograms > LARGE * sum(earlier) / len(earlier)
        earlier.append(order.kilograms)
        if chance.happens(config.false_accusation_share):
            known = order.moment + timedelta(days=chance.lognormal(config.label_delay_days, DISCOVERY_SIGMA))
            findings.append(Finding(order, "diverted", known, "authority"))
        elif chance.happens(config.reviewed_share * 0.4):
            findings.append(_cleared(chance, order, "random_review"))
        elif chance.happens(config.reviewed_share * (1.8 if large else 0.5)):
            findings.append(_cleared(chance, order, "review"))
    return findings


def _cleared(chance: Chance, order: Placed, source: str) -> Finding:
    outcome: Outcome = "unknown" if chance.happens(0.04) else "legitimate"
    return Finding(order, outcome, order.moment + timedelta(hours=chance.whole(20, 600)), source)
