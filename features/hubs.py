"""What many customers share, as of the end of the previous UTC day: a product, a lane, a carrier, a peer group.

A hub's state is a row of int64 like a party's, kept small because there are many: orders, outcomes, quantities and
prices on a scale of 1/1024 octave (base-2 logarithm), and seven calendar months of orders, confirmed cases and first
orders of somebody. Hubs are folded once a day, in the order of events; during a day they do not change. So an order
needs no lock on a product that hundreds buy, and what it reads may be kept in memory until midnight.

Ties join customers that share a telephone, an address, an account and so on into components (union-find).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from features.batch import NO_PRICE, PRICE_STEPS
from features.compiled import compiled
from features.history import BAD_LABEL, GOOD_LABEL, MICROS_PER_DAY
from features.slots import HUBS

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

COUNT, BAD, GOOD, LOSS, LAST_BAD, SIZES, SIZE_SUM, SIZE_SQUARES = 0, 1, 2, 3, 4, 5, 6, 7
PRICES, PRICE_SUM, PRICE_SQUARES, RING_MONTH, DISTINCT, OWNER = 8, 9, 10, 11, 12, 13
OWNERS = 3
MONTHS = 7
MONTH_COUNT = OWNER + OWNERS
MONTH_BAD = MONTH_COUNT + MONTHS
MONTH_FIRST = MONTH_BAD + MONTHS
HUB_SIZE = MONTH_FIRST + MONTHS
HUB_FACTS = (
    "orders", "confirmed", "outcomes", "losses", "confirmed_days", "confirmed_3m", "orders_3m", "orders_before_3m",
    "newcomers_3m", "usual_size", "size_spread", "usual_price", "price_spread", "others",
)  # fmt: skip
HUB_FACT_NAMES = tuple(f"{hub}_{fact}" for hub in HUBS for fact in HUB_FACTS)
# A component of ties: customers, orders, confirmed cases.
TIED_CUSTOMERS, TIED_ORDERS, TIED_BAD = 0, 1, 2
TIE_SIZE = 3
TIE_FACTS = ("tied_customers", "tied_orders", "tied_confirmed", "tied_components")


@compiled
def log_steps(quantity: int) -> int:
    """A positive quantity on the scale of 1/1024 octave."""
    return int(np.round(np.log2(float(quantity)) * PRICE_STEPS))


@compiled
def turn_month(state: IntArray, month: int) -> None:
    """Bring the ring of months to `month`, forgetting what has fallen out."""
    for passed in range(max(state[RING_MONTH] + 1, month - MONTHS + 1), month + 1):
        state[MONTH_COUNT + passed % MONTHS] = 0
        state[MONTH_BAD + passed % MONTHS] = 0
        state[MONTH_FIRST + passed % MONTHS] = 0
    state[RING_MONTH] = max(state[RING_MONTH], month)


@compiled
def add_hub(state: IntArray, what: IntArray, sign: int) -> None:
    """Fold one order, or with `sign` -1 take an amended one out.

    `what` is (month of the order, quantity and price on their scale or NO_PRICE, owner, 1 for a first order of these
    goods by the customer, month of now).
    """
    month, size, price, owner = what[0], what[1], what[2], what[3]
    turn_month(state, what[5])
    state[COUNT] += sign
    if size != NO_PRICE:
        state[SIZES] += sign
        state[SIZE_SUM] += sign * size
        state[SIZE_SQUARES] += sign * size * size
    if price != NO_PRICE:
        state[PRICES] += sign
        state[PRICE_SUM] += sign * price
        state[PRICE_SQUARES] += sign * price * price
    if month > state[RING_MONTH] - MONTHS:
        state[MONTH_COUNT + month % MONTHS] += sign
        state[MONTH_FIRST + month % MONTHS] += sign * what[4]
    known = min(state[DISTINCT], OWNERS)
    for slot in range(known):
        if state[OWNER + slot] == owner:
            return
    if known < OWNERS:
        state[OWNER + known] = owner
        state[DISTINCT] = known + 1


@compiled
def add_hub_label(state: IntArray, label: IntArray, now: int) -> None:
    """Fold an outcome: `label` (moment, verdict, step, month in which it became known), `now` the month of now."""
    turn_month(state, now)
    verdict, step = label[1], label[2]
    if verdict == BAD_LABEL:
        state[BAD] += step
        if step > 0:
            state[LAST_BAD] = label[0]
        if label[3] > state[RING_MONTH] - MONTHS:
            state[MONTH_BAD + label[3] % MONTHS] += step
    elif verdict == GOOD_LABEL:
        state[GOOD] += step
    else:
        state[LOSS] += step


@compiled
def read_hub(state: IntArray, at: int, month: int, owner: int, out: FloatArray) -> None:
    """What a hub tells an order of customer `owner`, into out[0:len(HUB_FACTS)]."""
    out[0] = float(state[COUNT])
    out[1] = float(state[BAD])
    out[2] = float(state[BAD] + state[GOOD])
    out[3] = float(state[LOSS])
    out[4] = float(at - state[LAST_BAD]) / MICROS_PER_DAY if state[LAST_BAD] != 0 else np.nan
    bad, recent, before, first = 0, 0, 0, 0
    for back in range(MONTHS):
        passed = month - back
        if state[RING_MONTH] - MONTHS < passed <= state[RING_MONTH]:
            slot = passed % MONTHS
            if back < 3:
                bad += state[MONTH_BAD + slot]
                recent += state[MONTH_COUNT + slot]
                first += state[MONTH_FIRST + slot]
            elif back < 6:
                before += state[MONTH_COUNT + slot]
    out[5], out[6], out[7], out[8] = float(bad), float(recent), float(before), float(first)
    moments(state, SIZES, out[9:11])
    moments(state, PRICES, out[11:13])
    others = 0
    for slot in range(min(state[DISTINCT], OWNERS)):
        if state[OWNER + slot] != owner:
            others += 1
    out[13] = float(others)


@compiled
def moments(state: IntArray, base: int, out: FloatArray) -> None:
    """Mean and standard deviation in octaves from (count, sum, squares) at `base`; NaN below 1 and 2."""
    count = state[base]
    out[0], out[1] = np.nan, np.nan
    if count > 0:
        mean = float(state[base + 1]) / count
        out[0] = mean / PRICE_STEPS
        if count > 1:
            out[1] = np.sqrt(max(float(state[base + 2]) / count - mean * mean, 0.0)) / PRICE_STEPS


@compiled
def root_of(parent: IntArray, node: int) -> int:
    """The component's root, shortening the way for those who come after."""
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node


@compiled
def tie(parent: IntArray, tied: IntArray, nodes: IntArray) -> None:
    """Join all nodes (rows, -1 or 0 for none) of one order into one component."""
    first = -1
    for place in range(nodes.shape[0]):
        if nodes[place] <= 0:
            continue
        root = root_of(parent, nodes[place])
        if first < 0:
            first = root
        elif root != first:
            parent[root] = first
            tied[first] += tied[root]
            tied[root] = 0


@compiled
def read_ties(parent: IntArray, tied: IntArray, nodes: IntArray, out: FloatArray) -> None:
    """Customers, orders and confirmed cases of the components that an order's keys belong to, into out[0:4]."""
    roots = np.full(nodes.shape[0], -1, dtype=np.int64)
    out[:] = 0.0
    size = 0
    for place in range(nodes.shape[0]):
        if nodes[place] <= 0:
            continue
        root = root_of(parent, nodes[place])
        seen = tied[root, TIED_ORDERS] == 0
        for other in range(size):
            seen = seen or roots[other] == root
        if not seen:
            roots[size] = root
            size += 1
            for fact in range(TIE_SIZE):
                out[fact] += float(tied[root, fact])
    out[3] = float(size)
