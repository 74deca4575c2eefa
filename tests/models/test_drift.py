"""Shifts that matter are seen, and those of chance or of level are not taken for them."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.drift import beyond_chance, chance_limit, feature_shift, rank_agreement, score_shift

CHANCE = np.random.Generator(np.random.PCG64(3))
QUIET = 1 / (1 + np.exp(-CHANCE.normal(-4.5, 0.4, 500)))


def test_the_same_scores_have_not_moved() -> None:
    assert score_shift(QUIET, QUIET) == 0.0
    assert score_shift(QUIET[:250], QUIET[250:]) < 0.1


def test_few_orders_need_a_larger_shift_and_five_hundred_do_not() -> None:
    found = [score_shift(*np.split(1 / (1 + np.exp(-CHANCE.normal(-4.5, 1.5, 240))), 2)) for _ in range(200)]
    assert max(found) < chance_limit(60)  # two samples of 120: as noisy as one of half their size beside the truth
    assert chance_limit(500) < 0.25


def test_a_level_that_rose_by_half_is_no_break_and_one_turned_round_is() -> None:
    assert score_shift(QUIET, QUIET * 1.3) < 0.25
    assert score_shift(QUIET, 1 - QUIET) > 2
    assert score_shift(QUIET, np.full(500, QUIET.min() / 50)) > 2


@given(st.lists(st.integers(-500, 500), min_size=3, max_size=30, unique=True))
@settings(max_examples=50, deadline=None)
def test_ranks_agree_with_themselves_and_not_with_their_opposite(margins: list[int]) -> None:
    values = np.array(margins, dtype=np.float64)
    assert rank_agreement(values, values * 2 + 1) > 0.999
    assert rank_agreement(values, -values) < -0.999
    assert rank_agreement(np.zeros(values.size), values) == 0.0
    assert rank_agreement(values, np.zeros(values.size)) == 1.0


def test_counts_are_apart_only_beyond_chance() -> None:
    assert not beyond_chance(0, 0)
    assert not beyond_chance(8, 1)
    assert beyond_chance(30, 2)


def test_missing_values_are_a_bin_of_their_own() -> None:
    before = CHANCE.normal(size=(400, 3)).astype(np.float32)
    after = CHANCE.normal(size=(400, 3)).astype(np.float32)
    after[:, 1] += 3
    after[:200, 2] = np.nan
    same, moved, gone = feature_shift(before, after)
    assert same["psi"] < 0.1
    assert moved["psi"] > 0.25
    assert (gone["missing_before"], gone["missing"]) == (0.0, 0.5)
    assert gone["psi"] > 0.25


def test_a_column_nobody_knew_does_not_break() -> None:
    nothing = np.full((50, 1), np.nan, dtype=np.float32)
    assert feature_shift(nothing, nothing)[0] == {"psi": 0.0, "missing_before": 1.0, "missing": 1.0}


def test_the_index_of_two_samples_worked_out_by_hand() -> None:
    """Log-odds 0 and 3 fall into bins two apart; three quarters and a quarter change places: 2 x 0.5 ln 3."""
    even, likely = 0.5, 1 / (1 + np.exp(-3.0))
    before, after = np.array([even, even, even, likely]), np.array([even, likely, likely, likely])
    assert np.isclose(score_shift(before, after), np.log(3))


def test_the_index_of_a_feature_worked_out_by_hand() -> None:
    """Half of the orders at 0 and half at 1, then a quarter and three quarters; and a tenth, then half, missing."""
    before = np.array([[0.0, 1.0], [0.0, 1.0], [1.0, 1.0], [1.0, 1.0]] * 5, dtype=np.float32)
    after = np.array([[0.0, 1.0], [1.0, 1.0], [1.0, 1.0], [1.0, 1.0]] * 5, dtype=np.float32)
    before[:2, 1], after[:10, 1] = np.nan, np.nan
    moved, gone = feature_shift(before, after)
    assert np.isclose(moved["psi"], (0.25 - 0.5) * np.log(0.5) + (0.75 - 0.5) * np.log(1.5))
    assert (gone["missing_before"], gone["missing"]) == (0.1, 0.5)
    assert np.isclose(gone["psi"], (0.5 - 0.9) * np.log(0.5 / 0.9) + (0.5 - 0.1) * np.log(0.5 / 0.1))
