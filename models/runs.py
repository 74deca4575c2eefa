"""Every training run is kept: what it learnt from, by which code, how, how good it came out, and the model itself.

    runs/000012-3f9c.../run.json      the record
                        model/        the signed folder as it was written
                        plots/*.svg   recall, calibration, scores
                        held.parquet  the later orders it was judged by

Nothing is ever replaced or deleted here. A run is named by its number, its id or the beginning of its model's version.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from features.catalogue import FINGERPRINT
from models.errors import ModelsError
from models.held import Held
from models.run_plots import plots
from models.train import Trained

FORMAT = "tamga-run-1"
RECORD, HELD = "run.json", "held.parquet"
LATEST_TRY = 1000


class RunUnknown(ModelsError):
    """No run, or several, under this name."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """Where runs are kept, and what only the caller knows of this one: the moment, the code, the source of the data."""

    registry: Path
    at: datetime
    code: Mapping[str, Any]
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Run:
    """A kept run: its folder and its record."""

    folder: Path
    record: dict[str, Any]

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def model(self) -> Path:
        """The signed model folder."""
        return self.folder / "model"


def keep(keeping: Keeping, trained: Trained, model: Path, about: Mapping[str, Any]) -> Run:
    """Keep a run whose signed model lies in `model`; `about` holds version, key, as_of and synthetic."""
    number, folder = _claimed(keeping.registry / "runs", str(about["version"]))
    shutil.copytree(model, folder / "model", ignore=shutil.ignore_patterns("promotion.*"))
    drawn = plots(trained.held.judged)
    (folder / "plots").mkdir()
    for name, text in drawn.items():
        (folder / "plots" / name).write_text(text, encoding="utf-8")
    _write_held(folder / HELD, trained.held)
    report = trained.report
    record = {
        "format": FORMAT, "id": folder.name, "number": number, "at": keeping.at.isoformat(), **about,
        "data": {"sha256": report["data_sha256"], **keeping.data},
        "code": dict(keeping.code), "catalogue": FINGERPRINT,
        "seed": report["config"]["seed"], "parameters": report["config"],
        "rows": {name: report[name] for name in ("rows", "used", "confirmed", "rows_taught", "trees")},
        "metrics": report["out_of_time"], "intervals": report["intervals"], "slices": report["slices"],
        "typologies_unseen": report["typologies_unseen"], "plots": sorted(drawn),
    }  # fmt: skip
    option = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE | orjson.OPT_SERIALIZE_NUMPY
    (folder / RECORD).write_bytes(orjson.dumps(record, option=option))
    return Run(folder, record)


def _claimed(runs_folder: Path, version: str) -> tuple[int, Path]:
    """The next number and its new folder. Two trainings at once get two numbers."""
    runs_folder.mkdir(parents=True, exist_ok=True)
    number = 1 + max((_number(path) for path in runs_folder.iterdir()), default=0)
    for each in range(number, number + LATEST_TRY):
        claim = runs_folder / f".{each:06d}"
        try:
            claim.mkdir()
        except FileExistsError:
            continue
        if any(runs_folder.glob(f"{each:06d}-*")):  # taken since the look above
            claim.rmdir()
            continue
        return each, claim.rename(runs_folder / f"{each:06d}-{version}")
    raise RunUnknown(f"no number is free in {runs_folder}")


def _number(path: Path) -> int:
    digits = path.name.lstrip(".").partition("-")[0]
    return int(digits) if digits.isdigit() else 0


def _write_held(path: Path, held: Held) -> None:
    judged = held.judged
    columns = {"at": held.at, "customer": held.customer, "probability": judged.probability,
               "confirmed": judged.confirmed, "kilograms": judged.kilograms}  # fmt: skip
    pq.write_table(pa.table({name: pa.array(value) for name, value in columns.items()}), path, compression="zstd")


def kept(registry: Path) -> list[Run]:
    """All runs that were kept in full, the oldest first."""
    folder = registry / "runs"
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    return [Run(path, orjson.loads((path / RECORD).read_bytes())) for path in found if (path / RECORD).is_file()]


def find(registry: Path, name: str) -> Run:
    """The run of this number, id or beginning of a model's version. Raises RunUnknown."""
    runs = kept(registry)
    found = [run for run in runs if name in (run.id, str(run.record["number"]))]
    found = found or [run for run in runs if str(run.record["version"]).startswith(name)]
    if len(found) != 1:
        raise RunUnknown(f"{name}: {'no such run' if not found else 'several runs begin like this'} in {registry}")
    return found[0]


def compare(first: Run, second: Run) -> dict[str, Any]:
    """What differs between two runs: data, code, parameters, and every figure with its interval.

    `apart` says that the intervals do not meet. Runs that were judged by other orders are told so.
    """
    one, other = first.record, second.record
    changed = {
        name: [flat(one["parameters"]).get(name), flat(other["parameters"]).get(name)]
        for name in sorted(flat(one["parameters"]).keys() | flat(other["parameters"]).keys())
        if flat(one["parameters"]).get(name) != flat(other["parameters"]).get(name)
    }
    return {
        "runs": [first.id, second.id],
        "same_data": one["data"]["sha256"] == other["data"]["sha256"],
        "same_code": one["code"].get("sha256") == other["code"].get("sha256"),
        "same_orders_judged": _judged_alike(first, second),
        "parameters": changed,
        "metrics": [_beside(name, one, other) for name in one["intervals"] if name in other["intervals"]],
    }


def _judged_alike(first: Run, second: Run) -> bool:
    at = [pq.read_table(run.folder / HELD, columns=["at", "customer"]) for run in (first, second)]
    return bool(at[0].equals(at[1]))


def _beside(name: str, one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    values = [figure(each["metrics"], name) for each in (one, other)]
    intervals = [each["intervals"][name] for each in (one, other)]
    apart = all(intervals) and (intervals[0][1] < intervals[1][0] or intervals[1][1] < intervals[0][0])
    both = None not in values
    return {"metric": name, "values": values, "intervals": intervals,
            "difference": round(values[1] - values[0], 6) if both else None, "apart": bool(apart)}  # fmt: skip


def figure(metrics: Mapping[str, Any], name: str) -> Any:
    """A figure of `models.evaluate.evaluate` by the name it has among the intervals, such as `recall_1`."""
    kind, _, share = name.rpartition("_")
    if kind in {"recall", "precision"}:
        return next(row[kind] for row in metrics["review"] if np.isclose(100 * row["share"], float(share)))
    return metrics[name]


def flat(value: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested values by their path, such as `booster.depth`."""
    found: dict[str, Any] = {}
    for name, each in value.items():
        found |= flat(each, f"{prefix}{name}.") if isinstance(each, dict) else {f"{prefix}{name}": each}
    return found
