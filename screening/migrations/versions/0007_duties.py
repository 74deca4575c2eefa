"""Lines of orders for sums of duties, ledgers of permits that cannot be overdrawn, pre-export notifications.

Revision 0007, 2026-11-22. Lines of earlier orders are written when the service starts (`screening.duties.store`).
A permit's `drawn_micro` is moved by the trigger on its draws and by nothing else; the CHECK refuses an overdraft,
whoever writes and however many at once: the row is locked by the first.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

STATES = "'drafted', 'sent', 'acknowledged', 'more_time', 'no_objection', 'objected', 'expired', 'withdrawn'"
FOLLOW = """
    CREATE FUNCTION tamga_permit_follows() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        before numeric := 0;
        after numeric := 0;
    BEGIN
        IF TG_OP <> 'INSERT' AND OLD.released_at IS NULL THEN before := OLD.amount_micro; END IF;
        IF TG_OP <> 'DELETE' AND NEW.released_at IS NULL THEN after := NEW.amount_micro; END IF;
        IF TG_OP = 'UPDATE' AND NEW.permit_id <> OLD.permit_id THEN
            RAISE EXCEPTION 'a draw stays with its permit' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF before <> after THEN
            UPDATE permit SET drawn_micro = drawn_micro + after - before
            WHERE id = CASE WHEN TG_OP = 'DELETE' THEN OLD.permit_id ELSE NEW.permit_id END;
        END IF;
        RETURN NULL;
    END $$
"""
GUARD = """
    CREATE FUNCTION tamga_permit_guard() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF pg_trigger_depth() = 1 AND (TG_OP = 'INSERT' AND NEW.drawn_micro <> 0
                                       OR TG_OP = 'UPDATE' AND NEW.drawn_micro <> OLD.drawn_micro) THEN
            RAISE EXCEPTION 'a permit is drawn by its draws only' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
"""


def upgrade() -> None:
    _supply_line()
    _permits()
    _notifications()


def _supply_line() -> None:
    op.create_table(
        "supply_line",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("substance_id", sa.String(length=64), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dimension", sa.String(length=16), nullable=False),
        sa.Column("kilograms_micro", sa.Numeric(24, 0), nullable=True),
        sa.Column("litres_micro", sa.Numeric(24, 0), nullable=True),
        sa.Column("concentration_pct", sa.Numeric(9, 6), nullable=True),
        sa.Column("form", sa.String(length=16), nullable=True),
        sa.Column("salt", sa.Boolean(), nullable=False),
        sa.Column("exporter", sa.String(length=2), nullable=True),
        sa.Column("importer", sa.String(length=2), nullable=True),
        sa.Column("site", sa.String(length=64), nullable=True),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("ties", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.CheckConstraint("dimension IN ('mass', 'volume', 'pieces')", name=op.f("ck_supply_line_dimension")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_supply_line_order_id_orders")),
        sa.PrimaryKeyConstraint("order_id", "position", name=op.f("pk_supply_line")),
    )
    op.create_index("ix_supply_line_counted", "supply_line", ["organisation_id", "substance_id", "counted_at"])


def _permits() -> None:
    op.create_table(
        "permit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("number_key", sa.String(length=64), nullable=False),
        sa.Column("authority", sa.String(length=200), nullable=True),
        sa.Column("substance_id", sa.String(length=64), nullable=False),
        sa.Column("dimension", sa.String(length=16), nullable=False),
        sa.Column("granted_micro", sa.Numeric(24, 0), nullable=False),
        sa.Column("drawn_micro", sa.Numeric(24, 0), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("kind IN ('licence', 'import', 'export', 'transit')", name=op.f("ck_permit_kind")),
        sa.CheckConstraint("dimension IN ('mass', 'volume')", name=op.f("ck_permit_dimension")),
        sa.CheckConstraint("granted_micro > 0", name=op.f("ck_permit_granted")),
        sa.CheckConstraint("drawn_micro BETWEEN 0 AND granted_micro", name=op.f("ck_permit_within_grant")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_permit_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_permit")),
        sa.UniqueConstraint(
            "organisation_id", "kind", "number_key", "substance_id",
            name=op.f("uq_permit_organisation_id_kind_number_key_substance_id"),
        ),
    )  # fmt: skip
    op.create_table(
        "permit_draw",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("permit_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("amount_micro", sa.Numeric(24, 0), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_micro > 0", name=op.f("ck_permit_draw_amount")),
        sa.ForeignKeyConstraint(["permit_id"], ["permit.id"], name=op.f("fk_permit_draw_permit_id_permit")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_permit_draw_order_id_orders")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_permit_draw")),
    )
    op.create_index(
        "uq_permit_draw_open", "permit_draw", ["permit_id", "order_id", "position"], unique=True,
        postgresql_where=sa.text("released_at IS NULL"),
    )  # fmt: skip
    op.create_index("ix_permit_draw_order", "permit_draw", ["order_id"])
    op.execute(FOLLOW)
    op.execute(GUARD)
    op.execute(
        "CREATE TRIGGER permit_follows AFTER INSERT OR UPDATE OR DELETE ON permit_draw "
        "FOR EACH ROW EXECUTE FUNCTION tamga_permit_follows()"
    )
    op.execute(
        "CREATE TRIGGER permit_guard BEFORE INSERT OR UPDATE ON permit "
        "FOR EACH ROW EXECUTE FUNCTION tamga_permit_guard()"
    )


def _notifications() -> None:
    op.create_table(
        "notification",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("deadline", sa.Date(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_notification_state")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_notification_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_notification_order_id_orders")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification")),
        sa.UniqueConstraint("order_id", name=op.f("uq_notification_order_id")),
    )
    op.create_table(
        "notification_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("notification_id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("state_after", sa.String(length=16), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.String(length=2000), nullable=True),
        sa.CheckConstraint(f"state_after IN ({STATES})", name=op.f("ck_notification_event_state_after")),
        sa.ForeignKeyConstraint(
            ["notification_id"], ["notification.id"],
            name=op.f("fk_notification_event_notification_id_notification"),
        ),
        sa.ForeignKeyConstraint(["actor_id"], ["person.id"], name=op.f("fk_notification_event_actor_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification_event")),
    )  # fmt: skip
    op.create_index(op.f("ix_notification_event_notification_id"), "notification_event", ["notification_id"])


def downgrade() -> None:
    op.drop_table("notification_event")
    op.drop_table("notification")
    op.drop_table("permit_draw")
    op.drop_table("permit")
    op.execute("DROP FUNCTION tamga_permit_follows()")
    op.execute("DROP FUNCTION tamga_permit_guard()")
    op.drop_table("supply_line")
