"""Drawings of the order's page: geometry within its frame, and the page that holds them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from api.workbench.drawings import HIGH, PLOT_HIGH, WIDE, map_drawn, months_drawn
from screening.tables.cases import Case
from screening.tables.people import Organisation
from tests.api.workbench.conftest import SignIn
from tests.api.workbench.html import Page, faults
from tests.builders import held_case

degrees = st.tuples(st.floats(-179, 179), st.floats(-80, 80))


@given(st.lists(st.floats(0, 1e9), min_size=24, max_size=24), st.one_of(st.none(), st.floats(1, 1e9)))
def test_bars_and_threshold_stay_within_the_drawing(kilograms: list[float], threshold: float | None) -> None:
    drawn = months_drawn([(f"m{number}", each) for number, each in enumerate(kilograms)], threshold)
    if drawn is None:
        assert max(kilograms) == 0
        return
    for bar in drawn.bars:
        assert 0 <= bar.y <= PLOT_HIGH
        assert bar.y + bar.height == pytest.approx(PLOT_HIGH, abs=0.2)
    assert (drawn.line is None) == (threshold is None)
    assert [bar.own for bar in drawn.bars].index(True) == 23


@given(st.lists(degrees, min_size=2, max_size=6))
def test_every_stop_lies_on_the_map(places: list[tuple[float, float]]) -> None:
    points = [
        {"longitude": lon, "latitude": lat, "located": "stated", "place": "P", "country": None} for lon, lat in places
    ]
    drawn = map_drawn(points, "en")
    if drawn is None:
        assert len(set(places)) < 2
        return
    assert drawn.height >= HIGH - 1
    assert all(0 <= stop.x <= WIDE and 0 <= stop.y <= drawn.height for stop in drawn.stops)


def test_a_way_of_one_place_or_of_unknown_places_is_not_drawn() -> None:
    known = {"longitude": 70.0, "latitude": 40.0, "located": "place", "place": "P", "country": "UZ"}
    assert map_drawn([known, known], "en") is None
    assert map_drawn([known, known | {"located": None}], "ru") is None


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_page_holds_each_drawing_with_its_table(
    sign_in: SignIn, session: Session, company: Organisation, case: Case, language: str
) -> None:
    similar = held_case(session, company, lines=[{"name": "acetic anhydride", "quantity": "300", "unit": "kg"}])
    reader = sign_in(company, "supervisor")
    answer = reader.get(f"/orders/{similar.order_id}", language)
    assert faults(answer.text, language) == []
    page = Page(answer.text)
    assert 'role="img"' in answer.text
    assert 'role="group"' in answer.text
    assert f"/orders/{case.order_id}" in page.links
    assert any(link.endswith("/proof") for link in page.links)
    officer = sign_in(company, "officer").page(f"/orders/{case.order_id}", language)
    assert not any(link.endswith("/proof") for link in officer.links)
    assert "Gulf Cargo" in officer.words
    assert "Jebel Ali" in officer.words
