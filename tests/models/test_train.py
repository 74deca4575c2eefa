"""Training: time runs one way, directions hold, the same data gives the same model, thin streams still serve."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from features.catalogue import monotone_constraints
from models.errors import TrainingError
from models.pipeline import Sources, Stream, TrainRequest, read_stream, save, scored, train_files, training_data
from models.scorer import Scorer
from models.train import GAP_SHARE, TrainingConfig, split, train
from tests.models.conftest import QUICK, SMALL, Signed

START = datetime(2025, 1, 1, tzinfo=UTC)


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


def test_the_parts_follow_each_other_with_the_delay_between(stream: Stream, signed: Signed) -> None:
    data = training_data(stream, signed.until)
    parts = split(data, np.flatnonzero(data.targets.used), QUICK)
    assert data.at[parts.fit].max() < data.at[parts.stop].min()
    gap = data.at[parts.calibrate].min() - data.at[parts.stop].max()
    span = data.at[data.targets.used].max() - data.at[data.targets.used].min()
    assert gap >= min(data.targets.embargo_days * 86_400_000_000, GAP_SHARE * span) * 0.99
    assert data.targets.used[np.concatenate((parts.fit, parts.stop, parts.calibrate))].all()


def test_the_same_data_gives_the_same_signed_bytes(stream: Stream, signed: Signed, tmp_path: Path) -> None:
    trained = train(training_data(stream, signed.until), QUICK)
    request = TrainRequest((), tmp_path, signed.until, tmp_path / "model", signed.key, QUICK, synthetic=True)
    save(trained, request)
    for path in signed.folder.iterdir():
        assert (tmp_path / "model" / path.name).read_bytes() == path.read_bytes(), path.name


def test_directions_of_the_catalogue_hold_in_the_model(scorer: Scorer, stream: Stream) -> None:
    generator = np.random.default_rng(3)
    values = stream.matrix.values[generator.integers(0, stream.matrix.values.shape[0], 150)]
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
    assert report["out_of_time"]["confirmed"] == report["parts"]["calibrate"]["confirmed"]


def test_the_model_finds_more_than_chance(signed: Signed) -> None:
    measured = signed.trained.report["out_of_time"]
    assert measured["auc"] > 0.7
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
    request = TrainRequest([order_file], label_file, until, tmp_path / "model", key, TrainingConfig(trees=60))
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
        request = TrainRequest([files[0]], files[1], until, folder / "model", key, TrainingConfig(trees=30))
        hashes.append(train_files(request)["report"]["data_sha256"])
    assert hashes[0] == hashes[1]


def test_a_label_counts_only_after_it_is_known(tmp_path: Path) -> None:
    orders, _ = thin_orders(60)
    known_at = START + timedelta(hours=6 * 30)
    labels = ["order_ref,outcome,known_at,source", *(f"T-{n},diverted,{known_at.isoformat()},x" for n in range(20))]
    order_file, label_file = write_thin(tmp_path, orders, labels)
    blind = read_stream(Sources([order_file])).matrix.values
    seeing = read_stream(Sources([order_file], label_file)).matrix.values
    assert np.array_equal(blind[:31], seeing[:31], equal_nan=True)
    assert not np.array_equal(blind[31:], seeing[31:], equal_nan=True)


def test_the_last_part_begins_earlier_where_it_would_hold_no_case(stream: Stream, signed: Signed) -> None:
    data = training_data(stream, signed.until)
    confirmed = data.targets.confirmed.copy()
    confirmed[len(confirmed) * 6 // 10 :] = False
    early = replace(data, targets=replace(data.targets, confirmed=confirmed))
    assert confirmed[split(early, np.flatnonzero(data.targets.used), QUICK).calibrate].any()


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
