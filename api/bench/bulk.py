"""A million orders from flat Parquet: features, scores and exact contributions, timed on two cores.

    python -m api.bench.bulk [--orders 1000000]

The orders are simulated once, as ten independent worlds, and kept under var/bench. A tenth of them and all of them
are each read, turned into features, scored and explained in a process of their own, so that peak memory is that of
the work. `features` is all the way from the files to the matrix. Beside each figure stands the bare library call on
the same matrix; XGBoost's own contributions are timed on a sample and scaled to all rows.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import multiprocessing
import resource
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet
import xgboost
from numpy.typing import NDArray

from api.bench.command import child
from api.bench.folder import bench_folder
from api.bench.report import Report
from features.catalogue import FINGERPRINT, feature_names
from models.parquet import write_parquet
from models.pipeline import Sources, no_collection
from models.scoreboard.engine import Model, View, fit, load, read
from models.simulator.config import SimulationConfig
from models.simulator.generate import simulate_world

WORLDS, MONTHS, SEED = 10, 24, 41
ROWS = 50_000
SAMPLE = 20_000
THREADS = 2
GROWTH = 1.2
LIMITS = {"features": 60.0, "scoring": 10.0, "contributions": 120.0}
MOST_MB = 6 * 1024
LEAST_SECONDS = 10.0
Result = TypeVar("Result")


def main() -> None:
    """Run and print; exits 1 if a bar is not met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--stage", choices=("train", "measure"), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--worlds", type=int, default=WORLDS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.stage == "train":
        _train(options.folder)
    elif options.stage == "measure":
        _measure(options.folder, options.worlds)
    else:
        _run(SimulationConfig(orders=options.orders // WORLDS, months=MONTHS, seed=SEED))


def _run(config: SimulationConfig) -> None:
    folder = _written(config)
    if not _model(folder).is_dir():
        spent = child(["-m", "api.bench.bulk", "--stage", "train", "--folder", str(folder)], folder)
        print(f"model trained on one world: {spent.seconds:.0f} s", flush=True)
    small, whole = _child(folder, 1), _child(folder, WORLDS)
    report = Report("bulk")
    report.bar("orders", whole["orders"], "at least", 1_000_000)
    for name, most in LIMITS.items():
        report.bar(f"{name}_seconds", whole[name], "at most", most)
        grown = whole[name] / small[name] / (whole["orders"] / small["orders"])
        report.bar(f"{name}_growth_over_linear", grown, "at most", GROWTH)
    report.bar("peak_memory_mb", whole["peak_mb"], "at most", MOST_MB)
    report.end()


def _written(config: SimulationConfig) -> Path:
    """The folder of this configuration's files; written if it is not there in full."""
    name = hashlib.sha256(json.dumps(config.to_json(), sort_keys=True).encode()).hexdigest()[:12]
    folder = (bench_folder() / f"bulk-{name}").resolve()
    if (folder / "complete").is_file():
        print(f"orders as written before: {folder}")
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    began = time.perf_counter()
    with ProcessPoolExecutor(THREADS, multiprocessing.get_context("spawn")) as pool:
        for done in pool.map(partial(_write, config, folder), range(WORLDS)):
            print(f"world {done + 1} of {WORLDS} written: {time.perf_counter() - began:.0f} s", flush=True)
    (folder / "complete").touch()
    return folder


def _write(config: SimulationConfig, folder: Path, number: int) -> int:
    """Orders of one world as a Parquet file of flat columns, labels as CSV; returns its number."""
    with no_collection():
        simulation = simulate_world(config, number)
        write_parquet(simulation.orders, _orders(folder, number))
    with _labels(folder, number).open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("order_ref", "outcome", "known_at", "source"))
        for label in simulation.labels:
            rows.writerow((label.order_ref, label.outcome, label.known_at.isoformat(), label.source or ""))
    return number


def _orders(folder: Path, number: int) -> Path:
    return folder / f"orders-{number:02d}.parquet"


def _labels(folder: Path, number: int) -> Path:
    return folder / f"labels-{number:02d}.csv"


def _model(folder: Path) -> Path:
    return folder / f"model-{FINGERPRINT[:12]}"


def _train(folder: Path) -> None:
    """A model as shipped, from the first world."""
    view = read(Sources([_orders(folder, 0)], _labels(folder, 0)))
    config = SimulationConfig(months=MONTHS)
    fit(view, config.start + timedelta(days=config.days), folder=_model(folder))


def _child(folder: Path, worlds: int) -> dict[str, float]:
    """Figures of so many worlds, measured in a process of their own."""
    out = folder / f"measured-{worlds}.json"
    out.unlink(missing_ok=True)
    options = ["--stage", "measure", "--folder", str(folder), "--worlds", str(worlds)]
    child(["-m", "api.bench.bulk", *options], folder)
    figures: dict[str, float] = orjson.loads(out.read_bytes())
    return figures


def _measure(folder: Path, worlds: int) -> None:
    labels = folder / f"labels-all-{worlds}.csv"
    with labels.open("w", encoding="utf-8") as whole:
        for number in range(worlds):
            lines = _labels(folder, number).read_text(encoding="utf-8").splitlines(keepends=True)
            whole.writelines(lines if number == 0 else lines[1:])
    model = load(_model(folder))
    clock = _Clock()
    sources = Sources([_orders(folder, number) for number in range(worlds)], labels, processes=THREADS)
    view = read(sources, clock.stage)
    stages = clock.end()
    features = sum(stages.values())
    print(f"{len(view.references)} orders, {view.values.shape[1]} features: {features:.1f} s {_words(stages)}")
    figures = {"orders": len(view.references), "features": features} | _scoring(model, view, folder)
    figures |= _contributions(model, view)
    figures |= _memory(clock.read_mb)
    _bare(model, view.values, folder)
    print(f"peak memory before the bare library calls: {figures['peak_mb']:.0f} MB", end=", ")
    print(f"this process {figures['own_mb']:.0f}, a reader at most {figures['reader_mb']:.0f}", flush=True)
    (folder / f"measured-{worlds}.json").write_bytes(orjson.dumps(figures))


def _memory(read_mb: float) -> dict[str, float]:
    """Peak of this process and its readers, MB. The readers live until the last file is read, so they are added to
    what this process had held at most by then; afterwards it is alone."""
    reader = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"reader_mb": reader, "own_mb": own, "peak_mb": max(own, read_mb + THREADS * reader)}


class _Clock:
    """Seconds of each stage, from the moments at which they begin; `read_mb` is the peak when the last file is read."""

    def __init__(self) -> None:
        self.read_mb = 0.0
        self._marks: list[tuple[str, float]] = [("start", time.perf_counter())]

    def stage(self, name: str, share: float) -> None:
        if name != "read" and not self.read_mb:
            self.read_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        if self._marks[-1][0] != name:
            self._marks.append((name, time.perf_counter()))

    def end(self) -> dict[str, float]:
        ends = [moment for _, moment in self._marks[1:]] + [time.perf_counter()]
        return {name: end - begin for (name, begin), end in zip(self._marks, ends, strict=True)}


def _words(stages: dict[str, float]) -> str:
    return "(" + ", ".join(f"{name} {seconds:.1f}" for name, seconds in stages.items()) + ")"


def _scoring(model: Model, view: View, folder: Path) -> dict[str, float]:
    """Seconds to score all rows; features and scores are written as Parquet."""
    probability, seconds = _timed(lambda: model.probability(view.values, nthread=THREADS))
    written = time.perf_counter()
    schema = pa.schema([("order_ref", pa.string()), ("probability", pa.float64())]
                       + [(name, pa.float32()) for name in feature_names()])  # fmt: skip
    with pyarrow.parquet.ParquetWriter(folder / "scored.parquet", schema, compression="zstd") as out:
        for start in range(0, probability.size, ROWS):
            rows = slice(start, start + ROWS)
            cells = [view.references[rows], probability[rows], *np.ascontiguousarray(view.values[rows].T)]
            out.write_table(pa.table([pa.array(each) for each in cells], schema=schema))
    print(f"scoring {seconds:.1f} s; features and scores written in {time.perf_counter() - written:.1f} s", flush=True)
    return {"scoring": seconds}


def _contributions(model: Model, view: View) -> dict[str, float]:
    """Seconds for exact contributions of all rows, a part at a time; the sum is checked on each part."""

    def explained() -> float:
        worst = 0.0
        for start in range(0, len(view.references), ROWS):
            parts, margins = model.scorer.explain_many(view.values[start : start + ROWS], THREADS)
            worst = max(worst, float(np.abs(parts.sum(axis=1, dtype=np.float64) - margins).max()))
        return worst

    worst, seconds = _timed(explained)
    print(f"contributions {seconds:.1f} s; largest difference of their sum from the margin {worst:.1e}", flush=True)
    return {"contributions": seconds}


def _timed(work: Callable[[], Result]) -> tuple[Result, float]:
    """What the work gives and the mean seconds of a pass: two seconds of a shared machine say little, so that short
    passes are repeated for ten."""
    began, passes = time.perf_counter(), 0
    while True:
        result = work()
        passes, spent = passes + 1, time.perf_counter() - began
        if spent >= LEAST_SECONDS:
            return result, spent / passes


def _bare(model: Model, values: NDArray[np.float32], folder: Path) -> None:
    """The library calls by themselves, for comparison; no bar."""
    began = time.perf_counter()
    model.scorer.reference_margins(values, THREADS)
    print(f"beside: XGBoost predict {time.perf_counter() - began:.1f} s")
    sample = values[:: max(1, values.shape[0] // SAMPLE)][:SAMPLE]
    began = time.perf_counter()
    own = model.scorer.reference_contributions(sample, THREADS)
    scaled = (time.perf_counter() - began) * values.shape[0] / sample.shape[0]
    print(f"beside: XGBoost pred_contribs {scaled:.0f} s (scaled from {sample.shape[0]} rows)")
    seconds, difference = _woodelf(folder, sample, own)
    scaled = seconds * values.shape[0] / sample.shape[0]
    print(f"beside: woodelf {scaled:.0f} s (scaled, its fixed cost with it), difference {difference:.1e}", flush=True)


def _woodelf(folder: Path, sample: NDArray[np.float32], own: NDArray[np.float32]) -> tuple[float, float]:
    """Seconds of the woodelf package for the sample and its largest difference from XGBoost's own."""
    pandas: Any = import_module("pandas")  # development packages, needed here only
    woodelf: Any = import_module("woodelf")
    booster = xgboost.Booster(model_file=str(_model(folder) / "model.ubj"))
    frame = pandas.DataFrame(sample, columns=[f"f{number}" for number in range(sample.shape[1])])
    began = time.perf_counter()
    values = np.asarray(woodelf.WoodelfExplainer(booster).shap_values(frame, verbose=False))
    return time.perf_counter() - began, float(np.abs(values - own[:, :-1]).max())


if __name__ == "__main__":
    main()
