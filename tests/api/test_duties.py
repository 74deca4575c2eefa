"""Duties, permits and notifications over the API: whole for compliance roles, nothing for others."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlmodel import Session
from starlette.testclient import TestClient

from screening import screen
from screening.ids import new_id
from screening.tables.people import Organisation
from tests.api.sign_in import browser
from tests.builders import make_key, make_organisation
from tests.screening.orders import submission

PERMIT = {"kind": "export", "number": "DE-9", "substance": "108-24-7", "quantity": "500.5", "unit": "kg"}


@pytest.fixture
def company(session: Session) -> Organisation:
    return make_organisation(session, country="DE")


def place(session: Session, company: Organisation, reference: str = "A", **fields: Any) -> UUID:
    made = {
        "reference": reference,
        "ordered_at": "2026-06-15T12:00:00Z",
        "customer": {"name": "Acheteur", "country": "FR", "registration_no": "1"},
        "lines": [{"name": "acetic anhydride", "cas": "108-24-7", "quantity": "60.0005", "unit": "l"}],
    } | fields
    return screen.submit(session, submission(company.id, **made)).order.id


def test_duties_come_with_rule_reference_limit_and_sum(
    client: TestClient, session: Session, company: Organisation
) -> None:
    browser(client, session, company, "auditor")
    place(session, company, "A")
    answer = client.get(f"/v1/orders/{place(session, company, 'B')}/duties")
    assert answer.status_code == 200
    duty = next(each for each in answer.json()["duties"] if each["id"] == "eu273-registration-2")
    assert (duty["status"], duty["reference"]) == ("applies", "Regulation (EC) 273/2004 Art 3(6), Art 6, Annex II")
    (total,) = duty["sums"]
    assert (total["at_least"], total["at_most"], total["limit"], total["unit"]) == ("120.001", "120.001", "100", "l")
    assert total["zone"] == "Europe/Brussels"
    assert total["starts"] == "2026-01-01T00:00:00+01:00"
    assert [(each["reference"], each["amount"], each["tie"]) for each in total["contributions"]] == [
        ("B", "60.0005", "this"), ("A", "60.0005", "party"),
    ]  # fmt: skip
    assert all(each["en"] and each["ru"] and each["confidence"] for each in answer.json()["duties"])


def test_absent_and_foreign_are_alike(client: TestClient, session: Session, company: Organisation) -> None:
    foreign = place(session, make_organisation(session))
    browser(client, session, company, "officer")
    for path in ("/v1/orders/{}/duties", "/v1/permits/{}"):
        answers = [client.get(path.format(each)) for each in (foreign, new_id())]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].json()["title"] == answers[1].json()["title"]


def test_ordinary_users_learn_nothing_of_duties(client: TestClient, session: Session, company: Organisation) -> None:
    order = place(session, company)
    key = make_key(session, company, "integration")
    headers = {"authorization": f"Bearer {key}"}
    for path in (f"/v1/orders/{order}/duties", "/v1/permits"):
        assert client.get(path, headers=headers).status_code == 403
    told = client.get("/v1/orders/A", headers=headers).json()
    assert set(told) == {"id", "reference", "version", "status", "documents_needed"}


def test_a_permit_is_registered_drawn_and_shown(client: TestClient, session: Session, company: Organisation) -> None:
    browser(client, session, company, "officer")
    made = client.post("/v1/permits", json=PERMIT | {"valid_to": "2099-12-31"})
    assert made.status_code == 201
    order = place(session, company, authorisation={"type": "export", "number": "de 9"})
    whole = client.get(f"/v1/permits/{made.json()['id']}").json()
    assert (whole["granted"], whole["drawn"], whole["left"]) == ("500.5", "64.920541", "435.579459")
    assert [(each["order_id"], each["line"], each["amount"]) for each in whole["draws"]] == [
        (str(order), 0, "64.920541")
    ]
    assert client.get(f"/v1/orders/{order}/duties").json()["permits"][0]["permit"]["number"] == "DE-9"
    assert [each["left"] for each in client.get("/v1/permits").json()] == ["435.579459"]
    again = client.post("/v1/permits", json=PERMIT)
    assert (again.status_code, again.json()["code"]) == (409, "permit_known")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"substance": "sugar"}, "substance"),
        ({"unit": "tablet"}, "unit"),
        ({"quantity": "0.0000000001"}, "quantity"),
        ({"quantity": "0.000000001", "unit": "g"}, "quantity"),
        ({"quantity": "-1"}, "quantity"),
        ({"valid_to": "soon"}, "valid_to"),
        ({"number": "\u0000"}, "number"),
        ({"kind": "other"}, "kind"),
        ({"extra": 1}, "extra"),
    ],
)
def test_a_wrong_permit_is_answered_by_field_in_both_languages(
    fields: dict[str, Any], field: str, client: TestClient, session: Session, company: Organisation
) -> None:
    browser(client, session, company, "officer")
    for language in ("en", "ru"):
        answer = client.post("/v1/permits", json=PERMIT | fields, headers={"accept-language": language})
        assert answer.status_code == 422
        assert answer.headers["content-type"].startswith("application/problem+json")
        assert [fault["field"] for fault in answer.json()["errors"]] == [field]


def test_a_notification_goes_its_steps(client: TestClient, session: Session, company: Organisation) -> None:
    browser(client, session, company, "officer")
    order = place(session, company, destination_country="KZ")
    path = f"/v1/orders/{order}/notification"
    assert client.post(path, json={"action": "send"}).json()["code"] == "notification_state"
    assert client.post(path, json={"action": "draft"}).json()["state"] == "drafted"
    assert client.post(path, json={"action": "send", "deadline": "2000-01-01"}).status_code == 422
    sent = client.post(path, json={"action": "send", "deadline": "2099-01-01"}).json()
    assert (sent["state"], sent["deadline"]) == ("sent", "2099-01-01")
    assert client.post(path, json={"action": "expire"}).status_code == 422
    assert client.post(path, json={"action": "object", "note": "no such importer"}).json()["state"] == "objected"
    known = client.get(f"/v1/orders/{order}/duties").json()
    assert known["notification"]["state"] == "objected"
    assert {each["paper"] for each in known["duties"] if each["kind"] == "notification"} == {"objected"}


def test_no_day_of_an_order_breaks_the_answer(client: TestClient, session: Session, company: Organisation) -> None:
    browser(client, session, company, "officer")
    goods = [{"name": "acetone", "quantity": "9999999999", "unit": "t"}, {"name": "ephedrine", "quantity": "1"}]
    paper = {"model": "multiple", "signatory": "x", "signed_on": "9999-12-31"}
    for number, day in enumerate(("0001-01-01", "9999-12-31")):
        for way in (("US", "MX"), ("DE", "FR"), ("DE", "KZ"), ("KZ", "US")):
            order = place(
                session, company, f"{number}-{way[0]}-{way[1]}", lines=goods, requested_ship_date=day,
                seller={"name": "S", "country": way[0]}, destination_country=way[1], declaration=paper,
                notification={"status": "sent", "sent_at": "2200-12-31T23:59:59Z"}, ordered_at="2200-12-31T23:59:59Z",
            )  # fmt: skip
            assert client.get(f"/v1/orders/{order}/duties").status_code == 200
