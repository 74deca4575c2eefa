"""Cells of one column of a flat table as the schema reads that field: each different value looked at once.

Whole columns are judged by Arrow where a plain rule says all that the schema would say; else each different value is
asked of the schema itself. Cells that it alone can judge are told apart, so that their rows are answered one by one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from math import isinf
from types import NoneType
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from features.columns import NONE, Column, distinct
from features.intake import FIRST_YEAR, LAST_YEAR, Amount, Code, LongText, Percent, Quantity, Reference, ShortText
from features.leaves import READ
from models.flat import Column as Place
from models.flat import declared_types, read_cell

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICRO = timedelta(microseconds=1)
FIRST_MICRO = (datetime(FIRST_YEAR, 1, 1, tzinfo=UTC) - EPOCH) // MICRO
LAST_MICRO = (datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC) - EPOCH) // MICRO
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


@dataclass(frozen=True, slots=True)
class Checked:
    """One column as the schema reads it, and the rows (n,) whose cells the schema has yet to judge."""

    column: Column
    doubtful: BoolArray | None = None


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
    if rule is None or not set(map(type, values)) <= {str, NoneType}:
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
