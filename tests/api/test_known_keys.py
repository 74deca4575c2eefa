"""A key that was met before is proven with the order's own statements: one wait less, and the database decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func
from sqlmodel import Session, select
from starlette.testclient import TestClient

from screening import access, wire
from screening.ids import utc_now
from screening.tables.orders import OrderVersion
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
