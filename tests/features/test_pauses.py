"""Acquaintance and pauses of customer and consignee: a resumed run still shows its pause, whoever bought."""

from __future__ import annotations

import numpy as np
import pytest

from features.records import OrderRecord, OutcomeRecord
from tests.features.builders import line, order
from tests.features.test_families import BUYER, value

OTHER = {"name": "ОсОО «Краски юга»", "country": "KG", "registration_no": "2"}
STORE = {"name": "Склад 7", "country": "KG"}
PARTIES = ("customer", "consignee")


def run(*days: float) -> list[OrderRecord]:
    """Orders of two kinds of goods by one customer to one consignee on these days."""
    goods = (line("100"), line("100", name="toluene", cas="108-88-3"))
    return [
        order(day, number, reference=f"R-{number}", customer=BUYER, consignee=STORE, lines=[goods[number % 2]])
        for number, day in enumerate(days)
    ]


@pytest.mark.parametrize("party", PARTIES)
@pytest.mark.parametrize(
    ("days", "expected"),
    [((0, 10, 20, 30, 130), 10), ((0, 10, 20, 30, 131, 132), 0.1), ((0, 10, 40), 3), ((0, 0, 1), 1), ((0, 10), None)],
)
def test_a_gap_is_held_against_the_usual_spacing(party: str, days: tuple[float, ...], expected: float | None) -> None:
    found = value(f"{party}_gap_against_spacing", *run(*days))
    assert found == pytest.approx(np.nan if expected is None else expected, nan_ok=True)


MINUTE = 1 / 1440


@pytest.mark.parametrize("name", ["gap", "last_gap", "longest_gap"])
def test_orders_that_a_system_sends_within_minutes_are_one_purchase(name: str) -> None:
    batch = tuple(place * place * MINUTE for place in range(6))
    assert value(f"customer_{name}_against_spacing", *run(*batch)) == 1
    again = tuple(7 + moment for moment in batch)
    assert value("customer_longest_gap_against_spacing", *run(*batch, *again[:3])) == pytest.approx(7, abs=0.1)


@pytest.mark.parametrize("party", PARTIES)
def test_the_second_order_of_a_resumed_run_still_shows_the_pause(party: str) -> None:
    assert value(f"{party}_last_gap_days", *run(0, 10, 20, 30, 130)) == 10
    assert value(f"{party}_last_gap_days", *run(0, 10, 20, 30, 130, 131)) == 100
    assert np.isnan(value(f"{party}_last_gap_days", *run(0, 10)))


def test_the_pause_before_the_last_order_is_held_against_the_usual_spacing() -> None:
    assert value("customer_last_gap_against_spacing", *run(0, 10, 20, 30, 130, 131)) == 10
    assert np.isnan(value("customer_last_gap_against_spacing", *run(0, 10)))


def test_a_consignee_is_known_whoever_bought() -> None:
    earlier = order(0, 0, reference="A", customer=OTHER, consignee=STORE)
    second = order(7, 1, reference="B", customer=OTHER, consignee=STORE)
    now = order(9.5, 2, reference="C", customer=BUYER, consignee=STORE)
    elsewhere = order(9.5, 2, reference="C", customer=BUYER, consignee={"name": "Склад 8", "country": "KG"})
    names = ("consignee_count", "consignee_days_known", "consignee_gap_days")
    assert [value(name, earlier, second, now) for name in names] == [2, 9.5, 2.5]
    assert value("consignee_count", earlier, second, elsewhere) == 0
    assert all(np.isnan(value(name, earlier, second, elsewhere)) for name in names[1:])
    assert np.isnan(value("consignee_count", earlier, second, order(9.5, 2, reference="C")))


def test_days_since_a_diversion_at_the_consignee_count_from_the_day_it_became_known() -> None:
    first = order(0, 0, reference="A", customer=OTHER, consignee=STORE)
    now = order(30, 1, reference="B", customer=BUYER, consignee=STORE)

    def found(outcome: str, day: float) -> float:
        known = OutcomeRecord("A", outcome, order(day).received_at)  # type: ignore[arg-type]
        return value("consignee_confirmed_days", first, now, labels=(known,))

    assert found("diverted", 10) == 20
    assert np.isnan(found("legitimate", 10))
    assert np.isnan(found("diverted", 31))


@pytest.mark.parametrize("party", PARTIES)
@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ((0,), None),
        ((0, 10), 10),
        ((0, 100, 110, 120, 130), 100),
        ((0, 100, 110, 120, 130, 140), 10),
        ((0, 10, 20, 30, 130), 100),
    ],
)
def test_the_longest_of_four_gaps_is_told_for_four_orders(
    party: str, days: tuple[float, ...], expected: float | None
) -> None:
    found = value(f"{party}_longest_gap_days", *run(*days))
    assert found == pytest.approx(np.nan if expected is None else expected, nan_ok=True)


@pytest.mark.parametrize("party", PARTIES)
def test_the_longest_gap_is_held_against_the_usual_spacing(party: str) -> None:
    assert value(f"{party}_longest_gap_against_spacing", *run(0, 10, 20, 30, 130, 131)) == 10
    assert np.isnan(value(f"{party}_longest_gap_against_spacing", *run(0, 10)))
