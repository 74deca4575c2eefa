"""Fit a booster, calibrate it on later orders of customers it never met, and say what was done.

Early orders teach, late ones judge (`models.folds`): each fold's booster learns from early orders of the other folds
and scores its own late orders. On these margins the number of trees is chosen. Then the booster is fitted once more on
all usable orders with that number, because the latest orders teach most, and the out-of-time, out-of-group margins are
brought to its scale (`models.align`): on them the figures of the card are measured. Curve and bands are made on late
orders judged by boosters of everything before their block, for in service too most customers have been met before.

Millions of rows: every confirmed case and, where they leave room, every labelled order stays; a seeded sample stands
for the others (`sampled`). All late rows judge, sampled or not.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from features.catalogue import feature_names
from models import boosting, calibrate, search, thresholds, unseen
from models.boosting import BoosterConfig
from models.calibrate import Calibrator, Later
from models.crossed import Crossed, Progress, learnt
from models.errors import TrainingError
from models.evaluate import Judged, best_single_feature, evaluate
from models.folds import Split, split
from models.held import Held, by_slice, unseen_typologies
from models.intervals import intervals
from models.slices import features_read, slices_of
from models.thresholds import Thresholds
from models.training import CHUNK, FloatArray, IntArray, TrainingConfig, TrainingData

__all__ = ["Trained", "TrainingConfig", "TrainingData", "TrainingError", "train"]


FEWEST_CASES = 10
FEWEST_TO_CHOOSE = 200
FEWEST_TREES = 20
AS_GOOD = 0.998
LOOKED_AT = 100_000


@dataclass(frozen=True, slots=True)
class Trained:
    """The booster's bytes (UBJ), calibrator, thresholds, a report in plain JSON values, and the orders it was judged
    by."""

    booster: bytes
    calibrator: Calibrator
    thresholds: Thresholds
    report: dict[str, Any] = field(repr=False)
    held: Held = field(repr=False)


@dataclass(frozen=True, slots=True)
class Made:
    """A model before anything is told about it: the booster's bytes, calibrator, thresholds, and how it came about:
    its trees, the rows that taught it, the parts, the later rows' margins on its scale, and the parameters found."""

    booster: bytes
    calibrator: Calibrator
    thresholds: Thresholds
    trees: int
    taught: int
    parts: Split
    margins: FloatArray
    found: search.Found


def train(data: TrainingData, config: TrainingConfig, progress: Progress | None = None) -> Trained:
    """Make a model and say how good it is. Raises TrainingError where the data does not carry it."""
    made = make(data, config, progress)
    held = _held(data, made.parts.late, made.calibrator.probability(made.margins))
    about = _report(data, made.parts, config, made.found)
    about |= {"trees": made.trees, "rows_taught": made.taught, "out_of_time": evaluate(held.judged)}
    about |= {"intervals": intervals(held.judged, held.customer, config.seed), "slices": by_slice(held)}
    about |= {"typologies_unseen": unseen_typologies(data)}
    return Trained(made.booster, made.calibrator, made.thresholds, about, held)


def make(data: TrainingData, config: TrainingConfig, progress: Progress | None = None) -> Made:
    """Judge by folds, choose, calibrate, fit again. Raises TrainingError where the data does not carry it."""
    report = progress or (lambda stage, share: None)
    used = np.flatnonzero(data.targets.used)
    _check(data, used)
    parts = split(data.at, data.customer, data.targets, config.ways(used.size))
    found = search.best(Crossed(data, parts, config), config.booster, config.search_seconds, report)
    report("fit", 0.0)
    crossed = Crossed(data, parts, config)
    margins, trees = chosen(crossed, crossed.staged(found.config, report), found.config.trees)
    report("fit again", 0.0)
    booster = replace(found.config, trees=trees)
    final, taught = _final(data, used, booster, config)
    margins = crossed.aligned(margins, final)
    calibrator, bands = _curve(
        replace(crossed, parts=_forward(data, used, config)), booster, final, crossed.later(margins)
    )
    return Made(final, calibrator, bands, trees, taught, parts, margins, found)


def _held(data: TrainingData, late: IntArray, probability: FloatArray) -> Held:
    judged = Judged.of(probability, data.targets.confirmed[late], data.kilograms[late])
    groups = slices_of(features_read(data.values, late), data.customer[late])
    return Held(judged, data.customer[late], data.at[late], groups)


def _forward(data: TrainingData, used: IntArray, config: TrainingConfig) -> Split:
    return split(data.at, data.customer, data.targets, config.curve_ways(used.size))


def _curve(known: Crossed, booster: BoosterConfig, final: bytes, strangers: Later) -> tuple[Calibrator, Thresholds]:
    """Curve and bands from later orders, each judged by a booster of all that was known before its block, its quiet
    end raised to what `strangers`, judged by boosters that never met them, hide there, and level at the top."""
    margins = known.aligned(known.staged(booster)[:, -1].astype(np.float64), final)
    later = known.later(margins)
    curve = calibrate.capped(calibrate.floored(calibrate.fit(later), later, strangers), later)
    return curve, thresholds.derive(margins, known.confirmed)


def _check(data: TrainingData, used: IntArray) -> None:
    cases = int(data.targets.confirmed[used].sum())
    if cases < FEWEST_CASES:
        raise TrainingError(f"only {cases} confirmed cases are known and mature; at least {FEWEST_CASES} are needed")
    if cases > 0.9 * used.size:
        raise TrainingError("nearly all usable orders are confirmed cases; a model needs the others too")


def chosen(crossed: Crossed, staged: NDArray[np.float32], trees: int) -> tuple[FloatArray, int]:
    """Margins (n_late,) at the number of trees to take, and that number.

    The fewest trees whose average precision is within a fifth of a percent of the best, for each costs time to explain;
    three quarters of the limit where there are too few cases to tell.
    """
    ends = boosting.stages(trees)
    if int(crossed.confirmed.sum()) < FEWEST_TO_CHOOSE:
        column = int(np.searchsorted(ends, max(FEWEST_TREES, trees * 3 // 4)))
    else:
        precision = np.array([average_precision_score(crossed.confirmed, staged[:, k]) for k in range(len(ends))])
        precision[np.array(ends) < min(FEWEST_TREES, trees)] = 0.0
        column = int(np.argmax(precision >= AS_GOOD * precision.max()))
    column = min(column, len(ends) - 1)
    return staged[:, column].astype(np.float64), ends[column]


def _final(data: TrainingData, used: IntArray, booster: BoosterConfig, config: TrainingConfig) -> tuple[bytes, int]:
    """The bytes of the booster of all usable rows, the second opinion as further trees, and how many rows."""
    made = learnt(data, used, booster, config)
    return bytes(unseen.appended(made.booster, made.held).save_raw("ubj")), made.rows


def _report(data: TrainingData, parts: Split, config: TrainingConfig, found: search.Found) -> dict[str, Any]:
    """What was used, what was not and why."""
    used, confirmed = data.targets.used, data.targets.confirmed
    names = feature_names()
    some = _some(data)
    return {
        "rows": int(used.size),
        "used": int(used.sum()),
        "confirmed": int(confirmed[used].sum()),
        "reviewed": int(data.targets.reviewed[used].sum()),
        "reviewed_by_chance": int(data.targets.random[used].sum()),
        "left_out": data.targets.left_out,
        "regime": data.targets.regime,
        "embargo_days": round(data.targets.embargo_days, 2),
        "delays": data.targets.delays.to_json(),
        "cases_expected": round(float((1 / data.targets.known[used & confirmed]).sum()), 1),
        "parts": {
            name: {"rows": int(rows.size), "confirmed": int(confirmed[rows].sum())}
            for name, rows in (("early", parts.early), ("late", parts.late))
        },
        "folds": [
            {"taught_by": int(taught.size), "cases": int(confirmed[taught].sum()), "judged": int(places.size),
             "cases_judged": int(confirmed[parts.late[places]].sum())}
            for taught, places in parts.turns
        ],
        "features_never_known": _never_known(data, names),
        "best_single_features": best_single_feature(data.values[some], confirmed[some], names),
        "search": found.to_json(),
        "config": asdict(config) | {"booster": asdict(found.config)},
        "data_sha256": data.sha256(),
    }  # fmt: skip


def _never_known(data: TrainingData, names: tuple[str, ...]) -> list[str]:
    seen = np.zeros(len(names), dtype=np.bool_)
    used = np.flatnonzero(data.targets.used)
    for start in range(0, used.size, CHUNK):
        seen |= np.isfinite(data.values[used[start : start + CHUNK]]).any(axis=0)
    return [name for column, name in enumerate(names) if not seen[column]]


def _some(data: TrainingData) -> IntArray:
    """Usable rows to look at feature by feature: all cases, and evenly spaced others."""
    used = np.flatnonzero(data.targets.used)
    cases = data.targets.confirmed[used]
    others = used[~cases]
    step = max(1, others.size // LOOKED_AT)
    return np.sort(np.concatenate((used[cases], others[::step])))
