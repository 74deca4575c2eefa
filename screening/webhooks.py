"""Messages to organisations' own addresses, signed after Standard Webhooks, retried from the outbox.

    announce()   in the business transaction: one delivery and one outbox row per active endpoint
    send()       by the worker: POST with webhook-id (the delivery's, the same on every retry), -timestamp, -signature

A receiver that answers 2xx has it; 410 Gone switches the endpoint off; anything else is tried again with back-off
and ends among the dead letters. Receivers drop an id they have seen: delivery is at least once, effect once.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2 as httpx
from cryptography.fernet import Fernet
from sqlmodel import Session, col, select
from standardwebhooks import Webhook

from screening import outbox
from screening.access import Principal
from screening.audit import AuditEntry, record
from screening.errors import FieldFault, Invalid, NotFound, Text
from screening.ids import utc_now
from screening.outbox import Work
from screening.settings import settings
from screening.signing import canonical
from screening.tables.queue import Delivery, Outbox, WebhookEndpoint
from screening.targets import Refused, Target, resolve

KIND = "webhook"
OVERLAP = timedelta(hours=24)  # both secrets sign for a day after a change, unless it says otherwise
GONE = 410
SECRET_MARK = "whsec_"  # noqa: S105 - the prefix Standard Webhooks prescribes


class DeliveryFailed(RuntimeError):
    """The receiver did not take the message."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is announced: `kind` is the event's type; one subject is announced once per kind and endpoint version."""

    kind: str
    subject_id: UUID
    data: Mapping[str, Any]


def announce(session: Session, organisation_id: UUID, message: Message) -> int:
    """Queue the message for every active endpoint of the organisation; returns how many. In the caller's transaction.

    The same kind and subject is queued once per endpoint, however often it is announced.
    """
    query = select(WebhookEndpoint).where(
        WebhookEndpoint.organisation_id == organisation_id, col(WebhookEndpoint.active)
    )
    queued = 0
    for endpoint in session.exec(query):
        known = select(Delivery.id).where(
            Delivery.endpoint_id == endpoint.id,
            Delivery.kind == message.kind,
            Delivery.subject_id == message.subject_id,
        )
        if session.exec(known).first() is None:
            _queue(session, endpoint, message)
            queued += 1
    return queued


def _queue(session: Session, endpoint: WebhookEndpoint, message: Message) -> None:
    body = canonical({"type": message.kind, "timestamp": utc_now().isoformat(), "data": dict(message.data)})
    delivery = Delivery(
        organisation_id=endpoint.organisation_id,
        endpoint_id=endpoint.id,
        kind=message.kind,
        subject_id=message.subject_id,
        body=body,
    )
    session.add(delivery)
    session.flush()
    outbox.enqueue(
        session,
        KIND,
        {"delivery": str(delivery.id)},
        recipient=endpoint.url[:200],
        organisation_id=endpoint.organisation_id,
    )


def note_failure(session: Session, work: Work, error: str, dead: bool) -> None:
    """Write a failed attempt on the delivery its owner sees."""
    delivery = session.get(Delivery, UUID(work.payload["delivery"]))
    if delivery is not None:
        delivery.attempts, delivery.last_error = work.attempt, error
        delivery.state = "dead" if dead else "pending"


def note_resent(session: Session, letter: Outbox) -> None:
    """Show the owner of a delivery that its dead letter was sent again."""
    delivery = session.get(Delivery, UUID(letter.payload["delivery"]))
    if delivery is not None and delivery.state == "dead":
        delivery.state = "pending"


@outbox.handles(KIND, on_failure=note_failure)
def send(session: Session, work: Work) -> None:
    """Post one delivery. Raises DeliveryFailed when it has to be tried again."""
    delivery = session.get_one(Delivery, UUID(work.payload["delivery"]))
    if delivery.state == "delivered":
        return
    endpoint = session.get_one(WebhookEndpoint, delivery.endpoint_id)
    if not endpoint.active:
        raise DeliveryFailed("the endpoint is switched off")
    status = _post(resolve(endpoint.url), delivery, signed_headers(endpoint, delivery, utc_now()))
    delivery.attempts, delivery.response_status = work.attempt, status
    if status == GONE:
        endpoint.active, delivery.state, delivery.last_error = False, "dead", "the receiver answered 410 Gone"
        return
    if not 200 <= status < 300:
        raise DeliveryFailed(f"the receiver answered {status}")
    delivery.state, delivery.delivered_at, delivery.last_error = "delivered", utc_now(), None
    told = {"kind": delivery.kind, "status": status, "attempt": work.attempt, "endpoint": str(endpoint.id)}
    record(session, AuditEntry("webhook.delivered", "worker", delivery.organisation_id, delivery.id, told))


def _post(target: Target, delivery: Delivery, headers: dict[str, str]) -> int:
    """Send to the very address that was checked; redirects are not followed, the answer's body is not read."""
    wait = settings().webhook_timeout_seconds / 2
    extensions = {"sni_hostname": target.host} if target.secure else {}
    try:
        with (
            httpx.Client(timeout=httpx.Timeout(wait), trust_env=False, follow_redirects=False) as client,
            client.stream(
                "POST",
                target.pinned_url,
                content=delivery.body.encode(),
                headers={**headers, "host": target.host_header},
                extensions=extensions,
            ) as answer,
        ):
            return answer.status_code
    except httpx.HTTPError as fault:
        raise DeliveryFailed(f"{type(fault).__name__}: {fault}") from fault


def signed_headers(endpoint: WebhookEndpoint, delivery: Delivery, at: datetime) -> dict[str, str]:
    """The headers of one attempt at `at`, signed with every secret that is in force then."""
    message_id = f"msg_{delivery.id.hex}"
    keys = [unseal(endpoint.secret_sealed)]
    if endpoint.previous_sealed and endpoint.previous_until and endpoint.previous_until > at:
        keys.append(unseal(endpoint.previous_sealed))
    # Standard Webhooks: one header may carry several signatures; a receiver needs one that fits the secret it has.
    signatures = [Webhook(key).sign(message_id, at, delivery.body) for key in keys]
    return {
        "content-type": "application/json",
        "user-agent": "Tamga-Webhooks/1",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def add_endpoint(session: Session, principal: Principal, url: str) -> tuple[WebhookEndpoint, str]:
    """Register an address of the caller's organisation; returns its secret, to be shown once. Raises Invalid."""
    check_url(url)
    secret = new_secret()
    made = WebhookEndpoint(organisation_id=principal.organisation_id, url=url, secret_sealed=seal(secret))
    session.add(made)
    session.flush()
    record(session, AuditEntry("webhook.added", principal.actor, made.organisation_id, made.id, {"url": url}))
    return made, secret


def rotate(
    session: Session, principal: Principal, endpoint_id: UUID, overlap: timedelta = OVERLAP
) -> tuple[WebhookEndpoint, str]:
    """Give the endpoint a new secret; the old one signs beside it for `overlap`, none for one that leaked."""
    endpoint = find_endpoint(session, principal, endpoint_id)
    secret = new_secret()
    endpoint.previous_sealed, endpoint.previous_until = endpoint.secret_sealed, utc_now() + overlap
    endpoint.secret_sealed = seal(secret)
    told = {"overlap_seconds": int(overlap.total_seconds())}
    record(session, AuditEntry("webhook.rotated", principal.actor, endpoint.organisation_id, endpoint.id, told))
    return endpoint, secret


def remove_endpoint(session: Session, principal: Principal, endpoint_id: UUID) -> None:
    """Switch the endpoint off; its deliveries stay on record."""
    endpoint = find_endpoint(session, principal, endpoint_id)
    endpoint.active = False
    record(session, AuditEntry("webhook.removed", principal.actor, endpoint.organisation_id, endpoint.id))


def endpoints(session: Session, principal: Principal) -> list[WebhookEndpoint]:
    query = select(WebhookEndpoint).where(
        WebhookEndpoint.organisation_id == principal.organisation_id, col(WebhookEndpoint.active)
    )
    return list(session.exec(query.order_by(col(WebhookEndpoint.created_at))))


def deliveries(session: Session, principal: Principal, limit: int = 100) -> list[Delivery]:
    """The latest deliveries of the caller's organisation, newest first."""
    query = select(Delivery).where(Delivery.organisation_id == principal.organisation_id)
    return list(session.exec(query.order_by(col(Delivery.id).desc()).limit(limit)))


def redeliver(session: Session, principal: Principal, delivery_id: UUID) -> Delivery:
    """Give a dead delivery all its attempts again, under the same webhook-id."""
    delivery = session.exec(
        select(Delivery).where(Delivery.id == delivery_id, Delivery.organisation_id == principal.organisation_id)
    ).first()
    if delivery is None:
        raise NotFound
    if delivery.state == "dead":
        delivery.state = "pending"
        job = {"delivery": str(delivery.id)}
        letter = outbox.dead_letter_of(session, KIND, job)
        if letter is None or not outbox.revive(session, letter):  # 410 Gone ends a delivery without a dead letter
            outbox.enqueue(session, KIND, job, organisation_id=delivery.organisation_id)
        record(session, AuditEntry("webhook.redelivered", principal.actor, delivery.organisation_id, delivery.id))
    return delivery


def find_endpoint(session: Session, principal: Principal, endpoint_id: UUID) -> WebhookEndpoint:
    query = select(WebhookEndpoint).where(
        WebhookEndpoint.id == endpoint_id, WebhookEndpoint.organisation_id == principal.organisation_id
    )
    found = session.exec(query).first()
    if found is None:
        raise NotFound
    return found


def check_url(url: str) -> None:
    """Refuse an address the service must not post to."""
    try:
        resolve(url)
    except Refused as fault:
        remedy = Text(
            "Give an https address that the public network can reach.",
            "Укажите адрес https, доступный из общей сети.",
        )
        raise Invalid(faults=(FieldFault("url", "address", fault.reason, remedy),)) from fault


def new_secret() -> str:
    return SECRET_MARK + base64.b64encode(secrets.token_bytes(32)).decode()


def seal(secret: str) -> str:
    """Encrypt a secret for the table with the service's key."""
    return _box().encrypt(secret.encode()).decode()


def unseal(sealed: str) -> str:
    return _box().decrypt(sealed.encode()).decode()


def _box() -> Fernet:
    key = hashlib.sha256(b"webhook-secrets:" + settings().secret_key.get_secret_value().encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
