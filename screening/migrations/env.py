"""Runs the migrations on the connection that `screening.database` hands over."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

import screening.tables  # noqa: F401 - registers every table with the metadata


def render(kind: str, thing: Any, context: AutogenContext) -> str | Literal[False]:
    """Write SQLModel's own types as what they are in PostgreSQL, so that a revision needs SQLAlchemy only."""
    if kind != "type":
        return False
    if isinstance(thing, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(thing, AutoString):
        length = getattr(thing.impl, "length", None)
        return f"sa.String(length={length})" if length else "sa.String()"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_item=render,
    compare_type=True,
    compare_server_default=True,
)
context.run_migrations()
