"""The calibration curve: right in level, strictly increasing, whole after a journey through JSON."""

from __future__ import annotations

import numpy as np
import orjson
import pytest

from models.calibrate import HIDDEN, HIGHEST, HIGHEST_SHARE, Calibrator, Later, capped, fit, floored


def drawn(orders: int, slope: float, level: float, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Margins and whether confirmed, with true log-odds slope * margin + level."""
    generator = np.random.default_rng(seed)
    margins = generator.normal(0, 1.5, orders)
    return margins, generator.random(orders) < 1 / (1 + np.exp(-(slope * margins + level)))


@pytest.mark.parametrize(("orders", "method"), [(60_000, "bent line"), (2_500, "platt"), (500, "level")])
def test_the_curve_meets_the_true_probability(orders: int, method: str) -> None:
    margins, cases = drawn(orders, 0.8, -4.5)
    calibrator = fit(Later.of(margins, cases))
    assert calibrator.method == method
    later, later_cases = drawn(100_000, 0.8, -4.5, seed=2)
    mean = calibrator.probability(later).mean()
    assert 0.5 < mean / later_cases.mean() < 2.0
    if method == "bent line":
        top = later > np.quantile(later, 0.98)
        assert 0.85 < calibrator.probability(later[top]).mean() / later_cases[top].mean() < 1.15


@pytest.mark.parametrize("seed", [10, 14, 16, 18])
def test_the_mean_is_right_where_the_curve_is_steep_and_then_level(seed: int) -> None:
    """Quiet orders close together, cases far above them, a third of which nobody finds: full steps of Newton's method
    lead nowhere here."""
    generator, orders = np.random.default_rng(seed), 40_000
    scheme = generator.random(orders) < 0.02
    margins = np.where(scheme, generator.normal(-1.2, 2.2, orders), generator.gamma(3, 0.4, orders) - 6.4)
    found = scheme & (generator.random(orders) < 0.62)
    known = np.where(generator.random(orders) < 0.3, generator.uniform(0.6, 1, orders), 1.0)
    cases = found & (generator.random(orders) < known)
    calibrator = fit(Later(margins, cases, cases, known))
    assert calibrator.probability(margins).sum() == pytest.approx((cases / known).sum(), rel=0.03)
    assert np.diff(calibrator.log_odds).max() < 10


@pytest.mark.parametrize("orders", [300, 3_000, 40_000])
def test_ranks_never_saturate(orders: int) -> None:
    margins, cases = drawn(orders, 1.5, -2.0)
    probability = fit(Later.of(margins, cases)).probability(np.linspace(-9, 9, 2001))
    assert (np.diff(probability) > 0).all()
    assert probability[0] > 0
    assert probability[-1] < 1


def test_a_useless_score_keeps_the_base_rate() -> None:
    generator = np.random.default_rng(3)
    margins, cases = generator.normal(size=20_000), generator.random(20_000) < 0.05
    assert np.abs(fit(Later.of(margins, cases)).probability(np.array([-2.0, 0.0, 2.0])) - 0.05).max() < 0.025


def test_a_perfect_score_stays_finite() -> None:
    margins = np.concatenate((np.full(500, -3.0), np.full(100, 4.0)))
    calibrator = fit(Later.of(margins, margins > 0))
    probability = calibrator.probability(np.array([-3.0, 4.0]))
    assert np.isfinite(calibrator.log_odds).all()
    assert probability[0] < 0.05
    assert probability[1] > 0.9


def test_json_keeps_every_bit() -> None:
    calibrator = fit(Later.of(*drawn(30_000, 1.0, -3.0)))
    again = Calibrator.from_json(orjson.loads(orjson.dumps(calibrator.to_json())))
    points = np.linspace(-8, 8, 501)
    assert np.array_equal(calibrator.probability(points), again.probability(points))


@pytest.mark.parametrize(
    "change",
    [{"margins": [0.0, 0.0], "log_odds": [0.0, 1.0]}, {"margins": [0.0, 1.0], "log_odds": [1.0, 0.0]},
     {"log_odds": [0.0]}, {"slope": 0.0}, {"margins": [], "log_odds": []}],
)  # fmt: skip
def test_knots_that_do_not_increase_are_refused(change: dict[str, object]) -> None:
    whole = fit(Later.of(*drawn(30_000, 1.0, -3.0))).to_json() | change
    with pytest.raises(ValueError, match="calibrator"):
        Calibrator.from_json(whole)


def test_without_cases_there_is_no_curve() -> None:
    with pytest.raises(ValueError, match="confirmed"):
        fit(Later.of(np.zeros(10), np.zeros(10, dtype=bool)))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_band_of_a_known_truth_holds_also_at_the_very_top(seed: int) -> None:
    margins, cases = drawn(60_000, 0.9, -4.0, seed)
    calibrator = fit(Later.of(margins, cases))
    later, _ = drawn(200_000, 0.9, -4.0, seed + 10)
    truth = 1 / (1 + np.exp(-(0.9 * later - 4.0)))
    predicted = calibrator.probability(later)
    for low, high in ((0.9, 0.95), (0.95, 0.98), (0.98, 0.99), (0.99, 0.995), (0.995, 1.0)):
        band = (later >= np.quantile(later, low)) & (later <= np.quantile(later, high))
        assert predicted[band].mean() == pytest.approx(truth[band].mean(), rel=0.2)
    assert np.unique(predicted[later >= np.quantile(later, 0.98)]).size > 3000


def test_a_truth_that_bends_is_followed() -> None:
    generator = np.random.default_rng(8)
    margins = generator.normal(0, 1.5, 120_000)
    truth = 1 / (1 + np.exp(-(-4.5 + 0.4 * margins + 1.6 * np.maximum(margins - 1.5, 0))))
    calibrator = fit(Later.of(margins, generator.random(margins.size) < truth))
    for low, high in ((0.0, 0.5), (0.8, 0.9), (0.98, 0.99), (0.995, 1.0)):
        band = (margins >= np.quantile(margins, low)) & (margins <= np.quantile(margins, high))
        assert calibrator.probability(margins[band]).mean() == pytest.approx(truth[band].mean(), rel=0.2)


def test_cases_still_to_come_are_counted_on() -> None:
    generator = np.random.default_rng(6)
    margins, cases = drawn(60_000, 1.0, -2.5)
    known = generator.uniform(0.5, 1.0, margins.size)
    seen = cases & (generator.random(margins.size) < known)
    calibrator = fit(Later(margins, seen, seen, known))
    naive = fit(Later.of(margins, seen))
    for low, high in ((0.0, 0.5), (0.9, 0.95), (0.99, 1.0)):
        band = (margins >= np.quantile(margins, low)) & (margins <= np.quantile(margins, high))
        truth = float((1 / (1 + np.exp(-(margins[band] - 2.5)))).mean())
        assert calibrator.probability(margins[band]).mean() == pytest.approx(truth, rel=0.08)
        assert naive.probability(margins[band]).mean() < 0.85 * truth


def test_a_floor_holds_what_strangers_hide_and_keeps_the_mean() -> None:
    generator = np.random.default_rng(3)
    margins = generator.normal(-5.0, 1.5, 40_000)
    sharp = generator.random(margins.size) < 1 / (1 + np.exp(-margins))
    later = Later.of(margins, sharp)
    hidden = Later.of(margins, sharp | (generator.random(margins.size) < 0.004))
    plain = fit(later)
    raised = floored(plain, later, hidden)
    assert floored(plain, later, later) is plain
    assert raised.probability(margins).mean() == pytest.approx(plain.probability(margins).mean(), rel=0.01)
    lowest, before = (float(each.probability(-10.0)) for each in (raised, plain))
    assert before < 0.001
    assert HIDDEN * 0.004 < lowest < 1.5 * HIDDEN * 0.004
    assert (np.diff(raised.probability(np.linspace(-20, 10, 5000))) > 0).all()
    assert Calibrator.from_json(raised.to_json()).logit(0.3) == raised.logit(0.3)


def test_the_curve_goes_no_higher_than_the_highest_orders_carry() -> None:
    """Half of what is surely diverted is never found out: however far a margin lies beyond, half is all there is."""
    generator = np.random.default_rng(5)
    margins = generator.normal(-4, 1.8, 30_000)
    found = generator.random(30_000) < 0.5 / (1 + np.exp(-margins))
    later = Later.of(margins, found)
    curve = fit(later)
    cap = capped(curve, later)
    highest = np.argsort(-margins)[: max(HIGHEST, int(found.sum()) // HIGHEST_SHARE)]
    beyond = np.linspace(margins.max(), margins.max() + 6, 50)
    assert curve.probability(beyond).max() > cap.probability(beyond).max()
    assert np.isclose(cap.probability(beyond).mean(), found[highest].mean(), atol=0.03)
    below = margins[margins < np.quantile(margins, 0.9)]
    assert np.allclose(cap.probability(below), curve.probability(below))
    assert (np.diff(cap.probability(np.linspace(-15, 15, 3001))) > 0).all()
    assert cap.method.endswith("cap")
    assert Calibrator.from_json(cap.to_json()).to_json() == cap.to_json()


def test_hardly_any_orders_leave_the_curve_as_it_is() -> None:
    margins, cases = drawn(15, 1.0, 0.0)
    later = Later.of(margins, cases)
    assert capped(fit(later), later).to_json() == fit(later).to_json()
