"""What a customer usually uses: its latest carriers, payers, contacts, accounts, delivery addresses.

A profile is a row of int64: for each attribute of `slots.PROFILE` the latest five values as hashes, latest first,
with the number of orders of each, how many different ones there were and when the last new one came.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from features.compiled import compiled
from features.history import days_between
from features.slots import PROFILE

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

KEPT = 5
ORDERS = 0
FIRST_ATTRIBUTE = 1
DISTINCT, CHANGED, VALUES = 0, 1, 2
COUNTS = VALUES + KEPT
WIDTH = COUNTS + KEPT
PROFILE_SIZE = FIRST_ATTRIBUTE + WIDTH * len(PROFILE)
ATTRIBUTE_FACTS = ("orders", "distinct", "days")
PROFILE_FACTS = tuple(f"usual_{name}_{fact}" for name in PROFILE for fact in ATTRIBUTE_FACTS)


@compiled
def read_profile(state: IntArray, at: int, values: IntArray, out: FloatArray) -> None:
    """Into out[0:len(PROFILE_FACTS)]: earlier orders with this order's value of each attribute, different values so
    far, days since the last new one came. NaN where the order states no value or there is nothing to compare with."""
    for attribute in range(values.shape[0]):
        base = FIRST_ATTRIBUTE + attribute * WIDTH
        part = out[attribute * 3 : attribute * 3 + 3]
        part[:] = np.nan
        if values[attribute] == 0 or state[base + DISTINCT] == 0:
            continue
        part[0] = 0.0
        for place in range(KEPT):
            if state[base + VALUES + place] == values[attribute]:
                part[0] = float(state[base + COUNTS + place])
        part[1] = float(state[base + DISTINCT])
        part[2] = days_between(at, state[base + CHANGED])


@compiled
def add_profile(state: IntArray, at: int, values: IntArray) -> None:
    """Fold one order: its values come first, the one unused for longest is forgotten."""
    state[ORDERS] += 1
    for attribute in range(values.shape[0]):
        value = values[attribute]
        if value == 0:
            continue
        base = FIRST_ATTRIBUTE + attribute * WIDTH
        place, count = KEPT - 1, 0
        known = False
        for candidate in range(KEPT):
            if state[base + VALUES + candidate] == value:
                place, count = candidate, state[base + COUNTS + candidate]
                known = True
                break
        if not known:
            state[base + DISTINCT] += 1
            state[base + CHANGED] = at
        for later in range(place, 0, -1):
            state[base + VALUES + later] = state[base + VALUES + later - 1]
            state[base + COUNTS + later] = state[base + COUNTS + later - 1]
        state[base + VALUES] = value
        state[base + COUNTS] = count + 1
