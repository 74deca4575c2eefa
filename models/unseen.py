"""A second opinion for schemes that no label has shown: what the trade's red flags were worth before any data.

A booster gives weight only to what its cases showed. An indicator that hardly any training order raised (a newly
marketed precursor, a mail domain one letter off) says nothing to it, and is the very thing a new scheme raises. So
each yes-or-no indicator of risk starts with the belief that orders raising it are LIFT times likelier to be
diverted, worth CASES cases, and the training orders that raise it correct the belief:

    gain = ln (cases among them + CASES) / (cases the booster expects among them + CASES / LIFT)

Never seen, it keeps ln LIFT; raised by many honest orders, or understood by the booster already, it fades to
nothing (gains below LEAST are dropped). An indicator in FIRMER starts with so many times the LIFT and is worth more
cases; a firm raises it for months on end, so that all orders of one firm are one piece of evidence there. Each gain is
a tree of one split, appended to the booster's own, so margin, contributions, signature and kernel stay what they are,
and a reason is a reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
import xgboost
from numpy.typing import NDArray

from features.catalogue import CATALOGUE

FloatArray = NDArray[np.float64]

LIFT = 20.0
# Where several provable facts must hold at once (`features.quantity_schemes`), an honest order hardly ever raises it.
# Nor do goods weigh less with their packing than without.
FIRMER = {"surge_that_stays": (20.0, 5.0), "gross_below_net": (20.0, 5.0)}  # times the LIFT, and cases
CASES = 0.5
LEAST = 0.05
HALF = 0.5


@dataclass(frozen=True, slots=True)
class Taught:
    """Orders a booster has learnt from, (n,) each: whether confirmed, the chance it gives, what each stands for, and
    whose it is."""

    confirmed: NDArray[np.bool_]
    expected: FloatArray
    stands_for: FloatArray
    customer: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Beliefs:
    """What raising an indicator adds to the margin: columns, gains and the share of orders raising it, (k,) each."""

    column: NDArray[np.int64]
    gain: FloatArray
    share: FloatArray
    orders: int

    def added(self, values: NDArray[np.float32]) -> FloatArray:
        """What they add to the margins of rows (n, f), (n,)."""
        out = np.zeros(values.shape[0])
        for column, gain in zip(self.column.tolist(), self.gain.tolist(), strict=True):
            out += np.where(values[:, column] >= HALF, gain, 0.0)
        return out


def indicators() -> tuple[int, ...]:
    """Columns that say yes or no to a red flag, where yes can only be worse."""
    return tuple(
        column for column, entry in enumerate(CATALOGUE) if entry.unit == "flag" and entry.monotone > 0 and entry.flags
    )


def beliefs(values: NDArray[np.float32], taught: Taught, lift: float) -> Beliefs:
    """What the indicators are still worth after the orders taught, of values (n, f) in the same order."""
    found: list[tuple[int, float, float]] = []
    total = float(taught.stands_for.sum())
    for column in indicators():
        raised = np.flatnonzero(values[:, column] >= HALF)
        weight = taught.stands_for[raised]
        times, prior = FIRMER.get(CATALOGUE[column].name, (1.0, CASES))
        counts = _shares(taught.customer[raised]) if CATALOGUE[column].name in FIRMER else np.ones(raised.size)
        cases = float(taught.confirmed[raised] @ counts)
        expected = float((taught.expected[raised] * counts) @ weight)
        gain = float(np.log((cases + prior) / (expected + prior / (lift * times))))
        if gain > LEAST:
            found.append(
                (column, gain, (float(weight.sum()) + HALF) / (total + 1.0))
            )  # never nothing: a cover is divided by
    return _gathered(found, int(total))


def _shares(customer: NDArray[np.int64]) -> FloatArray:
    """What each order counts for, (n,), where all orders of a customer count for one."""
    _, whose, orders = np.unique(customer, return_inverse=True, return_counts=True)
    return np.asarray(1.0 / orders[whose], dtype=np.float64)


def _gathered(found: Sequence[tuple[int, float, float]], orders: int) -> Beliefs:
    column, gain, share = zip(*found, strict=True) if found else ((), (), ())
    return Beliefs(np.array(column, dtype=np.int64), np.array(gain, dtype=float), np.array(share, dtype=float), orders)


def appended(booster: xgboost.Booster, held: Beliefs) -> xgboost.Booster:
    """The booster with a tree of one split for every belief after its own."""
    model = orjson.loads(bytes(booster.save_raw("json")))
    forest = model["learner"]["gradient_booster"]["model"]
    width = int(model["learner"]["learner_model_param"]["num_feature"])
    for k in range(held.column.size):
        forest["trees"].append(_stump(held, k, len(forest["trees"]), width))
        forest["tree_info"].append(0)
        forest["iteration_indptr"].append(len(forest["trees"]))
    forest["gbtree_model_param"]["num_trees"] = str(len(forest["trees"]))
    return xgboost.Booster({"nthread": 1}, model_file=bytearray(orjson.dumps(model)))


def _stump(held: Beliefs, k: int, number: int, width: int) -> dict[str, Any]:
    """One split in XGBoost's form: no and not known go left, yes goes right and gains."""
    gain, raised = float(np.float32(held.gain[k])), float(held.share[k])
    return {
        "base_weights": [0.0, 0.0, gain],
        "categories": [], "categories_nodes": [], "categories_segments": [], "categories_sizes": [],
        "default_left": [1, 0, 0],
        "id": number,
        "left_children": [1, -1, -1],
        "loss_changes": [0.0, 0.0, 0.0],
        "parents": [2147483647, 0, 0],
        "right_children": [2, -1, -1],
        "split_conditions": [HALF, 0.0, gain],
        "split_indices": [int(held.column[k]), 0, 0],
        "split_type": [0, 0, 0],
        "sum_hessian": [float(held.orders), held.orders * (1 - raised), held.orders * raised],
        "tree_param": {"num_deleted": "0", "num_feature": str(width), "num_nodes": "3", "size_leaf_vector": "1"},
    }  # fmt: skip
