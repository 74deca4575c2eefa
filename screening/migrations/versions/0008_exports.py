"""goAML schemas with their code tables, as organisations load them.

Revision 0008, 2026-11-22.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "goaml_schema",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("xsd", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("codes", postgresql.JSONB(), nullable=False),
        sa.Column("loaded_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_goaml_schema_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["loaded_by"], ["person.id"], name=op.f("fk_goaml_schema_loaded_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goaml_schema")),
    )
    op.create_index("ix_goaml_schema_newest", "goaml_schema", ["organisation_id", "created_at"])


def downgrade() -> None:
    op.drop_table("goaml_schema")
