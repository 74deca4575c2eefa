"""Administrators manage their own house and no other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine
from sqlmodel import Session
from starlette.testclient import TestClient

from screening import database, people
from screening.ids import new_id
from screening.people import AlreadyThere, NewUser
from screening.tables.people import Organisation
from screening.tenancy import Scope
from tests.api.sign_in import browser
from tests.builders import make_organisation, make_user, unique


@pytest.fixture
def company(session: Session) -> Organisation:
    return make_organisation(session)


def test_a_new_person_signs_in_with_the_password_shown_once(
    client: TestClient, session: Session, company: Organisation
) -> None:
    browser(client, session, company, "administrator")
    email = f"{unique('new')}@example.org"
    made = client.post("/v1/people", json={"email": email, "name": "Новый человек", "roles": ["officer"]})
    assert made.status_code == 201
    listed = client.get("/v1/people").json()
    assert "password" not in listed[0]
    assert {person["name"] for person in listed} == {"Aigul", "Новый человек"}
    client.cookies.clear()
    body = {"email": email, "password": made.json()["password"]}
    assert client.post("/v1/session", json=body).json()["roles"] == ["officer"]


def test_a_key_is_shown_once_works_and_ends(client: TestClient, session: Session, company: Organisation) -> None:
    browser(client, session, company, "administrator")
    made = client.post("/v1/keys", json={"name": "erp", "roles": ["integration"]}).json()
    assert made["key"].startswith(f"tamga_{made['prefix']}_")
    assert "key" not in client.get("/v1/keys").json()[0]
    bearer = {"authorization": f"Bearer {made['key']}"}
    assert client.get("/v1/me", headers=bearer).status_code == 200
    assert client.delete(f"/v1/keys/{made['id']}").status_code == 204
    assert client.get("/v1/me", headers=bearer).status_code == 401


def test_a_taken_name_is_a_conflict(client: TestClient, session: Session, company: Organisation) -> None:
    browser(client, session, company, "administrator")
    body = {"name": "erp", "roles": ["integration"]}
    assert [client.post("/v1/keys", json=body).status_code for _ in range(2)] == [201, 409]


@pytest.mark.parametrize("written", ["{}", " {} ", "upper"])
def test_a_sign_in_name_of_another_company_is_taken_and_it_is_not_told_whose(
    written: str, client: TestClient, session: Session, company: Organisation
) -> None:
    theirs = make_user(session, make_organisation(session), "officer")
    browser(client, session, company, "administrator")
    email = theirs.email.upper() if written == "upper" else written.format(theirs.email)
    answer = client.post("/v1/people", json={"email": email, "name": "Twin", "roles": ["officer"]})
    assert (answer.status_code, answer.json()["code"]) == (409, "already_there")
    assert str(theirs.organisation_id) not in answer.text
    assert [each["name"] for each in client.get("/v1/people").json()] == ["Aigul"]
    client.cookies.clear()
    refused = client.post("/v1/session", json={"email": theirs.email, "password": "whatever"})
    assert refused.status_code == 401


def test_one_of_two_that_take_a_sign_in_name_at_once_is_told_so(committed: Engine) -> None:
    with database.session() as work:
        houses = [make_organisation(work) for _ in range(2)]

    def take(house: Organisation) -> str:
        try:
            with database.session(Scope(house.id)) as work:
                people.add_user(work, house, NewUser("same@example.org", "A", frozenset({"officer"})), "test")
        except AlreadyThere as told:
            return told.code
        return "made"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(take, houses)) == ["already_there", "made"]


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({"kind": "authority", "authority_code": "KZ-MVD"}, 409),
        ({"kind": "company", "authority_code": "XX-NEW"}, 422),
        ({"kind": "authority"}, 422),
    ],
)
def test_an_organisation_that_cannot_be_is_told_why(
    told: dict[str, str], status: int, client: TestClient, session: Session
) -> None:
    make_organisation(session, "authority", "KZ", "KZ-MVD")
    browser(client, session, make_organisation(session, "operator"), "administrator")
    body = {"code": unique("house"), "name": "House", "country": "KZ"} | told
    assert client.post("/v1/organisations", json=body).status_code == status


@pytest.mark.parametrize("roles", [["regulator"], [], ["emperor"], ["officer", "regulator"]])
def test_roles_are_those_of_the_organisation(
    roles: list[str], client: TestClient, session: Session, company: Organisation
) -> None:
    browser(client, session, company, "administrator")
    answer = client.post("/v1/people", json={"email": "a@b.example", "name": "A", "roles": roles})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].startswith("roles")


@pytest.mark.parametrize("who", ["foreign", "absent"])
def test_foreign_and_absent_people_get_the_same_answer(
    who: str, client: TestClient, session: Session, company: Organisation
) -> None:
    browser(client, session, company, "administrator")
    stranger = make_user(session, make_organisation(session), "officer").id if who == "foreign" else new_id()
    answer = client.put(f"/v1/people/{stranger}/active", json={"active": False}, headers={"x-request-id": "same-id-00"})
    body = answer.json()
    assert answer.status_code == 404
    assert body.pop("instance") == f"/v1/people/{stranger}/active"
    assert body == {
        "type": "urn:tamga:problem:not_found", "title": "Not found", "status": 404, "code": "not_found",
        "detail": "There is no such object.", "remedy": "Check the address and the identifier.",
        "request_id": "same-id-00", "errors": [],
    }  # fmt: skip


def test_only_the_operator_makes_organisations(client: TestClient, session: Session, company: Organisation) -> None:
    body = {"code": unique("org"), "kind": "company", "name": "Новая компания", "country": "KZ"}
    browser(client, session, company, "administrator")
    assert client.post("/v1/organisations", json=body).status_code == 403
    browser(client, session, make_organisation(session, "operator"), "administrator")
    assert client.post("/v1/organisations", json=body).status_code == 201
    assert body["code"] in {each["code"] for each in client.get("/v1/organisations").json()}


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/v1/people"), ("GET", "/v1/keys"), ("GET", "/v1/webhooks/endpoints")]
)
def test_officers_do_not_administer(
    method: str, path: str, client: TestClient, session: Session, company: Organisation
) -> None:
    browser(client, session, company, "officer")
    assert client.request(method, path).status_code == 403
