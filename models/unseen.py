"""A second opinion for schemes that no label has shown: how far out, in directions that can only be wrong.

For every feature with a direction (`monotone` in the catalogue) the tail of the training orders is cut at a few
shares: the order that lies beyond what one in twenty, a hundred and a thousand orders reach gains the logarithm of
how rare that is, times a weight. Nothing of it is fitted to labels. Each cut is a tree of one split, appended to the
booster's own, so margin, contributions, signature and kernel stay what they are, and a reason is a reason.

It is off by default (`WEIGHT`): on simulated streams with two typologies withheld it found fewer of them and cost
recall of the others at every weight tried, as did an isolation forest; it stays for streams where it measures better.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
import xgboost
from numpy.typing import NDArray

from features.catalogue import monotone_constraints

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

WEIGHT = 0.0
SHARES = (0.05, 0.01, 0.001)
LOOKED_AT = 200_000
FEWEST_BEYOND = 5


@dataclass(frozen=True, slots=True)
class Tails:
    """Cuts, (k,) each: column, direction, threshold, what lies beyond gains, and the share of orders beyond."""

    column: IntArray
    direction: IntArray
    threshold: NDArray[np.float32]
    gain: FloatArray
    share: FloatArray
    orders: int


def tails_of(values: NDArray[np.float32], rows: IntArray, weight: float) -> Tails:
    """The tails of `rows` of values (n, f). Where an order is evenly drawn, two hundred thousand tell enough."""
    some = rows[:: max(1, rows.size // LOOKED_AT)]
    cuts = [
        (column, direction, *cut)
        for column, direction in enumerate(monotone_constraints())
        if direction
        for cut in _cuts(values[some, column] * np.float32(direction), weight)
    ]
    columns = zip(*cuts, strict=True) if cuts else ((),) * 5
    column, direction, threshold, gain, share = (np.array(each) for each in columns)
    return Tails(
        column.astype(np.int64), direction.astype(np.int64), (threshold * direction).astype(np.float32),
        gain.astype(np.float64), share.astype(np.float64), int(some.size),
    )  # fmt: skip


def _cuts(values: NDArray[np.float32], weight: float) -> list[tuple[np.float32, float, float]]:
    """Threshold, gain and share beyond, from the commonest tail to the rarest; missing values are in no tail."""
    known = np.sort(values[np.isfinite(values)])
    found: list[tuple[np.float32, float, float]] = []
    before = 1.0
    for share in SHARES:
        allowed = int(share * values.size)
        if allowed < FEWEST_BEYOND or known.size <= allowed:
            continue
        # The least value that no more than `allowed` orders reach: above all its equals.
        threshold = np.nextafter(known[known.size - 1 - allowed], np.float32(np.inf))
        beyond = known.size - int(np.searchsorted(known, threshold))
        if beyond < FEWEST_BEYOND or (found and threshold <= found[-1][0]):
            continue
        rare = beyond / values.size
        found.append((threshold, weight * float(np.log10(before / rare)), rare))
        before = rare
    return found


def added(tails: Tails, values: NDArray[np.float32], rows: IntArray) -> FloatArray:
    """What the second opinion adds to the margin of each of `rows`, (k,)."""
    out = np.zeros(rows.size)
    for column, direction, threshold, gain in zip(
        tails.column, tails.direction, tails.threshold, tails.gain, strict=True
    ):
        value = values[rows, column]
        out += np.where(value >= threshold if direction > 0 else value <= threshold, gain, 0.0)
    return out


def appended(booster: xgboost.Booster, tails: Tails) -> xgboost.Booster:
    """The booster with a tree of one split for every cut after its own."""
    model = orjson.loads(bytes(booster.save_raw("json")))
    forest = model["learner"]["gradient_booster"]["model"]
    width = int(model["learner"]["learner_model_param"]["num_feature"])
    for k in range(tails.column.size):
        forest["trees"].append(_stump(tails, k, len(forest["trees"]), width))
        forest["tree_info"].append(0)
        forest["iteration_indptr"].append(len(forest["trees"]))
    forest["gbtree_model_param"]["num_trees"] = str(len(forest["trees"]))
    return xgboost.Booster({"nthread": 1}, model_file=bytearray(orjson.dumps(model)))


def _stump(tails: Tails, k: int, number: int, width: int) -> dict[str, Any]:
    """One split in XGBoost's form: below the threshold goes left, missing to the side that gains nothing."""
    high = tails.direction[k] > 0
    # `value <= t` is `value < next(t)`: XGBoost's left side is strictly below.
    threshold = tails.threshold[k] if high else np.nextafter(tails.threshold[k], np.float32(np.inf))
    gain, inside = float(np.float32(tails.gain[k])), 1.0 - float(tails.share[k])
    leaves = (0.0, gain) if high else (gain, 0.0)
    cover = (inside, 1 - inside) if high else (1 - inside, inside)
    return {
        "base_weights": [0.0, *leaves],
        "categories": [], "categories_nodes": [], "categories_segments": [], "categories_sizes": [],
        "default_left": [int(high), 0, 0],
        "id": number,
        "left_children": [1, -1, -1],
        "loss_changes": [0.0, 0.0, 0.0],
        "parents": [2147483647, 0, 0],
        "right_children": [2, -1, -1],
        "split_conditions": [float(threshold), *leaves],
        "split_indices": [int(tails.column[k]), 0, 0],
        "split_type": [0, 0, 0],
        "sum_hessian": [float(tails.orders), cover[0] * tails.orders, cover[1] * tails.orders],
        "tree_param": {"num_deleted": "0", "num_feature": str(width), "num_nodes": "3", "size_leaf_vector": "1"},
    }  # fmt: skip
