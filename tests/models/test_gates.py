"""A candidate no worse than the champion passes; one with a fault fails the gate of that fault, by so much."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
import xgboost
from hypothesis import given, settings
from hypothesis import strategies as st

from features.encode import micros
from models.errors import TrainingError
from models.frozen.rows import Rows
from models.gates import Bars, Trial, agreement, gates, stability_index, trial
from models.registry import SIGNED_FILES, open_artefact, write_artefact
from models.scorer import Scorer
from tests.models.conftest import Signed

# A few thousand orders hold few cases: the bars here leave room for chance, and for a busy machine.
BARS = Bars(capacity=0.05, calibration_gap=0.05, calibration_low=0.2, calibration_high=5.0, psi=1.0,
            alert_rate_change=4.0, latency_ms=60_000.0, slice_cases=5)  # fmt: skip


@pytest.fixture(scope="module")
def champion(early: Signed) -> Scorer:
    return Scorer.load(early.folder, [early.key.public_key()])


def changed(early: Signed, folder: Path, files: dict[str, bytes]) -> Scorer:
    """The model with other files, signed as it should be: faults that no signature shows."""
    artefact = open_artefact(early.folder, [early.key.public_key()])
    kept = {name: artefact.files[name] for name in SIGNED_FILES}
    write_artefact(folder, kept | files, {"as_of": artefact.manifest["as_of"]}, early.key)
    return Scorer.load(folder, [early.key.public_key()])


def tried(candidate: Scorer, champion: Scorer | None, rows: Rows, **bars: float) -> dict[str, Any]:
    return gates(trial(candidate, champion, rows, replace(BARS, **bars)))


def test_the_champion_itself_passes_and_only_later_orders_judge(champion: Scorer, rows: Rows, early: Signed) -> None:
    made = trial(champion, champion, rows, BARS)
    assert rows.at[made.judged].min() > micros(early.until)
    assert rows.targets(rows.as_of).used[made.judged].all()
    result = gates(made)
    assert (result["passed"], result["failed"], result["left_out"]) == (True, [], [])
    assert {each["gate"] for each in result["gates"]} == {
        "recall", "calibration", "slices", "stability", "agreement", "additivity", "latency"
    }  # fmt: skip
    assert all(each["short"] == 0.0 for each in result["gates"])


def test_a_model_of_upturned_labels_fails_recall_and_agreement_by_so_much(
    champion: Scorer, early: Signed, rows: Rows, tmp_path: Path
) -> None:
    others = ~rows.targets(rows.as_of).confirmed  # by chance shuffled labels can rank a few cases as well as any
    booster = xgboost.train({"objective": "binary:logistic", "nthread": 1, "max_depth": 2},
                            xgboost.DMatrix(rows.values, label=others), 5)  # fmt: skip
    result = tried(changed(early, tmp_path / "m", {"model.ubj": bytes(booster.save_raw("ubj"))}), champion, rows)
    assert {"recall", "agreement"} <= set(result["failed"])
    recall = result["gates"][0]
    assert recall["short"] == pytest.approx(-recall["value"] - BARS.recall_margin)
    assert recall["short"] > 0.05


def test_a_curve_that_is_too_high_fails_calibration_alone(
    champion: Scorer, early: Signed, rows: Rows, tmp_path: Path
) -> None:
    curve = orjson.loads((early.folder / "calibrator.json").read_bytes())
    curve["log_odds"] = [value + 4 for value in curve["log_odds"]]
    result = tried(changed(early, tmp_path / "m", {"calibrator.json": orjson.dumps(curve)}), champion, rows)
    assert "calibration" in result["failed"]
    assert not {"recall", "agreement", "additivity", "slices"} & set(result["failed"])


@pytest.mark.parametrize(
    ("bars", "gate"),
    [
        ({"latency_ms": 0.0}, "latency"), ({"additivity": 0.0}, "additivity"), ({"psi": 0.0}, "stability"),
        ({"agreement": 1.1}, "agreement"),
    ],
)  # fmt: skip
def test_each_bar_is_asked(champion: Scorer, rows: Rows, bars: dict[str, float], gate: str) -> None:
    assert tried(champion, champion, rows, **bars)["failed"] == [gate]


def test_without_a_champion_the_formula_is_the_bar(champion: Scorer, rows: Rows) -> None:
    result = tried(champion, None, rows)
    assert result["compared_with"] == "DEA customer-class formula"
    assert result["left_out"] == ["slices", "agreement"]
    assert result["gates"][0]["value"] > 0  # better than the formula


def test_too_few_cases_are_no_trial(champion: Scorer, rows: Rows, early: Signed) -> None:
    with pytest.raises(TrainingError, match="gates need"):
        trial(champion, None, replace(rows, as_of=early.until + timedelta(days=5)), BARS)


def test_bars_are_read_by_name() -> None:
    assert Bars.from_json({"capacity": 0.02}) == Bars(capacity=0.02)
    for wrong in ({"capcity": 1}, {"psi": "low"}, {"psi": -1}):
        with pytest.raises(ValueError, match="bar"):
            Bars.from_json(wrong)


@given(st.integers(0, 2**31), st.integers(50, 400))
@settings(max_examples=25, deadline=None)
def test_stability_and_agreement_of_a_score_with_itself(seed: int, size: int) -> None:
    score = np.random.default_rng(seed).random(size)
    assert stability_index(score, score) == 0.0
    assert stability_index(score, score**4) > 0.25
    assert agreement(score, score, 0.05) == 1.0
    assert agreement(score, -score, 0.05) == 0.0


def test_a_slice_that_loses_its_cases_is_named(champion: Scorer, rows: Rows) -> None:
    made = trial(champion, champion, rows, BARS)
    goods = rows.slices(made.judged)["goods"]
    worst = max(np.unique(goods), key=lambda group: int((made.confirmed & (goods == group)).sum()))
    other = np.where(made.confirmed, 1.0, made.own / 2)  # a champion that finds what there is
    blind = Trial(champion, champion, rows, made.judged, made.confirmed, BARS)
    blind.__dict__["other"] = other
    blind.__dict__["own"] = np.where(goods == worst, 0.0, other)  # as if these goods were never scored
    result = gates(blind)
    named = [each["figure"] for each in result["gates"] if each["gate"] == "slices" and not each["passed"]]
    assert any(figure.endswith(f"goods: {worst}") for figure in named)
