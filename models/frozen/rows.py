"""The rows of a frozen dataset in memory, and what could be learnt from them at any earlier moment.

Features are point in time: each row says what was known at its own moment. So a training as of any moment up to the
dataset's own takes the rows that had arrived by then as they are, and only asks again which labels were known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from features.encode import micros
from models.errors import DatasetError
from models.outcomes import Labels
from models.slices import Groups, features_read, slices_of
from models.targets import Targets, targets
from models.training import TrainingData

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rows:
    """n orders in time order: references, their hashes, moments in microseconds, customers' hashes, kilograms (NaN
    unknown), scores of the DEA formula, countries of the customers, features (n, f); and the labels."""

    references: Sequence[str]
    reference: IntArray
    at: IntArray
    customer: IntArray
    kilograms: FloatArray
    formula: FloatArray
    country: Sequence[str]
    values: NDArray[np.float32]
    labels: Labels
    as_of: datetime

    @property
    def size(self) -> int:
        return int(self.at.size)

    def arrived(self, moment: datetime) -> int:
        """How many orders had arrived by a moment."""
        return int(np.searchsorted(self.at, micros(moment), side="right"))

    def targets(self, when: datetime) -> Targets:
        """What was known of the orders that had arrived by `when`. Raises DatasetError for a later moment than the
        dataset's own: it does not know what became known since."""
        if when > self.as_of:
            raise DatasetError(f"the dataset knows nothing after {self.as_of.isoformat()}")
        count = self.arrived(when)
        return targets(self.reference[:count], self.at[:count], self.labels, when)

    def teaching(self, when: datetime) -> TrainingData:
        """The rows a training as of `when` is given. Raises DatasetError as `targets` does."""
        made = self.targets(when)
        count = made.used.size
        return TrainingData(self.values[:count], self.at[:count], self.customer[:count], self.kilograms[:count], made)

    def slices(self, rows: IntArray) -> Groups:
        """Groups of some of the rows, company sizes counted among these."""
        country = [self.country[row] for row in rows.tolist()]
        return slices_of(features_read(self.values, rows), self.customer[rows], country)
