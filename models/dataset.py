"""Orders and labels from files: JSON Lines, flat CSV, flat Parquet.

Files are read as streams; a bad row is answered with line, field, reason and remedy (`models.refusals`) and
the reading goes on. Columns of flat files are documented in `models.flat`. The kind of a file is told by its
name: `.jsonl`, `.ndjson`, `.json` (also `.gz`), `.csv`, `.tsv`, `.txt` (also `.gz`), `.parquet`.

CSV is read by the standard library, which knows the line of every row, also after quoted line breaks. Parquet is
read by Arrow, which opens that one file and nothing else.

`models.batches` encodes as it reads and keeps arrays only; `read_orders` is for those who need the records.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
import orjson
from numpy.typing import NDArray
from pydantic import ValidationError

from features.arrival import to_record
from features.intake import FiledOrder
from features.records import OrderRecord
from models.cells import plain_cells
from models.errors import DatasetError
from models.flat import body_of, columns_of
from models.parquet import parquet_schema, read_parquet
from models.refusals import Refusals, Refused, from_validation

__all__ = ["DatasetError", "checked", "kind_of", "open_bytes", "read_bodies", "read_orders", "read_texts"]

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


def read_bodies(path: Path, refusals: Refusals) -> Iterator[tuple[int, FiledOrder]]:
    """Checked order bodies with their line (row number for Parquet), whatever the kind of file."""
    for line, text in read_texts(path, refusals):
        order = checked(line, text, refusals)
        if order is not None:
            yield line, order


def read_texts(path: Path, refusals: Refusals) -> Iterator[tuple[int, bytes]]:
    """JSON of each order with its line, whatever the kind of file; nothing of it is checked against the schema yet.

    Raises DatasetError for a file that is missing, of an unknown kind or not readable as what it says it is.
    """
    if not path.is_file():
        raise DatasetError(f"{path}: no such file")
    suffix = kind_of(path)
    if suffix in JSON_SUFFIXES:
        yield from _json_lines(path, refusals)
    elif suffix in TEXT_SUFFIXES:
        yield from _flat_texts(csv_rows(path, refusals), refusals)
    elif suffix == ".parquet":
        yield from _flat_texts(_parquet_rows(path), refusals)
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


def _json_lines(path: Path, refusals: Refusals) -> Iterator[tuple[int, bytes]]:
    with open_bytes(path) as file:
        for line, raw in enumerate(_lines(file, path), start=1):
            text = raw.strip().removeprefix(b"\xef\xbb\xbf")
            if not text:
                continue
            if len(text) > MAX_LINE_BYTES:
                refusals.add(Refused(line, "", "length"))
                continue
            yield line, text


def _lines(file: IO[bytes], path: Path) -> Iterator[bytes]:
    try:
        yield from file
    except (OSError, EOFError) as error:
        raise DatasetError(f"{path}: cannot be read: {error}") from error


def checked(line: int, text: bytes | str, refusals: Refusals) -> FiledOrder | None:
    """The order that a JSON text is, checked by the schema; None where it is refused."""
    try:
        return FiledOrder.model_validate_json(text)
    except ValidationError as error:
        refusals.add(from_validation(line, error))
        return None


def _flat_texts(rows: Iterable[tuple[int, Sequence[Any]]], refusals: Refusals) -> Iterator[tuple[int, bytes]]:
    """JSON from rows whose first is the header."""
    stream = iter(rows)
    _, header = next(stream, (1, ()))
    columns, refusals.unused_columns = columns_of(str(name) for name in header)
    width = len(header)
    for line, cells in stream:
        if len(cells) != width:
            refusals.add(Refused(line, "", "columns", f"{len(cells)} instead of {width}"))
            continue
        text = _dumped(line, body_of(dict(enumerate(cells)), columns), refusals)
        if text is not None:
            yield line, text


def order_of(line: int, body: dict[str, Any], refusals: Refusals) -> FiledOrder | None:
    """The order that a body is, checked by the schema; None where it is refused."""
    text = _dumped(line, body, refusals)
    return None if text is None else checked(line, text, refusals)


def _dumped(line: int, body: dict[str, Any], refusals: Refusals) -> bytes | None:
    try:
        return orjson.dumps(body, default=str)
    except (TypeError, orjson.JSONEncodeError) as error:
        refusals.add(Refused(line, "", "value", str(error)))
        return None


def csv_rows(path: Path, refusals: Refusals) -> Iterator[tuple[int, Sequence[str]]]:
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
