"""Where the fields of many orders come from: checked bodies (`BodyLeaves`) or a flat table (`TableLeaves`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from features.carried.core import LINE, ORDER
from features.carried.parties import KEYS
from features.columns import Column, at_rows, combined, occurring, recoded
from features.intake import OrderIn

IntArray = NDArray[np.int64]
# What an absent field of a list's member reads as; the schema says the same.
DEFAULTS: dict[str, Any] = {"lines.unit": "kg", "lines.item_type": "chemical", "intermediaries.role": "broker"}


def _read_fields() -> frozenset[str]:
    lines = {f"lines.*.{read}" for node in LINE.values() for read in node.reads}
    orders = {read for node in ORDER.values() for read in node.reads} | set(KEYS.values())
    fields = {read.replace("lead.", "lines.*.", 1) if read.startswith("lead.") else read for read in orders}
    return frozenset(field.removeprefix("order.") for field in fields | lines)


# Paths (`*` for a position) of the fields whose values some function reads; of others only whether they are stated.
READ = _read_fields()


class Leaves(Protocol):
    """Where the fields of the orders come from; `starts` (n + 1,) are where the lines of each begin."""

    size: int
    starts: IntArray

    def field(self, path: str) -> Column:
        """A field, None where it or the part that holds it is absent."""

    def present(self, path: str) -> Column:
        """Whether a part or field is stated."""

    def listed(self, path: str, field: str) -> Column:
        """A field of every member of a list as a tuple, None where there is no list."""

    def of_lines(self, field: str) -> Column:
        """A field of all lines of all orders, one after another."""


class BodyLeaves:
    """Fields of checked order bodies."""

    def __init__(self, orders: Sequence[OrderIn]) -> None:
        self.size = len(orders)
        self.starts = np.zeros(self.size + 1, dtype=np.int64)
        np.cumsum([len(order.lines) for order in orders], out=self.starts[1:])
        self._lines = [line for order in orders for line in order.lines]
        self._parts: dict[str, Sequence[Any]] = {"order": orders}

    def _objects(self, path: str) -> Sequence[Any]:
        """The part at a path of every order, None where it is absent."""
        if path not in self._parts:
            head, _, last = path.rpartition(".")
            holders = self._objects(head or "order")
            self._parts[path] = [None if each is None else getattr(each, last) for each in holders]
        return self._parts[path]

    def field(self, path: str) -> Column:
        head, _, last = path.rpartition(".")
        return Column.of_values([None if each is None else getattr(each, last) for each in self._objects(head)])

    def present(self, path: str) -> Column:
        head, _, last = path.rpartition(".")
        return Column.of_values(
            [each is not None and getattr(each, last) is not None for each in self._objects(head or "order")]
        )

    def listed(self, path: str, field: str) -> Column:
        lists = self._objects(path)
        return Column.of_values(
            [None if members is None else tuple([getattr(member, field) for member in members]) for members in lists]
        )

    def of_lines(self, field: str) -> Column:
        return Column.of_values([getattr(line, field) for line in self._lines])


class TableLeaves:
    """Fields of a flat table: one checked column for each path such as `lines.0.cas`, absent cells None.

    Every row holds at least one line and a quantity in each of its lines.
    """

    def __init__(self, size: int, columns: Mapping[str, Column]) -> None:
        self.size = size
        self._columns = columns
        self._masks: dict[str, NDArray[np.bool_]] = {}
        self._counts: dict[str, IntArray] = {}
        self._line_counts = self._count("lines")
        self.starts = np.zeros(size + 1, dtype=np.int64)
        np.cumsum(self._line_counts, out=self.starts[1:])

    def field(self, path: str) -> Column:
        return self._columns.get(path.removeprefix("order.")) or Column.constant(None, self.size)

    def present(self, path: str) -> Column:
        return Column(self.stated(path.removeprefix("order.")).astype(np.int64), [False, True])

    def stated(self, path: str) -> NDArray[np.bool_]:
        """Rows in which a field or anything below a part is stated."""
        if path not in self._masks:
            found = [column.stated for name, column in self._columns.items() if f"{name}.".startswith(f"{path}.")]
            self._masks[path] = reduce(np.logical_or, found, np.zeros(self.size, dtype=np.bool_))
        return self._masks[path]

    def members(self, path: str) -> list[NDArray[np.bool_]]:
        """Of each place of a list the rows whose list reaches it."""
        return [self._count(path) > place for place in range(self._places(path))]

    def _count(self, path: str) -> IntArray:
        """Members of a list in each row: as many as the last that states anything asks for."""
        if path not in self._counts:
            count = np.zeros(self.size, dtype=np.int64)
            for place in range(self._places(path)):
                count[self.stated(f"{path}.{place}")] = place + 1
            self._counts[path] = count
        return self._counts[path]

    def _places(self, path: str) -> int:
        places = [name[len(path) + 1 :].split(".")[0] for name in self._columns if name.startswith(f"{path}.")]
        return max((int(place) + 1 for place in places if place.isdigit()), default=0)

    def _member(self, path: str, place: int, field: str) -> Column:
        column = self._columns.get(f"{path}.{place}.{field}")
        default = DEFAULTS.get(f"{path}.{field}")
        if column is None:
            return Column.constant(default, self.size)
        return column if default is None else column.mapped(lambda value: default if value is None else value)

    def listed(self, path: str, field: str) -> Column:
        places = self._places(path)
        if places == 0:
            return Column.constant(None, self.size)
        counts = Column(self._count(path), list(range(places + 1)))
        columns = [counts, *(self._member(path, place, field) for place in range(places))]
        codes, firsts = combined(columns)
        members = zip(*(at_rows(column, firsts) for column in columns), strict=True)
        return recoded(codes, [tuple(row[:count]) if count else None for count, *row in members])

    def of_lines(self, field: str) -> Column:
        counts = self._line_counts
        members = [self._member("lines", place, field) for place in range(self._places("lines"))]
        if len(members) == 1:
            return members[0]
        inside = np.arange(len(members)) < counts[:, None]
        typed = members[0].typed
        if typed is not None and all(member.typed is typed or member.one for member in members):
            return Column.of_floats(np.stack([member.floats for member in members], axis=1)[inside], typed)
        numbers: dict[Any, int] = {}
        codes = np.empty((self.size, len(members)), dtype=np.int64)
        for place, member in enumerate(members):
            places = [numbers.setdefault(value, len(numbers)) for value in member.values]
            codes[:, place] = np.array(places, dtype=np.int64)[member.codes]
        return occurring(codes[inside], list(numbers))
