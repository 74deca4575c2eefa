"""One order and the states of its parties: what it may know, and how it becomes history.

Hubs and components are known as of the end of the previous UTC day (`features.daybook`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from features import history, hubs, profile, stream
from features.batch import KEY, Batch
from features.encode import EncodedOrder, batch_of, encode, lock_keys, micros
from features.joined import FIRST_ROW, facts_of_one, totals
from features.offline import UNKNOWN_LABEL, VERDICTS, when_of
from features.records import Outcome
from features.slots import HUBS, PROFILE_COLUMNS
from features.straight import vector_of

IntArray = NDArray[np.int64]

__all__ = [
    "NOTHING_SHARED", "EncodedOrder", "Observation", "Shared", "StateKeys", "States", "Tie", "encode", "learn",
    "lock_keys", "observe", "replace", "state_keys",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Observation:
    """One order's feature values (n_features,) float32 and the facts behind them by name."""

    values: NDArray[np.float32]
    facts: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Tie:
    """The component of one key: its name, and how many customers, orders and confirmed cases it holds."""

    root: int
    customers: int
    orders: int
    confirmed: int


@dataclass(frozen=True, slots=True)
class Shared:
    """What hubs and components told at the end of the previous UTC day, by key; what is unknown is absent."""

    hubs: Mapping[int, bytes]
    ties: Mapping[int, Tie]


NOTHING_SHARED = Shared({}, {})


@dataclass(frozen=True, slots=True)
class StateKeys:
    """Keys of party states by kind, each once."""

    deep: tuple[int, ...]
    slim: tuple[int, ...]
    profile: tuple[int, ...]

    @property
    def all(self) -> tuple[int, ...]:
        return (*self.deep, *self.slim, *self.profile)


def state_keys(*encoded: EncodedOrder) -> StateKeys:
    """Keys of all party states that these orders touch."""
    return StateKeys(
        tuple(dict.fromkeys(key for each in encoded for key in each.slots.deep)),
        tuple(dict.fromkeys(key for each in encoded for key in each.slots.slim if key)),
        tuple(dict.fromkeys(each.slots.profile for each in encoded)),
    )


@dataclass(slots=True)
class States:
    """Party states of some keys: a row of the deep, slim or profile book for each, row 0 staying empty."""

    rows: dict[int, int]
    keys: StateKeys
    deep: IntArray
    slim: IntArray
    profile: IntArray

    @classmethod
    def of(cls, keys: StateKeys, stored: Mapping[int, bytes]) -> States:
        """States from their stored bytes; a key without bytes starts empty.

        Raises:
            ValueError: stored bytes of another length than a state's.
        """
        rows: dict[int, int] = {}
        books = []
        sizes = (history.DEEP_SIZE, history.SLIM_SIZE, profile.PROFILE_SIZE)
        for named, size in zip((keys.deep, keys.slim, keys.profile), sizes, strict=True):
            book = np.zeros((len(named) + 1, size), dtype=np.int64)
            for row, key in enumerate(named, 1):
                rows[key] = row
                if key in stored:
                    book[row] = np.frombuffer(stored[key], dtype="<i8")
            books.append(book)
        return cls(rows, keys, *books)

    def stored(self) -> dict[int, bytes]:
        """Every state as little-endian bytes, by key."""
        books = ((self.keys.deep, self.deep), (self.keys.slim, self.slim), (self.keys.profile, self.profile))
        return {key: book[self.rows[key]].astype("<i8").tobytes() for named, book in books for key in named}

    def books(self, hub: IntArray, tied: tuple[IntArray, IntArray]) -> stream.Books:
        return stream.Books(self.deep, self.slim, self.profile, hub, *tied)


def rows_of(keys: Sequence[int], rows: Mapping[int, int]) -> IntArray:
    """Rows of keys, -1 for key 0."""
    return np.array([rows[key] if key else -1 for key in keys], dtype=np.int64)


def arrays_of(
    encoded: EncodedOrder, batch: Batch, rows: Mapping[int, int], shared: tuple[IntArray, IntArray]
) -> stream.Orders:
    """One order, and the batch of it, as the arrays of `stream.Orders`; `shared` are the rows of its hubs and ties."""
    slots = encoded.slots
    return stream.Orders(
        at=batch.at,
        when=when_of(batch.at),
        total=totals(batch),
        near=batch.near,
        price=batch.price,
        owner=np.array([encoded.keys[KEY["customer"]]], dtype=np.int64),
        customer=rows_of((slots.customer,), rows),
        consignee=rows_of((slots.consignee,), rows),
        profile=rows_of((slots.profile,), rows),
        attributes=batch.keys[:, PROFILE_COLUMNS],
        slim=rows_of(slots.slim, rows).reshape(1, -1),
        hub=shared[0].reshape(1, -1),
        node=shared[1].reshape(1, -1),
        start=batch.start,
        goods=rows_of([key for key, _ in slots.goods], rows),
        quantity=batch.quantity,
    )


_NOTHING = (np.full(len(HUBS), -1, dtype=np.int64), np.full(1, -1, dtype=np.int64))
_EMPTY = (np.zeros((1, hubs.HUB_SIZE), dtype=np.int64), (FIRST_ROW, np.zeros((1, hubs.TIE_SIZE), dtype=np.int64)))


def observe(encoded: EncodedOrder, states: States, shared: Shared = NOTHING_SHARED) -> Observation:
    """What the order may know from `states`, which then include it, and from what was shared the day before."""
    hub_rows, hub = _hub_book(encoded.slots.hubs, shared)
    node_rows, parent, tied = _tie_book(encoded.slots.ties, shared)
    batch = batch_of([encoded])
    arrays = arrays_of(encoded, batch, states.rows, (hub_rows, node_rows))
    books = states.books(hub, (parent, tied))
    known = np.empty((1, len(stream.HISTORY_FACTS)))
    stream.read_order(arrays, 0, books, known[0])
    stream.fold_order(arrays, 0, books, known[0])
    facts = facts_of_one(batch, known)
    return Observation(vector_of(facts), facts)


def _hub_book(keys: Sequence[int], shared: Shared) -> tuple[IntArray, IntArray]:
    """Rows of the order's hubs and a book of their states; a hub nobody knows is read from the empty row."""
    rows = np.array([-1 if not key else 0 for key in keys], dtype=np.int64)
    book = np.zeros((len(keys) + 1, hubs.HUB_SIZE), dtype=np.int64)
    for place, key in enumerate(keys):
        if key in shared.hubs:
            rows[place] = place + 1
            book[place + 1] = np.frombuffer(shared.hubs[key], dtype="<i8")
    return rows, book


def _tie_book(keys: Sequence[int], shared: Shared) -> tuple[IntArray, IntArray, IntArray]:
    """Rows, parents and components of the order's ties; only what is known has a row."""
    roots: dict[int, int] = {}
    tied = np.zeros((len(keys) + 1, hubs.TIE_SIZE), dtype=np.int64)
    rows = np.full(len(keys), -1, dtype=np.int64)
    for place, key in enumerate(keys):
        found = shared.ties.get(key)
        if found is not None:
            rows[place] = roots.setdefault(found.root, len(roots) + 1)
            tied[rows[place]] = (found.customers, found.orders, found.confirmed)
    return rows, np.arange(len(keys) + 1, dtype=np.int64), tied


def replace(earlier: EncodedOrder, states: States) -> None:
    """Take an earlier version of an order out of the sums before its amendment is observed."""
    arrays = arrays_of(earlier, batch_of([earlier]), states.rows, _NOTHING)
    stream.retract_order(arrays, 0, states.books(*_EMPTY))


@dataclass(frozen=True, slots=True)
class Lesson:
    """An outcome that becomes known: when, and with `withdrawn` the moment at which a withdrawn one had become."""

    outcome: Outcome
    known_at: datetime
    withdrawn: datetime | None = None

    @property
    def teaches(self) -> bool:
        return VERDICTS[self.outcome] != UNKNOWN_LABEL

    def label(self) -> tuple[int, int, int, int]:
        """Moment, verdict, step and month as `stream.Events` takes them."""
        step = 1 if self.withdrawn is None else -1
        month = when_of(np.array([micros(self.withdrawn or self.known_at)]))[0, 1]
        return micros(self.known_at), VERDICTS[self.outcome], step, int(month)


def learn(encoded: EncodedOrder, lesson: Lesson, states: States) -> None:
    """Let the order's parties know its outcome, or that it is withdrawn."""
    if not lesson.teaches:
        return
    label = np.array([lesson.label()], dtype=np.int64)
    events = stream.Events(FIRST_ROW, FIRST_ROW, when_of(label[:, 0]), label)
    arrays = arrays_of(encoded, batch_of([encoded]), states.rows, _NOTHING)
    stream.label_order(arrays, 0, events, 0, states.books(*_EMPTY))
