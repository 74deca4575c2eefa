"""The end of a day: what happened on it becomes known to hubs and components.

`fold` takes what happened on days that are over, and the states it touches, and gives back what has changed. The
service keeps these states in its database; `DayBook` keeps them in memory, for streams read in one go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from features import history, hubs, profile, stream
from features.batch import KEY
from features.encode import EncodedOrder
from features.history import MICROS_PER_DAY
from features.offline import when_of
from features.online import Shared, Tie

IntArray = NDArray[np.int64]
NO_LABEL = (0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Happened:
    """An order, a retraction or an outcome (`stream.ORDER` and so on) at a moment in microseconds; `label` as
    `stream.Events` takes it."""

    kind: int
    at: int
    order: EncodedOrder
    label: tuple[int, int, int, int] = NO_LABEL


@dataclass(frozen=True, slots=True)
class Folded:
    """What changed: hub states by key; the component of each key; components by name, and those that were merged
    into another, old name to new."""

    hubs: dict[int, bytes]
    nodes: dict[int, int]
    components: dict[int, Tie]
    merged: dict[int, int]


def touched(happened: Iterable[Happened]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """(hub keys, keys of ties) that these events touch, each once."""
    orders = [each.order.slots for each in happened]
    found = (dict.fromkeys(key for slots in orders for key in slots.hubs if key),
             dict.fromkeys(key for slots in orders for key in slots.ties if key))  # fmt: skip
    return tuple(found[0]), tuple(found[1])


def fold(happened: Sequence[Happened], shared: Shared) -> Folded:
    """Fold events in their order, `shared` holding all that is known of what they touch."""
    if not happened:
        return Folded({}, {}, {}, {})
    hub_keys, tie_keys = touched(happened)
    hub_rows = {key: row for row, key in enumerate(hub_keys, 1)}
    book = np.zeros((len(hub_keys) + 1, hubs.HUB_SIZE), dtype=np.int64)
    for key, row in hub_rows.items():
        if key in shared.hubs:
            book[row] = np.frombuffer(shared.hubs[key], dtype="<i8")
    ties = _Ties.of(happened, tie_keys, shared)
    empty = (
        np.zeros((1, size), dtype=np.int64) for size in (history.DEEP_SIZE, history.SLIM_SIZE, profile.PROFILE_SIZE)
    )
    deep, slim, profiles = empty
    books = stream.Books(deep, slim, profiles, book, ties.parent, ties.tied)
    stream.fold_days(_orders_of(happened, hub_rows, ties.rows), _events_of(happened), books)
    return ties.folded({key: book[row].astype("<i8").tobytes() for key, row in hub_rows.items()}, tie_keys)


def _events_of(happened: Sequence[Happened]) -> stream.Events:
    """What happened as arrays; the k-th event concerns the k-th order."""
    kind = np.array([each.kind for each in happened], dtype=np.int64)
    at = np.array([each.at for each in happened], dtype=np.int64)
    label = np.array([each.label for each in happened], dtype=np.int64)
    return stream.Events(kind, np.arange(kind.size), when_of(at), label)


def _orders_of(happened: Sequence[Happened], hub_rows: Mapping[int, int], tie_rows: Mapping[int, int]) -> stream.Orders:
    """The order of each event with what hubs and components keep of it: all else is left empty."""
    orders = [each.order for each in happened]
    at = np.array([order.at for order in orders], dtype=np.int64)
    none = np.empty(0, dtype=np.int64)
    return stream.Orders(
        at=at,
        when=when_of(at),
        total=none,
        near=none,
        price=np.array([order.price for order in orders], dtype=np.int64),
        owner=np.array([order.keys[KEY["customer"]] for order in orders], dtype=np.int64),
        customer=none,
        consignee=none,
        profile=none,
        attributes=none.reshape(0, 1),
        slim=none.reshape(0, 1),
        hub=np.array([[hub_rows.get(key, -1) for key in order.slots.hubs] for order in orders], dtype=np.int64),
        node=np.array([[tie_rows.get(key, -1) for key in order.slots.ties] for order in orders], dtype=np.int64),
        start=np.arange(len(orders) + 1),
        goods=none,
        quantity=np.array([order.goods[0][1] for order in orders], dtype=np.int64),
    )


@dataclass(frozen=True, slots=True)
class _Ties:
    """Rows of keys and of the components they were in, as the kernel's forest."""

    rows: dict[int, int]
    earlier: frozenset[int]
    parent: IntArray
    tied: IntArray

    @classmethod
    def of(cls, happened: Sequence[Happened], keys: Sequence[int], shared: Shared) -> _Ties:
        known = {key: shared.ties[key] for key in keys if key in shared.ties}
        rows = {key: row for row, key in enumerate(dict.fromkeys((*keys, *(tie.root for tie in known.values()))), 1)}
        parent = np.arange(len(rows) + 1, dtype=np.int64)
        tied = np.zeros((len(rows) + 1, hubs.TIE_SIZE), dtype=np.int64)
        for key in {each.order.slots.ties[0] for each in happened} - known.keys():
            tied[rows[key], hubs.TIED_CUSTOMERS] = 1
        for key, tie in known.items():
            parent[rows[key]] = rows[tie.root]
            tied[rows[tie.root]] = (tie.customers, tie.orders, tie.confirmed)
        return cls(rows, frozenset(tie.root for tie in known.values()), parent, tied)

    def folded(self, states: dict[int, bytes], keys: Sequence[int]) -> Folded:
        names = {row: key for key, row in self.rows.items()}
        root = {key: names[int(hubs.root_of(self.parent, row))] for key, row in self.rows.items()}
        components = {name: Tie(name, *self.tied[self.rows[name]].tolist()) for name in set(root.values())}
        merged = {key: root[key] for key in self.earlier if root[key] != key}
        return Folded(states, {key: root[key] for key in keys}, components, merged)


@dataclass(slots=True)
class DayBook:
    """Hubs and components in memory. What happens is noted, and becomes known when a later day is asked for."""

    hubs: dict[int, bytes] = field(default_factory=dict)
    nodes: dict[int, int] = field(default_factory=dict)
    components: dict[int, Tie] = field(default_factory=dict)
    pending: list[Happened] = field(default_factory=list)

    def note(self, happened: Happened) -> None:
        """Something happened; events are noted in their order."""
        self.pending.append(happened)

    def shared(self, order: EncodedOrder) -> Shared:
        """What the order may know of what it shares with others: all of the days before its own."""
        over = [each for each in self.pending if each.at // MICROS_PER_DAY < order.day]
        if over:
            self.pending = self.pending[len(over) :]
            self.take(fold(over, self.known(*touched(over))))
        return self.known(order.slots.hubs, order.slots.ties)

    def known(self, hub_keys: Sequence[int], tie_keys: Sequence[int]) -> Shared:
        """What is known of some keys."""
        ties = {key: self.components[self.nodes[key]] for key in tie_keys if key in self.nodes}
        return Shared({key: self.hubs[key] for key in hub_keys if key in self.hubs}, ties)

    def take(self, folded: Folded) -> None:
        """Keep what a fold changed."""
        self.hubs.update(folded.hubs)
        for key, root in self.nodes.items():
            self.nodes[key] = folded.merged.get(root, root)
        self.nodes.update(folded.nodes)
        self.components.update(folded.components)
