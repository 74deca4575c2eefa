"""Facts against limits: what a person reads first, from the figures stored with the order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from api.workbench import formats
from screening.errors import Language

# text key, fact of this order, limit or comparison: kilograms
ROWS = (
    ("limit.median", "order_kilograms", "goods_recent_median"),
    ("limit.long", "order_kilograms", "goods_long_median"),
    ("limit.month", "month_with_order", "threshold_kilograms"),
    ("limit.year", "year_with_order", "annual_need_kilograms"),
    ("limit.declared", "month_with_order", "declared_monthly_kilograms"),
    ("limit.authorised", "drawn_with_order", "authorised_kilograms"),
    ("limit.storage", "order_kilograms", "storage_kilograms"),
)
OVER = 1.0
FAR_OVER = 3.0


@dataclass(frozen=True, slots=True)
class Limit:
    """One row: the fact, the limit and how many times over. `level` is within, over or far; `share` fills a meter."""

    key: str
    fact: str
    limit: str
    times: str
    level: str
    share: float


def limits(language: Language, facts: Mapping[str, float]) -> list[Limit]:
    """Rows whose fact and limit are both known, in the order of the table."""
    return [
        _limit(language, key, facts[fact], facts[limit])
        for key, fact, limit in ROWS
        if facts.get(fact) is not None and facts.get(limit)
    ]


def _limit(language: Language, key: str, fact: float, limit: float) -> Limit:
    times = fact / limit
    level = "within" if times <= OVER else "far" if times > FAR_OVER else "over"
    return Limit(
        key,
        formats.kilograms(language, fact),
        formats.kilograms(language, limit),
        f"{formats.amount(language, times)}{formats.SPACE}×",
        level,
        min(times / FAR_OVER, 1.0),
    )
