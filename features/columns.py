"""Many orders at once: the functions of `features.carried` over dictionary-encoded columns.

A column is an array of codes and the list of values they stand for, so that a function is called once for every
different combination of what it reads. Where the values come from is for `Leaves`: checked bodies (`BodyLeaves`)
or the columns of a flat table (`TableLeaves`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from math import isnan
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from features.arrival import key_hashes
from features.batch import BASE_KEYS, MASS_LIMIT, Batch
from features.carried import CARRIED
from features.carried.core import LINE, NAN, ORDER, Node, number
from features.carried.parties import KEYS
from features.compiled import compiled
from features.intake import OrderIn

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
MICROS_PER_DAY = 86_400_000_000
NONE = np.iinfo(np.int64).min
DIRECT = 4  # codes up to so many times the rows are counted in a table, more are hashed
WIDEST = 2**62
# What an absent field of a list's member reads as; the schema says the same.
DEFAULTS: dict[str, Any] = {"lines.unit": "kg", "lines.item_type": "chemical", "intermediaries.role": "broker"}


def _read_fields() -> frozenset[str]:
    lines = {f"lines.*.{read}" for node in LINE.values() for read in node.reads}
    orders = {read for node in ORDER.values() for read in node.reads} | set(KEYS.values())
    fields = {read.replace("lead.", "lines.*.", 1) if read.startswith("lead.") else read for read in orders}
    return frozenset(field.removeprefix("order.") for field in fields | lines)


# Paths (`*` for a position) of the fields whose values some function reads; of others only whether they are stated.
READ = _read_fields()


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
        arguments = [_at(column, firsts) for column in columns]
    return recoded(codes, list(map(node.compute, *arguments)))


def _repeated(column: Column, like: Column) -> list[Any]:
    return column.values * len(like.values)


def _at(column: Column, rows: IntArray) -> list[Any]:
    values = column.values
    if column.one:
        return values * rows.size
    return [values[code] for code in column.codes[rows].tolist()]


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
        members = zip(*(_at(column, firsts) for column in columns), strict=True)
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


@compiled
def _grouped(starts: IntArray, goods: IntArray, rank: IntArray, mass: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Lines of each order put together by goods: starts (n + 1,), first lines (m,) and masses (m,), NONE unknown.

    `rank` (lines, 2) is control and place in the alphabet; the most controlled goods lead, then the heaviest.
    """
    size, lines = starts.shape[0] - 1, goods.shape[0]
    begins = np.zeros(size + 1, dtype=np.int64)
    first = np.empty(lines, dtype=np.int64)
    total = np.empty(lines, dtype=np.int64)
    end = 0
    for i in range(size):
        begin = end
        for line in range(starts[i], starts[i + 1]):
            place = begin
            while place < end and goods[first[place]] != goods[line]:
                place += 1
            if place == end:
                first[place], total[place] = line, mass[line]
                end += 1
            elif mass[line] != NONE:
                total[place] = mass[line] + (total[place] if total[place] != NONE else 0)
        for place in range(begin + 1, end):
            line, weight = first[place], total[place]
            known = max(weight, 0)
            before = place - 1
            while before >= begin:
                other, its = first[before], max(total[before], 0)
                ahead = rank[line, 0] - rank[other, 0]
                if ahead == 0:
                    ahead = known - its
                if ahead == 0:
                    ahead = rank[other, 1] - rank[line, 1]
                if ahead <= 0:
                    break
                first[before + 1], total[before + 1] = other, total[before]
                before -= 1
            first[before + 1], total[before + 1] = line, weight
        begins[i + 1] = end
    return begins, first[:end].copy(), total[:end].copy()


class _Lines:
    """Functions of lines over all lines of the orders."""

    def __init__(self, leaves: Leaves) -> None:
        self._leaves = leaves
        self._columns: dict[str, Column] = {}

    def column(self, name: str) -> Column:
        if name not in self._columns:
            node = LINE.get(name)
            if node is None and name.endswith("?"):
                self._columns[name] = self.column(name[:-1]).mapped(lambda value: value is not None)
            elif node is None:
                self._columns[name] = self._leaves.of_lines(name)
            else:
                size = int(self._leaves.starts[-1])
                self._columns[name] = evaluated(node, [self.column(read) for read in node.reads], size)
        return self._columns[name]


class Table:
    """Everything known of some orders by name; `at` (n,) are their moments in microseconds since 1970 UTC."""

    def __init__(self, leaves: Leaves, at: IntArray) -> None:
        self.leaves, self.at = leaves, at
        self.lines = _Lines(leaves)
        self._columns: dict[str, Column] = {}
        self.starts, self.first, self.mass = self._goods()
        self._lead = self.first[self.starts[:-1]]

    def _goods(self) -> tuple[IntArray, IntArray, IntArray]:
        keys, control, micro = (self.lines.column(name) for name in ("goods_key", "control", "micro"))
        places = np.empty(len(keys.values), dtype=np.int64)
        places[sorted(range(len(keys.values)), key=keys.values.__getitem__)] = np.arange(len(keys.values))
        rank = np.stack((control.spread(control.values, np.int64), places[keys.codes]), axis=1)
        mass = micro.spread([NONE if value is None else value for value in micro.values], np.int64)
        return _grouped(self.leaves.starts, keys.codes, rank, mass)

    def column(self, name: str) -> Column:
        """What `features.carried.core` calls by this name."""
        if name not in self._columns:
            self._columns[name] = self._made(name)
        return self._columns[name]

    def _made(self, name: str) -> Column:
        node = ORDER.get(name)
        if node is not None:
            return evaluated(node, [self.column(read) for read in node.reads], self.leaves.size)
        part, _, field = name.partition(".")
        if part == "lead" and field:
            return self.lines.column(field).take(self._lead)
        if part == "goods" and field:
            return Column.of_floats(np.add.reduceat(self.lines.column(field).floats[self.first], self.starts[:-1]))
        if part in GIVEN:
            return Column.of_wholes(GIVEN[part](self))
        if name.endswith("?"):
            return self.leaves.present(name[:-1])
        path, starred, field = name.partition(".*.")
        return self.leaves.listed(path, field) if starred else self.leaves.field(name)


def _day(table: Table) -> IntArray:
    return table.at // MICROS_PER_DAY


def _kinds(table: Table) -> IntArray:
    return np.diff(table.starts)


def _lead_micro(table: Table) -> IntArray:
    return table.mass[table.starts[:-1]]


def _total_micro(table: Table) -> IntArray:
    return np.add.reduceat(np.maximum(table.mass, 0), table.starts[:-1])


GIVEN: dict[str, Callable[[Table], IntArray]] = {
    "day": _day, "kinds": _kinds, "lead_micro": _lead_micro, "total_micro": _total_micro,
}  # fmt: skip


def hashes(column: Column) -> IntArray:
    """Hash of each row's text, 0 where there is none."""
    return np.asarray(key_hashes(column.values)[column.codes])


class Arrivals(NamedTuple):
    """Of each order (n,) the hash of its reference, its moment in microseconds since 1970 UTC and its number."""

    reference: IntArray
    at: IntArray
    sequence: IntArray


def batch_of_columns(leaves: Leaves, arrivals: Arrivals) -> Batch:
    """The batch of these orders."""
    if leaves.size == 0:
        return empty_batch()
    table = Table(leaves, arrivals.at)
    references = table.column("order.reference")
    goods = table.lines.column("goods_key")
    return Batch(
        references=[references.values[code] for code in references.codes.tolist()],
        **arrivals._asdict(),
        keys=np.stack([hashes(table.column(KEYS[name])) for name in BASE_KEYS], axis=1),
        near=_whole(table.column("near")),
        price=_whole(table.column("price")),
        start=table.starts,
        goods=hashes(goods)[table.first],
        quantity=np.clip(table.mass, 0, MASS_LIMIT),
        carried=np.stack([table.column(name).floats.astype(np.float32) for name in CARRIED], axis=1),
    )


def _whole(column: Column) -> IntArray:
    return np.asarray(column.spread(column.values, np.int64))


def empty_batch() -> Batch:
    """A batch of no orders."""
    none = np.empty(0, dtype=np.int64)
    return Batch(
        [], none, none, none, np.empty((0, len(BASE_KEYS)), dtype=np.int64), none, none,
        np.zeros(1, dtype=np.int64), none, none, np.empty((0, len(CARRIED)), dtype=np.float32),
    )  # fmt: skip


def taken(batch: Batch, rows: IntArray) -> Batch:
    """The orders of a batch at `rows` (k,), in that order."""
    counts = np.diff(batch.start)[rows]
    start = np.zeros(rows.size + 1, dtype=np.int64)
    np.cumsum(counts, out=start[1:])
    inside = np.arange(start[-1]) - np.repeat(start[:-1], counts) + np.repeat(batch.start[rows], counts)
    return Batch(
        references=[batch.references[row] for row in rows.tolist()],
        start=start,
        goods=batch.goods[inside],
        quantity=batch.quantity[inside],
        **{
            name: getattr(batch, name)[rows]
            for name in ("reference", "sequence", "at", "keys", "near", "price", "carried")
        },
    )
