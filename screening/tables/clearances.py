"""Patterns that an officer cleared: orders like it pass for a time, on record."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index
from sqlmodel import Field

from screening.tables.base import Row, json_column


class Clearance(Row, table=True):
    """One cleared pattern: a hash of customer, consignee and goods. Written once; ending it is its one change."""

    __tablename__ = "clearance"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name="ended"),
        Index("ix_clearance_pattern", "organisation_id", "pattern"),
    )

    organisation_id: UUID = Field(foreign_key="organisation.id")
    case_id: UUID = Field(foreign_key="officer_case.id")
    order_version_id: UUID = Field(foreign_key="order_version.id")
    pattern: str = Field(max_length=64)
    limit_micro: int = Field(sa_type=BigInteger)
    reasons: list[str] = json_column(list)
    policy_version: int
    until: date
    reason: str = Field(max_length=2000)
    made_by: UUID | None = Field(default=None, foreign_key="person.id")
    ended_at: datetime | None = None
    ended_by: UUID | None = Field(default=None, foreign_key="person.id")
    end_reason: str | None = Field(default=None, max_length=2000)
