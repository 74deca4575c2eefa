"""A stream of orders, amendments and outcomes as integer arrays, and the replay that turns it into facts.

The same compiled functions read and fold one order (`features.online`) and a whole stream (`features.offline`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from features import history
from features.compiled import compiled

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

ORDER, RETRACTION, OUTCOME = 0, 1, 2

# Deep states an order reads: its customer, its consignee, and its customer's history in the leading goods.
DEEP_SLOTS = ("customer", "consignee", "goods")
SLIM_SLOTS = (
    "customer_consignee", "customer_carrier", "customer_payer", "customer_lane", "customer_broker",
    "account", "end_user", "phone", "address", "name", "authorisation", "device",
)  # fmt: skip
HISTORY_FACTS = tuple(f"{slot}_{fact}" for slot in DEEP_SLOTS for fact in history.DEEP_FACTS) + tuple(
    f"{slot}_{fact}" for slot in SLIM_SLOTS for fact in history.SLIM_FACTS
)


class Orders(NamedTuple):
    """Encoded orders, one row each; goods are ragged, row i holding goods[start[i]:start[i + 1]].

    Shapes: at (n,) microseconds; when (n, 2) day and month; total (n,) micro-kg; near (n,); owner (n,);
    customer, consignee (n,) rows of the deep states, -1 for none; slim (n, len(SLIM_SLOTS)) rows of the slim
    states; start (n + 1,); goods (m,) rows of the deep states; quantity (m,) micro-kg. The first goods lead.
    """

    at: IntArray
    when: IntArray
    total: IntArray
    near: IntArray
    owner: IntArray
    customer: IntArray
    consignee: IntArray
    slim: IntArray
    start: IntArray
    goods: IntArray
    quantity: IntArray


class Events(NamedTuple):
    """What happened, in order: kind (n,), the order concerned (n,) and for outcomes (moment, bad, step) (n, 3)."""

    kind: IntArray
    order: IntArray
    label: IntArray


@compiled
def read_order(orders: Orders, i: int, deep: IntArray, slim: IntArray, out: FloatArray) -> None:
    """Facts of order i from the states as they stand, into out[0:len(HISTORY_FACTS)]; absent keys give NaN."""
    width = len(history.DEEP_FACTS)
    rows = (orders.customer[i], orders.consignee[i], orders.goods[orders.start[i]])
    for slot in range(3):
        part = out[slot * width : (slot + 1) * width]
        if rows[slot] >= 0:
            history.read_deep(deep[rows[slot]], orders.at[i], orders.when[i], part)
        else:
            part[:] = np.nan
    narrow = len(history.SLIM_FACTS)
    base = 3 * width
    for slot in range(orders.slim.shape[1]):
        part = out[base + slot * narrow : base + (slot + 1) * narrow]
        row = orders.slim[i, slot]
        if row >= 0:
            history.read_slim(slim[row], orders.at[i], orders.owner[i], part)
        else:
            part[:] = np.nan


@compiled
def fold_order(orders: Orders, i: int, deep: IntArray, slim: IntArray) -> None:
    """Make order i part of history."""
    at, when, near = orders.at[i], orders.when[i], orders.near[i]
    history.add_deep(deep[orders.customer[i]], at, when, orders.total[i], near)
    if orders.consignee[i] >= 0:
        history.add_deep(deep[orders.consignee[i]], at, when, orders.total[i], near)
    for k in range(orders.start[i], orders.start[i + 1]):
        history.add_deep(deep[orders.goods[k]], at, when, orders.quantity[k], near)
    for slot in range(orders.slim.shape[1]):
        if orders.slim[i, slot] >= 0:
            history.add_slim(slim[orders.slim[i, slot]], at, orders.total[i], orders.owner[i])


@compiled
def retract_order(orders: Orders, i: int, deep: IntArray) -> None:
    """Take order i out of the sums because an amendment replaces it."""
    when, near = orders.when[i], orders.near[i]
    history.retract_deep(deep[orders.customer[i]], when, orders.total[i], near)
    if orders.consignee[i] >= 0:
        history.retract_deep(deep[orders.consignee[i]], when, orders.total[i], near)
    for k in range(orders.start[i], orders.start[i + 1]):
        history.retract_deep(deep[orders.goods[k]], when, orders.quantity[k], near)


@compiled
def label_order(orders: Orders, i: int, label: IntArray, deep: IntArray, slim: IntArray) -> None:
    """Let every party of order i know its outcome; `label` is (moment, bad, step), step -1 withdrawing it."""
    at, bad, step = label[0], label[1], label[2]
    history.add_label(deep[orders.customer[i]], at, bad, step)
    if orders.consignee[i] >= 0:
        history.add_label(deep[orders.consignee[i]], at, bad, step)
    for k in range(orders.start[i], orders.start[i + 1]):
        history.add_label(deep[orders.goods[k]], at, bad, step)
    for slot in range(orders.slim.shape[1]):
        if orders.slim[i, slot] >= 0:
            history.add_label(slim[orders.slim[i, slot]], at, bad, step)


@compiled
def replay(orders: Orders, events: Events, deep: IntArray, slim: IntArray, out: FloatArray) -> None:
    """Run all events; row i of `out` (n, len(HISTORY_FACTS)) gets what order i could know at its moment."""
    for e in range(events.kind.shape[0]):
        i = events.order[e]
        if events.kind[e] == 0:
            read_order(orders, i, deep, slim, out[i])
            fold_order(orders, i, deep, slim)
        elif events.kind[e] == 1:
            retract_order(orders, i, deep)
        else:
            label_order(orders, i, events.label[e], deep, slim)
