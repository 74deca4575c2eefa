"""Online equals offline exactly, and a later order changes no earlier row, on any stream."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.encode import encode
from features.ledger import Ledger
from features.offline import build
from features.online import Lesson
from features.records import OrderRecord, Outcome, OutcomeRecord
from tests.features.builders import START, line, order

OUTCOMES: tuple[Outcome, ...] = ("diverted", "attempted", "legitimate", "loss_or_theft", "unknown")
GOODS = (
    line("100"), line("60", "l"), line(1023), line("0.5", "us_gal", name="ацетон"),
    line("20", name="nobody knows", cas=None),
    line("3", name="ephedrine hydrochloride", cas="50-98-6"), line("12", "tablet", name="tablets", cas=None),
)  # fmt: skip


@st.composite
def streams(draw: st.DrawFn) -> tuple[list[OrderRecord], list[OutcomeRecord]]:
    """Few parties, many ties in time, some references met again, some outcomes, some of them twice."""
    minute, orders = 0, []
    for number in range(draw(st.integers(1, 25))):
        minute += draw(st.sampled_from((0, 0, 1, 60, 1440, 50_000)))
        buyer = draw(st.integers(1, 3))
        fields = {
            "reference": f"A-{draw(st.integers(max(0, number - 3), number))}",
            "customer": {"name": f"Buyer {buyer}", "country": "KZ", "phone": f"+7{draw(st.integers(0, 1))}"},
            "lines": draw(st.lists(st.sampled_from(GOODS), min_size=1, max_size=3)),
        }
        if draw(st.booleans()):
            fields["consignee"] = {"name": f"Store {draw(st.integers(1, 2))}", "country": "KG"}
            fields["payment"] = {"payer": "P", "account_hash": f"{draw(st.integers(1, 2))}"}
            fields["session_ip_country"], fields["device_hash"] = "KZ", f"d{draw(st.integers(1, 3))}"
        orders.append(order(minute / 1440, number, **fields))
    known = st.integers(0, minute + 3000)
    marks = draw(st.lists(st.tuples(st.sampled_from(orders), st.sampled_from(OUTCOMES), known), max_size=10))
    labels = [
        OutcomeRecord(each.reference, outcome, max(START + timedelta(minutes=at), each.received_at))
        for each, outcome, at in marks
    ]
    return orders, labels


def online_rows(orders: list[OrderRecord], labels: list[OutcomeRecord]) -> list[np.ndarray]:
    """Rows as the service makes them: events in time, labels after the orders of their moment."""
    events: list[tuple[tuple, OrderRecord | OutcomeRecord]] = [
        ((each.received_at, 0, each.sequence, ""), each) for each in orders
    ]
    ranked = sorted(labels, key=lambda label: (label.known_at, label.order_ref))
    events += [((label.known_at, 1, place, label.order_ref), label) for place, label in enumerate(ranked)]
    ledger, rows = Ledger(), []
    for _, event in sorted(events, key=lambda pair: pair[0]):
        if isinstance(event, OrderRecord):
            rows.append(ledger.order(event.reference, encode(event)).values)
        else:
            ledger.label(event.order_ref, Lesson(event.outcome, event.known_at))
    return rows


@given(streams())
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_online_equals_offline_to_the_bit(stream: tuple[list[OrderRecord], list[OutcomeRecord]]) -> None:
    orders, labels = stream
    matrix = build(orders, labels)
    rows = online_rows(orders, labels)
    assert np.array_equal(np.array(rows).view(np.uint32), matrix.values.view(np.uint32))


@given(streams(), st.integers(1, 24))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_a_later_order_changes_no_earlier_row(stream: tuple[list[OrderRecord], list[OutcomeRecord]], cut: int) -> None:
    orders, labels = stream
    kept = sorted(orders, key=lambda each: (each.received_at, each.sequence))[:cut]
    whole, part = build(orders, labels), build(kept, labels)
    assert np.array_equal(part.values.view(np.uint32), whole.values[: len(kept)].view(np.uint32))


def test_a_label_of_the_same_moment_is_not_yet_known() -> None:
    first, second = order(0, 0, reference="A"), order(1, 1, reference="B")
    label = OutcomeRecord("A", "diverted", second.received_at)
    assert build([first, second], [label]).facts["customer_confirmed"][1] == 0
    sooner = OutcomeRecord("A", "diverted", second.received_at - timedelta(microseconds=1))
    assert build([first, second], [sooner]).facts["customer_confirmed"][1] == 1


def test_an_empty_stream_gives_an_empty_matrix() -> None:
    assert build([]).values.shape[0] == 0
