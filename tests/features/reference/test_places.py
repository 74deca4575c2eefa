"""Countries by exact code or name, places by name in any script, distances and risk lanes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.reference.places import (
    countries,
    country,
    country_by_name,
    distance_km,
    is_free_zone_name,
    phone_fits_country,
    place,
    places,
    risk_lane,
    transhipment_hubs,
)
from features.reference.substances import by_id
from features.reference.tables import rows

LATITUDE, LONGITUDE = st.floats(-90, 90), st.floats(-180, 180)


def test_every_country_has_both_names_and_a_point() -> None:
    assert len(countries()) == 250
    for known in countries().values():
        assert re.search("[А-Яа-я]", known.name("ru")), known
        assert re.search("[A-Za-z]", known.name("en")), known
        assert -90 <= known.latitude <= 90, known
        assert -180 <= known.longitude <= 180, known
        assert len(known.iso3) == 3, known


def test_countries_are_never_guessed() -> None:
    assert country_by_name("Korea") is None
    assert country_by_name("Казахстан") is country("KZ")
    assert country_by_name("TÜRKIYE") is country("TR")
    assert country_by_name("Turkey") is country("TR")
    assert country_by_name("Niger") is country("NE")
    assert country("kz") is None
    assert country("XK") is not None
    assert country(None) is None


@pytest.mark.parametrize(
    ("name", "code", "expected"),
    [
        ("Хоргос", "KZ", "Khorgos"),
        ("Khorgos", "CN", "Horgos"),
        ("ст. Сары-Агаш", "KZ", "Saryagash"),
        ("Алматы", "KZ", "Almaty"),
        ("аэропорт Алматы", "KZ", "Almaty Airport"),
        ("порт Актау", "KZ", "Aktau"),
        ("Port of Hamburg", "DE", "Hamburg"),
        ("Нижний Пяндж", "TJ", "Nizhny Pyanj"),
        ("HAIRATAN", None, "Hairatan"),
        ("AEJEA", "AE", "Jebel Ali"),
    ],
)
def test_places_are_known_in_any_script(name: str, code: str | None, expected: str) -> None:
    known = place(name, code)
    assert known is not None
    assert known.name_en == expected


def test_an_ambiguous_or_unknown_place_is_not_guessed() -> None:
    assert place("Irkeshtam", None) is None
    assert place("Nowhere at all", "KZ") is None
    assert place("Khorgos", "DE") is None


def test_places_lie_in_known_countries_and_hubs_are_marked() -> None:
    assert len(places()) > 4000
    assert {known.country for known in places()} <= set(countries())
    assert "Jebel Ali" in {hub.name_en for hub in transhipment_hubs()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("JAFZA, Dubai", True), ("СЭЗ «Хоргос»", True), ("Mersin Serbest Bölgesi", True), ("FEZ Bishkek", True),
        ("Свободная экономическая зона Навои", True), ("сезон", False), ("Sharjah", False), ("Склад 5, Ташкент", False),
    ],
)  # fmt: skip
def test_free_zones_are_recognised_by_word(text: str, expected: bool) -> None:
    assert is_free_zone_name(text) is expected


def test_risk_lanes_are_published_ones() -> None:
    assert risk_lane("acetic-anhydride", "AF") == 1.0
    assert risk_lane(None, "AF") == risk_lane("toluene", "AF") == 0.5
    assert risk_lane("toluene", "KZ") is None
    assert risk_lane("acetic-anhydride", None) is None
    for row in rows("risk_lanes"):
        assert row["substance_id"] == "*" or by_id(row["substance_id"]), row
        assert row["source"], row


def test_distances() -> None:
    assert distance_km(51.13, 71.43, 43.25, 76.93) == pytest.approx(972, abs=5)
    assert distance_km(0, 179.5, 0, -179.5) == pytest.approx(111.2, abs=0.2)
    assert distance_km(90, 0, -90, 0) == pytest.approx(20015, abs=1)


@given(LATITUDE, LONGITUDE, LATITUDE, LONGITUDE)
def test_distance_is_symmetric_and_bounded(a: float, b: float, c: float, d: float) -> None:
    assert 0 <= distance_km(a, b, c, d) <= 20_016
    assert distance_km(a, b, c, d) == pytest.approx(distance_km(c, d, a, b), abs=1e-6)


@pytest.mark.parametrize(
    ("phone", "code", "expected"),
    [
        ("77011234567", "KZ", True), ("77011234567", "RU", False), ("79161234567", "RU", True),
        ("998901234567", "UZ", True), ("998901234567", "TJ", False), ("12025550100", "CA", True),
        ("3712345678", "LV", True), (None, "KZ", None), ("77011234567", None, None),
    ],
)  # fmt: skip
def test_phone_and_country(phone: str | None, code: str | None, expected: bool | None) -> None:
    assert phone_fits_country(phone, code) is expected
