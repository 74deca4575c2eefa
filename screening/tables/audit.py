"""The audit log: staged events, numbered leaves in a Merkle tree per organisation, and signed checkpoints over all.

All but the staging and the holds only ever grow: triggers refuse UPDATE, DELETE and TRUNCATE. The one exception is an
event that a numbered erasure record names: `tamga_erase_events` empties it, and its leaf stays.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, Identity, Index, UniqueConstraint
from sqlmodel import Field

from screening.tables.base import Bare, Row, one_of


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
    """A numbered event with the salt of its commitment. Both body and salt are empty once it is erased."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_subject", "subject_id"),
        Index("ix_audit_event_organisation", "organisation_id", "at"),
    )

    event_id: UUID = Field(primary_key=True)
    salt: bytes


class AuditLeaf(Bare, table=True):
    """Leaf `number` (1, 2, 3, ... without gaps) of the log, and its `position` (from 0) in its organisation's tree.

    `tree_id` is the organisation, or the nil id for events that belong to none.
    """

    __tablename__ = "audit_leaf"
    __table_args__ = (UniqueConstraint("tree_id", "position"),)

    number: int = Field(sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    event_id: UUID = Field(unique=True)
    commitment: str = Field(max_length=64)
    tree_id: UUID
    position: int = Field(sa_type=BigInteger)


class AuditNode(Bare, table=True):
    """A complete subtree of 2^level leaves (level 1 and up), the `position`-th of its level in its tree."""

    __tablename__ = "audit_node"

    tree_id: UUID = Field(primary_key=True)
    level: int = Field(primary_key=True)
    position: int = Field(sa_type=BigInteger, primary_key=True)
    hash: bytes


class AuditRoot(Bare, table=True):
    """Leaf `position` (from 0) of the main tree: an organisation's tree as it stood at a checkpoint."""

    __tablename__ = "audit_root"
    __table_args__ = (UniqueConstraint("tree_id", "size"),)

    position: int = Field(sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    tree_id: UUID
    size: int = Field(sa_type=BigInteger)
    root: str = Field(max_length=64)


class AuditCheckpoint(Bare, table=True):
    """The service's signature over the main tree's size and root. `leaves` is how many leaves of the log it covers."""

    __tablename__ = "audit_checkpoint"

    number: int = Field(sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    size: int = Field(sa_type=BigInteger)
    leaves: int = Field(sa_type=BigInteger)
    statement: str
    key_id: str = Field(max_length=64)
    signature: str = Field(max_length=120)


class AuditCosignature(Bare, table=True):
    """A witness's signature: it has seen this checkpoint, and it continues the one before."""

    __tablename__ = "audit_cosignature"

    number: int = Field(foreign_key="audit_checkpoint.number", sa_type=BigInteger, primary_key=True)
    key_id: str = Field(max_length=64, primary_key=True)
    statement: str
    signature: str = Field(max_length=120)


class AuditKey(Bare, table=True):
    """A public key (base64 of its 32 bytes) that signed checkpoints, as the service or as a witness."""

    __tablename__ = "audit_key"
    __table_args__ = (one_of("role", "service", "witness"),)

    key_id: str = Field(max_length=64, primary_key=True)
    role: str = Field(max_length=16, primary_key=True)
    public_key: str = Field(max_length=64)


class AuditChainCheckpoint(Bare, table=True):
    """A checkpoint from before the tree: the signature over the hash chain's size and last hash. Kept as a record."""

    __tablename__ = "audit_chain_checkpoint"

    size: int = Field(sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    hash: str = Field(max_length=64)
    at: datetime
    key_id: str = Field(max_length=64)
    signature: str = Field(max_length=120)


class AuditHold(Row, table=True):
    """A legal hold on the events about one subject, or on all of an organisation's where `subject_id` is None."""

    __tablename__ = "audit_hold"
    __table_args__ = (Index("ix_audit_hold_organisation", "organisation_id"),)

    organisation_id: UUID = Field(foreign_key="organisation.id")
    subject_id: str | None = Field(default=None, max_length=100)
    reason: str = Field(max_length=500)
    lifted_at: datetime | None = None
