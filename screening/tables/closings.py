"""Reports that their authority has closed, with what it found; two people signed each."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from screening.tables.base import Row, one_of

CONCLUSIONS = ("founded", "unfounded", "undetermined")


class Closing(Row, table=True):
    """The authority's last word on a report; written once, seen by the authority alone. `proposal_id` holds the two
    signatures, and the database lets no row in without them."""

    __tablename__ = "report_closing"
    __table_args__ = (
        one_of("conclusion", *CONCLUSIONS), UniqueConstraint("referral_id"), UniqueConstraint("proposal_id"),
    )  # fmt: skip

    referral_id: UUID = Field(foreign_key="referral.id")
    proposal_id: UUID = Field(foreign_key="proposal.id")
    conclusion: str = Field(max_length=16)
    reason: str = Field(max_length=2000)
    closed_by: UUID = Field(foreign_key="person.id")
