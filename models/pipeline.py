"""From files to a signed model, and from a model to scored files: what `train`, `score` and `evaluate` do.

    train     orders + labels -> features as of each order's moment -> booster -> signed folder
    score     history + orders in time order -> margin, probability, band and reasons of each order
    evaluate  the same, judged by the labels

An order sees only what came before it; a label counts only for orders after its `known_at`.

Memory: the arrays of the batches and, for training, one matrix of float32. Scoring goes chunk by chunk: facts of a
chunk are dropped when its reasons are noted, and of a scored order there stay its margin and what its three
sentences quote.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import xgboost
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from numpy.typing import NDArray

from features.batch import BASE_KEYS, Batch
from features.catalogue import feature_names
from features.definition import Language
from features.encode import micros
from features.offline import Outcomes, Replayed, replayed
from models.batches import Reading, read_batches
from models.card import card
from models.cluster import Cluster, Holding
from models.keys import key_id
from models.outcomes import Labels, read_labels
from models.reasons import Noted, note
from models.refusals import Refusals
from models.registry import write_artefact
from models.runs import Keeping, keep
from models.scorer import Scorer
from models.seen import Seen
from models.targets import targets
from models.train import Trained, train
from models.training import TrainingConfig, TrainingData
from models.treeshap import TooDeep, explain_rows, read_ensemble, score_rows

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
Progress = Callable[[str, float], None]
REASONS = 3
COSTED = 5_000
ORDERS_FROM = 1_000_000_000


def silent(stage: str, share: float) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True)
class Stream:
    """Orders in time order with the labels of the file, and rows of either that were refused. Features are made when
    asked for."""

    replayed: Replayed
    labels: Labels
    refusals: Refusals
    refused_labels: Refusals = field(default_factory=Refusals)

    @property
    def size(self) -> int:
        return self.replayed.size

    @cached_property
    def references(self) -> list[str]:
        """Reference of each order, in time order as all that follows."""
        return self.replayed.references()

    @cached_property
    def reference(self) -> IntArray:
        """Hashes of the references, (n,)."""
        return self.replayed.column("reference")

    @cached_property
    def sequence(self) -> IntArray:
        """Numbers of the orders, (n,); those of the history lie below ORDERS_FROM."""
        return self.replayed.column("sequence")

    @cached_property
    def at(self) -> IntArray:
        """Moments of arrival in microseconds since 1970 UTC, (n,)."""
        return self.replayed.column("at")

    @cached_property
    def customer(self) -> IntArray:
        """Hash of each order's customer, (n,): the group that folds keep together."""
        return self.replayed.column("customer")

    @cached_property
    def kilograms(self) -> FloatArray:
        """Known mass of each order, (n,), NaN where there is none."""
        return self.replayed.kilograms

    @cached_property
    def values(self) -> NDArray[np.float32]:
        """All features, (n, n_features); made once and kept."""
        return self.replayed.values()

    @property
    def unmatched(self) -> int:
        """Labels whose order is not in the stream."""
        return self.replayed.unmatched


Told = Callable[[Stream], None]


def stream_from(
    batches: Sequence[Batch], labels: Labels, refusals: Refusals, refused_labels: Refusals | None = None
) -> Stream:
    """The stream of encoded orders and what is known of them."""
    outcomes = Outcomes(labels.reference, labels.verdict, labels.known_at)
    filled = [batch for batch in batches if batch.size] or [_empty()]
    return Stream(replayed(filled, outcomes), labels, refusals, refused_labels or Refusals())


def _empty() -> Batch:
    none = np.zeros(0, dtype=np.int64)
    return Batch(
        [], none, none, none, np.zeros((0, len(BASE_KEYS)), dtype=np.int64), none, none, np.zeros(1, dtype=np.int64),
        none, none, np.zeros((0, 0), dtype=np.float32),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sources:
    """Files to read. History comes before the orders; both may be any of the kinds of `models.dataset`.

    Large Parquet files are shared out to `processes`.
    """

    orders: Sequence[Path]
    labels: Path | None = None
    history: Sequence[Path] = ()
    until: datetime | None = None
    processes: int = 1


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
    """Read and put in time order. Orders and labels after `until` do not exist.

    Raises DatasetError for an unreadable file.
    """
    with no_collection():
        return _read_stream(sources, progress)


def _read_stream(sources: Sources, progress: Progress) -> Stream:
    refusals = Refusals()
    progress("read", 0.0)
    seen = Seen()
    batches = list(read_batches(sources.orders, refusals, Reading(ORDERS_FROM, seen, sources.processes)))
    repeated = Refusals()  # orders that stand in the history as well are scored as orders
    batches += read_batches(sources.history, repeated, Reading(0, seen, sources.processes))
    refusals.rows += [row for row in repeated.rows if row.code != "duplicate"]
    refusals.counts.update({code: count for code, count in repeated.counts.items() if code != "duplicate"})
    refused_labels = Refusals()
    labels = read_labels(sources.labels, refused_labels) if sources.labels else Labels.none()
    if sources.until is not None:
        batches = [until(batch, sources.until) for batch in batches]
        labels = labels.until(sources.until)
    progress("features", 0.0)
    return stream_from(batches, labels, refusals, refused_labels)


def until(batch: Batch, moment: datetime) -> Batch:
    """The orders of a batch that had arrived by a moment."""
    kept = batch.at <= micros(moment)
    if kept.all():
        return batch
    counts = np.diff(batch.start)
    goods = np.repeat(kept, counts)
    start = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(counts[kept])))
    references = [batch.references[row] for row in np.flatnonzero(kept).tolist()]
    rows = {name: getattr(batch, name)[kept] for name in ("reference", "sequence", "at", "keys", "near", "price")}
    return Batch(
        references, start=start, goods=batch.goods[goods], quantity=batch.quantity[goods],
        carried=batch.carried[kept], **rows,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class TrainRequest:
    """What to train on and where to put it. `as_of` closes the eyes of the training to everything later. The run is
    kept where `keeping` says; boosters are fitted on the `cluster`, if there is one."""

    orders: Sequence[Path]
    labels: Path
    as_of: datetime
    out: Path
    key: Ed25519PrivateKey
    config: TrainingConfig = field(default_factory=TrainingConfig)
    synthetic: bool = False
    keeping: Keeping | None = None
    cluster: Cluster | None = None


def train_files(request: TrainRequest, progress: Progress = silent, told: Told | None = None) -> dict[str, Any]:
    """Train on files and write the signed model folder; returns version, report and refusals as JSON values.

    What was read goes to `told` first: refused rows are often why training is not possible.
    Raises DatasetError, TrainingError.
    """
    stream = read_stream(Sources(request.orders, request.labels, until=request.as_of), progress)
    if told is not None:
        told(stream)
    read = {
        "orders": stream.refusals.to_json(), "refused_labels": stream.refused_labels.to_json(),
        "labels_without_order": stream.unmatched,
    }  # fmt: skip
    data = training_data(stream, request.as_of)
    del stream  # the encoded orders are not needed beside the matrix
    return train_rows(data, request, progress) | read


def train_rows(data: TrainingData, request: TrainRequest, progress: Progress = silent) -> dict[str, Any]:
    """Train on rows, write the signed model folder and keep the run. Raises TrainingError."""
    trained = train(replace(data, cluster=request.cluster), request.config, progress)
    version = save(trained, request)
    result = {
        "model": str(request.out),
        "version": version,
        "report": trained.report,
        "explaining": cost_of_explaining(trained.booster, data.values[-COSTED:]),
        "calibration": {"method": trained.calibrator.method, "cases": trained.calibrator.cases},
    }
    if request.keeping is not None:
        about = {"version": version, "as_of": request.as_of.isoformat(), "synthetic": request.synthetic,
                 "trainer_key": key_id(request.key.public_key()), "libraries": libraries()}  # fmt: skip
        result["run"] = keep(request.keeping, trained, request.out, about).id
    return result


def libraries() -> dict[str, str]:
    """Versions of the libraries that a model's numbers come from."""
    return {"xgboost": xgboost.__version__, "numpy": np.__version__}


def cost_of_explaining(booster: bytes, values: NDArray[np.float32]) -> dict[str, Any]:
    """Microseconds that exact contributions and the margin alone take per order of values (n, f) here and now."""
    try:
        ensemble = read_ensemble(bytes(xgboost.Booster({"nthread": 1}, model_file=bytearray(booster)).save_raw("json")))
    except TooDeep as error:
        return {"kernel": False, "reason": str(error)}
    rows, out = np.ascontiguousarray(values), np.empty((values.shape[0], values.shape[1] + 1))
    margins = np.empty(values.shape[0], dtype=np.float32)
    works: dict[str, Callable[[slice], None]] = {
        "explained": lambda part: explain_rows(ensemble.trees, ensemble.start, rows[part], out[part]),
        "scored": lambda part: score_rows(ensemble.trees, ensemble.start, rows[part], margins[part]),
    }
    spent = {}
    for name, work in works.items():
        work(slice(0, 1))  # compiled before the clock runs
        began = time.perf_counter()
        work(slice(0, rows.shape[0]))
        spent[f"microseconds_{name}"] = round((time.perf_counter() - began) / max(1, rows.shape[0]) * 1e6, 1)
    return {"kernel": True, "leaves": int(ensemble.trees.value.size), "orders": rows.shape[0]} | spent


def training_data(stream: Stream, when: datetime) -> TrainingData:
    """The stream as training rows, with what was known of each order at `when`."""
    made = targets(stream.reference, stream.at, stream.labels, when)
    return TrainingData(stream.values, stream.at, stream.customer, stream.kilograms, made)


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
        "signed_as": "trainer",
        "as_of": when,
        "training_data_sha256": trained.report["data_sha256"],
        "parameters": trained.report["config"],
        "seed": request.config.seed,
        "metrics": trained.report["out_of_time"],
        "libraries": libraries(),
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


@dataclass(frozen=True, slots=True)
class Scoring:
    """How to score: the language of the reasons, the number of threads, who is told how far it is, and the cluster
    that holds the model, if one is to do the work."""

    language: Language = "en"
    nthread: int = 1
    progress: Progress = silent
    holding: Holding | None = None


def rows_of_orders(stream: Stream) -> IntArray:
    """Rows that came from the orders rather than the history, in the order of their files."""
    rows = np.flatnonzero(stream.sequence > ORDERS_FROM)
    return rows[np.argsort(stream.sequence[rows], kind="stable")]


def scored(scorer: Scorer, stream: Stream, how: Scoring | None = None) -> Iterator[ScoredOrder]:
    """Every order of the stream (not of its history) with its reasons, in file order."""
    way = how or Scoring()
    wanted = stream.sequence > ORDERS_FROM
    margins = np.full(stream.size, np.nan, dtype=np.float32)
    noted = Noted.empty(stream.size, REASONS)
    begin = 0
    for chunk in stream.replayed:
        rows = np.flatnonzero(wanted[begin : begin + chunk.rows.size])
        if rows.size:
            if way.holding is None:
                explained = scorer.explain_many(chunk.values[rows], way.nthread)
            else:
                explained = way.holding.explained(chunk.values[rows], stream.customer[begin + rows])
            contributions, margins[begin + rows] = explained
            note(noted, begin, rows, contributions, chunk)
        begin += chunk.rows.size
        way.progress("score", begin / stream.size)
    probabilities = scorer.calibrator.probability(margins.astype(np.float64))
    for row in rows_of_orders(stream).tolist():
        margin = float(margins[row])
        yield ScoredOrder(
            stream.references[row], float(probabilities[row]), margin, scorer.thresholds.band(margin),
            noted.sentences(row, way.language),
        )  # fmt: skip


def margins_of(scorer: Scorer, stream: Stream, nthread: int = 1) -> NDArray[np.float32]:
    """Margins (n,) of all orders in time order, chunk by chunk."""
    parts = [scorer.margins(chunk.values, nthread) for chunk in stream.replayed]
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.float32)
