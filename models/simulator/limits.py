"""The quantity a structuring scheme stays below: a real reporting threshold where one exists."""

from __future__ import annotations

from datetime import date

from features.reference.regimes import thresholds_for
from models.simulator.goods import Good

MICRO = 1_000_000


def reporting_limit_kg(good: Good, day: date) -> float:
    """The lowest dated mass or volume threshold of the good in kilograms, else a fifth of its usual order."""
    limits = []
    for row in thresholds_for(good.substance_id, day) if good.substance_id else ():
        if row.amount_micro is None or row.kind == "concentration":
            continue
        kilograms = row.amount_micro / MICRO
        limits.append(kilograms * (good.density or 1.0) if row.kind == "volume" else kilograms)
    usable = [limit for limit in limits if limit > 0.01]
    return min(usable) if usable else good.usual_kg / 5
