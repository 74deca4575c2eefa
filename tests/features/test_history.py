"""The compiled history against a slow one that keeps every order."""

from __future__ import annotations

import statistics
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features import history

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def when(at: datetime) -> np.ndarray:
    return np.array([(at - EPOCH).days, at.year * 12 + at.month - 1], dtype=np.int64)


def micros(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1)


def fold(orders: list[tuple[datetime, int]]) -> np.ndarray:
    state = np.zeros(history.DEEP_SIZE, dtype=np.int64)
    for at, quantity in orders:
        history.add_deep(state, micros(at), when(at), quantity, 0)
    return state


def facts(state: np.ndarray, at: datetime) -> dict[str, float]:
    out = np.empty(len(history.DEEP_FACTS))
    history.read_deep(state, micros(at), when(at), out)
    return dict(zip(history.DEEP_FACTS, out, strict=True))


@st.composite
def streams(draw: st.DrawFn) -> tuple[list[tuple[datetime, int]], datetime]:
    at = datetime(2023, 1, 1, tzinfo=UTC)
    orders = []
    for gap, quantity in draw(st.lists(st.tuples(st.integers(0, 60 * 24 * 40), st.integers(1, 10**12)), max_size=60)):
        at += timedelta(minutes=gap)
        orders.append((at, quantity))
    return orders, at + timedelta(minutes=draw(st.integers(0, 60 * 24 * 200)))


@given(streams())
@settings(max_examples=150, deadline=None)
def test_windows_and_calendar_sums_are_exact(stream: tuple[list[tuple[datetime, int]], datetime]) -> None:
    orders, now = stream
    found = facts(fold(orders), now)
    for days in (7, 30, 90):
        first = now.date() - timedelta(days=days - 1)
        inside = [quantity for at, quantity in orders if at.date() >= first]
        assert found[f"count_{days}d"] == len(inside)
        assert found[f"kilograms_{days}d"] == sum(inside) / 1e6
    month = [quantity for at, quantity in orders if (at.year, at.month) == (now.year, now.month)]
    year = [quantity for at, quantity in orders if at.year == now.year]
    assert found["month_kilograms"] == sum(month) / 1e6
    assert found["year_kilograms"] == sum(year) / 1e6
    assert found["kilograms"] == sum(quantity for _, quantity in orders) / 1e6


@given(streams())
@settings(max_examples=150, deadline=None)
def test_medians_and_means_are_those_of_the_orders(stream: tuple[list[tuple[datetime, int]], datetime]) -> None:
    orders, now = stream
    found = facts(fold(orders), now)
    recent = [quantity for at, quantity in orders[-history.RECENT :] if now - at <= timedelta(days=730)]
    if recent:
        assert found["recent_median"] == pytest.approx(statistics.median(recent) / 1e6, rel=1e-12)
    else:
        assert np.isnan(found["recent_median"])
    months: dict[date, int] = {}
    for at, quantity in orders:
        first = date(at.year, at.month, 1)
        months[first] = months.get(first, 0) + quantity
    back = {(now.year * 12 + now.month - 1) - (m.year * 12 + m.month - 1): q for m, q in months.items()}
    year = [q for distance, q in back.items() if 1 <= distance <= 12]
    if year:
        assert found["monthly_mean_12m"] == pytest.approx(sum(year) / 1e6 / len(year), rel=1e-12)
    else:
        assert np.isnan(found["monthly_mean_12m"])
    two = [q for distance, q in back.items() if 1 <= distance <= 24]
    if two:
        assert found["monthly_median_24m"] == pytest.approx(statistics.median(two) / 1e6, rel=1e-12)


@given(st.integers(1 << 8, 1 << 43))
def test_a_bin_holds_its_quantity_within_an_eighth(quantity: int) -> None:
    middle = history.middle_of_bin(history.bin_of(quantity))
    assert abs(middle - quantity) <= 0.126 * quantity


def test_long_run_median_does_not_follow_a_surge_as_the_recent_one_does() -> None:
    start = datetime(2024, 1, 1, tzinfo=UTC)
    calm = [(start + timedelta(days=day), 10**9) for day in range(0, 300, 3)]
    surge = [(start + timedelta(days=300 + day), 30 * 10**9) for day in range(0, 120, 3)]
    found = facts(fold(calm + surge), start + timedelta(days=421))
    assert found["recent_median"] == pytest.approx(30_000.0)
    assert found["long_median"] == pytest.approx(1_000.0, rel=0.13)


def test_a_retraction_undoes_the_sums_and_is_remembered() -> None:
    start = datetime(2025, 1, 5, tzinfo=UTC)
    state = fold([(start, 5_000_000), (start + timedelta(days=2), 7_000_000)])
    history.retract_deep(state, when(start), 5_000_000, 0)
    found = facts(state, start + timedelta(days=3))
    assert (found["count"], found["kilograms"], found["month_kilograms"]) == (1, 7.0, 7.0)
    assert found["recent_median"] == 7.0
    assert found["amended"] == 1


def test_slim_state_tells_other_owners_apart() -> None:
    state = np.zeros(history.SLIM_SIZE, dtype=np.int64)
    for at, owner in enumerate((11, 11, 22, 33, 44, 55, 66), start=1):
        history.add_slim(state, at, 1_000_000, 0, owner)
    out = np.empty(len(history.SLIM_FACTS))
    history.read_slim(state, 10, 11, out)
    found = dict(zip(history.SLIM_FACTS, out, strict=True))
    assert (found["count"], found["others"], found["kilograms"]) == (7, 3, 7.0)
