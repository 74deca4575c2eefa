"""The margins of the folds' boosters on the scale of the booster that will serve.

Boosters of fewer rows and another share of cases differ in level and spread, and so does the one fitted at last on
everything. On orders that are no known case both are compared, the same orders by both: median and upper spread of
each fold's margins are brought to those of the serving booster. Known cases are left out of the comparison because
the serving booster has learnt them by heart.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

FEWEST_TO_COMPARE = 200
UPPER = 0.95
MOST = 2.0


def aligned(
    margins: FloatArray, serving: FloatArray, quiet: NDArray[np.bool_], parts: Iterable[IntArray]
) -> FloatArray:
    """`margins` (n,) on the scale of `serving` (n,), part by part; `quiet` (n,) marks orders that are no known case.

    A part with fewer than 200 of these keeps its margins; no spread changes more than twofold.
    """
    out = margins.copy()
    for places in parts:
        rows = places[quiet[places]]
        if rows.size < FEWEST_TO_COMPARE:
            continue
        low, high = np.quantile(margins[rows], (0.5, UPPER))
        level, top = np.quantile(serving[rows], (0.5, UPPER))
        scale = np.clip((top - level) / max(high - low, 1e-6), 1 / MOST, MOST)
        out[places] = level + (margins[places] - low) * scale
    return out
