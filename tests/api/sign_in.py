"""Signing in for tests of the HTTP side: a person with a browser, a machine with a key."""

from __future__ import annotations

from sqlmodel import Session
from starlette.testclient import TestClient

from screening.tables.people import Organisation, RoleName, User
from tests.builders import PASSWORD, make_key, make_user, set_password

__all__ = ["PASSWORD", "browser"]


def browser(client: TestClient, session: Session, organisation: Organisation, *roles: RoleName) -> User:
    """Sign a new person in; the client then carries their cookie and form token."""
    user = make_user(session, organisation, *roles)
    set_password(user, PASSWORD)
    session.flush()
    client.cookies.clear()
    client.headers.pop("x-csrf-token", None)
    answer = client.post("/v1/session", json={"email": user.email, "password": PASSWORD})
    assert answer.status_code == 201, answer.text
    client.headers["x-csrf-token"] = answer.json()["csrf_token"]
    return user


def machine(session: Session, organisation: Organisation, role: RoleName = "integration") -> dict[str, str]:
    """The header a machine of the organisation sends."""
    return {"authorization": f"Bearer {make_key(session, organisation, role)}"}
