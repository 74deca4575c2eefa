"""The shipped demo file is what its README says: counted here line by line."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from pydantic import ValidationError

import api
from features.intake import OrderIn
from features.reference.names import mixed_script, skeleton
from features.reference.substances import identify

FOLDER = Path(api.__file__).parent / "demo"
LINES = (FOLDER / "orders.jsonl").read_text(encoding="utf-8").splitlines()


def parsed(line: str) -> OrderIn | None:
    try:
        return OrderIn.model_validate_json(line)
    except ValidationError:
        return None


@pytest.fixture(scope="module")
def orders() -> list[OrderIn]:
    return [order for line in LINES if (order := parsed(line)) is not None]


def test_exactly_five_lines_are_broken_each_in_its_own_way() -> None:
    reasons = []
    for line in LINES:
        try:
            OrderIn.model_validate_json(line)
        except ValidationError as error:
            reasons.append(error.errors()[0]["type"])
    assert len(LINES) == 333
    assert sorted(reasons) == ["extra_forbidden", "greater_than", "json_invalid", "missing", "value_error"]


def test_six_duplicates_and_four_amendments(orders: list[OrderIn]) -> None:
    seen: dict[str, OrderIn] = {}
    kinds: Counter[str] = Counter()
    for order in orders:
        earlier = seen.setdefault(order.reference, order)
        if earlier is not order:
            kinds["duplicate" if earlier == order else "amendment"] += 1
            assert (order.amendments is not None) == (earlier != order)
    assert kinds == {"duplicate": 6, "amendment": 4}
    assert len(seen) == 318
    assert sum(LINES.count(line) - 1 for line in set(LINES)) == 6


def test_the_ten_countries_meet_in_both_scripts(orders: list[OrderIn]) -> None:
    countries = {party.country for order in orders for party in (order.seller, order.customer) if party}
    assert countries >= {"KZ", "KG", "UZ", "TJ", "TM", "RU", "AZ", "CN", "TR", "DE"}
    cyrillic = [order for order in orders if any("а" <= c <= "я" for c in (order.customer.name or "").lower())]
    assert 0.4 < len(cyrillic) / len(orders) < 0.8
    assert {line.unit for order in orders for line in order.lines} >= {"kg", "g", "t", "l", "lb", "us_gal", "tablet"}


def test_the_planted_marks_are_there(orders: list[OrderIn]) -> None:
    conflicts: Counter[str] = Counter()
    for order in orders:
        for line in order.lines:
            match = identify(line.name, line.cas, line.hs)
            conflicts.update(c for c in match.conflicts if match.substance and c != "name_unknown")
    assert conflicts == {"cas_check_digit": 1, "name_cas": 1, "hs_cas": 1}
    (forged,) = (order for order in orders if mixed_script(order.customer.name or ""))
    twins = {
        o.customer.registration_no
        for o in orders
        if skeleton(o.customer.name or "") == skeleton(forged.customer.name or "")
    }
    assert len(twins) == 2


def test_one_buyer_stays_just_under_a_hundred_litres(orders: list[OrderIn]) -> None:
    buyer = [order for order in orders if order.customer.name == "Ostwind Laborbedarf UG"]
    amounts = [float(order.lines[0].quantity) for order in buyer]
    assert len(amounts) == 7
    assert all(90 < amount < 100 for amount in amounts)


def test_the_readme_counts_what_the_file_holds() -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    rows = [row.split("|") for row in text.splitlines() if row.startswith("| ") and row.split("|")[2].strip().isdigit()]
    assert sum(int(row[2]) for row in rows) == len(LINES)
