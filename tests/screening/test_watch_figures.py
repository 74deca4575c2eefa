"""The figures of the watch, each against a value worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from features.catalogue import feature_names
from screening.modelling import watch
from screening.modelling.samples import Sample

WIDTH = len(feature_names())
STILL = {"psi": 0.0, "missing": 0.1, "missing_before": 0.1}


def sample(size: int, probability: float = 0.01) -> Sample:
    """Orders that all have one probability; the rest is not looked at."""
    return Sample(
        np.arange(size), np.zeros((size, 1), np.float32), np.zeros(size), np.full(size, probability), ["low"] * size
    )  # fmt: skip


def figures(shifts: list[dict[str, Any]], size: int, alerts: list[float]) -> dict[str, dict[str, float]]:
    return watch._figures(shifts, sample(500), sample(size), alerts)


@pytest.mark.parametrize(("moved", "broken"), [(1, 0.0), (2, 1.0)])
def test_a_quarter_of_the_features_may_move(moved: int, broken: float) -> None:
    shifts = [STILL | {"psi": 0.26}] * moved + [STILL | {"psi": 0.25}] + [STILL] * (5 - moved)
    found = figures(shifts, 500, [0.05, 0.05])["features"]
    assert found == {"value": round(moved / 6, 6), "bar": 0.25, "broken": broken}


def test_a_twentieth_may_go_missing_or_come_back() -> None:
    gone = STILL | {"missing": 0.31}
    back = {"psi": 0.0, "missing": 0.0, "missing_before": 0.21}
    assert figures([gone] + [STILL] * 19, 500, [0.05, 0.05])["missing"]["broken"] == 0.0
    assert figures([gone, back] + [STILL] * 18, 500, [0.05, 0.05])["missing"] == {
        "value": 0.1, "bar": 0.05, "broken": 1.0
    }  # fmt: skip


@pytest.mark.parametrize(
    ("size", "alerts", "value", "broken"),
    [
        (500, [0.02, 0.08], 4.0, 1.0),  # 0.06 apart; chance gives 3.3 x root of 0.16 / 500, which is 0.059
        (400, [0.02, 0.08], 4.0, 0.0),  # of fewer orders it gives 0.066
        (500, [0.10, 0.02], 0.2, 1.0),
        (5000, [0.05, 0.09], 1.8, 0.0),  # beyond chance and still below double
        (500, [0.0, 0.0], 1.0, 0.0),
    ],
)
def test_the_alert_rate_may_double_or_halve(size: int, alerts: list[float], value: float, broken: float) -> None:
    found = figures([STILL], size, alerts)["alert_rate"]
    assert (found["value"], found["bar"], found["broken"]) == (pytest.approx(value), 2.0, broken)


def test_the_worst_features_are_named_with_both_rates() -> None:
    shifts = [dict(STILL) for _ in range(WIDTH)]
    shifts[7]["psi"], shifts[3]["missing"] = 0.30001, 0.9
    first, second = watch._worst(shifts)[:2]
    assert first == {"feature": feature_names()[3], "psi": 0.0, "missing": 0.9, "missing_before": 0.1}
    assert second == {"feature": feature_names()[7], "psi": 0.3, "missing": 0.1, "missing_before": 0.1}
