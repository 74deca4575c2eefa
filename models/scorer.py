"""A verified model in service: margin, probability, band, exact contributions, reference class.

One row is scored on one thread. Contributions are path-dependent SHAP values in margin: base + sum = margin.
They come from `models.treeshap`, which is compared with XGBoost's own `pred_contribs` on probe rows every time a
model is loaded; where the two differ, XGBoost's own serve, slower and equally exact.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xgboost
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from numpy.typing import NDArray

from features.catalogue import feature_names
from models.calibrate import Calibrator
from models.errors import ArtefactRefused
from models.registry import Artefact, open_artefact
from models.thresholds import Band, ReferenceClass, Thresholds
from models.treeshap import Ensemble, TooDeep, explain_rows, read_ensemble, score_rows

__all__ = ["Assessment", "Band", "ReferenceClass", "Scorer"]

Float32 = NDArray[np.float32]
PROBES = 64
TOLERANCE = 1e-4
CHUNK = 8192


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the model says of one order. `contributions` (n_features + 1,) float32 in margin, the last the base."""

    margin: float
    probability: float
    band: Band
    contributions: Float32
    reference_class: ReferenceClass


class Scorer:
    """A loaded model. Safe to share between threads; make it after a fork, not before."""

    def __init__(self, artefact: Artefact) -> None:
        """Raises ArtefactRefused (reason `content`) where signed files do not form a model of this catalogue."""
        self.version = artefact.version
        self.manifest = artefact.manifest
        self._width = len(feature_names())
        try:
            self.calibrator = Calibrator.from_json(artefact.json("calibrator.json"))
            self.thresholds = Thresholds.from_json(artefact.json("thresholds.json"))
            self._booster = xgboost.Booster({"nthread": 1}, model_file=bytearray(artefact.files["model.ubj"]))
        except (KeyError, TypeError, ValueError, xgboost.core.XGBoostError) as error:
            raise ArtefactRefused("content", str(error).splitlines()[0][:200]) from error
        if self._booster.num_features() != self._width:
            raise ArtefactRefused("content", "the booster has another number of features than the catalogue")
        self._ensemble = self._compiled()

    @classmethod
    def load(cls, directory: Path, trusted: Sequence[Ed25519PublicKey]) -> Scorer:
        """Verify the folder against the trusted keys and load it, warmed up. Raises ArtefactRefused."""
        return cls(open_artefact(directory, trusted))

    @property
    def compiled(self) -> bool:
        """Whether the compiled kernel serves (else XGBoost's own contributions do)."""
        return self._ensemble is not None

    def assess(self, values: Float32) -> Assessment:
        """Score one vector (n_features,) float32, NaN where missing. Raises ValueError for another shape."""
        if values.shape != (self._width,):
            raise ValueError(f"a vector has {self._width} values, not {values.shape}")
        contributions, margins = self.explain_many(values.reshape(1, -1))
        margin = float(margins[0])
        return Assessment(
            margin=margin,
            probability=float(self.calibrator.probability(margin)),
            band=self.thresholds.band(margin),
            contributions=contributions[0],
            reference_class=self.thresholds.reference_class(margin),
        )

    def margins(self, values: Float32, nthread: int = 1) -> Float32:
        """Margins (n,) of rows (n, n_features)."""
        values = _own(values)
        if self._ensemble is None:
            matrix = xgboost.DMatrix(values, nthread=nthread)
            return np.asarray(self._booster.predict(matrix, output_margin=True), dtype=np.float32)
        out = np.empty(values.shape[0], dtype=np.float32)
        trees, start = self._ensemble.trees, self._ensemble.start
        _in_chunks(lambda rows: score_rows(trees, start, values[rows], out[rows]), values.shape[0], nthread)
        return out

    def explain_many(self, values: Float32, nthread: int = 1) -> tuple[Float32, Float32]:
        """Contributions (n, n_features + 1), the last the base, and margins (n,) of rows (n, n_features)."""
        values = _own(values)
        if self._ensemble is None:
            matrix = xgboost.DMatrix(values, nthread=nthread)
            contributions = self._booster.predict(matrix, pred_contribs=True)
            return np.asarray(contributions, dtype=np.float32), self.margins(values, nthread)
        result = np.empty((values.shape[0], self._width + 1), dtype=np.float32)
        margins = np.empty(values.shape[0], dtype=np.float32)
        ensemble = self._ensemble

        def work(rows: slice) -> None:
            exact = np.empty((rows.stop - rows.start, self._width + 1))
            explain_rows(ensemble.trees, ensemble.start, values[rows], exact)
            margins[rows] = exact[:, -1]
            exact[:, -1] = ensemble.base
            result[rows] = exact

        _in_chunks(work, values.shape[0], nthread)
        return result, margins

    def reference_contributions(self, values: Float32, nthread: int = 1) -> Float32:
        """XGBoost's own contributions (n, n_features + 1), for comparison."""
        matrix = xgboost.DMatrix(values, nthread=nthread)
        return np.asarray(self._booster.predict(matrix, pred_contribs=True), dtype=np.float32)

    def reference_margins(self, values: Float32, nthread: int = 1) -> Float32:
        """XGBoost's own margins (n,), for comparison."""
        matrix = xgboost.DMatrix(values, nthread=nthread)
        return np.asarray(self._booster.predict(matrix, output_margin=True), dtype=np.float32)

    def _compiled(self) -> Ensemble | None:
        """The ensemble for the kernel, if it gives what XGBoost gives on the probes. Compiles and warms up."""
        try:
            ensemble = read_ensemble(bytes(self._booster.save_raw("json")))
        except (TooDeep, KeyError, ValueError, TypeError):
            return None
        probes = _probes(ensemble)
        exact = np.empty((PROBES, self._width + 1))
        explain_rows(ensemble.trees, ensemble.start, probes, exact)
        margins = np.empty(PROBES, dtype=np.float32)
        score_rows(ensemble.trees, ensemble.start, probes, margins)
        same_margin = np.array_equal(margins, self.reference_margins(probes)) and np.array_equal(margins, exact[:, -1])
        exact[:, -1] = ensemble.base
        difference = float(np.abs(exact - self.reference_contributions(probes)).max())
        return ensemble if same_margin and difference <= TOLERANCE else None


def _own(values: Float32) -> Float32:
    """Rows in the one layout the kernels are compiled for; a read-only or strided array would compile them anew."""
    return np.require(values, dtype=np.float32, requirements=["C", "W"])


def _probes(ensemble: Ensemble) -> Float32:
    """Rows that meet the ensemble's own thresholds: values at, below and above them, and missing ones."""
    generator = np.random.Generator(np.random.PCG64(1))
    probes = np.full((PROBES, ensemble.features), np.nan, dtype=np.float32)
    for feature in range(ensemble.features):
        cuts = ensemble.trees.threshold[ensemble.trees.feature == feature]
        if cuts.size:
            drawn = generator.choice(cuts, PROBES)
            shift = generator.choice(np.array([-1.0, 0.0, 1e-3, 1.0], dtype=np.float32), PROBES)
            probes[:, feature] = drawn + shift
    probes[generator.random(probes.shape) < 0.2] = np.nan
    return probes


def _in_chunks(work: Callable[[slice], None], count: int, nthread: int) -> None:
    """Run `work` over slices of `count` rows; the kernels release the interpreter lock."""
    slices = [slice(start, min(start + CHUNK, count)) for start in range(0, count, CHUNK)]
    if nthread <= 1 or len(slices) <= 1:
        for rows in slices:
            work(rows)
        return
    with ThreadPoolExecutor(nthread, "score") as pool:
        list(pool.map(work, slices))
