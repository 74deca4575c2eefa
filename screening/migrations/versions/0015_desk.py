"""Who has which case open, and named views of the queue.

Revision 0015, 2026-11-22. Rows are of the person's own organisation; nothing of them is evidence.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from screening.migrations import policies

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "presence",
        sa.Column("person_id", sa.Uuid(), sa.ForeignKey("person.id", name="fk_presence_person_id_person")),
        sa.Column(
            "organisation_id", sa.Uuid(), sa.ForeignKey("organisation.id", name="fk_presence_organisation_id_organisation"),
            nullable=False,
        ),
        sa.Column(
            "case_id", sa.Uuid(), sa.ForeignKey("officer_case.id", name="fk_presence_case_id_officer_case"), nullable=False
        ),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name="pk_presence"),
    )  # fmt: skip
    op.create_index("ix_presence_case", "presence", ["case_id"])
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "organisation_id", sa.Uuid(),
            sa.ForeignKey("organisation.id", name="fk_saved_view_organisation_id_organisation"), nullable=False,
        ),
        sa.Column(
            "person_id", sa.Uuid(), sa.ForeignKey("person.id", name="fk_saved_view_person_id_person"), nullable=False
        ),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("query", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_saved_view"),
    )  # fmt: skip
    op.create_index("ix_saved_view_person", "saved_view", ["person_id"])
    for table in ("presence", "saved_view"):
        policies.own(table)


def downgrade() -> None:
    op.drop_table("saved_view")
    op.drop_table("presence")
