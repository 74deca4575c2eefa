"""Orders of like size and the longest pause: the ring read by the kernel against a list of the orders it may hold."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features import history, latest
from features.offline import build
from tests.features.builders import line, order
from tests.features.test_families import BUYER, value
from tests.features.test_pauses import OTHER, STORE

DAY = history.MICROS_PER_DAY
START = 20_000 * DAY
MONTH = np.array([20_000, 24_000], dtype=np.int64)  # rings of days and months are not looked at here


def read(orders: list[tuple[int, int]], at: int, quantity: int) -> tuple[float, float]:
    state = np.zeros(history.DEEP_SIZE, dtype=np.int64)
    for moment, mass in orders:
        history.add_deep(state, moment, MONTH, mass, 0)
    out = np.full(len(latest.LATEST_FACTS), -1.0)
    latest.read_latest(state, at, quantity, out)
    return float(out[0]), float(out[1])


MASSES = st.sampled_from((0, 79, 80, 81, 100, 124, 125, 126)) | st.integers(60, 160)


@st.composite
def streams(draw: st.DrawFn) -> tuple[list[tuple[int, int]], int]:
    """Earlier orders (moment, micro-kg; 0 unknown) and the moment of the one that asks; days and edges are frequent."""
    at, orders = START, []
    for gap, mass in draw(
        st.lists(st.tuples(st.sampled_from((0, 1, DAY // 24, DAY, 5 * DAY, 90 * DAY)), MASSES), max_size=70)
    ):
        at += gap
        orders.append((at, mass))
    return orders, at + draw(st.sampled_from((0, 1, DAY, 5 * DAY, 5 * DAY + 1)))


@given(streams(), st.integers(1, 160) | st.just(100))
@settings(max_examples=300, deadline=None)
def test_the_ring_tells_what_a_list_of_its_orders_tells(stream: tuple[list[tuple[int, int]], int], mass: int) -> None:
    orders, at = stream
    kept = [each for each in orders if each[1] > 0][-history.RECENT :]
    like = [each for each in kept if at - each[0] <= 5 * DAY and 80 * mass <= 100 * each[1] <= 125 * mass]
    moments = [*(moment for moment, _ in kept), at][-5:]
    gaps = [(later - earlier) / DAY for earlier, later in pairwise(moments)]
    found = read(orders, at, mass)
    assert found[0] == len(like)
    assert found[1] == pytest.approx(max(gaps, default=np.nan), nan_ok=True, rel=0)


def test_no_more_than_the_ring_is_counted_and_an_unknown_mass_is_like_nothing() -> None:
    busy = [(START + k, 100) for k in range(3 * history.RECENT)]
    assert read(busy, START + DAY, 100)[0] == history.RECENT
    assert np.isnan(read(busy, START + DAY, 0)[0])
    assert np.isnan(read([], START, 0)[0])


SPLIT: list[tuple[float, dict[str, Any], str]] = [
    (0.0, BUYER, "100"), (1.0, BUYER, "110"), (2.0, OTHER, "95"), (3.0, BUYER, "300"), (4.0, BUYER, "105")
]  # fmt: skip


def test_a_split_need_is_seen_at_its_customer_and_at_its_consignee() -> None:
    orders = [
        order(day, number, reference=f"L-{number}", customer=buyer, consignee=STORE, lines=[line(kilograms)])
        for number, (day, buyer, kilograms) in enumerate(SPLIT)
    ]
    assert value("customer_like_sized", *orders) == 2
    assert value("consignee_like_sized", *orders) == 3
    assert value("customer_like_sized", orders[0]) == 0
    assert np.isnan(value("consignee_like_sized", order()))
    assert np.isnan(value("customer_like_sized", order(lines=[line("3", "piece")])))


def test_all_goods_of_an_order_count_together() -> None:
    two = [line("40"), line("60", name="toluene", cas="108-88-3")]
    orders = [order(0, 0, reference="A", lines=two), order(1, 1, reference="B", lines=[line("100")])]
    assert value("customer_like_sized", *orders) == 1


def test_a_version_that_was_replaced_is_no_order_of_like_size() -> None:
    first, changed = order(0, 0, reference="A"), order(1, 1, reference="A", lines=[line("900")])
    facts = build([first, changed, order(2, 2, reference="B")]).facts
    assert facts["customer_like_5d"].tolist() == [0, 0, 0]
    assert facts["customer_longest_gap_days"][2] == 1
