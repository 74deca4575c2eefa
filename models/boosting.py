"""The booster: its parameters, what each order weighs, and its margins by number of trees.

Directions that can only be right (`monotone` in the catalogue) are constraints. Missing values stay missing.
The first trees (`ground`, their share) are not drawn from outcomes of earlier orders: what holds for orders that
nothing known resembles is learnt before, not after, what their look-alikes came to.
Cases weigh more than the others by the share of cases known at their age and, where a search finds that it helps, by a
root of their rarity (`case_weight`); the calibrator, fitted on later orders without these weights, puts the level right
again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xgboost
from numpy.typing import NDArray

from features.catalogue import feature_names, monotone_constraints, tells_outcomes
from models.cluster import Cluster, Weighted
from models.sizes import DEPTH, TREES
from models.targets import Targets

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MOST_BINS = 128
STEP = 10
LOOKED_AT = 20_000


@dataclass(frozen=True, slots=True)
class BoosterConfig:
    """Size and ways of the booster. The defaults are chosen with the cost of explaining an order in view."""

    trees: int = TREES
    depth: int = DEPTH
    learning_rate: float = 0.05
    min_child_weight: float = 2.0
    subsample: float = 0.8
    colsample: float = 0.15
    reg_lambda: float = 2.0
    case_weight: float = 0.0
    unlabelled_weight: float = 1.0
    ground: float = 0.7

    def parameters(self, seed: int, nthread: int) -> dict[str, Any]:
        """As XGBoost takes them."""
        return {
            "objective": "binary:logistic",
            "tree_method": "hist",
            "max_bin": MOST_BINS,
            "max_depth": self.depth,
            "eta": self.learning_rate,
            "min_child_weight": self.min_child_weight,
            "subsample": self.subsample,
            "colsample_bytree": self.colsample,
            "lambda": self.reg_lambda,
            "monotone_constraints": "(" + ",".join(str(each) for each in monotone_constraints()) + ")",
            "seed": seed,
            "nthread": nthread,
            "base_score": 0.5,
        }


@dataclass(frozen=True, slots=True)
class Lesson:
    """Rows to fit on, what each stands for (n,) each, and how it is done: here, or on a cluster by `party` (n,)."""

    rows: IntArray
    stands_for: FloatArray
    seed: int
    nthread: int
    party: IntArray | None = None
    cluster: Cluster | None = None


def weights(targets: Targets, lesson: Lesson, config: BoosterConfig) -> FloatArray:
    """What each row of the lesson weighs, (n,).

    A legitimate order that suspicion brought to review weighs what an unlabelled one does, so that being chosen
    teaches nothing; one drawn by chance counts in full.
    """
    rows = lesson.rows
    confirmed = targets.confirmed[rows]
    certain = targets.random[rows] | (targets.regime == "complete")
    others = np.where(certain, 1.0, config.unlabelled_weight) * lesson.stands_for
    rarity = others.sum() / max(1, int(confirmed.sum()))
    case = max(rarity, 1.0) ** config.case_weight / targets.known[rows]
    return np.where(confirmed, case, others)


def fitted(
    values: NDArray[np.float32], targets: Targets, lesson: Lesson, config: BoosterConfig, trees: int
) -> xgboost.Booster:
    """A booster of so many trees on rows of values (n_all, f)."""
    taught = values[lesson.rows]
    drawn = varying(taught)
    parameters = config.parameters(lesson.seed, lesson.nthread)
    ground = drawn * np.array([not tells_outcomes(name) for name in feature_names()], dtype=np.float32)
    first = int(config.ground * trees) if ground.any() else 0
    if lesson.cluster is not None:
        assert lesson.party is not None, "a cluster parts rows by party"
        target = targets.confirmed[lesson.rows].astype(np.float32)
        rows = Weighted(taught, target, weights(targets, lesson, config), lesson.party, ground if first else drawn)
        made = lesson.cluster.trained(rows, parameters, first) if first else None
        return lesson.cluster.trained(replace(rows, drawn=drawn), parameters, trees - first, made)
    matrix = xgboost.QuantileDMatrix(
        taught,
        label=targets.confirmed[lesson.rows].astype(np.float32),
        weight=weights(targets, lesson, config),
        feature_weights=drawn,
        nthread=lesson.nthread,
        max_bin=MOST_BINS,
    )
    made = None
    if first:
        matrix.set_info(feature_weights=ground)
        made = xgboost.train(parameters, matrix, first)
        matrix.set_info(feature_weights=drawn)
    return xgboost.train(parameters, matrix, trees - first, xgb_model=made)


def expected(
    booster: xgboost.Booster, values: NDArray[np.float32], targets: Targets, lesson: Lesson, config: BoosterConfig
) -> FloatArray:
    """The chance the booster gives each order it has learnt from, (n,), without the greater weight of the cases."""
    confirmed = targets.confirmed[lesson.rows]
    heavier = weights(targets, lesson, config)[confirmed].mean()
    taught = margins(booster, values[lesson.rows], lesson.nthread).astype(np.float64)
    return np.asarray(1.0 / (1.0 + np.exp(np.log(heavier) - taught)), dtype=np.float64)


def varying(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """1 for columns of values (n, f) that tell rows apart, else 0, (f,): a draw of columns is not spent on others.

    Of many rows an even fiftieth of a million decides.
    """
    some = values[:: max(1, values.shape[0] // LOOKED_AT)]
    missing = np.isnan(some)
    low, high = (np.where(missing, other, some) for other in (np.float32(np.inf), np.float32(-np.inf)))
    several = low.min(axis=0) < high.max(axis=0)
    both = missing.any(axis=0) & ~missing.all(axis=0)
    return np.asarray(several | both, dtype=np.float32)


def staged_margins(booster: xgboost.Booster, values: NDArray[np.float32], nthread: int) -> NDArray[np.float32]:
    """Margins (n, s) after every tenth tree, the last after all of them."""
    matrix = xgboost.DMatrix(values, nthread=nthread)
    ends = stages(booster.num_boosted_rounds())
    parts = np.empty((values.shape[0], len(ends)), dtype=np.float32)
    begin = 0
    for column, end in enumerate(ends):
        parts[:, column] = booster.predict(matrix, output_margin=True, iteration_range=(begin, end))
        begin = end
    return np.asarray(np.cumsum(parts, axis=1, dtype=np.float32))


def stages(trees: int) -> list[int]:
    """Numbers of trees at which margins are kept."""
    return sorted({*range(STEP, trees + 1, STEP), trees})


def read(model: bytes, nthread: int) -> xgboost.Booster:
    """A booster from its bytes."""
    return xgboost.Booster({"nthread": nthread}, model_file=bytearray(model))


def margins(booster: xgboost.Booster, values: NDArray[np.float32], nthread: int) -> NDArray[np.float32]:
    """Margins (n,) of rows (n, f)."""
    matrix = xgboost.DMatrix(values, nthread=nthread)
    return np.asarray(booster.predict(matrix, output_margin=True), dtype=np.float32)
