"""How the outcomes of a hub compare with those of everything: facts `<hub>_lift`, `_rate`, `_recent`, `_size`, `_cost`.

Rates are smoothed towards the rate of all orders, so that one case among few orders does not pass for certainty, and
told as octaves: 1 is twice the usual rate, -1 half of it. A hub of which no outcome is known yet stands at 0.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from features.compiled import compiled
from features.hubs import HUB_FACTS
from features.slots import HUB_NUMBER, HUBS

FloatArray = NDArray[np.float64]

RATED = ("lift", "rate", "recent", "size", "cost")
RATE_FACTS = tuple(f"{hub}_{fact}" for hub in HUBS for fact in RATED)
EVERYTHING = HUB_NUMBER["everything"]
WIDTH, MADE = len(HUB_FACTS), len(RATED)
STRENGTH = 3.0  # orders that the usual rate counts for
LEAST_TO_COMPARE = 5.0
NARROWEST_SIZE, NARROWEST_PRICE = 0.25, 0.1
FARTHEST = 12.0


@compiled
def lift(bad: float, count: float, usual: float) -> float:
    """Octaves of the smoothed rate bad / count over the usual rate."""
    return float(np.log2((bad + STRENGTH * usual) / (count + STRENGTH) / usual))


@compiled
def distance(value: float, mean: float, spread: float) -> float:
    """Spreads between a value and the usual one, at most twelve either way."""
    return min(max((value - mean) / spread, -FARTHEST), FARTHEST)


@compiled
def rate_hubs(known: FloatArray, size: float, price: float, out: FloatArray) -> None:
    """From the hub facts of one order, hub by hub in `known`, its RATE_FACTS in `out`; size and price in octaves."""
    everything = EVERYTHING * WIDTH
    bad, orders = known[everything + 1], known[everything]
    usual_of_outcomes = (bad + 0.5) / (known[everything + 2] + 10.0)
    usual_of_orders = (bad + 0.5) / (orders + 100.0)
    usual_recent = (known[everything + 5] + 0.5) / (known[everything + 6] + known[everything + 7] + 100.0)
    for hub in range(known.shape[0] // WIDTH):
        part = known[hub * WIDTH : (hub + 1) * WIDTH]
        made = out[hub * MADE : (hub + 1) * MADE]
        made[:] = np.nan
        if np.isnan(part[0]):
            continue
        made[0] = lift(part[1], part[2], usual_of_outcomes)
        made[1] = lift(part[1], max(part[0], part[1]), usual_of_orders)
        made[2] = lift(part[5], max(part[6] + part[7], part[5]), usual_recent)
        if part[0] >= LEAST_TO_COMPARE:
            made[3] = distance(size, part[9], max(part[10], NARROWEST_SIZE))
            made[4] = distance(price, part[11], max(part[12], NARROWEST_PRICE))


@compiled
def rate_rows(known: FloatArray, sizes: FloatArray, prices: FloatArray, out: FloatArray) -> None:
    """The same for rows (n, hubs * facts) into out (n, len(RATE_FACTS))."""
    for i in range(known.shape[0]):
        rate_hubs(known[i], sizes[i], prices[i], out[i])
