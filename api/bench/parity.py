"""Online and offline features: equal to the bit on a simulated stream, and untouched by what comes later.

Every order is taken one by one with the stored states of its parties, as the service does, labels as they become
known; then the whole stream is built at once, and again cut short at three places.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np
import orjson
from numpy.typing import NDArray

from api.bench.report import Report
from features import online
from features.arrival import to_record
from features.encode import EncodedOrder, encode
from features.intake import FiledOrder
from features.offline import build
from features.records import OrderRecord, OutcomeRecord
from models.simulator.config import SimulationConfig
from models.simulator.generate import simulate

CUTS = (0.25, 0.5, 0.9)


@dataclass(slots=True)
class Service:
    """States by key as the service stores them, and what it knows of each reference."""

    stored: dict[str, bytes] = field(default_factory=dict)
    current: dict[str, EncodedOrder] = field(default_factory=dict)
    judged: dict[str, tuple[EncodedOrder, OutcomeRecord]] = field(default_factory=dict)

    def order(self, record: OrderRecord) -> NDArray[np.float32]:
        """Values of one arrival; it is history afterwards."""
        encoded, earlier = encode(record), self.current.get(record.reference)
        touched = [encoded, earlier] if earlier else [encoded]
        states = online.States.of(online.state_keys(*touched), self.stored)
        if earlier:
            online.replace(earlier, states)
        values = online.observe(encoded, states).values
        self.current[record.reference] = encoded
        self.stored.update(states.stored())
        return values

    def label(self, outcome: OutcomeRecord) -> None:
        """An outcome becomes known; an earlier one of the same order is withdrawn."""
        encoded, before = self.current[outcome.order_ref], self.judged.get(outcome.order_ref)
        touched = [encoded, before[0]] if before else [encoded]
        states = online.States.of(online.state_keys(*touched), self.stored)
        if before:
            online.learn(before[0], before[1].outcome, outcome.known_at, states, step=-1)
        online.learn(encoded, outcome.outcome, outcome.known_at, states)
        self.judged[outcome.order_ref] = (encoded, outcome)
        self.stored.update(states.stored())


def one_by_one(records: list[OrderRecord], outcomes: list[OutcomeRecord]) -> NDArray[np.float32]:
    """All values as the service makes them, labels of a moment after the orders of that moment."""
    service, rows, waiting = Service(), [], list(reversed(outcomes))
    for record in records:
        while waiting and waiting[-1].known_at < record.received_at:
            service.label(waiting.pop())
        rows.append(service.order(record))
    return np.array(rows)


def differing(first: NDArray[np.float32], second: NDArray[np.float32]) -> int:
    """Values that are not the same bits (missing equals missing)."""
    return int((np.ascontiguousarray(first).view(np.uint32) != np.ascontiguousarray(second).view(np.uint32)).sum())


def main() -> None:
    """Run and print; exits 1 if a bar is not met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    config = SimulationConfig(orders=options.orders, seed=options.seed)
    simulation = simulate(config)
    orders = [FiledOrder.model_validate_json(orjson.dumps(body)) for body in simulation.orders]
    records = [to_record(order, order.received_at, n) for n, order in enumerate(orders, 1) if order.received_at]
    end = config.start + timedelta(days=config.days)
    outcomes = [outcome for outcome in simulation.labels if outcome.known_at <= end]
    began = time.perf_counter()
    online_values = one_by_one(records, outcomes)
    between = time.perf_counter()
    whole = build(records, outcomes)
    done = time.perf_counter()
    print(f"{len(records)} orders, {len(outcomes)} outcomes, {whole.values.shape[1]} features")
    print(f"one by one {between - began:.1f} s, as a whole {done - between:.1f} s")
    report = Report("parity")
    report.bar("orders_compared", len(records), "at least", min(20_000, options.orders))
    report.bar("values_differing_online_offline", differing(online_values, whole.values), "equals", 0)
    for cut in CUTS:
        kept = int(len(records) * cut)
        part = build(records[:kept], outcomes)
        changed = differing(part.values, whole.values[:kept])
        report.bar(f"values_changed_by_orders_after_{cut:.0%}", changed, "equals", 0)
    report.end()


if __name__ == "__main__":
    main()
