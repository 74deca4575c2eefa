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
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from features.arrival import key_hashes
from features.batch import Batch
from features.bulk import Arrivals, batch_of_columns, taken
from features.catalogue import FINGERPRINT, feature_names
from features.encode import micros
from features.intake import FiledOrder
from features.leaves import BodyLeaves
from features.records import OutcomeRecord
from models.baselines import dea_customer_class, purchases_of
from models.errors import DatasetError
from models.frozen.data_card import Contents, data_card, readable
from models.frozen.sources import OrderSource, file_sha256
from models.outcomes import labels_of
from models.pipeline import Progress, Stream, no_collection, silent, stream_from
from models.refusals import Refusals, Refused
from models.seen import Seen
from models.slices import features_read

Float32 = NDArray[np.float32]
FORMAT = "tamga-dataset-1"
MANIFEST = "manifest.json"
ORDERS, FEATURES, LABELS = "orders.parquet", "features.parquet", "labels.parquet"
CARD, CARD_TEXT = "card.json", "card.txt"
FILES = (ORDERS, FEATURES, LABELS, CARD, CARD_TEXT)
PORTION = 10_000
MOMENT = pa.timestamp("us", "UTC")
ORDER_SCHEMA = pa.schema(
    [("row", pa.int64()), ("order_ref", pa.string()), ("received_at", MOMENT), ("customer", pa.string()),
     ("country", pa.string()), ("destination", pa.string()), ("goods", pa.string()), ("body", pa.string())]
)  # fmt: skip
ROW_SCHEMA = pa.schema(
    [("row", pa.int64()), ("order_ref", pa.string()), ("received_at", MOMENT), ("reference", pa.int64()),
     ("customer", pa.int64()), ("country", pa.string()), ("kilograms", pa.float64()), ("formula", pa.float64())]
)  # fmt: skip
LABEL_SCHEMA = pa.schema(
    [("order_ref", pa.string()), ("outcome", pa.string()), ("known_at", MOMENT), ("source", pa.string())]
)


@dataclass(slots=True)
class _Gathered:
    """What was read: batches, the country of each order by its row, and what was left out."""

    batches: list[Batch]
    country: list[str]
    refusals: Refusals
    dropped: Counter[str]


def build_dataset(source: OrderSource, as_of: datetime, out: Path, progress: Progress = silent) -> dict[str, Any]:
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
            manifest = _written(draft, source, as_of, progress)
        draft.rename(out)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return manifest


def _written(folder: Path, source: OrderSource, as_of: datetime, progress: Progress) -> dict[str, Any]:
    progress("read", 0.0)
    gathered = _gather(folder, source, as_of)
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


def _gather(folder: Path, source: OrderSource, as_of: datetime) -> _Gathered:
    """Write the orders that had arrived by `as_of` and keep them encoded. The same order twice counts once."""
    found = _Gathered([], [], Refusals(), Counter())
    seen, number = Seen(), 0
    with pq.ParquetWriter(folder / ORDERS, ORDER_SCHEMA, compression="zstd") as writer:
        for lines, orders in _portions(source, as_of, found):
            references = [order.reference for order in orders]
            at = np.array([micros(_arrived(order)) for order in orders], dtype=np.int64)
            hashed = key_hashes(references)
            new = seen.add(hashed, at)
            for line in (line for line, first in zip(lines, new.tolist(), strict=True) if not first):
                found.refusals.add(Refused(line, "reference", "duplicate"))
            kept = np.flatnonzero(new)
            if not kept.size:
                continue
            sequence = number + np.arange(1, kept.size + 1)
            batch = batch_of_columns(BodyLeaves(orders), Arrivals(hashed, at, np.zeros(at.size, dtype=np.int64)))
            batch = batch if new.all() else taken(batch, kept)
            found.batches.append(replace(batch, sequence=sequence))
            chosen = [orders[row] for row in kept.tolist()]
            found.country += [order.customer.country or "" for order in chosen]
            writer.write_table(_order_table(chosen, sequence))
            number += kept.size
    return found


def _portions(source: OrderSource, as_of: datetime, found: _Gathered) -> Iterator[tuple[list[int], list[FiledOrder]]]:
    """Orders with a moment that had arrived by then, a portion at a time."""
    orders = _timely(source, as_of, found)
    while portion := list(islice(orders, PORTION)):
        yield [line for line, _ in portion], [order for _, order in portion]


def _timely(source: OrderSource, as_of: datetime, found: _Gathered) -> Iterator[tuple[int, FiledOrder]]:
    for line, order in source.orders(found.refusals):
        moment = order.received_at or order.ordered_at
        if moment is None:
            found.refusals.add(Refused(line, "received_at", "moment"))
        elif moment > as_of:
            found.dropped["orders_after_as_of"] += 1
        else:
            yield line, order


def _arrived(order: FiledOrder) -> datetime:
    moment = order.received_at or order.ordered_at
    assert moment is not None, "orders without one are refused before"
    return moment


def _order_table(orders: list[FiledOrder], sequence: NDArray[np.int64]) -> pa.Table:
    columns = [
        sequence,
        [order.reference for order in orders],
        [_arrived(order) for order in orders],
        [order.customer.name or order.customer.id for order in orders],
        [order.customer.country for order in orders],
        [order.destination_country for order in orders],
        [order.lines[0].name for order in orders],
        [order.model_dump_json(exclude_unset=True) for order in orders],
    ]
    return pa.table([pa.array(each, kind) for each, kind in zip(columns, ORDER_SCHEMA.types, strict=True)],
                    schema=ORDER_SCHEMA)  # fmt: skip


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
