"""Which keys are joined into one history: the slots of the states that an order reads and becomes part of.

Four kinds of state (`features.history`, `features.hubs`):

* deep and slim states and a customer's profile belong to the parties of an order. They are exact to the last order.
* hub states belong to what thousands of orders share, a product or a lane. They are known as of the end of the
  previous UTC day, so that orders of different customers need not wait for each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from features.batch import KEY, Batch
from features.compiled import compiled

IntArray = NDArray[np.int64]
QUANTITY = -2  # stands for the exact quantity of the leading goods

DEEP: dict[str, tuple[str, ...]] = {"customer": ("customer",), "consignee": ("consignee",)}
GOODS = "goods"  # the third deep state: the customer's history in one kind of goods
SLIM: dict[str, tuple[str, ...]] = {
    "customer_consignee": ("customer", "consignee"),
    "account": ("account",),
    "end_user": ("end_user",),
    "phone": ("phone",),
    "address": ("address",),
    "name": ("name",),
    "authorisation": ("authorisation",),
    "device": ("device",),
}
# Shared by customers, so that orders that meet in one of them take turns.
SHARED = tuple(name for name in SLIM if name != "customer_consignee")
# What a customer usually uses; its profile keeps the latest few of each.
PROFILE = (
    "carrier", "payer", "destination", "broker", "phone", "email_domain", "contact", "account", "ship_to", "address",
    "site",
)  # fmt: skip
HUBS: dict[str, tuple[str, ...]] = {
    "product": ("goods",),
    "chapter": ("chapter",),
    "product_origin": ("goods", "origin"),
    "product_destination": ("goods", "destination"),
    "lane": ("origin", "destination"),
    "carrier": ("carrier",),
    "broker": ("broker",),
    "supplier": ("seller",),
    "office": ("office",),
    "destination": ("destination",),
    "peers": ("industry", "goods"),
    "repeat": ("goods", "quantity"),
    "repeat_origin": ("origin", "quantity"),
    "consignee_product": ("consignee", "goods"),
    "broker_product": ("broker", "goods"),
    "supplier_product": ("seller", "goods"),
    "office_product": ("office", "goods"),
    "carrier_lane": ("carrier", "destination"),
    "customer_broker": ("customer", "broker"),
    "customer_supplier": ("customer", "seller"),
    "customer_product": ("customer", "goods"),
    "payer": ("payer",),
    "end_use": ("end_use",),
    "document": ("document",),
    "email_domain": ("email_domain",),
    "owners": ("owner_1", "owner_2"),
    "price": ("goods", "currency"),
    "lane_price": ("goods", "currency", "destination"),
    "everything": (),
}
# What ties customers together; a component of ties is known as of the end of the previous UTC day.
TIES: dict[str, tuple[str, ...]] = {
    "customer": ("customer",),
    "phone": ("phone",),
    "address": ("address",),
    "account": ("account",),
    "device": ("device",),
    "email_domain": ("email_domain",),
    "owners": ("owner_1", "owner_2"),
}
HUB_NUMBER = {name: number for number, name in enumerate(HUBS)}


def _table(slots: dict[str, tuple[str, ...]], first: int) -> IntArray:
    """Rows (number of the slot's key space, up to three columns of the base keys, -1 for none)."""
    rows = []
    for number, parts in enumerate(slots.values(), first):
        columns = [QUANTITY if part == "quantity" else KEY[part] for part in parts]
        rows.append([number, *columns, *[-1] * (3 - len(columns))])
    return np.array(rows, dtype=np.int64)


DEEP_TABLE, SLIM_TABLE = _table(DEEP, 1), _table(SLIM, 20)
HUB_TABLE, TIE_TABLE = _table(HUBS, 100), _table(TIES, 200)
GOODS_SPACE, PROFILE_SPACE = 3, 4
PROFILE_COLUMNS = np.array([KEY[name] for name in PROFILE], dtype=np.int64)


@compiled
def scramble(value: np.uint64) -> np.uint64:
    """The finaliser of splitmix64: every bit of the input moves every bit of the output."""
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@compiled
def join(space: int, first: int | np.int64, second: int) -> np.int64:
    """One key for two in a key space; never 0."""
    mixed = scramble(np.uint64(space) * np.uint64(0x9E3779B97F4A7C15) ^ np.uint64(first))
    mixed = scramble(mixed ^ np.uint64(second))
    return np.int64(mixed) if mixed != np.uint64(0) else np.int64(1)


@compiled
def slot_keys(keys: IntArray, quantity: IntArray, table: IntArray, out: IntArray) -> None:
    """Keys (n, len(table)) of all slots of a table into `out`; 0 where a part is absent. quantity (n,) micro-kg."""
    for i in range(keys.shape[0]):
        for slot in range(table.shape[0]):
            key = join(table[slot, 0], 0, 0)
            for part in range(1, 4):
                column = table[slot, part]
                if column == -1:
                    break
                value = quantity[i] if column == -2 else keys[i, column]
                if value == 0:
                    key = np.int64(0)
                    break
                key = join(table[slot, 0], key, value)
            out[i, slot] = key


@compiled
def goods_keys(keys: IntArray, start: IntArray, goods: IntArray, out: IntArray) -> None:
    """Keys (m,) of each customer's history in each of its goods into `out`."""
    for i in range(keys.shape[0]):
        for k in range(start[i], start[i + 1]):
            out[k] = join(3, keys[i, 0], goods[k])


def keys_of(batch: Batch, table: IntArray) -> IntArray:
    """Keys (n, slots) of a table of slots for every order."""
    out = np.empty((batch.size, table.shape[0]), dtype=np.int64)
    slot_keys(batch.keys, lead_quantity(batch), table, out)
    return out


def lead_quantity(batch: Batch) -> IntArray:
    """Micro-kilograms (n,) of the leading goods, 0 unknown."""
    return batch.quantity[batch.start[:-1]] if batch.size else np.empty(0, dtype=np.int64)


def goods_of(batch: Batch) -> IntArray:
    """Keys (m,) of the customers' histories in their goods."""
    out = np.empty(batch.goods.shape[0], dtype=np.int64)
    goods_keys(batch.keys, batch.start, batch.goods, out)
    return out


def profile_keys(batch: Batch) -> IntArray:
    """Keys (n,) of the customers' profiles."""
    out = np.empty((batch.size, 1), dtype=np.int64)
    table = np.array([[PROFILE_SPACE, KEY["customer"], -1, -1]], dtype=np.int64)
    slot_keys(batch.keys, lead_quantity(batch), table, out)
    return out[:, 0]


@dataclass(frozen=True, slots=True)
class SlotKeys:
    """Keys of everything one order touches, 0 where absent; `goods` are (key, micro-kg), the leading goods first."""

    customer: int
    consignee: int
    goods: tuple[tuple[int, int], ...]
    slim: tuple[int, ...]
    profile: int
    hubs: tuple[int, ...]
    ties: tuple[int, ...]

    @property
    def deep(self) -> tuple[int, ...]:
        """Keys of all deep states: customer, goods, consignee."""
        consignee = (self.consignee,) if self.consignee else ()
        return (self.customer, *(key for key, _ in self.goods), *consignee)

    @property
    def turns(self) -> tuple[int, ...]:
        """Keys whose holders must take turns: the customer, and everything it may share with other customers."""
        shared = (key for name, key in zip(SLIM, self.slim, strict=True) if key and name in SHARED)
        consignee = (self.consignee,) if self.consignee else ()
        return (self.customer, *consignee, *shared)


@compiled
def _one(keys: IntArray, start: IntArray, goods: IntArray, quantity: IntArray, out: IntArray) -> None:
    """All slot keys of a single order, one table after another, then its goods."""
    done = 0
    for table in (DEEP_TABLE, SLIM_TABLE, HUB_TABLE, TIE_TABLE):
        slot_keys(keys, quantity, table, out[:, done : done + table.shape[0]])
        done += table.shape[0]
    out[0, done] = join(4, join(4, 0, 0), keys[0, 0])
    goods_keys(keys, start, goods, out[0, done + 1 :])


def slots_of(keys: tuple[int, ...], goods: tuple[tuple[int, int], ...]) -> SlotKeys:
    """The slot keys of one order from its base keys and goods."""
    out = np.empty((1, _WIDTHS[-1] + 1 + len(goods)), dtype=np.int64)
    each = np.array(goods, dtype=np.int64)
    start = np.array([0, len(goods)], dtype=np.int64)
    _one(
        np.array([keys], dtype=np.int64), start, np.ascontiguousarray(each[:, 0]), np.ascontiguousarray(each[:, 1]), out
    )
    made = out[0].tolist()
    deep, slim, hubs, ties = (tuple(made[start:end]) for start, end in pairwise(_WIDTHS))
    named = tuple(zip(made[_WIDTHS[-1] + 1 :], (mass for _, mass in goods), strict=True))
    return SlotKeys(deep[0], deep[1], named, slim, made[_WIDTHS[-1]], hubs, ties)


_WIDTHS = (0, *(int(width) for width in np.cumsum([len(DEEP), len(SLIM), len(HUBS), len(TIES)])))
