"""What would have happened: the model retrained at every cut on what was known then, and judged by what came after.

    cut 1          cut 2          cut 3
    |<- judged  -> |<- judged  -> |<- judged ->        by what the dataset knows at its end
    learns from orders older than the embargo, with the labels known at the cut

Features are point in time and made once (`models.frozen`), and all cuts share them: processes that train several cuts
at a time map the same file. A cut costs no more than so many rows (`bounded`): the booster of all that was known is as
shipped, its number of trees comes from two folds and its curve from one block, as they do where rows are many, and no
card is written. Beside the model retrained at every cut stand the champion (a model given, or else the first one, never
trained again) and the DEA customer-class formula. The champion must not know labels from after the first cut.
"""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.encode import micros
from models import boosting
from models.calibrate import Calibrator
from models.errors import TrainingError
from models.evaluate import Judged, captured, evaluate
from models.frozen.rows import Rows
from models.gates import stability_index
from models.intervals import intervals
from models.scorer import Scorer
from models.targets import DAY_MICROS
from models.train import Made, make
from models.training import TrainingConfig, TrainingData

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Progress = Callable[[str, float], None]
RETRAINED, CHAMPION, FORMULA = "retrained", "champion", "formula"
CONTENDERS = (RETRAINED, CHAMPION, FORMULA)
FEWEST_CASES = 10
MOST_ROWS = 60_000
VALUES = "values.npy"


def bounded(config: TrainingConfig, most_rows: int = MOST_ROWS) -> TrainingConfig:
    """How a cut is trained: every case, and of the others at most so many rows, each standing for its share."""
    return replace(config, folds=2, blocks=1, curve_blocks=1, most_rows=most_rows, nthread=1)


@dataclass(frozen=True, slots=True)
class Plan:
    """First cut, end of the last judged period, days between cuts, youngest age in days at which an order teaches, the
    share of orders reviewed, and how many processes train (about 1 GB each for 200,000 orders)."""

    begin: datetime
    end: datetime
    every: timedelta
    embargo: timedelta
    capacity: float = 0.01
    config: TrainingConfig = field(default_factory=TrainingConfig)
    processes: int = 1

    def cuts(self) -> Iterator[tuple[datetime, datetime]]:
        """Each cut with the end of what it is judged by."""
        cut = self.begin
        while cut < self.end:
            yield cut, min(cut + self.every, self.end)
            cut += self.every


@dataclass(frozen=True, slots=True)
class Serving:
    """A booster with its curve, as it would have served."""

    booster: bytes
    calibrator: Calibrator

    def probability(self, values: NDArray[np.float32], nthread: int) -> FloatArray:
        margins = boosting.margins(boosting.read(self.booster, nthread), values, nthread)
        return self.calibrator.probability(margins.astype(np.float64))


@dataclass(frozen=True, slots=True)
class Cut:
    """A cut, the end of what it is judged by, and the first of these rows and the one after the last."""

    at: datetime
    until: datetime
    first: int
    end: int


@dataclass(frozen=True, slots=True)
class Retrained:
    """What came of a cut: the model, what it gives the orders after it (k,), what taught it; and of the process that
    trained it, its id and its peak memory so far in MB."""

    serving: Serving
    probability: FloatArray
    taught: dict[str, Any]
    process: int
    peak_mb: float


def backtest(
    rows: Rows, plan: Plan, champion: Scorer | None = None, progress: Progress | None = None
) -> dict[str, Any]:
    """Cut by cut and all together, as plain JSON values.

    Raises TrainingError where the first cut has too little to learn from or the champion knows too much.
    """
    report = progress or (lambda stage, share: None)
    if champion is not None and datetime.fromisoformat(champion.manifest["as_of"]) > plan.begin:
        raise TrainingError(
            f"the champion knows labels until {champion.manifest['as_of']}, after the first cut: it would judge its own"
        )
    confirmed = rows.targets(rows.as_of).confirmed
    if int(confirmed[rows.arrived(plan.begin) : rows.arrived(plan.end)].sum()) < FEWEST_CASES:
        raise TrainingError(f"fewer than {FEWEST_CASES} confirmed cases between the cuts: nothing to judge by")
    cuts = [Cut(cut, until, rows.arrived(cut), rows.arrived(until)) for cut, until in plan.cuts()]
    cuts = [cut for cut in cuts if cut.first < cut.end]
    made = _retrained(rows, plan, cuts, report)
    scores = {name: np.full(rows.size, np.nan) for name in CONTENDERS}
    periods: list[dict[str, Any]] = []
    for cut, learnt in zip(cuts, made, strict=True):
        judged = np.arange(cut.first, cut.end)
        values = rows.values[judged]
        scores[RETRAINED][judged] = learnt.probability
        scores[CHAMPION][judged] = (
            _scored(champion, values, plan.config.nthread)
            if champion
            else made[0].serving.probability(values, plan.config.nthread)
        )
        scores[FORMULA][judged] = rows.formula[judged]
        periods.append(_period(rows, judged, confirmed, scores, plan) | learnt.taught)
    return _whole(rows, plan, scores, confirmed, periods) | {
        "champion": champion.version if champion else "the first cut's",
        "peak_mb_of_trainings": _peaks(made),
    }


def _peaks(made: Sequence[Retrained]) -> list[int]:
    """Peak memory of each process that trained, MB."""
    peaks: dict[int, float] = {}
    for each in made:
        peaks[each.process] = max(each.peak_mb, peaks.get(each.process, 0.0))
    return sorted(round(peak) for peak in peaks.values())


def _retrained(rows: Rows, plan: Plan, cuts: Sequence[Cut], report: Progress) -> list[Retrained]:
    """Every cut's model. The last cut is the longest, so processes begin with it."""
    if plan.processes <= 1 or len(cuts) <= 1:
        made = []
        for number, cut in enumerate(cuts):
            report("fit", number / len(cuts))
            made.append(retrain(rows, plan, cut))
        return made
    with TemporaryDirectory(prefix="tamga-backtest-") as folder:
        np.save(Path(folder) / VALUES, rows.values)
        shared = replace(rows, values=np.empty((0, 0), dtype=np.float32)), plan, folder
        with ProcessPoolExecutor(plan.processes, get_context("spawn"), _share, shared) as pool:
            waiting = {pool.submit(_retrain_shared, cut): number for number, cut in reversed(list(enumerate(cuts)))}
            found: dict[int, Retrained] = {}
            try:
                for done in as_completed(waiting):
                    found[waiting[done]] = done.result()
                    report("fit", len(found) / len(cuts))
            except TrainingError:
                pool.shutdown(cancel_futures=True)
                raise
    return [found[number] for number in range(len(cuts))]


_SHARED: list[tuple[Rows, Plan]] = []  # of a process that trains


def _share(rows: Rows, plan: Plan, folder: str) -> None:
    """Begin a process: the features are mapped, not copied."""
    values = np.load(Path(folder) / VALUES, mmap_mode="r").view(np.ndarray)
    _SHARED.append((replace(rows, values=values), plan))


def _retrain_shared(cut: Cut) -> Retrained:
    return retrain(*_SHARED[0], cut)


def retrain(rows: Rows, plan: Plan, cut: Cut) -> Retrained:
    """The model of one cut, and what it gives the orders after it."""
    data = teaching(rows, cut.at, plan.embargo)
    made = make(data, plan.config)
    serving = Serving(made.booster, made.calibrator)
    probability = serving.probability(rows.values[cut.first : cut.end], plan.config.nthread)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024 * 1024)
    return Retrained(serving, probability, _taught(cut, data, made), os.getpid(), peak)


def teaching(rows: Rows, cut: datetime, embargo: timedelta) -> TrainingData:
    """What a training at the cut is given: labels known then, and of the orders those older than the embargo."""
    data = rows.teaching(cut)
    old = data.at <= micros(cut) - int(embargo / timedelta(days=1) * DAY_MICROS)
    young = int((data.targets.used & ~old).sum())
    left_out = data.targets.left_out | ({"embargo": young} if young else {})
    return replace(data, targets=replace(data.targets, used=data.targets.used & old, left_out=left_out))


def _scored(scorer: Scorer, values: NDArray[np.float32], nthread: int) -> FloatArray:
    return scorer.calibrator.probability(scorer.margins(values, nthread).astype(np.float64))


def _taught(cut: Cut, data: TrainingData, made: Made) -> dict[str, Any]:
    used = data.targets.used
    return {
        "cut": cut.at.isoformat(), "until": cut.until.isoformat(), "taught_by": int(used.sum()),
        "cases_known": int(data.targets.confirmed[used].sum()), "left_out": data.targets.left_out,
        "trees": made.trees,
    }  # fmt: skip


def _period(
    rows: Rows, judged: IntArray, confirmed: NDArray[np.bool_], scores: dict[str, FloatArray], plan: Plan
) -> dict[str, Any]:
    """One period: orders, cases, and of every contender recall and precision at capacity."""
    cases = confirmed[judged]
    budget = plan.capacity * judged.size
    mass = np.where(cases, np.nan_to_num(rows.kilograms[judged]), 0.0)
    figures = {}
    for name, score in scores.items():
        found = captured(score[judged], cases.astype(np.float64), budget)
        figures[name] = {
            "recall": round(found / cases.sum(), 6) if cases.any() else None,
            "recall_kilograms": round(captured(score[judged], mass, budget) / mass.sum(), 6) if mass.sum() else None,
            "precision": round(found / budget, 6),
        }
    expected = float(scores[RETRAINED][judged].sum())
    return {"orders": int(judged.size), "confirmed": int(cases.sum()), "expected": round(expected, 2),
            "at_capacity": figures}  # fmt: skip


def _whole(
    rows: Rows, plan: Plan, scores: dict[str, FloatArray], confirmed: NDArray[np.bool_], cuts: list[dict[str, Any]]
) -> dict[str, Any]:
    """All periods together. A review list is made within each period, as an office would, so ranks are taken there."""
    judged = np.flatnonzero(np.isfinite(scores[RETRAINED]))
    period = np.searchsorted([micros(datetime.fromisoformat(each["cut"])) for each in cuts], rows.at[judged], "right")
    ranked = {name: _ranked(score[judged], period) for name, score in scores.items()}
    contenders = {}
    for name, rank in ranked.items():
        by_rank = Judged.of(rank, confirmed[judged], rows.kilograms[judged])
        contenders[name] = {key: value for key, value in evaluate(by_rank).items() if not key.startswith("calibration")}
        contenders[name]["intervals"] = intervals(by_rank, rows.customer[judged], plan.config.seed)
    own = Judged.of(scores[RETRAINED][judged], confirmed[judged], rows.kilograms[judged])
    probability = evaluate(own)
    return {
        "from": plan.begin.isoformat(), "to": plan.end.isoformat(), "every_days": plan.every / timedelta(days=1),
        "embargo_days": plan.embargo / timedelta(days=1), "capacity": plan.capacity,
        "judged_as_of": rows.as_of.isoformat(), "orders": int(judged.size), "confirmed": int(confirmed[judged].sum()),
        "cuts": cuts, "contenders": contenders,
        "calibration": probability["calibration"], "calibration_error": probability["calibration_error"],
        "expected": round(float(own.probability.sum()), 2),
        "stability_index": [
            round(stability_index(own.probability[period == number], own.probability[period == number + 1]), 4)
            for number in range(1, len(cuts))
        ],
    }  # fmt: skip


def _ranked(score: FloatArray, period: IntArray) -> FloatArray:
    """The share of its own period's orders that each order's score is not below, (n,)."""
    rank = np.empty(score.size)
    for number in np.unique(period).tolist():
        inside = np.flatnonzero(period == number)
        ordered = np.sort(score[inside])
        rank[inside] = np.searchsorted(ordered, score[inside], side="right") / inside.size
    return rank
