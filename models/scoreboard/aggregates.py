"""Plain aggregates: what a party's earlier orders come to. Count, sum, mean, largest, days since the last.

As of each order: the order itself and later ones are not in them.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

DAY_MICROS = 86_400_000_000
COLUMNS = 5


def numbered(keys: Sequence[Hashable]) -> NDArray[np.int64]:
    """Equal keys as equal whole numbers, None as -1."""
    known: dict[Hashable, int] = {}
    return np.array([-1 if key is None else known.setdefault(key, len(known)) for key in keys], dtype=np.int64)


def numbered_array(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Equal keys as equal numbers from 0 on."""
    return np.unique(keys, return_inverse=True)[1].astype(np.int64)


def customer_of(body: Mapping[str, Any]) -> Hashable:
    """By what a customer is known again: register number, own id or name."""
    party = body["customer"]
    known: Hashable = party.get("registration_no") or party.get("id") or party.get("name")
    return known


def consignee_of(body: Mapping[str, Any]) -> Hashable:
    """By what a consignee is known again: id, or name and address; None where there is none."""
    party = body.get("consignee")
    if not party:
        return None
    return party.get("id") or (party.get("name"), party.get("address"))


def earlier(party: NDArray[np.int64], at: NDArray[np.int64], kilograms: NDArray[np.float64]) -> NDArray[np.float32]:
    """(n, 5) of the party's earlier orders, rows in time order; NaN for those without party or without the past."""
    mass = np.nan_to_num(kilograms)
    order = np.argsort(party, kind="stable")
    first = np.concatenate(([True], np.diff(party[order]) != 0))
    start = np.maximum.accumulate(np.where(first, np.arange(order.size), 0))
    count = np.arange(order.size) - start
    total = np.concatenate(([0.0], np.cumsum(mass[order])))
    summed = total[:-1] - total[start]
    levels, rank = np.unique(mass, return_inverse=True)
    group = np.cumsum(first) - 1
    highest = np.maximum.accumulate(group * levels.size + rank[order])
    largest = levels[np.concatenate(([0], highest[:-1])) % levels.size]
    gap = np.concatenate(([0], np.diff(at[order]))) / DAY_MICROS
    past = count > 0
    table = np.column_stack(
        [count, summed, np.where(past, summed / np.maximum(count, 1), np.nan), np.where(past, largest, np.nan),
         np.where(past, gap, np.nan)]
    )  # fmt: skip
    result = np.empty((order.size, COLUMNS), dtype=np.float32)
    result[order] = table
    result[party < 0] = np.nan
    return result


def with_ratios(aggregates: NDArray[np.float32], kilograms: NDArray[np.float64]) -> NDArray[np.float32]:
    """The aggregates and how the order itself compares with the mean and the largest before it, (n, 7)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        against = kilograms[:, None] / aggregates[:, 2:4]
    against[~np.isfinite(against)] = np.nan
    return np.hstack([aggregates, against.astype(np.float32)])
