"""Rows for keys: a key that at least two orders share gets a row of its own, one that stands alone gets row 0."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from features.compiled import compiled

IntArray = NDArray[np.int64]


@compiled
def _find(table: IntArray, key: int) -> int:
    """Place of a key in an open table whose size is a power of two, or the free place where it belongs."""
    mask = table.shape[0] - 1
    place = int(key & mask)
    while table[place] != 0 and table[place] != key:
        place = (place + 1) & mask
    return place


@compiled
def _assign(keys: IntArray, table: IntArray, rows: IntArray, following: int, out: IntArray) -> int:
    """Rows of `keys` into `out`: -1 for key 0, 0 for a key met once. Returns the next free row."""
    for i in range(keys.shape[0]):
        if keys[i] != 0:
            place = _find(table, keys[i])
            if table[place] == 0:
                table[place] = keys[i]
                rows[place] = 0
            elif rows[place] == 0:
                rows[place] = following
                following += 1
    for i in range(keys.shape[0]):
        out[i] = -1 if keys[i] == 0 else rows[_find(table, keys[i])]
    return following


class Numbering:
    """Numbers the keys of one book, column by column; every column has keys of its own."""

    def __init__(self) -> None:
        self.size = 1

    def column(self, keys: IntArray, *, every: bool = False) -> IntArray:
        """Rows (n,) of keys (n,). With `every` a key that stands alone gets a row too."""
        present = int(np.count_nonzero(keys))
        if present == 0:
            return np.full(keys.shape, -1, dtype=np.int64)
        out = np.empty(keys.shape, dtype=np.int64)
        repeated = np.concatenate((keys, keys)) if every else keys
        table = np.zeros(1 << max(4, int(2 * present - 1).bit_length()), dtype=np.int64)
        given = np.empty(repeated.shape, dtype=np.int64)
        self.size = int(_assign(np.ascontiguousarray(repeated), table, np.empty_like(table), self.size, given))
        out[:] = given[: keys.shape[0]]
        return out

    def columns(self, keys: IntArray, every: tuple[int, ...] = ()) -> IntArray:
        """Rows (n, slots) of keys (n, slots); the columns in `every` number each key."""
        return np.stack(
            [self.column(np.ascontiguousarray(keys[:, k]), every=k in every) for k in range(keys.shape[1])], axis=1
        )
