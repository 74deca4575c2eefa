"""Whole schemes in one word: raised where all their facts hold, silent where one of them has another reason."""

from __future__ import annotations

from typing import Any

import pytest

from features.records import OrderRecord
from tests.features.builders import line, order
from tests.features.test_families import BUYER, value

OTHER = {"name": "ОсОО «Краски юга»", "country": "KG", "registration_no": "2"}


def monthly(months: int, sizes: dict[int, int], need: float | None = None, pace: int = 3) -> list[OrderRecord]:
    """`pace` orders a month: 100 kg each, and from each month in `sizes` so many kilograms each."""
    buyer = BUYER | ({"annual_need_kg": need} if need else {})
    orders, size = [], 100
    for month in range(months):
        size = sizes.get(month, size)
        for turn in range(pace):
            number = month * pace + turn
            orders.append(
                order(month * 30.4 + turn * 9, number, reference=f"M-{number}", customer=buyer, lines=[line(str(size))])
            )
    return orders


@pytest.mark.parametrize(
    ("orders", "raised"),
    [
        (monthly(14, {10: 3000}, need=5000), 1),
        (monthly(30, {10: 3000}, need=5000), 1),  # twenty months on it is not yet usual
        (monthly(14, {10: 3000}), 1),
        (monthly(14, {10: 3000}, need=120_000), 0),  # the need was renewed
        (monthly(14, {13: 3000}, need=5000)[:-2], 0),  # one large order does not stay
        (monthly(30, {month: round(100 * 1.05**month) for month in range(30)}, need=5000), 0),  # honest growth
        (monthly(14, {}, need=5000), 0),
        (monthly(30, {10: 3000}, need=5000, pace=1), 0),  # too few early orders to speak of a level
    ],
)
def test_a_surge_that_stays_is_beyond_what_was_declared(orders: list[OrderRecord], raised: float) -> None:
    assert value("surge_that_stays", *orders) == raised


def series(days: tuple[float, ...], sizes: tuple[int, ...]) -> list[OrderRecord]:
    return [
        order(day, number, reference=f"S-{number}", lines=[line(str(size))])
        for number, (day, size) in enumerate(zip(days, sizes, strict=True))
    ]


@pytest.mark.parametrize(
    ("days", "sizes", "raised"),
    [
        ((0, 3, 7), (500, 520, 480), 1),
        ((0, 3), (500, 520), 0),
        ((0, 3, 7), (500, 520, 2000), 0),
        ((0, 40, 43, 47), (500, 500, 500, 500), 0),
    ],
)
def test_a_series_of_equal_orders_begins_a_history(
    days: tuple[float, ...], sizes: tuple[int, ...], raised: float
) -> None:
    assert value("begins_with_series", *series(days, sizes)) == raised


def bought(day: float, number: int, customer: dict[str, Any], phone: str) -> OrderRecord:
    return order(day, number, reference=f"P-{number}", customer=customer | {"phone": phone})


def test_a_newcomer_shares_what_another_has_just_used() -> None:
    shared, own = "+996 312 100100", "+996 312 200200"
    assert value("newcomer_sharing", bought(0, 0, BUYER, shared), bought(9, 1, OTHER, shared)) == 1
    assert value("newcomer_sharing", bought(0, 0, BUYER, shared), bought(90, 1, OTHER, shared)) == 0
    assert value("newcomer_sharing", bought(0, 0, BUYER, shared), bought(9, 1, OTHER, own)) == 0
    assert value("newcomer_sharing", bought(0, 0, BUYER, shared), bought(9, 1, BUYER, shared)) == 0
    early = bought(0, 0, OTHER, own)
    assert value("newcomer_sharing", early, bought(50, 1, BUYER, shared), bought(59, 2, OTHER, shared)) == 0
