"""The first policy, so that a fresh service decides; later versions are added beside it.

Revision 0003, after 0002, 2026-11-21.
"""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Frozen here on purpose: what was in force then must not change with the code.
RULES = {
    "bands": {"low": "release", "elevated": "hold", "high": "hold", "unscored": "hold"},
    "stops": {
        "notification_objected": "refuse",
        "licence_invalid": "hold",
        "licence_missing": "hold",
        "declaration_missing": "hold",
        "declaration_ended": "hold",
        "authorisation_missing": "hold",
        "authorisation_ended": "hold",
        "authorisation_overdrawn": "hold",
        "notification_missing": "hold",
        "notification_unsettled": "hold",
        "goods_unidentified": "hold",
    },
    "refer_bands": ["high"],
    "refer_stops": ["notification_objected", "authorisation_overdrawn"],
}
SOURCE = "Shipped default; dispositions are the tenant's to set, legal stops are not"


def upgrade() -> None:
    op.execute(
        sa.text(
            "INSERT INTO policy (version, valid_from, rules, source, created_at) "
            "VALUES (1, DATE '2020-01-01', CAST(:rules AS jsonb), :source, now())"
        ).bindparams(rules=json.dumps(RULES), source=SOURCE)
    )


def downgrade() -> None:
    op.execute("DELETE FROM policy WHERE version = 1")
