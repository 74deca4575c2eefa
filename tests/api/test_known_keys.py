"""A key that was met before is proven with the order's own statements: one wait less, and the database decides."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, func
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, select
from starlette.testclient import TestClient

from screening import access, database, days, wire
from screening.ids import utc_now
from screening.tables.orders import DayBook, OrderVersion
from screening.tables.people import ApiKey, Organisation
from tests.api.sign_in import machine
from tests.api.test_orders import ORDER
from tests.builders import make_organisation


@pytest.fixture
def company(session: Session) -> Organisation:
    return make_organisation(session)


@pytest.fixture
def met(client: TestClient, session: Session, company: Organisation) -> dict[str, str]:
    """Headers of a machine whose key has been used."""
    headers = machine(session, company)
    assert client.get("/v1/me", headers=headers).status_code == 200
    return headers


@pytest.fixture
def pieces(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many statements each piece that goes to the database holds."""
    told: list[int] = []
    plain = wire.Wire.run

    def counted(self: wire.Wire, statements: Any) -> Any:
        told.append(len(statements))
        return plain(self, statements)

    monkeypatch.setattr(wire.Wire, "run", counted)
    return told


def post(client: TestClient, headers: dict[str, str], **changed: Any) -> Any:
    return client.post("/v1/orders", json=ORDER | {"reference": str(uuid4())} | changed, headers=headers)


def kept(session: Session) -> int:
    return session.exec(select(func.count()).select_from(OrderVersion)).one()


def test_an_order_of_a_known_key_costs_one_piece_less(
    client: TestClient, session: Session, company: Organisation, pieces: list[int]
) -> None:
    headers = machine(session, company)
    assert post(client, headers).status_code == 201  # which opens the company's first day
    access._met.clear()
    pieces.clear()
    assert post(client, headers).status_code == 201
    unknown = list(pieces)
    pieces.clear()
    assert post(client, headers).status_code == 201
    assert unknown[0] == 1
    assert pieces == [1 + unknown[1], *unknown[2:]]


def _revoke(key: ApiKey, _company: Organisation) -> None:
    key.revoked_at = utc_now()


def _close(_key: ApiKey, company: Organisation) -> None:
    company.active = False


def _demote(key: ApiKey, _company: Organisation) -> None:
    key.roles = ["auditor"]


@pytest.mark.parametrize(("change", "status"), [(_revoke, 401), (_close, 401), (_demote, 403)])
@pytest.mark.parametrize("body", [{}, {"lines": []}])
def test_what_a_key_lost_counts_at_once(
    client: TestClient,
    session: Session,
    met: dict[str, str],
    company: Organisation,
    change: Callable[[ApiKey, Organisation], None],
    status: int,
    body: dict[str, Any],
) -> None:
    before = kept(session)
    change(session.exec(select(ApiKey).where(ApiKey.organisation_id == company.id)).one(), company)
    session.flush()
    assert post(client, met, **body).status_code == status
    assert kept(session) == before


def test_what_a_key_gained_counts_at_once(
    client: TestClient, session: Session, met: dict[str, str], company: Organisation
) -> None:
    key = session.exec(select(ApiKey).where(ApiKey.organisation_id == company.id)).one()
    key.roles = ["auditor"]
    session.flush()
    assert post(client, met).status_code == 403
    key.roles = ["integration"]
    session.flush()
    assert post(client, met).status_code == 201


def test_a_key_that_moved_to_another_company_writes_there_and_not_where_it_was(
    client: TestClient, session: Session, met: dict[str, str], company: Organisation
) -> None:
    other = make_organisation(session)
    key = session.exec(select(ApiKey).where(ApiKey.organisation_id == company.id)).one()
    key.organisation_id = other.id
    session.flush()
    assert post(client, met).status_code == 201
    assert session.exec(select(OrderVersion.organisation_id)).all() == [other.id]


def test_faults_of_an_order_are_told_to_a_known_key(client: TestClient, met: dict[str, str]) -> None:
    answer = post(client, met, lines=[])
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_no_more_keys_are_remembered_than_it_takes(
    client: TestClient, session: Session, company: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "MOST_MET", 2)
    for _ in range(4):
        assert client.get("/v1/me", headers=machine(session, company)).status_code == 200
    assert len(access._met) <= 2


@pytest.fixture
def served(committed: Engine, app: FastAPI) -> Iterator[TestClient]:
    """The application on transactions of its own, under its own role: nothing is left from one to the next."""
    days.forget()
    with TestClient(app, base_url="http://tamga.test") as made:
        yield made
    days.forget()


@pytest.fixture
def owner(served: TestClient) -> tuple[UUID, dict[str, str]]:
    """A company and the headers of its machine, whose key has been used."""
    with database.session() as session:
        company = make_organisation(session)
        headers = machine(session, company)
    assert served.get("/v1/me", headers=headers).status_code == 200
    return company.id, headers


def change(company: UUID, do: Callable[[ApiKey, Organisation], None]) -> None:
    with database.session() as session:
        key = session.exec(select(ApiKey).where(ApiKey.organisation_id == company)).one()
        do(key, session.get_one(Organisation, company))


def test_the_orders_statements_see_what_the_keys_own_allows(
    served: TestClient, owner: tuple[UUID, dict[str, str]]
) -> None:
    _, headers = owner
    fixed = {"reference": "once"}
    assert post(served, headers, **fixed).status_code == 201
    assert post(served, headers, **fixed).status_code == 200
    amended = served.put("/v1/orders/once", json=ORDER | fixed | {"destination_country": "UZ"}, headers=headers)
    assert (amended.status_code, amended.json()["version"]) == (200, 2)


@pytest.mark.parametrize("loss", [_revoke, _close])
@pytest.mark.parametrize("way", ["POST", "PUT"])
def test_nothing_is_written_for_a_key_that_is_lost(
    served: TestClient, owner: tuple[UUID, dict[str, str]], loss: Callable[[ApiKey, Organisation], None], way: str
) -> None:
    company, headers = owner
    change(company, loss)
    path = "/v1/orders" + ("/lost" if way == "PUT" else "")
    assert served.request(way, path, json=ORDER | {"reference": "lost"}, headers=headers).status_code == 401
    with database.session() as session:
        assert session.exec(select(func.count()).select_from(DayBook)).one() == 0
        assert kept(session) == 0


def test_a_moved_key_amends_nothing_where_it_was(served: TestClient, owner: tuple[UUID, dict[str, str]]) -> None:
    company, headers = owner
    fixed = {"reference": "mine"}
    assert post(served, headers, **fixed).status_code == 201
    with database.session() as session:
        other = make_organisation(session).id
    change(company, lambda key, _company: setattr(key, "organisation_id", other))
    assert served.put("/v1/orders/mine", json=ORDER | fixed, headers=headers).json()["code"] == "nothing_to_amend"
    with database.session() as session:
        assert kept(session) == 1


def test_a_database_that_is_away_is_waited_for_once(
    client: TestClient, met: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []

    def away(*_: Any) -> Any:
        tried.append(1)
        raise OperationalError("", {}, Exception("gone"))

    monkeypatch.setattr(wire.Wire, "run", away)
    assert post(client, met).status_code == 503
    assert len(tried) == 1
