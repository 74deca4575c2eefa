"""From margin to probability: knots kept as JSON, strictly increasing, so that ranks never saturate.

The curve is piecewise linear in log-odds. With enough confirmed cases its knots are isotonic bins, each holding
about as many cases as the next; with few, it is Platt's straight line; with hardly any, only the level is fitted.
Beyond the outer knots it goes on with Platt's slope, so that the riskiest orders keep apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression

FloatArray = NDArray[np.float64]

CASES_A_BIN = 25
CASES_FOR_BINS = 75
CASES_FOR_SLOPE = 12
LEAST_SLOPE = 0.02
STEEPEST, FLATTEST = 5.0, 0.05


@dataclass(frozen=True, slots=True)
class Calibrator:
    """Log-odds at margins, both (k,) increasing, and the slope beyond them. `cases` of `orders` were fitted on."""

    margins: FloatArray
    log_odds: FloatArray
    slope: float
    method: str
    orders: int
    cases: int

    def logit(self, margins: FloatArray | float) -> FloatArray:
        """Calibrated log-odds of margins of any shape."""
        inside = np.interp(margins, self.margins, self.log_odds)
        below = np.minimum(margins - self.margins[0], 0.0)
        above = np.maximum(margins - self.margins[-1], 0.0)
        return np.asarray(inside + self.slope * (below + above), dtype=np.float64)

    def probability(self, margins: FloatArray | float) -> FloatArray:
        """Calibrated probabilities of margins of any shape, strictly increasing in the margin."""
        return np.asarray(1.0 / (1.0 + np.exp(-self.logit(np.asarray(margins, dtype=np.float64)))), dtype=np.float64)

    def to_json(self) -> dict[str, Any]:
        return {
            "margins": self.margins.tolist(),
            "log_odds": self.log_odds.tolist(),
            "slope": self.slope,
            "method": self.method,
            "orders": self.orders,
            "cases": self.cases,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Calibrator:
        """Raises ValueError where the knots are not strictly increasing finite numbers."""
        margins = np.asarray(value["margins"], dtype=np.float64)
        log_odds = np.asarray(value["log_odds"], dtype=np.float64)
        slope = float(value["slope"])
        sound = margins.ndim == 1 and margins.shape == log_odds.shape and margins.size > 0
        if not (sound and np.isfinite(margins).all() and np.isfinite(log_odds).all() and slope > 0):
            raise ValueError("calibrator knots are not finite numbers of equal count")
        if (np.diff(margins) <= 0).any() or (np.diff(log_odds) <= 0).any():
            raise ValueError("calibrator knots do not increase strictly")
        return cls(margins, log_odds, slope, str(value["method"]), int(value["orders"]), int(value["cases"]))


def fit(margins: FloatArray, cases: NDArray[np.bool_], weights: FloatArray | None = None) -> Calibrator:
    """Fit on orders later than the training ones: margins (n,), whether confirmed (n,), weights (n,).

    Raises ValueError without at least one case and one other order.
    """
    weights = np.ones_like(margins) if weights is None else weights
    count = int(cases.sum())
    if count in (0, cases.size):
        raise ValueError("calibration needs confirmed cases and other orders")
    slope, level = _platt(margins, cases, weights, free_slope=count >= CASES_FOR_SLOPE)
    if count >= CASES_FOR_BINS:
        knots = _bins(margins, cases, weights, slope, level)
        if knots is not None:
            return Calibrator(knots[0], knots[1], slope, "isotonic bins", cases.size, count)
    center = float(np.average(margins, weights=weights))
    method = "platt" if count >= CASES_FOR_SLOPE else "level"
    return Calibrator(np.array([center]), np.array([slope * center + level]), slope, method, cases.size, count)


def _platt(
    margins: FloatArray, cases: NDArray[np.bool_], weights: FloatArray, *, free_slope: bool
) -> tuple[float, float]:
    """Slope and level of the logistic fit by Newton's method, with Platt's smoothed targets."""
    positives, negatives = float(weights[cases].sum()), float(weights[~cases].sum())
    target = np.where(cases, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    slope, level = 1.0, float(np.log(positives / negatives)) - (0.0 if free_slope else float(np.mean(margins)))
    for _ in range(100):
        predicted = 1.0 / (1.0 + np.exp(-np.clip(slope * margins + level, -35, 35)))
        residual = weights * (target - predicted)
        curve = weights * np.maximum(predicted * (1 - predicted), 1e-12)
        if free_slope:
            hessian = np.array([[(curve * margins**2).sum() + 1e-9, (curve * margins).sum()],
                                [(curve * margins).sum(), curve.sum() + 1e-9]])  # fmt: skip
            step = np.linalg.solve(hessian, np.array([(residual * margins).sum(), residual.sum()]))
        else:
            step = np.array([0.0, residual.sum() / curve.sum()])
        step = np.clip(step, -2.0, 2.0)
        slope, level = slope + float(step[0]), level + float(step[1])
        if np.abs(step).max() < 1e-10:
            break
    if not FLATTEST <= slope <= STEEPEST:  # a score that hardly orders, or orders perfectly: keep the line sane
        slope = float(np.clip(slope, FLATTEST, STEEPEST))
        level = _level(margins, positives / (positives + negatives), weights, slope)
    return slope, level


def _level(margins: FloatArray, rate: float, weights: FloatArray, slope: float) -> float:
    """The level at which the mean probability equals the observed rate, by bisection."""
    low, high = -60.0, 60.0
    for _ in range(80):
        middle = (low + high) / 2
        mean = float(np.average(1 / (1 + np.exp(-np.clip(slope * margins + middle, -35, 35))), weights=weights))
        low, high = (middle, high) if mean < rate else (low, middle)
    return (low + high) / 2


def _bins(
    margins: FloatArray, cases: NDArray[np.bool_], weights: FloatArray, slope: float, level: float
) -> tuple[FloatArray, FloatArray] | None:
    """Knots from bins with about equal numbers of cases, made monotone; None where fewer than two remain."""
    order = np.argsort(margins, kind="stable")
    position = np.cumsum(cases[order]) / CASES_A_BIN
    number = np.minimum(np.ceil(position).clip(1), int(cases.sum()) // CASES_A_BIN).astype(np.int64) - 1
    mass = np.bincount(number, weights[order])
    center = np.bincount(number, weights[order] * margins[order]) / mass
    prior = 1.0 / (1.0 + np.exp(-(slope * center + level)))
    rate = (np.bincount(number, weights[order] * cases[order]) + 4.0 * prior) / (mass + 4.0)
    rate = np.clip(IsotonicRegression().fit(center, rate, sample_weight=mass).predict(center), 1e-9, 1 - 1e-9)
    log_odds = np.log(rate / (1 - rate))
    keep = np.concatenate(([True], np.diff(center) > 1e-6))
    center, log_odds = center[keep], log_odds[keep]
    for k in range(1, center.size):  # equal steps of the isotonic fit still rise a little
        log_odds[k] = max(log_odds[k], log_odds[k - 1] + LEAST_SLOPE * slope * (center[k] - center[k - 1]))
    return (center, log_odds) if center.size >= 2 else None
