"""Two million orders that say only customer, consignee, quantity and time: trained and scored by the commands.

    python -m api.bench.stream [--orders 2000000]

The stream is generated here, nine months with eight kinds of diversion, labels ten days after the order; training
ends after six months and the rest is scored. Time of each stage and peak memory are those of the commands. Recall
and average precision against the truth stand beside XGBoost on plain aggregates of the same orders.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from api.bench.command import say, tamga
from api.bench.report import Report
from models.evaluate import REVIEW_SHARES, captured
from models.scoreboard.aggregates import earlier, numbered_array, with_ratios
from models.scoreboard.peers import Lesson, boosted_xgboost, weights
from models.scoreboard.thin import DAY, KINDS, Thin, ThinConfig, thin_stream

START = datetime(2025, 1, 1, tzinfo=UTC)
TRAINED_SHARE = 2 / 3
MICRO = 1_000_000
LONGEST_SECONDS, MOST_MB = 15 * 60, 8 * 1024


def main() -> None:
    """Run and print; exits 1 if a bar is not met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=ThinConfig().orders)
    options = parser.parse_args()
    config = replace(ThinConfig(), orders=options.orders)
    report = Report("stream")
    with tempfile.TemporaryDirectory() as work:
        _run(config, Path(work), report)
    report.end()


def _run(config: ThinConfig, work: Path, report: Report) -> None:
    began = time.perf_counter()
    stream = thin_stream(config)
    cut = int(np.searchsorted(stream.at, config.days * TRAINED_SHARE * DAY))
    as_of = START + timedelta(days=config.days * TRAINED_SHARE)
    _write(stream, slice(0, cut), work / "train.parquet")
    _write(stream, slice(cut, None), work / "test.parquet")
    _labels(stream, config, work / "labels.csv")
    print(
        f"{stream.at.size} orders, {cut} to train on; {(stream.kind[cut:] >= 0).sum()} of the rest diverted; "
        f"{(stream.labelled == 1).sum()} labelled diverted; generated in {time.perf_counter() - began:.1f} s",
        flush=True,
    )
    trained = tamga(
        "train",
        ["--orders", "train.parquet", "--labels", "labels.csv", "--as-of", as_of.isoformat(), "--out", "model"],
        work,
    )
    say("tamga train", trained)
    scored = tamga(
        "score",
        ["--model", "model", "--history", "train.parquet", "--orders", "test.parquet", "--labels", "labels.csv",
         "--out", "scores.csv"],
        work,
    )  # fmt: skip
    say("tamga score", scored)
    truth = stream.kind[cut:]
    _line("Tamga", _scores(work / "scores.csv", cut, stream.at.size), truth)
    began = time.perf_counter()
    peer = _peer(stream, config, cut)
    _line(f"XGBoost on plain aggregates ({time.perf_counter() - began:.0f} s)", peer, truth)
    report.bar("train_and_score_seconds", trained.seconds + scored.seconds, "at most", LONGEST_SECONDS)
    report.bar("peak_memory_mb", max(trained.peak_mb, scored.peak_mb), "at most", MOST_MB)


def _write(stream: Thin, rows: slice, path: Path) -> None:
    first = rows.start
    count = stream.at[rows].size
    at = stream.at[rows] * MICRO + int(START.timestamp()) * MICRO
    table = pa.table(
        {
            "reference": _texts("T", np.arange(first, first + count)),
            "received_at": pa.array(at, pa.timestamp("us", tz="UTC")),
            "customer": _texts("C", stream.customer[rows]),
            "consignee": _texts("D", stream.consignee[rows]),
            "quantity": stream.kilograms[rows],
        }
    )
    pyarrow.parquet.write_table(table, path, compression="zstd")


def _texts(prefix: str, numbers: NDArray[np.int64]) -> pa.Array:
    texts = pa.array(numbers, pa.int64()).cast(pa.string())
    return pa.compute.binary_join_element_wise(pa.scalar(prefix), texts, "")


def _labels(stream: Thin, config: ThinConfig, path: Path) -> None:
    rows = np.flatnonzero(stream.labelled >= 0)
    known = (stream.at[rows] + int(config.delay_days * DAY)) * MICRO + int(START.timestamp()) * MICRO
    table = pa.table(
        {
            "order_ref": _texts("T", rows),
            "outcome": np.where(stream.labelled[rows] == 1, "diverted", "legitimate"),
            "known_at": pa.compute.strftime(pa.array(known, pa.timestamp("us")), "%Y-%m-%dT%H:%M:%SZ"),
            "source": np.full(rows.size, "inspection"),
        }
    )
    pyarrow.csv.write_csv(table, path, pyarrow.csv.WriteOptions(quoting_style="needed"))


def _scores(path: Path, first: int, end: int) -> NDArray[np.float64]:
    """Probabilities of the scored orders by their number."""
    columns = pyarrow.csv.ConvertOptions(include_columns=["order_ref", "probability"])
    table = pyarrow.csv.read_csv(path, convert_options=columns)
    numbers = pa.compute.utf8_slice_codeunits(table["order_ref"], 1).cast(pa.int64()).to_numpy()
    score = np.zeros(end - first)
    score[numbers - first] = table["probability"].to_numpy()
    return score


def _peer(stream: Thin, config: ThinConfig, cut: int) -> NDArray[np.float64]:
    """XGBoost on quantity, hour, weekday and plain aggregates; labels as known at the cut, the same embargo."""
    at = stream.at * MICRO
    tables = [
        with_ratios(earlier(numbered_array(party), at, stream.kilograms), stream.kilograms)
        for party in (stream.customer, stream.consignee)
    ]
    clock = np.column_stack([stream.kilograms, stream.at % DAY / 3600, stream.at // DAY % 7]).astype(np.float32)
    values = np.hstack([clock, *tables])
    mature = slice(0, int(np.searchsorted(stream.at, stream.at[cut] - config.delay_days * DAY)))
    confirmed = stream.labelled[mature] == 1
    lesson = Lesson(values[mature], confirmed, weights(confirmed, stream.labelled[mature] >= 0))
    return boosted_xgboost(lesson, config.seed)(values[cut:])


def _line(title: str, score: NDArray[np.float64], kind: NDArray[np.int64]) -> None:
    diverted = kind >= 0
    gains = diverted.astype(np.float64)
    recalls = [captured(score, gains, share * score.size) / gains.sum() for share in REVIEW_SHARES]
    words = ", ".join(f"{share:.1%} {value:.3f}" for share, value in zip(REVIEW_SHARES, recalls, strict=True))
    print(f"{title}: average precision {average_precision_score(diverted, score):.3f}; recall at {words}")
    for number, (name, _) in enumerate(KINDS):
        here = (kind == number).astype(np.float64)
        if here.sum():
            found = captured(score, here, 0.02 * score.size) / here.sum()
            print(f"  {name}: {found:.2f} of {here.sum():.0f} at 2 %", flush=True)


if __name__ == "__main__":
    main()
