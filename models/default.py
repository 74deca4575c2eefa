"""The default model: trained at set-up on the simulator, so that no model has to be shipped or trusted unseen.

It makes a fresh machine work end to end. It knows invented trade only; a service in earnest trains its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from features.arrival import to_record
from features.intake import FiledOrder
from features.offline import build
from features.records import OrderRecord
from models.pipeline import Progress, Stream, TrainRequest, no_collection, save, silent, training_data
from models.refusals import Refusals
from models.simulator.config import SimulationConfig
from models.simulator.generate import Simulation, simulate
from models.train import TrainingConfig, train

ORDERS, MONTHS, SEED = 40_000, 30, 7


@dataclass(frozen=True, slots=True)
class DefaultModel:
    """How the default model is made: the stream it learns from and the key that signs it."""

    key: Ed25519PrivateKey
    simulation: SimulationConfig = SimulationConfig(orders=ORDERS, months=MONTHS, seed=SEED)  # noqa: RUF009 (frozen)
    training: TrainingConfig = TrainingConfig()  # noqa: RUF009 (frozen)


def build_default(directory: Path, key: Ed25519PrivateKey, progress: Progress = silent) -> str:
    """Simulate, train, sign into `directory`; returns the version. The same key and code give the same bytes."""
    return build_model(directory, DefaultModel(key), progress)


def build_model(directory: Path, made: DefaultModel, progress: Progress = silent) -> str:
    """The same from any simulation. Raises TrainingError where it is too small to learn from."""
    simulation = simulate(made.simulation, progress)
    stream = stream_of(simulation, progress)
    end = made.simulation.start + timedelta(days=made.simulation.days)
    trained = train(training_data(stream, end), made.training, progress)
    request = TrainRequest((), directory, end, directory, made.key, made.training, synthetic=True)
    progress("write", 0.0)
    return save(trained, request)


def stream_of(simulation: Simulation, progress: Progress = silent) -> Stream:
    """A simulated stream with its features, without the way through files. Labels count as they become known."""
    with no_collection():
        return _stream_of(simulation, progress)


def _stream_of(simulation: Simulation, progress: Progress) -> Stream:
    records: list[OrderRecord] = []
    for number, body in enumerate(simulation.orders, start=1):
        order = FiledOrder.model_validate_json(orjson.dumps(body))
        assert order.received_at is not None, "the simulator always says when an order arrived"
        records.append(to_record(order, order.received_at, number))
        if number % 1000 == 0:
            progress("read", number / len(simulation.orders))
    progress("features", 0.0)
    end = simulation.config.start + timedelta(days=simulation.config.days)
    known = tuple(label for label in simulation.labels if label.known_at <= end)
    return Stream(tuple(records), build(records, known), known, Refusals())
