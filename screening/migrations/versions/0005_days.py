"""Days that are closed, and the ties between customers; states of parties in their new shape.

Revision 0005, after 0004, 2026-11-21. States of the earlier shape say less than the features ask for, so they are
dropped: they are built again from orders and labels when the service starts (`screening.rebuild`).
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("TRUNCATE party_state")
    op.create_table(
        "day_book",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_day_book")),
    )
    op.create_table(
        "tie_node",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("node", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "node", name=op.f("pk_tie_node")),
    )
    op.create_index("ix_tie_node_root", "tie_node", ["organisation_id", "root"])
    op.create_table(
        "tie_component",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("root", sa.BigInteger(), nullable=False),
        sa.Column("customers", sa.BigInteger(), nullable=False),
        sa.Column("orders", sa.BigInteger(), nullable=False),
        sa.Column("confirmed", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "root", name=op.f("pk_tie_component")),
    )


def downgrade() -> None:
    op.drop_table("tie_component")
    op.drop_table("tie_node")
    op.drop_table("day_book")
    op.execute("TRUNCATE party_state")
