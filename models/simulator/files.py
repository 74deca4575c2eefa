"""The stream as files: orders.jsonl, labels.csv, truth.csv and parameters.json."""

from __future__ import annotations

import csv
from pathlib import Path

import orjson

from models.simulator.generate import Simulation

NOTE = (
    "Synthetic: invented companies and trade over real reference data. Figures measured on it must be called synthetic."
)


def write(simulation: Simulation, directory: Path) -> dict[str, Path]:
    """Write the four files into `directory` (made if missing) and return their paths by name.

    orders.jsonl: one order body a line with `received_at`. labels.csv: order_ref, outcome, known_at, source.
    truth.csv: order_ref, typology, strength, onset, scheme, actor (empty for honest orders but for the actor).
    """
    directory.mkdir(parents=True, exist_ok=True)
    paths = {name: directory / name for name in ("orders.jsonl", "labels.csv", "truth.csv", "parameters.json")}
    with paths["orders.jsonl"].open("wb") as lines:
        for order in simulation.orders:
            lines.write(orjson.dumps(order) + b"\n")
    with paths["labels.csv"].open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("order_ref", "outcome", "known_at", "source"))
        for label in simulation.labels:
            rows.writerow((label.order_ref, label.outcome, label.known_at.isoformat(), label.source or ""))
    _write_truth(simulation, paths["truth.csv"])
    marked = sum(row.typology is not None for row in simulation.truth)
    summary = {
        "note": NOTE,
        "parameters": simulation.config.to_json(),
        "orders": len(simulation.orders),
        "orders_in_schemes": marked,
        "schemes": len({row.scheme for row in simulation.truth if row.scheme is not None}),
        "labels": len(simulation.labels),
    }
    paths["parameters.json"].write_bytes(orjson.dumps(summary, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    return paths


def _write_truth(simulation: Simulation, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("order_ref", "typology", "strength", "onset", "scheme", "actor"))
        for row in simulation.truth:
            onset = row.onset.replace(microsecond=0).isoformat() if row.onset else ""
            rows.writerow((row.order_ref, row.typology or "", row.strength or "", onset, row.scheme or "", row.actor))
