"""Orders as arrays: all that the engine of features asks of an order, one row each.

A key is the 64-bit hash of what identifies a party, place or paper (`arrival.key_hash`), 0 where there is none.
Which keys are joined into one history, customer and carrier say, is for `features.slots`; a batch holds single keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]

BASE_KEYS = (
    "customer", "consignee", "end_user", "seller", "payer", "carrier", "broker", "account", "phone", "address",
    "email_domain", "name", "device", "authorisation", "document", "end_use", "owner_1", "owner_2", "contact",
    "ship_to", "goods", "chapter", "origin", "destination", "office", "industry", "mode", "site", "currency",
)  # fmt: skip
KEY = {name: column for column, name in enumerate(BASE_KEYS)}
NO_PRICE = np.iinfo(np.int64).min
PRICE_STEPS = 1024
MASS_LIMIT = 10**15


@dataclass(frozen=True, slots=True)
class Batch:
    """n orders with m kinds of goods, in any order of time.

    references (n,); reference (n,) their hashes; sequence (n,); at (n,) microseconds since 1970 UTC;
    keys (n, len(BASE_KEYS)); near (n,) 1 where the leading goods lie just below a threshold; price (n,)
    round(1024 log2 of the leading line's price per kilogram) or NO_PRICE; start (n + 1,) with goods and quantity
    (m,) of row i at start[i]:start[i + 1], the leading goods first, micro-kilograms up to MASS_LIMIT, 0 unknown;
    carried (n, len(CARRIED)) float32, NaN where missing.
    """

    references: Sequence[str]
    reference: IntArray
    sequence: IntArray
    at: IntArray
    keys: IntArray
    near: IntArray
    price: IntArray
    start: IntArray
    goods: IntArray
    quantity: IntArray
    carried: NDArray[np.float32]

    @property
    def size(self) -> int:
        return int(self.at.shape[0])


def joined(batches: Sequence[Batch]) -> Batch:
    """Batches one after another as a single one."""
    if len(batches) == 1:
        return batches[0]
    shifts = np.cumsum([0, *(int(batch.start[-1]) for batch in batches[:-1])])
    starts = [batch.start[:-1] + shift for batch, shift in zip(batches, shifts, strict=True)]
    ends = np.array([sum(int(batch.start[-1]) for batch in batches)], dtype=np.int64)
    return Batch(
        references=[reference for batch in batches for reference in batch.references],
        start=np.concatenate([*starts, ends]),
        **{
            name: np.concatenate([getattr(batch, name) for batch in batches])
            for name in ("reference", "sequence", "at", "keys", "near", "price", "goods", "quantity", "carried")
        },
    )
