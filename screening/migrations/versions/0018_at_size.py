"""What people's pages read of a full database: a case knows what it is ranked by, customers and closed cases are found.

Revision 0018, 2026-11-22. A case that was put aside while it waited may return to waiting. Probability, band and mass of a case are copies for ranking, kept by triggers from the
assessment that stands for its version; nothing decides by them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

COPIES = ("probability", "band", "kilograms")
STANDING = """
    CREATE FUNCTION tamga_case_standing() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        SELECT coalesce(r.probability, a.probability), coalesce(r.band, a.band), v.kilograms
        INTO NEW.probability, NEW.band, NEW.kilograms
        FROM order_version v JOIN assessment a ON a.order_version_id = v.id
        LEFT JOIN LATERAL (SELECT probability, band FROM reassessment WHERE order_version_id = v.id
            ORDER BY created_at DESC, id DESC LIMIT 1) r ON true
        WHERE v.id = NEW.order_version_id;
        RETURN NEW;
    END $$
"""
AGAIN = """
    CREATE FUNCTION tamga_case_reassessed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE officer_case SET order_version_id = order_version_id WHERE order_version_id = NEW.order_version_id;
        RETURN NULL;
    END $$
"""


def upgrade() -> None:
    op.create_index("ix_supply_line_party", "supply_line", ["organisation_id", "party", "counted_at"])
    op.create_index("ix_officer_case_version", "officer_case", ["order_version_id"])
    op.create_index("ix_officer_case_newest", "officer_case", ["organisation_id", "created_at"])
    op.create_index(
        "ix_officer_case_closed", "officer_case", ["organisation_id", "closed_at"],
        postgresql_where=sa.text("closed_at IS NOT NULL"),
    )  # fmt: skip
    op.add_column("officer_case", sa.Column("probability", sa.Float(), nullable=True))
    op.add_column("officer_case", sa.Column("band", sa.String(length=16), nullable=True))
    op.add_column("officer_case", sa.Column("kilograms", sa.Numeric(20, 6), nullable=True))
    op.execute(STANDING)
    op.execute(AGAIN)
    op.execute(
        "CREATE TRIGGER standing BEFORE INSERT OR UPDATE OF order_version_id ON officer_case "
        "FOR EACH ROW EXECUTE FUNCTION tamga_case_standing()"
    )
    op.execute(
        "CREATE TRIGGER case_standing AFTER INSERT ON reassessment "
        "FOR EACH ROW EXECUTE FUNCTION tamga_case_reassessed()"
    )
    op.execute("UPDATE officer_case SET order_version_id = order_version_id")
    _moves("INSERT INTO life_move VALUES ('case', 'snoozed', 'return', 'waiting')")


def _moves(statement: str) -> None:
    op.execute("ALTER TABLE life_move DISABLE TRIGGER fixed")
    op.execute(statement)
    op.execute("ALTER TABLE life_move ENABLE TRIGGER fixed")


def downgrade() -> None:
    _moves("DELETE FROM life_move WHERE machine = 'case' AND state = 'snoozed' AND action = 'return'")
    op.execute("DROP TRIGGER case_standing ON reassessment")
    op.execute("DROP TRIGGER standing ON officer_case")
    op.execute("DROP FUNCTION tamga_case_reassessed()")
    op.execute("DROP FUNCTION tamga_case_standing()")
    for name in reversed(COPIES):
        op.drop_column("officer_case", name)
    for name in ("closed", "newest", "version"):
        op.drop_index(f"ix_officer_case_{name}", "officer_case")
    op.drop_index("ix_supply_line_party", "supply_line")
