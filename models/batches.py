"""Files of orders as batches of arrays: what bulk scoring and training read, a stretch of rows at a time.

The stretches of large Parquet files may be shared out to several processes. What they give is numbered, and orders
met before are left out, in the order of the files, so that the batches are the same with one process or many.
"""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.arrival import key_hash
from features.batch import Batch, joined
from features.bulk import Arrivals, batch_of_columns, empty_batch, hashes, taken
from features.columns import NONE
from features.intake import FiledOrder
from features.leaves import BodyLeaves
from models.cells import EPOCH, MICRO, cell
from models.columnar import CheckedRows, check_rows
from models.dataset import TEXT_SUFFIXES, csv_rows, kind_of, order_of, read_bodies
from models.errors import DatasetError
from models.flat import Column, body_of, columns_of
from models.parquet import is_plain, parquet_schema, read_parquet, row_groups
from models.refusals import Complaints, Refusals, Refused
from models.seen import Seen

IntArray = NDArray[np.int64]
TABLE_ROWS, BODY_ROWS = 100_000, 10_000
# A row group beyond this is read by one process, a stretch at a time: it would not fit beside the others.
LARGEST_PART = 250_000


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read: orders are numbered on from `start`; `seen` carries the orders of files read before, so that no
    order counts twice; as many `processes` as this encode Parquet files of several row groups (about 1 GB each)."""

    start: int = 0
    seen: Seen = field(default_factory=Seen)
    processes: int = 1


@dataclass(frozen=True, slots=True)
class Part:
    """Row groups of a Parquet file, and how many rows of it come before."""

    path: Path
    groups: tuple[int, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Encoded:
    """Orders of consecutive rows, not yet numbered, the line (n,) of each, and the rows that were refused."""

    batch: Batch
    line: IntArray
    refused: list[Refused]


def read_batches(paths: Sequence[Path], refusals: Refusals, how: Reading | None = None) -> Iterator[Batch]:
    """The orders of the files as batches, in file order, numbered; refused rows go to `refusals`.

    The same orders as `dataset.read_orders` takes, with the same refusals, but no more than one stretch of a file
    (with processes, a few) is held at a time. Raises DatasetError as `read_orders` does.
    """
    way = how or Reading()
    sequence = way.start
    for encoded in _encoded(paths, refusals, way.processes):
        new = way.seen.add(encoded.batch.reference, encoded.batch.at)
        repeated = [Refused(line, "reference", "duplicate") for line in encoded.line[~new].tolist()]
        for refused in sorted([*encoded.refused, *repeated], key=lambda each: each.line):
            refusals.add(refused)
        batch = encoded.batch if new.all() else taken(encoded.batch, np.flatnonzero(new))
        if batch.size:
            yield replace(batch, sequence=sequence + np.arange(1, batch.size + 1))
            sequence += batch.size


def _encoded(paths: Sequence[Path], refusals: Refusals, processes: int) -> Iterator[Encoded]:
    parts = _parts(paths, refusals) if processes > 1 else []
    if len(parts) > 1:
        yield from _shared_out(parts, processes)
    else:
        for path in paths:
            for stretch in _stretches(path, refusals):
                yield _encode(stretch)


def _parts(paths: Sequence[Path], refusals: Refusals) -> list[Part]:
    """Parts of about TABLE_ROWS rows; none if any of the files cannot be read by the column or in parts."""
    parts: list[Part] = []
    for path in paths:
        if not path.is_file() or kind_of(path) != ".parquet" or _plain_places(path, refusals) is None:
            return []
        sizes = row_groups(path)
        if max(sizes, default=0) > LARGEST_PART:
            return []
        groups: list[int] = []
        line = held = 0
        for group, size in enumerate(sizes):
            if groups and held + size > TABLE_ROWS:
                parts.append(Part(path, tuple(groups), line))
                groups, line, held = [], line + held, 0
            groups.append(group)
            held += size
        if groups:
            parts.append(Part(path, tuple(groups), line))
    return parts


def _shared_out(parts: Sequence[Part], processes: int) -> Iterator[Encoded]:
    """The parts in their order, encoded by processes of their own; only a few are held at a time."""
    # Records form no cycles: the collector would walk them again and again.
    with ProcessPoolExecutor(processes, get_context("spawn"), initializer=gc.disable) as pool:
        waiting: deque[Future[list[Encoded]]] = deque()
        for part in parts:
            waiting.append(pool.submit(_encode_part, part))
            if len(waiting) > processes:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()


def _encode_part(part: Part) -> list[Encoded]:
    places = _plain_places(part.path, Refusals())
    if places is None:
        raise DatasetError(f"{part.path}: changed while it was read")
    return [_encode(stretch) for stretch in _parquet_stretches(part.path, places, part)]


@dataclass(slots=True)
class _Stretch:
    """Consecutive rows of a file: those read by the column, those read as bodies (row, body), what was refused.

    `line` (n,) is the line of each row; rows of neither kind were refused.
    """

    line: IntArray
    checked: CheckedRows | None
    bodies: list[tuple[int, FiledOrder]]
    complaints: Complaints


def _stretches(path: Path, refusals: Refusals) -> Iterator[_Stretch]:
    if not path.is_file():
        raise DatasetError(f"{path}: no such file")
    suffix = kind_of(path)
    if suffix == ".parquet" and (places := _plain_places(path, refusals)) is not None:
        yield from _parquet_stretches(path, places)
    elif suffix in TEXT_SUFFIXES:
        yield from _csv_stretches(path, refusals)
    else:
        yield from _body_stretches(path, refusals)


def _parquet_stretches(path: Path, places: Mapping[str, Column], part: Part | None = None) -> Iterator[_Stretch]:
    line = part.line if part else 0
    for rows in read_parquet(path, places, TABLE_ROWS, part.groups if part else None):
        numbered = {position: rows.column(name) for position, name in enumerate(places)}
        lines = np.arange(line + 1, line + rows.num_rows + 1)
        yield _table_stretch(numbered, dict(enumerate(places.values())), lines, Complaints())
        line += rows.num_rows


def _body_stretches(path: Path, refusals: Refusals) -> Iterator[_Stretch]:
    complaints = Complaints()
    orders = read_bodies(path, complaints)
    more = True
    while more:
        part = list(islice(orders, BODY_ROWS))
        more = len(part) == BODY_ROWS
        lines = np.array([line for line, _ in part], dtype=np.int64)
        bodies = [(row, order) for row, (_, order) in enumerate(part)]
        yield _Stretch(lines, None, bodies, complaints)
        refusals.unused_columns = complaints.unused_columns or refusals.unused_columns
        complaints.rows.clear()


def _plain_places(path: Path, refusals: Refusals) -> dict[str, Column] | None:
    """Fields by column of a Parquet file that can be read by the column, None where rows have to be read."""
    schema = parquet_schema(path)
    columns, unused = columns_of(schema.names)
    if len(set(schema.names)) < len(schema.names) or _repeated(columns):
        return None
    if not all(is_plain(schema.field(position).type) for position in columns):
        return None
    refusals.unused_columns = unused
    return {schema.names[position]: column for position, column in columns.items()}


def _repeated(columns: Mapping[int, Column]) -> bool:
    """Whether two columns fill one field."""
    return len({column.path for column in columns.values()}) < len(columns)


def _csv_stretches(path: Path, refusals: Refusals) -> Iterator[_Stretch]:
    complaints = Complaints()
    rows = csv_rows(path, complaints)
    _, header = next(rows, (1, ()))
    columns, unused = columns_of(str(name) for name in header)
    if _repeated(columns):
        yield from _body_stretches(path, refusals)
        return
    refusals.unused_columns = unused
    more = True
    while more:
        taken_rows = list(islice(rows, TABLE_ROWS))
        more = len(taken_rows) == TABLE_ROWS
        whole = []
        for line, row in taken_rows:
            if len(row) == len(header):
                whole.append((line, row))
            else:
                complaints.add(Refused(line, "", "columns", f"{len(row)} instead of {len(header)}"))
        by_position = list(zip(*(row for _, row in whole), strict=True)) or [()] * len(header)
        cells = {position: pa.array(by_position[position], pa.string()) for position in columns}
        lines = np.array([line for line, _ in whole], dtype=np.int64)
        yield _table_stretch(cells, columns, lines, complaints)
        complaints.rows.clear()


def _table_stretch(
    cells: Mapping[int, pa.Array], columns: Mapping[int, Column], lines: IntArray, complaints: Complaints
) -> _Stretch:
    """One stretch of a table; rows that the columns leave open are answered by the schema one by one."""
    checked = check_rows(cells, columns, lines.size)
    bodies = []
    for row in np.flatnonzero(~checked.plain).tolist():
        body = body_of({position: cell(cells[position], row) for position in columns}, columns)
        order = order_of(int(lines[row]), body, complaints)
        if order is not None:
            bodies.append((row, order))
    for row in np.flatnonzero(checked.plain & (checked.at == NONE)).tolist():
        complaints.add(Refused(int(lines[row]), "received_at", "moment"))
    return _Stretch(lines, checked, bodies, complaints)


def _encode(stretch: _Stretch) -> Encoded:
    """The orders of a stretch in the order of its rows."""
    plain = np.empty(0, dtype=np.int64)
    batches: list[Batch] = []
    if stretch.checked is not None:
        plain = np.flatnonzero(stretch.checked.plain & (stretch.checked.at != NONE))
        leaves = stretch.checked.leaves(plain)
        named = hashes(leaves.field("reference"))
        batches.append(batch_of_columns(leaves, _arrivals(named, stretch.checked.at[plain])))
    bodies = _with_moment(stretch)
    if bodies:
        orders = [order for _, order in bodies]
        named = np.array([key_hash(order.reference) for order in orders], dtype=np.int64)
        at = np.array([_moment_of(order) for order in orders], dtype=np.int64)
        batches.append(batch_of_columns(BodyLeaves(orders), _arrivals(named, at)))
    rows = np.concatenate([plain, np.array([row for row, _ in bodies], dtype=np.int64)])
    batch = joined(batches) if batches else empty_batch()
    if plain.size and bodies:
        turn = np.argsort(rows, kind="stable")
        batch, rows = taken(batch, turn), rows[turn]
    return Encoded(batch, stretch.line[rows], list(stretch.complaints.rows))


def _arrivals(reference: IntArray, at: IntArray) -> Arrivals:
    return Arrivals(reference, at, np.zeros(at.size, dtype=np.int64))


def _with_moment(stretch: _Stretch) -> list[tuple[int, FiledOrder]]:
    found = []
    for row, order in stretch.bodies:
        if order.received_at is None and order.ordered_at is None:
            stretch.complaints.add(Refused(int(stretch.line[row]), "received_at", "moment"))
        else:
            found.append((row, order))
    return found


def _moment_of(order: FiledOrder) -> int:
    moment = order.received_at or order.ordered_at
    assert moment is not None
    return int((moment - EPOCH) // MICRO)
