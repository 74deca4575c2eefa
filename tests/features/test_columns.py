"""Many orders at once give what each gives alone, to the bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import HealthCheck, given, settings

from features.arrival import key_hash, to_record
from features.batch import KEY, Batch
from features.bulk import Arrivals, batch_of_columns, taken
from features.carried import CARRIED
from features.columns import Column, combined, distinct
from features.encode import batch_of, encode
from features.intake import FiledOrder
from features.leaves import BodyLeaves
from features.subject import near_limit, subject_of
from tests.features.bodies import bodies
from tests.features.builders import line, order


def filed(body: dict[str, Any]) -> FiledOrder:
    return FiledOrder.model_validate_json(orjson.dumps(body))


def together(orders: list[FiledOrder]) -> Batch:
    """The batch of orders that arrived in this order."""
    records = [to_record(each, each.received_at, number) for number, each in enumerate(orders, 1) if each.received_at]
    reference = np.array([key_hash(record.reference) for record in records])
    at = np.array([np.datetime64(record.received_at.replace(tzinfo=None), "us").astype(np.int64) for record in records])
    return batch_of_columns(BodyLeaves(orders), Arrivals(reference, at, np.arange(1, len(records) + 1)))


def assert_same(one: Batch, other: Batch) -> None:
    """Every array of two batches, to the bit but for how a missing fact is written."""
    assert list(one.references) == list(other.references)
    for name in ("reference", "sequence", "at", "keys", "near", "price", "start", "goods", "quantity"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), name)
    assert one.carried.dtype == other.carried.dtype == np.float32
    for column, name in enumerate(CARRIED):
        np.testing.assert_array_equal(one.carried[:, column], other.carried[:, column], name)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(bodies())
def test_columns_of_bodies_give_what_each_order_gives_alone(drawn: list[dict[str, Any]]) -> None:
    orders = [filed(body) for body in drawn]
    alone = [
        encode(to_record(each, each.received_at, number)) for number, each in enumerate(orders, 1) if each.received_at
    ]
    assert_same(together(orders), batch_of(alone))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(bodies(most=4))
def test_the_encoding_agrees_with_the_record(drawn: list[dict[str, Any]]) -> None:
    """What the legal stops read of an order and what the model reads of it are the same parties, goods and masses."""
    for body in drawn:
        read = filed(body)
        assert read.received_at is not None
        record = to_record(read, read.received_at, 1)
        subject, encoded = subject_of(record), encode(record)
        texts = {
            "customer": record.customer.key, "consignee": record.consignee and record.consignee.key,
            "seller": record.seller and record.seller.key, "end_user": record.end_user and record.end_user.key,
            "payer": record.payer_key, "carrier": record.carrier_key, "broker": record.broker_key,
            "account": record.account_key, "destination": record.destination, "phone": record.customer.phone_key,
            "address": record.customer.address_key, "goods": subject.lead.key,
        }  # fmt: skip
        assert {name: encoded.keys[KEY[name]] for name in texts} == {
            name: key_hash(text) if text else 0 for name, text in texts.items()
        }
        masses = [min(each.kilograms_micro or 0, 10**15) for each in subject.goods]
        assert encoded.goods == tuple(
            (key_hash(each.key), mass) for each, mass in zip(subject.goods, masses, strict=True)
        )
        assert encoded.near == near_limit(subject)


NAN = float("nan")
PAPER = {"substance": "toluene", "signed_on": "2025-03-12"}
NEW_FACTS: list[tuple[str, dict[str, Any], float]] = [
    ("value", {"value": "1250.50"}, 1250.5),
    ("value", {}, NAN),
    ("price_per_kilogram", {"lines": [line("2", "t", unit_price="500")]}, 0.5),
    ("price_per_kilogram", {"lines": [line("2", "piece", unit_price="500")]}, NAN),
    ("days_since_listing", {"lines": [line(name="sugar", cas=None)]}, NAN),
    ("withdrawn", {"amendments": [{"field": "status", "new": "Заказ отменён клиентом"}]}, 1),
    ("withdrawn", {"amendments": [{"field": "order_cancelled"}]}, 1),
    ("withdrawn", {"amendments": [{"field": "consignee", "new": "as amended"}]}, 0),
    ("returned", {"amendments": [{"field": "goods", "new": "rejected at the border, destroyed"}]}, 1),
    ("returned", {"amendments": [{"field": "возврат части товара"}]}, 1),
    ("returned", {}, 0),
    ("quantity_changed", {"amendments": [{"field": "lines.0.quantity"}, {"field": "количество"}]}, 2),
    ("small_amendments", {"amendments": [{"field": "notes"}, {"field": "consignee"}]}, 1),
    ("transit_days", {"route": {"legs": [{"eta": "2025-03-11"}, {}, {"eta": "2025-03-20"}]}}, 9),
    ("transit_days", {"route": {"legs": [{"eta": "2025-03-11"}, {}]}}, NAN),
    ("paper_name_differs", {"declaration": PAPER}, 1),
    ("paper_name_differs", {"declaration": {"substance": "ацетон"}}, 0),
    ("paper_name_differs", {"declaration": {"substance": "who knows"}}, NAN),
    ("signed_after_order", {"declaration": PAPER}, 1),
    ("signed_after_order", {"declaration": {"signed_on": "2025-03-10"}}, 0),
    ("signed_after_order", {}, NAN),
]


@pytest.mark.parametrize(("name", "fields", "expected"), NEW_FACTS)
def test_one_fact(name: str, fields: dict[str, Any], expected: float) -> None:
    assert encode(order(**fields)).carried[CARRIED.index(name)] == pytest.approx(expected, nan_ok=True)


def test_days_since_listing_count_from_the_present_listing() -> None:
    anhydride = {"lines": [line(name="acetic anhydride", cas="108-24-7")]}
    place = CARRIED.index("days_since_listing")
    first, second = encode(order(**anhydride)), encode(order(day=3, **anhydride))
    assert second.carried[place] - first.carried[place] == 3
    assert first.carried[place] > 365 * 20


def test_the_leading_goods_are_the_most_controlled_then_the_heaviest() -> None:
    mixed = [
        line("900", name="sugar", cas=None), line("1", name="acetic anhydride", cas="108-24-7"),
        line("5"), line("7", name="ацетон", cas=None),
    ]  # fmt: skip
    body = {"reference": "A", "customer": {"id": "C"}, "lines": mixed, "received_at": "2025-01-01T00:00:00Z"}
    batch = together([filed(body)])
    assert batch.goods.tolist() == [key_hash(key) for key in ("s:acetic-anhydride", "s:acetone", "n:sugar")]
    assert batch.quantity.tolist() == [1_000_000, 12_000_000, 900_000_000]


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(bodies(most=6))
def test_some_rows_of_a_batch_are_the_batch_of_those_orders(drawn: list[dict[str, Any]]) -> None:
    orders = [filed(body) for body in drawn]
    alone = [
        encode(to_record(each, each.received_at, number)) for number, each in enumerate(orders, 1) if each.received_at
    ]
    rows = np.arange(len(alone))[::-2].copy()
    assert_same(taken(batch_of(alone), rows), batch_of([alone[row] for row in rows.tolist()]))


def test_combinations_are_told_apart_however_many_columns_there_are() -> None:
    generator = np.random.default_rng(3)
    wide = [Column(generator.integers(0, 1000, 500), list(range(1000))) for _ in range(9)]
    codes, firsts = combined(wide)
    rows = list(zip(*(column.codes.tolist() for column in wide), strict=True))
    assert len(firsts) == len(set(rows))
    assert all(rows[firsts[code]] == row for code, row in zip(codes.tolist(), rows, strict=True))


@pytest.mark.parametrize("bound", [0, 4])
def test_equal_keys_share_the_code_of_their_first_row(bound: int) -> None:
    codes, firsts = distinct(np.array([3, 1, 3, 0, 1]), bound)
    assert codes.tolist() == [0, 1, 0, 2, 1]
    assert firsts.tolist() == [0, 1, 3]
