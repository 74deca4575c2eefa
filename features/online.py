"""One order and the states of its parties: what it may know, and how it becomes history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from features import history, stream
from features.catalogue import vectorise
from features.encode import EncodedOrder, Rows, derive, encode, lock_keys, micros, to_arrays
from features.records import CONFIRMED_BAD, Outcome

IntArray = NDArray[np.int64]

__all__ = ["EncodedOrder", "Observation", "States", "encode", "learn", "lock_keys", "observe", "replace", "state_keys"]


@dataclass(frozen=True, slots=True)
class Observation:
    """One order's feature values (n_features,) float32 and the facts behind them by name."""

    values: NDArray[np.float32]
    facts: dict[str, float]


@dataclass(slots=True)
class States:
    """States of some keys, as rows of two arrays: deep (k, DEEP_SIZE) and slim (m, SLIM_SIZE) int64."""

    rows: Rows
    deep: IntArray
    slim: IntArray

    @classmethod
    def of(cls, keys: tuple[tuple[str, ...], tuple[str, ...]], stored: dict[str, bytes]) -> States:
        """States of (deep keys, slim keys) from their stored bytes; a key without bytes starts empty.

        Raises:
            ValueError: stored bytes of another length than a state's.
        """
        deep_keys, slim_keys = keys
        deep = np.zeros((max(len(deep_keys), 1), history.DEEP_SIZE), dtype=np.int64)
        slim = np.zeros((max(len(slim_keys), 1), history.SLIM_SIZE), dtype=np.int64)
        for array, names in ((deep, deep_keys), (slim, slim_keys)):
            for row, key in enumerate(names):
                if key in stored:
                    array[row] = np.frombuffer(stored[key], dtype="<i8")
        return cls(Rows(_number(deep_keys), _number(slim_keys)), deep, slim)

    def stored(self) -> dict[str, bytes]:
        """Every state as little-endian bytes, by key."""
        deep = {key: self.deep[row].astype("<i8").tobytes() for key, row in self.rows.deep.items()}
        return deep | {key: self.slim[row].astype("<i8").tobytes() for key, row in self.rows.slim.items()}


def _number(keys: tuple[str, ...]) -> dict[str, int]:
    return {key: row for row, key in enumerate(keys)}


def state_keys(*encoded: EncodedOrder) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(deep keys, slim keys) that these orders touch, each once."""
    deep = dict.fromkeys(key for each in encoded for key in each.deep_keys)
    slim = dict.fromkeys(key for each in encoded for key in each.slim_keys if key)
    return tuple(deep), tuple(slim)


def observe(encoded: EncodedOrder, states: States) -> Observation:
    """What the order may know from `states`, which then include it."""
    arrays = to_arrays([encoded], states.rows)
    known = np.empty((1, len(stream.HISTORY_FACTS)))
    stream.read_order(arrays, 0, states.deep, states.slim, known[0])
    stream.fold_order(arrays, 0, states.deep, states.slim)
    carried = np.array(list(encoded.carried.values())).reshape(-1, 1)
    facts = dict(zip(stream.HISTORY_FACTS, known.T, strict=True))
    facts.update(zip(encoded.carried, carried, strict=True))
    facts |= derive(facts)
    return Observation(vectorise(facts, 1)[0], {name: value.item() for name, value in facts.items()})


def replace(earlier: EncodedOrder, states: States) -> None:
    """Take an earlier version of an order out of the sums before its amendment is observed."""
    stream.retract_order(to_arrays([earlier], states.rows), 0, states.deep)


def learn(encoded: EncodedOrder, outcome: Outcome, known_at: datetime, states: States, step: int = 1) -> None:
    """Let the order's parties know its outcome; `step` -1 withdraws one that was learnt before."""
    if outcome not in CONFIRMED_BAD and outcome != "legitimate":
        return
    label = np.array([micros(known_at), int(outcome in CONFIRMED_BAD), step], dtype=np.int64)
    stream.label_order(to_arrays([encoded], states.rows), 0, label, states.deep, states.slim)
