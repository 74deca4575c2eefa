"""A stream of orders, amendments and outcomes as integer arrays, and the replay that turns it into facts.

The same compiled functions read and fold one order (`features.online`) and a whole stream (`features.offline`).
Row 0 of every book stands for a state that nobody else will ever read: it is read as new and never written.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from features import history, hubs, latest, profile
from features.batch import NO_PRICE
from features.compiled import compiled
from features.slots import HUBS, SLIM

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

ORDER, RETRACTION, OUTCOME = 0, 1, 2

# Deep states an order reads: its customer, its consignee, and its customer's history in the leading goods.
DEEP_SLOTS = ("customer", "consignee", "goods")
LATEST_SLOTS = DEEP_SLOTS[:2]  # over all goods
SLIM_SLOTS = tuple(SLIM)
HISTORY_FACTS = (
    *(f"{slot}_{fact}" for slot in DEEP_SLOTS for fact in history.DEEP_FACTS),
    *(f"{slot}_{fact}" for slot in LATEST_SLOTS for fact in latest.LATEST_FACTS),
    *(f"{slot}_{fact}" for slot in SLIM_SLOTS for fact in history.SLIM_FACTS),
    *profile.PROFILE_FACTS,
    *hubs.HUB_FACT_NAMES,
    *hubs.TIE_FACTS,
)
DEEP_WIDTH, SLIM_WIDTH, HUB_WIDTH = len(history.DEEP_FACTS), len(history.SLIM_FACTS), len(hubs.HUB_FACTS)
LATEST_WIDTH, LATEST_PARTIES = len(latest.LATEST_FACTS), len(LATEST_SLOTS)
LATEST_BASE = len(DEEP_SLOTS) * DEEP_WIDTH
SLIM_BASE = LATEST_BASE + len(LATEST_SLOTS) * LATEST_WIDTH
PROFILE_BASE = SLIM_BASE + len(SLIM_SLOTS) * SLIM_WIDTH
HUB_BASE = PROFILE_BASE + len(profile.PROFILE_FACTS)
TIE_BASE = HUB_BASE + len(hubs.HUB_FACT_NAMES)
PAIR = SLIM_SLOTS.index("customer_consignee")
FIRST_ORDERS = tuple(HUBS).index("customer_product")
GOODS_COUNT = 2 * DEEP_WIDTH + history.DEEP_FACTS.index("count")
GOODS_MEDIAN = 2 * DEEP_WIDTH + history.DEEP_FACTS.index("recent_median")
CUSTOMER_COUNT = history.DEEP_FACTS.index("count")
CUSTOMER_MEDIAN = history.DEEP_FACTS.index("recent_median")
LEAST_TO_COMPARE = 3


class Orders(NamedTuple):
    """Orders, one row each; goods are ragged, row i holding goods[start[i]:start[i + 1]], the first goods lead.

    Shapes: at (n,) microseconds; when (n, 2) day and month; total (n,) micro-kg; near (n,); price (n,) on its scale;
    owner (n,) key of the customer; customer, consignee, profile (n,) rows of their books, -1 for none; attributes
    (n, len(PROFILE)) hashes; slim, hub, node (n, slots) rows; start (n + 1,); goods (m,) rows of the deep book;
    quantity (m,) micro-kg.
    """

    at: IntArray
    when: IntArray
    total: IntArray
    near: IntArray
    price: IntArray
    owner: IntArray
    customer: IntArray
    consignee: IntArray
    profile: IntArray
    attributes: IntArray
    slim: IntArray
    hub: IntArray
    node: IntArray
    start: IntArray
    goods: IntArray
    quantity: IntArray


class Events(NamedTuple):
    """What happened, in order: kind (n,), the order concerned (n,), day and month of now (n, 2), and for outcomes
    label (n, 4): moment, verdict, step, month in which that outcome became known."""

    kind: IntArray
    order: IntArray
    when: IntArray
    label: IntArray


class Books(NamedTuple):
    """All states, row 0 of each empty for ever: deep, slim, profile, hub (k, size); parent (k,) and tied (k, 3)."""

    deep: IntArray
    slim: IntArray
    profile: IntArray
    hub: IntArray
    parent: IntArray
    tied: IntArray


@compiled
def read_order(orders: Orders, i: int, books: Books, out: FloatArray) -> None:
    """Facts of order i from the states as they stand, into out[0:len(HISTORY_FACTS)]; absent keys give NaN."""
    read_parties(orders, i, books, out)
    read_shared(orders, i, books, out)


@compiled
def read_parties(orders: Orders, i: int, books: Books, out: FloatArray) -> None:
    """What the order's parties and goods tell, into out[0:HUB_BASE]."""
    rows = (orders.customer[i], orders.consignee[i], orders.goods[orders.start[i]])
    for slot in range(3):
        part = out[slot * DEEP_WIDTH : (slot + 1) * DEEP_WIDTH]
        if rows[slot] >= 0:
            history.read_deep(books.deep[rows[slot]], orders.at[i], orders.when[i], part)
        else:
            part[:] = np.nan
    for slot in range(LATEST_PARTIES):
        part = out[LATEST_BASE + slot * LATEST_WIDTH : LATEST_BASE + (slot + 1) * LATEST_WIDTH]
        if rows[slot] >= 0:
            latest.read_latest(books.deep[rows[slot]], orders.at[i], orders.total[i], part)
        else:
            part[:] = np.nan
    for slot in range(orders.slim.shape[1]):
        part = out[SLIM_BASE + slot * SLIM_WIDTH : SLIM_BASE + (slot + 1) * SLIM_WIDTH]
        if orders.slim[i, slot] >= 0:
            history.read_slim(books.slim[orders.slim[i, slot]], orders.at[i], orders.owner[i], part)
        else:
            part[:] = np.nan
    profile.read_profile(
        books.profile[orders.profile[i]], orders.at[i], orders.attributes[i], out[PROFILE_BASE:HUB_BASE]
    )


@compiled
def read_shared(orders: Orders, i: int, books: Books, out: FloatArray) -> None:
    """What hubs and ties tell, into out[HUB_BASE:]."""
    for slot in range(orders.hub.shape[1]):
        part = out[HUB_BASE + slot * HUB_WIDTH : HUB_BASE + (slot + 1) * HUB_WIDTH]
        if orders.hub[i, slot] >= 0:
            hubs.read_hub(books.hub[orders.hub[i, slot]], orders.at[i], orders.when[i, 1], orders.owner[i], part)
        else:
            part[:] = np.nan
    hubs.read_ties(books.parent, books.tied, orders.node[i], out[TIE_BASE:])


@compiled
def is_unusual(orders: Orders, i: int, out: FloatArray) -> bool:
    """Whether order i, read into `out`, is far above this customer's median in these goods, or in all where new."""
    usual, known = out[GOODS_MEDIAN], out[GOODS_COUNT]
    if known < LEAST_TO_COMPARE:
        usual, known = out[CUSTOMER_MEDIAN], out[CUSTOMER_COUNT]
    mass = orders.quantity[orders.start[i]] / 1e6
    return bool(known >= LEAST_TO_COMPARE and mass > history.UNUSUAL_FACTOR * usual)


@compiled
def fold_order(orders: Orders, i: int, books: Books, out: FloatArray) -> None:
    """Make order i, read into `out`, part of its parties' history."""
    at, when, near = orders.at[i], orders.when[i], orders.near[i]
    unusual = is_unusual(orders, i, out)
    pair = orders.slim[i, PAIR]
    # A pair that meets in no other order is new; so is one whose state is still empty.
    new_pair = pair >= 0 and books.slim[pair, history.COUNT] == 0
    for row in (orders.customer[i], orders.consignee[i]):
        if row > 0:
            history.add_deep(books.deep[row], at, when, orders.total[i], near)
            if new_pair:
                history.note_partner(books.deep[row], at)
            if unusual:
                history.note_unusual(books.deep[row], at)
    for k in range(orders.start[i], orders.start[i + 1]):
        if orders.goods[k] > 0:
            history.add_deep(books.deep[orders.goods[k]], at, when, orders.quantity[k], near)
    for slot in range(orders.slim.shape[1]):
        if orders.slim[i, slot] > 0:
            history.add_slim(books.slim[orders.slim[i, slot]], at, orders.total[i], near, orders.owner[i])
    if orders.profile[i] > 0:
        profile.add_profile(books.profile[orders.profile[i]], at, orders.attributes[i])


@compiled
def retract_order(orders: Orders, i: int, books: Books) -> None:
    """Take order i out of the sums because an amendment replaces it."""
    when, near = orders.when[i], orders.near[i]
    for row in (orders.customer[i], orders.consignee[i]):
        if row > 0:
            history.retract_deep(books.deep[row], when, orders.total[i], near)
    for k in range(orders.start[i], orders.start[i + 1]):
        if orders.goods[k] > 0:
            history.retract_deep(books.deep[orders.goods[k]], when, orders.quantity[k], near)


@compiled
def label_order(orders: Orders, i: int, events: Events, e: int, books: Books) -> None:
    """Let every party of order i know the outcome of event e."""
    when, label = events.when[e], events.label[e]
    for row in (orders.customer[i], orders.consignee[i]):
        if row > 0:
            history.add_deep_label(books.deep[row], when, label)
    for k in range(orders.start[i], orders.start[i + 1]):
        if orders.goods[k] > 0:
            history.add_deep_label(books.deep[orders.goods[k]], when, label)
    for slot in range(orders.slim.shape[1]):
        if orders.slim[i, slot] > 0:
            history.add_label(books.slim[orders.slim[i, slot]], label[0], label[1], label[2])


@compiled
def fold_hubs(orders: Orders, events: Events, e: int, books: Books) -> None:
    """Make event e, whose day is over, part of what hubs and components know."""
    i, kind = events.order[e], events.kind[e]
    now = events.when[e, 1]
    root = hubs.root_of(books.parent, orders.node[i, 0])
    if kind == 2:
        for slot in range(orders.hub.shape[1]):
            if orders.hub[i, slot] > 0:
                hubs.add_hub_label(books.hub[orders.hub[i, slot]], events.label[e], now)
        if events.label[e, 1] == history.BAD_LABEL:
            books.tied[root, hubs.TIED_BAD] += events.label[e, 2]
        return
    sign = 1 if kind == 0 else -1
    first = kind == 0 and books.hub[orders.hub[i, FIRST_ORDERS], hubs.COUNT] == 0
    mass = orders.quantity[orders.start[i]]
    size = hubs.log_steps(mass) if mass > 0 else NO_PRICE
    what = np.array([orders.when[i, 1], size, orders.price[i], orders.owner[i], np.int64(first), now])
    for slot in range(orders.hub.shape[1]):
        if orders.hub[i, slot] > 0:
            hubs.add_hub(books.hub[orders.hub[i, slot]], what, sign)
    if kind == 0:
        hubs.tie(books.parent, books.tied, orders.node[i])
        root = hubs.root_of(books.parent, orders.node[i, 0])
    books.tied[root, hubs.TIED_ORDERS] += sign


@compiled
def fold_days(orders: Orders, events: Events, books: Books) -> None:
    """Make events, whose days are over, part of what hubs and components know, in their order."""
    for e in range(events.kind.shape[0]):
        fold_hubs(orders, events, e, books)


@compiled
def replay_parties(orders: Orders, events: Events, books: Books, span: tuple[int, int], out: FloatArray) -> None:
    """Run events span[0] to span[1] on parties and goods; the k-th order among them fills out[k, :HUB_BASE] with what
    it could know at its moment. Touches nothing that `replay_shared` does: both may run at once."""
    row = 0
    for e in range(span[0], span[1]):
        i = events.order[e]
        if events.kind[e] == ORDER:
            read_parties(orders, i, books, out[row])
            fold_order(orders, i, books, out[row])
            row += 1
        elif events.kind[e] == RETRACTION:
            retract_order(orders, i, books)
        else:
            label_order(orders, i, events, e, books)


@compiled
def replay_shared(orders: Orders, events: Events, books: Books, place: IntArray, out: FloatArray) -> None:
    """Run events place[0] to place[1] on hubs and ties; the k-th order among them fills out[k, HUB_BASE:].

    place[2] is the first event that they do not know yet; it moves to the first event of the day reached.
    """
    row = 0
    for e in range(place[0], place[1]):
        if events.kind[e] != ORDER:
            continue
        while place[2] < e and events.when[place[2], 0] < events.when[e, 0]:
            fold_hubs(orders, events, place[2], books)
            place[2] += 1
        read_shared(orders, events.order[e], books, out[row])
        row += 1
