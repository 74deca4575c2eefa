"""Many orders in time order to a matrix, by the definitions that serve one order online.

Memory: the arrays of the batches, one row of each book for every key that at least two orders share, and one chunk
of facts. A key that only one order bears needs no state: what it reads is what a new state tells.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from features import history, hubs, profile, slots, stream
from features.arrival import key_hash
from features.batch import KEY, Batch, joined
from features.catalogue import CATALOGUE, vectorise
from features.definition import FloatArray
from features.encode import batch_of, encode, micros
from features.history import BAD_LABEL, GOOD_LABEL, LOSS_LABEL, MICROS_PER_DAY
from features.joined import facts_of, totals
from features.numbering import Numbering
from features.records import CONFIRMED_BAD, OrderRecord, OutcomeRecord

IntArray = NDArray[np.int64]
CHUNK = 2048
AHEAD = 3
UNKNOWN_LABEL = 3
VERDICTS = {
    **dict.fromkeys(CONFIRMED_BAD, BAD_LABEL), "legitimate": GOOD_LABEL, "loss_or_theft": LOSS_LABEL,
    "unknown": UNKNOWN_LABEL,
}  # fmt: skip


class Outcomes(NamedTuple):
    """What became of orders: hash of the reference, verdict (VERDICTS) and known_at in microseconds, each (k,)."""

    reference: IntArray
    verdict: IntArray
    known_at: IntArray

    @classmethod
    def none(cls) -> Outcomes:
        """No outcome at all."""
        return cls(*(np.empty(0, dtype=np.int64) for _ in range(3)))


def outcomes_of(records: Iterable[OutcomeRecord]) -> Outcomes:
    """Outcome records as arrays, in their order."""
    rows = [(key_hash(each.order_ref), VERDICTS[each.outcome], micros(each.known_at)) for each in records]
    return Outcomes(*np.array(rows, dtype=np.int64).reshape(-1, 3).T)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive orders of a stream: `rows` (c,) their places in the joined batches, values (c, n_features) float32,
    facts (c,) float64 by name."""

    rows: IntArray
    values: NDArray[np.float32]
    facts: dict[str, FloatArray]


@dataclass(frozen=True, slots=True)
class FeatureMatrix:
    """Values (n, n_features) float32 and facts (n,) float64 by name, rows in (received_at, sequence) order.

    `unmatched` counts outcomes whose order is not among the orders.
    """

    values: NDArray[np.float32]
    facts: dict[str, FloatArray]
    references: tuple[str, ...]
    unmatched: int = 0


class Replayed:
    """A stream put in time order: `order` (n,) places of its orders in `batch`, then chunk by chunk its features."""

    def __init__(self, batches: Sequence[Batch], outcomes: Outcomes) -> None:
        self.batch = joined(batches)
        self.order = np.lexsort((self.batch.sequence, self.batch.at))
        self.events, self.unmatched = events_of(self.batch, self.order, outcomes)

    @property
    def size(self) -> int:
        return self.batch.size

    @property
    def kilograms(self) -> FloatArray:
        """Known mass of each order in time order, (n,), NaN where there is none."""
        micro = totals(self.batch)[self.order]
        return np.where(micro > 0, micro / 1e6, np.nan)

    def column(self, name: str) -> IntArray:
        """`at`, `sequence`, `reference` or a base key such as `customer` in time order, (n,)."""
        values = self.batch.keys[:, KEY[name]] if name in KEY else getattr(self.batch, name)
        return np.asarray(values[self.order])

    def references(self) -> list[str]:
        """References in time order."""
        return [self.batch.references[row] for row in self.order.tolist()]

    def __iter__(self) -> Iterator[Chunk]:
        """Chunks in time order. Every iteration starts from empty books."""
        if self.size == 0:
            return
        # The kernels need no interpreter: they replay later chunks while this one is made into features.
        with ThreadPoolExecutor(1, "parties") as parties, ThreadPoolExecutor(1, "shared") as shared:
            for turn, history_facts in enumerate(self._known(parties, shared)):
                rows = self.order[turn * CHUNK : (turn + 1) * CHUNK]
                facts = facts_of(self.batch, rows, history_facts)
                yield Chunk(rows, vectorise(facts, rows.size), facts)

    def _known(self, parties: Executor, shared: Executor) -> Iterator[FloatArray]:
        """History facts (c, len(HISTORY_FACTS)) of one chunk after another, a few chunks ahead of who asks."""
        arrays, books = number(self.batch)
        ends = np.append(
            np.flatnonzero(self.events.kind == stream.ORDER)[CHUNK - 1 :: CHUNK] + 1, self.events.kind.size
        )
        begun: deque[tuple[FloatArray, Future[None], Future[None]]] = deque()
        first, unknown = 0, np.zeros(1, dtype=np.int64)

        def share(span: tuple[int, int], known: FloatArray) -> None:
            place = np.array([*span, unknown[0]])
            stream.replay_shared(arrays, self.events, books, place, known)
            unknown[0] = place[2]

        for start in range(0, self.size, CHUNK):
            known = np.empty((min(CHUNK, self.size - start), len(stream.HISTORY_FACTS)))
            span = (first, int(ends[start // CHUNK]))
            own = parties.submit(stream.replay_parties, arrays, self.events, books, span, known)
            begun.append((known, own, shared.submit(share, span, known)))
            first = span[1]
            if len(begun) > AHEAD:
                yield _finished(*begun.popleft())
        while begun:
            yield _finished(*begun.popleft())

    def values(self) -> NDArray[np.float32]:
        """The whole matrix (n, n_features) float32 in time order."""
        out = np.empty((self.size, len(CATALOGUE)), dtype=np.float32)
        done = 0
        for chunk in self:
            out[done : done + chunk.rows.size] = chunk.values
            done += chunk.rows.size
        return out


def _finished(known: FloatArray, *parts: Future[None]) -> FloatArray:
    for part in parts:
        part.result()
    return known


def replayed(batches: Sequence[Batch], outcomes: Outcomes) -> Replayed:
    """What each order could know at its own moment.

    A later order with the reference of an earlier one amends it. An outcome counts for orders received strictly
    after it became known. Orders that share a moment count in the order of their sequence.
    """
    return Replayed(batches, outcomes)


def build(orders: Iterable[OrderRecord], outcomes: Iterable[OutcomeRecord] = ()) -> FeatureMatrix:
    """The same for records, with all facts kept: for small streams and tests."""
    encoded = [encode(record) for record in orders]
    if not encoded:
        return FeatureMatrix(np.empty((0, len(CATALOGUE)), dtype=np.float32), {}, (), 0)
    made = replayed([batch_of(encoded)], outcomes_of(outcomes))
    chunks = list(made)
    facts = {name: np.concatenate([chunk.facts[name] for chunk in chunks]) for name in chunks[0].facts}
    values = np.concatenate([chunk.values for chunk in chunks])
    return FeatureMatrix(values, facts, tuple(made.references()), made.unmatched)


def number(batch: Batch) -> tuple[stream.Orders, stream.Books]:
    """A batch with its keys replaced by rows of empty books. Row 0 serves keys of a single order."""
    with ThreadPoolExecutor(1, "hubs") as beside:  # numbering needs no interpreter, and most keys are hubs'
        hub = Numbering()
        hub_rows = beside.submit(lambda: hub.columns(slots.keys_of(batch, slots.HUB_TABLE)))
        return _numbered(batch, hub, hub_rows)


def _numbered(batch: Batch, hub: Numbering, hub_rows: Future[IntArray]) -> tuple[stream.Orders, stream.Books]:
    deep, slim, profiles, ties = (Numbering() for _ in range(4))
    deep_rows = deep.columns(slots.keys_of(batch, slots.DEEP_TABLE))
    goods = deep.column(slots.goods_of(batch))
    arrays = stream.Orders(
        at=batch.at,
        when=when_of(batch.at),
        total=totals(batch),
        near=batch.near,
        price=batch.price,
        owner=np.ascontiguousarray(batch.keys[:, KEY["customer"]]),
        customer=np.ascontiguousarray(deep_rows[:, 0]),
        consignee=np.ascontiguousarray(deep_rows[:, 1]),
        profile=profiles.column(slots.profile_keys(batch)),
        attributes=np.ascontiguousarray(batch.keys[:, slots.PROFILE_COLUMNS]),
        slim=slim.columns(slots.keys_of(batch, slots.SLIM_TABLE)),
        hub=hub_rows.result(),
        node=ties.columns(slots.keys_of(batch, slots.TIE_TABLE), every=(0,)),
        start=batch.start,
        goods=goods,
        quantity=batch.quantity,
    )
    parent = np.arange(ties.size, dtype=np.int64)
    tied = np.zeros((ties.size, hubs.TIE_SIZE), dtype=np.int64)
    tied[np.unique(arrays.node[:, 0]), hubs.TIED_CUSTOMERS] = 1
    return arrays, stream.Books(
        deep=np.zeros((deep.size, history.DEEP_SIZE), dtype=np.int64),
        slim=np.zeros((slim.size, history.SLIM_SIZE), dtype=np.int64),
        profile=np.zeros((profiles.size, profile.PROFILE_SIZE), dtype=np.int64),
        hub=np.zeros((hub.size, hubs.HUB_SIZE), dtype=np.int64),
        parent=parent,
        tied=tied,
    )


def when_of(at: IntArray) -> IntArray:
    """Day since 1970 and calendar month (12 years + month) of moments, (n, 2)."""
    months = at.astype("datetime64[us]").astype("datetime64[M]").astype(np.int64) + 1970 * 12
    return np.stack((at // MICROS_PER_DAY, months), axis=1)


def events_of(batch: Batch, order: IntArray, outcomes: Outcomes) -> tuple[stream.Events, int]:
    """Orders, retractions before the version that replaces them, and outcomes after all orders of their moment."""
    at = batch.at[order]
    place = np.arange(order.size, dtype=np.int64)
    versions = _Versions.of(batch.reference, order, at)
    amended = np.flatnonzero(versions.earlier >= 0)
    label, label_rows, unmatched = _label_events(versions, outcomes)
    count = (amended.size, order.size, label_rows.size)
    moments = np.concatenate([at[amended], at, label[:, 0]])
    rank = np.concatenate([2 * amended, 2 * place + 1, 2 * order.size + 2 + np.arange(label_rows.size)])
    kinds = np.repeat([stream.RETRACTION, stream.ORDER, stream.OUTCOME], count)
    rows = np.concatenate([order[versions.earlier[amended]], order, order[label_rows]])
    labels = np.concatenate([np.zeros((count[0] + count[1], 4), dtype=np.int64), label])
    turn = np.lexsort((rank, moments))
    events = stream.Events(kinds[turn], rows[turn], when_of(moments[turn]), np.ascontiguousarray(labels[turn]))
    return events, unmatched


@dataclass(frozen=True, slots=True)
class _Versions:
    """Orders in time order by reference: `sorted_rows` grouped by reference and in time order within."""

    references: IntArray
    starts: IntArray
    sorted_rows: IntArray
    at: IntArray
    earlier: IntArray

    @classmethod
    def of(cls, reference: IntArray, order: IntArray, at: IntArray) -> _Versions:
        named = reference[order]
        rows = np.argsort(named, kind="stable")
        references, starts = np.unique(named[rows], return_index=True)
        earlier = np.full(order.size, -1, dtype=np.int64)
        same = named[rows][1:] == named[rows][:-1]
        earlier[rows[1:][same]] = rows[:-1][same]
        return cls(references, np.append(starts, order.size), rows, at, earlier)

    def version_at(self, group: IntArray, moment: IntArray) -> tuple[IntArray, IntArray]:
        """Of each group the version current at a moment (its first where none is yet), and the later of that
        moment and the first version's."""
        first = self.sorted_rows[self.starts[group]]
        since = np.maximum(moment, self.at[first])
        found = first.copy()
        for k in np.flatnonzero(self.starts[group + 1] - self.starts[group] > 1):
            rows = self.sorted_rows[self.starts[group[k]] : self.starts[group[k] + 1]]
            found[k] = rows[np.searchsorted(self.at[rows], since[k], side="right") - 1]
        return found, since


def _label_events(versions: _Versions, outcomes: Outcomes) -> tuple[IntArray, IntArray, int]:
    """Labels (e, 4) as `stream.Events` takes them, the rows they concern (e,), and how many found no order.

    A later outcome of an order withdraws the earlier one; `unknown` only withdraws.
    """
    turn = np.lexsort((np.arange(outcomes.reference.size), outcomes.known_at, outcomes.reference))
    reference, verdict, known_at = (column[turn] for column in outcomes)
    group = np.searchsorted(versions.references, reference)
    matched = np.zeros(group.size, dtype=np.bool_)
    inside = group < versions.references.size
    matched[inside] = versions.references[group[inside]] == reference[inside]
    reference, verdict, known_at, group = (each[matched] for each in (reference, verdict, known_at, group))
    rows, since = versions.version_at(group, known_at)
    again = np.zeros(reference.size, dtype=np.bool_)
    again[1:] = (reference[1:] == reference[:-1]) & (verdict[:-1] != UNKNOWN_LABEL)
    withdrawn, said = np.flatnonzero(again), np.flatnonzero(verdict != UNKNOWN_LABEL)
    months = when_of(since)[:, 1]
    minus, plus = np.full(withdrawn.size, -1), np.ones(said.size, dtype=np.int64)
    taken = np.stack((since[withdrawn], verdict[withdrawn - 1], minus, months[withdrawn - 1]), axis=1)
    given = np.stack((since[said], verdict[said], plus, months[said]), axis=1)
    events = np.concatenate([taken, given]).astype(np.int64)
    concerned = np.concatenate([rows[withdrawn - 1], rows[said]])
    sorting = np.lexsort((np.concatenate([2 * withdrawn, 2 * said + 1]), events[:, 0]))
    return events[sorting], concerned[sorting], int((~matched).sum())
