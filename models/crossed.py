"""What boosters of earlier orders say of later ones: margins to choose, calibrate and measure a model by."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import xgboost
from numpy.typing import NDArray

from models import boosting, unseen
from models.align import aligned
from models.boosting import BoosterConfig, Lesson
from models.calibrate import Later
from models.folds import Split, sampled
from models.training import CHUNK, FloatArray, IntArray, TrainingConfig, TrainingData
from models.unseen import Beliefs, Taught

Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Learnt:
    """A booster, what the second opinion still adds to it, and how many rows taught both."""

    booster: xgboost.Booster
    held: Beliefs
    rows: int


def learnt(data: TrainingData, taught: IntArray, booster: BoosterConfig, config: TrainingConfig) -> Learnt:
    """A booster of `taught` rows, or of a sample of them where they are many."""
    rows, stands_for = sampled(taught, data.targets, config.most_rows, config.seed)
    lesson = Lesson(rows, stands_for, config.seed, config.nthread, data.customer[rows], data.cluster)
    made = boosting.fitted(data.values, data.targets, lesson, booster, booster.trees)
    expected = boosting.expected(made, data.values, data.targets, lesson, booster)
    known = Taught(data.targets.confirmed[rows], expected, stands_for, data.customer[rows])
    return Learnt(made, unseen.beliefs(data.values[rows], known, config.second_opinion), int(rows.size))


@dataclass(frozen=True, slots=True)
class Crossed:
    """The data with its parts: what boosters of the folds say of the late rows."""

    data: TrainingData
    parts: Split
    config: TrainingConfig

    def staged(self, booster: BoosterConfig, report: Progress | None = None) -> NDArray[np.float32]:
        """Margins (n_late, s) of every late row by the booster of its fold, after every tenth tree."""
        out = np.empty((self.parts.late.size, len(boosting.stages(booster.trees))), dtype=np.float32)
        with ThreadPoolExecutor(self.data.at_once, "fit") as pool:
            parts = pool.map(lambda turn: self._turn(turn, booster), self.parts.turns)
            for number, ((_, places), margins) in enumerate(zip(self.parts.turns, parts, strict=True), start=1):
                out[places] = margins
                if report is not None:
                    report("fit", number / len(self.parts.turns))
        return out

    def _turn(self, turn: tuple[IntArray, IntArray], booster: BoosterConfig) -> NDArray[np.float32]:
        """What a booster of the first rows says of the late rows at the second's places, after every tenth tree."""
        teaching, places = turn
        made = learnt(self.data, teaching, booster, self.config)
        parts = [np.empty((0, len(boosting.stages(booster.trees))), dtype=np.float32)]
        for start in range(0, places.size, CHUNK):
            values = self.data.values[self.parts.late[places[start : start + CHUNK]]]
            margins = boosting.staged_margins(made.booster, values, self.config.nthread)
            parts.append((margins + made.held.added(values)[:, None]).astype(np.float32))
        return np.concatenate(parts)

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

    def later(self, margins: FloatArray) -> Later:
        """The late rows with such margins (n_late,), as calibration takes them."""
        targets, late = self.data.targets, self.parts.late
        settled = self.confirmed | targets.random[late] | (targets.regime == "complete")
        return Later(margins, self.confirmed, settled, targets.known[late])

    @property
    def seed(self) -> int:
        """Of every draw."""
        return self.config.seed

    @property
    def confirmed(self) -> NDArray[np.bool_]:
        """Whether each late row is a confirmed case, (n_late,)."""
        return self.data.targets.confirmed[self.parts.late]
