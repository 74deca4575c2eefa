"""Many orders in time order to a matrix, by the definitions that serve one order online."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features import history, stream
from features.catalogue import CATALOGUE, vectorise
from features.definition import FloatArray
from features.encode import EncodedOrder, Rows, derive, encode, micros, to_arrays
from features.records import CONFIRMED_BAD, OrderRecord, OutcomeRecord


@dataclass(frozen=True, slots=True)
class FeatureMatrix:
    """Values (n, n_features) float32 and facts (n,) float64 by name, rows in (received_at, sequence) order.

    `unmatched` counts outcomes whose order is not among the orders.
    """

    values: NDArray[np.float32]
    facts: dict[str, FloatArray]
    references: tuple[str, ...]
    unmatched: int = 0


@dataclass(frozen=True, slots=True)
class _Event:
    at: int
    rank: int
    kind: int
    order: int
    bad: int = 0
    step: int = 0


def build(orders: Iterable[OrderRecord], outcomes: Iterable[OutcomeRecord] = ()) -> FeatureMatrix:
    """What each order could know at its own moment.

    A later order with the reference of an earlier one amends it. An outcome counts for orders received strictly
    after it became known. Orders that share a moment count in the order of their sequence.
    """
    records = sorted(orders, key=lambda record: (record.received_at, record.sequence))
    encoded = [encode(record) for record in records]
    events, unmatched = _events(records, encoded, outcomes)
    rows = _number(encoded)
    arrays = to_arrays(encoded, rows)
    known = np.empty((len(encoded), len(stream.HISTORY_FACTS)))
    deep = np.zeros((max(len(rows.deep), 1), history.DEEP_SIZE), dtype=np.int64)
    slim = np.zeros((max(len(rows.slim), 1), history.SLIM_SIZE), dtype=np.int64)
    if encoded:
        stream.replay(arrays, events, deep, slim, known)
    facts = _facts(encoded, known) if encoded else {}
    values = vectorise(facts, len(encoded)) if encoded else np.empty((0, len(CATALOGUE)), dtype=np.float32)
    return FeatureMatrix(values, facts, tuple(record.reference for record in records), unmatched)


def _number(encoded: list[EncodedOrder]) -> Rows:
    deep: dict[str, int] = {}
    slim: dict[str, int] = {}
    for each in encoded:
        for key in each.deep_keys:
            deep.setdefault(key, len(deep))
        for slim_key in each.slim_keys:
            if slim_key:
                slim.setdefault(slim_key, len(slim))
    return Rows(deep, slim)


def _facts(encoded: list[EncodedOrder], known: FloatArray) -> dict[str, FloatArray]:
    facts = {name: np.ascontiguousarray(known[:, column]) for column, name in enumerate(stream.HISTORY_FACTS)}
    carried = np.array([list(each.carried.values()) for each in encoded], dtype=np.float64)
    for column, name in enumerate(encoded[0].carried):
        facts[name] = np.ascontiguousarray(carried[:, column])
    return facts | derive(facts)


def _events(
    records: list[OrderRecord], encoded: list[EncodedOrder], outcomes: Iterable[OutcomeRecord]
) -> tuple[stream.Events, int]:
    """Orders, retractions before the version that replaces them, and outcomes after all orders of their moment."""
    events: list[_Event] = []
    versions: dict[str, list[int]] = {}
    for index, (record, each) in enumerate(zip(records, encoded, strict=True)):
        earlier = versions.setdefault(record.reference, [])
        if earlier:
            events.append(_Event(each.at, 2 * index, stream.RETRACTION, earlier[-1]))
        events.append(_Event(each.at, 2 * index + 1, stream.ORDER, index))
        earlier.append(index)
    labels, unmatched = _label_events(encoded, versions, outcomes)
    events.extend(labels)
    events.sort(key=lambda event: (event.at, event.rank))
    return _event_arrays(events), unmatched


def _label_events(
    encoded: list[EncodedOrder], versions: dict[str, list[int]], outcomes: Iterable[OutcomeRecord]
) -> tuple[list[_Event], int]:
    events: list[_Event] = []
    last: dict[str, tuple[int, int]] = {}
    unmatched = 0
    after_all = 2 * len(encoded) + 2
    for outcome in sorted(outcomes, key=lambda each: (each.known_at, each.order_ref)):
        indices = versions.get(outcome.order_ref)
        if indices is None:
            unmatched += 1
            continue
        at = max(micros(outcome.known_at), encoded[indices[0]].at)
        index = next(i for i in reversed(indices) if encoded[i].at <= at)
        if outcome.order_ref in last:
            before, bad = last.pop(outcome.order_ref)
            events.append(_Event(at, after_all + len(events), stream.OUTCOME, before, bad, -1))
        if outcome.outcome in CONFIRMED_BAD or outcome.outcome == "legitimate":
            bad = int(outcome.outcome in CONFIRMED_BAD)
            last[outcome.order_ref] = (index, bad)
            events.append(_Event(at, after_all + len(events), stream.OUTCOME, index, bad, 1))
    return events, unmatched


def _event_arrays(events: list[_Event]) -> stream.Events:
    label = np.array([(event.at, event.bad, event.step) for event in events], dtype=np.int64).reshape(-1, 3)
    kind = np.array([event.kind for event in events], dtype=np.int64)
    return stream.Events(kind, np.array([event.order for event in events], dtype=np.int64), label)
