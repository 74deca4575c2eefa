"""Training: time runs one way, directions hold, the same data gives the same model, thin streams still serve."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import orjson
import pytest
import xgboost
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from features.catalogue import feature_names, monotone_constraints, tells_outcomes
from models import unseen
from models.boosting import BoosterConfig, Lesson, fitted, weights
from models.crossed import Crossed
from models.default import stream_of
from models.errors import TrainingError
from models.folds import GAP_SHARE, Ways, sampled, split
from models.outcomes import Labels
from models.pipeline import Sources, Stream, TrainRequest, read_stream, save, scored, silent, train_files, training_data
from models.scorer import Scorer
from models.search import best
from models.simulator.config import SimulationConfig
from models.simulator.generate import simulate
from models.targets import DAY_MICROS, targets
from models.train import train
from models.training import TrainingConfig
from tests.models.conftest import QUICK, SMALL, Signed

START = datetime(2025, 1, 1, tzinfo=UTC)


def quick(trees: int) -> TrainingConfig:
    """A small model, parted simply."""
    return TrainingConfig(BoosterConfig(trees=trees), folds=2, blocks=1)


def thin_orders(count: int = 1500) -> tuple[list[dict[str, object]], list[str]]:
    """Only customer, consignee, quantity and time; one customer in ten steps up and is found out ten days later."""
    generator = np.random.default_rng(4)
    orders, labels = [], ["order_ref,outcome,known_at,source"]
    for number in range(count):
        at = START + timedelta(hours=6 * number)
        customer = int(generator.integers(0, 40))
        diverts = customer % 10 == 0 and number > 400 and generator.random() < 0.6
        quantity = round(float(generator.lognormal(3.0, 0.3)) * (9 if diverts else 1), 3)
        orders.append(
            {"reference": f"T-{number}", "received_at": at.isoformat(), "customer": {"id": f"C{customer}"},
             "consignee": {"id": f"K{customer % 15}"}, "lines": [{"quantity": quantity}]}
        )  # fmt: skip
        if diverts:
            labels.append(f"T-{number},diverted,{(at + timedelta(days=10)).isoformat()},test")
    return orders, labels


def write_thin(folder: Path, orders: list[dict[str, object]], labels: list[str]) -> tuple[Path, Path]:
    (folder / "orders.jsonl").write_bytes(b"\n".join(orjson.dumps(order) for order in orders))
    (folder / "labels.csv").write_text("\n".join(labels))
    return folder / "orders.jsonl", folder / "labels.csv"


def test_what_teaches_lies_before_what_it_judges_with_the_delay_between(stream: Stream, signed: Signed) -> None:
    data = training_data(stream, signed.until)
    parts = split(data.at, data.customer, data.targets, Ways(0.5, 2, 3))
    span = data.at[data.targets.used].max() - data.at[data.targets.used].min()
    gap = min(data.targets.embargo_days * DAY_MICROS, GAP_SHARE * span)
    assert len(parts.turns) == 6
    for taught, places in parts.turns:
        assert data.at[parts.late[places]].min() - data.at[taught].max() >= gap * 0.99
        assert data.targets.used[taught].all()
    assert data.targets.used[parts.late].all()


def test_no_customer_teaches_the_booster_that_judges_it(stream: Stream, signed: Signed) -> None:
    data = training_data(stream, signed.until)
    parts = split(data.at, data.customer, data.targets, Ways(0.5, 2, 3))
    for taught, places in parts.turns:
        assert not set(data.customer[taught].tolist()) & set(data.customer[parts.late[places]].tolist())
    judged = np.concatenate([places for _, places in parts.turns])
    assert np.array_equal(np.sort(judged), np.arange(parts.late.size))


@given(st.integers(0, 2**32 - 1), st.integers(2, 5), st.sampled_from([3, 40, 400]))
@settings(max_examples=40, deadline=None)
def test_no_split_of_any_stream_lets_a_group_straddle(seed: int, folds: int, customers: int) -> None:
    generator = np.random.default_rng(seed)
    at = np.sort(generator.integers(0, 400 * DAY_MICROS, 600))
    group = generator.integers(-(2**62), 2**62, customers)[generator.integers(0, customers, 600)]
    labels = Labels(
        np.arange(600), (generator.random(600) < 0.2).astype(np.int64), at + 5 * DAY_MICROS, np.zeros(600, bool)
    )
    made = targets(np.arange(600), at, labels, datetime.fromtimestamp(500 * 86_400, UTC))
    parts = split(at, group, made, Ways(0.5, 2, folds))
    for taught, places in parts.turns:
        assert at[taught].max() < at[parts.late].max()
        if len(parts.turns) > 1:
            assert not set(group[taught].tolist()) & set(group[parts.late[places]].tolist())


def test_sampling_keeps_every_label_and_stands_for_the_rest(stream: Stream, signed: Signed) -> None:
    made = training_data(stream, signed.until).targets
    rows = np.flatnonzero(made.used)
    labelled = rows[made.reviewed[rows]]
    most = labelled.size + 300
    chosen, stands_for = sampled(rows, made, most, 7)
    assert chosen.size == most
    assert set(labelled.tolist()) <= set(chosen.tolist())
    assert (np.diff(chosen) > 0).all()
    assert stands_for.sum() == pytest.approx(rows.size)
    assert (stands_for[made.reviewed[chosen]] == 1).all()
    again, _ = sampled(rows, made, most, 7)
    other, _ = sampled(rows, made, most, 8)
    assert np.array_equal(chosen, again)
    assert not np.array_equal(chosen, other)
    cases = rows[made.confirmed[rows]]
    few, weight = sampled(rows, made, cases.size + 10, 7)
    assert set(cases.tolist()) <= set(few.tolist())
    assert weight.sum() == pytest.approx(rows.size)


def test_being_chosen_for_review_teaches_nothing(stream: Stream, signed: Signed) -> None:
    made = training_data(stream, signed.until).targets
    rows = np.flatnonzero(made.used)
    weight = weights(made, Lesson(rows, np.ones(rows.size), 7, 1), BoosterConfig(case_weight=0.3))
    cleared = made.reviewed[rows] & ~made.confirmed[rows]
    silent = ~made.reviewed[rows]
    by_chance = made.random[rows]
    assert by_chance.any()
    assert set(weight[cleared & ~by_chance]) == set(weight[silent]) == {BoosterConfig().unlabelled_weight}
    assert set(weight[cleared & by_chance]) == {1.0}
    assert weight[made.confirmed[rows]].min() > 1
    plain = weights(made, Lesson(rows, np.ones(rows.size), 7, 1), BoosterConfig())
    assert plain[made.confirmed[rows]] == pytest.approx(1 / made.known[rows][made.confirmed[rows]])


def test_the_same_data_gives_the_same_signed_bytes(stream: Stream, signed: Signed, tmp_path: Path) -> None:
    trained = train(training_data(stream, signed.until), QUICK)
    request = TrainRequest((), tmp_path, signed.until, tmp_path / "model", signed.key, QUICK, synthetic=True)
    save(trained, request)
    for path in signed.folder.iterdir():
        assert (tmp_path / "model" / path.name).read_bytes() == path.read_bytes(), path.name


def test_boosters_fitted_side_by_side_are_the_same(stream: Stream, signed: Signed) -> None:
    data = training_data(stream, signed.until)
    config = TrainingConfig(BoosterConfig(trees=30), folds=3)
    parts = split(data.at, data.customer, data.targets, config.ways(data.at.size))
    margins = [Crossed(replace(data, at_once=several), parts, config).staged(config.booster) for several in (1, 3)]
    assert len(parts.turns) == 3
    assert np.array_equal(*margins)


def test_directions_of_the_catalogue_hold_in_the_model(scorer: Scorer, stream: Stream) -> None:
    generator = np.random.default_rng(3)
    values = stream.values[generator.integers(0, stream.values.shape[0], 150)]
    base = scorer.margins(values)
    directed = [column for column, direction in enumerate(monotone_constraints()) if direction]
    assert len(directed) > 20
    for column in directed:
        raised = values.copy()
        raised[:, column] += np.float32(abs(generator.normal()) * 10)
        change = (scorer.margins(raised) - base) * monotone_constraints()[column]
        assert np.nanmin(change) >= -1e-5, column


def test_what_was_not_used_is_said(signed: Signed) -> None:
    report = signed.trained.report
    assert report["rows"] == SMALL.orders
    assert report["used"] + sum(report["left_out"].values()) == report["rows"]
    assert report["left_out"]["too_young"] > 0
    assert report["out_of_time"]["confirmed"] == report["parts"]["late"]["confirmed"]
    assert sum(fold["judged"] for fold in report["folds"]) == report["parts"]["late"]["rows"]
    assert report["cases_expected"] >= report["confirmed"]
    assert report["delays"]["cases"] >= report["confirmed"]


def test_the_model_finds_more_than_chance(stream: Stream, signed: Signed) -> None:
    config = TrainingConfig(folds=2, blocks=1)  # as many trees as by default: forty have not learnt enough
    measured = train(training_data(stream, signed.until), config).report["out_of_time"]
    assert measured["auc"] > 0.65
    assert measured["average_precision"] > 2 * measured["confirmed"] / measured["orders"]


def test_too_few_cases_are_refused(stream: Stream, signed: Signed) -> None:
    data = training_data(stream, signed.until)
    few = replace(data, targets=replace(data.targets, confirmed=np.zeros_like(data.targets.confirmed)))
    with pytest.raises(TrainingError, match="0 confirmed"):
        train(few, QUICK)
    all_bad = replace(data, targets=replace(data.targets, confirmed=np.ones_like(data.targets.confirmed)))
    with pytest.raises(TrainingError, match="others"):
        train(all_bad, QUICK)


def test_a_stream_of_customer_consignee_quantity_and_time_trains_and_scores(tmp_path: Path) -> None:
    orders, labels = thin_orders()
    order_file, label_file = write_thin(tmp_path, orders, labels)
    key = Ed25519PrivateKey.generate()
    until = START + timedelta(days=300)
    request = TrainRequest([order_file], label_file, until, tmp_path / "model", key, quick(60))
    result = train_files(request)
    assert result["orders"]["refused"] == 0
    later = tmp_path / "later.jsonl"
    later.write_bytes(b"\n".join(orjson.dumps(order) for order in orders[1200:]))
    stream = read_stream(Sources([later], label_file, [order_file]))
    rows = list(scored(Scorer.load(tmp_path / "model", [key.public_key()]), stream))
    assert [row.order_ref for row in rows] == [order["reference"] for order in orders[1200:]]
    bad = {line.split(",")[0] for line in labels[1:]}
    ranked = sorted(rows, key=lambda row: -row.probability)[: len(bad & {row.order_ref for row in rows})]
    assert np.mean([row.order_ref in bad for row in ranked]) > 0.6


def test_what_is_known_later_changes_nothing(tmp_path: Path) -> None:
    orders, labels = thin_orders()
    until = START + timedelta(days=250)
    key = Ed25519PrivateKey.generate()
    hashes = []
    for name, more in (("a", False), ("b", True)):
        folder = tmp_path / name
        folder.mkdir()
        kept = [o for o in orders if more or datetime.fromisoformat(str(o["received_at"])) <= until]
        known = [line for line in labels[1:] if more or datetime.fromisoformat(line.split(",")[2]) <= until]
        files = write_thin(folder, kept, [labels[0], *known])
        request = TrainRequest([files[0]], files[1], until, folder / "model", key, quick(30))
        hashes.append(train_files(request)["report"]["data_sha256"])
    assert hashes[0] == hashes[1]


def test_a_label_counts_only_after_it_is_known(tmp_path: Path) -> None:
    orders, _ = thin_orders(60)
    known_at = START + timedelta(hours=6 * 30)
    labels = ["order_ref,outcome,known_at,source", *(f"T-{n},diverted,{known_at.isoformat()},x" for n in range(20))]
    order_file, label_file = write_thin(tmp_path, orders, labels)
    blind = read_stream(Sources([order_file])).values
    seeing = read_stream(Sources([order_file], label_file)).values
    assert np.array_equal(blind[:31], seeing[:31], equal_nan=True)
    assert not np.array_equal(blind[31:], seeing[31:], equal_nan=True)


def test_the_late_part_begins_earlier_where_it_would_hold_no_case(stream: Stream, signed: Signed) -> None:
    data = training_data(stream, signed.until)
    confirmed = data.targets.confirmed.copy()
    confirmed[len(confirmed) * 45 // 100 :] = False
    early = replace(data.targets, confirmed=confirmed)
    assert confirmed[split(data.at, data.customer, early, Ways(0.4, 2, 3)).late].any()


def test_the_search_is_seeded_and_keeps_to_its_budget(stream: Stream, signed: Signed) -> None:
    data = training_data(stream, signed.until)
    config = TrainingConfig(BoosterConfig(trees=20), folds=2, blocks=1)
    crossed = Crossed(data, split(data.at, data.customer, data.targets, config.ways(1)), config)
    assert best(crossed, config.booster, 0.0, silent).config == config.booster
    began = time.monotonic()
    first = best(crossed, config.booster, 1.0, silent)
    spent = time.monotonic() - began
    second = best(crossed, config.booster, 1.0, silent)
    assert spent < 60
    shared = min(len(first.trials), len(second.trials))
    assert shared >= 1
    assert first.trials[:shared] == second.trials[:shared]
    assert first.trials[0]["depth"] == config.booster.depth
    assert max(trial["objective"] for trial in first.trials) >= first.trials[0]["objective"]


def test_the_second_opinion_is_trees_that_add_up(stream: Stream) -> None:
    values = stream.values
    confirmed = np.arange(values.shape[0]) % 7 == 0
    made = xgboost.train(
        {"max_depth": 3, "nthread": 1, "base_score": 0.5, "objective": "binary:logistic"},
        xgboost.DMatrix(values, label=confirmed, nthread=1),
        5,
    )
    expected = made.predict(xgboost.DMatrix(values, nthread=1)).astype(np.float64)
    held = unseen.beliefs(
        values, unseen.Taught(confirmed, expected, np.ones(values.shape[0]), np.arange(values.shape[0])), unseen.LIFT
    )
    assert 5 < held.column.size <= len(unseen.indicators())
    both = unseen.appended(made, held)
    raised = values.copy()
    raised[::2, list(unseen.indicators())] = 1.0
    matrix = xgboost.DMatrix(raised, nthread=1)
    more = both.predict(matrix, output_margin=True) - made.predict(matrix, output_margin=True)
    assert np.abs(more - held.added(raised)).max() < 1e-4
    assert more[0] > 5.0
    contributions = both.predict(matrix, pred_contribs=True)
    assert np.abs(contributions.sum(axis=1) - both.predict(matrix, output_margin=True)).max() < 1e-4


def test_a_belief_fades_with_what_the_orders_show() -> None:
    column = unseen.indicators()[0]
    values = np.zeros((1000, len(feature_names())), dtype=np.float32)

    def gain(raised: int, cases: int, firms: int = 1000) -> float:
        values[:, column] = np.arange(1000) < raised
        confirmed = np.arange(1000) < cases
        taught = unseen.Taught(confirmed, np.full(1000, 0.05), np.ones(1000), np.arange(1000) % firms)
        held = unseen.beliefs(values, taught, unseen.LIFT)
        return dict(zip(held.column.tolist(), held.gain.tolist(), strict=True)).get(column, 0.0)

    assert gain(0, 0) == pytest.approx(np.log(unseen.LIFT))
    assert gain(0, 0) > gain(2, 0) > gain(5, 0) > gain(800, 0) == 0.0
    assert gain(5, 3) > gain(5, 0)
    assert gain(5, 0, firms=1) == gain(5, 0)
    column = feature_names().index("surge_that_stays")
    values[:] = 0.0
    times, _ = unseen.FIRMER["surge_that_stays"]
    assert gain(0, 0) == pytest.approx(np.log(unseen.LIFT * times))
    assert gain(40, 0) < gain(40, 0, firms=4) < gain(40, 0, firms=1) == pytest.approx(gain(1, 0))


def test_an_order_that_stands_in_the_history_too_is_scored_once_and_not_its_own_past(
    tmp_path: Path, scorer: Scorer
) -> None:
    orders, _ = thin_orders(80)
    whole = tmp_path / "whole.jsonl"
    whole.write_bytes(b"\n".join(orjson.dumps(order) for order in orders))
    tail = tmp_path / "tail.jsonl"
    tail.write_bytes(b"\n".join(orjson.dumps(order) for order in orders[50:]))
    rows = list(scored(scorer, read_stream(Sources([tail], None, [whole]))))
    alone = list(scored(scorer, read_stream(Sources([whole]))))[50:]
    assert rows == alone


def test_features_of_outcomes_are_those_that_labels_change() -> None:
    simulation = simulate(SimulationConfig(orders=3000, months=10, seed=3))
    known, blind = (stream_of(each).values for each in (simulation, replace(simulation, labels=[])))
    names = feature_names()
    changed = {name for k, name in enumerate(names) if not np.array_equal(known[:, k], blind[:, k], equal_nan=True)}
    assert len(changed) > 60
    assert all(tells_outcomes(name) for name in changed)


def test_the_first_trees_do_without_outcomes(stream: Stream, signed: Signed) -> None:
    data = training_data(stream, signed.until)
    rows = np.flatnonzero(data.targets.used)
    made = fitted(data.values, data.targets, Lesson(rows, np.ones(rows.size), 7, 1), BoosterConfig(), 40)
    names = feature_names()

    def asked(trees: xgboost.Booster) -> set[str]:
        return {names[int(key[1:])] for key in trees.get_score()}

    assert made.num_boosted_rounds() == 40
    assert not any(tells_outcomes(name) for name in asked(made[:12]))
    assert any(tells_outcomes(name) for name in asked(made[12:]))
