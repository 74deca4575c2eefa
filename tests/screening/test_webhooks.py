"""Webhooks: signed, retried under one id, never to the inside, and seen by their owner only."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlmodel import Session, select
from standardwebhooks import Webhook, WebhookVerificationError

from screening import tasks, webhooks
from screening.access import Principal
from screening.errors import Invalid, NotFound
from screening.ids import new_id
from screening.settings import settings
from screening.tables.queue import Delivery, Outbox
from screening.targets import Refused, resolve
from screening.webhooks import Message
from tests.builders import make_organisation, principal_of
from tests.receiver import Receiver, receiver


@pytest.fixture
def admin(session: Session) -> Principal:
    return principal_of(session, make_organisation(session, "authority"), "administrator")


@pytest.fixture
def hook(session: Session, admin: Principal) -> Iterator[Receiver]:
    """A receiver registered as the authority's endpoint."""
    with receiver() as listening:
        _, listening.secret = webhooks.add_endpoint(session, admin, listening.url)
        yield listening


def announce(session: Session, admin: Principal) -> Delivery:
    webhooks.announce(session, admin.organisation_id, Message("referral.sent", new_id(), {"n": 1, "имя": "Айгуль"}))
    session.flush()
    return session.exec(select(Delivery)).one()


def carry(session: Session) -> None:
    """Every pending row becomes due and is carried once."""
    session.execute(text("UPDATE outbox SET not_before = now() - interval '1 s', lease_until = NULL"))
    for row in session.exec(select(Outbox).where(Outbox.state == "pending")).all():
        tasks.carry(str(row.id))
    session.expire_all()


def test_a_message_arrives_signed_and_once(session: Session, admin: Principal, hook: Receiver) -> None:
    delivery = announce(session, admin)
    carry(session)
    carry(session)
    assert session.get_one(Delivery, delivery.id).state == "delivered"
    ((headers, body),) = hook.received
    assert headers["webhook-id"] == f"msg_{delivery.id.hex}"
    assert json.loads(body)["data"] == {"n": 1, "имя": "Айгуль"}
    assert list(hook.effects) == [headers["webhook-id"]]


def test_the_same_announcement_is_queued_once(session: Session, admin: Principal, hook: Receiver) -> None:
    message = Message("referral.sent", new_id(), {})
    assert [webhooks.announce(session, admin.organisation_id, message) for _ in range(3)] == [1, 0, 0]


def test_a_failed_delivery_is_tried_again_under_the_same_id(session: Session, admin: Principal, hook: Receiver) -> None:
    hook.answers = [500, 302, 429]
    delivery = announce(session, admin)
    for _ in range(4):
        carry(session)
    after = session.get_one(Delivery, delivery.id)
    assert (after.state, after.attempts, after.last_error) == ("delivered", 4, None)
    assert len({headers["webhook-id"] for headers, _ in hook.received}) == 1
    assert len(hook.effects) == 1


def test_a_receiver_that_never_answers_ends_among_the_dead_and_can_be_revived(
    session: Session, admin: Principal, hook: Receiver
) -> None:
    hook.answers = [503] * settings().outbox_attempts
    delivery = announce(session, admin)
    for _ in range(settings().outbox_attempts + 1):
        carry(session)
    dead = session.get_one(Delivery, delivery.id)
    assert (dead.state, dead.attempts) == ("dead", settings().outbox_attempts)
    assert "503" in (dead.last_error or "")
    webhooks.redeliver(session, admin, delivery.id)
    session.flush()
    carry(session)
    assert session.get_one(Delivery, delivery.id).state == "delivered"
    assert len({headers["webhook-id"] for headers, _ in hook.received}) == 1


def test_gone_switches_the_endpoint_off(session: Session, admin: Principal, hook: Receiver) -> None:
    hook.answers = [410]
    delivery = announce(session, admin)
    carry(session)
    assert session.get_one(Delivery, delivery.id).state == "dead"
    assert webhooks.endpoints(session, admin) == []


def test_after_a_change_both_secrets_verify_for_a_day(session: Session, admin: Principal, hook: Receiver) -> None:
    old = hook.secret
    _, new = webhooks.rotate(session, admin, webhooks.endpoints(session, admin)[0].id)
    announce(session, admin)
    carry(session)
    ((headers, body),) = hook.received
    for secret in (old, new):
        assert Webhook(secret).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(webhooks.new_secret()).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(new).verify(body + b" ", headers)


def test_secrets_are_sealed_in_the_table(session: Session, admin: Principal, hook: Receiver) -> None:
    endpoint = webhooks.endpoints(session, admin)[0]
    assert hook.secret not in endpoint.secret_sealed
    assert webhooks.unseal(endpoint.secret_sealed) == hook.secret


def test_foreign_endpoints_and_deliveries_are_not_found(session: Session, admin: Principal, hook: Receiver) -> None:
    delivery = announce(session, admin)
    stranger = principal_of(session, make_organisation(session), "administrator")
    with pytest.raises(NotFound):
        webhooks.rotate(session, stranger, delivery.endpoint_id)
    with pytest.raises(NotFound):
        webhooks.redeliver(session, stranger, delivery.id)
    assert webhooks.deliveries(session, stranger) == []


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "screening.targets.settings", lambda: settings().model_copy(update={"environment": "production"})
    )


INSIDE = [
    "https://127.0.0.1/", "https://[::1]/", "https://10.1.2.3/", "https://192.168.0.1/", "https://169.254.169.254/meta",
    "https://[::ffff:127.0.0.1]/", "https://0.0.0.0/", "https://[fe80::1]/", "https://100.64.0.1/", "https://localhost/",
    "https://2130706433/", "https://0x7f.1/", "http://93.184.215.14/", "https://224.0.0.1/", "https://[fd00::1]/",
    "https://[64:ff9b::a9fe:a9fe]/", "https://[2002:a9fe:a9fe::1]/", "https://[fd00:ec2::254]/", "https://100.100.100.200/",
    "https://168.63.129.16/", "https://192.0.0.192/", "https://198.18.0.1/", "https://240.0.0.1/", "https://[::]/",
]  # fmt: skip


@pytest.mark.parametrize("url", INSIDE)
@pytest.mark.usefixtures("production")
def test_outside_development_nothing_inside_is_posted_to(url: str, session: Session, admin: Principal) -> None:
    with pytest.raises(Invalid) as caught:
        webhooks.add_endpoint(session, admin, url)
    assert caught.value.faults[0].field == "url"


@pytest.mark.parametrize("url", ["https://10.1.2.3/", "https://169.254.169.254/meta", "http://93.184.215.14/"])
def test_in_development_this_machine_is_the_only_inside(url: str) -> None:
    assert resolve("http://127.0.0.1:9/").host == "127.0.0.1"
    with pytest.raises(Refused):
        resolve(url)


def test_a_name_with_one_address_inside_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(0, 0, 0, "", (address, 443)) for address in ("93.184.215.14", "10.0.0.7")]
    monkeypatch.setattr("screening.targets.socket.getaddrinfo", lambda *_, **__: found)
    with pytest.raises(Refused):
        resolve("https://rebind.example/")


@pytest.mark.parametrize(
    ("url", "let"), [("https://10.20.0.9/", True), ("http://10.20.0.9/", False), ("https://10.21.0.1/", False)]
)
def test_an_allowed_network_may_be_inside(url: str, let: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    allowing = settings().model_copy(update={"environment": "production", "webhook_allowed_networks": "10.20.0.0/16"})
    monkeypatch.setattr("screening.targets.settings", lambda: allowing)
    if let:
        assert resolve(url).pinned_url == "https://10.20.0.9:443/"
    else:
        with pytest.raises(Refused):
            resolve(url)


def test_a_redirect_is_not_followed(session: Session, admin: Principal, hook: Receiver) -> None:
    hook.answers, hook.location = [302], hook.url
    delivery = announce(session, admin)
    carry(session)
    assert len(hook.received) == 1
    assert "302" in (session.get_one(Delivery, delivery.id).last_error or "")


def test_a_leaked_secret_signs_no_longer(session: Session, admin: Principal, hook: Receiver) -> None:
    old = hook.secret
    endpoint = webhooks.endpoints(session, admin)[0]
    _, hook.secret = webhooks.rotate(session, admin, endpoint.id, timedelta(0))
    announce(session, admin)
    carry(session)
    ((headers, body),) = hook.received
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(body, headers)


@pytest.mark.parametrize(
    "url", ["ftp://x/", "https://u:p@93.184.215.14/", "https:///", "https://h:99999/", "https://[/"]
)
def test_what_is_no_http_address_is_refused(url: str) -> None:
    with pytest.raises(Refused):
        resolve(url)


@pytest.mark.usefixtures("production")
def test_the_checked_address_is_the_one_that_is_used() -> None:
    target = resolve("https://93.184.215.14:8443/hook?a=1")
    assert (target.pinned_url, target.host_header, target.secure) == (
        "https://93.184.215.14:8443/hook?a=1", "93.184.215.14:8443", True,
    )  # fmt: skip
