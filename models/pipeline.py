"""From files to a signed model, and from a model to scored files: what `train`, `score` and `evaluate` do.

    train     orders + labels -> features as of each order's moment -> booster -> signed folder
    score     history + orders in time order -> margin, probability, band and reasons of each order
    evaluate  the same, judged by the labels

An order sees only what came before it; a label counts only for orders after its `known_at`.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import xgboost
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from numpy.typing import NDArray

from features.catalogue import BY_NAME, CATALOGUE, feature_names
from features.definition import Language
from features.offline import FeatureMatrix, build
from features.records import OrderRecord, OutcomeRecord
from models.card import card
from models.dataset import read_orders
from models.explain import strongest
from models.outcomes import as_of, read_outcomes
from models.refusals import Refusals
from models.registry import write_artefact
from models.scorer import Scorer
from models.targets import moments, targets
from models.train import Trained, TrainingConfig, TrainingData, train

Progress = Callable[[str, float], None]
REASONS = 3
CHUNK = 20_000
ORDERS_FROM = 1_000_000_000


def silent(stage: str, share: float) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True, slots=True)
class Stream:
    """Order records in time order with their features and the labels of the file, and what was refused."""

    records: tuple[OrderRecord, ...]
    matrix: FeatureMatrix
    outcomes: tuple[OutcomeRecord, ...]
    refusals: Refusals

    @property
    def kilograms(self) -> NDArray[np.float64]:
        """Known mass of each order, (n,), NaN where there is none."""
        return self.matrix.facts.get("order_kilograms", np.full(len(self.records), np.nan))


@dataclass(frozen=True, slots=True)
class Sources:
    """Files to read. History comes before the orders; both may be any of the kinds of `models.dataset`."""

    orders: Sequence[Path]
    labels: Path | None = None
    history: Sequence[Path] = ()
    until: datetime | None = None


@contextmanager
def no_collection() -> Iterator[None]:
    """Records form no cycles, and a collector that walks all of them again and again takes a third of the reading."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def read_stream(sources: Sources, progress: Progress = silent) -> Stream:
    """Read, put in time order and build features. Orders and labels after `until` do not exist.

    Raises DatasetError for an unreadable file.
    """
    with no_collection():
        return _read_stream(sources, progress)


def _read_stream(sources: Sources, progress: Progress) -> Stream:
    refusals = Refusals()
    progress("read", 0.0)
    seen: set[tuple[str, int]] = set()
    records = list(read_orders(sources.orders, refusals, ORDERS_FROM, seen))
    repeated = Refusals()  # orders that stand in the history as well are scored as orders
    records += read_orders(sources.history, repeated, 0, seen)
    refusals.rows += [row for row in repeated.rows if row.code != "duplicate"]
    refusals.counts.update({code: count for code, count in repeated.counts.items() if code != "duplicate"})
    outcomes = tuple(read_outcomes(sources.labels, refusals)) if sources.labels else ()
    if sources.until is not None:
        limit = sources.until
        records = [record for record in records if record.received_at <= limit]
        outcomes = tuple(outcome for outcome in outcomes if outcome.known_at <= limit)
    records.sort(key=lambda record: (record.received_at, record.sequence))
    progress("features", 0.0)
    return Stream(tuple(records), build(records, outcomes), outcomes, refusals)


@dataclass(frozen=True, slots=True)
class TrainRequest:
    """What to train on and where to put it. `as_of` closes the eyes of the training to everything later."""

    orders: Sequence[Path]
    labels: Path
    as_of: datetime
    out: Path
    key: Ed25519PrivateKey
    config: TrainingConfig = field(default_factory=TrainingConfig)
    synthetic: bool = False


def train_files(request: TrainRequest, progress: Progress = silent) -> dict[str, Any]:
    """Train on files and write the signed model folder; returns version, report and refusals as JSON values.

    Raises DatasetError, TrainingError.
    """
    stream = read_stream(Sources(request.orders, request.labels, until=request.as_of), progress)
    trained = train(training_data(stream, request.as_of), request.config, progress)
    version = save(trained, request)
    return {
        "model": str(request.out),
        "version": version,
        "report": trained.report,
        "calibration": {"method": trained.calibrator.method, "cases": trained.calibrator.cases},
        "orders": stream.refusals.to_json(),
        "labels_without_order": stream.matrix.unmatched,
    }


def training_data(stream: Stream, when: datetime) -> TrainingData:
    """The stream as training rows, with what was known of each order at `when`."""
    made = targets(stream.records, as_of(stream.outcomes, when), when)
    return TrainingData(stream.matrix.values, moments(stream.records), stream.kilograms, made)


def save(trained: Trained, request: TrainRequest) -> str:
    """Write the signed folder of a trained model and return its version."""
    when = request.as_of.isoformat()
    files = {
        "model.ubj": trained.booster,
        "calibrator.json": _json(trained.calibrator.to_json()),
        "thresholds.json": _json(trained.thresholds.to_json()),
        "card.json": _json(card(trained, when, synthetic=request.synthetic)),
    }
    about = {
        "features": list(feature_names()),
        "as_of": when,
        "training_data_sha256": trained.report["data_sha256"],
        "parameters": trained.report["config"],
        "seed": request.config.seed,
        "metrics": trained.report["out_of_time"],
        "libraries": {"xgboost": xgboost.__version__, "numpy": np.__version__},
    }
    return write_artefact(request.out, files, about, request.key)


def _json(value: Mapping[str, Any]) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


@dataclass(frozen=True, slots=True)
class ScoredOrder:
    """One scored order; reasons are sentences, the strongest first."""

    order_ref: str
    probability: float
    margin: float
    band: str
    reasons: tuple[str, ...]


def rows_of_orders(stream: Stream) -> NDArray[np.int64]:
    """Rows that came from the orders rather than the history, in the order of their files."""
    numbers = np.array([record.sequence for record in stream.records], dtype=np.int64)
    rows = np.flatnonzero(numbers > ORDERS_FROM)
    return rows[np.argsort(numbers[rows], kind="stable")]


def scored(scorer: Scorer, stream: Stream, language: Language = "en", nthread: int = 1) -> Iterator[ScoredOrder]:
    """Every order of the stream (not of its history) with its reasons, in file order."""
    rows = rows_of_orders(stream)
    for start in range(0, rows.size, CHUNK):
        part = rows[start : start + CHUNK]
        values = stream.matrix.values[part]
        contributions, margins = scorer.explain_many(values, nthread)
        probabilities = scorer.calibrator.probability(margins.astype(np.float64))
        for i, row in enumerate(part.tolist()):
            margin = float(margins[i])
            reasons = tuple(_sentence(column, stream, row, language) for column in _leading(contributions[i]))
            yield ScoredOrder(
                stream.records[row].reference, float(probabilities[i]), margin, scorer.thresholds.band(margin), reasons
            )


def _leading(contributions: NDArray[np.float32]) -> list[int]:
    return [int(column) for column in strongest(contributions[:-1], REASONS)]


def _sentence(column: int, stream: Stream, row: int, language: Language) -> str:
    entry = CATALOGUE[column]
    values: dict[str, Any] = {"value": float(stream.matrix.values[row, column])}
    for name in entry.evidence:
        if name in stream.matrix.facts:
            values[name] = float(stream.matrix.facts[name][row])
    return BY_NAME[entry.name].sentence(language, values)
