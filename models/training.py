"""What training is given: how a model is to be made, and the rows to make it from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models import unseen
from models.boosting import BoosterConfig
from models.cluster import Cluster
from models.folds import Ways
from models.targets import Targets

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MANY_ROWS = 200_000
CHUNK = 65_536


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """How a model is made: its booster, how rows are parted, how many teach at most, and the search's budget."""

    booster: BoosterConfig = BoosterConfig()  # noqa: RUF009 (frozen)
    folds: int = 3
    blocks: int = 1
    curve_blocks: int = 6
    late_share: float = 0.5
    curve_share: float = 0.4
    most_rows: int = 300_000
    second_opinion: float = unseen.LIFT
    search_seconds: float = 0.0
    seed: int = 7
    nthread: int = 1

    def ways(self, rows: int) -> Ways:
        """How to part so many usable rows. Where there are many, two folds and one block tell as much for less."""
        many = rows > MANY_ROWS
        return Ways(self.late_share, 1 if many else self.blocks, min(self.folds, 2) if many else self.folds)

    def curve_ways(self, rows: int) -> Ways:
        """How to part them for the curve: forward in time only, in blocks, and later than what chooses, so that each
        teacher knows nearly as much as the booster that will serve; it will meet customers again, too."""
        return Ways(self.curve_share, 1 if rows > MANY_ROWS else self.curve_blocks, 1)


@dataclass(frozen=True, slots=True)
class TrainingData:
    """Rows in time order: values (n, f) float32, at (n,) microseconds, customer (n,) hashes, kilograms (n,).

    Boosters that judge each other's orders are fitted so many `at_once`, which changes nothing in them; with a
    cluster, they are fitted on it.
    """

    values: NDArray[np.float32]
    at: IntArray
    customer: IntArray
    kilograms: FloatArray
    targets: Targets
    cluster: Cluster | None = None
    at_once: int = 1

    def sha256(self) -> str:
        """Names the data: values, moments, customers and targets of all rows."""
        digest = hashlib.sha256()
        for part in (self.at, self.customer, self.targets.used, self.targets.confirmed, self.targets.reviewed):
            digest.update(np.ascontiguousarray(part).tobytes())
        for start in range(0, self.values.shape[0], CHUNK):
            digest.update(np.ascontiguousarray(self.values[start : start + CHUNK]).data)
        return digest.hexdigest()
