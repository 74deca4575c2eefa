"""How far a model in service has gone from another on the same orders, and features from what they were.

Scores are compared on bins of one and a half in log-odds around the other's median: a level that moved by less than
a factor of two is no drift, and the many orders at the quiet end do not jump over an edge together.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Float32 = NDArray[np.float32]
HALF_BIN, BINS = 0.75, 8
FLOOR = 1e-4
CHI_SQUARED = 26.12  # its 0.999 quantile at 8 degrees of freedom
TENTHS = np.linspace(0, 1, 11)[1:-1]


def score_shift(before: FloatArray, after: FloatArray) -> float:
    """Population stability index of two samples of probabilities, over bins around the first one's median."""
    odds = [_log_odds(each) for each in (before, after)]
    steps = np.arange(-BINS, BINS + 1, dtype=np.float64)
    edges = float(np.median(odds[0])) + (2 * steps - 1) * HALF_BIN  # the median in the middle of a bin
    shares = [np.bincount(np.searchsorted(edges, each), minlength=edges.size + 1) / each.size for each in odds]
    return _index(shares[0], shares[1])


def chance_limit(orders: int) -> float:
    """What the index of so many orders stays below by chance, 999 times in 1,000: it times half of them is about
    chi-squared, with eight degrees of freedom for the bins that are met in practice."""
    return 2 * CHI_SQUARED / max(1, orders)


def _log_odds(probability: FloatArray) -> FloatArray:
    clipped = np.clip(probability, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(clipped / (1 - clipped)), dtype=np.float64)


def _index(before: FloatArray, after: FloatArray) -> float:
    first, second = np.maximum(before, FLOOR), np.maximum(after, FLOOR)
    return float(((second - first) * np.log(second / first)).sum())


def rank_agreement(own: FloatArray, other: FloatArray) -> float:
    """Spearman's rank correlation of two models' margins on the same orders.

    0 where only the own ones tell none apart; 1 where the other's do not: then there is nothing to agree on.
    """
    ranks = [_ranks(each) for each in (own, other)]
    if ranks[1].std() == 0:
        return 1.0
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1]) if ranks[0].std() > 0 else 0.0


def _ranks(values: FloatArray) -> FloatArray:
    """Ranks from 1; equal values share the mean of theirs."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - (counts - 1) / 2
    return np.asarray(middle[place], dtype=np.float64)


def beyond_chance(only_one: int, only_other: int, limit: float = 3.3) -> bool:
    """Whether two counts of disagreements on the same orders differ more than a coin's would (McNemar)."""
    apart = only_one + only_other
    return bool(apart) and abs(only_one - only_other) / apart**0.5 > limit


def feature_shift(before: Float32, after: Float32) -> list[dict[str, Any]]:
    """For each column of (n, f) and (m, f): stability index over the first one's tenths, and both missing rates.

    What is missing is a bin of its own.
    """
    return [_column(before[:, column], after[:, column]) for column in range(before.shape[1])]


def _column(before: Float32, after: Float32) -> dict[str, Any]:
    known = before[~np.isnan(before)]
    edges = np.unique(np.quantile(known, TENTHS)) if known.size else np.empty(0)
    shares = [_shares(each, edges) for each in (before, after)]
    return {
        "psi": _index(shares[0], shares[1]),
        "missing_before": float(shares[0][-1]),
        "missing": float(shares[1][-1]),
    }


def _shares(values: Float32, edges: NDArray[Any]) -> FloatArray:
    """Shares of the bins, the last that of the missing."""
    missing = np.isnan(values)
    counts = np.bincount(np.searchsorted(edges, values[~missing], side="right"), minlength=edges.size + 1)
    return np.append(counts, missing.sum()) / max(1, values.size)
