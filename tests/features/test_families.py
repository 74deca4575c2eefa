"""Each kind of feature: for what it looks at, for what it must not mistake, and for what is missing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from features.catalogue import feature_names
from features.offline import build
from features.records import OrderRecord, OutcomeRecord
from tests.features.builders import line, order

NAN = float("nan")
BUYER = {"name": "ТОО «Лак и краска»", "country": "KZ", "registration_no": "1"}
LICENCE = {"number": "L-1", "valid_to": "2026-01-01", "substances": ["acetone"]}
DECLARED = {"end_use": "растворитель для лакокрасочных материалов", "signatory": "И. Иванов", "signed_on": "2025-03-01"}


def value(feature: str, *orders: OrderRecord, labels: tuple[OutcomeRecord, ...] = ()) -> float:
    """The feature of the last of these orders."""
    matrix = build(list(orders), labels)
    return float(matrix.values[-1, feature_names().index(feature)])


ONE_ORDER: list[tuple[str, dict[str, Any], float]] = [
    ("order_kilograms", {"lines": [line("250")]}, 250),
    ("order_kilograms", {"lines": [line("100", "l")]}, 79.1),
    ("order_kilograms", {"lines": [line("3", "piece")]}, NAN),
    ("just_below_threshold", {"lines": [line("1400", name="acetone")], "seller": {"name": "S", "country": "US"}}, 1),
    ("just_below_threshold", {"lines": [line("900", name="acetone")], "seller": {"name": "S", "country": "US"}}, 0),
    ("urgent", {"service_level": "urgent"}, 1),
    ("urgent", {}, NAN),
    ("lead_days", {"requested_ship_date": "2025-03-15"}, 5),
    ("individual", {"customer": BUYER | {"kind": "individual"}}, 1),
    ("individual", {"customer": BUYER}, NAN),
    ("reseller_without_end_user", {"customer": BUYER | {"role": "trader"}}, 1),
    ("reseller_without_end_user", {"customer": BUYER | {"role": "trader"}, "end_user": {"name": "Завод"}}, 0),
    ("free_mail", {"customer": BUYER | {"email": "buyer@gmail.com"}}, 1),
    ("free_mail", {"customer": BUYER | {"email": "buyer@lakkraska.kz"}}, 0),
    ("phone_mismatch", {"customer": BUYER | {"phone": "+998 71 200 00 00"}}, 1),
    ("phone_mismatch", {"customer": BUYER | {"phone": "+7 727 200 00 00"}}, 0),
    ("mixed_script", {"customer": BUYER | {"name": "ТОО Лaк и крaска"}}, 1),
    ("mixed_script", {"customer": BUYER}, 0),
    ("unregistered", {"customer": {"name": "Кто-то"}}, 1),
    ("abroad", {"consignee": {"name": "K", "country": "AF"}}, 1),
    ("abroad", {"destination_country": "KZ"}, 0),
    ("forwarder_consignee", {"consignee": {"name": "K", "type": "forwarder"}}, 1),
    ("forwarder_consignee", {"consignee": {"name": "K", "type": "own_site"}}, 0),
    ("free_zone", {"route": {"legs": [{"place": "Jebel Ali", "country": "AE", "place_type": "free_zone"}]}}, 1),
    ("free_zone", {}, NAN),
    ("risk_lane", {"lines": [line(name="acetic anhydride", cas="108-24-7")], "destination_country": "AF"}, 1),
    ("risk_lane", {"destination_country": "KZ"}, 0),
    ("bulk_by_air", {"lines": [line("2000")], "transport": {"mode": "air"}}, 1),
    ("bulk_by_air", {"lines": [line("20")], "transport": {"mode": "air"}}, 0),
    ("pickup", {"transfer_method": "customer_pickup"}, 1),
    ("party_changed", {"amendments": [{"field": "consignee.name"}]}, 1),
    ("party_changed", {"amendments": [{"field": "requested_ship_date"}]}, 0),
    ("control_level", {"lines": [line(name="acetic anhydride", cas="108-24-7")]}, 4),
    ("control_level", {}, 3),
    ("control_level", {"lines": [line(name="sugar", cas=None)]}, 0),
    ("bad_cas", {"lines": [line(cas="67-64-2")]}, 1),
    ("bad_cas", {}, 0),
    ("code_conflicts", {"lines": [line(name="toluene")]}, 1),
    ("designer", {"lines": [line(name="PMK ethyl glycidate", cas="28578-16-7")]}, 1),
    ("equipment_with_chemicals", {"lines": [line(), line("1", "piece", name="press", item_type="machine")]}, 1),
    ("neutral_labels", {"notes": "просим отгрузить без маркировки"}, 1),
    ("small_packs", {"lines": [line("500", package_type="bottle")]}, 1),
    ("gross_over_net", {"lines": [line("500", gross_kg="450")]}, 0.9),
    ("gross_over_net", {"lines": [line("500", gross_kg="525"), line("500")]}, 1.05),
    ("gross_over_net", {"lines": [line("500", "piece", gross_kg="525")]}, NAN),
    ("gross_over_net", {}, NAN),
    ("gross_below_net", {"lines": [line("500", gross_kg="450")]}, 1),
    ("gross_below_net", {"lines": [line("500", gross_kg="499")]}, 0),
    ("gross_below_net", {"lines": [line("500", gross_kg="525")]}, 0),
    ("gross_below_net", {}, NAN),
    ("cash", {"payment": {"method": "cash"}}, 1),
    ("cash", {"payment": {"method": "card"}}, 0),
    ("cash", {}, NAN),
    ("informal_transfer", {"payment": {"method": "hawala"}}, 1),
    ("virtual_asset", {"payment": {"wallet_hash": "w"}}, 1),
    ("payer_apart", {"payment": {"payer": "Somebody Else FZE"}}, 1),
    ("payer_apart", {"payment": {"payer": "TOO Lak i kraska"}}, 0),
    ("payer_country_apart", {"payment": {"payer": "X", "payer_country": "AE"}}, 1),
    ("licence_missing", {"customer": BUYER | {"licences": [LICENCE]}}, 0),
    ("licence_missing", {"customer": BUYER | {"licences": [LICENCE | {"valid_to": "2025-03-01"}]}}, 1),
    ("licence_missing", {"customer": BUYER | {"licences": [LICENCE | {"substances": ["toluene"]}]}}, 1),
    ("licence_missing", {}, NAN),
    ("declaration_missing", {}, 1),
    ("declaration_missing", {"declaration": DECLARED}, 0),
    ("vague_end_use", {"declaration": {"end_use": "производство"}}, 1),
    ("vague_end_use", {"declaration": DECLARED}, 0),
    ("authorisation_missing", {"destination_country": "TJ"}, 1),
    ("authorisation_missing", {"destination_country": "KZ"}, NAN),
    ("intermediary_count", {"intermediaries": [{"name": "B", "role": "broker"}]}, 1),
]  # fmt: skip


@pytest.mark.parametrize(("feature", "fields", "expected"), ONE_ORDER)
def test_one_order(feature: str, fields: dict[str, Any], expected: float) -> None:
    assert value(feature, order(**fields)) == pytest.approx(expected, nan_ok=True)


def test_quantity_is_compared_with_own_past() -> None:
    past = [order(day, day, reference=f"P-{day}", lines=[line("400")]) for day in range(10)]
    large = order(12, 12, reference="L", lines=[line("2400")])
    assert value("against_recent_median", *past, large) == pytest.approx(6.0)
    assert value("against_largest", *past, large) == pytest.approx(6.0)
    assert value("frequency_against_past", *past, large) == pytest.approx(11 / (10 / 90 * 30))
    assert np.isnan(value("against_recent_median", past[0]))


def test_the_month_includes_this_order_and_splits_between_lines() -> None:
    first = order(0, 0, reference="1", lines=[line("300"), line("300")], seller={"name": "S", "country": "US"})
    second = order(1, 1, reference="2", lines=[line("900")], seller={"name": "S", "country": "US"})
    assert value("month_against_threshold", first, second) == pytest.approx(1500 / 1500)


def test_dormant_then_large() -> None:
    first, second = order(0, 0, reference="1"), order(200, 1, reference="2", lines=[line("900")])
    assert value("dormant_then_large", first, second) == pytest.approx(9, rel=0.13)
    assert value("dormant_then_large", first, order(20, 1, reference="2", lines=[line("900")])) == 0


def test_novelty_needs_a_known_customer() -> None:
    known = order(0, 0, reference="1", consignee={"name": "A", "country": "KZ"})
    moved = order(1, 1, reference="2", consignee={"name": "B", "country": "KZ"})
    assert value("new_consignee", known) == 0
    assert value("new_consignee", known, moved) == 1
    assert np.isnan(value("new_consignee", order()))


def test_shared_account_and_phone_count_other_customers() -> None:
    def paying(sequence: int, name: str) -> OrderRecord:
        customer = {"name": name, "country": "KZ", "phone": "+7 701 111 22 33"}
        return order(sequence, sequence, reference=name, customer=customer, payment={"account_hash": "h"})

    assert value("account_shared", paying(0, "One"), paying(1, "Two"), paying(2, "Three")) == 2
    assert value("phone_shared", paying(0, "One"), paying(1, "One")) == 0


def test_a_homoglyph_company_is_the_name_of_another() -> None:
    real = order(
        0, 0, reference="1", customer={"name": "ТОО Сары-Арка Химия", "country": "KZ", "registration_no": "10"}
    )
    false = order(
        1, 1, reference="2", customer={"name": "ТОО Caры-Аpка Химия", "country": "KZ", "registration_no": "99"}
    )
    assert value("name_shared", real, false) == 1


def test_outcomes_known_before_the_order_raise_the_rate() -> None:
    first, second = order(0, 0, reference="1"), order(30, 1, reference="2")
    known = OutcomeRecord("1", "diverted", order(10).received_at)
    late = OutcomeRecord("1", "diverted", order(31).received_at)
    assert value("customer_confirmed_rate", first, second, labels=(known,)) == pytest.approx(0.51)
    assert value("customer_confirmed_rate", first, second, labels=(late,)) == pytest.approx(0.02)


def test_authorisation_is_drawn_down_over_orders() -> None:
    permit = {"number": "IM-7", "type": "import", "quantity": "150", "unit": "kg"}
    first = order(0, 0, reference="1", authorisation=permit)
    second = order(1, 1, reference="2", authorisation=permit)
    assert value("against_authorisation", first, second) == pytest.approx(200 / 150)


def test_an_amendment_replaces_its_quantity() -> None:
    first, changed = order(0, 0, reference="1", lines=[line("500")]), order(1, 1, reference="1", lines=[line("200")])
    later = order(2, 2, reference="2", lines=[line("100")])
    facts = build([first, changed, later]).facts
    assert facts["goods_month_kilograms"][1] == 0
    assert facts["goods_month_kilograms"][2] == 200
    assert facts["customer_amended"][2] == 1
