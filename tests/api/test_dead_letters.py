"""Dead letters are the operator's: seen without what they say, and given all their attempts again."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlmodel import Session, col, select
from starlette.testclient import TestClient

from screening import audit, tasks, webhooks
from screening.settings import settings
from screening.tables.people import Organisation
from screening.tables.queue import Delivery, Outbox
from screening.webhooks import Message
from tests.api.sign_in import browser
from tests.builders import make_organisation, principal_of
from tests.receiver import receiver

SECRET = "what-the-message-says"


@pytest.fixture
def dead(session: Session) -> Delivery:
    """A webhook of some company that failed at every attempt."""
    admin = principal_of(session, make_organisation(session), "administrator")
    with receiver() as away:
        away.answers = [503] * settings().outbox_attempts
        webhooks.add_endpoint(session, admin, away.url)
        webhooks.announce(session, admin.organisation_id, Message("order.status", admin.organisation_id, {"x": SECRET}))
        session.flush()
        for _ in range(settings().outbox_attempts):
            session.execute(text("UPDATE outbox SET not_before = now() - interval '1 s'"))
            tasks.carry(str(session.exec(select(Outbox.id)).one()))
    session.expire_all()
    delivery = session.exec(select(Delivery)).one()
    assert delivery.state == "dead"
    return delivery


@pytest.fixture
def operator(session: Session) -> Organisation:
    return make_organisation(session, "operator")


def test_the_operator_sends_a_dead_letter_again(
    client: TestClient, session: Session, dead: Delivery, operator: Organisation
) -> None:
    browser(client, session, operator, "administrator")
    listed = client.get("/v1/dead-letters")
    (letter,) = listed.json()
    assert (letter["kind"], letter["attempts"]) == ("webhook", settings().outbox_attempts)
    assert "503" in letter["last_error"]
    assert SECRET not in listed.text
    assert client.post(f"/v1/dead-letters/{letter['id']}/resend").json() == {"resent": 1}
    assert client.post(f"/v1/dead-letters/{letter['id']}/resend").status_code == 404  # it is none any more
    assert client.get("/v1/dead-letters").json() == []
    session.expire_all()
    row = session.exec(select(Outbox)).one()
    assert (row.state, row.attempts, row.resent) == ("pending", 0, 1)
    assert session.get_one(Delivery, dead.id).state == "pending"
    assert [event["action"] for event in audit.trail(session, row.id)] == ["outbox.dead", "outbox.resent"]


def test_all_at_once_after_an_outage(
    client: TestClient, session: Session, dead: Delivery, operator: Organisation
) -> None:
    browser(client, session, operator, "administrator")
    assert client.post("/v1/dead-letters/resend").json() == {"resent": 1}
    assert client.post("/v1/dead-letters/resend").json() == {"resent": 0}


def test_its_owner_sends_the_same_letter_and_leaves_none_behind(session: Session, dead: Delivery) -> None:
    owner = session.get_one(Organisation, dead.organisation_id)
    webhooks.redeliver(session, principal_of(session, owner, "administrator"), dead.id)
    session.flush()
    assert [row.state for row in session.exec(select(Outbox).order_by(col(Outbox.id)))] == ["pending"]


@pytest.mark.parametrize("kind", ["company", "authority"])
def test_nobody_else_sees_them(client: TestClient, session: Session, dead: Delivery, kind: str) -> None:
    browser(client, session, make_organisation(session, kind), "administrator")
    assert client.get("/v1/dead-letters").status_code == 403
    assert client.post("/v1/dead-letters/resend").status_code == 403
