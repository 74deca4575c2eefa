"""A second person for two changes more: a confidential list's, and the closing of a report.

Revision 0017, 2026-11-22. Triggers look at the two signatures where an entry comes or goes, where its keyed hashes are
written, and where a report is closed; a closed report takes no word more, whoever writes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from screening.migrations import policies
from screening.migrations.policies import AUTHORITY, SERVICE

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

KINDS = ("release", "policy", "model")
MAY_SIGN = """
    CREATE OR REPLACE FUNCTION tamga_may_sign(wanted text, part text, who uuid, of uuid) RETURNS boolean
    LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM 1 FROM person u JOIN person_role r ON r.user_id = u.id JOIN organisation o ON o.id = u.organisation_id
        WHERE u.id = who AND u.organisation_id = of AND u.active AND o.active AND CASE
            {also}
            WHEN wanted = 'release' AND part = 'propose' THEN o.kind = 'company' AND r.role IN ('officer', 'supervisor')
            WHEN wanted = 'release' THEN o.kind = 'company' AND r.role = 'supervisor'
            WHEN part = 'propose' THEN o.kind = 'operator' AND r.role IN ('data_scientist', 'administrator')
            ELSE o.kind = 'operator' AND r.role = 'administrator'
        END FOR SHARE OF r;
        RETURN FOUND;
    END $$
"""
LISTS_AND_CLOSINGS = """
            WHEN wanted = 'list' THEN o.kind = 'company' AND r.role = 'supervisor'
                OR o.kind = 'authority' AND r.role IN ('regulator', 'chief')
            WHEN wanted = 'closing' THEN o.kind = 'authority' AND r.role IN ('regulator', 'chief')
"""
PROPOSAL_MADE = """
    CREATE OR REPLACE FUNCTION tamga_proposal_made() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.state <> 'proposed' OR NOT tamga_may_sign(NEW.kind, 'propose', NEW.proposed_by, NEW.organisation_id)
            OR NEW.kind = 'release' AND NOT EXISTS (
                SELECT FROM officer_case WHERE id = NEW.subject_id AND organisation_id = NEW.organisation_id
                    AND order_version_id = NEW.order_version_id
            ) {also} THEN
            RAISE EXCEPTION 'not somebody''s to propose' USING ERRCODE = 'check_violation';
        END IF;
        NEW.created_at := clock_timestamp();
        RETURN NEW;
    END $$
"""
ITS_OWN_REPORT = """
            OR NEW.kind = 'closing' AND NOT EXISTS (
                SELECT FROM referral r JOIN organisation o ON o.authority_code = r.authority_code
                WHERE r.id = NEW.subject_id AND o.id = NEW.organisation_id
            )
"""
ENTRY_GUARD = """
    CREATE FUNCTION tamga_entry_guard() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        p proposal;
        said jsonb;
    BEGIN
        SELECT * INTO p FROM proposal WHERE id = (CASE TG_OP WHEN 'INSERT' THEN NEW.proposal_id ELSE NEW.removal_id END);
        said := convert_from(p.body, 'UTF8')::jsonb;
        IF p.id IS NULL OR p.kind <> 'list' OR p.state <> 'approved' OR p.subject_id <> NEW.id
            OR p.organisation_id <> NEW.organisation_id OR said ->> 'list' IS DISTINCT FROM NEW.list_id::text
            OR said ->> 'sealed' IS DISTINCT FROM NEW.sealed
            OR said ->> 'action' IS DISTINCT FROM (CASE TG_OP WHEN 'INSERT' THEN 'add' ELSE 'remove' END) THEN
            RAISE EXCEPTION 'a list changes under two signatures' USING ERRCODE = 'check_violation';
        ELSIF TG_OP = 'INSERT' AND (NEW.removed_at IS NOT NULL OR NEW.removal_id IS NOT NULL) OR TG_OP = 'UPDATE' AND (
            OLD.removed_at IS NOT NULL OR NEW.removed_at IS NULL OR to_jsonb(NEW) - 'removed_at' - 'removal_id'
                IS DISTINCT FROM to_jsonb(OLD) - 'removed_at' - 'removal_id'
        ) THEN
            RAISE EXCEPTION 'an entry comes once, goes once and is never edited' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$
"""
MARK_GUARD = """
    CREATE FUNCTION tamga_mark_guard() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' THEN
            IF EXISTS (SELECT FROM list_entry WHERE id = OLD.entry_id AND removed_at IS NULL) THEN
                RAISE EXCEPTION 'an entry that stands keeps its hashes' USING ERRCODE = 'check_violation';
            END IF;
            RETURN OLD;
        ELSIF TG_OP = 'UPDATE' OR NOT EXISTS (
            SELECT FROM list_entry e JOIN proposal p ON p.id = e.proposal_id
            WHERE e.id = NEW.entry_id AND e.organisation_id = NEW.organisation_id AND e.removed_at IS NULL
                AND convert_from(p.body, 'UTF8')::jsonb -> 'marks' ? NEW.hash
        ) THEN
            RAISE EXCEPTION 'not a hash that was signed' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$
"""
CLOSING_GUARD = """
    CREATE FUNCTION tamga_closing_guard() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        p proposal;
        said jsonb;
    BEGIN
        SELECT * INTO p FROM proposal WHERE id = NEW.proposal_id;
        said := convert_from(p.body, 'UTF8')::jsonb;
        IF p.id IS NULL OR p.kind <> 'closing' OR p.state <> 'approved' OR p.subject_id <> NEW.referral_id
            OR p.approved_by IS DISTINCT FROM NEW.closed_by OR said ->> 'reason' IS DISTINCT FROM NEW.reason
            OR said ->> 'conclusion' IS DISTINCT FROM NEW.conclusion THEN
            RAISE EXCEPTION 'a report is closed under two signatures' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$
"""
NO_MORE_WORDS = """
    CREATE FUNCTION tamga_no_more_words() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT FROM report_closing WHERE referral_id = NEW.referral_id) THEN
            RAISE EXCEPTION 'the report is closed' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$
"""
FUNCTIONS = (ENTRY_GUARD, MARK_GUARD, CLOSING_GUARD, NO_MORE_WORDS)
NAMES = ("tamga_entry_guard", "tamga_mark_guard", "tamga_closing_guard", "tamga_no_more_words")
TRIGGERS = (
    "CREATE TRIGGER four_eyes BEFORE INSERT OR UPDATE ON list_entry FOR EACH ROW EXECUTE FUNCTION tamga_entry_guard()",
    "CREATE TRIGGER stays BEFORE DELETE ON list_entry FOR EACH ROW EXECUTE FUNCTION tamga_append_only()",
    "CREATE TRIGGER four_eyes BEFORE INSERT OR UPDATE OR DELETE ON list_mark "
    "FOR EACH ROW EXECUTE FUNCTION tamga_mark_guard()",
    "CREATE TRIGGER four_eyes BEFORE INSERT ON report_closing FOR EACH ROW EXECUTE FUNCTION tamga_closing_guard()",
    "CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE ON report_closing "
    "FOR EACH ROW EXECUTE FUNCTION tamga_append_only()",
    "CREATE TRIGGER only_grows_whole BEFORE TRUNCATE ON report_closing "
    "FOR EACH STATEMENT EXECUTE FUNCTION tamga_append_only()",
    *(
        f"CREATE TRIGGER report_is_open BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION tamga_no_more_words()"
        for table in ("instruction", "referral_share")
    ),
)


def upgrade() -> None:
    _kinds((*KINDS, "list", "closing"))
    for name in ("proposal_id", "removal_id"):
        foreign = sa.ForeignKey("proposal.id", name=f"fk_list_entry_{name}_proposal")
        op.add_column("list_entry", sa.Column(name, sa.Uuid(), foreign, nullable=True))
        op.create_unique_constraint(f"uq_list_entry_{name}", "list_entry", [name])
    _closings()
    op.execute(MAY_SIGN.format(also=LISTS_AND_CLOSINGS))
    op.execute(PROPOSAL_MADE.format(also=ITS_OWN_REPORT))
    for statement in (*FUNCTIONS, *TRIGGERS):
        op.execute(statement)


def _kinds(kinds: tuple[str, ...]) -> None:
    op.execute("ALTER TABLE proposal DROP CONSTRAINT ck_proposal_kind")
    allowed = ", ".join(repr(each) for each in kinds)
    op.execute(f"ALTER TABLE proposal ADD CONSTRAINT ck_proposal_kind CHECK (kind IN ({allowed}))")


def _closings() -> None:
    """Seen and written by the report's authority alone."""

    def to(column: str, target: str) -> sa.Column[object]:
        foreign = sa.ForeignKey(f"{target}.id", name=f"fk_report_closing_{column}_{target}")
        return sa.Column(column, sa.Uuid(), foreign, nullable=False)

    op.create_table(
        "report_closing", sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False), to("referral_id", "referral"),
        to("proposal_id", "proposal"), sa.Column("conclusion", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(2000), nullable=False), to("closed_by", "person"),
        sa.CheckConstraint(
            "conclusion IN ('founded', 'unfounded', 'undetermined')", name=op.f("ck_report_closing_conclusion")
        ),
        sa.UniqueConstraint("referral_id", name=op.f("uq_report_closing_referral_id")),
        sa.UniqueConstraint("proposal_id", name=op.f("uq_report_closing_proposal_id")),
    )  # fmt: skip
    addressed = (
        f"EXISTS (SELECT FROM referral r WHERE r.id = report_closing.referral_id AND r.authority_code = {AUTHORITY})"
    )
    policies.whole("report_closing", f"{SERVICE} OR {addressed}")


def downgrade() -> None:
    used = "SELECT EXISTS (SELECT FROM proposal WHERE kind IN ('list', 'closing'))"
    if op.get_bind().execute(sa.text(used)).scalar():
        raise RuntimeError("there are signed changes that the earlier schema cannot hold")
    op.drop_table("report_closing")
    op.execute("DROP TRIGGER report_is_open ON instruction")
    op.execute("DROP TRIGGER report_is_open ON referral_share")
    for trigger, table in (("four_eyes", "list_entry"), ("stays", "list_entry"), ("four_eyes", "list_mark")):
        op.execute(f"DROP TRIGGER {trigger} ON {table}")
    for name in NAMES:
        op.execute(f"DROP FUNCTION {name}()")
    op.execute(MAY_SIGN.format(also=""))
    op.execute(PROPOSAL_MADE.format(also=""))
    for name in ("proposal_id", "removal_id"):
        op.drop_column("list_entry", name)
    _kinds(KINDS)
