"""What one authority shares of a report with another that the order concerns, and what that one says of it.

Both only grow; neither belongs to anything a company reads.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from screening.tables.base import Row, one_of

CONCERNED = ("exporting", "importing", "transit")
OPINIONS = ("no_objection", "objection", "not_known")
ANSWERS = ("received", *OPINIONS)


class ReferralShare(Row, table=True):
    """An extract of a report, frozen when `shared_by` gave it to `shared_with`; once per report and authority."""

    __tablename__ = "referral_share"
    __table_args__ = (
        one_of("role", *CONCERNED),
        CheckConstraint("shared_by <> shared_with", name="another"),
        UniqueConstraint("referral_id", "shared_with"),
    )

    referral_id: UUID = Field(foreign_key="referral.id")
    shared_by: str = Field(max_length=64)
    shared_with: str = Field(max_length=64, index=True)
    role: str = Field(max_length=16)
    sharer_id: UUID | None = Field(default=None, foreign_key="person.id")
    extract: str
    extract_sha256: str = Field(max_length=64)


class ShareAnswer(Row, table=True):
    """A word of the receiving authority: that it has the extract, once, or an opinion, of which the latest stands."""

    __tablename__ = "share_answer"
    __table_args__ = (
        one_of("kind", *ANSWERS),
        Index("uq_share_answer_received", "share_id", unique=True, postgresql_where=text("kind = 'received'")),
    )

    share_id: UUID = Field(foreign_key="referral_share.id", index=True)
    kind: str = Field(max_length=16)
    text: str | None = Field(default=None, max_length=2000)
    said_by: UUID | None = Field(default=None, foreign_key="person.id")
