"""The estimator is scikit-learn's idea of one, and says of a signed model exactly what the service says."""

from __future__ import annotations

import warnings
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import check_estimator

from features.catalogue import feature_names
from models.errors import ArtefactRefused
from models.estimator import TamgaClassifier
from models.frozen.rows import Rows
from models.keys import write_public
from models.scorer import Scorer
from tests.models.conftest import Signed

SUBSAMPLES = "rows are drawn for each tree, so a row of weight two is not two rows"
EXPECTED = {
    "check_sample_weight_equivalence_on_dense_data": SUBSAMPLES,
    "check_sample_weight_equivalence_on_sparse_data": SUBSAMPLES,
}


@pytest.fixture(scope="module")
def trust(signed: Signed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "trainer.pub.pem"
    write_public(signed.key.public_key(), path)
    return path


@pytest.fixture(scope="module")
def loaded(signed: Signed, trust: Path) -> TamgaClassifier:
    return TamgaClassifier.loaded(signed.folder, [trust])


@pytest.fixture(scope="module")
def frame(rows: Rows) -> pd.DataFrame:
    """Features under their names, in another order and with a column of something else."""
    made = pd.DataFrame(rows.values, columns=list(feature_names()))
    return made[list(reversed(feature_names()))].assign(order_ref=rows.references)


def test_it_passes_scikit_learns_own_checks() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = check_estimator(TamgaClassifier(trees=20), expected_failed_checks=EXPECTED, on_fail=None)
    failed = [each["check_name"] for each in results if each["status"] == "failed"]
    assert failed == []
    assert sum(each["status"] == "passed" for each in results) > 40


def test_a_loaded_model_says_what_the_service_says(
    loaded: TamgaClassifier, scorer: Scorer, rows: Rows, frame: pd.DataFrame
) -> None:
    expected = scorer.calibrator.probability(scorer.margins(rows.values).astype(np.float64))
    assert np.array_equal(loaded.predict_proba(rows.values)[:, 1], expected)
    assert np.array_equal(loaded.predict_proba(frame)[:, 1], expected)
    assert np.array_equal(loaded.predict(frame), (expected >= 0.5).astype(int))


def test_it_works_in_a_pipeline_and_under_cross_validation(
    signed: Signed, trust: Path, rows: Rows, frame: pd.DataFrame
) -> None:
    confirmed = rows.targets(rows.as_of).confirmed
    whole = make_pipeline(FunctionTransformer(), TamgaClassifier(model=signed.folder, trust=[trust]))
    scores = cross_val_score(whole, frame, confirmed, cv=3, scoring="roc_auc")
    assert scores.min() > 0.8  # it has learnt these very orders; what is tried here is that every fold loads it
    fitted = cross_val_score(TamgaClassifier(trees=20), rows.values, confirmed, cv=2, scoring="roc_auc")
    assert fitted.min() > 0.6


def test_what_is_no_model_or_no_matrix_of_features_is_refused(
    signed: Signed, loaded: TamgaClassifier, frame: pd.DataFrame
) -> None:
    with pytest.raises(ArtefactRefused):
        clone(TamgaClassifier(model=signed.folder)).fit([[0.0]], [0])  # nobody is trusted
    with pytest.raises(ValueError, match="features are absent, order_kilograms"):
        loaded.predict_proba(frame.drop(columns=["order_kilograms"]))
    with pytest.raises(ValueError, match="features a row"):
        loaded.predict_proba(np.zeros((2, 3)))


def test_explanations_add_up_and_carry_names(loaded: TamgaClassifier, rows: Rows, frame: pd.DataFrame) -> None:
    explained = loaded.explain(frame[:50])
    margins = loaded.scorer_.margins(rows.values[:50])
    assert np.abs(explained.values.sum(axis=1) + explained.base_values - margins).max() < 1e-4
    assert explained.feature_names == list(feature_names())
    own = TamgaClassifier(trees=20).fit(rows.values, rows.targets(rows.as_of).confirmed)
    matrix = own.explain(rows.values[:5])
    assert matrix.values.shape == (5, len(feature_names()))


def test_shap_draws_from_them(loaded: TamgaClassifier, frame: pd.DataFrame, tmp_path: Path) -> None:
    matplotlib = pytest.importorskip("matplotlib", reason="the `plots` extra is not installed")
    matplotlib.use("Agg")
    plt, shap = import_module("matplotlib.pyplot"), import_module("shap")
    explained = loaded.explain(frame[:100])
    for name, draw in (
        ("beeswarm", shap.plots.beeswarm),
        ("waterfall", lambda each, show: shap.plots.waterfall(each[0], show=show)),
    ):
        draw(explained, show=False)
        plt.savefig(tmp_path / f"{name}.png")
        plt.close("all")
        assert (tmp_path / f"{name}.png").stat().st_size > 5_000
