"""Facts against limits, and the waterfall's arithmetic."""

from __future__ import annotations

import pytest

from api.workbench.limits import limits
from api.workbench.waterfall import MARK, WIDTH, draw


def levels(**facts: float) -> dict[str, tuple[str, str]]:
    return {row.key: (row.level, row.times.replace("\u00a0", " ")) for row in limits("en", facts)}


def test_a_limit_stands_out_as_soon_as_it_is_passed_and_a_median_only_at_twice() -> None:
    found = levels(
        order_kilograms=150, goods_recent_median=100, goods_long_median=70, month_with_order=150,
        threshold_kilograms=150, annual_need_kilograms=100, year_with_order=400, storage_kilograms=149,
    )  # fmt: skip
    assert found == {
        "limit.median": ("within", "1.5 ×"),
        "limit.long": ("over", "2.14 ×"),
        "limit.month": ("within", "1 ×"),
        "limit.year": ("far", "4 ×"),
        "limit.storage": ("over", "1.01 ×"),
    }


def test_what_is_not_known_is_not_compared() -> None:
    assert levels() == {}
    assert levels(order_kilograms=5, storage_kilograms=0) == {}


def test_bars_join_and_end_at_the_margin() -> None:
    families = [("quantity", 1.5), ("route", -0.5), ("payment", 0.0), ("customer", 0.25)]
    fall = draw("en", -2.0, -0.75, families)
    assert [bar.kind for bar in fall.bars] == ["base", "up", "down", "up", "margin"]
    assert [bar.value for bar in fall.bars] == ["−2.00", "+1.50", "−0.50", "+0.25", "−0.75"]
    for above, below in zip(fall.bars, fall.bars[1:], strict=False):
        assert above.leaves == below.enters
    for bar in fall.bars:
        assert bar.x >= 0
        assert bar.x + bar.width <= WIDTH
    scale = (WIDTH - MARK) / 1.5
    assert fall.bars[2].width == pytest.approx(0.5 * scale, abs=0.1)
    assert "Quantity moved it most" in fall.summary


def test_an_explanation_that_moves_nothing_can_be_drawn() -> None:
    assert [bar.value for bar in draw("ru", -1.0, -1.0, []).bars] == ["−1,00", "−1,00"]
