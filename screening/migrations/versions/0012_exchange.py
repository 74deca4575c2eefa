"""Incidents, operations and their matches, confidential lists, the ledger of refusals.

Revision 0012, 2026-11-22. An authority reads what it filed and what it was given; a company reads none of it but its
own lists. The ledger of refusals is nobody's: it is asked through `tamga_refused_elsewhere`, which answers yes or no.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from screening.migrations import policies
from screening.migrations.policies import AUTHORITY, SERVICE, TENANT

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLES = ("refusal", "list_mark", "list_entry", "confidential_list", "sweep_mark", "watch_match", "operation_member",
          "operation", "incident_source", "incident_share", "incident")  # fmt: skip
ELSEWHERE = """
    CREATE FUNCTION tamga_refused_elsewhere(asking uuid, wanted text[]) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    DECLARE before text := coalesce(current_setting('tamga.service', true), ''); found boolean;
    BEGIN
        IF cardinality(wanted) = 0 THEN RETURN false; END IF;
        PERFORM set_config('tamga.service', 'on', true);
        SELECT EXISTS (SELECT FROM refusal r WHERE r.hash = ANY(wanted) AND r.organisation_id <> asking
            AND r.lifted_at IS NULL AND r.refused_at > now() - interval '2 years') INTO found;
        PERFORM set_config('tamga.service', before, true);
        RETURN found;
    END $$
"""


def _id() -> list[sa.Column[Any]]:
    return [sa.Column("id", sa.Uuid(), primary_key=True), _moment("created_at")]


def _moment(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, length: int) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _json(name: str) -> sa.Column[Any]:
    return sa.Column(name, postgresql.JSONB(), nullable=False)


def _to(name: str, target: str, table: str, *, key: bool = False, nullable: bool = False) -> sa.Column[Any]:
    foreign = sa.ForeignKey(f"{target}.id", name=f"fk_{table}_{name}_{target}")
    return sa.Column(name, sa.Uuid(), foreign, primary_key=key, nullable=nullable)


def upgrade() -> None:
    _incidents()
    _operations()
    _lists()
    _refusals()


def _incidents() -> None:
    op.create_table(
        "incident", *_id(), _to("organisation_id", "organisation", "incident"), _text("authority_code", 64),
        _text("kind", 32), _text("marking", 16), _moment("known_at"), sa.Column("occurred_on", sa.Date(), nullable=False),
        _text("country", 2), _json("substances"), sa.Column("kilograms", sa.Numeric(20, 6)), _json("parties"),
        _json("marks"), sa.Column("summary", sa.Text(), nullable=False), _moment("withdrawn_at", nullable=True),
        sa.CheckConstraint(
            "kind IN ('stopped_shipment', 'seizure', 'theft', 'diversion_attempt', 'laboratory')",
            name=op.f("ck_incident_kind"),
        ),
        sa.CheckConstraint("marking IN ('red', 'amber', 'green')", name=op.f("ck_incident_marking")),
    )  # fmt: skip
    op.create_index("ix_incident_organisation_id", "incident", ["organisation_id"])
    op.create_table(
        "incident_share", _to("incident_id", "incident", "incident_share", key=True),
        sa.Column("authority_code", sa.String(length=64), primary_key=True),
        _to("organisation_id", "organisation", "incident_share"),
    )  # fmt: skip
    op.create_table(
        "incident_source", _to("incident_id", "incident", "incident_source", key=True),
        _to("organisation_id", "organisation", "incident_source"),
        _to("referral_id", "referral", "incident_source", nullable=True),
        _to("filed_by", "person", "incident_source", nullable=True),
    )  # fmt: skip
    policies.own("incident")
    given = (
        f"EXISTS (SELECT FROM incident_share s WHERE s.incident_id = incident.id AND s.authority_code = {AUTHORITY})"
    )
    green = f"marking = 'green' AND {AUTHORITY} IS NOT NULL"
    policies.policy("incident", "given", "SELECT", using=f"({green}) OR {given}")
    policies.own("incident_share")
    policies.policy("incident_share", "given", "SELECT", using=f"authority_code = {AUTHORITY}")
    policies.own("incident_source")


def _operations() -> None:
    op.create_table(
        "operation", *_id(), _to("organisation_id", "organisation", "operation"), _text("authority_code", 64),
        _text("name", 200), sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False), sa.Column("ends_on", sa.Date(), nullable=False),
        _json("substances"), _json("lanes"), _json("parties"), _json("marks"), _text("state", 16),
        _moment("ended_at", nullable=True), _json("report"),
        sa.CheckConstraint("state IN ('running', 'ended')", name=op.f("ck_operation_state")),
    )  # fmt: skip
    op.create_index("ix_operation_organisation_id", "operation", ["organisation_id"])
    op.create_table(
        "operation_member", _to("operation_id", "operation", "operation_member", key=True),
        sa.Column("authority_code", sa.String(length=64), primary_key=True),
        _to("organisation_id", "organisation", "operation_member"),
    )  # fmt: skip
    op.create_table(
        "watch_match", *_id(), _text("watch", 16), sa.Column("watch_id", sa.Uuid(), nullable=False),
        _text("authority_code", 64), _to("order_version_id", "order_version", "watch_match"),
        _to("company_id", "organisation", "watch_match"), _moment("received_at"), _text("goods", 200), _text("lane", 16),
        sa.Column("kilograms", sa.Numeric(20, 6)), _text("matched_by", 16),
        sa.CheckConstraint("watch IN ('operation', 'incident')", name=op.f("ck_watch_match_watch")),
        sa.UniqueConstraint("watch_id", "order_version_id", "authority_code"),
    )  # fmt: skip
    op.create_table("sweep_mark", sa.Column("sweep", sa.String(length=32), primary_key=True), _moment("at"))
    policies.own("operation")
    joined = f"EXISTS (SELECT FROM operation_member m WHERE m.operation_id = operation.id AND m.authority_code = {AUTHORITY})"
    policies.policy("operation", "joined", "SELECT", using=joined)
    policies.own("operation_member")
    policies.policy("operation_member", "joined", "SELECT", using=f"authority_code = {AUTHORITY}")
    policies.force("watch_match")
    policies.policy("watch_match", "answering", "SELECT", using=f"{SERVICE} OR authority_code = {AUTHORITY}")
    policies.policy("watch_match", "keep", "ALL", using=SERVICE, check=SERVICE)
    policies.inner("sweep_mark")


def _lists() -> None:
    op.create_table(
        "confidential_list", *_id(), _to("organisation_id", "organisation", "confidential_list"),
        _text("sealed_name", 1000),
    )  # fmt: skip
    op.create_index("ix_confidential_list_organisation_id", "confidential_list", ["organisation_id"])
    op.create_table(
        "list_entry", *_id(), _to("organisation_id", "organisation", "list_entry"),
        _to("list_id", "confidential_list", "list_entry"), sa.Column("sealed", sa.Text(), nullable=False),
        _moment("removed_at", nullable=True),
    )  # fmt: skip
    op.create_index("ix_list_entry_list_id", "list_entry", ["list_id"])
    op.create_table(
        "list_mark", _to("entry_id", "list_entry", "list_mark", key=True),
        sa.Column("hash", sa.String(length=64), primary_key=True), _to("organisation_id", "organisation", "list_mark"),
    )  # fmt: skip
    op.create_index("ix_list_mark_hash", "list_mark", ["organisation_id", "hash"])
    for table in ("confidential_list", "list_entry", "list_mark"):
        policies.whole(table, f"organisation_id = {TENANT} OR {SERVICE}")


def _refusals() -> None:
    op.create_table(
        "refusal", *_id(), _to("organisation_id", "organisation", "refusal"), _to("order_id", "orders", "refusal"),
        _to("decision_id", "decision", "refusal"), _text("hash", 64), _moment("refused_at"),
        _moment("lifted_at", nullable=True),
        sa.UniqueConstraint("decision_id", "hash"),
    )  # fmt: skip
    op.create_index("ix_refusal_order_id", "refusal", ["order_id"])
    op.create_index("ix_refusal_hash", "refusal", ["hash"], postgresql_where=sa.text("lifted_at IS NULL"))
    policies.inner("refusal")
    op.execute(ELSEWHERE)
    op.execute("REVOKE ALL ON FUNCTION tamga_refused_elsewhere(uuid, text[]) FROM PUBLIC")


def downgrade() -> None:
    op.execute("DROP FUNCTION tamga_refused_elsewhere(uuid, text[])")
    op.execute("DROP POLICY given ON incident")
    op.execute("DROP POLICY joined ON operation")
    for table in TABLES:
        op.drop_table(table)
