"""From margin to probability: knots kept as JSON, strictly increasing, so that ranks never saturate.

The curve is piecewise linear in log-odds. With enough confirmed cases it is Platt's straight line allowed to bend at
quantiles of all margins and of the cases', each bend held back by a normal prior, so that the extreme top is neither
a step that holds two percent of all orders nor a line that the bulk has drawn. With few cases it is Platt's line,
with hardly any only the level is fitted. Beyond the outer knots it goes on with the slopes of its ends.

Cases still to come: of orders of an age at which a share F of the cases is known, a silent one with probability p is a
case yet unknown with p (1 - F) / (1 - p F). The curve is fitted with that as its target, and the target made anew from
the curve until both agree (expectation and maximisation). The probability is thus of being confirmed at last.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

QUIET = 0.75  # of all orders: where a floor is measured
FEWEST_QUIET = 5
HIDDEN = 0.3  # of the excess among strangers: most orders to come are of customers met before
HIGHEST, FEWEST_HIGHEST = 100, 10  # a hundred orders tell a level within a tenth
HIGHEST_SHARE = 4  # a fourth of the cases where that is more: orders of one scheme are found out together
LEAST_RISE, FAR = 0.01, 50.0  # of log-odds for each unit of margin, so far: orders keep their ranks above the level
CLOSEST = 1e-6
FLOOR_KNOTS = 24
CASES_FOR_BENDS = 60
CASES_A_BEND = 20
MOST_BENDS = 8
BEND_PRIOR = 0.5
BULK = (0.25, 0.6, 0.85)  # of all orders: the curve may bend there too, where hardly any case lies
CASES_FOR_SLOPE = 12
LEAST_SLOPE = 0.1
STEEPEST, FLATTEST = 5.0, 0.05
OUTSIDE = 8.0
ROUNDS = 6
MOST_STEPS, MOST_HALVINGS = 60, 30


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
        return np.asarray(_logistic(self.logit(np.asarray(margins, dtype=np.float64))), dtype=np.float64)

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


@dataclass(frozen=True, slots=True)
class Later:
    """Orders later than the training ones, (n,) each: margin, whether confirmed, whether their outcome is settled
    (a review cleared or confirmed them), and the share of cases known at their age."""

    margins: FloatArray
    confirmed: NDArray[np.bool_]
    settled: NDArray[np.bool_]
    known: FloatArray

    @classmethod
    def of(cls, margins: FloatArray, confirmed: NDArray[np.bool_]) -> Later:
        """Orders of which everything is known."""
        whole = np.ones(margins.size, dtype=np.bool_)
        return cls(margins, confirmed, whole, np.ones(margins.size))

    def still_to_come(self, probability: FloatArray) -> FloatArray:
        """Chance of each order to be a case, given that so far it is not known for one."""
        unknown = probability * (1 - self.known) / (1 - probability * self.known)
        return np.where(self.confirmed, 1.0, np.where(self.settled, 0.0, unknown))


def fit(later: Later) -> Calibrator:
    """The curve of later orders. Raises ValueError without at least one case and one other order."""
    count = int(later.confirmed.sum())
    if count in (0, later.confirmed.size):
        raise ValueError("calibration needs confirmed cases and other orders")
    target = later.confirmed.astype(np.float64)
    calibrator = _curve(later.margins, target, count)
    for _ in range(ROUNDS if (later.known < 1).any() else 0):
        target = later.still_to_come(calibrator.probability(later.margins))
        calibrator = _curve(later.margins, target, count)
    return calibrator


def floored(calibrator: Calibrator, later: Later, strangers: Later) -> Calibrator:
    """The curve with a floor, the mean over `later` kept.

    Among customers it has met a fresh booster is sure of its quiet orders. What new schemes hide there is seen on
    `strangers`, judged by boosters that met neither their time nor their customers: by how much their quiet three
    quarters hold more cases than those of `later`, three tenths of that the probability is at least. Fewer than five
    cases tell nothing.
    """
    quiet = strangers.margins < np.quantile(strangers.margins, QUIET)
    if int(strangers.confirmed[quiet].sum()) < FEWEST_QUIET:
        return calibrator
    floor = HIDDEN * (_quiet_rate(strangers) - _quiet_rate(later))
    if floor <= 0:
        return calibrator
    mean = float(calibrator.probability(later.margins).mean())
    knots = _finer(calibrator.margins, later.margins)
    logit = calibrator.logit(knots)
    low, high = -STEEPEST, 0.0
    for _ in range(50):
        middle = (low + high) / 2
        trial = _raised(logit + middle, floor)
        reached = float(_logistic(np.interp(later.margins, knots, trial)).mean())
        low, high = (middle, high) if reached < mean else (low, middle)
    return replace(
        calibrator, margins=knots, log_odds=_raised(logit + low, floor), method=f"{calibrator.method}, floor"
    )


def capped(calibrator: Calibrator, later: Later) -> Calibrator:
    """The curve, all but level above the rate of the highest of `later`: as many as there are cases, at most a hundred
    or a fourth of the cases.

    The booster that serves is surer of orders to come than those of the folds were of any they judged, so that the
    curve would be drawn on where nothing was seen; and a diverted order that is never found out is confirmed by nobody,
    however sure the booster is.
    """
    cases = int(later.confirmed.sum())
    several = min(max(HIGHEST, cases // HIGHEST_SHARE), max(FEWEST_HIGHEST, cases))
    highest = np.argsort(-later.margins, kind="stable")[:several]
    rate = float(later.still_to_come(calibrator.probability(later.margins))[highest].mean())
    rate = float(np.clip(rate, 1 / several, 1 - 1 / several))
    level = float(np.log(rate) - np.log1p(-rate))
    if later.margins.size <= 2 * several or level <= calibrator.log_odds[0]:
        return calibrator
    beyond = max(0.0, level - float(calibrator.log_odds[-1])) / calibrator.slope
    reached = float(np.interp(level, calibrator.log_odds, calibrator.margins)) + beyond
    kept = calibrator.margins < reached - CLOSEST
    rise = LEAST_RISE * FAR
    return replace(
        calibrator,
        margins=np.concatenate((calibrator.margins[kept], [reached, reached + FAR])),
        log_odds=np.concatenate((calibrator.log_odds[kept], [level, level + rise])),
        method=f"{calibrator.method}, cap",
    )


def _quiet_rate(orders: Later) -> float:
    """Cases, known or to come, per order among the quiet three quarters."""
    quiet = orders.margins < np.quantile(orders.margins, QUIET)
    return float((orders.confirmed[quiet] / orders.known[quiet]).mean())


def _finer(knots: FloatArray, margins: FloatArray) -> FloatArray:
    """The knots with others evenly between over the span of the margins."""
    between = np.linspace(margins.min(), margins.max(), FLOOR_KNOTS)
    return _apart(np.concatenate((knots, between)))


def _raised(log_odds: FloatArray, floor: float) -> FloatArray:
    """Log-odds of floor + (1 - floor) p."""
    raised = floor + (1 - floor) * _logistic(log_odds)
    return np.asarray(np.log(raised) - np.log1p(-raised), dtype=np.float64)


def _curve(margins: FloatArray, target: FloatArray, cases: int) -> Calibrator:
    line = _platt(margins, target, free_slope=cases >= CASES_FOR_SLOPE)
    if cases >= CASES_FOR_BENDS:
        knots = _bent(margins, target, line, cases)
        if knots is not None:
            return Calibrator(knots[0], knots[1], line[0], "bent line", margins.size, cases)
    center = float(margins.mean())
    method = "platt" if cases >= CASES_FOR_SLOPE else "level"
    level = np.array([line[0] * center + line[1]])
    return Calibrator(np.array([center]), level, line[0], method, margins.size, cases)


def _logistic(value: FloatArray) -> FloatArray:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(value, -35, 35))), dtype=np.float64)


def _platt(margins: FloatArray, target: FloatArray, *, free_slope: bool) -> tuple[float, float]:
    """Slope and level of the logistic fit by Newton's method, with Platt's smoothed targets."""
    positives = float(target.sum())
    negatives = target.size - positives
    smoothed = 1 / (negatives + 2) + target * ((positives + 1) / (positives + 2) - 1 / (negatives + 2))
    center = float(margins.mean())
    basis = np.column_stack((margins - center, np.ones_like(margins))) if free_slope else np.ones((margins.size, 1))
    offset = np.zeros_like(margins) if free_slope else margins - center
    start = np.array([1.0, np.log(positives / negatives)])[-basis.shape[1] :]
    found = _newton(basis, smoothed, start, np.zeros(basis.shape[1]), offset)
    slope = float(found[0]) if free_slope else 1.0
    if FLATTEST <= slope <= STEEPEST:
        return slope, float(found[-1]) - slope * center
    # A score that hardly orders, or orders perfectly: keep the line sane and its mean right.
    slope = float(np.clip(slope, FLATTEST, STEEPEST))
    return slope, _level(margins, positives / target.size, slope)


def _newton(
    basis: FloatArray, target: FloatArray, start: FloatArray, penalty: FloatArray, offset: FloatArray
) -> FloatArray:
    """Coefficients (k,) of a logistic fit on columns (n, k), each held towards 0 by its penalty (k,).

    A step that would make the fit worse is halved until it does not: full steps need not lead anywhere once the fit is
    steep.
    """

    def loss(at: FloatArray) -> float:
        odds = basis @ at + offset
        return float(np.logaddexp(0.0, odds).sum() - target @ odds + 0.5 * penalty @ at**2)

    found, reached = start.copy(), loss(start)
    for _ in range(MOST_STEPS):
        predicted = _logistic(basis @ found + offset)
        curve = np.maximum(predicted * (1 - predicted), 1e-12)
        hessian = (basis * curve[:, None]).T @ basis + np.diag(penalty + 1e-9)
        step = np.linalg.solve(hessian, basis.T @ (target - predicted) - penalty * found)
        lengths = (step / 2**halvings for halvings in range(MOST_HALVINGS))
        better = next(((each, worth) for each in lengths if (worth := loss(found + each)) < reached), None)
        if better is None:
            break
        found, reached = found + better[0], better[1]
        if np.abs(better[0]).max() < 1e-9:
            break
    return found


def _level(margins: FloatArray, rate: float, slope: float) -> float:
    """The level at which the mean probability equals the observed rate, by bisection."""
    low, high = -60.0, 60.0
    for _ in range(80):
        middle = (low + high) / 2
        mean = float(_logistic(slope * margins + middle).mean())
        low, high = (middle, high) if mean < rate else (low, middle)
    return (low + high) / 2


def _bent(
    margins: FloatArray, target: FloatArray, line: tuple[float, float], cases: int
) -> tuple[FloatArray, FloatArray] | None:
    """Knots of the line bent at quantiles of the cases' margins; None where there is nowhere to bend.

    The slope may change at each bend by a normal draw around 0; where it would fall below a tenth of Platt's it is
    held there, and the whole is moved so that the mean is right again.
    """
    bends = min(MOST_BENDS, cases // CASES_A_BEND)
    inner = _quantiles(margins, target, (np.arange(bends) + 0.5) / bends)
    inner = _apart(np.concatenate((np.quantile(margins, BULK), inner)))
    if inner.size < 2:
        return None
    slope, level = line
    hinges = np.maximum(margins[:, None] - inner[None, :], 0.0)
    basis = np.column_stack((margins, np.ones_like(margins), hinges))
    penalty = np.concatenate(([1e-6, 0.0], np.full(inner.size, BEND_PRIOR**-2)))
    start = np.concatenate(([slope, level], np.zeros(inner.size)))
    found = _newton(basis, target, start, penalty, np.zeros_like(margins))
    slopes = np.maximum(found[0] + np.concatenate(([0.0], np.cumsum(found[2:]))), LEAST_SLOPE * slope)
    knots = np.concatenate(([inner[0] - OUTSIDE], inner, [inner[-1] + OUTSIDE]))
    log_odds = np.concatenate(([0.0], np.cumsum(slopes * np.diff(knots))))
    log_odds += _shift(np.interp(margins, knots, log_odds), float(target.mean()))
    return knots, log_odds


def _apart(knots: FloatArray) -> FloatArray:
    """Knots in order, those too close to the one before left out."""
    ordered = np.sort(knots)
    return np.asarray(ordered[np.concatenate(([True], np.diff(ordered) > 0.05))])


def _quantiles(margins: FloatArray, target: FloatArray, shares: FloatArray) -> FloatArray:
    """Distinct quantiles of the margins weighted by the target."""
    order = np.argsort(margins, kind="stable")
    mass = np.cumsum(target[order])
    at = np.searchsorted(mass, shares * mass[-1])
    found = margins[order][np.minimum(at, margins.size - 1)]
    return np.asarray(found[np.concatenate(([True], np.diff(found) > 1e-3))])


def _shift(log_odds: FloatArray, rate: float) -> float:
    """What to add so that the mean probability is `rate`."""
    return _level(log_odds, rate, 1.0)
