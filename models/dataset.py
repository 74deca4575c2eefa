"""Orders and labels from files: JSON Lines, flat CSV, flat Parquet.

Files are read as streams; a bad row is answered with line, field, reason and remedy (`models.refusals`) and
the reading goes on. Columns of flat files are documented in `models.flat`. The kind of a file is told by its
name: `.jsonl`, `.ndjson`, `.json` (also `.gz`), `.csv`, `.tsv`, `.txt` (also `.gz`), `.parquet`.

CSV is read by the standard library, which knows the line of every row, also after quoted line breaks. Parquet is
read by Arrow, which opens that one file and nothing else.

`read_batches` encodes as it reads and keeps arrays only; `read_orders` is for those who need the records.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
import orjson
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import ValidationError

from features.arrival import key_hash, to_record
from features.batch import Batch, joined
from features.columns import NONE, Arrivals, BodyLeaves, batch_of_columns, empty_batch, hashes, taken
from features.intake import FiledOrder
from features.records import OrderRecord
from models.cells import EPOCH, MICRO, cell, plain_cells
from models.columnar import CheckedRows, check_rows
from models.errors import DatasetError
from models.flat import Column, body_of, columns_of
from models.parquet import is_plain, parquet_schema, read_parquet
from models.refusals import Refusals, Refused, from_validation
from models.seen import Seen

__all__ = ["DatasetError", "Seen", "kind_of", "open_bytes", "read_batches", "read_bodies", "read_orders"]

IntArray = NDArray[np.int64]
MAX_LINE_BYTES = 4_000_000
BATCH = 5_000
TABLE_ROWS, BODY_ROWS = 100_000, 10_000
JSON_SUFFIXES = frozenset({".jsonl", ".ndjson", ".json"})
TEXT_SUFFIXES = frozenset({".csv", ".tsv", ".txt"})


def read_orders(
    paths: Sequence[Path], refusals: Refusals, start: int = 0, seen: set[tuple[str, int]] | None = None
) -> Iterator[OrderRecord]:
    """Records of all orders in the files, in file order, numbered on from `start`; refused rows go to `refusals`.

    `seen` carries (reference, moment) over from files read before, so that no order counts twice.

    An order is met again under the same reference only as an amendment, at another moment; the same
    reference at the same moment is refused as a duplicate.
    Raises DatasetError for a file that is missing, of an unknown kind or not readable as what it says it is.
    """
    seen = set() if seen is None else seen
    sequence = start
    for path in paths:
        for line, order in read_bodies(path, refusals):
            moment = order.received_at or order.ordered_at
            if moment is None:
                refusals.add(Refused(line, "received_at", "moment"))
                continue
            mark = (order.reference, int(moment.timestamp() * 1_000_000))
            if mark in seen:
                refusals.add(Refused(line, "reference", "duplicate"))
                continue
            seen.add(mark)
            sequence += 1
            yield to_record(order, moment, sequence)


def read_batches(
    paths: Sequence[Path], refusals: Refusals, start: int = 0, seen: Seen | None = None
) -> Iterator[Batch]:
    """The orders of the files as batches, in file order, numbered on from `start`; refused rows go to `refusals`.

    The same orders as `read_orders` takes, with the same refusals, but no more than one stretch of a file is held at
    a time. `seen` carries the orders of files read before, so that no order counts twice.
    Raises DatasetError as `read_orders` does.
    """
    seen = Seen() if seen is None else seen
    sequence = start
    for path in paths:
        for stretch in _stretches(path, refusals):
            batch = _batch_of(stretch, seen, sequence)
            stretch.report(refusals)
            if batch.size:
                sequence += batch.size
                yield batch


class _Complaints(Refusals):
    """Refusals of one stretch, all kept until they can be told in the order of their lines."""

    def add(self, refused: Refused) -> None:
        self.rows.append(refused)


@dataclass(slots=True)
class _Stretch:
    """Consecutive rows of a file: those read by the column, those read as bodies (row, body), what was refused.

    `line` (n,) is the line of each row; rows of neither kind were refused.
    """

    line: IntArray
    checked: CheckedRows | None
    bodies: list[tuple[int, FiledOrder]]
    complaints: _Complaints

    def report(self, refusals: Refusals) -> None:
        for refused in sorted(self.complaints.rows, key=lambda each: each.line):
            refusals.add(refused)


def _stretches(path: Path, refusals: Refusals) -> Iterator[_Stretch]:
    if not path.is_file():
        raise DatasetError(f"{path}: no such file")
    suffix = kind_of(path)
    if suffix == ".parquet" and (places := _plain_places(path, refusals)) is not None:
        line = 0
        for rows in read_parquet(path, places, TABLE_ROWS):
            numbered = {position: rows.column(name) for position, name in enumerate(places)}
            lines = np.arange(line + 1, line + rows.num_rows + 1)
            yield _table_stretch(numbered, dict(enumerate(places.values())), lines, _Complaints())
            line += rows.num_rows
    elif suffix in TEXT_SUFFIXES:
        yield from _csv_stretches(path, refusals)
    else:
        yield from _body_stretches(path, refusals)


def _body_stretches(path: Path, refusals: Refusals) -> Iterator[_Stretch]:
    complaints = _Complaints()
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
    complaints = _Complaints()
    rows = _csv_rows(path, complaints)
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
    cells: Mapping[int, pa.Array], columns: Mapping[int, Column], lines: IntArray, complaints: _Complaints
) -> _Stretch:
    """One stretch of a table; rows that the columns leave open are answered by the schema one by one."""
    checked = check_rows(cells, columns, lines.size)
    bodies = []
    for row in np.flatnonzero(~checked.plain).tolist():
        body = body_of({position: cell(cells[position], row) for position in columns}, columns)
        order = _order_of(int(lines[row]), body, complaints)
        if order is not None:
            bodies.append((row, order))
    for row in np.flatnonzero(checked.plain & (checked.at == NONE)).tolist():
        complaints.add(Refused(int(lines[row]), "received_at", "moment"))
    return _Stretch(lines, checked, bodies, complaints)


def _batch_of(stretch: _Stretch, seen: Seen, sequence: int) -> Batch:
    """The orders of a stretch that were not met before, numbered on from `sequence`."""
    bodies = _with_moment(stretch)
    plain = _plain_rows(stretch)
    rows = np.concatenate([plain, np.array([row for row, _ in bodies], dtype=np.int64)])
    turn = np.argsort(rows, kind="stable")
    reference, at = (values[turn] for values in _marks(stretch, plain, [order for _, order in bodies]))
    new = seen.add(reference, at)
    for row in rows[turn][~new].tolist():
        stretch.complaints.add(Refused(int(stretch.line[row]), "reference", "duplicate"))
    arrivals = Arrivals(reference, at, sequence + np.cumsum(new))
    parts = []
    if stretch.checked is not None and plain.size:
        kept = new & (turn < plain.size)
        leaves = stretch.checked.leaves(rows[turn][kept])
        parts.append(batch_of_columns(leaves, Arrivals(*(each[kept] for each in arrivals))))
    if bodies:
        kept = new & (turn >= plain.size)
        orders = [bodies[place - plain.size][1] for place in turn[kept].tolist()]
        parts.append(batch_of_columns(BodyLeaves(orders), Arrivals(*(each[kept] for each in arrivals))))
    if len(parts) < 2:
        return parts[0] if parts else empty_batch()
    both = joined(parts)
    return taken(both, np.argsort(both.sequence, kind="stable"))


def _plain_rows(stretch: _Stretch) -> IntArray:
    if stretch.checked is None:
        return np.empty(0, dtype=np.int64)
    return np.flatnonzero(stretch.checked.plain & (stretch.checked.at != NONE))


def _marks(stretch: _Stretch, plain: IntArray, orders: list[FiledOrder]) -> tuple[IntArray, IntArray]:
    """Hashes of the references and moments of the rows read by the column, then of the bodies."""
    reference = np.array([key_hash(order.reference) for order in orders], dtype=np.int64)
    at = np.array([_moment_of(order) for order in orders], dtype=np.int64)
    if stretch.checked is None or plain.size == 0:
        return reference, at
    named = hashes(stretch.checked.columns["reference"].take(plain))
    return np.concatenate([named, reference]), np.concatenate([stretch.checked.at[plain], at])


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


def read_bodies(path: Path, refusals: Refusals) -> Iterator[tuple[int, FiledOrder]]:
    """Checked order bodies with their line (row number for Parquet), whatever the kind of file."""
    if not path.is_file():
        raise DatasetError(f"{path}: no such file")
    suffix = kind_of(path)
    if suffix in JSON_SUFFIXES:
        yield from _json_lines(path, refusals)
    elif suffix in TEXT_SUFFIXES:
        yield from _flat(_csv_rows(path, refusals), refusals)
    elif suffix == ".parquet":
        yield from _flat(_parquet_rows(path), refusals)
    else:
        raise DatasetError(f"{path}: kind of file not known; use .jsonl, .csv or .parquet")


def kind_of(path: Path) -> str:
    """The suffix that tells the kind, without .gz."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] == ".gz":
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def open_bytes(path: Path) -> IO[bytes]:
    """The file's bytes, unpacked where the name ends in .gz."""
    if path.suffix.lower() == ".gz":
        return cast("IO[bytes]", gzip.open(path, "rb"))
    return path.open("rb")


def _json_lines(path: Path, refusals: Refusals) -> Iterator[tuple[int, FiledOrder]]:
    with open_bytes(path) as file:
        for line, raw in enumerate(_lines(file, path), start=1):
            text = raw.strip().removeprefix(b"\xef\xbb\xbf")
            if not text:
                continue
            if len(text) > MAX_LINE_BYTES:
                refusals.add(Refused(line, "", "length"))
                continue
            order = _checked(line, text, refusals)
            if order is not None:
                yield line, order


def _lines(file: IO[bytes], path: Path) -> Iterator[bytes]:
    try:
        yield from file
    except (OSError, EOFError) as error:
        raise DatasetError(f"{path}: cannot be read: {error}") from error


def _checked(line: int, text: bytes, refusals: Refusals) -> FiledOrder | None:
    try:
        return FiledOrder.model_validate_json(text)
    except ValidationError as error:
        refusals.add(from_validation(line, error))
        return None


def _flat(rows: Iterable[tuple[int, Sequence[Any]]], refusals: Refusals) -> Iterator[tuple[int, FiledOrder]]:
    """Bodies from rows whose first is the header."""
    stream = iter(rows)
    _, header = next(stream, (1, ()))
    columns, refusals.unused_columns = columns_of(str(name) for name in header)
    width = len(header)
    for line, cells in stream:
        if len(cells) != width:
            refusals.add(Refused(line, "", "columns", f"{len(cells)} instead of {width}"))
            continue
        order = _order_of(line, body_of(dict(enumerate(cells)), columns), refusals)
        if order is not None:
            yield line, order


def _order_of(line: int, body: dict[str, Any], refusals: Refusals) -> FiledOrder | None:
    try:
        text = orjson.dumps(body, default=str)
    except (TypeError, orjson.JSONEncodeError) as error:
        refusals.add(Refused(line, "", "value", str(error)))
        return None
    return _checked(line, text, refusals)


def _csv_rows(path: Path, refusals: Refusals) -> Iterator[tuple[int, Sequence[str]]]:
    """Rows of a delimited file with the line each begins on; the delimiter is the header's commonest."""
    with open_bytes(path) as raw:
        text = (_decoded(line, path) for line in _lines(raw, path))
        header = next(text, "").removeprefix("\ufeff")
        delimiter = max(",;\t|", key=header.count)
        yield 1, next(csv.reader([header], delimiter=delimiter), [])
        reader = csv.reader(text, delimiter=delimiter)
        while True:
            line = reader.line_num + 2
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                refusals.add(Refused(line, "", "columns", str(error)))
                continue
            if cells:
                yield line, cells


def _decoded(line: bytes, path: Path) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DatasetError(f"{path}: not UTF-8 text; save it as CSV UTF-8") from error


def _parquet_rows(path: Path) -> Iterator[tuple[int, Sequence[Any]]]:
    """Rows of a Parquet file as plain values, moments as ISO text in UTC, the header first."""
    yield 1, parquet_schema(path).names
    line = 0
    for rows in read_parquet(path, None, BATCH):
        for row in zip(*(plain_cells(column) for column in rows.columns), strict=True):
            line += 1
            yield line, row
