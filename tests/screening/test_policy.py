"""Legal stops apart from risk: each rule where it holds and where it must not."""

from __future__ import annotations

from typing import Any

import pytest

from features.offline import build
from features.subject import subject_of
from screening.policy import DEFAULT_RULES, STOPS, PolicyTable, legal_stops, rule
from tests.features.builders import line, order

POLICY = PolicyTable(1, DEFAULT_RULES)
ANHYDRIDE = [line("50", name="acetic anhydride", cas="108-24-7")]
LICENCE = {"number": "L-1", "valid_to": "2026-01-01"}
BUYER = {"name": "Фармзавод", "country": "KZ"}
PAPERS: dict[str, Any] = {
    "customer": BUYER | {"licences": [LICENCE]},
    "declaration": {"end_use": "производство лекарственных средств по лицензии", "period_to": "2025-12-31"},
}
ABROAD = PAPERS | {
    "destination_country": "KG",
    "authorisation": {"number": "E-1", "valid_to": "2025-12-31", "quantity": "100", "unit": "kg"},
    "notification": {"id": "P-1", "status": "no_objection"},
}


OVERDRAWN = {"number": "E", "quantity": "49", "unit": "kg"}
ENDED = {"number": "E", "valid_to": "2025-03-09"}


def licensed(**licence: Any) -> dict[str, Any]:
    return BUYER | {"licences": [LICENCE | licence]}


def stops(**fields: Any) -> list[str]:
    record = order(**fields)
    facts = {name: float(values[0]) for name, values in build([record]).facts.items()}
    return [stop.code for stop in legal_stops(subject_of(record), facts)]


CASES: list[tuple[dict[str, Any], list[str]]] = [
    ({}, []),
    ({"lines": ANHYDRIDE, **PAPERS}, []),
    ({"lines": ANHYDRIDE}, ["licence_missing", "declaration_missing"]),
    ({"lines": ANHYDRIDE, **PAPERS, "customer": licensed(valid_to="2025-03-09")}, ["licence_invalid"]),
    ({"lines": ANHYDRIDE, **PAPERS, "customer": licensed(valid_to="2025-03-10")}, []),
    ({"customer": licensed(substances=["toluene"])}, ["licence_invalid"]),
    ({"customer": licensed(substances=["67-64-1"])}, []),
    ({"lines": ANHYDRIDE, **PAPERS, "declaration": {"period_to": "2025-03-09"}}, ["declaration_ended"]),
    ({"lines": ANHYDRIDE, **ABROAD}, []),
    ({"lines": ANHYDRIDE, **PAPERS, "destination_country": "KG"}, ["notification_missing", "authorisation_missing"]),
    ({"lines": ANHYDRIDE, **ABROAD, "notification": {"status": "objection"}}, ["notification_objected"]),
    ({"lines": ANHYDRIDE, **ABROAD, "notification": {"status": "expired"}}, ["notification_unsettled"]),
    ({"lines": ANHYDRIDE, **ABROAD, "authorisation": OVERDRAWN}, ["authorisation_overdrawn"]),
    ({"lines": ANHYDRIDE, **ABROAD, "authorisation": ENDED}, ["authorisation_ended"]),
    ({"lines": [{"quantity": 5}]}, ["goods_unidentified"]),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "expected"), CASES)
def test_stops(fields: dict[str, Any], expected: list[str]) -> None:
    assert stops(**fields) == expected


def test_the_strictest_wins_and_risk_never_refuses() -> None:
    objected = (STOPS["notification_objected"],)
    assert rule(POLICY, "low", ()).disposition == "release"
    assert rule(POLICY, "high", ()).disposition == "hold"
    assert rule(POLICY, "low", objected).disposition == "refuse"
    assert {rule(POLICY, band, ()).disposition for band in ("elevated", "high", "unscored")} == {"hold"}


def test_an_unknown_band_or_stop_holds() -> None:
    bare = PolicyTable(9, {"bands": {}, "stops": {}, "refer_bands": [], "refer_stops": []})
    assert rule(bare, "low", ()).disposition == "hold"
    assert rule(PolicyTable(9, DEFAULT_RULES | {"stops": {}}), "low", (STOPS["licence_missing"],)).disposition == "hold"


def test_what_is_asked_of_the_customer_is_the_same_whatever_the_score() -> None:
    missing = (STOPS["licence_missing"], STOPS["declaration_missing"])
    assert rule(POLICY, "low", missing).needs == rule(POLICY, "high", missing).needs == ("licence", "declaration")


def test_every_stop_reads_in_both_languages_and_names_its_source() -> None:
    assert set(DEFAULT_RULES["stops"]) == set(STOPS)
    assert all(stop.en and stop.ru and stop.source for stop in STOPS.values())


def test_high_risk_is_referred_and_missing_papers_are_not() -> None:
    assert rule(POLICY, "high", ()).refer
    assert not rule(POLICY, "low", (STOPS["licence_missing"],)).refer
    assert rule(POLICY, "low", (STOPS["notification_objected"],)).refer
