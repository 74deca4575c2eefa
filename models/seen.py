"""Which orders have been met: a set of (reference, moment) that keeps sixteen bytes of each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from features.compiled import compiled

IntArray = NDArray[np.int64]
FIRST_SLOTS = 1 << 12


class Seen:
    """Orders met so far, told apart by the hash of their reference and their moment in microseconds."""

    def __init__(self) -> None:
        self._slots = np.zeros((FIRST_SLOTS, 2), dtype=np.int64)
        self._taken = np.zeros(FIRST_SLOTS, dtype=np.bool_)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, reference: IntArray, at: IntArray) -> NDArray[np.bool_]:
        """Whether each of these orders (n,) is met for the first time; from now on none is."""
        if 2 * (self._count + reference.size) > self._taken.size:
            self._grow(2 * (self._count + reference.size))
        new = _put(self._slots, self._taken, reference, at)
        self._count += int(new.sum())
        return new

    def _grow(self, wanted: int) -> None:
        held = self._slots[self._taken]
        size = self._taken.size
        while size < wanted:
            size *= 2
        self._slots, self._taken = np.zeros((size, 2), dtype=np.int64), np.zeros(size, dtype=np.bool_)
        _put(self._slots, self._taken, held[:, 0].copy(), held[:, 1].copy())


@compiled
def _put(slots: IntArray, taken: NDArray[np.bool_], reference: IntArray, at: IntArray) -> NDArray[np.bool_]:
    new = np.zeros(reference.shape[0], dtype=np.bool_)
    mask = np.uint64(taken.shape[0] - 1)
    for i in range(reference.shape[0]):
        mixed = np.uint64(reference[i]) ^ (np.uint64(at[i]) * np.uint64(0x9E3779B97F4A7C15))
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        slot = (mixed ^ (mixed >> np.uint64(31))) & mask
        while taken[slot] and (slots[slot, 0] != reference[i] or slots[slot, 1] != at[i]):
            slot = (slot + np.uint64(1)) & mask
        if not taken[slot]:
            taken[slot], slots[slot, 0], slots[slot, 1], new[i] = True, reference[i], at[i], True
    return new
