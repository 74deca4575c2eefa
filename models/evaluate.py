"""How good a score is at the number of orders an office can review.

Tied scores are counted in expectation, as if reviewed in random order, so that a coarse score gains nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

REVIEW_SHARES = (0.005, 0.01, 0.02, 0.05)
BAND_EDGES = (0.0, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0)
Z90 = 1.6448536269514722
Z95 = 1.959964


@dataclass(frozen=True, slots=True)
class Judged:
    """Orders with a known outcome: probability (n,), confirmed (n,), kilograms (n,, NaN unknown), weight (n,)."""

    probability: FloatArray
    confirmed: BoolArray
    kilograms: FloatArray
    weight: FloatArray

    @classmethod
    def of(cls, probability: FloatArray, confirmed: BoolArray, kilograms: FloatArray | None = None) -> Judged:
        """All orders weighing the same."""
        mass = np.full(probability.shape, np.nan) if kilograms is None else kilograms
        return cls(probability, confirmed, mass, np.ones(probability.shape))


def captured(score: FloatArray, gain: FloatArray, budget: float) -> float:
    """Expected gain among the `budget` highest scores (a number of orders, may be a fraction)."""
    if budget <= 0 or score.size == 0:
        return 0.0
    order = np.argsort(-score, kind="stable")
    ranked, gains = score[order], gain[order]
    last = min(int(np.ceil(budget)), score.size) - 1
    tied = ranked == ranked[last]
    above = ranked > ranked[last]
    share = min(1.0, (budget - above.sum()) / tied.sum())
    return float(gains[above].sum() + share * gains[tied].sum())


def design_effect(confirmed: BoolArray, group: NDArray[np.int64]) -> float:
    """How much wider than for independent orders the variance of their rate is, as cases come in groups; at least 1.

    Orders of one customer are found out together: the sum of squared group residuals over that of independent draws.
    """
    rate = float(confirmed.mean())
    expected = confirmed.size * rate * (1 - rate)
    if expected <= 0:
        return 1.0
    _, place = np.unique(group, return_inverse=True)
    sums = np.bincount(place, weights=confirmed - rate)
    return max(1.0, float((sums**2).sum()) / expected)


def wilson(confirmed: float, total: float, z: float = Z90) -> tuple[float, float]:
    """Wilson interval of a rate (90 % by default); (0, 1) where nothing was seen."""
    if total <= 0:
        return 0.0, 1.0
    rate = confirmed / total
    middle = (rate + z * z / (2 * total)) / (1 + z * z / total)
    half = z * sqrt(rate * (1 - rate) / total + z * z / (4 * total * total)) / (1 + z * z / total)
    return max(0.0, middle - half), min(1.0, middle + half)


def evaluate(judged: Judged) -> dict[str, Any]:
    """All measures as plain JSON values; None where they are not defined (no case, no mass)."""
    cases = int(judged.confirmed.sum())
    both = 0 < cases < judged.confirmed.size
    return {
        "orders": int(judged.confirmed.size),
        "confirmed": cases,
        "average_precision": _rounded(average_precision_score(judged.confirmed, judged.probability)) if both else None,
        "auc": _rounded(roc_auc_score(judged.confirmed, judged.probability)) if both else None,
        "review": [_at(judged, share) for share in REVIEW_SHARES],
        "calibration": calibration_table(judged),
        "calibration_error": _calibration_error(judged),
    }


def _at(judged: Judged, share: float) -> dict[str, Any]:
    budget = share * judged.probability.size
    cases = judged.confirmed.astype(np.float64)
    mass = np.where(judged.confirmed, np.nan_to_num(judged.kilograms), 0.0)
    found = captured(judged.probability, cases, budget)
    total, kilograms = float(cases.sum()), float(mass.sum())
    return {
        "share": share,
        "reviewed": round(budget, 1),
        "recall": _rounded(found / total) if total else None,
        "recall_kilograms": _rounded(captured(judged.probability, mass, budget) / kilograms) if kilograms else None,
        "precision": _rounded(found / budget) if budget else None,
    }


def calibration_table(judged: Judged) -> list[dict[str, Any]]:
    """Per probability band: orders, mean prediction, observed rate and its 90 % Wilson interval."""
    rows = []
    for low, high in itertools.pairwise(BAND_EDGES):
        inside = (judged.probability >= low) & ((judged.probability < high) | (high == 1.0))
        weight = judged.weight[inside]
        total = float(weight.sum())
        if not inside.any() or total <= 0:
            continue
        confirmed = float((weight * judged.confirmed[inside]).sum())
        interval = wilson(confirmed, total)
        rows.append(
            {
                "from": low,
                "to": high,
                "orders": int(inside.sum()),
                "confirmed": int(judged.confirmed[inside].sum()),
                "predicted": _rounded(float(np.average(judged.probability[inside], weights=weight))),
                "observed": _rounded(confirmed / total),
                "interval": [_rounded(interval[0]), _rounded(interval[1])],
            }
        )
    return rows


def _calibration_error(judged: Judged) -> float | None:
    """Mean distance of predicted and observed rate over twenty equally filled bins, weighted by orders."""
    if judged.probability.size < 20:
        return None
    order = np.argsort(judged.probability, kind="stable")
    error = 0.0
    for part in np.array_split(order, 20):
        gap = float(judged.probability[part].mean()) - float(judged.confirmed[part].mean())
        error += abs(gap) * part.size / order.size
    return _rounded(error)


def by_group(judged: Judged, groups: Sequence[str | None], share: float = 0.05) -> list[dict[str, Any]]:
    """Recall of each group's cases (a typology, a strength) when `share` of all orders is reviewed."""
    budget = share * judged.probability.size
    members: dict[str, list[int]] = {}
    for position, group in enumerate(groups):
        if group and judged.confirmed[position]:
            members.setdefault(group, []).append(position)
    rows = []
    for group, positions in sorted(members.items()):
        gain = np.zeros(judged.probability.shape)
        gain[positions] = 1.0
        found = captured(judged.probability, gain, budget)
        rows.append({"group": group, "orders": len(positions), "recall": _rounded(found / len(positions))})
    return rows


def best_single_feature(
    values: NDArray[np.float32], confirmed: BoolArray, names: Sequence[str]
) -> list[Mapping[str, Any]]:
    """The ten features whose value alone orders the cases best, by AUC in either direction (missing in the middle).

    A stream on which one feature reaches 0.80 has its answer planted in that feature.
    """
    rows: list[Mapping[str, Any]] = []
    if not 0 < confirmed.sum() < confirmed.size:
        return rows
    for column, name in enumerate(names):
        value = values[:, column].astype(np.float64)
        known = np.isfinite(value)
        if not known.any():
            continue
        auc = _auc(np.where(known, value, np.median(value[known])), confirmed)
        rows.append({"feature": name, "auc": _rounded(max(auc, 1 - auc)), "known": _rounded(float(known.mean()))})
    return sorted(rows, key=lambda row: -float(row["auc"]))[:10]


def _auc(score: FloatArray, confirmed: BoolArray) -> float:
    """The chance that a case's score is above another's, ties counted half: one sort, for hundreds of columns."""
    ranked, cases = np.sort(score), score[confirmed]
    below = np.searchsorted(ranked, cases, "left") + np.searchsorted(ranked, cases, "right")
    count, others = cases.size, score.size - cases.size
    return float((below.sum() / 2 - count * count / 2) / (count * others))


def _rounded(value: float) -> float:
    return round(float(value), 6)
