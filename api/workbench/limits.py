"""Facts against limits: what a person reads first, from the figures stored with the order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from api.workbench import formats
from screening.errors import Language

# text key, fact of this order, limit or comparison (kilograms), and beyond how many times it stands out: half of all
# orders are above a median, so only twice one is worth a colour; a limit is a limit, less what rounding adds
ROWS = (
    ("limit.median", "order_kilograms", "goods_recent_median", 2.0),
    ("limit.long", "order_kilograms", "goods_long_median", 2.0),
    ("limit.month", "month_with_order", "threshold_kilograms", 1.001),
    ("limit.year", "year_with_order", "annual_need_kilograms", 1.001),
    ("limit.declared", "month_with_order", "declared_monthly_kilograms", 1.001),
    ("limit.authorised", "drawn_with_order", "authorised_kilograms", 1.001),
    ("limit.storage", "order_kilograms", "storage_kilograms", 1.001),
)
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
        _limit(language, key, (facts[fact], facts[limit]), over)
        for key, fact, limit, over in ROWS
        if facts.get(fact) is not None and facts.get(limit)
    ]


def _limit(language: Language, key: str, figures: tuple[float, float], over: float) -> Limit:
    fact, limit = figures
    times = fact / limit
    places = 0 if times >= 100 else 1 if times >= 10 else 2
    return Limit(
        key,
        formats.kilograms(language, fact),
        formats.kilograms(language, limit),
        f"{formats.number(language, times, places)}{formats.SPACE}×",
        "within" if times <= over else "far" if times > FAR_OVER else "over",
        min(times / FAR_OVER, 1.0),
    )
