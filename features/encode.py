"""An order as numbers: its moment, its exact quantities, the keys of its history and the facts it carries itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from features import customer, documents, network, payment, product, quantity, route
from features.arrival import key_hash
from features.definition import FloatArray
from features.history import MICROS_PER_DAY
from features.records import OrderRecord
from features.reference import names
from features.stream import Orders
from features.subject import Subject, near_limit, subject_of

OBSERVERS = (
    customer.observe, quantity.observe, route.observe, product.observe, payment.observe, documents.observe,
    network.observe,
)  # fmt: skip
MASS_LIMIT = 10**15


@dataclass(frozen=True, slots=True)
class EncodedOrder:
    """`goods` are (key, micro-kg), the leading goods first; `slim_keys` follow `stream.SLIM_SLOTS`."""

    at: int
    day: int
    month: int
    near: int
    owner: int
    customer_key: str
    consignee_key: str | None
    slim_keys: tuple[str | None, ...]
    goods: tuple[tuple[str, int], ...]
    carried: dict[str, float]

    @property
    def total(self) -> int:
        return min(sum(quantity for _, quantity in self.goods), MASS_LIMIT)

    @property
    def deep_keys(self) -> tuple[str, ...]:
        """Keys of all deep states the order touches: customer, goods, consignee."""
        consignee = (self.consignee_key,) if self.consignee_key else ()
        return (self.customer_key, *(key for key, _ in self.goods), *consignee)


def micros(moment: datetime) -> int:
    """Microseconds since 1970 UTC, exactly."""
    return int(np.datetime64(moment.replace(tzinfo=None), "us").astype(np.int64))


def encode(record: OrderRecord) -> EncodedOrder:
    """Everything an order's features need but its history."""
    subject = subject_of(record)
    carried: dict[str, float] = {}
    for observe in OBSERVERS:
        carried.update(observe(subject))
    at, received = micros(record.received_at), record.received_at
    return EncodedOrder(
        at=at,
        day=at // MICROS_PER_DAY,
        month=received.year * 12 + received.month - 1,
        near=int(near_limit(subject)),
        owner=key_hash(record.customer.key),
        customer_key=f"C:{record.customer.key}",
        consignee_key=f"K:{record.consignee.key}" if record.consignee else None,
        slim_keys=_slim_keys(subject),
        goods=tuple(
            (f"G:{record.customer.key}|{goods.key}", min(goods.kilograms_micro or 0, MASS_LIMIT))
            for goods in subject.goods
        ),
        carried=carried,
    )


def moved(encoded: EncodedOrder, record: OrderRecord) -> EncodedOrder:
    """`encoded` at the moment of `record`, the same order; encoded anew only where the UTC day is another."""
    at = micros(record.received_at)
    if at // MICROS_PER_DAY != encoded.day:
        return encode(record)
    return replace(encoded, at=at)


def _slim_keys(subject: Subject) -> tuple[str | None, ...]:
    record, buyer = subject.record, subject.record.customer
    name = names.name_key(buyer.name) if buyer.name else None
    scoped = (
        record.consignee.key if record.consignee else None,
        record.carrier_key,
        record.payer_key,
        record.destination,
        record.broker_key,
    )
    shared = (
        record.account_key,
        record.end_user.key if record.end_user else None,
        buyer.phone_key,
        buyer.address_key,
        name,
        documents.authorisation_key(subject),
        subject.body.device_hash,
    )
    own = [f"{slot}:{buyer.key}|{key}" if key else None for slot, key in enumerate(scoped)]
    return (*own, *(f"{slot}:{key}" if key else None for slot, key in enumerate(shared, len(own))))


def lock_keys(encoded: EncodedOrder) -> tuple[str, ...]:
    """Keys whose holders must take turns: the customer, and everything it may share with other customers."""
    shared = (key for key in encoded.slim_keys[5:] if key)
    consignee = (encoded.consignee_key,) if encoded.consignee_key else ()
    return (encoded.customer_key, *consignee, *shared)


@dataclass(frozen=True, slots=True)
class Rows:
    """Row numbers of the states that each key owns."""

    deep: dict[str, int]
    slim: dict[str, int]


def _integers(values: list[int]) -> NDArray[np.int64]:
    return np.array(values, dtype=np.int64)


def to_arrays(encoded: list[EncodedOrder], rows: Rows) -> Orders:
    """Orders as the arrays of `stream.Orders`, keys replaced by row numbers."""
    starts = np.zeros(len(encoded) + 1, dtype=np.int64)
    np.cumsum([len(each.goods) for each in encoded], out=starts[1:])
    goods = [pair for each in encoded for pair in each.goods]
    slim = [[rows.slim[key] if key else -1 for key in each.slim_keys] for each in encoded]
    return Orders(
        at=_integers([each.at for each in encoded]),
        when=np.array([(each.day, each.month) for each in encoded], dtype=np.int64),
        total=_integers([each.total for each in encoded]),
        near=_integers([each.near for each in encoded]),
        owner=_integers([each.owner for each in encoded]),
        customer=_integers([rows.deep[each.customer_key] for each in encoded]),
        consignee=_integers([rows.deep[each.consignee_key] if each.consignee_key else -1 for each in encoded]),
        slim=np.array(slim, dtype=np.int64),
        start=starts,
        goods=_integers([rows.deep[key] for key, _ in goods]),
        quantity=_integers([quantity for _, quantity in goods]),
    )


def derive(facts: dict[str, FloatArray]) -> dict[str, FloatArray]:
    """Facts that join the order with its history, such as the month's sum with this order. Arrays (n,)."""
    mass = facts["order_kilograms"]
    return {
        "month_with_order": facts["goods_month_kilograms"] + mass,
        "year_with_order": facts["goods_year_kilograms"] + mass,
        "thirty_with_order": facts["goods_kilograms_30d"] + mass,
        "ninety_with_order": facts["goods_kilograms_90d"] + mass,
        "drawn_with_order": facts["authorisation_kilograms"] + mass,
        "customer_outcomes": facts["customer_confirmed"] + facts["customer_cleared"],
        "consignee_outcomes": facts["consignee_confirmed"] + facts["consignee_cleared"],
    }
