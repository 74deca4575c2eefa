"""What every table shares: names of constraints, ids, moments, closed vocabularies and JSON columns.

Vocabularies are VARCHAR with a CHECK, never native enums: adding a word is then an ordinary migration.
Table classes do not validate what they are given (SQLModel): validate in a pydantic model first.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from screening.ids import new_id, utc_now

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Bare(SQLModel):
    """Base of the tables that bring their own key. All tables stand on this module: it sets the naming above."""


class Row(Bare):
    """Base of most tables: a time-ordered id and the moment of writing."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    created_at: datetime = Field(default_factory=utc_now)


def one_of(column: str, *words: str) -> CheckConstraint:
    """The CHECK that keeps `column` within `words`; put it into `__table_args__`."""
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def json_column(default: Any = None, *, nullable: bool = False) -> Any:
    """A JSONB column. `default` is `dict` or `list` (a factory) or None for a nullable column."""
    if default is None:
        return Field(default=None, sa_type=JSONB, nullable=nullable)
    return Field(default_factory=default, sa_type=JSONB, nullable=nullable)
