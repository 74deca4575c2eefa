"""The simulated stream: repeatable, valid, of the asked size, honest about what it hides."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import orjson
import pytest

from features.catalogue import feature_names
from features.intake import FiledOrder
from models.evaluate import best_single_feature
from models.pipeline import Stream
from models.simulator.config import HELD_OUT, SimulationConfig
from models.simulator.files import write
from models.simulator.generate import Simulation, simulate, simulate_world
from models.simulator.goods import ORDINARY
from models.simulator.typologies import TYPOLOGIES


def test_the_same_configuration_gives_the_same_bytes(tmp_path) -> None:
    config = SimulationConfig(orders=300, months=6, seed=3)
    first, second = write(simulate(config), tmp_path / "a"), write(simulate(config), tmp_path / "b")
    other = write(simulate(SimulationConfig(orders=300, months=6, seed=4)), tmp_path / "c")
    for name in first:
        assert first[name].read_bytes() == second[name].read_bytes()
    assert first["orders.jsonl"].read_bytes() != other["orders.jsonl"].read_bytes()


def test_every_order_is_valid_and_in_time_order(simulation: Simulation) -> None:
    orders = [FiledOrder.model_validate_json(orjson.dumps(body)) for body in simulation.orders]
    moments = [order.received_at for order in orders]
    assert moments == sorted(moments)
    assert len({order.reference for order in orders}) == len(orders)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("orders", [40, 700])
def test_the_stream_has_the_asked_size_and_share(orders: int, seed: int) -> None:
    simulation = simulate(SimulationConfig(orders=orders, months=9, seed=seed, diversion_share=0.1))
    marked = [row for row in simulation.truth if row.typology]
    assert len(simulation.orders) == orders
    assert len(marked) == round(orders * 0.1)


def test_all_twenty_four_typologies_exist_and_each_makes_a_scheme() -> None:
    assert sorted(TYPOLOGIES) == [f"TY{number:02d}" for number in range(1, 25)]
    for name in TYPOLOGIES:
        config = SimulationConfig(orders=150, months=12, seed=9, diversion_share=0.3, typologies=(name,))
        found = Counter(row.typology for row in simulate(config).truth)
        assert found[name] == 45, name


def test_an_unknown_typology_is_refused() -> None:
    with pytest.raises(ValueError, match="TY99"):
        simulate(SimulationConfig(orders=50, typologies=("TY99",)))


def test_strengths_and_onsets_are_kept(simulation: Simulation) -> None:
    marked = [row for row in simulation.truth if row.typology]
    assert {row.strength for row in marked} == {"weak", "medium", "strong"}
    received = {body["reference"]: datetime.fromisoformat(body["received_at"]) for body in simulation.orders}
    assert all(row.onset.replace(microsecond=0) <= received[row.order_ref] for row in marked if row.onset)


def test_labels_come_late_miss_some_and_accuse_a_few(simulation: Simulation) -> None:
    received = {body["reference"]: datetime.fromisoformat(body["received_at"]) for body in simulation.orders}
    assert all(label.known_at > received[label.order_ref] for label in simulation.labels)
    marked = {row.order_ref for row in simulation.truth if row.typology}
    bad = {label.order_ref for label in simulation.labels if label.outcome in {"diverted", "attempted"}}
    assert 0.2 < len(bad & marked) / len(marked) < 0.95
    outcomes = Counter(label.outcome for label in simulation.labels)
    assert outcomes["legitimate"] > 50
    accused = simulate(SimulationConfig(orders=800, seed=2, false_accusation_share=0.05))
    truth = {row.order_ref: row.typology for row in accused.truth}
    assert any(label.outcome == "diverted" and truth[label.order_ref] is None for label in accused.labels)


def test_honest_orders_show_the_traces_of_schemes_too(simulation: Simulation) -> None:
    honest = {row.order_ref for row in simulation.truth if row.typology is None}
    bodies = [body for body in simulation.orders if body["reference"] in honest]
    ordinary = {row[2] for row in ORDINARY}
    seen: Counter[str] = Counter()
    for body in bodies:
        seen["free zone"] += any(leg["place_type"] == "free_zone" for leg in body.get("route", {}).get("legs", ()))
        seen["forwarder"] += body.get("consignee", {}).get("type") in {"forwarder", "warehouse"}
        seen["neutral labels"] += bool(body.get("neutral_labels"))
        seen["amended"] += "amendments" in body
        seen["prepaid"] += body.get("payment", {}).get("terms") == "prepaid"
        seen["no declaration"] += "declaration" not in body
        seen["unknown goods"] += any(line.get("hs") in ordinary for line in body["lines"])
    assert min(seen[name] for name in seen) > 5, seen


def test_no_single_feature_gives_schemes_away(simulation: Simulation, stream: Stream) -> None:
    marked = {row.order_ref for row in simulation.truth if row.typology}
    truth = np.array([reference in marked for reference in stream.references])
    best = best_single_feature(stream.values, truth, feature_names())[0]
    assert best["auc"] < 0.80, best


def test_held_out_typologies_begin_after_the_moment_only() -> None:
    until = datetime(2024, 7, 1, tzinfo=UTC)
    chosen = ("TY01", *HELD_OUT)
    config = SimulationConfig(orders=900, months=12, seed=4, diversion_share=0.3, typologies=chosen)
    free = Counter(row.typology for row in simulate(config).truth if row.onset and row.onset <= until)
    assert min(free[name] for name in chosen) > 0
    held = simulate(replace(config, held_out=HELD_OUT, held_out_until=until))
    early = Counter(row.typology for row in held.truth if row.onset and row.onset <= until)
    late = Counter(row.typology for row in held.truth if row.onset and row.onset > until)
    assert early["TY01"] > 0
    assert early["TY16"] == early["TY18"] == 0
    assert min(late[name] for name in HELD_OUT) > 0
    hidden = {row.order_ref for row in held.truth if row.typology in HELD_OUT}
    assert not any(label.order_ref in hidden and label.known_at <= until for label in held.labels)


def test_holding_out_needs_a_moment_within_the_stream() -> None:
    with pytest.raises(ValueError, match="held_out_until"):
        SimulationConfig(held_out=HELD_OUT)
    with pytest.raises(ValueError, match="tenth"):
        SimulationConfig(months=12, held_out=HELD_OUT, held_out_until=datetime(2025, 1, 1, tzinfo=UTC))


def test_honest_companies_merge_rename_and_renew_what_they_declare(simulation: Simulation) -> None:
    honest = {row.order_ref: row.actor for row in simulation.truth if row.typology is None}
    ids, names, needs = ({actor: set() for actor in honest.values()} for _ in range(3))
    for body in simulation.orders:
        actor = honest.get(body["reference"])
        if actor is not None:
            ids[actor].add(body["customer"]["id"])
            names[actor].add(body["customer"]["name"])
            needs[actor].add(body["customer"].get("annual_need_kg"))
    assert any(len(found) == 2 for found in ids.values())
    assert any(len(names[actor]) > 1 and len(ids[actor]) == 1 for actor in ids)
    assert any(len(found - {None}) > 1 for found in needs.values())


def test_worlds_do_not_meet() -> None:
    config = SimulationConfig(orders=200, months=6, seed=3)
    first, second = simulate_world(config, 0), simulate_world(config, 1)
    for part in ("customer", "seller"):
        ids = [{body[part]["id"] for body in world.orders if part in body} for world in (first, second)]
        assert ids[0]
        assert not ids[0] & ids[1]
    references = {body["reference"] for body in first.orders}
    assert {row.order_ref for row in first.truth} == references
    assert {label.order_ref for label in first.labels} <= references
    bare = simulate(config).orders
    assert [body["received_at"] for body in bare] == [body["received_at"] for body in first.orders]
