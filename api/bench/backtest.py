"""Twenty-four months and 200,000 orders retrained every 30 days, with the label delay, as `tamga backtest` does it.

    python -m api.bench.backtest [--orders 200000] [--months 24]

The stream is simulated once and kept under var/bench. What is timed is all the way from its files to the report:
`tamga dataset build` (features of all orders, once) and `tamga backtest` (every cut trained and judged), each with two
processes. Memory is the peak of the command and of each process it starts. Figures are synthetic.
"""

from __future__ import annotations

import argparse
import shutil
from datetime import timedelta
from pathlib import Path

import orjson

from api.bench.command import say, tamga
from api.bench.folder import bench_folder
from api.bench.report import Report
from features.catalogue import feature_names
from models.simulator.config import SimulationConfig

SEED = 47
KNOWN_MONTHS = 6  # before the first cut
EVERY, EMBARGO = 30, 60
MOST_SECONDS = 600.0
ROWS_MB = 200_000 * len(feature_names()) * 4 / 2**20


def main() -> None:
    """Run and print; exits 1 if a bar is not met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=200_000)
    parser.add_argument("--months", type=int, default=24)
    options = parser.parse_args()
    config = SimulationConfig(orders=options.orders, months=options.months, seed=SEED)
    folder = _simulated(config)
    for made in ("dataset", "report"):
        shutil.rmtree(folder / made, ignore_errors=True)
    end = config.start + timedelta(days=config.days)
    files = ["--orders", "orders.jsonl", "--labels", "labels.csv"]
    told = ["--as-of", end.isoformat(), "--threads", "2", "--out", "dataset"]
    built = tamga("dataset", ["build", *files, *told], folder)
    say("dataset build", built)
    begin = config.start + timedelta(days=KNOWN_MONTHS * 30.4375)
    span = ["--from", begin.isoformat(), "--to", end.isoformat(), "--every", f"{EVERY}d", "--embargo", f"{EMBARGO}d"]
    tested = tamga("backtest", ["--dataset", "dataset", *span, "--threads", "2", "--out", "report"], folder)
    say("backtest", tested)
    result = orjson.loads((folder / "report" / "backtest.json").read_bytes())
    report = Report("backtest")
    report.bar("orders_in_the_stream", options.orders, "at least", 200_000)
    report.bar("months", options.months, "at least", 24)
    report.bar("cuts", len(result["cuts"]), "at least", 18)
    report.bar("seconds_from_files_to_report", built.seconds + tested.seconds, "at most", MOST_SECONDS)
    trainings = ", ".join(str(peak) for peak in result["peak_mb_of_trainings"])
    shared = ROWS_MB * options.orders / 200_000
    print(f"peak memory: dataset build {built.peak_mb:.0f} MB; backtest {tested.peak_mb:.0f} MB,", flush=True)
    print(f"  its trainings {trainings} MB, of which {shared:.0f} MB are one map that all share", flush=True)
    print(f"written: {folder / 'report' / 'backtest.html'}", flush=True)
    report.end()


def _simulated(config: SimulationConfig) -> Path:
    """The folder of this configuration's files; written if it is not there in full."""
    folder = (bench_folder() / f"backtest-{config.orders}-{config.months}-{config.seed}").resolve()
    if not (folder / "complete").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        shape = ["--orders", str(config.orders), "--months", str(config.months), "--seed", str(config.seed)]
        say("simulate (not timed)", tamga("simulate", [*shape, "--out", "."], folder))
        (folder / "complete").touch()
    return folder


if __name__ == "__main__":
    main()
