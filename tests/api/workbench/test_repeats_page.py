"""The order's page lets repeat hits pass, says which order did, and ends it."""

from __future__ import annotations

import pytest
from sqlmodel import Session

from screening import cases
from screening.cases import Verdict
from screening.tables.people import Organisation
from tests.api.workbench.conftest import SignIn
from tests.api.workbench.html import Page, faults
from tests.builders import held_case, principal_of, unique
from tests.screening.judge import Judge


@pytest.mark.parametrize("language", ["en", "ru"])
def test_repeat_hits_are_let_pass_shown_and_ended(
    language: str, judge: Judge, sign_in: SignIn, session: Session, company: Organisation
) -> None:
    case = held_case(session, company)
    cases.decide(session, principal_of(session, company, "officer"), case.id, Verdict("release", "known"))
    session.flush()
    officer = sign_in(company, "officer")
    path = f"/orders/{case.order_id}"
    officer.get(path, language)
    refused = officer.post(f"{path}/clear", text="each week", days="900")
    assert (refused.status_code, faults(refused.text, language)) == (422, [])
    assert officer.post(f"{path}/clear", text="<i>each week</i>", days="").headers["location"] == f"{path}?done=clear"
    again = officer.get(f"{path}?done=clear", language)
    assert faults(again.text, language) == []
    headers = {"x-csrf-token": officer.client.headers["x-own-token"]}
    sent = officer.client.post("/v1/orders", json={
        "reference": unique("REP"), "customer": {"name": "ТОО «Лак и краска»", "country": "KZ"},
        "lines": [{"name": "acetone", "quantity": "1", "unit": "kg"}],
    }, headers=headers)  # fmt: skip
    assert sent.status_code == 201
    (standing,) = officer.client.get("/v1/clearances").json()
    ended = officer.post(f"{path}/end-clearance", clearance=standing["id"], text="a new owner")
    assert ended.headers["location"] == f"{path}?done=end_clearance"
    assert "<i>each week</i>" not in Page(officer.get(path, language).text).words
