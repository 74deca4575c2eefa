"""Several authorities for one order: extracts of reports that authorities share, and what the receivers say.

Revision 0016, 2026-11-22. Read by the sharing and the receiving authority, never by a company; both tables only grow.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from screening.migrations import policies
from screening.migrations.policies import AUTHORITY, SERVICE

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TABLES = ("referral_share", "share_answer")


def _to(table: str, column: str, target: str, *, nullable: bool = False) -> sa.Column[Any]:
    foreign = sa.ForeignKey(f"{target}.id", name=f"fk_{table}_{column}_{target}")
    return sa.Column(column, sa.Uuid(), foreign, nullable=nullable)


def _text(name: str, length: int, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length=length), nullable=nullable)


def _row(table: str, *columns: sa.Column[Any] | sa.Constraint) -> None:
    moment = sa.Column("created_at", sa.DateTime(timezone=True), nullable=False)
    op.create_table(table, sa.Column("id", sa.Uuid(), primary_key=True), moment, *columns)


def upgrade() -> None:
    _row(
        "referral_share", _to("referral_share", "referral_id", "referral"), _text("shared_by", 64),
        _text("shared_with", 64), _text("role", 16), _to("referral_share", "sharer_id", "person", nullable=True),
        sa.Column("extract", sa.String(), nullable=False), _text("extract_sha256", 64),
        sa.CheckConstraint("role IN ('exporting', 'importing', 'transit')", name=op.f("ck_referral_share_role")),
        sa.CheckConstraint("shared_by <> shared_with", name=op.f("ck_referral_share_another")),
        sa.UniqueConstraint("referral_id", "shared_with", name=op.f("uq_referral_share_referral_id_shared_with")),
    )  # fmt: skip
    op.create_index("ix_referral_share_shared_with", "referral_share", ["shared_with"])
    _row(
        "share_answer", _to("share_answer", "share_id", "referral_share"), _text("kind", 16),
        _text("text", 2000, nullable=True), _to("share_answer", "said_by", "person", nullable=True),
        sa.CheckConstraint(
            "kind IN ('received', 'no_objection', 'objection', 'not_known')", name=op.f("ck_share_answer_kind")
        ),
    )  # fmt: skip
    op.create_index("ix_share_answer_share_id", "share_answer", ["share_id"])
    op.create_index(
        "uq_share_answer_received", "share_answer", ["share_id"], unique=True,
        postgresql_where=sa.text("kind = 'received'"),
    )  # fmt: skip
    _guard()


def _guard() -> None:
    """Only who has the report shares it, only who was given it answers, and nobody takes a word back."""
    both = f"shared_by = {AUTHORITY} OR shared_with = {AUTHORITY}"
    addressed = (
        "EXISTS (SELECT FROM referral r WHERE r.id = referral_share.referral_id "
        f"AND r.authority_code = {AUTHORITY} AND r.authority_code = referral_share.shared_by)"
    )
    given = "EXISTS (SELECT FROM referral_share s WHERE s.id = share_answer.share_id"
    policies.force("referral_share")
    policies.policy("referral_share", "read", "SELECT", using=f"{SERVICE} OR {both}")
    policies.policy("referral_share", "share", "INSERT", check=f"{SERVICE} OR {addressed}")
    policies.force("share_answer")
    policies.policy("share_answer", "read", "SELECT", using=f"{SERVICE} OR {given})")
    policies.policy("share_answer", "answer", "INSERT", check=f"{SERVICE} OR {given} AND s.shared_with = {AUTHORITY})")
    for table in TABLES:
        for name, when in (("only_grows", "UPDATE OR DELETE"), ("only_grows_whole", "TRUNCATE")):
            each = "ROW" if name == "only_grows" else "STATEMENT"
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {when} ON {table} FOR EACH {each} EXECUTE FUNCTION tamga_append_only()"
            )


def downgrade() -> None:
    if op.get_bind().execute(sa.text("SELECT EXISTS (SELECT FROM referral_share)")).scalar():
        raise RuntimeError("there are shares that the earlier schema cannot hold")
    for table in reversed(TABLES):
        op.drop_table(table)
