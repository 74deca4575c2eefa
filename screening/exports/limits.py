"""Facts against limits: the figures of the order beside what they are compared with, in kilograms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# fact of the order, what it stands against: names of the figures that are kept with every assessment
PAIRS = (
    ("order_kilograms", "goods_recent_median"),
    ("order_kilograms", "goods_long_median"),
    ("month_with_order", "threshold_kilograms"),
    ("year_with_order", "annual_need_kilograms"),
    ("month_with_order", "declared_monthly_kilograms"),
    ("drawn_with_order", "authorised_kilograms"),
    ("order_kilograms", "storage_kilograms"),
)


def limits_of(facts: Mapping[str, float]) -> list[dict[str, Any]]:
    """Pairs of which both are known; `times` is fact over limit."""
    return [
        {"fact": fact, "kilograms": facts[fact], "limit": limit, "limit_kilograms": facts[limit],
         "times": facts[fact] / facts[limit]}
        for fact, limit in PAIRS
        if facts.get(fact) is not None and facts.get(limit)
    ]  # fmt: skip
