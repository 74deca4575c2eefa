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

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from features.catalogue import feature_names
from models import boosting, calibrate, search, thresholds, unseen
from models.align import aligned
from models.boosting import BoosterConfig, Lesson
from models.calibrate import Calibrator, Later
from models.errors import TrainingError
from models.evaluate import Judged, best_single_feature, evaluate
from models.folds import Split, Ways, sampled, split
from models.targets import Targets
from models.thresholds import Thresholds

__all__ = ["Trained", "TrainingConfig", "TrainingData", "TrainingError", "train"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Progress = Callable[[str, float], None]

FEWEST_CASES = 10
FEWEST_TO_CHOOSE = 200
MANY_ROWS = 200_000
FEWEST_TREES = 20
AS_GOOD = 0.995
LOOKED_AT = 100_000
CHUNK = 65_536


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """How a model is made: its booster, how rows are parted, how many teach at most, and the search's budget."""

    booster: BoosterConfig = BoosterConfig()  # noqa: RUF009 (frozen)
    folds: int = 3
    blocks: int = 1
    curve_blocks: int = 6
    late_share: float = 0.5
    most_rows: int = 300_000
    second_opinion: float = unseen.WEIGHT
    search_seconds: float = 0.0
    seed: int = 7
    nthread: int = 1

    def ways(self, rows: int) -> Ways:
        """How to part so many usable rows. Where there are many, two folds and one block tell as much for less."""
        many = rows > MANY_ROWS
        return Ways(self.late_share, 1 if many else self.blocks, min(self.folds, 2) if many else self.folds)

    def curve_ways(self, rows: int) -> Ways:
        """How to part them for the curve: forward in time only, in blocks, so that each teacher knows nearly as much
        as the booster that will serve; it will meet customers again, too."""
        return Ways(self.late_share, 1 if rows > MANY_ROWS else self.curve_blocks, 1)


@dataclass(frozen=True, slots=True)
class TrainingData:
    """Rows in time order: values (n, f) float32, at (n,) microseconds, customer (n,) hashes, kilograms (n,)."""

    values: NDArray[np.float32]
    at: IntArray
    customer: IntArray
    kilograms: FloatArray
    targets: Targets

    def sha256(self) -> str:
        """Names the data: values, moments, customers and targets of all rows."""
        digest = hashlib.sha256()
        for part in (self.at, self.customer, self.targets.used, self.targets.confirmed, self.targets.reviewed):
            digest.update(np.ascontiguousarray(part).tobytes())
        for start in range(0, self.values.shape[0], CHUNK):
            digest.update(np.ascontiguousarray(self.values[start : start + CHUNK]).data)
        return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Trained:
    """The booster's bytes (UBJ), calibrator, thresholds, and a report in plain JSON values."""

    booster: bytes
    calibrator: Calibrator
    thresholds: Thresholds
    report: dict[str, Any] = field(repr=False)


def train(data: TrainingData, config: TrainingConfig, progress: Progress | None = None) -> Trained:
    """Judge by folds, choose, calibrate, fit again. Raises TrainingError where the data does not carry it."""
    report = progress or (lambda stage, share: None)
    used = np.flatnonzero(data.targets.used)
    _check(data, used)
    parts = split(data.at, data.customer, data.targets, config.ways(used.size))
    found = search.best(Crossed(data, parts, config), config.booster, config.search_seconds, report)
    report("fit", 0.0)
    crossed = Crossed(data, parts, config)
    margins, trees = chosen(crossed, crossed.staged(found.config, report), found.config.trees)
    margins = margins + crossed.second_opinion()
    report("fit again", 0.0)
    final, taught = _final(crossed, used, found.config, trees)
    calibrator, bands = _curve(replace(crossed, parts=_forward(data, used, config)), found.config, final, trees)
    margins = crossed.aligned(margins, final)
    judged = Judged.of(calibrator.probability(margins), crossed.confirmed, data.kilograms[parts.late])
    about = _report(data, parts, config, found)
    about |= {"trees": trees, "rows_taught": taught}
    return Trained(final, calibrator, bands, about | {"out_of_time": evaluate(judged)})


def _forward(data: TrainingData, used: IntArray, config: TrainingConfig) -> Split:
    return split(data.at, data.customer, data.targets, config.curve_ways(used.size))


def _curve(crossed: Crossed, booster: BoosterConfig, final: bytes, trees: int) -> tuple[Calibrator, Thresholds]:
    """Curve and bands from later orders, each judged by a booster of all that was known before its block."""
    margins = crossed.staged(replace(booster, trees=trees))[:, -1].astype(np.float64) + crossed.second_opinion()
    margins, confirmed, targets = crossed.aligned(margins, final), crossed.confirmed, crossed.data.targets
    late = crossed.parts.late
    settled = confirmed | targets.random[late] | (targets.regime == "complete")
    return calibrate.fit(Later(margins, confirmed, settled, targets.known[late])), thresholds.derive(margins, confirmed)


def _check(data: TrainingData, used: IntArray) -> None:
    cases = int(data.targets.confirmed[used].sum())
    if cases < FEWEST_CASES:
        raise TrainingError(f"only {cases} confirmed cases are known and mature; at least {FEWEST_CASES} are needed")
    if cases > 0.9 * used.size:
        raise TrainingError("nearly all usable orders are confirmed cases; a model needs the others too")


@dataclass(frozen=True, slots=True)
class Crossed:
    """The data with its parts: what boosters of the folds say of the late rows."""

    data: TrainingData
    parts: Split
    config: TrainingConfig

    def staged(self, booster: BoosterConfig, report: Progress | None = None) -> NDArray[np.float32]:
        """Margins (n_late, s) of every late row by the booster of its fold, after every tenth tree."""
        data, config = self.data, self.config
        out = np.empty((self.parts.late.size, len(boosting.stages(booster.trees))), dtype=np.float32)
        for number, (teaching, places) in enumerate(self.parts.turns, start=1):
            rows, stands_for = sampled(teaching, data.targets, config.most_rows, config.seed)
            lesson = Lesson(rows, stands_for, config.seed, config.nthread)
            made = boosting.fitted(data.values, data.targets, lesson, booster, booster.trees)
            for start in range(0, places.size, CHUNK):
                part = places[start : start + CHUNK]
                out[part] = boosting.staged_margins(made, data.values[self.parts.late[part]], config.nthread)
            if report is not None:
                report("fit", number / len(self.parts.turns))
        return out

    def aligned(self, margins: FloatArray, final: bytes) -> FloatArray:
        """Margins (n_late,) on the scale of the booster that will serve."""
        parts = [places for _, places in self.parts.turns]
        return aligned(margins, self.served(final), ~self.confirmed, parts)

    def served(self, final: bytes) -> FloatArray:
        """Margins (n_late,) of the late rows by the booster that will serve, which has learnt from them too."""
        booster = boosting.read(final, self.config.nthread)
        out = np.empty(self.parts.late.size)
        for start in range(0, out.size, CHUNK):
            rows = self.parts.late[start : start + CHUNK]
            out[start : start + rows.size] = boosting.margins(booster, self.data.values[rows], self.config.nthread)
        return out

    def second_opinion(self) -> FloatArray:
        """What the second opinion of early rows adds to the margins of the late ones, (n_late,)."""
        if not self.config.second_opinion:
            return np.zeros(self.parts.late.size)
        tails = unseen.tails_of(self.data.values, self.parts.early, self.config.second_opinion)
        return unseen.added(tails, self.data.values, self.parts.late)

    @property
    def seed(self) -> int:
        """Of every draw."""
        return self.config.seed

    @property
    def confirmed(self) -> NDArray[np.bool_]:
        """Whether each late row is a confirmed case, (n_late,)."""
        return self.data.targets.confirmed[self.parts.late]


def chosen(crossed: Crossed, staged: NDArray[np.float32], trees: int) -> tuple[FloatArray, int]:
    """Margins (n_late,) at the number of trees to take, and that number.

    The fewest trees whose average precision is within half a percent of the best, for each costs time to explain;
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


def _final(crossed: Crossed, used: IntArray, booster: BoosterConfig, trees: int) -> tuple[bytes, int]:
    """The bytes of the booster of all usable rows, the second opinion as further trees, and how many rows."""
    data, config = crossed.data, crossed.config
    rows, stands_for = sampled(used, data.targets, config.most_rows, config.seed)
    lesson = Lesson(rows, stands_for, config.seed, config.nthread)
    made = boosting.fitted(data.values, data.targets, lesson, booster, trees)
    if config.second_opinion:
        made = unseen.appended(made, unseen.tails_of(data.values, used, config.second_opinion))
    return bytes(made.save_raw("ubj")), int(rows.size)


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
