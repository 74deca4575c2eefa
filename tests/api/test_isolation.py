"""Another company's object and one that does not exist get the same answer, to the byte."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlmodel import Session, col, select
from starlette.testclient import TestClient

from screening import referrals, webhooks
from screening.ids import new_id
from screening.tables.orders import BulkJob
from screening.tables.people import ApiKey, Organisation
from screening.webhooks import Message
from tests.api.sign_in import browser
from tests.builders import held_case, make_key, make_organisation, make_user, principal_of


def a_case(session: Session, owner: Organisation) -> UUID:
    return held_case(session, owner).id


def an_order(session: Session, owner: Organisation) -> UUID:
    return held_case(session, owner).order_id


def a_referral(session: Session, owner: Organisation) -> UUID:
    return referrals.refer(session, principal_of(session, owner, "officer"), held_case(session, owner).id, "x").id


def a_person(session: Session, owner: Organisation) -> UUID:
    return make_user(session, owner, "officer").id


def a_key(session: Session, owner: Organisation) -> UUID:
    make_key(session, owner, "integration")
    return session.exec(select(ApiKey.id).where(col(ApiKey.organisation_id) == owner.id)).one()


def an_endpoint(session: Session, owner: Organisation) -> UUID:
    admin = principal_of(session, owner, "administrator")
    return webhooks.add_endpoint(session, admin, "http://127.0.0.1:9/")[0].id


def a_delivery(session: Session, owner: Organisation) -> UUID:
    an_endpoint(session, owner)
    webhooks.announce(session, owner.id, Message("x", new_id(), {}))
    session.flush()
    return webhooks.deliveries(session, principal_of(session, owner, "administrator"))[0].id


def a_file(session: Session, owner: Organisation) -> UUID:
    job = BulkJob(organisation_id=owner.id, filename="x.csv", format="csv", sha256="0" * 64)
    session.add(job)
    session.flush()
    return job.id


OBJECTS: list[tuple[Callable[[Session, Organisation], UUID], str, str, dict[str, object]]] = [
    (a_case, "GET", "/v1/cases/{}", {}),
    (a_case, "PUT", "/v1/cases/{}/assignee", {"assignee_id": str(new_id())}),
    (a_case, "POST", "/v1/cases/{}/notes", {"text": "x"}),
    (a_case, "POST", "/v1/cases/{}/decision", {"action": "release", "reason": "x"}),
    (a_case, "POST", "/v1/cases/{}/referral", {"reason": "x"}),
    (an_order, "GET", "/v1/orders/{}/assessment", {}),
    (an_order, "POST", "/v1/orders/{}/outcome", {"outcome": "legitimate", "source": "x"}),
    (a_referral, "GET", "/v1/referrals/{}", {}),
    (a_referral, "GET", "/v1/referrals/{}/packet", {}),
    (a_person, "PUT", "/v1/people/{}/roles", {"roles": ["officer"]}),
    (a_person, "PUT", "/v1/people/{}/active", {"active": False}),
    (a_person, "POST", "/v1/people/{}/password", {}),
    (a_key, "DELETE", "/v1/keys/{}", {}),
    (an_endpoint, "POST", "/v1/webhooks/endpoints/{}/secret", {}),
    (an_endpoint, "DELETE", "/v1/webhooks/endpoints/{}", {}),
    (a_delivery, "POST", "/v1/webhooks/deliveries/{}/retry", {}),
    (a_file, "GET", "/v1/orders/bulk/{}", {}),
    (a_file, "GET", "/v1/orders/bulk/{}/rows", {}),
    (a_file, "POST", "/v1/orders/bulk/{}/resume", {}),
]


@pytest.mark.parametrize(("make", "method", "path", "body"), OBJECTS, ids=[f"{m} {p}" for _, m, p, _ in OBJECTS])
def test_foreign_and_absent_are_one(
    make: Callable[[Session, Organisation], UUID],
    method: str,
    path: str,
    body: dict[str, object],
    client: TestClient,
    session: Session,
) -> None:
    foreign, absent = make(session, make_organisation(session)), new_id()
    browser(client, session, make_organisation(session), "officer", "administrator")
    answers = []
    for object_id in (foreign, absent):
        answer = client.request(
            method, path.format(object_id), json=body or None, headers={"x-request-id": "the-same-request"}
        )
        headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
        answers.append((answer.status_code, answer.text.replace(str(object_id), "ID"), headers))
    assert answers[0][0] == 404, answers[0]
    assert answers[0] == answers[1]
