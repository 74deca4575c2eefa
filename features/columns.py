"""Columns of many orders: an array of codes and the values they stand for.

A function of `features.carried` is called once for every different combination of what it reads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isnan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.carried.core import NAN, Node, number
from features.compiled import compiled

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
NONE = np.iinfo(np.int64).min
DIRECT = 4  # codes up to so many times the rows are counted in a table, more are hashed
WIDEST = 2**62


class Column:
    """One value a row: `codes` (n,) into `values`, and the same as numbers (n,), each made when it is asked for.

    A column of numbers (`typed` is set) is told from the numbers alone and coded only where a function asks for values.
    """

    __slots__ = ("_codes", "_floats", "_values", "_wholes", "typed")

    def __init__(self, codes: IntArray | None = None, values: list[Any] | None = None) -> None:
        self._codes, self._values = codes, values
        self._floats: FloatArray | None = None
        self._wholes: IntArray | None = None
        self.typed: Callable[[Any], Any] | None = None

    @classmethod
    def constant(cls, value: Any, size: int) -> Column:
        return cls(np.zeros(size, dtype=np.int64), [value])

    @classmethod
    def of_floats(cls, floats: FloatArray, typed: Callable[[float], Any] = float) -> Column:
        """Numbers, NaN for none; `typed` makes the value of a number."""
        column = cls()
        column._floats, column.typed = floats, typed
        return column

    @classmethod
    def of_wholes(cls, wholes: IntArray) -> Column:
        """Whole numbers, NONE for none."""
        column = cls()
        column._wholes, column.typed = wholes, int
        return column

    @classmethod
    def of_values(cls, values: Sequence[Any]) -> Column:
        """Any hashable values, None for none."""
        return cls(*numbered(values))

    @property
    def codes(self) -> IntArray:
        if self._codes is None:
            self._encode()
        assert self._codes is not None
        return self._codes

    @property
    def values(self) -> list[Any]:
        if self._values is None:
            self._encode()
        assert self._values is not None
        return self._values

    @property
    def floats(self) -> FloatArray:
        if self._floats is None:
            if self._wholes is not None:
                self._floats = np.where(self._wholes == NONE, NAN, self._wholes)
            else:
                self._floats = self.spread([number(value) for value in self.values], np.float64)
        return self._floats

    @property
    def wholes(self) -> IntArray:
        """The whole numbers of a column made of them."""
        assert self._wholes is not None
        return self._wholes

    @property
    def one(self) -> bool:
        """Whether all rows are known to hold one value."""
        return self._values is not None and len(self._values) == 1

    @property
    def stated(self) -> NDArray[np.bool_]:
        """Rows that hold anything but None."""
        if self.typed is not None:
            return ~np.isnan(self.floats)
        return np.asarray(self.spread([value is not None for value in self.values], np.bool_))

    def spread(self, of_values: Sequence[Any], kind: Any) -> NDArray[Any]:
        """An array (n,) from one entry for each of `values`."""
        return np.asarray(np.array(of_values, dtype=kind)[self.codes])

    def take(self, rows: NDArray[Any]) -> Column:
        """The column at some rows, by number or mask."""
        if self.typed is None:
            return occurring(self.codes[rows], self.values)
        if self._wholes is not None:
            return Column.of_wholes(self._wholes[rows])
        return Column.of_floats(self.floats[rows], self.typed)

    def mapped(self, function: Callable[[Any], Any]) -> Column:
        """The column with every value replaced."""
        return recoded(self.codes, [function(value) for value in self.values])

    def _encode(self) -> None:
        typed = self.typed or float
        if self._wholes is not None:
            self._codes, firsts = distinct(self._wholes, 0)
            self._values = [None if value == NONE else value for value in self._wholes[firsts].tolist()]
        else:
            floats = self.floats
            self._codes, firsts = distinct(floats.view(np.int64), 0)
            self._values = [None if isnan(value) else typed(value) for value in floats[firsts].tolist()]


def occurring(codes: IntArray, values: list[Any]) -> Column:
    """A column that holds only those values that occur in it, so that no function is asked about any other."""
    found, firsts = distinct(codes, len(values))
    return Column(found, [values[code] for code in codes[firsts].tolist()])


def recoded(codes: IntArray, values: Sequence[Any]) -> Column:
    """A column whose values may repeat, each given one code."""
    places, kept = numbered(values)
    return Column(codes if len(kept) == len(values) else places[codes], kept)


def numbered(values: Sequence[Any]) -> tuple[IntArray, list[Any]]:
    """The place (n,) of each value among the different ones, and these in the order of their first."""
    kept = list(dict.fromkeys(values))
    if len(kept) == len(values):
        return np.arange(len(kept)), kept
    numbers = dict(zip(kept, range(len(kept)), strict=True))
    return np.fromiter(map(numbers.__getitem__, values), np.int64, len(values)), kept


def distinct(keys: IntArray, bound: int) -> tuple[IntArray, IntArray]:
    """Codes (n,) of equal keys in the order of their first rows, and those rows. Keys below `bound` if it is set."""
    if 0 < bound <= max(DIRECT * keys.size, 1024):
        return _counted(keys, bound)
    return _hashed(keys)


@compiled
def _counted(keys: IntArray, bound: int) -> tuple[IntArray, IntArray]:
    size = keys.shape[0]
    place = np.full(bound, -1, dtype=np.int64)
    codes = np.empty(size, dtype=np.int64)
    firsts = np.empty(size, dtype=np.int64)
    count = 0
    for i in range(size):
        code = place[keys[i]]
        if code < 0:
            code = count
            place[keys[i]] = code
            firsts[code] = i
            count += 1
        codes[i] = code
    return codes, firsts[:count].copy()


@compiled
def _hashed(keys: IntArray) -> tuple[IntArray, IntArray]:
    size = keys.shape[0]
    slots = 16
    while slots < 2 * size:
        slots *= 2
    mask = np.uint64(slots - 1)
    place = np.full(slots, -1, dtype=np.int32)
    codes = np.empty(size, dtype=np.int64)
    firsts = np.empty(size, dtype=np.int64)
    count = 0
    for i in range(size):
        mixed = np.uint64(keys[i])
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        slot = (mixed ^ (mixed >> np.uint64(31))) & mask
        while True:
            code = place[slot]
            if code < 0:
                place[slot] = count
                firsts[count] = i
                codes[i] = count
                count += 1
                break
            if keys[firsts[code]] == keys[i]:
                codes[i] = code
                break
            slot = (slot + np.uint64(1)) & mask
    return codes, firsts[:count].copy()


def combined(columns: Sequence[Column]) -> tuple[IntArray, IntArray]:
    """Codes (n,) of the different combinations of these columns' values, and the first row of each."""
    codes, bound = columns[0].codes, len(columns[0].values)
    for column in columns[1:]:
        width = len(column.values)
        if bound * width >= WIDEST:
            codes, firsts = distinct(codes, bound)
            bound = firsts.size
        codes = codes * width + column.codes
        bound *= width
    return distinct(codes, bound)


def evaluated(node: Node, columns: Sequence[Column], size: int) -> Column:
    """A node over columns of `size` rows."""
    if node.arithmetic:
        with np.errstate(invalid="ignore", over="ignore"):
            return Column.of_floats(np.asarray(node.compute(*(column.floats for column in columns)), dtype=np.float64))
    varying = [column for column in columns if not column.one]
    if not varying:
        return Column.constant(node.compute(*(column.values[0] for column in columns)), size)
    if len(varying) == 1:
        codes = varying[0].codes
        arguments = [column.values if column is varying[0] else _repeated(column, varying[0]) for column in columns]
    else:
        codes, firsts = combined(varying)
        arguments = [at_rows(column, firsts) for column in columns]
    return recoded(codes, list(map(node.compute, *arguments)))


def _repeated(column: Column, like: Column) -> list[Any]:
    return column.values * len(like.values)


def at_rows(column: Column, rows: IntArray) -> list[Any]:
    values = column.values
    if column.one:
        return values * rows.size
    return [values[code] for code in column.codes[rows].tolist()]
