"""Flat Parquet files: their columns read a stretch of rows at a time, and order bodies written as such columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from types import NoneType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from models.errors import DatasetError
from models.flat import Column as Place
from models.flat import resolve

WRITTEN_ROWS = 100_000
ARROW_KINDS = {
    "whole": pa.int64(), "float": pa.float64(), "bool": pa.bool_(), "moment": pa.timestamp("us", "UTC"),
    "date": pa.date32(),
}  # fmt: skip
PLAIN_TYPES: tuple[Callable[[pa.DataType], bool], ...] = (
    pa.types.is_string, pa.types.is_large_string, pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean,
    pa.types.is_decimal, pa.types.is_date, pa.types.is_timestamp, pa.types.is_null,
)  # fmt: skip


def is_plain(kind: pa.DataType) -> bool:
    """Whether a column of this type can be read by the column."""
    inner = kind.value_type if pa.types.is_dictionary(kind) else kind
    return any(test(inner) for test in PLAIN_TYPES)


def read_parquet(
    path: Path, places: Mapping[str, Place] | None, size: int, groups: Sequence[int] | None = None
) -> Iterator[pa.RecordBatch]:
    """The columns named in `places`, or all, of a Parquet file, `size` rows at a time. Opens that file and no other.

    Of its row groups those in `groups`, or all. Raises DatasetError for a file that is no Parquet.
    """
    repeated = [name for name, place in (places or {}).items() if place.kind not in ("decimal", "moment")]
    try:
        with pa.OSFile(str(path)) as source:
            file = pq.ParquetFile(source, read_dictionary=repeated)
            columns = None if places is None else list(places)
            wanted = None if groups is None else list(groups)
            yield from file.iter_batches(batch_size=size, row_groups=wanted, columns=columns)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _damaged(path, error) from error


def parquet_schema(path: Path) -> pa.Schema:
    """Names and types of a Parquet file's columns. Raises DatasetError for a file that is no Parquet."""
    try:
        with pa.OSFile(str(path)) as source:
            return pq.read_schema(source)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _damaged(path, error) from error


def row_groups(path: Path) -> list[int]:
    """Rows in each row group of a Parquet file. Raises DatasetError for a file that is no Parquet."""
    try:
        with pa.OSFile(str(path)) as source:
            about = pq.read_metadata(source)
            return [about.row_group(group).num_rows for group in range(about.num_row_groups)]
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> DatasetError:
    """One line for a file that says it is Parquet and is not."""
    said = str(error).splitlines()
    return DatasetError(f"{path}: not readable as Parquet: {said[0] if said else type(error).__name__}")


def write_parquet(bodies: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Order bodies as a flat Parquet file with the columns of `models.flat`.

    Moments become times in UTC, days dates, decimals numbers where all of them are numbers, lists of texts one text.
    Raises ValueError for a text with a vertical bar in a list of texts, which a flat file cannot tell apart.
    """
    cells: dict[str, list[Any]] = {}
    for row, body in enumerate(bodies):
        _gather(cells, row, "", body)
    arrays = {name: _arrow(name, cells.pop(name), len(bodies)) for name in sorted(cells)}
    pq.write_table(pa.table(arrays), path, row_group_size=WRITTEN_ROWS, compression="zstd")


def _gather(cells: dict[str, list[Any]], row: int, prefix: str, part: Mapping[str, Any]) -> None:
    """Append what a part states to the columns of its fields; a column ends with the last row that states it."""
    for name, value in part.items():
        path = prefix + name
        if isinstance(value, dict):
            _gather(cells, row, f"{path}.", value)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for place, member in enumerate(value):
                _gather(cells, row, f"{path}.{place}.", member)
        elif value is not None:
            column = cells.get(path)
            if column is None:
                column = cells[path] = []
            if len(column) < row:
                column.extend([None] * (row - len(column)))
            column.append(value)


def _arrow(name: str, cells: list[Any], size: int) -> pa.Array:
    """A column of `size` rows from the cells of the first of them."""
    cells.extend([None] * (size - len(cells)))
    place = resolve(name)
    if place is None:
        raise ValueError(f"{name}: no such field in an order")
    kinds = set(map(type, cells)) - {NoneType}
    if place.kind == "decimal" and all(issubclass(kind, int | float) for kind in kinds):
        return pa.array(cells, pa.float64())
    wanted = ARROW_KINDS.get(place.kind, pa.string())
    if place.kind == "moment" and str in kinds:
        cells = [datetime.fromisoformat(cell) if isinstance(cell, str) else cell for cell in cells]
    elif place.kind == "date" and str in kinds:
        cells = [date.fromisoformat(cell) if isinstance(cell, str) else cell for cell in cells]
    elif pa.types.is_string(wanted) and kinds != {str}:
        cells = [None if cell is None else _text(cell) for cell in cells]
    return pa.array(cells, wanted)


def _text(cell: Any) -> str:
    if isinstance(cell, list):
        if any("|" in text for text in cell):
            raise ValueError("a text with a vertical bar cannot stand in a list of a flat file")
        return "|".join(cell)
    return format(Decimal(repr(cell)), "f") if isinstance(cell, float) else str(cell)
