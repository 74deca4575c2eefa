"""The models of the field, tuned as one would: a few sizes, stopped on the latest part by log loss (average precision
of few cases jumps too much to stop by), the size with the best average precision there, fitted again on all.

Each takes the same rows, labels and embargo as Tamga and the same weights of cases and unlabelled orders. One
thread: tables of this size gain nothing from a second, and threads that wait for each other lose much.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np
import xgboost
from numpy.typing import NDArray
from sklearn.ensemble import IsolationForest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.preprocessing import OneHotEncoder

Float32 = NDArray[np.float32]
FloatArray = NDArray[np.float64]

ROUNDS, PATIENCE = 400, 40
STOP_SHARE = 0.25
DEPTHS = (3, 4, 6)
LEAVES = (8, 15, 31)
MOST_LEVELS = 60
UNLABELLED_WEIGHT = 0.6


@dataclass(frozen=True, slots=True)
class Lesson:
    """Rows in time order: values (n, f); confirmed (n,), weight (n,)."""

    values: Float32
    confirmed: NDArray[np.bool_]
    weight: FloatArray

    def part(self, rows: slice) -> Lesson:
        return Lesson(self.values[rows], self.confirmed[rows], self.weight[rows])


def weights(confirmed: NDArray[np.bool_], reviewed: NDArray[np.bool_]) -> FloatArray:
    """Cases by the square root of their rarity, unlabelled orders less than reviewed ones: as Tamga weighs them."""
    rarity = (confirmed.size - confirmed.sum()) / max(1, confirmed.sum())
    return np.where(confirmed, np.sqrt(max(rarity, 1.0)), np.where(reviewed, 1.0, UNLABELLED_WEIGHT))


Predict = Callable[[Float32], FloatArray]


def boosted_xgboost(lesson: Lesson, seed: int) -> Predict:
    """XGBoost with depth and rounds chosen on the latest quarter."""
    return _chosen(lesson, [lambda part, rounds, d=depth: _xgboost(part, rounds, d, seed) for depth in DEPTHS])


def boosted_lightgbm(lesson: Lesson, seed: int) -> Predict:
    """LightGBM with leaves and rounds chosen on the latest quarter."""
    return _chosen(lesson, [lambda part, rounds, n=leaves: _lightgbm(part, rounds, n, seed) for leaves in LEAVES])


@dataclass(frozen=True, slots=True)
class Staged:
    """A fitted booster that can predict with its first k rounds."""

    predict: Callable[[Float32, int], FloatArray]
    rounds: int


Grow = Callable[[Lesson, "int | Lesson"], Staged]


def _chosen(lesson: Lesson, candidates: list[Any]) -> Predict:
    """The candidate with the best average precision on the latest part, fitted on all rows."""
    cut = int(lesson.confirmed.size * (1 - STOP_SHARE))
    early, late = lesson.part(slice(0, cut)), lesson.part(slice(cut, None))
    if late.confirmed.sum() < 5 or early.confirmed.sum() < 5:
        final = candidates[0](lesson, 150)
        return lambda values: np.asarray(final.predict(values, 150))
    best: tuple[float, Any, int] = (-1.0, candidates[0], 150)
    for grow in candidates:
        staged = grow(early, late)
        precision = float(average_precision_score(late.confirmed, staged.predict(late.values, staged.rounds)))
        if precision > best[0]:
            best = (precision, grow, staged.rounds)
    _, grow, rounds = best
    final = grow(lesson, rounds)
    return lambda values: np.asarray(final.predict(values, rounds))


def _xgboost(lesson: Lesson, rounds: int | Lesson, depth: int, seed: int) -> Staged:
    settings = {
        "objective": "binary:logistic", "eval_metric": "logloss", "tree_method": "hist", "max_depth": depth,
        "eta": 0.05, "subsample": 0.8, "colsample_bytree": 0.5, "min_child_weight": 2.0, "lambda": 2.0, "seed": seed,
        "nthread": 1,
    }  # fmt: skip
    data = xgboost.DMatrix(lesson.values, label=lesson.confirmed.astype(np.float32), weight=lesson.weight)
    if isinstance(rounds, int):
        booster = xgboost.train(settings, data, rounds)
        built = rounds
    else:
        late = xgboost.DMatrix(rounds.values, label=rounds.confirmed.astype(np.float32), weight=rounds.weight)
        booster = xgboost.train(
            settings, data, ROUNDS, evals=[(late, "late")], early_stopping_rounds=PATIENCE, verbose_eval=False
        )
        built = max(20, int(booster.best_iteration) + 1)

    def predict(values: Float32, first: int) -> FloatArray:
        last = min(first, booster.num_boosted_rounds())
        return np.asarray(booster.predict(xgboost.DMatrix(values), iteration_range=(0, last)), dtype=np.float64)

    return Staged(predict, built)


def _lightgbm(lesson: Lesson, rounds: int | Lesson, leaves: int, seed: int) -> Staged:
    settings = {
        "objective": "binary", "metric": "binary_logloss", "num_leaves": leaves, "learning_rate": 0.05,
        "bagging_fraction": 0.8, "bagging_freq": 1, "feature_fraction": 0.5, "min_data_in_leaf": 10, "lambda_l2": 2.0,
        "seed": seed, "num_threads": 1, "verbose": -1, "deterministic": True,
    }  # fmt: skip
    data = lightgbm.Dataset(lesson.values, lesson.confirmed.astype(np.float32), weight=lesson.weight)
    if isinstance(rounds, int):
        booster = lightgbm.train(settings, data, rounds)
        built = rounds
    else:
        late = lightgbm.Dataset(rounds.values, rounds.confirmed.astype(np.float32), weight=rounds.weight)
        stop = lightgbm.early_stopping(PATIENCE, verbose=False)
        booster = lightgbm.train(settings, data, ROUNDS, valid_sets=[late], callbacks=[stop])
        built = max(20, int(booster.best_iteration))

    def predict(values: Float32, first: int) -> FloatArray:
        return np.asarray(booster.predict(values, num_iteration=first), dtype=np.float64)

    return Staged(predict, built)


def isolation_forest(lesson: Lesson, seed: int) -> Predict:
    """How isolated an order is among those of the training; it sees no label."""
    middle = np.array([_middle(column) for column in lesson.values.T], dtype=np.float32)
    forest = IsolationForest(n_estimators=200, max_samples=2048, random_state=seed, n_jobs=1)
    forest.fit(_filled(lesson.values, middle))
    return lambda values: -np.asarray(forest.score_samples(_filled(values, middle)), dtype=np.float64)


def _middle(column: Float32) -> float:
    known = column[np.isfinite(column)]
    return float(np.median(known)) if known.size else 0.0


def _filled(values: Float32, middle: Float32) -> Float32:
    return np.where(np.isfinite(values), values, middle)


def logistic_regression(lesson: Lesson, categories: int, seed: int) -> Predict:
    """Linear in log numbers and in indicators; the last `categories` columns are codes, the commonest kept."""
    numbers = lesson.values.shape[1] - categories
    mean, scale = _moments(_logs(lesson.values[:, :numbers]))
    encoder = OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=MOST_LEVELS, min_frequency=5)
    encoder.fit(_codes(lesson.values[:, numbers:]))

    def design(values: Float32) -> Any:
        logs = _logs(values[:, :numbers])
        known = np.isfinite(logs)
        standard = np.where(known, (logs - mean) / scale, 0.0)
        coded = np.asarray(encoder.transform(_codes(values[:, numbers:])).todense())
        return np.hstack([standard, ~known, coded])

    model = LogisticRegression(C=0.1, max_iter=300, random_state=seed)
    model.fit(design(lesson.values), lesson.confirmed, sample_weight=lesson.weight)
    return lambda values: np.asarray(model.predict_proba(design(values))[:, 1], dtype=np.float64)


def _logs(values: Float32) -> FloatArray:
    return np.asarray(np.sign(values) * np.log1p(np.abs(values)), dtype=np.float64)


def _moments(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    known = np.isfinite(values)
    count = np.maximum(known.sum(axis=0), 1)
    filled = np.where(known, values, 0.0)
    mean = filled.sum(axis=0) / count
    spread = np.sqrt((np.where(known, values - mean, 0.0) ** 2).sum(axis=0) / count)
    return mean, np.where(spread > 0, spread, 1.0)


def _codes(values: Float32) -> FloatArray:
    return np.nan_to_num(values.astype(np.float64), nan=-1.0)
