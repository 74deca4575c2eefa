"""Many orders at once: everything `features.carried` says of them, over columns, as one `Batch`."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.arrival import key_hashes
from features.batch import BASE_KEYS, MASS_LIMIT, Batch
from features.carried import CARRIED
from features.carried.core import LINE, ORDER
from features.carried.parties import KEYS
from features.columns import NONE, Column, evaluated
from features.compiled import compiled
from features.history import MICROS_PER_DAY
from features.leaves import Leaves

IntArray = NDArray[np.int64]


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
