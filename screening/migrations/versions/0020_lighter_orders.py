"""What every order writes, written with less work: an assessment stays whole in its row, and a decision that stands on
no proposal is no entry of the index of proposals.

Revision 0020, 2026-11-23. An assessment of today's 362 features is larger than two kilobytes: by default its
contributions, which nothing compresses, were tried and moved into a table beside, with an index, for every order. Two
assessments fill a page as they are.
"""

from __future__ import annotations

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

NAME = "uq_decision_proposal_id"


def upgrade() -> None:
    op.execute("ALTER TABLE assessment SET (toast_tuple_target = 4000)")
    op.execute("ALTER TABLE assessment ALTER COLUMN contributions SET STORAGE EXTERNAL")
    op.execute(f"ALTER TABLE decision DROP CONSTRAINT {NAME}")
    op.create_index(NAME, "decision", ["proposal_id"], unique=True, postgresql_where="proposal_id IS NOT NULL")


def downgrade() -> None:
    op.drop_index(NAME, "decision")
    op.create_unique_constraint(NAME, "decision", ["proposal_id"])
    op.execute("ALTER TABLE assessment ALTER COLUMN contributions SET STORAGE EXTENDED")
    op.execute("ALTER TABLE assessment RESET (toast_tuple_target)")
