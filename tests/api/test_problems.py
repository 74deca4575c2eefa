"""Every error has one body, in the caller's language, and nothing a client sends ends in a 5xx."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine
from sqlmodel import Session
from starlette.testclient import TestClient

from api.app import create_app
from api.languages import language_of
from screening import database
from screening.settings import settings
from screening.tables.people import Organisation
from tests.api.sign_in import browser
from tests.builders import make_organisation

FIELDS = {"type", "title", "status", "code", "detail", "remedy", "instance", "request_id", "errors"}
DEEP = b"[" * 10_000 + b"]" * 10_000


@pytest.fixture
def admin(client: TestClient, session: Session) -> Organisation:
    company = make_organisation(session)
    browser(client, session, company, "administrator")
    return company


KILLERS = {
    "not json": b"{",
    "deep": DEEP,
    "deep inside": b'{"name": ' + DEEP + b"}",
    "nul": b'{"name": "a\\u0000b", "roles": ["integration"]}',
    "lone surrogate": b'{"name": "\\ud800", "roles": ["integration"]}',
    "surrogate key": b'{"\\udfff": 1}',
    "nan": b'{"name": NaN, "roles": ["integration"]}',
    "infinity": b'{"name": Infinity}',
    "huge integer": b'{"name": ' + b"9" * 5000 + b"}",
    "latin-1": '{"name": "é"}'.encode("latin-1"),
    "array": b"[]",
    "null": b"null",
    "string": b'"x"',
    "empty": b"",
    "utf-16": '{"name": "a"}'.encode("utf-16"),
    "repeated": b'{"name": "a", "name": 3, "roles": []}',
    "wrong types": b'{"name": {"a": []}, "roles": {"b": 1}}',
}


@pytest.mark.parametrize(
    "path", ["/v1/keys", "/v1/people", "/v1/session", "/v1/organisations", "/v1/webhooks/endpoints"]
)
def test_killers_are_answered(path: str, client: TestClient, admin: Organisation) -> None:
    for name, killer in KILLERS.items():
        answer = client.post(path, content=killer, headers={"content-type": "application/json"})
        assert 400 <= answer.status_code < 500, f"{name}: {answer.text}"
        assert answer.headers["content-type"] == "application/problem+json", name
        assert set(answer.json()) == FIELDS, name


@pytest.mark.parametrize(
    "path",
    ["/v1/nowhere", "/v1/cases/not-a-uuid", "/v1/orders/%00", "/v1/orders/%ff%fe", "/v1/cases?state=%00"],
)
def test_addresses_are_answered(path: str, client: TestClient, session: Session) -> None:
    browser(client, session, make_organisation(session), "officer")
    answer = client.get(path)
    assert answer.status_code in (400, 404, 422)
    assert set(answer.json()) == FIELDS


def test_a_wrong_method_names_those_that_are_right(client: TestClient) -> None:
    answer = client.patch("/v1/session")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert "POST" in answer.headers["allow"] or "DELETE" in answer.headers["allow"]


def test_each_fault_names_field_reason_and_remedy_in_both_languages(client: TestClient, admin: Organisation) -> None:
    body = {"roles": ["integration"], "colour": 1}
    english = client.post("/v1/keys", json=body).json()
    russian = client.post("/v1/keys", json=body, headers={"accept-language": "ru-KZ,ru;q=0.9,en;q=0.8"}).json()
    assert {fault["field"]: fault["code"] for fault in english["errors"]} == {
        "name": "missing",
        "colour": "unknown_field",
    }
    assert next(fault["reason"] for fault in russian["errors"]) == "поле отсутствует"
    assert russian["title"] == "Запрос составлен неверно"
    assert all(fault["remedy"] for fault in (*english["errors"], *russian["errors"]))


@pytest.mark.parametrize(
    ("header", "language"),
    [("", "en"), ("ru", "ru"), ("de, ru;q=0.5", "ru"), ("en;q=0.4, ru;q=0.6", "ru"), ("ru;q=oops", "en"), ("*", "en")],
)
def test_the_language_is_the_best_of_ours(header: str, language: str, client: TestClient) -> None:
    request = client.build_request("GET", "/", headers={"accept-language": header})
    assert language_of(request) == language  # type: ignore[arg-type]


def test_a_body_that_is_too_large_is_not_read(client: TestClient, admin: Organisation) -> None:
    large = b'{"name": "' + b"x" * settings().body_limit_bytes + b'"}'
    answer = client.post("/v1/keys", content=large, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_body_that_grows_too_large_on_the_way_is_cut(client: TestClient, admin: Organisation) -> None:
    pieces = (b"x" * 1024 * 1024 for _ in range(12))
    answer = client.post("/v1/keys", content=pieces, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_answers_carry_the_request_id_and_the_security_headers(client: TestClient) -> None:
    answer = client.get("/health/live", headers={"x-request-id": "caller-chose-this"})
    assert answer.headers["x-request-id"] == "caller-chose-this"
    assert client.get("/health/live", headers={"x-request-id": "bad id\t"}).headers["x-request-id"] != "bad id\t"
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"


def test_without_the_database_the_answer_is_503_and_a_time_to_come_back(var_dir: object) -> None:
    database.bind(create_engine("postgresql+psycopg://nobody@/none?host=/nowhere&connect_timeout=1"))
    try:
        with TestClient(create_app()) as client:
            answer = client.get("/health/ready")
    finally:
        database.bind(None)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert int(answer.headers["retry-after"]) > 0


def test_ready_says_which_model_serves(client: TestClient) -> None:
    assert client.get("/health/ready").json() == {"status": "ok", "model": None}
