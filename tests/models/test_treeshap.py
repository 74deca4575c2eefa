"""The compiled tables give XGBoost's margins to the bit and its contributions to rounding."""

from __future__ import annotations

import numpy as np
import pytest
import xgboost

from models.treeshap import TooDeep, explain_rows, read_ensemble, score_rows


def booster(depth: int, seed: int, **parameters: object) -> tuple[xgboost.Booster, np.ndarray]:
    """A booster on noisy data with gaps, ties and repeated splits on one feature."""
    generator = np.random.default_rng(seed)
    values = generator.normal(size=(1500, 7)).astype(np.float32)
    values[:, 2] = np.round(values[:, 2])
    values[generator.random(values.shape) < 0.15] = np.nan
    signal = np.nan_to_num(values[:, 0]) ** 2 + np.nan_to_num(values[:, 2]) * np.nan_to_num(values[:, 3])
    matrix = xgboost.DMatrix(values, label=signal + generator.normal(size=1500) > 1.2, nthread=1)
    settings = {"objective": "binary:logistic", "max_depth": depth, "nthread": 1, "seed": seed} | parameters
    return xgboost.train(settings, matrix, 25), values


@pytest.mark.parametrize(("depth", "seed"), [(1, 1), (2, 2), (4, 3), (5, 4)])
@pytest.mark.parametrize("extra", [{}, {"base_score": 0.03}, {"subsample": 0.5, "min_child_weight": 20}])
def test_margins_and_contributions_are_those_of_xgboost(depth: int, seed: int, extra: dict[str, object]) -> None:
    model, values = booster(depth, seed, **extra)
    ensemble = read_ensemble(bytes(model.save_raw("json")))
    exact = np.empty((values.shape[0], values.shape[1] + 1))
    explain_rows(ensemble.trees, ensemble.start, values, exact)
    margins = np.empty(values.shape[0], dtype=np.float32)
    score_rows(ensemble.trees, ensemble.start, values, margins)
    matrix = xgboost.DMatrix(values, nthread=1)
    assert np.array_equal(margins, model.predict(matrix, output_margin=True))
    assert np.array_equal(margins, exact[:, -1])
    theirs = model.predict(matrix, pred_contribs=True)
    assert np.abs(theirs[:, :-1] - exact[:, :-1]).max() < 1e-5
    assert abs(float(theirs[0, -1]) - ensemble.base) < 1e-5
    assert np.abs(exact[:, :-1].sum(axis=1) + ensemble.base - margins).max() < 1e-5


def test_trees_too_deep_for_the_tables_are_said_to_be_so() -> None:
    model, _ = booster(12, 5, min_child_weight=0)
    with pytest.raises(TooDeep):
        read_ensemble(bytes(model.save_raw("json")))


def test_a_stump_that_never_splits_adds_nothing() -> None:
    matrix = xgboost.DMatrix(np.zeros((50, 3), dtype=np.float32), label=np.arange(50) % 2, nthread=1)
    model = xgboost.train({"objective": "binary:logistic", "nthread": 1}, matrix, 3)
    ensemble = read_ensemble(bytes(model.save_raw("json")))
    exact = np.empty((2, 4))
    explain_rows(ensemble.trees, ensemble.start, np.zeros((2, 3), dtype=np.float32), exact)
    assert np.abs(exact[:, :-1]).max() == 0
    assert exact[0, -1] == pytest.approx(ensemble.base, abs=1e-6)
