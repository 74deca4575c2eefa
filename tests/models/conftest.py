"""One small simulated stream and one model trained on it, shared by all tests of the folder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from models.boosting import BoosterConfig
from models.default import stream_of
from models.frozen.build import build_dataset
from models.frozen.opened import Frozen, open_dataset
from models.frozen.rows import Rows
from models.frozen.sources import FileSource
from models.pipeline import Stream, TrainRequest, save, training_data
from models.scorer import Scorer
from models.simulator.config import SimulationConfig
from models.simulator.files import write
from models.simulator.generate import Simulation, simulate
from models.train import Trained, train
from models.training import TrainingConfig

SMALL = SimulationConfig(orders=3000, months=14, seed=5, diversion_share=0.08, label_delay_days=20.0)
QUICK = TrainingConfig(BoosterConfig(trees=40), folds=2, blocks=1)


@dataclass(frozen=True)
class Signed:
    """A signed model folder, the key that signed it and what went in."""

    folder: Path
    key: Ed25519PrivateKey
    trained: Trained
    until: datetime


@pytest.fixture(scope="session")
def simulation() -> Simulation:
    return simulate(SMALL)


@pytest.fixture(scope="session")
def files(simulation: Simulation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The simulation as files."""
    folder = tmp_path_factory.mktemp("stream")
    write(simulation, folder)
    return folder


@pytest.fixture(scope="session")
def stream(simulation: Simulation) -> Stream:
    return stream_of(simulation)


@pytest.fixture(scope="session")
def signed(stream: Stream, tmp_path_factory: pytest.TempPathFactory) -> Signed:
    until = SMALL.start + timedelta(days=SMALL.days)
    trained = train(training_data(stream, until), QUICK)
    folder = tmp_path_factory.mktemp("models") / "model"
    key = Ed25519PrivateKey.generate()
    save(trained, TrainRequest((), folder, until, folder, key, QUICK, synthetic=True))
    return Signed(folder, key, trained, until)


@pytest.fixture(scope="session")
def scorer(signed: Signed) -> Scorer:
    return Scorer.load(signed.folder, [signed.key.public_key()])


@pytest.fixture(scope="session")
def frozen(files: Path, tmp_path_factory: pytest.TempPathFactory) -> Frozen:
    """The simulation frozen as known at its end."""
    folder = tmp_path_factory.mktemp("frozen") / "dataset"
    source = FileSource([files / "orders.jsonl"], files / "labels.csv")
    build_dataset(source, SMALL.start + timedelta(days=SMALL.days), folder)
    return open_dataset(folder)


@pytest.fixture(scope="session")
def rows(frozen: Frozen) -> Rows:
    return frozen.rows()


@pytest.fixture(scope="session")
def early(rows: Rows, tmp_path_factory: pytest.TempPathFactory) -> Signed:
    """A model of the first eight months of the frozen rows; the rest is there to judge it by."""
    until = SMALL.start + timedelta(days=240)
    trained = train(rows.teaching(until), QUICK)
    folder = tmp_path_factory.mktemp("models") / "early"
    key = Ed25519PrivateKey.generate()
    save(trained, TrainRequest((), folder, until, folder, key, QUICK, synthetic=True))
    return Signed(folder, key, trained, until)
