"""How far figures on judged orders could be off: a bootstrap over customers, whose orders come to light together.

Every draw gives each customer a Poisson weight of mean 1. Two models are compared on the same draws, so that what both
find hard does not widen the interval of their difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from models.evaluate import REVIEW_SHARES, Judged

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
DRAWS = 200
LOW, HIGH = 0.05, 0.95


def intervals(judged: Judged, customer: IntArray, seed: int) -> dict[str, list[float]]:
    """90 % intervals of average precision, AUC, and recall and precision at each review share; none without both
    cases and others."""
    if not 0 < judged.confirmed.sum() < judged.confirmed.size:
        return {}
    ranked = _Ranked(judged.probability, judged.confirmed)
    figures = [ranked.figures(weight) for weight in draws(customer, seed)]
    return {name: _interval(np.array([each[name] for each in figures])) for name in figures[0]}


def difference(
    measure: Callable[[FloatArray, FloatArray], float], scores: tuple[FloatArray, FloatArray], weights: list[FloatArray]
) -> list[float]:
    """90 % interval of measure(first score, weight) - measure(second score, weight) over the drawn weights (n,)."""
    return _interval(np.array([measure(scores[0], weight) - measure(scores[1], weight) for weight in weights]))


def draws(customer: IntArray, seed: int, count: int = DRAWS) -> Iterator[FloatArray]:
    """Weights (n,) of the orders, one draw after another, from the customer of each (n,)."""
    _, place = np.unique(customer, return_inverse=True)
    generator = np.random.Generator(np.random.PCG64(seed))
    for _ in range(count):
        yield generator.poisson(1.0, int(place.max()) + 1 if place.size else 0)[place].astype(np.float64)


def weighted_recall(score: FloatArray, confirmed: NDArray[np.bool_], weight: FloatArray, share: float) -> float:
    """Recall of weighted orders when the highest `share` of their weight is reviewed; NaN without a case."""
    return _Ranked(score, confirmed).figures(weight, (share,))[f"recall_{share * 100:g}"]


class _Ranked:
    """Orders by falling score. Ties are taken as they come: the intervals are of figures, not the figures."""

    def __init__(self, score: FloatArray, confirmed: NDArray[np.bool_]) -> None:
        self.order = np.argsort(-score, kind="stable")
        self.case = confirmed[self.order].astype(np.float64)

    def figures(self, weight: FloatArray, shares: tuple[float, ...] = REVIEW_SHARES) -> dict[str, float]:
        weight = weight[self.order]
        cases, reviewed = np.cumsum(weight * self.case), np.cumsum(weight)
        total, others = cases[-1], reviewed[-1] - cases[-1]
        if total <= 0 or others <= 0:
            return dict.fromkeys(_names(shares), float("nan"))
        gained = weight * self.case
        below = others - (reviewed - cases)
        found = {
            "average_precision": float((gained * cases / np.maximum(reviewed, 1e-12)).sum() / total),
            "auc": float((gained * below).sum() / (total * others)),
        }
        for share in shares:
            last = int(np.searchsorted(reviewed, share * reviewed[-1]))
            found[f"recall_{share * 100:g}"] = float(cases[last] / total)
            found[f"precision_{share * 100:g}"] = float(cases[last] / max(reviewed[last], 1e-12))
        return found


def _names(shares: tuple[float, ...]) -> tuple[str, ...]:
    at = tuple(f"{kind}_{share * 100:g}" for share in shares for kind in ("recall", "precision"))
    return ("average_precision", "auc", *at)


def _interval(values: FloatArray) -> list[float]:
    known = values[np.isfinite(values)]
    return [round(float(np.quantile(known, share)), 6) for share in (LOW, HIGH)] if known.size else []
