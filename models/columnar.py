"""Flat tables by the column: cells as dictionaries, each different value read and checked once.

A row whose cells all pass, with what the schema asks of rows, goes on in columns; any other row is put together as
one body and answered by the schema itself, so that both ways take the same rows and word the same refusals.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from math import isinf
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from features.columns import NONE, READ, Column, TableLeaves, distinct
from features.intake import FIRST_YEAR, LAST_YEAR, Amount, Code, LongText, Percent, Quantity, Reference, ShortText
from models.errors import DatasetError
from models.flat import Column as Place
from models.flat import declared_types, read_cell, required_fields, resolve

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICRO = timedelta(microseconds=1)
FIRST_MICRO = (datetime(FIRST_YEAR, 1, 1, tzinfo=UTC) - EPOCH) // MICRO
LAST_MICRO = (datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC) - EPOCH) // MICRO
# Members of a list beyond this one are left to the schema, which knows how long each list may be.
PLACES = 20
WRITTEN_ROWS = 100_000
ARROW_KINDS = {
    "whole": pa.int64(), "float": pa.float64(), "bool": pa.bool_(), "moment": pa.timestamp("us", "UTC"),
    "date": pa.date32(),
}  # fmt: skip
PLAIN_NUMBER = r"^[0-9]{1,9}(\.[0-9]{1,6})?$"
PLAIN_MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z?$"
# Of each decimal type the smallest number, whether that itself is allowed, and the largest.
BOUNDS: tuple[tuple[Any, bool, float], ...] = ((Quantity, False, 1e10), (Amount, True, 1e10), (Percent, False, 100.0))
# Of each type of text the greatest length and what none of its texts may hold; \x01 stands between them.
BETWEEN = "\x01"
UNWRITABLE = r"[\x00-\x08\x0b-\x1f]"
UNPRINTABLE = re.compile(r"[\x00\x02-\x08\x0b-\x1f\ud800-\udfff]")
TEXT_RULES: tuple[tuple[Any, int, re.Pattern[str]], ...] = (
    (ShortText, 200, UNPRINTABLE), (LongText, 2000, UNPRINTABLE), (Code, 64, UNPRINTABLE),
    (Reference, 64, re.compile(r"[^A-Za-z0-9_./:#\- \x01]")),
)  # fmt: skip
PLAIN_TYPES: tuple[Callable[[pa.DataType], bool], ...] = (
    pa.types.is_string, pa.types.is_large_string, pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean,
    pa.types.is_decimal, pa.types.is_date, pa.types.is_timestamp, pa.types.is_null,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Checked:
    """One column as the schema reads it, and the rows (n,) whose cells the schema has yet to judge."""

    column: Column
    doubtful: BoolArray | None = None


def is_plain(kind: pa.DataType) -> bool:
    """Whether a column of this type can be read by the column."""
    inner = kind.value_type if pa.types.is_dictionary(kind) else kind
    return any(test(inner) for test in PLAIN_TYPES)


def read_parquet(path: Path, places: Mapping[str, Place] | None, size: int) -> Iterator[pa.RecordBatch]:
    """The columns named in `places`, or all, of a Parquet file, `size` rows at a time. Opens that file and no other.

    Raises DatasetError for a file that is no Parquet.
    """
    repeated = [name for name, place in (places or {}).items() if place.kind not in ("decimal", "moment")]
    try:
        with pa.OSFile(str(path)) as source:
            file = pq.ParquetFile(source, read_dictionary=repeated)
            yield from file.iter_batches(batch_size=size, columns=None if places is None else list(places))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise damaged(path, error) from error


def parquet_schema(path: Path) -> pa.Schema:
    """Names and types of a Parquet file's columns. Raises DatasetError for a file that is no Parquet."""
    try:
        with pa.OSFile(str(path)) as source:
            return pq.read_schema(source)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise damaged(path, error) from error


def damaged(path: Path, error: Exception) -> DatasetError:
    """One line for a file that says it is Parquet and is not."""
    said = str(error).splitlines()
    return DatasetError(f"{path}: not readable as Parquet: {said[0] if said else type(error).__name__}")


def cell(column: pa.Array, row: int) -> Any:
    """One of `plain_cells`."""
    return plain_cells(column.slice(row, 1))[0]


def plain_cells(column: pa.Array) -> list[Any]:
    """Cells as a reader of rows gets them: plain values, times as text in UTC."""
    if pa.types.is_timestamp(column.type):
        return [None if value == NONE else written(value) for value in micros(column).tolist()]
    return [value if value is None or not hasattr(value, "isoformat") else str(value) for value in column.to_pylist()]


def written(micro: int) -> str:
    """A moment as ISO text in UTC."""
    return f"{np.datetime64(micro, 'us')}Z"


def micros(column: pa.Array) -> IntArray:
    """Moments as microseconds since 1970 UTC, NONE where missing; a moment without zone is UTC."""
    whole = column.cast(pa.timestamp("us", column.type.tz), safe=False).cast(pa.int64())
    return np.asarray(pc.fill_null(whole, pa.scalar(NONE, pa.int64())).to_numpy(zero_copy_only=False))


def checked(cells: pa.Array, place: Place) -> Checked:
    """A column of cells as the schema reads that field."""
    path = ".".join("*" if part.isdigit() else part for part in place.path)
    declared = declared_types()[path]
    if place.kind == "moment":
        found = _moments(cells)
        if found is not None:
            doubtful = (found != NONE) & ((found < FIRST_MICRO) | (found >= LAST_MICRO))
            return Checked(Column.of_wholes(found), doubtful if doubtful.any() else None)
    if place.kind == "decimal":
        numbers = _plain_numbers(cells)
        if numbers is not None and _exact(numbers, declared):
            return Checked(Column.of_floats(numbers, decimal_of))
    if place.kind == "text" and path not in READ and (unread := _unread_text(cells, declared)) is not None:
        return unread
    codes, values = _coded(cells)
    typed = _plain_texts(values, declared) if place.kind == "text" else None
    bad: list[int] = []
    if typed is None:
        typed, bad = _typed([read_cell(value, place) for value in values], declared)
    column = Column(codes, typed)
    if place.kind == "moment":
        column = Column.of_wholes(_micro_wholes(column))
    return Checked(column, np.isin(codes, bad) if bad else None)


def decimal_of(value: float) -> Decimal:
    """The decimal that a number of a file is written as."""
    return Decimal(repr(value))


def _micro_wholes(column: Column) -> IntArray:
    return column.spread([NONE if value is None else (value - EPOCH) // MICRO for value in column.values], np.int64)


def _moments(cells: pa.Array) -> IntArray | None:
    """Moments of a column that holds times, or plain text of one; None where each value has to be looked at."""
    if pa.types.is_timestamp(cells.type):
        return micros(cells)
    texts = _texts(cells)
    if texts is None or not _all_match(texts, PLAIN_MOMENT):
        return None
    try:
        return micros(pc.replace_substring(texts, "Z", "").cast(pa.timestamp("us")))
    except pa.ArrowInvalid:
        return None


def _texts(cells: pa.Array) -> pa.Array | None:
    """Text with empty cells missing, None for other columns."""
    if not pa.types.is_string(cells.type):
        return None
    return pc.if_else(pc.equal(cells, ""), pa.scalar(None, pa.string()), cells)


def _all_match(texts: pa.Array, pattern: str) -> bool:
    return bool(pc.all(pc.match_substring_regex(texts, pattern)).as_py() in (True, None))


def _plain_numbers(cells: pa.Array) -> NDArray[np.float64] | None:
    """Numbers (n,), NaN where missing, of a column of numbers or of plain text of them."""
    if pa.types.is_floating(cells.type) or (pa.types.is_integer(cells.type) and cells.type.bit_width <= 32):
        return np.asarray(cells.cast(pa.float64()).to_numpy(zero_copy_only=False))
    texts = _texts(cells)
    if texts is None or not _all_match(texts, PLAIN_NUMBER):
        return None
    return np.asarray(texts.cast(pa.float64()).to_numpy(zero_copy_only=False))


def _exact(numbers: NDArray[np.float64], declared: Any) -> bool:
    """Whether every number is a decimal of at most six places and fifteen digits within the bounds of its type.

    Such a decimal is the shortest text of its number, so that the number stands for it without loss.
    """
    zero, largest = next((zero, largest) for kind, zero, largest in BOUNDS if kind in _parts(declared))
    known = numbers[~np.isnan(numbers)]
    fits = (known >= 0 if zero else known > 0) & (known <= largest)
    small = known < 1e9
    return bool(np.all(fits & np.where(small, _written_to(known, 1e6), _written_to(known, 1e3))))


def _written_to(numbers: NDArray[np.float64], scale: float) -> BoolArray:
    return np.asarray(np.rint(numbers * scale) / scale == numbers)


def _parts(declared: Any) -> tuple[Any, ...]:
    return (declared, *getattr(declared, "__args__", ()))


def _coded(cells: pa.Array) -> tuple[IntArray, list[Any]]:
    """Codes (n,) and the cells they stand for, only those that occur."""
    encoded = cells if pa.types.is_dictionary(cells.type) else cells.dictionary_encode()
    missing = len(encoded.dictionary)
    indices = pc.fill_null(encoded.indices.cast(pa.int64()), missing).to_numpy()
    codes, firsts = distinct(indices, missing + 1)
    used = indices[firsts]
    return codes, plain_cells(encoded.dictionary.take(pa.array(used, mask=used == missing)))


def _unread_text(cells: pa.Array, declared: Any) -> Checked | None:
    """Whether each text of a column that no function reads is stated; None where its values must be looked at."""
    texts = cells.dictionary if pa.types.is_dictionary(cells.type) else cells
    rule = next(
        (longest for kind, longest, barred in TEXT_RULES if barred is UNPRINTABLE and kind in _parts(declared)), 0
    )
    if not rule or not pa.types.is_string(texts.type):
        return None
    shortest = pc.min(pc.utf8_length(pc.utf8_trim_whitespace(texts))).as_py()
    longest = pc.max(pc.utf8_length(texts)).as_py()
    if shortest == 0 or (longest or 0) > rule or pc.any(pc.match_substring_regex(texts, UNWRITABLE)).as_py():
        return None
    return Checked(Column(cells.is_valid().to_numpy(zero_copy_only=False).astype(np.int64), [None, True]))


def _plain_texts(values: list[Any], declared: Any) -> list[Any] | None:
    """Texts as the schema reads them, None where it has to look at each."""
    rule = next(((longest, barred) for kind, longest, barred in TEXT_RULES if kind in _parts(declared)), None)
    if rule is None or not all(value is None or isinstance(value, str) for value in values):
        return None
    longest, barred = rule
    read = [value.strip() or None if value else None for value in values]
    texts = [text for text in read if text is not None]
    whole = BETWEEN.join(texts)
    fits = not texts or (
        max(map(len, texts)) <= longest and whole.count(BETWEEN) == len(texts) - 1 and barred.search(whole) is None
    )
    return read if fits else None


def _typed(values: list[Any], declared: Any) -> tuple[list[Any], list[int]]:
    """Values as the schema reads them and the places of those that it does not, or that only it can judge."""
    places = [place for place, value in enumerate(values) if value is not None]
    bad = {place for place in places if isinstance(values[place], float) and isinf(values[place])}
    good = [place for place in places if place not in bad]
    typed: list[Any] = [None] * len(values)
    while good:
        try:
            text = orjson.dumps([values[place] for place in good], default=str)
            read = _adapter(declared).validate_json(text, strict=True)
        except ValidationError as error:
            wrong = {int(each["loc"][0]) for each in error.errors(include_url=False, include_input=False)}
            bad |= {good[index] for index in wrong}
            good = [place for index, place in enumerate(good) if index not in wrong]
        except (TypeError, orjson.JSONEncodeError):
            return [None] * len(values), places
        else:
            for place, value in zip(good, read, strict=True):
                typed[place] = value
            break
    return typed, sorted(bad)


@cache
def _adapter(declared: Any) -> TypeAdapter[list[Any]]:
    return TypeAdapter(list[declared])


@dataclass(frozen=True, slots=True)
class CheckedRows:
    """Checked columns by path; `plain` (n,) are the rows that need no other check, `at` (n,) their moments."""

    columns: dict[str, Column]
    plain: BoolArray
    at: IntArray

    def leaves(self, rows: IntArray) -> TableLeaves:
        """The fields of some plain rows."""
        if rows.size == self.plain.size:
            return TableLeaves(rows.size, self.columns)
        return TableLeaves(rows.size, {path: column.take(rows) for path, column in self.columns.items()})


def check_rows(cells: Mapping[int, pa.Array], places: Mapping[int, Place], size: int) -> CheckedRows:
    """Columns of one stretch of a table, by their position, checked as the schema checks its fields."""
    columns: dict[str, Column] = {}
    plain = np.ones(size, dtype=np.bool_)
    for position, place in places.items():
        found = checked(cells[position], place)
        if found.doubtful is not None:
            plain &= ~found.doubtful
        if any(part.isdigit() and int(part) >= PLACES for part in place.path):
            plain &= ~found.column.stated
        else:
            columns[".".join(place.path)] = found.column
    plain &= _complete(columns, size)
    return CheckedRows(columns, plain, _arrival(columns, size))


def _complete(columns: Mapping[str, Column], size: int) -> BoolArray:
    """Rows in which every part that is stated states what it must."""
    leaves = TableLeaves(size, columns)
    complete = leaves.stated("customer") & (np.diff(leaves.starts) > 0) & leaves.stated("reference")
    for part, name in required_fields().items():
        path, listed, _ = part.partition(".*")
        if listed:
            for place, member in enumerate(leaves.members(path)):
                complete &= ~member | leaves.stated(f"{path}.{place}.{name}")
        elif part:
            complete &= ~leaves.stated(part) | leaves.stated(f"{part}.{name}")
    return complete


def _arrival(columns: Mapping[str, Column], size: int) -> IntArray:
    """received_at, else ordered_at, microseconds since 1970 UTC, NONE where neither is stated."""
    at = np.full(size, NONE)
    for name in ("ordered_at", "received_at"):
        if name in columns:
            wholes = columns[name].wholes
            at = np.where(wholes == NONE, at, wholes)
    return at


def write_parquet(bodies: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Order bodies as a flat Parquet file with the columns of `models.flat`, a stretch of rows at a time.

    Moments become times in UTC, days dates, decimals numbers where all of them are numbers, lists of texts one text.
    Raises ValueError for a text with a vertical bar in a list of texts, which a flat file cannot tell apart.
    """
    schema = _schema(bodies)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for start in range(0, len(bodies), WRITTEN_ROWS):
            rows = [dict(_flattened("", body)) for body in bodies[start : start + WRITTEN_ROWS]]
            columns = [
                pa.array([_cell_value(row.get(field.name), field.type) for row in rows], field.type) for field in schema
            ]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))


def _schema(bodies: Sequence[Mapping[str, Any]]) -> pa.Schema:
    kinds: dict[str, pa.DataType] = {}
    for body in bodies:
        for name, value in _flattened("", body):
            kind = _arrow_kind(name, isinstance(value, int | float))
            if kinds.setdefault(name, kind) != kind:
                kinds[name] = pa.string()
    return pa.schema(sorted(kinds.items()))


@cache
def _arrow_kind(name: str, is_number: bool) -> pa.DataType:
    place = resolve(name)
    if place is None:
        raise ValueError(f"{name}: no such field in an order")
    if place.kind == "decimal":
        return pa.float64() if is_number else pa.string()
    return ARROW_KINDS.get(place.kind, pa.string())


def _flattened(prefix: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Path and value of every stated field."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _flattened(f"{prefix}.{name}" if prefix else name, part)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for place, part in enumerate(value):
            yield from _flattened(f"{prefix}.{place}", part)
    elif value is not None:
        yield prefix, value


def _cell_value(value: Any, kind: pa.DataType) -> Any:
    if value is None:
        return None
    if pa.types.is_timestamp(kind):
        return datetime.fromisoformat(value) if isinstance(value, str) else value
    if pa.types.is_date(kind):
        return date.fromisoformat(value) if isinstance(value, str) else value
    if isinstance(value, list):
        if any("|" in text for text in value):
            raise ValueError("a text with a vertical bar cannot stand in a list of a flat file")
        return "|".join(value)
    if pa.types.is_string(kind):
        return format(decimal_of(value), "f") if isinstance(value, float) else str(value)
    return value
