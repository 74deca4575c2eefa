"""What the latest orders of a customer or a consignee tell an order of its size: those of like size in a few days, the
longest pause just before.

Both come from the ring of a deep state (`features.history`): its latest 32 orders with a known mass. So at most 32 are
counted, however many a busy party places, and what is read does not grow with history. A version that an amendment
replaced leaves the ring; where several orders weigh the very same, the ring cannot tell which of them it was.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from features.compiled import compiled
from features.history import MICROS_PER_DAY, NEXT_RECENT, RECENT, RECENT_AT, RECENT_QUANTITY, days_between

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

LATEST_FACTS = ("like_5d", "longest_gap_days")
LIKE_DAYS = 5
GAPS = 4


@compiled
def read_latest(state: IntArray, at: int, quantity: int, out: FloatArray) -> None:
    """Into out[0:len(LATEST_FACTS)]: orders of the five days before `at` between 0.8 and 1.25 times `quantity`
    (micro-kg; NaN where it is unknown), and the longest of the last four gaps in days, the one before this order among
    them (NaN before the first order)."""
    like = 0
    longest = np.nan
    later, gaps = at, 0
    for back in range(1, min(state[NEXT_RECENT], RECENT) + 1):  # from the latest to the oldest
        slot = (state[NEXT_RECENT] - back) % RECENT
        moment, mass = state[RECENT_AT + slot], state[RECENT_QUANTITY + slot]
        recent = at - moment <= LIKE_DAYS * MICROS_PER_DAY
        if gaps >= GAPS and not recent:
            break
        if mass <= 0:
            continue
        if gaps < GAPS:
            gap = days_between(later, moment)
            longest = gap if gaps == 0 else max(longest, gap)
            later = moment
            gaps += 1
        if recent and 4 * quantity <= 5 * mass and 4 * mass <= 5 * quantity:
            like += 1
    out[0] = float(like) if quantity > 0 else np.nan
    out[1] = longest
