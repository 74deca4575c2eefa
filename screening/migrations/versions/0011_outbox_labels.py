"""The outbox counts how often a dead letter was sent again; labels know their rank, their ground and whether they count.

Revision 0011, 2026-11-22.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

KINDS = "'case', 'officer', 'authority', 'incident'"
# What people said before ranks were an officer's word, and all of it counted when it came.
RANKED = "UPDATE label SET rank = 2, kind = 'officer', counts = true"


def upgrade() -> None:
    op.add_column("outbox", sa.Column("resent", sa.Integer(), nullable=False, server_default="0"))
    op.alter_column("outbox", "resent", server_default=None)
    op.create_index("ix_outbox_dead", "outbox", ["id"], postgresql_where=sa.text("state = 'dead'"))
    op.add_column("label", sa.Column("rank", sa.SmallInteger(), nullable=True))
    op.add_column("label", sa.Column("kind", sa.String(length=16), nullable=True))
    op.add_column("label", sa.Column("counts", sa.Boolean(), nullable=True))
    op.add_column("label", sa.Column("evidence_id", sa.Uuid(), nullable=True))
    op.execute(RANKED)
    for column in ("rank", "kind", "counts"):
        op.alter_column("label", column, nullable=False)
    op.create_check_constraint(op.f("ck_label_kind"), "label", f"kind IN ({KINDS})")
    op.create_unique_constraint("uq_label_evidence", "label", ["order_id", "evidence_id"])
    op.create_index("ix_decision_people", "decision", ["created_at"], postgresql_where=sa.text("maker <> 'policy'"))


def downgrade() -> None:
    op.drop_index("ix_decision_people", table_name="decision")
    op.drop_constraint("uq_label_evidence", "label", type_="unique")
    op.drop_constraint(op.f("ck_label_kind"), "label", type_="check")
    for column in ("evidence_id", "counts", "kind", "rank"):
        op.drop_column("label", column)
    op.drop_index("ix_outbox_dead", table_name="outbox")
    op.drop_column("outbox", "resent")
