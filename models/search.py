"""Search for the booster's settings within a budget of seconds: seeded TPE on out-of-group late rows.

The objective is what an office gains: the mean of average precision and of the recalls at the review shares, on the
late rows of customers the booster never met. What an order costs to explain is held down by the ranges: trees no
deeper than 6, no more than 300. The defaults are the first trial, so that no search returns less than they give.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol

import numpy as np
import optuna
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from models.boosting import BoosterConfig, stages
from models.evaluate import REVIEW_SHARES, captured

Progress = Callable[[str, float], None]
MOST_TRIALS = 200
SEARCHED = (
    "depth", "learning_rate", "min_child_weight", "subsample", "colsample", "reg_lambda", "case_weight",
    "unlabelled_weight", "ground",
)  # fmt: skip


class Judge(Protocol):
    """What a trial asks: margins of late rows by number of trees, and which of the rows are cases."""

    def staged(self, booster: BoosterConfig) -> NDArray[np.float32]: ...

    @property
    def confirmed(self) -> NDArray[np.bool_]: ...

    @property
    def seed(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Found:
    """The settings to use and the table of trials they were found in."""

    config: BoosterConfig
    trials: tuple[dict[str, Any], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Number of trials, the best of them and the whole table, best first."""
        table = sorted(self.trials, key=lambda trial: -float(trial["objective"]))
        return {"trials": len(table), "table": table, "chosen": asdict(self.config)}


def gain(margins: NDArray[np.float32], confirmed: NDArray[np.bool_]) -> float:
    """Mean of average precision and of the recalls at the review shares; 0 without a case."""
    cases = float(confirmed.sum())
    if not cases:
        return 0.0
    score, gains = margins.astype(np.float64), confirmed.astype(np.float64)
    recalls = [captured(score, gains, share * score.size) / cases for share in REVIEW_SHARES]
    return float(np.mean([average_precision_score(confirmed, score), *recalls]))


def best(judge: Judge, base: BoosterConfig, seconds: float, report: Progress) -> Found:
    """The best settings within the budget; those of `base` where it is 0. A trial begun is finished."""
    if seconds <= 0:
        return Found(base)
    began = time.monotonic()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(
        direction="maximize", sampler=optuna.samplers.TPESampler(seed=judge.seed, n_startup_trials=8)
    )
    study.enqueue_trial({name: getattr(base, name) for name in SEARCHED})
    trials: list[dict[str, Any]] = []
    configs: list[BoosterConfig] = []
    while len(trials) < MOST_TRIALS and (not trials or time.monotonic() - began < seconds):
        trial = study.ask()
        config = _proposed(trial, base)
        staged = judge.staged(config)
        objectives = [gain(staged[:, column], judge.confirmed) for column in range(staged.shape[1])]
        column = int(np.argmax(objectives))
        study.tell(trial, objectives[column])
        configs.append(config)
        trials.append(
            {name: round(float(getattr(config, name)), 5) for name in SEARCHED}
            | {"trees": stages(config.trees)[column], "objective": round(objectives[column], 6)}
        )
        report("search", min(1.0, (time.monotonic() - began) / seconds))
    return Found(configs[int(np.argmax([trial["objective"] for trial in trials]))], tuple(trials))


def _proposed(trial: optuna.Trial, base: BoosterConfig) -> BoosterConfig:
    return replace(
        base,
        depth=trial.suggest_int("depth", 3, 6),
        learning_rate=trial.suggest_float("learning_rate", 0.02, 0.15, log=True),
        min_child_weight=trial.suggest_float("min_child_weight", 1.0, 30.0, log=True),
        subsample=trial.suggest_float("subsample", 0.5, 1.0),
        colsample=trial.suggest_float("colsample", 0.1, 0.8),
        reg_lambda=trial.suggest_float("reg_lambda", 0.5, 20.0, log=True),
        case_weight=trial.suggest_float("case_weight", 0.0, 0.8),
        unlabelled_weight=trial.suggest_float("unlabelled_weight", 0.4, 1.0),
        ground=trial.suggest_float("ground", 0.0, 1.0),
    )
