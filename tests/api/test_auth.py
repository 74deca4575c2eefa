"""Signing in over HTTP: cookie, form token, keys, and identical answers to those who guess."""

from __future__ import annotations

import pytest
from sqlmodel import Session
from starlette.testclient import TestClient

from screening.settings import settings
from screening.tables.people import Organisation
from tests.api.sign_in import PASSWORD, browser, machine
from tests.builders import make_organisation, make_user, set_password


@pytest.fixture
def company(session: Session) -> Organisation:
    return make_organisation(session)


def test_the_cookie_is_out_of_reach_of_scripts_and_foreign_pages(
    client: TestClient, session: Session, company: Organisation
) -> None:
    user = make_user(session, company, "officer")
    set_password(user, PASSWORD)
    session.flush()
    answer = client.post("/v1/session", json={"email": user.email.upper(), "password": PASSWORD})
    cookie = answer.headers["set-cookie"]
    assert answer.status_code == 201
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert client.get("/v1/me").json()["roles"] == ["officer"]


def test_a_foreign_page_cannot_sign_anybody_in(client: TestClient, session: Session, company: Organisation) -> None:
    body = {"email": "a@b.example", "password": PASSWORD}
    answer = client.post("/v1/session", json=body, headers={"sec-fetch-site": "cross-site"})
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_page")


def test_wrong_password_and_unknown_account_get_the_same_bytes(
    client: TestClient, session: Session, company: Organisation
) -> None:
    user = make_user(session, company, "officer")
    set_password(user, PASSWORD)
    session.flush()
    answers = [
        client.post("/v1/session", json={"email": email, "password": "wrong"}, headers={"x-request-id": "same-id-00"})
        for email in (user.email, "nobody@example.org")
    ]
    assert [each.status_code for each in answers] == [401, 401]
    assert answers[0].content == answers[1].content


def test_guessing_is_slowed_down_for_everybody_alike(client: TestClient, session: Session) -> None:
    body = {"email": "target@example.org", "password": "guess"}
    codes = [client.post("/v1/session", json=body).status_code for _ in range(settings().login_attempts + 1)]
    assert codes == [401] * settings().login_attempts + [429]
    answer = client.post("/v1/session", json=body)
    assert answer.headers["retry-after"] == str(settings().login_window_seconds)


@pytest.mark.parametrize("token", [None, "", "wrong", "мимо"])
def test_without_the_form_token_nothing_changes(
    token: str | None, client: TestClient, session: Session, company: Organisation
) -> None:
    browser(client, session, company, "administrator")
    right = client.headers.pop("x-csrf-token")
    headers = {} if token is None else {"x-csrf-token": token.encode()}
    body = {"name": "erp", "roles": ["integration"]}
    refused = client.post("/v1/keys", json=body, headers=headers)  # type: ignore[arg-type]
    assert (refused.status_code, refused.json()["code"]) == (403, "wrong_form_token")
    assert client.post("/v1/keys", json=body, headers={"x-csrf-token": right}).status_code == 201


def test_signing_out_ends_the_session_on_the_server(
    client: TestClient, session: Session, company: Organisation
) -> None:
    browser(client, session, company, "officer")
    cookie = client.cookies["tamga_session"]
    assert client.delete("/v1/session").status_code == 204
    client.cookies["tamga_session"] = cookie
    assert client.get("/v1/me").status_code == 401


def test_a_wrong_key_is_not_made_good_by_a_cookie(client: TestClient, session: Session, company: Organisation) -> None:
    browser(client, session, company, "officer")
    assert client.get("/v1/me", headers={"authorization": "Bearer tamga_no_no"}).status_code == 401


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Basic abc", "tamga_x_y", "Bearer \xe9", "Bearer tamga_a_b_c_d"]
)
def test_no_such_header_signs_in(header: str, client: TestClient) -> None:
    answer = client.get("/v1/me", headers={"authorization": header.encode("latin-1")})  # type: ignore[dict-item]
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_machine_is_known_by_its_key(client: TestClient, session: Session, company: Organisation) -> None:
    answer = client.get("/v1/me", headers=machine(session, company))
    assert answer.json()["organisation_id"] == str(company.id)
    assert answer.json()["roles"] == ["integration"]


def test_changing_the_password_ends_this_session_too(
    client: TestClient, session: Session, company: Organisation
) -> None:
    browser(client, session, company, "officer")
    body = {"old_password": PASSWORD, "new_password": "an even longer password"}
    assert client.post("/v1/me/password", json=body).status_code == 204
    assert client.get("/v1/me").status_code == 401
