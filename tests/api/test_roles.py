"""Who may call what: every operation has its entry here, and a new one without an entry fails."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from sqlmodel import Session
from starlette.testclient import TestClient

from api.bench.matrix import MATRIX
from screening.ids import new_id
from screening.tables.people import ROLES
from tests.api.sign_in import browser
from tests.builders import make_organisation

KIND = {"regulator": "authority", "chief": "authority", "data_scientist": "operator"}
LAST = "DELETE /v1/session"  # it ends the session that the others need


def operations(app: FastAPI) -> list[str]:
    paths = app.openapi()["paths"]
    named = [f"{method.upper()} {path}" for path, methods in paths.items() for method in methods]
    return sorted(named, key=lambda name: (name == LAST, name))


def call(client: TestClient, operation: str) -> int:
    """The status of an operation on objects that do not exist, with a body that says nothing."""
    method, path = operation.split(" ")
    for name in (
        "order_id",
        "job_id",
        "case_id",
        "referral_id",
        "endpoint_id",
        "delivery_id",
        "user_id",
        "key_id",
        "event_id",
        "permit_id",
        "document_id",
        "proposal_id",
        "letter_id",
        "incident_id",
        "operation_id",
        "list_id",
        "entry_id",
        "question_id",
        "clearance_id",
        "share_id",
    ):
        path = path.replace(f"{{{name}}}", str(new_id()))
    path = path.replace("{reference}", "unheard-of").replace("{name}", "orders")
    if operation == "POST /v1/orders/bulk":
        return client.post(path, files={"file": ("orders.jsonl", b"")}).status_code
    return client.request(method, path, json={} if method in ("POST", "PUT") else None).status_code


def test_every_operation_has_its_entry(app: FastAPI) -> None:
    assert set(operations(app)) == set(MATRIX)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_what_its_entries_say(role: str, app: FastAPI, client: TestClient, session: Session) -> None:
    company = make_organisation(session, KIND.get(role, "company"))
    browser(client, session, company, role)  # type: ignore[arg-type]
    wrong = []
    for operation in operations(app):
        status = call(client, operation)
        forbidden = status == 403
        if forbidden == MATRIX[operation].may(company.kind, role) or status >= 500:
            wrong.append((operation, status))
    assert wrong == []


def test_nobody_may_only_knock(app: FastAPI, client: TestClient) -> None:
    for operation in operations(app):
        if "nobody" not in MATRIX[operation].roles:
            assert call(client, operation) == 401, operation
