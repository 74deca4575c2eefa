"""Freeze orders, features and labels as known at a date into a folder of Parquet with hashes and a data card.

    orders.parquet    one row an order as submitted: row, order_ref, received_at, a few plain columns, body (JSON)
    features.parquet  in time order: row, order_ref, received_at, hashes, kilograms, DEA formula, every feature
    labels.parquet    order_ref, outcome, known_at, source
    card.json, card.txt   what is in it, where the labels come from, what was dropped and why, how review is biased
    manifest.json     SHA-256, bytes and rows of the files, catalogue fingerprint, features, as_of, source

Nothing in it says when or where it was made: the same source, date and code give the same bytes. A folder is written
whole or not at all and never replaced.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from features.batch import Batch
from features.catalogue import FINGERPRINT, feature_names
from features.records import OutcomeRecord
from models.baselines import dea_customer_class, purchases_of
from models.errors import DatasetError
from models.frozen.data_card import Contents, data_card, readable
from models.frozen.encoding import MOMENT, ORDER_SCHEMA, prepared
from models.frozen.sources import OrderSource, file_sha256
from models.outcomes import labels_of
from models.pipeline import Progress, Stream, no_collection, silent, stream_from
from models.refusals import Refusals
from models.seen import Seen
from models.slices import features_read

Float32 = NDArray[np.float32]
FORMAT = "tamga-dataset-1"
MANIFEST = "manifest.json"
ORDERS, FEATURES, LABELS = "orders.parquet", "features.parquet", "labels.parquet"
CARD, CARD_TEXT = "card.json", "card.txt"
FILES = (ORDERS, FEATURES, LABELS, CARD, CARD_TEXT)
NUMBERED_SCHEMA = pa.schema([("row", pa.int64()), *ORDER_SCHEMA])
ROW_SCHEMA = pa.schema(
    [("row", pa.int64()), ("order_ref", pa.string()), ("received_at", MOMENT), ("reference", pa.int64()),
     ("customer", pa.int64()), ("country", pa.string()), ("kilograms", pa.float64()), ("formula", pa.float64())]
)  # fmt: skip
LABEL_SCHEMA = pa.schema(
    [("order_ref", pa.string()), ("outcome", pa.string()), ("known_at", MOMENT), ("source", pa.string())]
)


@dataclass(frozen=True, slots=True)
class Building:
    """As of when a dataset knows, and how many processes encode its orders (about 0.5 GB each)."""

    as_of: datetime
    processes: int = 1


@dataclass(slots=True)
class _Gathered:
    """What was read: batches, the country of each order by its row, and what was left out."""

    batches: list[Batch]
    country: list[str]
    refusals: Refusals
    dropped: Counter[str]


def build_dataset(
    source: OrderSource, as_of: datetime | Building, out: Path, progress: Progress = silent
) -> dict[str, Any]:
    """Freeze what `source` knew at `as_of` into the new folder `out`; returns its manifest with `id` and the card.

    Raises DatasetError where `out` exists or nothing can be read.
    """
    if out.exists():
        raise DatasetError(f"{out} exists, and a frozen dataset is never replaced: give another folder")
    draft = out.with_name(f".{out.name}.{os.getpid()}.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        with no_collection():
            manifest = _written(draft, source, as_of if isinstance(as_of, Building) else Building(as_of), progress)
        draft.rename(out)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return manifest


def _written(folder: Path, source: OrderSource, how: Building, progress: Progress) -> dict[str, Any]:
    progress("read", 0.0)
    as_of, gathered = how.as_of, _gather(folder, source, how)
    outcomes = _outcomes(source, as_of, gathered)
    progress("features", 0.0)
    stream = stream_from(gathered.batches, labels_of(outcomes), gathered.refusals)
    if not stream.size:
        raise DatasetError("no order had arrived by then: nothing to freeze")
    read = _write_features(folder, stream, gathered.country, progress)
    _write_labels(folder, outcomes)
    progress("write", 0.0)
    card = data_card(Contents(stream, outcomes, as_of, gathered.country, read, gathered.refusals, gathered.dropped))
    (folder / CARD).write_bytes(_json(card))
    (folder / CARD_TEXT).write_text(readable(card), encoding="utf-8")
    rows = {ORDERS: stream.size, FEATURES: stream.size, LABELS: len(outcomes)}
    manifest = {
        "format": FORMAT,
        "as_of": as_of.isoformat(),
        "catalogue": FINGERPRINT,
        "features": list(feature_names()),
        "source": source.describe(),
        "files": {name: _listed(folder / name, rows.get(name)) for name in FILES},
    }
    (folder / MANIFEST).write_bytes(_json(manifest))
    return manifest | {"id": file_sha256(folder / MANIFEST)[:16], "card": card}


def _gather(folder: Path, source: OrderSource, how: Building) -> _Gathered:
    """Write the orders that had arrived by then and keep them encoded. The same order twice counts once."""
    found = _Gathered([], [], Refusals(), Counter())
    seen, number = Seen(), 0
    with pq.ParquetWriter(folder / ORDERS, NUMBERED_SCHEMA, compression="zstd") as writer:
        for portion in prepared(source, how.as_of, how.processes):
            kept = portion.kept(seen.add(portion.batch.reference, portion.batch.at))
            for refused in kept.refused:
                found.refusals.add(refused)
            if portion.late:
                found.dropped["orders_after_as_of"] += portion.late
            if not kept.line:
                continue
            sequence = number + np.arange(1, kept.batch.size + 1)
            found.batches.append(replace(kept.batch, sequence=sequence))
            found.country += [country or "" for country in kept.table.column("country").to_pylist()]
            numbered = kept.table.add_column(0, "row", pa.array(sequence))
            writer.write_table(numbered.cast(NUMBERED_SCHEMA).combine_chunks())
            number += kept.batch.size
    return found


def _outcomes(source: OrderSource, as_of: datetime, found: _Gathered) -> list[OutcomeRecord]:
    """Judgements known by then, in the order in which they became known."""
    known = []
    for outcome in source.labels(found.refusals):
        if outcome.known_at > as_of:
            found.dropped["labels_after_as_of"] += 1
        else:
            known.append(outcome)
    return sorted(known, key=lambda each: each.known_at)  # stable: the source's own order among equals


def _write_features(folder: Path, stream: Stream, country: list[str], progress: Progress) -> dict[str, Float32]:
    """Features in time order, chunk by chunk as they are replayed; returns the columns that slices read."""
    features = pa.schema([(name, pa.float32()) for name in feature_names()])
    schema = pa.unify_schemas([ROW_SCHEMA, features])
    formula = dea_customer_class(purchases_of(stream.replayed))
    done, waiting, read = 0, list[pa.Table](), list[dict[str, Float32]]()
    with pq.ParquetWriter(folder / FEATURES, schema, compression="zstd") as writer:
        for chunk in stream.replayed:
            rows = slice(done, done + chunk.rows.size)
            sequence = stream.sequence[rows]
            plain = [
                sequence, stream.references[rows], stream.at[rows], stream.reference[rows], stream.customer[rows],
                [country[number - 1] for number in sequence.tolist()], stream.kilograms[rows], formula[rows],
            ]  # fmt: skip
            arrays = [pa.array(each, kind) for each, kind in zip(plain, ROW_SCHEMA.types, strict=True)]
            waiting.append(pa.table([*arrays, *map(pa.array, np.ascontiguousarray(chunk.values.T))], schema=schema))
            read.append(features_read(chunk.values))
            done = rows.stop
            if len(waiting) >= 20 or done == stream.size:
                writer.write_table(pa.concat_tables(waiting))
                waiting.clear()
            progress("features", done / stream.size)
    return {name: np.concatenate([each[name] for each in read]) for name in read[0]}


def _write_labels(folder: Path, outcomes: list[OutcomeRecord]) -> None:
    columns = [[getattr(each, name) for each in outcomes] for name in LABEL_SCHEMA.names]
    arrays = [pa.array(each, kind) for each, kind in zip(columns, LABEL_SCHEMA.types, strict=True)]
    pq.write_table(pa.table(arrays, schema=LABEL_SCHEMA), folder / LABELS, compression="zstd")


def _listed(path: Path, rows: int | None) -> dict[str, Any]:
    listed: dict[str, Any] = {"sha256": file_sha256(path), "bytes": path.stat().st_size}
    return listed if rows is None else listed | {"rows": rows}


def _json(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE | orjson.OPT_SERIALIZE_NUMPY)
