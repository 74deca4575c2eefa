"""Flat tables by the column: cells as dictionaries, each different value read and checked once (`models.cells`).

A row whose cells all pass, with what the schema asks of rows, goes on in columns; any other row is put together as
one body and answered by the schema itself, so that both ways take the same rows and word the same refusals.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.columns import NONE, Column
from features.leaves import TableLeaves
from models.cells import checked
from models.flat import Column as Place
from models.flat import required_fields

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
# Members of a list beyond this one are left to the schema, which knows how long each list may be.
PLACES = 20


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
