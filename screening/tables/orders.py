"""Orders and their versions, what was known and decided about each, the state of their parties, and outcomes.

A version is written once with its assessment and its first decision in the same transaction, and never changed.
Only the order itself refers to the company by a foreign key: each such key locks the company's row for every order of
it, and the other rows hang on the order.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Index,
    LargeBinary,
    Numeric,
    Sequence,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field

from screening.ids import utc_now
from screening.life import ORDER_STATES
from screening.tables.base import Bare, Row, json_column, one_of

DISPOSITIONS = ("release", "hold", "refuse")
BANDS = ("low", "elevated", "high", "unscored")
STATE_MEANS = (
    "(state NOT IN ('cleared', 'released', 'loss_reported') OR disposition = 'release') "
    "AND (state <> 'refused' OR disposition = 'refuse') "
    "AND (disposition <> 'release' OR state IN ('cleared', 'released', 'loss_reported', 'closed'))"
)
LABEL_KINDS = ("case", "officer", "authority", "incident")
ARRIVAL = Sequence("order_arrival", metadata=Bare.metadata)


class Order(Row, table=True):
    """One order of one company, known by the company's own reference. `state` is of `screening.life`."""

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("organisation_id", "reference"),
        one_of("disposition", *DISPOSITIONS),
        one_of("state", *ORDER_STATES),
        CheckConstraint(STATE_MEANS, name="state_means"),
        Index("ix_orders_recent", "organisation_id", "created_at"),
    )

    organisation_id: UUID = Field(foreign_key="organisation.id")
    reference: str = Field(max_length=64)
    version_id: UUID
    version: int = 1
    disposition: str = Field(max_length=16)
    documents_needed: list[str] = json_column(list)
    state: str = Field(max_length=32)


class OrderVersion(Row, table=True):
    """The order as submitted, canonical JSON, with the moment and number that place it in history."""

    __tablename__ = "order_version"
    __table_args__ = (
        UniqueConstraint("order_id", "number"),
        Index("ix_order_version_history", "organisation_id", "received_at", "sequence"),
        Index("ix_order_version_content", "organisation_id", "content_sha256"),
    )

    organisation_id: UUID
    order_id: UUID = Field(foreign_key="orders.id")
    number: int
    received_at: datetime
    sequence: int = Field(sa_type=BigInteger, unique=True)
    source: str = Field(default="api", max_length=16)
    submitted_by: UUID | None = None
    body: str = Field(sa_type=Text)
    body_sha256: str = Field(max_length=64)
    content_sha256: str = Field(max_length=64)
    customer_name: str | None = Field(default=None, max_length=200)
    goods: str = Field(max_length=200)
    kilograms: Any = Field(default=None, sa_type=Numeric(20, 6), nullable=True)
    destination: str | None = Field(default=None, max_length=2)
    twin_of: UUID | None = None


class Assessment(Bare, table=True):
    """What the model said of one version, kept so that it can be said again to the bit.

    `vector` and `contributions` are little-endian float32; the last contribution is the base. `facts` are the
    figures that its sentences quote. Without a score `band` is `unscored` and `failure` says why.
    """

    __tablename__ = "assessment"
    __table_args__ = (one_of("band", *BANDS),)

    order_version_id: UUID = Field(primary_key=True, foreign_key="order_version.id")
    organisation_id: UUID
    model_version: str | None = Field(default=None, max_length=64)
    catalogue: str = Field(max_length=64)
    vector: bytes = Field(sa_type=LargeBinary)
    contributions: bytes | None = Field(default=None, sa_type=LargeBinary, nullable=True)
    margin: float | None = None
    probability: float | None = None
    band: str = Field(max_length=16)
    failure: str | None = Field(default=None, max_length=64)
    explanation: dict[str, Any] = json_column(dict)
    facts: dict[str, Any] = json_column(dict)


class Decision(Row, table=True):
    """One decision on one version: number 1 is the policy's, later ones are people's or an authority's.

    `clearance_id`: the cleared pattern that let the order pass.
    """

    __tablename__ = "decision"
    __table_args__ = (
        UniqueConstraint("order_version_id", "number"),
        one_of("disposition", *DISPOSITIONS),
        one_of("maker", "policy", "person", "authority"),
        Index("uq_decision_proposal_id", "proposal_id", unique=True, postgresql_where=text("proposal_id IS NOT NULL")),
        Index("ix_decision_clearance", "clearance_id", postgresql_where=text("clearance_id IS NOT NULL")),
        Index("ix_decision_people", "created_at", postgresql_where=text("maker <> 'policy'")),
    )

    organisation_id: UUID
    order_version_id: UUID = Field(foreign_key="order_version.id")
    number: int = 1
    disposition: str = Field(max_length=16)
    maker: str = Field(default="policy", max_length=16)
    policy_version: int
    stops: list[dict[str, Any]] = json_column(list)
    reasons: list[str] = json_column(list)
    refer: bool = False
    decided_by: UUID | None = Field(default=None, foreign_key="person.id")
    reason: str | None = Field(default=None, max_length=2000)
    proposal_id: UUID | None = Field(default=None, foreign_key="proposal.id")
    clearance_id: UUID | None = Field(default=None, foreign_key="clearance.id")


class Policy(Bare, table=True):
    """One dated version of what bands and legal stops lead to. Versions are added, never changed."""

    __tablename__ = "policy"

    version: int = Field(primary_key=True)
    valid_from: date
    valid_to: date | None = None
    rules: dict[str, Any] = json_column(dict)
    source: str = Field(max_length=200)
    created_at: datetime = Field(default_factory=utc_now)
    created_by: UUID | None = None
    proposal_id: UUID | None = Field(default=None, foreign_key="proposal.id", unique=True)


class PartyState(Bare, table=True):
    """History of one key of one company: int64 little-endian, of `features.history`. `key` is a 128-bit hash."""

    __tablename__ = "party_state"

    organisation_id: UUID = Field(primary_key=True)
    key: UUID = Field(primary_key=True)
    state: bytes = Field(sa_type=LargeBinary)


class DayBook(Bare, table=True):
    """The last UTC day, counted from 1970, whose events the company's hubs and components know."""

    __tablename__ = "day_book"

    organisation_id: UUID = Field(primary_key=True)
    day: int


class TieNode(Bare, table=True):
    """The component of ties that a customer, a telephone, an address and so on belongs to. Keys are 64-bit hashes."""

    __tablename__ = "tie_node"
    __table_args__ = (Index("ix_tie_node_root", "organisation_id", "root"),)

    organisation_id: UUID = Field(primary_key=True)
    node: int = Field(primary_key=True, sa_type=BigInteger)
    root: int = Field(sa_type=BigInteger)


class TieComponent(Bare, table=True):
    """How many customers, orders and confirmed cases a component of ties holds."""

    __tablename__ = "tie_component"

    organisation_id: UUID = Field(primary_key=True)
    root: int = Field(primary_key=True, sa_type=BigInteger)
    customers: int = Field(sa_type=BigInteger)
    orders: int = Field(sa_type=BigInteger)
    confirmed: int = Field(sa_type=BigInteger)


class Label(Row, table=True):
    """What became of an order, as somebody judged it; it counts from `known_at`, the service's own clock.

    `rank` is that of its `kind` when it came; one that a higher rank had already spoken against does not count. The
    same `evidence_id` (a decision, an instruction, an incident) labels an order once.
    """

    __tablename__ = "label"
    __table_args__ = (
        one_of("outcome", "diverted", "attempted", "legitimate", "loss_or_theft", "unknown"),
        one_of("kind", *LABEL_KINDS),
        UniqueConstraint("order_id", "evidence_id", name="uq_label_evidence"),
        Index("ix_label_order", "organisation_id", "order_id", "known_at"),
    )

    organisation_id: UUID = Field(foreign_key="organisation.id")
    order_id: UUID = Field(foreign_key="orders.id")
    order_version_id: UUID = Field(foreign_key="order_version.id")
    outcome: str = Field(max_length=16)
    known_at: datetime
    source: str = Field(max_length=64)
    kind: str = Field(default="officer", max_length=16)
    rank: int = Field(default=2, sa_type=SmallInteger)
    counts: bool = True
    evidence_id: UUID | None = None
    author_id: UUID | None = Field(default=None, foreign_key="person.id")
    note: str | None = Field(default=None, max_length=2000)


class IdempotencyKey(Bare, table=True):
    """A caller's key and the answer it got, kept 72 hours; the same key with another body is refused."""

    __tablename__ = "idempotency_key"

    organisation_id: UUID = Field(primary_key=True)
    key: str = Field(primary_key=True, max_length=128)
    body_sha256: str = Field(max_length=64)
    status: int
    answer: str = Field(sa_type=Text)
    created_at: datetime = Field(default_factory=utc_now, index=True)


class BulkJob(Row, table=True):
    """One uploaded file of orders; its rows are worked on in chunks and can be resumed at any row."""

    __tablename__ = "bulk_job"
    __table_args__ = (one_of("state", "pending", "running", "done"),)

    organisation_id: UUID = Field(foreign_key="organisation.id", index=True)
    filename: str = Field(max_length=200)
    format: str = Field(max_length=16)
    sha256: str = Field(max_length=64)
    state: str = Field(default="pending", max_length=16)
    rows: int = 0
    submitted_by: UUID | None = None
    finished_at: datetime | None = None


class BulkRow(Bare, table=True):
    """One line of an uploaded file and its answer: the order it became, or every fault with its remedy."""

    __tablename__ = "bulk_row"
    __table_args__ = (
        one_of("state", "pending", "accepted", "amended", "repeated", "refused"),
        Index("ix_bulk_row_pending", "job_id", "line", postgresql_where=text("state = 'pending'")),
    )

    job_id: UUID = Field(primary_key=True, foreign_key="bulk_job.id")
    line: int = Field(primary_key=True)
    raw: str = Field(sa_type=Text)
    state: str = Field(default="pending", max_length=16)
    order_id: UUID | None = None
    disposition: str | None = Field(default=None, max_length=16)
    problems: list[dict[str, Any]] = json_column(list)
