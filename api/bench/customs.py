"""Customs declarations through the very commands: trained on 2020, scored and explained for April to June 2021.

    python -m api.bench.customs FOLDER        the folder holds df_syn_{train,valid,test}_eng.csv

The declarations are synthetic (CTGAN) and most of their test rows repeat a labelled row's tuple of goods, route,
tax and mass. Memorising that tuple scores well and detects nothing; it is no feature here. So the figures stand
beside those of a plain look-up of the tuple, and again on the rows whose tuple was never labelled before.
"""

from __future__ import annotations

import argparse
import csv
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score

from api.bench.report import Report
from models import customs
from models.evaluate import captured

FILES = {"train": "df_syn_train_eng.csv", "valid": "df_syn_valid_eng.csv", "test": "df_syn_test_eng.csv"}
DECLARATIONS = 54_000
SHARES = (0.05, 0.10)
KNOWN_UNTIL = "2020-12-31T23:59:59Z"


@dataclass(frozen=True, slots=True)
class Judgement:
    """Test declarations that were scored: score, fraud, and whether their tuple was labelled before; (n,) each."""

    score: NDArray[np.float64]
    fraud: NDArray[np.bool_]
    repeated: NDArray[np.bool_]


def main() -> None:
    """Run and print; exits 1 if a bar is not met, 2 if the data is not there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    absent = [name for name in FILES.values() if not (folder / name).is_file()]
    if absent:
        print(f"{folder}: {absent[0]} is missing; give the folder of the declaration tables", file=sys.stderr)
        sys.exit(2)
    report = Report("customs")
    with tempfile.TemporaryDirectory() as work:
        _run(folder, Path(work), report)
    report.end()


def _run(folder: Path, work: Path, report: Report) -> None:
    began = time.perf_counter()
    converted = {
        part: customs.convert(folder / name, work / f"{part}.jsonl", work / f"{part}.csv")
        for part, name in FILES.items()
    }
    print(f"adapter: {time.perf_counter() - began:.1f} s")
    for part, result in converted.items():
        print(f"  {part}: {result.rows} declarations, {result.accepted} accepted, refused {result.refused or 'none'}")
    report.bar("declarations_accounted_for", sum(each.rows for each in converted.values()), "equals", DECLARATIONS)
    _labels(work)
    _command(
        "train", ["--orders", "train.jsonl", "--labels", "train.csv", "--as-of", KNOWN_UNTIL, "--out", "model"], work
    )
    _command(
        "score",
        ["--model", "model", "--history", "train.jsonl", "--history", "valid.jsonl", "--orders", "test.jsonl",
         "--labels", "all.csv", "--out", "scores.csv"],
        work,
    )  # fmt: skip
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"peak memory of a command: {peak:.0f} MB")
    scores = _scores(work / "scores.csv")
    report.bar("test_orders_scored", len(scores), "equals", converted["test"].accepted)
    explained = sum(bool(row["reason_1"]) for row in scores.values())
    report.bar("test_orders_explained", explained, "equals", converted["test"].accepted)
    _measure(folder, scores, report)


def _labels(work: Path) -> None:
    """All labels in one file: each counts from its own moment on."""
    with (work / "all.csv").open("w", encoding="utf-8") as whole:
        for number, part in enumerate(FILES):
            lines = (work / f"{part}.csv").read_text(encoding="utf-8").splitlines(keepends=True)
            whole.writelines(lines if number == 0 else lines[1:])


def _command(name: str, options: list[str], work: Path) -> None:
    """Run one command of `tamga` in the working folder; its words pass through."""
    began = time.perf_counter()
    root = Path(__file__).resolve().parents[2]
    environment = os.environ | {"TAMGA_VAR_DIR": "var", "PYTHONPATH": str(root)}
    subprocess.run([sys.executable, "-m", "api.cli", name, *options], check=True, env=environment, cwd=work)
    print(f"tamga {name}: {time.perf_counter() - began:.1f} s", flush=True)


def _scores(path: Path) -> dict[str, dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return {row["order_ref"]: row for row in csv.DictReader(file)}


def _measure(folder: Path, scores: dict[str, dict[str, str]], report: Report) -> None:
    """Figures beside the duplicate warning: all scored test rows, then those with a tuple never labelled before."""
    labelled: dict[tuple[str, ...], list[int]] = {}
    for part in ("train", "valid"):
        for _, row in customs.declarations(folder / FILES[part]):
            labelled.setdefault(customs.tuple_of(row), []).append(int(row["Fraud"]))
    rows = [row for _, row in customs.declarations(folder / FILES["test"]) if row["Declaration ID"] in scores]
    repeated = np.array([customs.tuple_of(row) in labelled for row in rows])
    fraud = np.array([row["Fraud"] == "1" for row in rows])
    score = np.array([float(scores[row["Declaration ID"]]["probability"]) for row in rows])
    seen = [labelled.get(customs.tuple_of(row), ()) for row in rows]
    overall = float(np.mean([fraud for outcomes in labelled.values() for fraud in outcomes]))
    lookup = np.array([(sum(each) + overall) / (len(each) + 1) for each in seen])
    print(f"WARNING: {repeated.mean():.1%} of the scored test rows repeat a labelled tuple of train or valid")
    _line("Tamga, all test rows", Judgement(score, fraud, repeated))
    _line("tuple look-up, all test rows", Judgement(lookup, fraud, repeated))
    fresh = ~repeated
    unseen = Judgement(score[fresh], fraud[fresh], repeated[fresh])
    _line("Tamga, rows with a tuple never labelled", unseen)
    probability = np.array([float(each["probability"]) for each in scores.values()])
    report.bar("probabilities_between_0_and_1", int(((probability > 0) & (probability < 1)).all()), "equals", 1)


def _line(title: str, judged: Judgement) -> dict[str, Any]:
    """One line of figures: AUC, average precision, precision at the review shares."""
    at = {share: share * judged.score.size for share in SHARES}
    gains = judged.fraud.astype(np.float64)
    figures = {
        "auc": float(roc_auc_score(judged.fraud, judged.score)),
        "average_precision": float(average_precision_score(judged.fraud, judged.score)),
        **{f"precision_at_{share:.0%}": captured(judged.score, gains, n) / n for share, n in at.items()},
    }
    words = ", ".join(f"{name} {value:.3f}" for name, value in figures.items())
    print(f"{title} ({judged.score.size} rows, {judged.fraud.mean():.1%} fraud): {words}", flush=True)
    return figures


if __name__ == "__main__":
    main()
