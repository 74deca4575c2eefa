"""The calibration curve: right in level, strictly increasing, whole after a journey through JSON."""

from __future__ import annotations

import numpy as np
import orjson
import pytest

from models.calibrate import Calibrator, fit


def drawn(orders: int, slope: float, level: float, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Margins and whether confirmed, with true log-odds slope * margin + level."""
    generator = np.random.default_rng(seed)
    margins = generator.normal(0, 1.5, orders)
    return margins, generator.random(orders) < 1 / (1 + np.exp(-(slope * margins + level)))


@pytest.mark.parametrize(("orders", "method"), [(60_000, "isotonic bins"), (2_500, "platt"), (500, "level")])
def test_the_curve_meets_the_true_probability(orders: int, method: str) -> None:
    margins, cases = drawn(orders, 0.8, -4.5)
    calibrator = fit(margins, cases)
    assert calibrator.method == method
    later, later_cases = drawn(100_000, 0.8, -4.5, seed=2)
    mean = calibrator.probability(later).mean()
    assert 0.5 < mean / later_cases.mean() < 2.0
    if method == "isotonic bins":
        top = later > np.quantile(later, 0.98)
        assert 0.85 < calibrator.probability(later[top]).mean() / later_cases[top].mean() < 1.15


@pytest.mark.parametrize("orders", [300, 3_000, 40_000])
def test_ranks_never_saturate(orders: int) -> None:
    margins, cases = drawn(orders, 1.5, -2.0)
    probability = fit(margins, cases).probability(np.linspace(-9, 9, 2001))
    assert (np.diff(probability) > 0).all()
    assert probability[0] > 0
    assert probability[-1] < 1


def test_a_useless_score_keeps_the_base_rate() -> None:
    generator = np.random.default_rng(3)
    margins, cases = generator.normal(size=20_000), generator.random(20_000) < 0.05
    assert np.abs(fit(margins, cases).probability(np.array([-2.0, 0.0, 2.0])) - 0.05).max() < 0.025


def test_a_perfect_score_stays_finite() -> None:
    margins = np.concatenate((np.full(500, -3.0), np.full(100, 4.0)))
    calibrator = fit(margins, margins > 0)
    probability = calibrator.probability(np.array([-3.0, 4.0]))
    assert np.isfinite(calibrator.log_odds).all()
    assert probability[0] < 0.05
    assert probability[1] > 0.9


def test_json_keeps_every_bit() -> None:
    calibrator = fit(*drawn(30_000, 1.0, -3.0))
    again = Calibrator.from_json(orjson.loads(orjson.dumps(calibrator.to_json())))
    points = np.linspace(-8, 8, 501)
    assert np.array_equal(calibrator.probability(points), again.probability(points))


@pytest.mark.parametrize(
    "change",
    [{"margins": [0.0, 0.0], "log_odds": [0.0, 1.0]}, {"margins": [0.0, 1.0], "log_odds": [1.0, 0.0]},
     {"log_odds": [0.0]}, {"slope": 0.0}, {"margins": [], "log_odds": []}],
)  # fmt: skip
def test_knots_that_do_not_increase_are_refused(change: dict[str, object]) -> None:
    whole = fit(*drawn(30_000, 1.0, -3.0)).to_json() | change
    with pytest.raises(ValueError, match="calibrator"):
        Calibrator.from_json(whole)


def test_without_cases_there_is_no_curve() -> None:
    with pytest.raises(ValueError, match="confirmed"):
        fit(np.zeros(10), np.zeros(10, dtype=bool))
