"""Where the bands begin and what the score meant on the calibration slice: plain data kept with the model.

Bands follow review capacity: `high` begins where half a percent of the calibration orders lay above, `elevated`
where two percent did. A reference class says: of so many orders that scored alike, so many were confirmed.
A class holds at least fifty orders, so the top one spans more than its highest scores: beside an extreme probability
its rate is lower, and both are shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from models.evaluate import Z95, wilson

FloatArray = NDArray[np.float64]
Band = Literal["low", "elevated", "high"]
HIGH_SHARE, ELEVATED_SHARE = 0.005, 0.02
CLASS_EDGES = (0.0, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995)
FEWEST_IN_CLASS = 50


@dataclass(frozen=True, slots=True)
class ReferenceClass:
    """Orders of the calibration slice that scored alike: how many, how many confirmed, 95 % Wilson interval."""

    total: int
    confirmed: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Margins at which bands and reference classes begin; `class_from[0]` is -inf."""

    elevated: float
    high: float
    class_from: FloatArray
    classes: tuple[ReferenceClass, ...]

    def band(self, margin: float) -> Band:
        return "high" if margin >= self.high else "elevated" if margin >= self.elevated else "low"

    def reference_class(self, margin: float) -> ReferenceClass:
        position = int(np.searchsorted(self.class_from, margin, side="right")) - 1
        return self.classes[max(position, 0)]

    def to_json(self) -> dict[str, Any]:
        return {
            "elevated": self.elevated,
            "high": self.high,
            "shares": {"elevated": ELEVATED_SHARE, "high": HIGH_SHARE},
            "classes": [
                {"from": None if np.isinf(start) else float(start), "total": each.total, "confirmed": each.confirmed}
                for start, each in zip(self.class_from, self.classes, strict=True)
            ],
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Thresholds:
        """Raises ValueError, KeyError or TypeError for anything but increasing finite numbers."""
        rows = value["classes"]
        starts = np.array([-np.inf if row["from"] is None else float(row["from"]) for row in rows])
        elevated, high = float(value["elevated"]), float(value["high"])
        if not rows or (np.diff(starts) <= 0).any() or not (np.isfinite([elevated, high]).all() and elevated <= high):
            raise ValueError("bands or classes are not in order")
        classes = tuple(_reference(int(row["total"]), int(row["confirmed"])) for row in rows)
        return cls(elevated, high, starts, classes)


def derive(margins: FloatArray, confirmed: NDArray[np.bool_]) -> Thresholds:
    """Bands and classes from the calibration slice: margins (n,), confirmed (n,)."""
    elevated, high = (float(np.quantile(margins, 1 - share)) for share in (ELEVATED_SHARE, HIGH_SHARE))
    edges = [-np.inf]
    for share in CLASS_EDGES[1:]:
        start = float(np.quantile(margins, share))
        if start > edges[-1] and (margins >= start).sum() >= FEWEST_IN_CLASS:
            edges.append(start)
    starts = np.array(edges)
    members = np.searchsorted(starts, margins, side="right") - 1
    totals = np.bincount(members, minlength=starts.size)
    cases = np.bincount(members, confirmed.astype(np.float64), minlength=starts.size)
    classes = tuple(_reference(int(total), int(case)) for total, case in zip(totals, cases, strict=True))
    return Thresholds(elevated, max(high, elevated), starts, classes)


def _reference(total: int, confirmed: int) -> ReferenceClass:
    low, high = wilson(confirmed, total, Z95)
    return ReferenceClass(total, confirmed, low, high)
