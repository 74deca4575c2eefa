"""Where the benches meet the product: streams, training as shipped, scoring. No other file of theirs calls these.

view = view_of(simulation)                       orders in time order with their features
model = fit(view, as_of, folder)                 trained, signed and loaded, as the service would load it
probability = model.probability(view.values)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from numpy.typing import NDArray

from features.catalogue import CATALOGUE
from models.default import stream_of
from models.pipeline import Progress, Sources, Stream, TrainRequest, read_stream, save, silent, training_data
from models.scorer import Scorer
from models.simulator.generate import Simulation
from models.train import train
from models.training import TrainingConfig, TrainingData

Float32 = NDArray[np.float32]
FloatArray = NDArray[np.float64]
MICRO = 1_000_000
AT_ONCE = 2
# Models of benches are signed like any other, so that they are loaded the same way; this key protects nothing.
BENCH_KEY = Ed25519PrivateKey.from_private_bytes(b"tamga benches: not a secret key.")


@dataclass(frozen=True, slots=True)
class View:
    """Orders in time order: references, at (n,) microseconds, kilograms (n,), values (n, f), and the stream itself."""

    references: Sequence[str]
    at: NDArray[np.int64]
    kilograms: FloatArray
    values: Float32
    stream: Stream


def view_of(simulation: Simulation) -> View:
    """A simulated stream with its features; labels count as they become known."""
    return _view(stream_of(simulation))


def read(sources: Sources, progress: Progress = silent) -> View:
    """Files with their features; `progress` is told `read` and then `features` as the stages begin."""
    stream = read_stream(sources, progress)
    progress("features", 0.0)
    return _view(stream)


def _view(stream: Stream) -> View:
    return View(stream.references, stream.at, stream.kilograms, stream.values, stream)


@dataclass(frozen=True, slots=True)
class Teaching:
    """What a model may learn as of a moment, the same for every model: used, confirmed and reviewed, (n,) each."""

    used: NDArray[np.bool_]
    confirmed: NDArray[np.bool_]
    reviewed: NDArray[np.bool_]


def teaching(view: View, as_of: datetime) -> Teaching:
    """Rows that are mature enough and the outcomes known at `as_of` (`models.targets`)."""
    made = training_data(view.stream, as_of).targets
    return Teaching(made.used, made.confirmed, made.reviewed)


@dataclass(frozen=True, slots=True)
class Model:
    """A trained model, loaded from its signed folder."""

    scorer: Scorer
    blind: tuple[int, ...] = ()

    def probability(self, values: Float32, nthread: int = 1) -> FloatArray:
        """Calibrated probabilities (n,) of rows (n, n_features)."""
        seen = without(values, self.blind) if self.blind else values
        margins = self.scorer.margins(seen, nthread).astype(np.float64)
        return np.asarray(self.scorer.calibrator.probability(margins), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Fitting:
    """How to fit: the product's own configuration by default; columns in `blind` are missing, always."""

    config: TrainingConfig = TrainingConfig()  # noqa: RUF009 (frozen)
    blind: tuple[int, ...] = ()


def fit(view: View, as_of: datetime, fitting: Fitting | None = None, folder: Path | None = None) -> Model:
    """Train as the product does on what was known at `as_of`. Raises TrainingError where that is too little.

    The signed folder is kept at `folder` if given.
    """
    how = fitting or Fitting()
    data = until(training_data(view.stream, as_of), round(as_of.timestamp() * MICRO))
    if how.blind:
        data = replace(data, values=without(data.values, how.blind))
    trained = train(replace(data, at_once=AT_ONCE), how.config)
    with TemporaryDirectory() as work:
        target = folder or Path(work) / "model"
        save(trained, TrainRequest((), target, as_of, target, BENCH_KEY, how.config, synthetic=True))
        return replace(load(target), blind=how.blind)


def load(folder: Path) -> Model:
    """A model that `fit` kept. Raises ArtefactRefused for any other."""
    return Model(Scorer.load(folder, [BENCH_KEY.public_key()]))


def until(data: TrainingData, moment: int) -> TrainingData:
    """Rows up to the moment only: what comes later must not even be looked at."""
    count = int(np.searchsorted(data.at, moment, side="right"))
    first: TrainingData = _first(data, data.at.size, count)
    return first


def _first(record: Any, size: int, count: int) -> Any:
    """The first `count` rows of every array of `size` rows in a frozen dataclass, its parts included."""
    changed: dict[str, Any] = {}
    for each in fields(record):
        value = getattr(record, each.name)
        if isinstance(value, np.ndarray) and value.shape[:1] == (size,):
            changed[each.name] = value[:count]
        elif hasattr(value, "__dataclass_fields__"):
            changed[each.name] = _first(value, size, count)
    return replace(record, **changed)


def without(values: Float32, columns: Sequence[int]) -> Float32:
    """The same values with some columns missing."""
    changed = values.copy()
    changed[:, list(columns)] = np.nan
    return changed


def families() -> dict[str, tuple[int, ...]]:
    """Columns of each feature family."""
    found: dict[str, list[int]] = {}
    for column, entry in enumerate(CATALOGUE):
        found.setdefault(entry.family, []).append(column)
    return {name: tuple(columns) for name, columns in found.items()}
