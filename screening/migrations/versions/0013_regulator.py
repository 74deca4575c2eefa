"""The regulator's side: numbered reports, questions with answers, instructions with effect, watches over a customer.

Revision 0013, 2026-11-22. What an authority said and what a company answered is never rewritten.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from screening.migrations import policies
from screening.migrations.policies import AUTHORITY, SERVICE, TENANT

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

CASE_STATES = ["open", "in_review", "waiting", "escalated", "snoozed", "referred", "released", "refused", "merged"]
EVENTS = [
    "opened",
    "reopened",
    "closed",
    "assigned",
    "note",
    "decided",
    "referred",
    "receipt",
    "instruction",
    "proposed",
    "rejected",
    "withdrawn",
    "voided",
    "escalated",
    "snoozed",
    "woken",
    "merged",
    "asked",
    "document",
    "checked",
]
INSTRUCTIONS = ["release", "refuse", "ask", "controlled_delivery"]
ROLES = ["integration", "officer", "supervisor", "auditor", "regulator", "data_scientist", "administrator"]
WATCHES = ["operation", "incident"]
# (table, column, words before, words added)
WORDS = (
    ("officer_case", "state", CASE_STATES, ["questioned"]),
    ("case_event", "kind", EVENTS, ["answered"]),
    ("instruction", "kind", INSTRUCTIONS, ["monitor"]),
    ("watch_match", "watch", WATCHES, ["monitor"]),
)  # fmt: skip
MOVES = {
    ("case", "referred"): "inquire:questioned allow:in_review",
    ("case", "in_review"): "inquire:questioned",
    ("case", "questioned"): "assign:questioned hold:questioned release:released refuse:refused refer:questioned "
    "reopen:open inquire:questioned reply:referred allow:in_review",
    ("order", "reported"): "expire:expired",
}
ONLY_GROW = ("referral", "receipt", "instruction")
# What was referred before is numbered as it would have been: by authority and year in the order of coming.
NUMBERED = """
    WITH first AS (
        SELECT DISTINCT ON (order_id, authority_code) id, order_id, authority_code, created_at,
            extract(year FROM created_at AT TIME ZONE 'UTC')::int AS year
        FROM referral ORDER BY order_id, authority_code, created_at, id
    ), numbered AS (
        SELECT order_id, authority_code, year,
            row_number() OVER (PARTITION BY authority_code, year ORDER BY created_at, id) AS number
        FROM first
    ), versions AS (
        SELECT id, row_number() OVER (PARTITION BY order_id, authority_code ORDER BY created_at, id) AS version
        FROM referral
    )
    UPDATE referral r SET report_year = n.year, report_number = n.number, report_version = v.version
    FROM numbered n, versions v
    WHERE n.order_id = r.order_id AND n.authority_code = r.authority_code AND v.id = r.id
"""
COUNTED = """
    INSERT INTO report_counter (authority_code, year, last)
    SELECT authority_code, report_year, max(report_number) FROM referral GROUP BY 1, 2
"""
QUESTION_GUARD = """
    CREATE FUNCTION tamga_question_guard() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.answered_at IS NOT NULL OR to_jsonb(NEW) - 'answer' - 'answered_by' - 'answered_at'
            IS DISTINCT FROM to_jsonb(OLD) - 'answer' - 'answered_by' - 'answered_at' THEN
            RAISE EXCEPTION 'a question is answered once' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$
"""


CLEARANCE_GUARD = """
    CREATE FUNCTION tamga_clearance_guard() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.ended_at IS NOT NULL OR to_jsonb(NEW) - 'ended_at' - 'ended_by' - 'end_reason'
            IS DISTINCT FROM to_jsonb(OLD) - 'ended_at' - 'ended_by' - 'end_reason' THEN
            RAISE EXCEPTION 'a clearance only ends' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$
"""


def _row(table: str, *columns: sa.Column[Any] | sa.Constraint) -> None:
    """A table with an id and a moment, of one organisation."""
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), primary_key=True),
        _moment("created_at"),
        _to(table, "organisation_id", "organisation"),
        *columns,
    )


def _moment(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, length: int, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length=length), nullable=nullable)


def _day(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Date(), nullable=nullable)


def _to(table: str, column: str, target: str, *, nullable: bool = False, key: bool = False) -> sa.Column[Any]:
    foreign = sa.ForeignKey(f"{target}.id", name=f"fk_{table}_{column}_{target}")
    return sa.Column(column, sa.Uuid(), foreign, nullable=nullable, primary_key=key)


def upgrade() -> None:
    _lives()
    _instructions()
    _questions()
    _monitors()
    _reports()
    _work()
    _clearances()
    for table in ONLY_GROW:
        op.execute(
            f"CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION tamga_append_only()"
        )
        op.execute(
            f"CREATE TRIGGER only_grows_whole BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION tamga_append_only()"
        )


def _lives() -> None:
    for table, column, before, added in WORDS:
        _words(table, column, [*before, *added])
    op.execute("ALTER TABLE life_move DISABLE TRIGGER fixed")
    for (machine, state), steps in MOVES.items():
        for action, _, after in (step.partition(":") for step in steps.split()):
            op.execute(f"INSERT INTO life_move VALUES ('{machine}', '{state}', '{action}', '{after}')")  # noqa: S608
    op.execute("ALTER TABLE life_move ENABLE TRIGGER fixed")


def _words(table: str, column: str, words: list[str]) -> None:
    listed = ", ".join(f"'{word}'" for word in words)
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{column}")
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{column} CHECK ({column} IN ({listed}))")


def _instructions() -> None:
    """Questions from before are due within a week of their day; nobody counted then."""
    op.execute("ALTER TABLE instruction ADD COLUMN restricted boolean NOT NULL DEFAULT false, ADD COLUMN until date")
    op.execute(
        "UPDATE instruction SET restricted = (kind = 'controlled_delivery'), "
        "until = CASE WHEN kind = 'ask' THEN created_at::date + 7 END"
    )
    op.execute(
        "ALTER TABLE instruction ALTER COLUMN restricted DROP DEFAULT, "
        "ADD CONSTRAINT ck_instruction_delivery_restricted CHECK (kind <> 'controlled_delivery' OR restricted), "
        "ADD CONSTRAINT ck_instruction_until CHECK ((kind IN ('ask', 'monitor')) = (until IS NOT NULL))"
    )


def _questions() -> None:
    """The company and the authority read them; the authority asks, the company answers."""
    _row(
        "question",
        _to("question", "referral_id", "referral"),
        _to("question", "instruction_id", "instruction"),
        _text("answer", 2000, nullable=True),
        _to("question", "answered_by", "person", nullable=True),
        _moment("answered_at", nullable=True),
        sa.CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name=op.f("ck_question_answered")),
        sa.UniqueConstraint("instruction_id", name=op.f("uq_question_instruction_id")),
    )
    op.create_index("ix_question_organisation_id", "question", ["organisation_id"])
    op.create_index("ix_question_referral_id", "question", ["referral_id"])
    op.execute(QUESTION_GUARD)
    op.execute("CREATE TRIGGER guard BEFORE UPDATE ON question FOR EACH ROW EXECUTE FUNCTION tamga_question_guard()")
    op.execute("CREATE TRIGGER stays BEFORE DELETE ON question FOR EACH ROW EXECUTE FUNCTION tamga_append_only()")
    addressed = f"EXISTS (SELECT FROM referral r WHERE r.id = question.referral_id AND r.authority_code = {AUTHORITY})"
    policies.force("question")
    policies.policy("question", "read", "SELECT", using=f"{SERVICE} OR organisation_id = {TENANT} OR {addressed}")
    policies.policy("question", "ask", "INSERT", check=f"{SERVICE} OR {addressed}")
    mine = f"{SERVICE} OR organisation_id = {TENANT}"
    policies.policy("question", "answer", "UPDATE", using=mine, check=mine)


def _monitors() -> None:
    """A watch is its authority's; its marks are the company's, whose orders are held by them."""
    _row(
        "monitor",
        _to("monitor", "referral_id", "referral"),
        _to("monitor", "instruction_id", "instruction"),
        _text("authority_code", 64),
        _day("until"),
        _moment("ended_at", nullable=True),
        sa.Column("marks", postgresql.JSONB(), nullable=False),
        sa.UniqueConstraint("instruction_id", name=op.f("uq_monitor_instruction_id")),
    )
    op.create_index("ix_monitor_organisation_id", "monitor", ["organisation_id"])
    op.create_table(
        "monitor_mark",
        _to("monitor_mark", "monitor_id", "monitor", key=True),
        sa.Column("hash", sa.String(length=64), primary_key=True),
        _to("monitor_mark", "organisation_id", "organisation"),
        _day("until"),
    )
    op.create_index("ix_monitor_mark_hash", "monitor_mark", ["organisation_id", "hash"])
    policies.force("monitor")
    policies.policy("monitor", "read", "SELECT", using=f"{SERVICE} OR authority_code = {AUTHORITY}")
    policies.policy("monitor", "keep", "ALL", using=SERVICE, check=SERVICE)
    policies.force("monitor_mark")
    policies.policy("monitor_mark", "read", "SELECT", using=f"{SERVICE} OR organisation_id = {TENANT}")
    policies.policy("monitor_mark", "keep", "ALL", using=SERVICE, check=SERVICE)


def _reports() -> None:
    op.execute(
        "ALTER TABLE referral ADD COLUMN report_year integer, ADD COLUMN report_number integer, "
        "ADD COLUMN report_version integer, ADD COLUMN correction integer NOT NULL DEFAULT 0, "
        "DROP CONSTRAINT uq_referral_order_version_id_authority_code"
    )
    op.execute(NUMBERED)
    op.execute(
        "ALTER TABLE referral ALTER COLUMN report_year SET NOT NULL, ALTER COLUMN report_number SET NOT NULL, "
        "ALTER COLUMN report_version SET NOT NULL, ALTER COLUMN correction DROP DEFAULT, "
        "ADD CONSTRAINT uq_referral_correction UNIQUE (order_version_id, authority_code, correction), "
        "ADD CONSTRAINT uq_referral_report UNIQUE (authority_code, report_year, report_number, report_version)"
    )
    op.create_table(
        "report_counter",
        sa.Column("authority_code", sa.String(length=64), primary_key=True),
        sa.Column("year", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("last", sa.Integer(), nullable=False),
    )
    op.execute(COUNTED)
    policies.inner("report_counter")


def _work() -> None:
    """What was referred before has no clock: nobody counted then. A chief sees what ran over in the authority."""
    _words("person_role", "role", [*ROLES, "chief"])
    op.execute("ALTER TABLE person ADD COLUMN deputy_id uuid CONSTRAINT fk_person_deputy_id_person REFERENCES person")
    op.create_table(
        "referral_work",
        _to("referral_work", "referral_id", "referral", key=True),
        _text("authority_code", 64),
        _to("referral_work", "assignee_id", "person", nullable=True),
        _day("due_on"),
        _moment("stopped_at", nullable=True),
        _moment("escalated_at", nullable=True),
        _to("referral_work", "seen_by", "person", nullable=True),
        _moment("seen_at", nullable=True),
    )
    op.create_index(
        "ix_referral_work_open", "referral_work", ["due_on"], postgresql_where=sa.text("stopped_at IS NULL")
    )
    policies.whole("referral_work", f"{SERVICE} OR authority_code = {AUTHORITY}")


def _clearances() -> None:
    _row(
        "clearance",
        _to("clearance", "case_id", "officer_case"),
        _to("clearance", "order_version_id", "order_version"),
        _text("pattern", 64),
        sa.Column("limit_micro", sa.BigInteger(), nullable=False),
        sa.Column("reasons", postgresql.JSONB(), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        _day("until"),
        _text("reason", 2000),
        _to("clearance", "made_by", "person", nullable=True),
        _moment("ended_at", nullable=True),
        _to("clearance", "ended_by", "person", nullable=True),
        _text("end_reason", 2000, nullable=True),
        sa.CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name=op.f("ck_clearance_ended")),
    )
    op.create_index("ix_clearance_pattern", "clearance", ["organisation_id", "pattern"])
    op.add_column("decision", _to("decision", "clearance_id", "clearance", nullable=True))
    op.create_index(
        "ix_decision_clearance", "decision", ["clearance_id"], postgresql_where=sa.text("clearance_id IS NOT NULL")
    )
    op.execute(CLEARANCE_GUARD)
    op.execute("CREATE TRIGGER guard BEFORE UPDATE ON clearance FOR EACH ROW EXECUTE FUNCTION tamga_clearance_guard()")
    op.execute("CREATE TRIGGER stays BEFORE DELETE ON clearance FOR EACH ROW EXECUTE FUNCTION tamga_append_only()")
    policies.own("clearance")


def downgrade() -> None:
    used = (
        "SELECT EXISTS (SELECT FROM question) OR EXISTS (SELECT FROM monitor) "
        "OR EXISTS (SELECT FROM officer_case WHERE state = 'questioned') "
        "OR EXISTS (SELECT FROM referral WHERE correction > 0) "
        "OR EXISTS (SELECT FROM person_role WHERE role = 'chief') OR EXISTS (SELECT FROM clearance)"
    )
    if op.get_bind().execute(sa.text(used)).scalar():
        raise RuntimeError("there are questions or watches that the earlier schema cannot hold")
    for table in ONLY_GROW:
        op.execute(f"DROP TRIGGER only_grows ON {table}")
        op.execute(f"DROP TRIGGER only_grows_whole ON {table}")
    op.drop_column("decision", "clearance_id")
    for table in ("clearance", "monitor_mark", "monitor", "question", "report_counter", "referral_work"):
        op.drop_table(table)
    _words("person_role", "role", ROLES)
    op.execute("ALTER TABLE person DROP COLUMN deputy_id")
    op.execute(
        "ALTER TABLE referral DROP CONSTRAINT uq_referral_correction, DROP CONSTRAINT uq_referral_report, "
        "DROP COLUMN report_year, DROP COLUMN report_number, DROP COLUMN report_version, DROP COLUMN correction, "
        "ADD CONSTRAINT uq_referral_order_version_id_authority_code UNIQUE (order_version_id, authority_code)"
    )
    op.execute("DROP FUNCTION tamga_question_guard()")
    op.execute("DROP FUNCTION tamga_clearance_guard()")
    op.execute(
        "ALTER TABLE instruction DROP CONSTRAINT ck_instruction_delivery_restricted, "
        "DROP CONSTRAINT ck_instruction_until, DROP COLUMN restricted, DROP COLUMN until"
    )
    op.execute("ALTER TABLE life_move DISABLE TRIGGER fixed")
    for (machine, state), steps in MOVES.items():
        for step in steps.split():
            action = step.partition(":")[0]
            op.execute(
                f"DELETE FROM life_move WHERE machine = '{machine}' AND state = '{state}' AND action = '{action}'"  # noqa: S608
            )
    op.execute("ALTER TABLE life_move ENABLE TRIGGER fixed")
    for table, column, before, _ in WORDS:
        _words(table, column, before)
