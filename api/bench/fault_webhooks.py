"""Webhooks at a receiver that keeps to Standard Webhooks: each valid message has one effect, nothing else has any.

The messages go the service's own way: announced, queued, carried, signed, posted. What arrived is then sent again;
and what was altered, is stale, or is signed by another secret or for another message is sent for the first time.
"""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

from sqlmodel import col, select

from api.bench import house
from api.bench.report import Report
from api.bench.sink import Sent, Sink, sink
from screening import database, tasks, webhooks
from screening.access import Principal
from screening.ids import new_id, utc_now
from screening.tables.people import Organisation
from screening.tables.queue import Delivery, Outbox, WebhookEndpoint
from screening.webhooks import Message

SIGNED = ("webhook-id", "webhook-timestamp", "webhook-signature")


def measure(report: Report, messages: int) -> None:
    """Deliver, replay, forge, and report."""
    with house.opened(), sink() as receiver:
        endpoint, owner = _endpoint(receiver)
        _deliver(owner, messages)
        delivered, valid = len(receiver.effects), list(receiver.received)
        again = [_posted(receiver, each) for each in valid]
        effects_after_replays = len(receiver.effects)
        forged = [_posted(receiver, each) for each in _forged(endpoint, valid)]
        rotated = _after_rotation(receiver, endpoint, owner)
    print(f"  {delivered} delivered, {len(again)} replayed, {len(forged)} forged", flush=True)
    report.bar("valid_messages_with_an_effect", delivered, "equals", messages)
    report.bar("effects_after_replays", effects_after_replays, "equals", messages)
    report.bar("replays_answered_2xx", sum(status < 300 for status in again), "equals", messages)
    report.bar("forged_messages", len(forged), "at least", messages)
    report.bar("forged_accepted", sum(status < 300 for status in forged), "equals", 0)
    report.bar("effects_of_forged", len(receiver.effects) - messages - rotated[0], "equals", 0)
    report.bar("accepted_by_either_secret_in_the_overlap", rotated[0], "equals", 2)
    report.bar("accepted_by_the_old_secret_after_it", rotated[1], "equals", 0)


def _endpoint(receiver: Sink) -> tuple[UUID, Principal]:
    with database.session() as session:
        made = Organisation(code="erp", kind="company", name="ERP", country="KZ")
        session.add(made)
        session.flush()
        owner = Principal(made.id, made.kind, made.country, frozenset({"administrator"}))
        endpoint, receiver.secret = webhooks.add_endpoint(session, owner, receiver.url)
        return endpoint.id, owner


def _deliver(owner: Principal, messages: int) -> None:
    """Announce and carry, as relay and worker do."""
    with database.session() as session:
        for number in range(messages):
            webhooks.announce(session, owner.organisation_id, Message("order.status", new_id(), {"number": number}))
    with database.session() as session:
        rows = session.exec(select(Outbox.id).where(col(Outbox.state) == "pending")).all()
    for row in rows:
        tasks.carry(str(row))


def _posted(receiver: Sink, sent: Sent) -> int:
    headers, body = sent
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(receiver.url).port, timeout=10)
    connection.request("POST", "/hook", body, {name: headers[name] for name in SIGNED})
    status = connection.getresponse().status
    connection.close()
    return status


def _forged(endpoint_id: UUID, valid: list[Sent]) -> Iterator[Sent]:
    """Every valid message in one of eight wrong forms, each under an id that was never seen."""
    with database.session() as session:
        endpoint = session.get_one(WebhookEndpoint, endpoint_id)
        other = webhooks.seal(webhooks.new_secret())
        deliveries = list(session.exec(select(Delivery).order_by(col(Delivery.id))))
        for number, delivery in enumerate(deliveries):
            session.expunge(delivery)
            delivery.id = new_id()
            yield _wrong(number % 8, endpoint, delivery, other)
        session.expunge_all()


def _wrong(form: int, endpoint: WebhookEndpoint, delivery: Delivery, other: str) -> Sent:
    now, body = utc_now(), delivery.body.encode()
    ages = {0: -timedelta(minutes=5, seconds=5), 1: -timedelta(days=1), 2: timedelta(minutes=5, seconds=5)}
    if form in ages:
        return webhooks.signed_headers(endpoint, delivery, now + ages[form]), body
    if form == 3:
        return webhooks.signed_headers(endpoint.model_copy(update={"secret_sealed": other}), delivery, now), body
    headers = webhooks.signed_headers(endpoint, delivery, now)
    if form == 4:
        return headers, body.replace(b'"number"', b'"Number"')
    if form == 5:
        return headers | {"webhook-id": f"msg_{new_id().hex}"}, body
    if form == 6:
        return headers | {"webhook-timestamp": str(int(headers["webhook-timestamp"]) + 1)}, body
    return headers | {"webhook-signature": "v1a," + headers["webhook-signature"].partition(",")[2]}, body


def _after_rotation(receiver: Sink, endpoint_id: UUID, owner: Principal) -> tuple[int, int]:
    """Messages accepted by a receiver with either secret in the overlap, and by one with the old secret after it."""
    old = receiver.secret

    def accepted(secret: str) -> int:
        before, receiver.secret = len(receiver.effects), secret
        _deliver(owner, 1)
        return len(receiver.effects) - before

    with database.session() as session:
        new = webhooks.rotate(session, owner, endpoint_id)[1]
    within = accepted(old) + accepted(new)
    with database.session() as session:
        session.get_one(WebhookEndpoint, endpoint_id).previous_until = utc_now() - timedelta(seconds=1)
    return within, accepted(old)
