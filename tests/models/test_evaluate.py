"""Measures at review capacity, and the formula the field uses."""

from __future__ import annotations

import numpy as np
import pytest

from models.baselines import FACTOR_LIST_ONE, Purchases, dea_customer_class
from models.evaluate import Judged, best_single_feature, by_group, captured, evaluate, wilson


def test_tied_scores_are_counted_in_expectation() -> None:
    score = np.array([0.9, 0.5, 0.5, 0.5, 0.1])
    gain = np.array([1.0, 1.0, 0.0, 0.0, 1.0])
    assert captured(score, gain, 1) == 1
    assert captured(score, gain, 2) == pytest.approx(1 + 1 / 3)
    assert captured(score, gain, 4) == 2
    assert captured(score, gain, 9) == 3
    assert captured(np.zeros(100), np.ones(100), 5) == pytest.approx(5)


def test_wilson_interval_of_a_known_case() -> None:
    low, high = wilson(10, 100, z=1.96)
    assert low == pytest.approx(0.0552, abs=1e-3)
    assert high == pytest.approx(0.1744, abs=1e-3)
    assert wilson(0, 0) == (0.0, 1.0)


def test_recall_by_count_and_by_kilograms_differ() -> None:
    probability = np.linspace(0.9, 0.1, 200)
    confirmed = np.zeros(200, dtype=bool)
    confirmed[[0, 150]] = True
    kilograms = np.ones(200)
    kilograms[150] = 99
    at = {row["share"]: row for row in evaluate(Judged.of(probability, confirmed, kilograms))["review"]}
    assert at[0.01]["recall"] == 0.5
    assert at[0.01]["recall_kilograms"] == 0.01
    assert at[0.01]["precision"] == 0.5


def test_measures_without_cases_are_undefined_not_wrong() -> None:
    measured = evaluate(Judged.of(np.linspace(0, 1, 50), np.zeros(50, dtype=bool)))
    assert measured["average_precision"] is None
    assert measured["review"][0]["recall"] is None


def test_the_calibration_table_counts_every_order_once() -> None:
    generator = np.random.default_rng(1)
    probability = generator.random(5000) ** 3
    measured = evaluate(Judged.of(probability, generator.random(5000) < probability))
    assert sum(row["orders"] for row in measured["calibration"]) == 5000
    assert all(row["interval"][0] <= row["observed"] <= row["interval"][1] for row in measured["calibration"])
    assert measured["calibration_error"] < 0.03


def test_groups_are_recalled_within_the_shared_budget() -> None:
    probability = np.linspace(1, 0, 100)
    confirmed = np.zeros(100, dtype=bool)
    confirmed[[0, 1, 60]] = True
    groups = ["TY01", "TY02", *[None] * 58, "TY02", *[None] * 39]
    rows = {row["group"]: row["recall"] for row in by_group(Judged.of(probability, confirmed), groups)}
    assert rows == {"TY01": 1.0, "TY02": 0.5}


def test_the_feature_that_tells_all_is_named_first() -> None:
    generator = np.random.default_rng(2)
    values = generator.normal(size=(400, 3)).astype(np.float32)
    confirmed = values[:, 1] < -0.5
    values[::7, 1] = np.nan
    assert best_single_feature(values, confirmed, ["a", "b", "c"])[0]["feature"] == "b"


def test_the_customer_class_formula_by_hand() -> None:
    purchases = Purchases(
        customers=["A", "B", "A", "A", "C"],
        classes=["20", "20", "20", "20", "21"],
        months=[1, 1, 2, 2, 2],
        kilograms=[10.0, 30.0, 30.0, 90.0, 5.0],
        factors=[FACTOR_LIST_ONE] * 5,
    )
    assert dea_customer_class(purchases).tolist() == [0, 0, 30 / 60, 120 / 60, 0]


def test_months_older_than_a_year_leave_the_class_average() -> None:
    months = [0, 5, 13]
    purchases = Purchases(["A"] * 3, ["20"] * 3, months, [100.0, 10.0, 10.0], [1.0] * 3)
    assert dea_customer_class(purchases)[2] == 1.0
