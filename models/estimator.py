"""Tamga's model as a scikit-learn classifier: for pipelines, cross-validation and shap plots.

    TamgaClassifier.loaded("model/", trust=["keys/"])    a signed model, ready to predict
    TamgaClassifier(model="model/", trust=["keys/"])     the same inside tools that call `fit`: fitting verifies and
                                                         loads it again and learns nothing
    TamgaClassifier()                                    Tamga's booster, fitted on the matrix and target given

A loaded model takes a DataFrame with the catalogue's features among its columns, in any order, or a matrix with exactly
these in the catalogue's order; its probabilities are calibrated. A fitted one takes any matrix, NaN where missing, and
its probabilities are the booster's own: the curve needs time and customers (`tamga train`), which a matrix lacks.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xgboost
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from features.catalogue import feature_names
from models.boosting import MOST_BINS, BoosterConfig
from models.keys import load_trusted
from models.scorer import Scorer
from models.sizes import DEPTH, TREES

HALF = 0.5


class TamgaClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A binary classifier over features; class 1, or the later of two labels, is the confirmed case.

    `model` and `trust` name a signed folder and the public keys (files or folders) that may have signed it; the other
    parameters matter without a `model` only.
    """

    def __init__(  # noqa: PLR0913, PLR0917 (each parameter is one that tools may search over)
        self,
        model: str | Path | None = None,
        trust: Sequence[str | Path] = (),
        trees: int = TREES,
        depth: int = DEPTH,
        learning_rate: float = 0.05,
        seed: int = 7,
        nthread: int = 1,
    ) -> None:
        self.model = model
        self.trust = trust
        self.trees = trees
        self.depth = depth
        self.learning_rate = learning_rate
        self.seed = seed
        self.nthread = nthread

    @classmethod
    def loaded(cls, model: str | Path, trust: Sequence[str | Path]) -> TamgaClassifier:
        """A signed model, verified and ready to predict. Raises ArtefactRefused, KeyRefused."""
        made = cls(model=model, trust=trust)
        made._load()
        return made

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> TamgaClassifier:  # noqa: N803 (scikit-learn's names)
        """Fit the booster on X (n, f) and y (n,) of two classes; with a `model` verify and load that instead."""
        if self.model is not None:
            self._load()
            return self
        values, target = validate_data(self, X, y, dtype=np.float32, ensure_all_finite="allow-nan")
        check_classification_targets(target)
        self.classes_, place = np.unique(target, return_inverse=True)
        if self.classes_.size > 2:
            raise ValueError("Only binary classification is supported. The target has more than two classes.")
        if self.classes_.size < 2:
            raise ValueError("Classifier can't train when only one class is present.")
        weight = None if sample_weight is None else _check_sample_weight(sample_weight, values)
        matrix = xgboost.QuantileDMatrix(
            values, label=place.astype(np.float32), weight=weight, nthread=self.nthread, max_bin=MOST_BINS
        )
        self.booster_ = xgboost.train(self._parameters(values.shape[1]), matrix, self.trees)
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:  # noqa: N803
        """Probabilities (n, 2) of both classes for X (n, f)."""
        check_is_fitted(self, "classes_")
        values = self._values(X)
        if self.model is not None:
            margins = self.scorer_.margins(values, self.nthread).astype(np.float64)
            second = self.scorer_.calibrator.probability(margins)
        else:
            second = self.booster_.predict(xgboost.DMatrix(values, nthread=self.nthread)).astype(np.float64)
        return np.column_stack((1 - second, second))

    def predict(self, X: Any) -> NDArray[Any]:  # noqa: N803
        """The likelier class of each row; which orders to review is a matter of rank and capacity instead."""
        likely = self.predict_proba(X)[:, 1] >= HALF
        return np.asarray(self.classes_[likely.astype(np.int64)])

    def explain(self, X: Any) -> Any:  # noqa: N803
        """Exact contributions in margin as a `shap.Explanation` of X (n, f), for any of shap's plots."""
        import shap  # noqa: PLC0415 - seconds to import, for those who plot only

        check_is_fitted(self, "classes_")
        values = self._values(X)
        if self.model is not None:
            contributions, _ = self.scorer_.explain_many(values, self.nthread)
        else:
            matrix = xgboost.DMatrix(values, nthread=self.nthread)
            contributions = np.asarray(self.booster_.predict(matrix, pred_contribs=True))
        return shap.Explanation(
            values=contributions[:, :-1],
            base_values=contributions[:, -1],
            data=values,
            feature_names=list(getattr(self, "feature_names_in_", [f"x{n}" for n in range(values.shape[1])])),
        )

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        return tags

    def _load(self) -> None:
        assert self.model is not None
        self.scorer_ = Scorer.load(Path(self.model), load_trusted(Path(each) for each in self.trust))
        self.classes_ = np.array([0, 1])
        self.feature_names_in_ = np.array(feature_names(), dtype=object)
        self.n_features_in_ = self.feature_names_in_.size

    def _values(self, given: Any) -> NDArray[np.float32]:
        """Rows as the model takes them. Raises ValueError naming features that are absent."""
        if self.model is None:
            return np.asarray(validate_data(self, given, dtype=np.float32, ensure_all_finite="allow-nan", reset=False))
        if hasattr(given, "columns"):
            absent = [name for name in self.feature_names_in_ if name not in given.columns]
            if absent:
                raise ValueError(f"{len(absent)} features are absent, {absent[0]} the first")
            given = given[list(self.feature_names_in_)].to_numpy(dtype=np.float32)
        values = np.asarray(given, dtype=np.float32)
        if values.ndim != 2 or values.shape[1] != self.n_features_in_:
            raise ValueError(f"X has to have {self.n_features_in_} features a row, not shape {values.shape}")
        return values

    def _parameters(self, width: int) -> dict[str, Any]:
        config = BoosterConfig(trees=self.trees, depth=self.depth, learning_rate=self.learning_rate)
        parameters = config.parameters(self.seed, self.nthread)
        if width != len(feature_names()):
            del parameters["monotone_constraints"]  # directions are the catalogue's
        return parameters
