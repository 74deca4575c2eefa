"""A backtest learns at each cut what was known at it, and judges by what came after."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from api.commands.backtest_page import page
from features.encode import micros
from models.backtest import CONTENDERS, Plan, backtest, teaching
from models.boosting import BoosterConfig
from models.errors import TrainingError
from models.frozen.rows import Rows
from models.outcomes import BAD
from models.scorer import Scorer
from models.training import TrainingConfig
from tests.models.conftest import SMALL, Signed

QUICKEST = TrainingConfig(BoosterConfig(trees=20), folds=2, blocks=1, curve_blocks=1)
BEGIN = SMALL.start + timedelta(days=240)
PLAN = Plan(BEGIN, BEGIN + timedelta(days=120), timedelta(days=60), timedelta(days=45), 0.05, QUICKEST)


@pytest.fixture(scope="module")
def result(rows: Rows) -> dict[str, Any]:
    return backtest(rows, PLAN)


def test_a_cut_knows_no_later_label_and_no_younger_order(rows: Rows) -> None:
    data = teaching(rows, BEGIN, PLAN.embargo)
    used = np.flatnonzero(data.targets.used)
    assert data.at.max() <= micros(BEGIN)
    assert data.at[used].max() <= micros(BEGIN - PLAN.embargo)
    later = rows.labels.known_at > micros(BEGIN)
    assert later.any()
    blind = replace(rows, labels=rows.labels.chosen(~later))
    assert teaching(blind, BEGIN, PLAN.embargo).sha256() == data.sha256()
    no_wait = teaching(rows, BEGIN, timedelta(0)).targets
    assert no_wait.used.sum() - used.size == data.targets.left_out.get("embargo", 0)


def test_what_becomes_known_later_changes_no_score_of_a_cut(rows: Rows, result: dict[str, Any], early: Signed) -> None:
    champion = Scorer.load(early.folder, [early.key.public_key()])
    first = replace(PLAN, end=BEGIN + timedelta(days=60))
    flipped = rows.labels._replace(verdict=np.where(rows.labels.known_at > micros(BEGIN), BAD, rows.labels.verdict))
    again = backtest(replace(rows, labels=flipped), first, champion)
    assert again["champion"] == champion.version
    other = again["cuts"][0]
    assert again["contenders"]["champion"]["auc"] != again["contenders"]["retrained"]["auc"]
    assert other["expected"] == result["cuts"][0]["expected"]
    assert other["confirmed"] > result["cuts"][0]["confirmed"]


def test_every_order_is_judged_once_by_the_model_of_its_cut(rows: Rows, result: dict[str, Any]) -> None:
    assert [cut["cut"] for cut in result["cuts"]] == [
        BEGIN.isoformat(), (BEGIN + timedelta(days=60)).isoformat()
    ]  # fmt: skip
    between = rows.arrived(PLAN.end) - rows.arrived(BEGIN)
    assert sum(cut["orders"] for cut in result["cuts"]) == result["orders"] == between
    assert result["cuts"][1]["taught_by"] > result["cuts"][0]["taught_by"]
    assert set(result["contenders"]) == set(CONTENDERS)
    assert result["cuts"][0]["at_capacity"]["retrained"] == result["cuts"][0]["at_capacity"]["champion"]
    assert result["contenders"]["retrained"]["auc"] > result["contenders"]["formula"]["auc"]


def test_processes_that_share_the_features_give_the_same(rows: Rows, result: dict[str, Any]) -> None:
    shared = backtest(rows, replace(PLAN, processes=2))
    assert len(shared.pop("peak_mb_of_trainings")) in (1, 2)
    assert shared == {name: value for name, value in result.items() if name != "peak_mb_of_trainings"}
    with pytest.raises(TrainingError, match="confirmed cases are known"):
        backtest(rows, replace(PLAN, begin=SMALL.start + timedelta(days=30), processes=2))


def test_a_champion_that_knows_too_much_is_refused(rows: Rows, early: Signed) -> None:
    champion = Scorer.load(early.folder, [early.key.public_key()])
    with pytest.raises(TrainingError, match="after the first cut"):
        backtest(rows, replace(PLAN, begin=BEGIN - timedelta(days=1)), champion)


def test_too_little_to_learn_from_or_to_judge_by_is_said(rows: Rows) -> None:
    with pytest.raises(TrainingError, match="confirmed cases are known"):
        backtest(rows, replace(PLAN, begin=SMALL.start + timedelta(days=30)))
    with pytest.raises(TrainingError, match="nothing to judge by"):
        backtest(rows, replace(PLAN, end=BEGIN + timedelta(hours=20)))


def test_the_page_tells_all_of_it(result: dict[str, Any]) -> None:
    text = page(result | {"synthetic": True})
    assert text.count("<svg") == 2
    assert all(cut["cut"][:10] in text for cut in result["cuts"])
    assert "DEA customer-class formula" in text
    assert "Simulated orders" in text
    assert "<script" not in text
