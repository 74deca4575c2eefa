"""Which orders teach: silence that is too young does not, and how late cases come is estimated from those that came."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from features.arrival import key_hash
from features.encode import micros
from features.records import Outcome, OutcomeRecord
from models.outcomes import Labels, labels_of
from models.targets import DAY_MICROS, LEAST_KNOWN, Targets, delay_curve, targets

DAY = timedelta(days=1)
START = datetime(2025, 3, 10, 12, tzinfo=UTC)


def labelled(days: range, outcome: Outcome, delay: float, source: str = "x") -> list[OutcomeRecord]:
    """Labels for the orders A-<day>, each known `delay` days after its order."""
    return [OutcomeRecord(f"A-{day}", outcome, START + (day + delay) * DAY, source) for day in days]


def made(days: int, outcomes: list[OutcomeRecord], names: list[str] | None = None) -> Targets:
    """Targets of one order a day, A-0, A-1 and so on, as of the last one."""
    references = names or [f"A-{day}" for day in range(days)]
    hashes = np.array([key_hash(name) for name in references], dtype=np.int64)
    at = np.array([micros(START + day * DAY) for day in range(days)], dtype=np.int64)
    return targets(hashes, at, labels_of(outcomes), START + (days - 1) * DAY)


def test_young_silence_says_nothing() -> None:
    known = made(100, labelled(range(10), "diverted", 20) + labelled(range(10, 12), "legitimate", 3))
    assert known.regime == "partial"
    assert known.embargo_days == 20
    assert known.used.sum() == 80
    assert known.left_out == {"too_young": 20}
    assert known.confirmed.sum() == 10
    assert known.reviewed.sum() == 12


def test_where_nearly_all_are_labelled_the_unlabelled_teach_nothing() -> None:
    known = made(60, labelled(range(20), "diverted", 5) + labelled(range(20, 55), "legitimate", 5))
    assert known.regime == "complete"
    assert known.left_out == {"unlabelled": 5}


def test_losses_and_earlier_versions_are_left_out() -> None:
    names = ["A-0", "A-0", "A-2", *(f"B-{day}" for day in range(97))]
    known = made(100, [OutcomeRecord("A-2", "loss_or_theft", START + 4 * DAY)], names)
    assert known.used[:4].tolist() == [False, True, False, True]
    assert known.left_out == {"amended_later": 1, "loss_or_theft": 1, "too_young": 30}


def test_a_later_judgement_replaces_an_earlier_one_and_unknown_withdraws_it() -> None:
    words: list[Outcome] = ["legitimate", "diverted", "unknown"]
    outcomes = [OutcomeRecord("A-0", word, START + (2 * n + 1) * DAY) for n, word in enumerate(words)]
    hashes = np.array([key_hash("A-0")], dtype=np.int64)
    at = np.array([micros(START)], dtype=np.int64)
    labels = labels_of(outcomes[::-1])
    told = [targets(hashes, at, labels, START + day * DAY) for day in (0, 1, 3, 5)]
    assert [each.confirmed[0] for each in told] == [False, False, True, False]
    assert [each.reviewed[0] for each in told] == [False, True, True, False]


def test_an_amendment_after_the_moment_is_not_known_at_it() -> None:
    hashes = np.array([key_hash("A-0")] * 2, dtype=np.int64)
    at = np.array([micros(START), micros(START + 100 * DAY)], dtype=np.int64)
    assert targets(hashes, at, Labels.none(), START + 90 * DAY).used.tolist() == [True, False]
    assert targets(hashes, at, Labels.none(), START + 300 * DAY).used.tolist() == [False, True]


def test_a_review_by_chance_is_told_from_one_by_suspicion() -> None:
    known = made(
        100, labelled(range(3), "legitimate", 1, "random_review") + labelled(range(3, 5), "legitimate", 1, "review")
    )
    assert known.random.sum() == 3
    assert known.reviewed.sum() == 5


def test_the_delay_curve_recovers_what_truncation_hides() -> None:
    generator = np.random.default_rng(5)
    delay = generator.lognormal(np.log(40), 0.7, 60_000)
    age = generator.uniform(0, 240, delay.size)
    seen = delay <= age
    curve = delay_curve(delay[seen], age[seen])
    # Known is the distribution of delays up to the longest age there is.
    for days in (15.0, 40.0, 80.0, 120.0):
        truth = (delay <= days).mean() / (delay <= 240).mean()
        naive = (delay[seen] <= days).mean()
        assert curve.known(np.array([days]))[0] == pytest.approx(max(truth, LEAST_KNOWN), abs=0.02)
        assert naive > truth + 0.01
    weighted = (1 / curve.known(age[seen & (age > 40)])).sum()
    assert weighted == pytest.approx((age > 40).sum(), rel=0.03)


def test_one_case_or_none_gives_a_curve_that_holds() -> None:
    none = delay_curve(np.zeros(0), np.zeros(0))
    assert none.known(np.array([3.0])).tolist() == [1.0]
    one = delay_curve(np.array([5.0]), np.array([9.0]))
    assert one.known(np.array([1.0, 5.0, 50.0])).tolist() == [LEAST_KNOWN, 1.0, 1.0]
    assert DAY_MICROS == 86_400_000_000
