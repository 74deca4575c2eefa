"""Margins and exact SHAP contributions of a shallow tree ensemble by one compiled kernel.

Same quantity as XGBoost's `pred_contribs` (path-dependent TreeSHAP), reached another way: what a leaf gives to
the features on its path depends only on which of them the row satisfies. With at most eight features on a path
that is a table of 256 rows, filled once when the model is loaded; a row then costs one walk over the leaves,
some hundred times less than the general algorithm. `models.scorer` compares both at load and keeps XGBoost's
own where they should ever differ. Sums run in a fixed order, so results are equal to the bit every time.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import factorial
from typing import Any, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from features.compiled import compiled

DEEPEST = 8
MOST_SPLITS = 62
BLOCK = 32


class TooDeep(Exception):
    """A tree with longer paths or more splits than the tables take."""


class Trees(NamedTuple):
    """All trees as flat arrays, narrow so that they stay in the processor's cache.

    Splits (s,): feature, threshold, whether missing goes left; children (s, 2) left and right, a split's number or
    -1 - the leaf's. Trees (t + 1,): first split, first leaf of each. Leaves (l + 1,): value (l,), first entry,
    first table cell. Entries (e,): feature on the path, and (e, 2) the splits it decides there as a bit mask and
    which of them must go left. Table (m,): contributions by pattern of satisfied entries.
    """

    feature: NDArray[np.int32]
    threshold: NDArray[np.float32]
    missing_left: NDArray[np.bool_]
    children: NDArray[np.int32]
    first_split: NDArray[np.int32]
    first_leaf: NDArray[np.int32]
    value: NDArray[np.float32]
    first_entry: NDArray[np.int32]
    first_cell: NDArray[np.int64]
    entry_feature: NDArray[np.int32]
    entry_masks: NDArray[np.int64]
    table: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Ensemble:
    """Trees, the margin they start from, the mean margin (SHAP's base) and the number of features."""

    trees: Trees
    start: np.float32
    base: float
    features: int


# The kernels keep every step in one loop over plain local arrays: handing the tuple to an inner function for each
# split costs four times the work itself.
@compiled
def explain_rows(trees: Trees, start: np.float32, values: NDArray[np.float32], out: NDArray[np.float64]) -> None:
    """Rows (n, f) into `out` (n, f + 1): contributions, then the margin in the last column."""
    feature, threshold, missing_left, _, first_split, first_leaf, leaf_value, first_entry, first_cell = trees[:9]
    entry_feature, masks, table = trees[9:]
    width = values.shape[1]
    # A block of rows goes through one tree before the next, so that the tree's table is read from the nearest cache;
    # the sums of a row still run tree by tree, to the same bit as alone.
    for begin in range(0, values.shape[0], BLOCK):
        end = min(begin + BLOCK, values.shape[0])
        out[begin:end] = 0.0
        out[begin:end, width] = start
        for tree in range(first_split.shape[0] - 1):
            first, last = first_split[tree], first_split[tree + 1]
            first_of_tree, last_of_tree = first_leaf[tree], first_leaf[tree + 1]
            for i in range(begin, end):
                row, sums, margin = values[i], out[i], np.float32(out[i, width])
                bits = 0
                for split in range(first, last):
                    value = row[feature[split]]
                    left = value < threshold[split] or (missing_left[split] and np.isnan(value))
                    bits |= int(left) << (split - first)
                low = first_entry[first_of_tree]
                for leaf in range(first_of_tree, last_of_tree):
                    high, pattern = first_entry[leaf + 1], 0
                    for k in range(low, high):
                        pattern |= int((bits & masks[k, 0]) == masks[k, 1]) << (k - low)
                    cell = first_cell[leaf] + pattern * (high - low) - low
                    for k in range(low, high):
                        sums[entry_feature[k]] += table[cell + k]
                    if pattern == (1 << (high - low)) - 1:
                        margin = np.float32(margin + leaf_value[leaf])
                    low = high
                sums[width] = margin


@compiled
def score_rows(trees: Trees, start: np.float32, values: NDArray[np.float32], out: NDArray[np.float32]) -> None:
    """Margins (n,) of rows (n, f), summed tree by tree in float32 as XGBoost does."""
    feature, threshold, missing_left, children, first_split, first_leaf, leaf_value = trees[:7]
    for i in range(values.shape[0]):
        row, margin = values[i], start
        for tree in range(first_split.shape[0] - 1):
            leaf, node = first_leaf[tree], first_split[tree]
            if node < first_split[tree + 1]:
                while node >= 0:
                    value = row[feature[node]]
                    left = value < threshold[node] or (missing_left[node] and np.isnan(value))
                    node = children[node, 0 if left else 1]
                leaf = -1 - node
            margin = np.float32(margin + leaf_value[leaf])
        out[i] = margin


@compiled
def _fill(weights: NDArray[np.float64], remain: NDArray[np.float64], value: float, table: NDArray[np.float64]) -> None:
    """Shapley values of one leaf's product game for every pattern of satisfied features.

    `weights[s]` is s! (d - s - 1)! / d!, `remain` the share of training cover that follows the path at each
    feature, `table` (2**d * d,) the result.
    """
    count = remain.shape[0]
    for pattern in range(1 << count):
        for i in range(count):
            held = 1.0 if pattern >> i & 1 else 0.0
            total = 0.0
            for subset in range(1 << count):
                if subset >> i & 1:
                    continue
                product = 1.0
                size = 0
                for j in range(count):
                    if j == i:
                        continue
                    if subset >> j & 1:
                        size += 1
                        if not pattern >> j & 1:
                            product = 0.0
                    else:
                        product *= remain[j]
                total += weights[size] * product
            table[pattern * count + i] = value * total * (held - remain[i])


@dataclass(frozen=True, slots=True)
class _Step:
    split: int
    feature: int
    left: bool
    share: float


def read_ensemble(model_json: bytes) -> Ensemble:
    """The ensemble of a booster saved as JSON (`Booster.save_raw("json")`). Raises TooDeep, KeyError, ValueError."""
    learner = orjson.loads(model_json)["learner"]
    parameters = learner["learner_model_param"]
    builder = _Builder()
    for tree in learner["gradient_booster"]["model"]["trees"]:
        builder.add(tree)
    start = _start_margin(str(parameters["base_score"]))
    return Ensemble(builder.trees(), start, float(start) + builder.mean, int(parameters["num_feature"]))


def _start_margin(base_score: str) -> np.float32:
    """Log-odds of the base score, which XGBoost 3 writes as `[5E-1]`; in float32 and in its order of steps."""
    one, probability = np.float32(1.0), np.float32(base_score.strip("[]"))
    return np.float32(-np.log(one / probability - one))


class _Builder:
    """Collects trees into the arrays of `Trees`."""

    def __init__(self) -> None:
        self.splits: list[tuple[int, float, bool]] = []
        self.children: list[list[int]] = []
        self.first_split, self.first_leaf, self.first_entry, self.first_cell = [0], [0], [0], [0]
        self.values: list[float] = []
        self.entries: list[tuple[int, int, int]] = []
        self.tables: list[NDArray[np.float64]] = []
        self.mean = 0.0

    def add(self, tree: dict[str, Any]) -> None:
        inner = [node for node, left in enumerate(tree["left_children"]) if left != -1]
        if len(inner) > MOST_SPLITS:
            raise TooDeep(f"{len(inner)} splits in one tree")
        numbers = {node: number for number, node in enumerate(inner)}
        for node in inner:
            self.splits.append(
                (tree["split_indices"][node], tree["split_conditions"][node], bool(tree["default_left"][node]))
            )
            self.children.append([0, 0])
        self._descend(tree, 0, [], numbers)
        self.first_split.append(len(self.splits))
        self.first_leaf.append(len(self.values))

    def _descend(self, tree: dict[str, Any], node: int, path: list[_Step], numbers: dict[int, int]) -> int:
        """Add all leaves below a node; returns how its parent refers to it."""
        left, right = tree["left_children"][node], tree["right_children"][node]
        if left == -1:
            self._leaf(float(np.float32(tree["split_conditions"][node])), path)
            return -len(self.values)
        cover, number = tree["sum_hessian"], self.first_split[-1] + numbers[node]
        for side, child in enumerate((left, right)):
            share = cover[child] / cover[node] if cover[node] > 0 else 0.0
            step = _Step(numbers[node], tree["split_indices"][node], side == 0, share)
            self.children[number][side] = self._descend(tree, child, [*path, step], numbers)
        return number

    def _leaf(self, value: float, path: list[_Step]) -> None:
        groups: dict[int, tuple[int, int, float]] = {}
        for step in path:
            splits, lefts, share = groups.get(step.feature, (0, 0, 1.0))
            bit = 1 << step.split
            groups[step.feature] = (splits | bit, lefts | (bit if step.left else 0), share * step.share)
        count = len(groups)
        if count > DEEPEST:
            raise TooDeep(f"{count} features on one path")
        remain = np.array([share for _, _, share in groups.values()], dtype=np.float64)
        weights = np.array([factorial(s) * factorial(count - s - 1) / factorial(count) for s in range(count)] or [1.0])
        table = np.zeros((1 << count) * count)
        if count:
            _fill(weights, remain, value, table)
        self.tables.append(table)
        self.entries += [(feature, splits, lefts) for feature, (splits, lefts, _) in groups.items()]
        self.values.append(value)
        self.first_entry.append(len(self.entries))
        self.first_cell.append(self.first_cell[-1] + table.size)
        self.mean += value * float(np.prod(remain))

    def trees(self) -> Trees:
        feature, threshold, missing_left = zip(*self.splits, strict=True) if self.splits else ((), (), ())
        entries = np.array(self.entries, dtype=np.int64).reshape(-1, 3)
        return Trees(
            feature=np.array(feature, dtype=np.int32),
            threshold=np.array(threshold, dtype=np.float32),
            missing_left=np.array(missing_left, dtype=np.bool_),
            children=np.array(self.children, dtype=np.int32).reshape(-1, 2),
            first_split=np.array(self.first_split, dtype=np.int32),
            first_leaf=np.array(self.first_leaf, dtype=np.int32),
            value=np.array(self.values, dtype=np.float32),
            first_entry=np.array(self.first_entry, dtype=np.int32),
            first_cell=np.array(self.first_cell, dtype=np.int64),
            entry_feature=entries[:, 0].astype(np.int32),
            entry_masks=np.ascontiguousarray(entries[:, 1:]),
            table=np.concatenate(self.tables).astype(np.float32) if self.tables else np.zeros(0, dtype=np.float32),
        )
