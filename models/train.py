"""Fit a booster, calibrate it on later orders, and say what was done.

Time runs one way: the booster is fitted on the earliest part, stopped by average precision on the next and
calibrated on the last, with up to the label delay left out before the last, as it would be in service. Where the
middle part holds too few cases to tell trees apart, the number of trees is three quarters of the limit. Then it is
fitted once more on all of it with the number of trees found, because the latest orders teach most; curve, bands
and the figures of the card stay those of the out-of-time scores.

Directions that can only be right (`monotone` in the catalogue) are constraints. Missing values stay missing.
Cases weigh more than the others by the square root of their rarity, which helps ranking; the calibrator, fitted
on unweighted later orders, puts the level right again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import xgboost
from numpy.typing import NDArray

from features.catalogue import feature_names, monotone_constraints
from models import calibrate, thresholds
from models.calibrate import Calibrator
from models.errors import TrainingError
from models.evaluate import Judged, best_single_feature, evaluate
from models.targets import DAY_MICROS, Targets
from models.thresholds import Thresholds

__all__ = ["Parts", "Trained", "TrainingConfig", "TrainingData", "TrainingError", "split", "train"]

Progress = Callable[[str, float], None]
FEWEST_CASES = 10
FEWEST_TO_STOP = 50
FEWEST_TREES = 20
GAP_SHARE = 0.05
FEWEST_TO_CALIBRATE = 8
EARLIER_CUTS = ((0.5, 0.1), (0.4, 0.1), (0.25, 0.1))


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """Size and ways of the booster. The default of 200 trees of depth 4 is chosen for the cost of explaining it."""

    trees: int = 200
    depth: int = 4
    learning_rate: float = 0.05
    min_child_weight: float = 2.0
    subsample: float = 0.8
    colsample: float = 0.35
    reg_lambda: float = 2.0
    patience: int = 40
    unlabelled_weight: float = 0.6
    fit_share: float = 0.62
    stop_share: float = 0.16
    seed: int = 7
    nthread: int = 1

    def parameters(self) -> dict[str, Any]:
        """As XGBoost takes them."""
        return {
            "objective": "binary:logistic",
            "eval_metric": "aucpr",
            "tree_method": "hist",
            "max_depth": self.depth,
            "eta": self.learning_rate,
            "min_child_weight": self.min_child_weight,
            "subsample": self.subsample,
            "colsample_bytree": self.colsample,
            "lambda": self.reg_lambda,
            "monotone_constraints": "(" + ",".join(str(each) for each in monotone_constraints()) + ")",
            "seed": self.seed,
            "nthread": self.nthread,
            "base_score": 0.5,
        }


@dataclass(frozen=True, slots=True)
class TrainingData:
    """Rows in time order: values (n, f) float32, at (n,) microseconds, kilograms (n,), and their targets."""

    values: NDArray[np.float32]
    at: NDArray[np.int64]
    kilograms: NDArray[np.float64]
    targets: Targets

    def sha256(self) -> str:
        """Names the data: values, moments and targets of all rows."""
        digest = hashlib.sha256()
        for part in (self.values, self.at, self.targets.used, self.targets.confirmed):
            digest.update(np.ascontiguousarray(part).tobytes())
        return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Trained:
    """The booster's bytes (UBJ), calibrator, thresholds, and a report in plain JSON values."""

    booster: bytes
    calibrator: Calibrator
    thresholds: Thresholds
    report: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Parts:
    """Row numbers for fitting, stopping and calibrating, in time order, with the embargo before the last."""

    fit: NDArray[np.int64]
    stop: NDArray[np.int64]
    calibrate: NDArray[np.int64]


def train(data: TrainingData, config: TrainingConfig, progress: Progress | None = None) -> Trained:
    """Fit, stop, calibrate, fit again. Raises TrainingError where the data does not carry it."""
    report = progress or (lambda stage, share: None)
    used = np.flatnonzero(data.targets.used)
    cases = int(data.targets.confirmed[used].sum())
    if cases < FEWEST_CASES:
        raise TrainingError(f"only {cases} confirmed cases are known and mature; at least {FEWEST_CASES} are needed")
    if cases > 0.9 * used.size:
        raise TrainingError("nearly all usable orders are confirmed cases; a model needs the others too")
    parts = split(data, used, config)
    rarity = (used.size - cases) / cases
    first, rounds = _fit_and_stop(data, parts, config, rarity, report)
    margins = _margins(first, data.values[parts.calibrate], rounds, config.nthread).astype(np.float64)
    confirmed = data.targets.confirmed[parts.calibrate]
    calibrator = calibrate.fit(margins, confirmed)
    bands = thresholds.derive(margins, confirmed)
    report("fit again", 0.0)
    final = _booster(data, used, config, rarity, rounds)
    judged = Judged.of(calibrator.probability(margins), confirmed, data.kilograms[parts.calibrate])
    about = _report(data, parts, config, rounds) | {"out_of_time": evaluate(judged)}
    return Trained(bytes(final.save_raw("ubj")), calibrator, bands, about)


def split(data: TrainingData, used: NDArray[np.int64], config: TrainingConfig) -> Parts:
    """Three parts in time; before the last one the embargo is cut out, at most a twentieth of the span.

    Where the last part would hold hardly any case, it begins earlier. Raises TrainingError where no cut leaves
    cases and others both to fit and to calibrate on.
    """
    shares = ((config.fit_share, config.stop_share), *EARLIER_CUTS)
    cuts = [_cut(data, used, fit_share, fit_share + stop_share) for fit_share, stop_share in shares]
    for least in (FEWEST_TO_CALIBRATE, 1):
        for parts in cuts:
            if min(_cases(data, parts.fit), _cases(data, parts.calibrate)) >= least:
                return parts
    raise TrainingError("the confirmed cases lie too close together in time to learn from some and check on others")


def _cut(data: TrainingData, used: NDArray[np.int64], fit_until: float, stop_until: float) -> Parts:
    at = data.at[used]
    first, second = (int(np.quantile(at, share)) for share in (fit_until, stop_until))
    gap = min(int(data.targets.embargo_days * DAY_MICROS), int(GAP_SHARE * (at[-1] - at[0])))
    return Parts(fit=used[at < first], stop=used[(at >= first) & (at < second)], calibrate=used[at >= second + gap])


def _cases(data: TrainingData, rows: NDArray[np.int64]) -> int:
    """Confirmed cases of a part; none where it holds nothing else."""
    confirmed = data.targets.confirmed[rows]
    return 0 if confirmed.all() else int(confirmed.sum())


def _weights(data: TrainingData, rows: NDArray[np.int64], config: TrainingConfig, rarity: float) -> NDArray[np.float64]:
    confirmed, reviewed = data.targets.confirmed[rows], data.targets.reviewed[rows]
    return np.where(confirmed, np.sqrt(max(rarity, 1.0)), np.where(reviewed, 1.0, config.unlabelled_weight))


def _matrix(data: TrainingData, rows: NDArray[np.int64], config: TrainingConfig, rarity: float) -> xgboost.DMatrix:
    return xgboost.DMatrix(
        data.values[rows],
        label=data.targets.confirmed[rows].astype(np.float32),
        weight=_weights(data, rows, config, rarity),
        nthread=config.nthread,
    )


def _fit_and_stop(
    data: TrainingData, parts: Parts, config: TrainingConfig, rarity: float, report: Progress
) -> tuple[xgboost.Booster, int]:
    """The booster of the first part and how many of its trees serve best on the second."""
    report("fit", 0.0)
    matrix = _matrix(data, parts.fit, config, rarity)
    if int(data.targets.confirmed[parts.stop].sum()) < FEWEST_TO_STOP:
        rounds = max(FEWEST_TREES, config.trees * 3 // 4)
        return xgboost.train(config.parameters(), matrix, rounds), rounds
    later = _matrix(data, parts.stop, config, rarity)
    booster = xgboost.train(
        config.parameters(),
        matrix,
        config.trees,
        evals=[(later, "later")],
        early_stopping_rounds=config.patience,
        verbose_eval=False,
    )
    return booster, max(FEWEST_TREES, int(booster.best_iteration) + 1)


def _booster(
    data: TrainingData, rows: NDArray[np.int64], config: TrainingConfig, rarity: float, rounds: int
) -> xgboost.Booster:
    return xgboost.train(config.parameters(), _matrix(data, rows, config, rarity), rounds)


def _margins(booster: xgboost.Booster, values: NDArray[np.float32], rounds: int, nthread: int) -> NDArray[np.float32]:
    built = min(rounds, booster.num_boosted_rounds())
    matrix = xgboost.DMatrix(values, nthread=nthread)
    return np.asarray(booster.predict(matrix, output_margin=True, iteration_range=(0, built)), dtype=np.float32)


def _report(data: TrainingData, parts: Parts, config: TrainingConfig, rounds: int) -> dict[str, Any]:
    """What was used, what was not and why."""
    used = data.targets.used
    names = feature_names()
    seen = np.atleast_1d(np.isfinite(data.values[used]).any(axis=0))
    never = [name for column, name in enumerate(names) if not seen[column]]
    return {
        "rows": int(used.size),
        "used": int(used.sum()),
        "confirmed": int(data.targets.confirmed[used].sum()),
        "reviewed": int(data.targets.reviewed[used].sum()),
        "left_out": data.targets.left_out,
        "regime": data.targets.regime,
        "embargo_days": round(data.targets.embargo_days, 2),
        "parts": {
            name: {"rows": int(rows.size), "confirmed": int(data.targets.confirmed[rows].sum())}
            for name, rows in (("fit", parts.fit), ("stop", parts.stop), ("calibrate", parts.calibrate))
        },
        "trees": rounds,
        "features_never_known": never,
        "best_single_features": best_single_feature(data.values[used], data.targets.confirmed[used], names),
        "config": asdict(config),
        "data_sha256": data.sha256(),
    }
