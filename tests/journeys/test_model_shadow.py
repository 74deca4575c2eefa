"""A challenger scores beside the model in service, decides nothing, and says why where it would rule otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import Session, select
from starlette.testclient import TestClient

from screening.errors import Forbidden
from screening.modelling import shadow, terms, versions
from screening.tables.modelling import ShadowRun, ShadowScore
from screening.tables.orders import Decision, Order, OrderVersion
from tests.api.sign_in import browser
from tests.builders import make_organisation, principal_of
from tests.journeys.test_model_guard import orders
from tests.journeys.test_models_in_service import begin, folders, operators

__all__ = ["folders"]


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shadow, "DUE", text("true"))


@pytest.mark.usefixtures("at_once")
def test_a_challenger_decides_nothing_and_explains_where_it_disagrees(
    session: Session, folders: dict[str, Path]
) -> None:
    people = operators(session)
    begin(session, folders["good"])
    model = versions.register(session, folders["strict"], "command")
    orders(session, 2)  # before its run
    shadow.begin(session, people[0], model.version, 1.0)
    orders(session, 5)
    assert shadow.sweep() == 5
    assert shadow.sweep() == 0
    session.expire_all()
    assert {each.disposition for each in session.exec(select(Order))} == {"release"}
    assert len(session.exec(select(Decision)).all()) == 7
    found = shadow.beside(session, people[0], model.version)
    assert found is not None
    assert (found.figures["orders"], found.figures["disagreements"], found.figures["would_release"]) == (5, 5, 0)
    first = found.disagreements[0]
    assert (first.champion.band, first.challenger.band) == ("low", "high")
    assert first.champion.explanation["reasons"]
    assert first.challenger.explanation["reasons"]
    shadow.end(session, people[0], model.version)
    orders(session, 1)
    assert shadow.sweep() == 0


@pytest.mark.usefixtures("at_once")
def test_a_share_is_of_customers_and_always_the_same_ones(session: Session, folders: dict[str, Path]) -> None:
    people = operators(session)
    begin(session, folders["good"])
    model = versions.register(session, folders["other"], "command")
    shadow.begin(session, people[0], model.version, 0.5)
    orders(session, 80)
    assert 16 < shadow.sweep() < 64
    scored = {each.order_version_id for each in session.exec(select(ShadowScore))}
    for version in session.exec(select(OrderVersion)):
        assert shadow.drawn(version, 0.5) == (version.id in scored)
        assert shadow.drawn(version, 1.0)
        assert not shadow.drawn(version, 0.0)


def test_only_the_operator_lets_a_challenger_score(session: Session, folders: dict[str, Path]) -> None:
    begin(session, folders["good"])
    model = versions.register(session, folders["other"], "command")
    with pytest.raises(Forbidden):
        shadow.begin(session, principal_of(session, make_organisation(session), "administrator"), model.version, 1.0)
    serving = terms.current(session)
    assert serving is not None
    people = operators(session)
    with pytest.raises(terms.InServiceAlready):
        shadow.begin(session, people[0], versions.register(session, folders["good"], "command").version, 1.0)


@pytest.mark.usefixtures("at_once")
def test_over_the_api(client: TestClient, session: Session, folders: dict[str, Path]) -> None:
    begin(session, folders["good"])
    version = versions.register(session, folders["strict"], "command").version
    browser(client, session, make_organisation(session, "operator"), "data_scientist")
    assert client.get(f"/v1/models/{version}/shadow").status_code == 404
    assert client.post(f"/v1/models/{version}/shadow", json={"share": 1.5}).status_code == 422
    assert client.post(f"/v1/models/{version}/shadow", json={"share": 1.0}).status_code == 201
    orders(session, 1)
    shadow.sweep()
    found = client.get(f"/v1/models/{version}/shadow").json()
    assert (found["orders"], found["disagreed"][0]["challenger"]["band"]) == (1, "high")
    assert client.delete(f"/v1/models/{version}/shadow").status_code == 204
    assert client.delete("/v1/models/0123456789abcdef/shadow").status_code == 404
    assert session.exec(select(ShadowRun.ended_at)).one() is not None
