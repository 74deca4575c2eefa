"""What people's desks hold: the case that somebody has open, and views of the queue that they named."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from screening.ids import utc_now
from screening.tables.base import Bare, Row


class Presence(Bare, table=True):
    """The case that a person opened last, and when."""

    __tablename__ = "presence"
    __table_args__ = (Index("ix_presence_case", "case_id"),)

    person_id: UUID = Field(primary_key=True, foreign_key="person.id")
    organisation_id: UUID = Field(foreign_key="organisation.id")
    case_id: UUID = Field(foreign_key="officer_case.id")
    seen_at: datetime = Field(default_factory=utc_now)


class SavedView(Row, table=True):
    """A person's own name for a filter of the queue; `query` is the address after the question mark."""

    __tablename__ = "saved_view"
    __table_args__ = (Index("ix_saved_view_person", "person_id"),)

    organisation_id: UUID = Field(foreign_key="organisation.id")
    person_id: UUID = Field(foreign_key="person.id")
    name: str = Field(max_length=60)
    query: str = Field(max_length=500)
