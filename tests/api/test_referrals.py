"""The road from a held order to the authority and back, over HTTP."""

from __future__ import annotations

import hashlib
import json

import pytest
from sqlmodel import Session
from starlette.testclient import TestClient

from screening import audit
from screening.tables.cases import Case
from screening.tables.people import Organisation
from tests.api.sign_in import browser, machine
from tests.builders import held_case, make_organisation


@pytest.fixture
def company(session: Session) -> Organisation:
    return make_organisation(session, country="KZ")


@pytest.fixture
def authority(session: Session) -> Organisation:
    return make_organisation(session, "authority", "KZ", "KZ-MVD")


@pytest.fixture
def case(session: Session, company: Organisation) -> Case:
    return held_case(session, company)


@pytest.fixture
def referral(client: TestClient, session: Session, company: Organisation, authority: Organisation, case: Case) -> str:
    browser(client, session, company, "officer")
    answer = client.post(f"/v1/cases/{case.id}/referral", json={"reason": "beyond the declared need"})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def test_the_whole_road(
    client: TestClient, session: Session, company: Organisation, authority: Organisation, case: Case, referral: str
) -> None:
    regulator = machine(session, authority, "regulator")
    client.cookies.clear()
    (seen,) = client.get("/v1/referrals", headers=regulator).json()
    assert (seen["id"], seen["state"], seen["case_id"]) == (referral, "sent", None)
    packet = client.get(f"/v1/referrals/{referral}/packet", headers=regulator)
    assert hashlib.sha256(packet.content).hexdigest() == seen["packet_sha256"]
    assert "referral.opened" in [event["action"] for event in audit.trail(session, referral)]
    first = client.post(f"/v1/referrals/{referral}/receipt", headers=regulator)
    again = client.post(f"/v1/referrals/{referral}/receipt", headers=regulator)
    assert first.content == again.content
    assert json.loads(first.json()["statement"])["packet_sha256"] == seen["packet_sha256"]
    told = client.post(f"/v1/referrals/{referral}/instructions", json={"kind": "release"}, headers=regulator)
    assert told.status_code == 201
    browser(client, session, company, "officer")
    whole = client.get(f"/v1/cases/{case.id}").json()
    assert whole["referrals"][0]["state"] == "instructed"
    assert [event["kind"] for event in whole["events"]] == ["opened", "referred", "receipt", "instruction"]
    decision = {"action": "release", "reason": "the authority released it", "seen": whole["case"]["version"]}
    assert client.post(f"/v1/cases/{case.id}/decision", json=decision).json()["case"]["state"] == "released"


def test_an_officer_sees_not_one_byte_of_a_controlled_delivery(
    client: TestClient, session: Session, company: Organisation, authority: Organisation, case: Case, referral: str
) -> None:
    regulator = machine(session, authority, "regulator")
    client.post(f"/v1/referrals/{referral}/receipt", headers=regulator)
    paths = (f"/v1/cases/{case.id}", "/v1/cases", f"/v1/referrals/{referral}")
    browser(client, session, company, "officer")
    before = [client.get(path).content for path in paths]
    answer = client.post(
        f"/v1/referrals/{referral}/instructions", json={"kind": "controlled_delivery"}, headers=regulator
    )
    assert answer.status_code == 201
    assert [client.get(path).content for path in paths] == before
    browser(client, session, company, "supervisor")
    assert client.get(f"/v1/referrals/{referral}").json()["state"] == "instructed"


@pytest.mark.parametrize("role", ["integration"])
def test_a_sales_system_sees_neither_cases_nor_referrals(
    role: str, client: TestClient, session: Session, company: Organisation, case: Case, referral: str
) -> None:
    client.cookies.clear()
    key = machine(session, company)
    for path in ("/v1/cases", f"/v1/cases/{case.id}", "/v1/referrals", f"/v1/referrals/{referral}"):
        assert client.get(path, headers=key).status_code == 403


def test_a_foreign_company_and_authority_find_nothing(
    client: TestClient, session: Session, case: Case, referral: str
) -> None:
    client.cookies.clear()
    other = machine(session, make_organisation(session, "authority", "RU", "RU-MVD"), "regulator")
    for method, path in (("GET", ""), ("GET", "/packet"), ("POST", "/receipt")):
        assert client.request(method, f"/v1/referrals/{referral}{path}", headers=other).status_code == 404
    browser(client, session, make_organisation(session), "officer")
    assert client.get(f"/v1/cases/{case.id}").status_code == 404
    assert client.get("/v1/cases").json() == {"items": [], "total": 0}


def test_the_queue_pages_and_filters(client: TestClient, session: Session, company: Organisation) -> None:
    made = [held_case(session, company) for _ in range(3)]
    browser(client, session, company, "officer")
    client.post(f"/v1/cases/{made[0].id}/decision", json={"action": "refuse", "reason": "no papers"})
    assert client.get("/v1/cases").json()["total"] == 2
    assert [each["id"] for each in client.get("/v1/cases?state=refused").json()["items"]] == [str(made[0].id)]
    pages = [client.get(f"/v1/cases?size=1&page={page}").json()["items"][0]["id"] for page in (1, 2)]
    assert len(set(pages)) == 2


def test_notes_and_assignment_stand_in_the_history(
    client: TestClient, session: Session, company: Organisation, case: Case
) -> None:
    officer = browser(client, session, company, "officer")
    assert client.post(f"/v1/cases/{case.id}/notes", json={"text": "позвонили клиенту"}).status_code == 201
    whole = client.put(f"/v1/cases/{case.id}/assignee", json={"assignee_id": str(officer.id)}).json()
    assert whole["case"]["assignee_id"] == str(officer.id)
    assert [(event["kind"], event["reason"]) for event in whole["events"]][1:] == [
        ("note", "позвонили клиенту"),
        ("assigned", "Aigul"),
    ]
