"""Every run is kept with what made it; runs are found, compared, and never overwritten."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from features.catalogue import FINGERPRINT
from models.evaluate import Judged
from models.intervals import difference, draws, intervals, weighted_recall
from models.registry import open_artefact
from models.runs import Keeping, Run, RunUnknown, compare, figure, find, keep, kept
from tests.models.conftest import Signed

AT = datetime(2026, 1, 2, tzinfo=UTC)


def keeping(registry: Path) -> Keeping:
    return Keeping(registry, AT, {"commit": "c" * 40, "changed": False, "sha256": "d" * 64}, {"kind": "files"})


def kept_run(registry: Path, signed: Signed, version: str = "", changes: dict[str, object] | None = None) -> Run:
    about = {"version": version or "0f" * 8, "as_of": signed.until.isoformat(), "trainer_key": "k", "synthetic": True}
    trained = replace(signed.trained, report=signed.trained.report | (changes or {}))
    return keep(keeping(registry), trained, signed.folder, about)


def test_a_run_is_kept_with_all_that_made_it(signed: Signed, tmp_path: Path) -> None:
    run = kept_run(tmp_path, signed)
    record = run.record
    assert (record["number"], record["catalogue"]) == (1, FINGERPRINT)
    assert record["data"]["sha256"] == signed.trained.report["data_sha256"]
    assert record["code"]["commit"] == "c" * 40
    assert (record["seed"], record["parameters"]["booster"]["trees"]) == (7, 40)
    opened = open_artefact(run.model, [signed.key.public_key()])
    assert opened.json("card.json")["training"]["intervals"] == record["intervals"]
    for name in ("average_precision", "auc", "recall_1", "recall_5"):
        low, high = record["intervals"][name]
        assert low <= figure(record["metrics"], name) <= high
    assert record["plots"] == ["calibration.svg", "recall.svg", "scores.svg"]
    assert all((run.folder / "plots" / name).read_text().startswith("<svg") for name in record["plots"])
    for kind in {row["slice"] for row in record["slices"]}:
        rows = [row for row in record["slices"] if row["slice"] == kind]
        assert sum(row["orders"] for row in rows) == record["metrics"]["orders"]
        assert sum(row["cases"] for row in rows) == record["metrics"]["confirmed"]


def test_the_card_names_typologies_no_case_showed(signed: Signed) -> None:
    card = open_artefact(signed.folder, [signed.key.public_key()]).json("card.json")
    named = [row["id"] for row in card["typologies_unseen"]]
    assert named == signed.trained.report["typologies_unseen"]
    assert len(named) < 24
    assert all(row["en"] and row["ru"] for row in card["typologies_unseen"])


def test_runs_are_numbered_and_found_by_number_id_or_version(signed: Signed, tmp_path: Path) -> None:
    assert kept(tmp_path) == []
    first, second = kept_run(tmp_path, signed, "aa11"), kept_run(tmp_path, signed, "ab22")
    assert [run.id for run in kept(tmp_path)] == [first.id, second.id] == ["000001-aa11", "000002-ab22"]
    assert find(tmp_path, "2").id == find(tmp_path, second.id).id == find(tmp_path, "ab").id == second.id
    for name in ("3", "zz", "a"):
        with pytest.raises(RunUnknown):
            find(tmp_path, name)


def test_runs_at_once_get_numbers_of_their_own(signed: Signed, tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda number: kept_run(tmp_path, signed, f"v{number}"), range(6)))
    assert sorted(run.record["number"] for run in made) == [1, 2, 3, 4, 5, 6]
    assert len(kept(tmp_path)) == 6


def test_comparing_names_what_differs(signed: Signed, tmp_path: Path) -> None:
    report = signed.trained.report
    config = report["config"] | {"booster": report["config"]["booster"] | {"depth": 9}}
    far = {name: [value[0] + 2, value[1] + 2] for name, value in report["intervals"].items()}
    first = kept_run(tmp_path, signed)
    second = kept_run(tmp_path, signed, changes={"config": config, "intervals": far, "data_sha256": "x"})
    result = compare(first, second)
    assert result["parameters"] == {"booster.depth": [report["config"]["booster"]["depth"], 9]}
    assert (result["same_data"], result["same_code"], result["same_orders_judged"]) == (False, True, True)
    assert all(row["apart"] for row in result["metrics"])
    assert not any(row["apart"] for row in compare(first, first)["metrics"])


def test_intervals_hold_the_figure_and_widen_with_customers_found_together() -> None:
    generator = np.random.default_rng(3)
    confirmed = generator.random(4000) < 0.05
    score = np.clip(generator.normal(confirmed * 1.0, 1.0), -5, 5)
    judged = Judged.of(1 / (1 + np.exp(-score)), confirmed)
    apart = intervals(judged, np.arange(4000), 1)
    together = intervals(judged, np.arange(4000) % 40, 1)  # cases spread over few customers
    for found in (apart, together):
        assert found["auc"][0] < 0.76 < found["auc"][1] + 0.05
    grouped = intervals(judged, np.where(confirmed, generator.integers(0, 4, 4000), np.arange(4000) + 10), 1)
    assert grouped["recall_5"][1] - grouped["recall_5"][0] > apart["recall_5"][1] - apart["recall_5"][0]
    assert intervals(Judged.of(score, np.zeros(4000, bool)), np.arange(4000), 1) == {}


def test_a_model_is_no_different_from_itself_and_better_than_chance() -> None:
    generator = np.random.default_rng(3)
    confirmed = generator.random(3000) < 0.05
    score, noise = confirmed + generator.normal(0, 0.5, 3000), generator.normal(0, 1, 3000)
    weights = list(draws(np.arange(3000), 1, 50))

    def recall(values: np.ndarray, weight: np.ndarray) -> float:
        return weighted_recall(values, confirmed, weight, 0.05)

    assert difference(recall, (score, score), weights) == [0.0, 0.0]
    assert difference(recall, (score, noise), weights)[0] > 0.2
