"""The audit log: staged events, numbered leaves that chain, the events they commit to, and signed checkpoints.

`audit_event`, `audit_leaf` and `audit_checkpoint` only ever grow: triggers refuse UPDATE, DELETE and TRUNCATE.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, Identity, Index
from sqlmodel import Field

from screening.ids import utc_now
from screening.tables.base import Bare


class AuditFacts(Bare):
    """What one event says. `body` is the canonical JSON that is committed to; the columns repeat it for queries."""

    event_id: UUID
    at: datetime
    organisation_id: UUID | None = None
    action: str = Field(max_length=64)
    subject_id: str | None = Field(default=None, max_length=100)
    body: str


class AuditStaging(AuditFacts, table=True):
    """Events of committed business that have no number yet; written in the business transaction itself."""

    __tablename__ = "audit_staging"

    position: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))


class AuditEvent(AuditFacts, table=True):
    """A numbered event with the salt of its commitment."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_subject", "subject_id"),
        Index("ix_audit_event_organisation", "organisation_id", "at"),
    )

    event_id: UUID = Field(primary_key=True)
    salt: bytes


class AuditLeaf(Bare, table=True):
    """Leaf `number` (1, 2, 3, ... without gaps): a salted commitment, chained to the leaf before it by hash."""

    __tablename__ = "audit_leaf"

    number: int = Field(sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    event_id: UUID = Field(unique=True)
    commitment: str = Field(max_length=64)
    previous: str = Field(max_length=64)
    hash: str = Field(max_length=64)


class AuditCheckpoint(Bare, table=True):
    """The service's signature over the log's size and last hash at a moment."""

    __tablename__ = "audit_checkpoint"

    size: int = Field(sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    hash: str = Field(max_length=64)
    at: datetime = Field(default_factory=utc_now)
    key_id: str = Field(max_length=64)
    signature: str = Field(max_length=120)
