"""Row-level security on every table, forced on its owner; the one question that is asked before the caller is known.

Revision 0009, 2026-11-22. Every table of an earlier revision that has an `organisation_id` and is not named here
belongs to that organisation. `tests/screening/test_isolation.py` fails for a table without a policy.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from screening.migrations import policies
from screening.migrations.policies import AUTHORITY, SERVICE, TENANT

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

FOLLOWS = {
    "person_role": ("user_id", "person"),
    "user_session": ("user_id", "person"),
    "bulk_row": ("job_id", "bulk_job"),
    "case_event": ("case_id", "officer_case"),
    "permit_draw": ("permit_id", "permit"),
    "notification_event": ("notification_id", "notification"),
}
ANSWERS = ("receipt", "instruction")  # written by the authority the referral is addressed to
SHARED = ("policy", "audit_checkpoint", "audit_cosignature", "audit_key", "audit_chain_checkpoint")
INNER = ("sign_in_failure",)
MAIN_TREE = "'ffffffff-ffff-ffff-ffff-ffffffffffff'"
NAMED = {*FOLLOWS, *ANSWERS, *SHARED, *INNER, "organisation", "referral", "audit_staging", "audit_leaf", "audit_node",
         "audit_root"}  # fmt: skip
OWNED = """
    SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'organisation_id'
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relrowsecurity
    ORDER BY c.relname
"""
FIND_KEY = """
    CREATE FUNCTION tamga_find_key(wanted text, hashed text) RETURNS TABLE (
        id uuid, organisation_id uuid, key_hash text, roles jsonb, used_at timestamptz, name text, kind text,
        country text, authority_code text, tenant text, authority text)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    #variable_conflict use_column
    DECLARE before text := coalesce(current_setting('tamga.service', true), '');
    BEGIN
        PERFORM set_config('tamga.service', 'on', true);
        RETURN QUERY SELECT k.id, k.organisation_id, k.key_hash::text, k.roles, k.used_at, k.name::text, o.kind::text,
            o.country::text, o.authority_code::text,
            set_config('tamga.tenant', k.organisation_id::text, true),
            set_config('tamga.authority', coalesce(o.authority_code, ''), true)
        FROM api_key k JOIN organisation o ON o.id = k.organisation_id
        WHERE k.prefix = wanted AND k.key_hash = hashed AND k.revoked_at IS NULL AND o.active;
        PERFORM set_config('tamga.service', before, true);
    END $$
"""


def upgrade() -> None:
    for table, (column, parent) in FOLLOWS.items():
        policies.follows(table, column, parent)
    for table in SHARED:
        policies.shared(table)
    for table in INNER:
        policies.inner(table)
    _organisation()
    _referrals()
    _audit()
    for (table,) in op.get_bind().execute(sa.text(OWNED)).all():
        if table not in NAMED:
            policies.own(table)
    op.execute(FIND_KEY)
    op.execute("REVOKE ALL ON FUNCTION tamga_find_key(text, text) FROM PUBLIC")


def _organisation() -> None:
    policies.force("organisation")
    policies.policy("organisation", "read", "SELECT", using=f"{SERVICE} OR id = {TENANT}")
    policies.policy("organisation", "keep", "ALL", using=SERVICE, check=SERVICE)


def _referrals() -> None:
    """A referral is its company's and its authority's: the authority reads and locks it, and writes none."""
    policies.own("referral")
    policies.policy("referral", "addressed", "SELECT", using=f"authority_code = {AUTHORITY}")
    policies.policy("referral", "locked", "UPDATE", using=f"authority_code = {AUTHORITY}", check="false")
    for table in ANSWERS:
        seen = f"EXISTS (SELECT FROM referral r WHERE r.id = {table}.referral_id)"
        addressed = (
            f"EXISTS (SELECT FROM referral r WHERE r.id = {table}.referral_id AND r.authority_code = {AUTHORITY})"
        )
        policies.force(table)
        policies.policy(table, "read", "SELECT", using=f"{SERVICE} OR {seen}")
        policies.policy(table, "answer", "INSERT", check=f"{SERVICE} OR {addressed}")


def _audit() -> None:
    """An organisation reads its own tree, and the hashes of the main tree; events of nobody are written, never read."""
    policies.own("audit_staging")
    policies.policy("audit_staging", "nobodys", "INSERT", check="organisation_id IS NULL")
    for table, also in (("audit_leaf", ""), ("audit_root", ""), ("audit_node", f" OR tree_id = {MAIN_TREE}")):
        policies.force(table)
        policies.policy(table, "read", "SELECT", using=f"{SERVICE} OR tree_id = {TENANT}{also}")
        policies.policy(table, "keep", "ALL", using=SERVICE, check=SERVICE)


def downgrade() -> None:
    op.execute("DROP FUNCTION tamga_find_key(text, text)")
    found = op.get_bind().execute(
        sa.text("SELECT tablename, policyname FROM pg_policies WHERE schemaname = 'public' ORDER BY 1, 2")
    )
    for table, name in found.all():
        op.execute(f"DROP POLICY {name} ON {table}")
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
