"""Route over time: how long the goods are under way."""

from __future__ import annotations

import numpy as np

from features.definition import Facts, FloatArray, feature, ratio


@feature(
    "days",
    0,
    label=("Days under way", "Дней в пути"),
    says=("{value:days} from the first stop to the last", "{value:days} от первой остановки до последней"),
    flags="R13",
)
def transit_days(facts: Facts) -> FloatArray:
    """Days between the expected arrivals at the first and the last stop."""
    return facts["transit_days"]


@feature(
    "ratio",
    0,
    label=("Days under way for the distance", "Дней в пути на расстояние"),
    says=(
        "{transit_days:days} for {travelled_km:number} km",
        "{transit_days:days} на {travelled_km:number} км",
    ),
    flags="R13 R15",
)
def days_for_distance(facts: Facts) -> FloatArray:
    """Days under way per thousand kilometres of the stated legs."""
    return ratio(facts["transit_days"], np.maximum(facts["travelled_km"], 100.0) / 1000.0)
