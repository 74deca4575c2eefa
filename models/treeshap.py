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


class TooDeep(Exception):
    """A tree with longer paths or more splits than the tables take."""


class Trees(NamedTuple):
    """All trees as flat arrays.

    Splits (s,): feature, threshold, missing goes left. Trees (t + 1,): first split, first leaf of each.
    Leaves (l,): value, first entry, first table row. Entries (e,): feature on the path, the splits it decides
    there as a bit mask and which of them must go left. Table (m,): contributions by pattern and entry.
    """

    feature: NDArray[np.int64]
    threshold: NDArray[np.float32]
    missing_left: NDArray[np.int64]
    first_split: NDArray[np.int64]
    first_leaf: NDArray[np.int64]
    value: NDArray[np.float32]
    first_entry: NDArray[np.int64]
    first_cell: NDArray[np.int64]
    entry_feature: NDArray[np.int64]
    entry_splits: NDArray[np.int64]
    entry_left: NDArray[np.int64]
    table: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ensemble:
    """Trees, the margin they start from, the mean margin (SHAP's base) and the number of features."""

    trees: Trees
    start: np.float32
    base: float
    features: int


@compiled
def _decisions(trees: Trees, tree: int, row: NDArray[np.float32]) -> int:
    """Which splits of a tree send the row left, as bits."""
    bits = 0
    first = trees.first_split[tree]
    for split in range(first, trees.first_split[tree + 1]):
        value = row[trees.feature[split]]
        left = trees.missing_left[split] == 1 if np.isnan(value) else value < trees.threshold[split]
        if left:
            bits |= 1 << (split - first)
    return bits


@compiled
def explain_rows(trees: Trees, start: np.float32, values: NDArray[np.float32], out: NDArray[np.float64]) -> None:
    """Rows (n, f) into `out` (n, f + 1): contributions, then the margin in the last column."""
    for i in range(values.shape[0]):
        margin = start
        out[i, :] = 0.0
        for tree in range(trees.first_split.shape[0] - 1):
            bits = _decisions(trees, tree, values[i])
            for leaf in range(trees.first_leaf[tree], trees.first_leaf[tree + 1]):
                low = trees.first_entry[leaf]
                count = trees.first_entry[leaf + 1] - low
                pattern = 0
                for k in range(count):
                    if (bits & trees.entry_splits[low + k]) == trees.entry_left[low + k]:
                        pattern |= 1 << k
                cell = trees.first_cell[leaf] + pattern * count
                for k in range(count):
                    out[i, trees.entry_feature[low + k]] += trees.table[cell + k]
                if pattern == (1 << count) - 1:
                    margin = np.float32(margin + trees.value[leaf])
        out[i, values.shape[1]] = margin


@compiled
def score_rows(trees: Trees, start: np.float32, values: NDArray[np.float32], out: NDArray[np.float32]) -> None:
    """Margins (n,) of rows (n, f), summed tree by tree in float32 as XGBoost does."""
    for i in range(values.shape[0]):
        margin = start
        for tree in range(trees.first_split.shape[0] - 1):
            bits = _decisions(trees, tree, values[i])
            for leaf in range(trees.first_leaf[tree], trees.first_leaf[tree + 1]):
                reached = True
                for k in range(trees.first_entry[leaf], trees.first_entry[leaf + 1]):
                    if (bits & trees.entry_splits[k]) != trees.entry_left[k]:
                        reached = False
                        break
                if reached:
                    margin = np.float32(margin + trees.value[leaf])
                    break
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
        self.splits: list[tuple[int, float, int]] = []
        self.first_split, self.first_leaf, self.first_entry, self.first_cell = [0], [0], [0], [0]
        self.values: list[float] = []
        self.entries: list[tuple[int, int, int]] = []
        self.tables: list[NDArray[np.float64]] = []
        self.mean = 0.0

    def add(self, tree: dict[str, Any]) -> None:
        numbers: dict[int, int] = {}
        for node, left in enumerate(tree["left_children"]):
            if left != -1:
                numbers[node] = len(numbers)
                self.splits.append(
                    (tree["split_indices"][node], tree["split_conditions"][node], int(tree["default_left"][node]))
                )
        if len(numbers) > MOST_SPLITS:
            raise TooDeep(f"{len(numbers)} splits in one tree")
        self._descend(tree, 0, [], numbers)
        self.first_split.append(len(self.splits))
        self.first_leaf.append(len(self.values))

    def _descend(self, tree: dict[str, Any], node: int, path: list[_Step], numbers: dict[int, int]) -> None:
        left, right = tree["left_children"][node], tree["right_children"][node]
        if left == -1:
            self._leaf(float(np.float32(tree["split_conditions"][node])), path)
            return
        cover = tree["sum_hessian"]
        for child, goes_left in ((left, True), (right, False)):
            share = cover[child] / cover[node] if cover[node] > 0 else 0.0
            step = _Step(numbers[node], tree["split_indices"][node], goes_left, share)
            self._descend(tree, child, [*path, step], numbers)

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
        entries = np.array(self.entries, dtype=np.int64).reshape(-1, 3)
        return Trees(
            feature=np.array([split[0] for split in self.splits], dtype=np.int64),
            threshold=np.array([split[1] for split in self.splits], dtype=np.float32),
            missing_left=np.array([split[2] for split in self.splits], dtype=np.int64),
            first_split=np.array(self.first_split, dtype=np.int64),
            first_leaf=np.array(self.first_leaf, dtype=np.int64),
            value=np.array(self.values, dtype=np.float32),
            first_entry=np.array(self.first_entry, dtype=np.int64),
            first_cell=np.array(self.first_cell, dtype=np.int64),
            entry_feature=np.ascontiguousarray(entries[:, 0]),
            entry_splits=np.ascontiguousarray(entries[:, 1]),
            entry_left=np.ascontiguousarray(entries[:, 2]),
            table=np.concatenate(self.tables) if self.tables else np.zeros(0),
        )
