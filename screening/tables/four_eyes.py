"""Proposals that need a second person, the signatures under them, and the officers' own views.

The database itself keeps the rule: triggers of migration 0010 look at each signature, proposal, decision and policy.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field

from screening.tables.base import Row, one_of

PROPOSAL_KINDS = ("release", "policy", "model", "list", "closing")
PROPOSAL_STATES = ("proposed", "approved", "rejected", "withdrawn", "void")
VIEWS = ("release", "hold", "refuse")


class Proposal(Row, table=True):
    """What one person proposes and another approves. `body` is exactly what was shown, canonical JSON in UTF-8.

    `subject_id` is the case of a release, the company of the operator for a policy, a model, the entry of a list, or
    a report. Nothing but the state, and who approved, is ever changed; an edit voids it and asks for a new one.
    """

    __tablename__ = "proposal"
    __table_args__ = (
        one_of("kind", *PROPOSAL_KINDS),
        one_of("state", *PROPOSAL_STATES),
        CheckConstraint("(kind = 'release') = (order_version_id IS NOT NULL)", name="subject"),
        CheckConstraint("body_sha256 = encode(sha256(body), 'hex')", name="hash"),
        CheckConstraint("(state = 'approved') = (approved_by IS NOT NULL)", name="approved"),
        CheckConstraint("approved_by <> proposed_by", name="second_person"),
        Index("uq_proposal_open", "subject_id", unique=True, postgresql_where=text("state = 'proposed'")),
    )

    organisation_id: UUID = Field(foreign_key="organisation.id", index=True)
    kind: str = Field(max_length=16)
    subject_id: UUID
    order_version_id: UUID | None = Field(default=None, foreign_key="order_version.id")
    state: str = Field(default="proposed", max_length=16)
    body: bytes = Field(sa_type=LargeBinary)
    body_sha256: str = Field(max_length=64)
    reason: str = Field(max_length=2000)
    proposed_by: UUID = Field(foreign_key="person.id")
    approved_by: UUID | None = Field(default=None, foreign_key="person.id")


class Signature(Row, table=True):
    """One person's signature: re-authenticated, under one hash, with its meaning in words.

    `proof` is made from the password for this one insert; the database checks it and keeps nothing of it.
    """

    __tablename__ = "signature"
    __table_args__ = (
        one_of("part", "propose", "approve"),
        UniqueConstraint("proposal_id", "part"),
        CheckConstraint("octet_length(proof) = 0", name="no_proof_kept"),
    )

    organisation_id: UUID = Field(foreign_key="organisation.id")
    proposal_id: UUID = Field(foreign_key="proposal.id")
    person_id: UUID = Field(foreign_key="person.id")
    part: str = Field(max_length=16)
    body_sha256: str = Field(max_length=64)
    meaning: str = Field(max_length=2000)
    proof: bytes = Field(sa_type=LargeBinary)


class OwnView(Row, table=True):
    """What an officer thought of an order before the score was shown to them; written once."""

    __tablename__ = "own_view"
    __table_args__ = (one_of("view", *VIEWS), UniqueConstraint("order_version_id", "person_id"))

    organisation_id: UUID = Field(foreign_key="organisation.id")
    case_id: UUID = Field(foreign_key="officer_case.id", index=True)
    order_version_id: UUID = Field(foreign_key="order_version.id")
    person_id: UUID = Field(foreign_key="person.id")
    view: str = Field(max_length=16)
