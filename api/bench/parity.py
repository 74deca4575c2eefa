"""Online and offline features: equal to the bit on a simulated stream, and untouched by what comes later.

Every order is taken one by one with the stored states of its parties, as the service does, labels as they become
known; then the whole stream is built at once, and again cut short at three places.
"""

from __future__ import annotations

import argparse
import time
from datetime import timedelta

import numpy as np
import orjson
from numpy.typing import NDArray

from api.bench.report import Report
from features.arrival import to_record
from features.encode import encode
from features.intake import FiledOrder
from features.ledger import Ledger
from features.offline import build
from features.online import Lesson
from features.records import OrderRecord, OutcomeRecord
from models.simulator.config import SimulationConfig
from models.simulator.generate import simulate

CUTS = (0.25, 0.5, 0.9)


def one_by_one(records: list[OrderRecord], outcomes: list[OutcomeRecord]) -> NDArray[np.float32]:
    """All values as the service makes them, labels of a moment after the orders of that moment."""
    ledger, rows, waiting = Ledger(), [], list(reversed(outcomes))
    for record in records:
        while waiting and waiting[-1].known_at < record.received_at:
            known = waiting.pop()
            ledger.label(known.order_ref, Lesson(known.outcome, known.known_at))
        rows.append(ledger.order(record.reference, encode(record)).values)
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
