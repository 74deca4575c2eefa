"""An order as numbers: its moment, its exact quantities, the keys of its history and the facts it carries itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache, lru_cache
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.arrival import key_hash
from features.batch import BASE_KEYS, MASS_LIMIT, Batch
from features.carried import CARRIED
from features.carried.parties import KEYS
from features.carried.single import goods_of, line_plan, order_plan
from features.history import MICROS_PER_DAY
from features.records import OrderRecord
from features.slots import SlotKeys, slots_of

__all__ = ["CARRIED", "EncodedOrder", "batch_of", "encode", "key_hash", "lock_keys", "micros", "moved"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_hash = lru_cache(maxsize=65536)(key_hash)


@dataclass(frozen=True, slots=True)
class EncodedOrder:
    """One row of a `Batch`: `keys` follow BASE_KEYS, `goods` are (hash, micro-kg), the leading goods first,
    `carried` follow CARRIED, NaN where missing."""

    reference: str
    sequence: int
    at: int
    keys: tuple[int, ...]
    near: int
    price: int
    goods: tuple[tuple[int, int], ...]
    carried: tuple[float, ...]
    slots: SlotKeys = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "slots", slots_of(self.keys, self.goods))

    @property
    def day(self) -> int:
        return self.at // MICROS_PER_DAY


def micros(moment: datetime) -> int:
    """Microseconds since 1970 UTC, exactly."""
    since = moment - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def encode(record: OrderRecord) -> EncodedOrder:
    """Everything an order's features need but its history."""
    at = micros(record.received_at)
    goods = goods_of(record.body)
    values = order_plan().values(record.body, at // MICROS_PER_DAY, goods)
    places = _places()
    key = line_plan().places["goods_key"]
    return EncodedOrder(
        reference=record.reference,
        sequence=record.sequence,
        at=at,
        keys=tuple([_hash(text) if text else 0 for text in places.keys(values)]),
        near=values[places.near],
        price=values[places.price],
        goods=tuple([(_hash(each.line[key]), min(each.micro or 0, MASS_LIMIT)) for each in goods]),
        carried=places.carried(values),
    )


@dataclass(frozen=True, slots=True)
class _Places:
    """Where an order's values for each part of its encoding are found."""

    keys: itemgetter[tuple[Any, ...]]
    carried: itemgetter[tuple[float, ...]]
    near: int
    price: int


@cache
def _places() -> _Places:
    slots = order_plan().places
    keys = itemgetter(*(slots[KEYS[name]] for name in BASE_KEYS))
    return _Places(keys, itemgetter(*(slots[name] for name in CARRIED)), slots["near"], slots["price"])


def moved(encoded: EncodedOrder, record: OrderRecord) -> EncodedOrder:
    """`encoded` at the moment of `record`, the same order; encoded anew only where the UTC day is another."""
    at = micros(record.received_at)
    if at // MICROS_PER_DAY != encoded.day:
        return encode(record)
    return replace(encoded, at=at)


def lock_keys(encoded: EncodedOrder) -> tuple[int, ...]:
    """Keys whose holders must take turns, see `slots.SlotKeys.turns`."""
    return encoded.slots.turns


def batch_of(encoded: Sequence[EncodedOrder]) -> Batch:
    """Encoded orders as one batch, in their order."""
    starts = np.zeros(len(encoded) + 1, dtype=np.int64)
    np.cumsum([len(each.goods) for each in encoded], out=starts[1:])
    goods = [pair for each in encoded for pair in each.goods]
    return Batch(
        references=[each.reference for each in encoded],
        reference=_integers([key_hash(each.reference) for each in encoded]),
        sequence=_integers([each.sequence for each in encoded]),
        at=_integers([each.at for each in encoded]),
        keys=np.array([each.keys for each in encoded], dtype=np.int64).reshape(-1, len(BASE_KEYS)),
        near=_integers([each.near for each in encoded]),
        price=_integers([each.price for each in encoded]),
        start=starts,
        goods=_integers([key for key, _ in goods]),
        quantity=_integers([quantity for _, quantity in goods]),
        carried=np.array([each.carried for each in encoded], dtype=np.float32).reshape(-1, len(CARRIED)),
    )


def _integers(values: list[int]) -> NDArray[np.int64]:
    return np.array(values, dtype=np.int64)
