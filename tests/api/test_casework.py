"""Work on a case over the API, as JSON says it."""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import Session
from starlette.testclient import TestClient

from screening.ids import new_id, utc_now
from tests.api.sign_in import browser
from tests.builders import held_case, make_organisation


def test_a_case_is_put_aside_until_a_moment(client: TestClient, session: Session) -> None:
    company = make_organisation(session)
    case = held_case(session, company)
    browser(client, session, company, "officer")
    body = {"until": (utc_now() + timedelta(days=3)).isoformat(), "reason": "awaiting the laboratory"}
    answer = client.post(f"/v1/cases/{case.id}/snooze", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["case"]["state"] == "snoozed"
    assert client.post(f"/v1/cases/{new_id()}/snooze", json=body).status_code == 404
    for wrong in ("tomorrow", "2026-12-01T10:00:00", (utc_now() - timedelta(days=1)).isoformat()):
        assert client.post(f"/v1/cases/{case.id}/snooze", json=body | {"until": wrong}).status_code == 422
