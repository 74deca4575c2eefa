"""What an organisation's own exports are checked against."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Index, Text
from sqlmodel import Field

from screening.tables.base import Row, json_column


class GoamlSchema(Row, table=True):
    """One version of an organisation's goAML schema and code table; the newest counts, earlier ones stay."""

    __tablename__ = "goaml_schema"
    __table_args__ = (Index("ix_goaml_schema_newest", "organisation_id", "created_at"),)

    organisation_id: UUID = Field(foreign_key="organisation.id")
    name: str = Field(max_length=200)
    xsd: str = Field(sa_type=Text)
    sha256: str = Field(max_length=64)
    codes: dict[str, Any] = json_column(dict)
    loaded_by: UUID | None = Field(default=None, foreign_key="person.id")
