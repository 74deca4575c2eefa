"""The ties of an order on its page: what leads on is a link, opens, closes, and stands in a table beside."""

from __future__ import annotations

import html
import re
from itertools import pairwise
from uuid import uuid4

import pytest
from sqlmodel import Session

from api.workbench.web import ROW, web_drawn
from screening.exports.graph import Entity
from screening.tables.cases import Case
from screening.tables.people import Organisation
from screening.ties import Thing, Tie, Ties
from tests.api.workbench.conftest import SignIn
from tests.api.workbench.html import Page, faults
from tests.builders import held_case, make_organisation


def test_things_stand_apart_in_columns_by_step() -> None:
    order = uuid4()
    told = Ties()
    for number in range(40):
        entity = Entity(str(number), "party", "Ш" * 60)
        told.things[str(number)] = Thing(str(number), entity, min(number, 1 + number % 3), order, may_open=True)
        if number:
            told.links.append(Tie("0", "orders", str(number)))
    web = web_drawn(told)
    assert len(web.nodes) == 40
    assert len(web.paths) == 39
    for column in {node.x for node in web.nodes}:
        rows = sorted(node.y for node in web.nodes if node.x == column)
        assert all(below - above >= ROW for above, below in pairwise(rows))
    assert all(0 < node.y < web.height and node.x + node.wide < web.width for node in web.nodes)
    assert {len(node.label) for node in web.nodes} == {26}


def opening(source: str, label: str) -> str:
    """The address that the thing of this label leads to."""
    found = re.findall(r'<a href="([^"]*)" data-open="[^"]*" aria-expanded="(\w+)" aria-label="([^"]*)"', source)
    return next(html.unescape(href) for href, _, said in found if label in html.unescape(said))


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_customer_is_opened_and_closed_without_script(
    sign_in: SignIn, session: Session, company: Organisation, case: Case, language: str
) -> None:
    other = held_case(session, company, customer={"name": "<b>Herat</b> Omid", "country": "AF"}, reference="SECOND-1")
    reader = sign_in(company, "officer")
    first = reader.get(f"/orders/{case.order_id}", language)
    assert "SECOND-1" not in first.text
    address = opening(first.text, "<b>Herat</b> Omid")
    answer = reader.get(address, language)
    assert faults(answer.text, language) == []
    assert "SECOND-1" in Page(answer.text).words
    assert f"/orders/{other.order_id}" in Page(answer.text).links
    closed = opening(answer.text, "<b>Herat</b> Omid")
    assert "SECOND-1" not in reader.get(closed, language).text
    assert 'aria-expanded="true"' in answer.text
    part = reader.get(f"{address}&part=1", language)
    assert "<html" not in part.text
    assert "SECOND-1" in part.text


def test_others_and_odd_addresses_are_answered(
    sign_in: SignIn, session: Session, company: Organisation, case: Case
) -> None:
    path = f"/orders/{case.order_id}/ties"
    reader = sign_in(company, "auditor")
    assert reader.get(path).status_code == 200
    assert reader.get(f"{path}?open=nobody&open=%00x").status_code in (200, 400)
    assert reader.get(f"{path}?{'&'.join(['open=x'] * 9)}").status_code == 422
    assert sign_in(make_organisation(session), "officer").get(path).status_code == 404
    assert sign_in(company, "integration").get(path).status_code == 403
