"""Who may call what: every operation has its entry here, and a new one without an entry fails."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from sqlmodel import Session
from starlette.testclient import TestClient

from screening.ids import new_id
from screening.tables.people import ROLES
from tests.api.sign_in import browser
from tests.builders import make_organisation

ANYBODY = frozenset({"nobody", *ROLES})
SIGNED_IN = frozenset(ROLES)
SUBMIT = frozenset({"integration", "officer", "supervisor"})
WORK = frozenset({"officer", "supervisor"})
READ = frozenset({"officer", "supervisor", "auditor"})
ADMIN = frozenset({"administrator"})
REGULATOR = frozenset({"regulator"})
AUDIT = frozenset({"supervisor", "auditor"})

ALLOWED: dict[str, frozenset[str]] = {
    "POST /v1/orders": SUBMIT,
    "PUT /v1/orders/{reference}": SUBMIT,
    "GET /v1/orders": SUBMIT | READ,
    "GET /v1/orders/{reference}": SUBMIT | READ,
    "GET /v1/orders/{order_id}/assessment": READ,
    "POST /v1/orders/{order_id}/outcome": WORK,
    "GET /v1/orders/{order_id}/duties": READ,
    "POST /v1/orders/{order_id}/notification": WORK,
    "GET /v1/orders/{order_id}/export": WORK,
    "GET /v1/exports/case-file": WORK,
    "GET /v1/exports/{name}": WORK,
    "GET /v1/goaml-schema": ADMIN,
    "PUT /v1/goaml-schema": ADMIN,
    "GET /v1/permits": READ,
    "POST /v1/permits": WORK,
    "GET /v1/permits/{permit_id}": READ,
    "POST /v1/orders/bulk": SUBMIT,
    "GET /v1/orders/bulk/{job_id}": SUBMIT | READ,
    "POST /v1/orders/bulk/{job_id}/resume": SUBMIT,
    "GET /v1/orders/bulk/{job_id}/rows": SUBMIT | READ,
    "GET /v1/cases": READ,
    "GET /v1/cases/{case_id}": READ,
    "PUT /v1/cases/{case_id}/assignee": WORK,
    "POST /v1/cases/{case_id}/notes": WORK,
    "POST /v1/cases/{case_id}/decision": WORK,
    "POST /v1/cases/{case_id}/referral": WORK,
    "GET /v1/referrals": REGULATOR,
    "GET /v1/referrals/{referral_id}": REGULATOR | READ,
    "GET /v1/referrals/{referral_id}/packet": REGULATOR | READ,
    "POST /v1/referrals/{referral_id}/receipt": REGULATOR,
    "POST /v1/referrals/{referral_id}/instructions": REGULATOR,
    "GET /v1/service-key": SIGNED_IN,
    "GET /v1/audit/checkpoints": AUDIT,
    "GET /v1/audit/checkpoints/consistency": AUDIT,
    "GET /v1/audit/tree/consistency": AUDIT,
    "GET /v1/audit/tree/inclusion": AUDIT,
    "GET /v1/audit/events/{event_id}/proof": AUDIT,
    "GET /v1/webhooks/endpoints": ADMIN,
    "POST /v1/webhooks/endpoints": ADMIN,
    "POST /v1/webhooks/endpoints/{endpoint_id}/secret": ADMIN,
    "DELETE /v1/webhooks/endpoints/{endpoint_id}": ADMIN,
    "GET /v1/webhooks/deliveries": ADMIN,
    "POST /v1/webhooks/deliveries/{delivery_id}/retry": ADMIN,
    "GET /v1/people": ADMIN,
    "POST /v1/people": ADMIN,
    "PUT /v1/people/{user_id}/roles": ADMIN,
    "PUT /v1/people/{user_id}/active": ADMIN,
    "POST /v1/people/{user_id}/password": ADMIN,
    "GET /v1/keys": ADMIN,
    "POST /v1/keys": ADMIN,
    "DELETE /v1/keys/{key_id}": ADMIN,
    "GET /v1/organisations": ADMIN,
    "POST /v1/organisations": ADMIN,
    "POST /v1/session": ANYBODY,
    "DELETE /v1/session": SIGNED_IN,
    "GET /v1/me": SIGNED_IN,
    "POST /v1/me/password": SIGNED_IN,
    "GET /health/live": ANYBODY,
    "GET /health/ready": ANYBODY,
}
KIND = {"regulator": "authority", "data_scientist": "operator"}
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
    ):
        path = path.replace(f"{{{name}}}", str(new_id()))
    path = path.replace("{reference}", "unheard-of").replace("{name}", "orders")
    if operation == "POST /v1/orders/bulk":
        return client.post(path, files={"file": ("orders.jsonl", b"")}).status_code
    return client.request(method, path, json={} if method in ("POST", "PUT") else None).status_code


def test_every_operation_has_its_entry(app: FastAPI) -> None:
    assert set(operations(app)) == set(ALLOWED)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_what_its_entries_say(role: str, app: FastAPI, client: TestClient, session: Session) -> None:
    company = make_organisation(session, KIND.get(role, "company"))
    browser(client, session, company, role)  # type: ignore[arg-type]
    wrong = []
    for operation in operations(app):
        status = call(client, operation)
        forbidden = status == 403
        if operation.endswith("/v1/organisations") and company.kind != "operator":
            assert forbidden  # the operator's administrators only
        elif forbidden == (role in ALLOWED[operation]) or status >= 500:
            wrong.append((operation, status))
    assert wrong == []


def test_nobody_may_only_knock(app: FastAPI, client: TestClient) -> None:
    for operation in operations(app):
        if "nobody" not in ALLOWED[operation]:
            assert call(client, operation) == 401, operation
