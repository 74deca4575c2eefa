"""What `tamga train`, `score` and `evaluate` do; apart from their options, because it takes seconds to import."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.commands.code_version import code_version
from api.commands.reading import tell_reading
from api.commands.terminal import Report, fail, parsed_moment
from features.definition import Language
from models.baselines import dea_customer_class, formula_is_for, purchases_of
from models.boosting import BoosterConfig
from models.cluster import Cluster, connected
from models.errors import DatasetError
from models.evaluate import Judged, by_group, evaluate
from models.frozen.opened import open_dataset
from models.frozen.sources import FileSource
from models.keys import DEVELOPMENT_PRIVATE, development_key, key_id, load_private, load_trusted
from models.outcomes import BAD
from models.pipeline import (
    REASONS,
    IntArray,
    Scoring,
    Sources,
    Stream,
    TrainRequest,
    margins_of,
    read_stream,
    rows_of_orders,
    scored,
    train_files,
    train_rows,
)
from models.registry import open_artefact
from models.runs import Keeping
from models.scorer import Scorer
from models.training import TrainingConfig
from screening.settings import settings


@dataclass(frozen=True, slots=True)
class Telling:
    """How a command speaks and with how many threads it works."""

    language: Language
    threads: int
    report: Report


@dataclass(frozen=True, slots=True)
class Data:
    """What to learn from: files with a moment, or a frozen dataset as of its own moment or an earlier one."""

    orders: Sequence[Path]
    labels: Path | None
    as_of: str | None
    dataset: Path | None


@dataclass(frozen=True, slots=True)
class TrainOptions:
    """The options of `tamga train`."""

    data: Data
    out: Path
    registry: Path | None
    signing_key: Path | None
    seed: int
    trees: int
    depth: int
    search_seconds: float
    dask: str | None


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """What `tamga score` and `tamga evaluate` read."""

    model: Path
    orders: Sequence[Path]
    history: Sequence[Path]
    labels: Path | None
    trust: Sequence[Path]
    dask: str | None = None


def train(options: TrainOptions, telling: Telling) -> dict[str, Any]:
    """Train, sign, keep the run, and return what `--json` prints."""
    booster = BoosterConfig(trees=options.trees, depth=options.depth)
    config = TrainingConfig(
        booster=booster, search_seconds=options.search_seconds, seed=options.seed, nthread=telling.threads
    )
    key = signing_key(options.signing_key, telling.language)
    made = _from_dataset if options.data.dataset is not None else _from_files
    with _cluster(options.dask) as cluster:
        result = made(options, Maker(config, key, cluster), telling)
    return result | {"key": key_id(key.public_key())}


@contextmanager
def _cluster(address: str | None) -> Iterator[Cluster | None]:
    """The cluster at the address, or none where none is asked for."""
    if address is None:
        yield None
    else:
        with connected(address) as cluster:
            yield cluster


@dataclass(frozen=True, slots=True)
class Maker:
    """How, by whom and where a model is made."""

    config: TrainingConfig
    key: Ed25519PrivateKey
    cluster: Cluster | None


def _from_files(options: TrainOptions, maker: Maker, telling: Telling) -> dict[str, Any]:
    data = options.data
    assert data.labels is not None, "the command asks for files or a dataset"
    assert data.as_of is not None
    when = parsed_moment(data.as_of)
    about = FileSource(data.orders, data.labels)
    for path in (*data.orders, data.labels):
        if not path.is_file():
            raise DatasetError(f"{path}: no such file")
    keeping = _keeping(options.registry, about.describe())
    request = TrainRequest(
        data.orders, data.labels, when, options.out, maker.key, maker.config, keeping=keeping, cluster=maker.cluster
    )
    return train_files(request, telling.report, lambda stream: tell_reading(stream, telling.language))


def _from_dataset(options: TrainOptions, maker: Maker, telling: Telling) -> dict[str, Any]:
    assert options.data.dataset is not None
    telling.report("read", 0.0)
    frozen = open_dataset(options.data.dataset)
    when = parsed_moment(options.data.as_of) if options.data.as_of else frozen.as_of
    keeping = _keeping(options.registry, {"kind": "dataset", "dataset": frozen.id})
    request = TrainRequest(
        (), options.data.dataset, when, options.out, maker.key, maker.config, synthetic=frozen.synthetic,
        keeping=keeping, cluster=maker.cluster,
    )  # fmt: skip
    return train_rows(frozen.rows().teaching(when), request, telling.report)


def _keeping(registry: Path | None, data: dict[str, Any]) -> Keeping:
    return Keeping(registry or registry_folder(), datetime.now(UTC), code_version(), data)


def registry_folder() -> Path:
    """Where runs are kept unless said otherwise."""
    return settings().var_dir / "registry"


def score(options: ModelOptions, out: Path, telling: Telling) -> dict[str, Any]:
    """Write the file of scores, tell what was refused, and return what `--json` prints."""
    artefact = open_artefact(options.model, trusted_keys(options.trust))
    scorer = Scorer(artefact)
    sources = Sources(options.orders, options.labels, options.history, processes=telling.threads)
    stream = read_stream(sources, telling.report)
    with _cluster(options.dask) as cluster:
        holding = cluster.holding(artefact) if cluster else None
        how = Scoring(telling.language, telling.threads, telling.report, holding)
        bands = _write_scores(out, scorer, stream, how)
    tell_reading(stream, telling.language)
    return {
        "model": scorer.version, "scored": sum(bands.values()), "bands": bands, "out": str(out),
        "refusals": stream.refusals.to_json(telling.language),
        "refused_labels": stream.refused_labels.to_json(telling.language), "labels_without_order": stream.unmatched,
    }  # fmt: skip


def judge(options: ModelOptions, truth: Path | None, telling: Telling) -> dict[str, Any]:
    """Score the orders, judge them by labels or truth, and return what `--json` prints."""
    scorer = Scorer.load(options.model, trusted_keys(options.trust))
    sources = Sources(options.orders, options.labels, options.history, processes=telling.threads)
    stream = read_stream(sources, telling.report)
    telling.report("score", 0.0)
    result = _judged(scorer, stream, _read_truth(truth) if truth else None, telling.threads)
    tell_reading(stream, telling.language)
    return result | {"model": scorer.version}


def signing_key(path: Path | None, language: Language) -> Ed25519PrivateKey:
    """The given key, else this machine's development key, with a word about it."""
    if path is not None:
        return load_private(path)
    if not settings().development:
        fail("outside development a model is signed with a key of its own: give --signing-key")
    folder = settings().keys_dir
    key, made = development_key(folder)
    if language == "en":
        typer.echo(
            f"{'Made' if made else 'Signing with'} the local development key {folder / DEVELOPMENT_PRIVATE}", err=True
        )
    else:
        typer.echo(
            f"{'Создан' if made else 'Подпись'}: местный ключ разработки {folder / DEVELOPMENT_PRIVATE}", err=True
        )
    return key


def trusted_keys(paths: Sequence[Path]) -> tuple[Any, ...]:
    """Public keys given, else those in the machine's key folder."""
    folder = settings().keys_dir
    keys = load_trusted(paths if paths else [folder] if folder.is_dir() else [])
    if not keys:
        fail(f"no trusted public key: give --trust, or train here first (looked into {folder})")
    return keys


def _write_scores(out: Path, scorer: Scorer, stream: Stream, how: Scoring) -> dict[str, int]:
    """Write the file whole or not at all; counts by band."""
    bands = {"low": 0, "elevated": 0, "high": 0}
    out.parent.mkdir(parents=True, exist_ok=True)
    draft = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        with draft.open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file, lineterminator="\n")
            rows.writerow(("order_ref", "probability", "margin", "band", *(f"reason_{n + 1}" for n in range(REASONS))))
            for row in scored(scorer, stream, how):
                reasons = (*row.reasons, *("",) * (REASONS - len(row.reasons)))
                rows.writerow((row.order_ref, repr(row.probability), repr(row.margin), row.band, *reasons))
                bands[row.band] += 1
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)
    return bands


def _judged(scorer: Scorer, stream: Stream, truth: dict[str, tuple[str, str]] | None, threads: int) -> dict[str, Any]:
    rows = rows_of_orders(stream)
    margins = margins_of(scorer, stream, threads)[rows].astype(np.float64)
    references = [stream.references[row] for row in rows.tolist()]
    if truth is None:
        confirmed = np.isin(stream.reference[rows], stream.labels.reference[stream.labels.verdict == BAD])
    else:
        confirmed = np.array([bool(truth.get(reference, ("",))[0]) for reference in references], dtype=np.bool_)
    judged = Judged.of(scorer.calibrator.probability(margins), confirmed, stream.kilograms[rows])
    result: dict[str, Any] = {
        "judged_by": "labels" if truth is None else "truth",
        "all": evaluate(judged),
        "customer_class_formula": _formula(stream, judged, rows),
    }
    if truth is not None:
        marks = [truth.get(reference, ("", "")) for reference in references]
        result["typologies"] = by_group(judged, [typology or None for typology, _ in marks])
        result["strengths"] = by_group(judged, [strength or None for _, strength in marks])
    return result


def _formula(stream: Stream, judged: Judged, rows: IntArray) -> dict[str, Any] | None:
    """How the customer-class formula ranks the same orders; None where it has nothing to say of any of its goods."""
    scores = dea_customer_class(purchases_of(stream.replayed))[rows]
    if not (formula_is_for(stream.replayed)[rows] & (scores > 0)).any():
        return None
    return evaluate(replace(judged, probability=scores))


def _read_truth(path: Path) -> dict[str, tuple[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return {row["order_ref"]: (row["typology"], row["strength"]) for row in csv.DictReader(file)}
