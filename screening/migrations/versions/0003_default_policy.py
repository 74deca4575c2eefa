"""The first policy in force: what bands and legal stops lead to until a tenant decides otherwise.

Revision 0003, after 0002, 2026-11-21. Written out here: a migration says what it said, whatever the code says later.
"""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

HELD = (
    "licence_invalid", "licence_missing", "declaration_missing", "declaration_ended", "authorisation_missing",
    "authorisation_ended", "authorisation_overdrawn", "notification_missing", "notification_unsettled",
    "goods_unidentified",
)  # fmt: skip
RULES = {
    "bands": {"low": "release", "elevated": "hold", "high": "hold", "unscored": "hold"},
    "stops": {"notification_objected": "refuse"} | dict.fromkeys(HELD, "hold"),
    "refer_bands": ["high"],
    "refer_stops": ["notification_objected", "authorisation_overdrawn"],
}


def upgrade() -> None:
    op.execute(
        sa.text(
            "INSERT INTO policy (version, valid_from, rules, source, created_at) "
            "VALUES (1, '2020-01-01', CAST(:rules AS jsonb), :source, now())"
        ).bindparams(
            rules=json.dumps(RULES),
            source="Shipped default; dispositions are the tenant's to set, legal stops are not",
        )
    )


def downgrade() -> None:
    op.execute("DELETE FROM policy WHERE version = 1")
