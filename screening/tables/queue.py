"""The outbox, and what leaves through it: webhook endpoints and their deliveries.

An outbox row is written in the transaction of the thing it announces. It is the record of truth; the broker only
carries its id, and may lose it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from screening.ids import utc_now
from screening.tables.base import Row, json_column, one_of

PENDING = text("state = 'pending'")


class Outbox(Row, table=True):
    """One piece of background work.

    The relay hands the id to the broker and waits until `dispatched_until` before it does so again.
    A worker holds the row until `lease_until` and renews that while it works; a killed worker's row is free after that.
    `resent`: how often somebody gave it all its attempts again.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        one_of("state", "pending", "done", "dead"),
        Index("ix_outbox_due", "not_before", "id", postgresql_where=PENDING),
        Index("ix_outbox_dead", "id", postgresql_where=text("state = 'dead'")),
    )

    organisation_id: UUID | None = Field(default=None, foreign_key="organisation.id")
    kind: str = Field(max_length=64)
    recipient: str | None = Field(default=None, max_length=200)
    payload: dict[str, Any] = json_column(dict)
    payload_sha256: str = Field(max_length=64)
    state: str = Field(default="pending", max_length=16)
    not_before: datetime = Field(default_factory=utc_now)
    dispatched_until: datetime | None = None
    lease_until: datetime | None = None
    lease_token: UUID | None = None
    attempts: int = 0
    resent: int = 0
    last_error: str | None = Field(default=None, max_length=500)
    done_at: datetime | None = None


class WebhookEndpoint(Row, table=True):
    """Where an organisation wants its messages posted; the secrets are sealed with the service's key.

    `previous_sealed` still signs until `previous_until`, so that a receiver can change over.
    """

    __tablename__ = "webhook_endpoint"

    organisation_id: UUID = Field(foreign_key="organisation.id", index=True)
    url: str = Field(max_length=500)
    secret_sealed: str = Field(max_length=400)
    previous_sealed: str | None = Field(default=None, max_length=400)
    previous_until: datetime | None = None
    active: bool = True


class Delivery(Row, table=True):
    """One message to one endpoint. Its id is the `webhook-id`, the same over all retries."""

    __tablename__ = "delivery"
    __table_args__ = (
        one_of("state", "pending", "delivered", "dead"),
        UniqueConstraint("endpoint_id", "kind", "subject_id"),
    )

    organisation_id: UUID = Field(foreign_key="organisation.id", index=True)
    endpoint_id: UUID = Field(foreign_key="webhook_endpoint.id")
    kind: str = Field(max_length=64)
    subject_id: UUID
    body: str
    state: str = Field(default="pending", max_length=16)
    attempts: int = 0
    response_status: int | None = None
    last_error: str | None = Field(default=None, max_length=500)
    delivered_at: datetime | None = None
