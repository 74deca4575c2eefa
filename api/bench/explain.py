"""Contributions add up to the margin, agree with XGBoost's own, are the same when scored again, and name the cause.

A planted cause (`models.scoreboard.causes`) is named if its family is among the first three reasons.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.bench.report import Report
from features.catalogue import CATALOGUE
from models.default import DefaultModel, build_model, stream_of
from models.scoreboard.causes import CAUSES, planted
from models.scoreboard.engine import view_of
from models.scorer import Assessment, Scorer
from models.simulator.chance import Chance
from models.simulator.config import SimulationConfig
from models.simulator.generate import simulate

ADDITIVITY = 1e-4
REPLAYED = 200
FIRST = 3
OF_EACH = 40
NAMED = 0.9


def same(first: Assessment, second: Assessment) -> bool:
    """Margin, probability and every contribution equal to the bit."""
    return (
        np.float64(first.margin).tobytes() == np.float64(second.margin).tobytes()
        and np.float64(first.probability).tobytes() == np.float64(second.probability).tobytes()
        and first.contributions.tobytes() == second.contributions.tobytes()
    )


def _causes(report: Report, scorer: Scorer, config: SimulationConfig) -> None:
    """How many orders with one planted cause name its family among their first three reasons."""
    chance = Chance(np.random.Generator(np.random.PCG64(config.seed)))
    stream = planted(simulate(config), chance, OF_EACH)
    view = view_of(stream.simulation)
    rows = [row for row, reference in enumerate(view.references) if reference in stream.family]
    contributions, _ = scorer.explain_many(view.values[rows], nthread=2)
    named: Counter[str] = Counter()
    for row, given in zip(rows, contributions, strict=True):
        family = stream.family[view.references[row]]
        first = np.argsort(-given[:-1], kind="stable")[:FIRST]
        named[family] += any(CATALOGUE[column].family == family and given[column] > 0 for column in first)
    print("named among the first three: " + ", ".join(f"{name} {named[name]} of {OF_EACH}" for name in CAUSES))
    report.bar("planted_causes_named_in_the_first_three", named.total() / len(rows), "at least", NAMED)


def main() -> None:
    """Run and print; exits 1 if a bar is not met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=11)
    options = parser.parse_args()
    config = SimulationConfig(orders=options.orders, seed=options.seed)
    values = stream_of(simulate(config)).values
    with tempfile.TemporaryDirectory() as folder:
        key = Ed25519PrivateKey.generate()
        build_model(Path(folder) / "model", DefaultModel(key))
        scorer = Scorer.load(Path(folder) / "model", [key.public_key()])
        again = Scorer.load(Path(folder) / "model", [key.public_key()])
    print(f"{values.shape[0]} orders, {values.shape[1]} features; {'kernel' if scorer.compiled else 'XGBoost'} serves")
    report = Report("explain")
    report.bar("orders_explained", values.shape[0], "at least", min(10_000, options.orders))
    began = time.perf_counter()
    assessed = [scorer.assess(row) for row in values]
    each = (time.perf_counter() - began) / len(assessed)
    sums = np.array([float(made.contributions.astype(np.float64).sum()) - made.margin for made in assessed])
    report.bar("largest_additivity_error", float(np.abs(sums).max()), "at most", ADDITIVITY)
    own = scorer.reference_contributions(values)
    made_here = np.array([made.contributions for made in assessed])
    report.bar("largest_difference_from_xgboost", float(np.abs(own - made_here).max()), "at most", ADDITIVITY)
    bulk, margins = scorer.explain_many(values, nthread=2)
    bulk_equal = np.array_equal(bulk, made_here) and np.array_equal(margins, [made.margin for made in assessed])
    report.bar("bulk_equals_single", int(bulk_equal), "equals", 1)
    rows = np.linspace(0, values.shape[0] - 1, REPLAYED).astype(int)
    stored = [values[row].astype("<f4").tobytes() for row in rows]
    replayed = [again.assess(np.frombuffer(vector, dtype="<f4").astype(np.float32)) for vector in stored]
    equal = sum(same(made, assessed[row]) for made, row in zip(replayed, rows, strict=True))
    report.bar("replayed_equal_to_the_bit", equal, "equals", REPLAYED)
    _causes(report, scorer, config)
    print(f"one assessment {each * 1e6:.0f} microseconds (mean, one thread, machine as it was)")
    report.end()


if __name__ == "__main__":
    main()
