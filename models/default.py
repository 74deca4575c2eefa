"""The default model: trained at set-up on the simulator, so that no model has to be shipped or trusted unseen.

It makes a fresh machine work end to end. It knows invented trade only; a service in earnest trains its own.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from features.arrival import key_hash
from features.batch import Batch
from features.bulk import Arrivals, batch_of_columns
from features.encode import micros
from features.intake import FiledOrder
from features.leaves import BodyLeaves
from models.outcomes import labels_of
from models.pipeline import (
    Progress,
    Stream,
    TrainRequest,
    no_collection,
    save,
    silent,
    stream_from,
    training_data,
)
from models.refusals import Refusals
from models.simulator.config import SimulationConfig
from models.simulator.generate import Simulation, simulate
from models.train import train
from models.training import TrainingConfig

BATCH = 10_000
ORDERS, MONTHS, SEED = 40_000, 30, 7
MOST_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class DefaultModel:
    """How the default model is made: the stream it learns from, the key that signs it, and how many boosters are
    fitted at once, which does not change it."""

    key: Ed25519PrivateKey
    simulation: SimulationConfig = SimulationConfig(orders=ORDERS, months=MONTHS, seed=SEED)  # noqa: RUF009 (frozen)
    training: TrainingConfig = TrainingConfig()  # noqa: RUF009 (frozen)
    at_once: int = 1


def build_default(directory: Path, key: Ed25519PrivateKey, progress: Progress = silent) -> str:
    """Simulate, train, sign into `directory`; returns the version. The same key and code give the same bytes."""
    return build_model(directory, DefaultModel(key, at_once=min(MOST_AT_ONCE, os.cpu_count() or 1)), progress)


def build_model(directory: Path, made: DefaultModel, progress: Progress = silent) -> str:
    """The same from any simulation. Raises TrainingError where it is too small to learn from."""
    simulation = simulate(made.simulation, progress)
    stream = stream_of(simulation, progress)
    end = made.simulation.start + timedelta(days=made.simulation.days)
    progress("features", 0.0)
    data = replace(training_data(stream, end), at_once=made.at_once)
    trained = train(data, made.training, progress)
    request = TrainRequest((), directory, end, directory, made.key, made.training, synthetic=True)
    progress("write", 0.0)
    return save(trained, request)


def stream_of(simulation: Simulation, progress: Progress = silent) -> Stream:
    """A simulated stream, without the way through files. Labels count as they become known."""
    with no_collection():
        end = simulation.config.start + timedelta(days=simulation.config.days)
        labels = labels_of(label for label in simulation.labels if label.known_at <= end)
        return stream_from(list(_batches(simulation, progress)), labels, Refusals())


def _batches(simulation: Simulation, progress: Progress) -> Iterator[Batch]:
    for start in range(0, len(simulation.orders), BATCH):
        bodies = simulation.orders[start : start + BATCH]
        orders = [FiledOrder.model_validate_json(orjson.dumps(body)) for body in bodies]
        arrivals = Arrivals(
            np.array([key_hash(order.reference) for order in orders], dtype=np.int64),
            np.array([micros(_arrived(order)) for order in orders], dtype=np.int64),
            np.arange(start + 1, start + 1 + len(orders), dtype=np.int64),
        )
        yield batch_of_columns(BodyLeaves(orders), arrivals)
        progress("read", (start + len(orders)) / len(simulation.orders))


def _arrived(order: FiledOrder) -> datetime:
    assert order.received_at is not None, "the simulator always says when an order arrived"
    return order.received_at
