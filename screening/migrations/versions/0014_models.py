"""Models in service: versions and their files, terms of service, scores again and beside, watches, alarms, jobs.

Revision 0014, 2026-11-22. A term is let in by a trigger that looks at two signatures, or at what has served before,
by itself. A release needs its second person also where a later model scored it high.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from screening.migrations import policies

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

INNER = (
    "model_version", "model_file", "model_term", "model_process", "rescore", "shadow_run", "shadow_score",
    "model_watch", "model_alarm", "training_job",
)  # fmt: skip
ONLY_GROW = ("model_version", "model_file", "model_term", "reassessment", "shadow_score", "model_watch")
DROPPED = (
    "training_job", "model_alarm", "model_watch", "shadow_score", "shadow_run", "rescore", "reassessment",
    "model_process", "model_term", "model_file", "model_version",
)  # fmt: skip
TERM_GUARD = """
    CREATE FUNCTION tamga_term_guard() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        p proposal;
        said jsonb;
        top integer;
    BEGIN
        LOCK TABLE model_term IN EXCLUSIVE MODE;
        SELECT coalesce(max(serial), 0) INTO top FROM model_term;
        IF NEW.serial <= top OR NEW.kind <> 'given' AND NEW.serial <> top + 1 THEN
            RAISE EXCEPTION 'serials only rise' USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.kind IN ('promotion', 'roll_back') THEN
            SELECT * INTO p FROM proposal WHERE id = NEW.proposal_id;
            said := convert_from(p.body, 'UTF8')::jsonb;
            IF p.id IS NULL OR p.kind <> 'model' OR p.state <> 'approved' OR p.subject_id <> NEW.model_id
                OR said ->> 'action' IS DISTINCT FROM NEW.kind OR (said ->> 'serial')::integer IS DISTINCT FROM NEW.serial
                OR (said ->> 'condemns')::integer IS DISTINCT FROM NEW.condemns
                OR said ->> 'sha256' IS DISTINCT FROM (SELECT sha256 FROM model_version WHERE id = NEW.model_id) THEN
                RAISE EXCEPTION 'a model needs two signatures under its hash and serial' USING ERRCODE = 'check_violation';
            END IF;
        ELSIF NEW.kind = 'guard' THEN
            IF NEW.condemns IS DISTINCT FROM top OR NEW.proposal_id IS NOT NULL OR NOT EXISTS (
                SELECT FROM model_term t WHERE t.model_id = NEW.model_id AND t.serial < top
                    AND NOT EXISTS (SELECT FROM model_term c WHERE c.condemns = t.serial)
            ) THEN
                RAISE EXCEPTION 'the guard goes back to what has served' USING ERRCODE = 'check_violation';
            END IF;
        ELSIF NEW.condemns IS NOT NULL OR NEW.proposal_id IS NOT NULL THEN
            RAISE EXCEPTION 'a given model condemns nothing' USING ERRCODE = 'check_violation';
        END IF;
        NEW.created_at := clock_timestamp();
        RETURN NEW;
    END $$
"""
DECISION_GUARD = """
    CREATE OR REPLACE FUNCTION tamga_decision_guard() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        p proposal;
    BEGIN
        IF (SELECT band FROM assessment WHERE order_version_id = NEW.order_version_id) IN ('low', 'elevated', 'unscored')
            {also} THEN
            RETURN NEW;
        END IF;
        SELECT * INTO p FROM proposal WHERE id = NEW.proposal_id;
        IF p.id IS NULL OR p.kind <> 'release' OR p.state <> 'approved' OR NEW.maker <> 'person'
            OR p.order_version_id <> NEW.order_version_id OR p.organisation_id <> NEW.organisation_id
            OR p.approved_by IS DISTINCT FROM NEW.decided_by OR p.reason IS DISTINCT FROM NEW.reason THEN
            RAISE EXCEPTION 'a release against a high score needs two signatures' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$
"""
NOT_HIGH_SINCE = (
    "AND NOT EXISTS (SELECT FROM reassessment WHERE order_version_id = NEW.order_version_id AND band = 'high')"
)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _row() -> list[sa.Column[Any]]:
    return [sa.Column("id", sa.Uuid(), primary_key=True), _moment("created_at")]


def _text(name: str, length: int, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length=length), nullable=nullable)


def _json(name: str) -> sa.Column[Any]:
    return sa.Column(name, postgresql.JSONB(), nullable=False)


def _bytes(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def _number(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Float(), nullable=False)


def _big(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _to(table: str, name: str, other: str, *, key: bool = False, nullable: bool = False) -> sa.Column[Any]:
    foreign = sa.ForeignKey(f"{other}.id", name=f"fk_{table}_{name}_{other}")
    return sa.Column(name, sa.Uuid(), foreign, primary_key=key, nullable=nullable)


def _term(table: str, name: str = "serial", *, key: bool = False, nullable: bool = False) -> sa.Column[Any]:
    foreign = sa.ForeignKey("model_term.serial", name=f"fk_{table}_{name}_model_term")
    return sa.Column(name, sa.Integer(), foreign, primary_key=key, autoincrement=False, nullable=nullable)


def _among(table: str, column: str, *words: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(
        f"{column} IN ({', '.join(repr(word) for word in words)})", name=op.f(f"ck_{table}_{column}")
    )


def upgrade() -> None:
    op.execute("ALTER TABLE proposal DROP CONSTRAINT ck_proposal_kind")
    op.execute("ALTER TABLE proposal ADD CONSTRAINT ck_proposal_kind CHECK (kind IN ('release', 'policy', 'model'))")
    _versions()
    _again()
    _beside()
    _watched()
    op.execute(TERM_GUARD)
    op.execute("CREATE TRIGGER guard BEFORE INSERT ON model_term FOR EACH ROW EXECUTE FUNCTION tamga_term_guard()")
    op.execute(DECISION_GUARD.format(also=NOT_HIGH_SINCE))
    for table in ONLY_GROW:
        op.execute(
            f"CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION tamga_append_only()"
        )
    for table in INNER:
        policies.inner(table)
    policies.own("reassessment")


def _versions() -> None:
    op.create_table(
        "model_version", *_row(), _text("version", 64), _text("sha256", 64), _text("trainer_key", 64),
        _text("as_of", 40), _text("source", 16), _to("model_version", "registered_by", "person", nullable=True),
        _json("card"), _json("gates"), _among("model_version", "source", "file", "command", "retraining"),
        sa.UniqueConstraint("version", name=op.f("uq_model_version_version")),
        sa.UniqueConstraint("sha256", name=op.f("uq_model_version_sha256")),
    )  # fmt: skip
    op.create_table(
        "model_file", _to("model_file", "model_id", "model_version", key=True),
        sa.Column("file", sa.String(32), primary_key=True), _bytes("content"),
    )  # fmt: skip
    op.create_table(
        "model_term", sa.Column("serial", sa.Integer(), primary_key=True, autoincrement=False), _moment("created_at"),
        _to("model_term", "model_id", "model_version"), _text("kind", 16),
        _term("model_term", "condemns", nullable=True), _big("from_sequence"), _text("reason", 2000),
        _to("model_term", "proposal_id", "proposal", nullable=True), _bytes("statement"), _bytes("signature"),
        _among("model_term", "kind", "given", "promotion", "roll_back", "guard"),
        sa.UniqueConstraint("proposal_id", name=op.f("uq_model_term_proposal_id")),
    )  # fmt: skip
    op.create_table(
        "model_process", sa.Column("id", sa.Uuid(), primary_key=True), _text("name", 100),
        sa.Column("serial", sa.Integer()), _moment("taken_at"), _moment("seen_at"),
    )  # fmt: skip


def _again() -> None:
    bands = ("low", "elevated", "high", "unscored")
    op.create_table(
        "reassessment", *_row(), sa.Column("organisation_id", sa.Uuid(), nullable=False),
        _to("reassessment", "order_version_id", "order_version"), _term("reassessment"), _text("model_version", 64),
        _bytes("contributions"), _number("margin"), _number("probability"), _text("band", 16), _json("explanation"),
        _among("reassessment", "band", *bands),
    )  # fmt: skip
    op.create_index("ix_reassessment_version", "reassessment", ["order_version_id", "created_at"])
    op.create_table(
        "rescore", _term("rescore", "condemned", key=True),
        _to("rescore", "order_version_id", "order_version", key=True), _text("state", 16),
        _text("outcome", 16, nullable=True), _moment("done_at", nullable=True),
        _among("rescore", "state", "waiting", "done", "impossible"),
        _among("rescore", "outcome", "same", "opened", "decided", "would_release", "superseded"),
    )  # fmt: skip
    op.create_index("ix_rescore_state", "rescore", ["state", "condemned"])


def _beside() -> None:
    op.create_table(
        "shadow_run", *_row(), _to("shadow_run", "model_id", "model_version"), _number("share"),
        _to("shadow_run", "begun_by", "person", nullable=True), _big("from_sequence"), _big("reached"),
        _moment("ended_at", nullable=True),
    )  # fmt: skip
    op.create_table(
        "shadow_score", *_row(), _to("shadow_score", "run_id", "shadow_run"),
        _to("shadow_score", "order_version_id", "order_version"), _number("margin"), _number("probability"),
        _text("band", 16), sa.Column("disagrees", sa.Boolean(), nullable=False), _json("explanation"),
        _among("shadow_score", "band", "low", "elevated", "high", "unscored"),
        sa.UniqueConstraint("run_id", "order_version_id", name=op.f("uq_shadow_score_run_id_order_version_id")),
    )  # fmt: skip
    op.create_index("ix_shadow_score_disagreement", "shadow_score", ["run_id", "disagrees", "created_at"])


def _watched() -> None:
    op.create_table(
        "model_watch", *_row(), _term("model_watch"), _text("kind", 16),
        sa.Column("orders", sa.Integer(), nullable=False), _json("figures"),
        _among("model_watch", "kind", "guard", "drift"),
    )  # fmt: skip
    op.create_index("ix_model_watch_serial", "model_watch", ["serial", "kind", "created_at"])
    op.create_table(
        "model_alarm", *_row(), _term("model_alarm"), _text("figure", 64), _number("value"), _number("bar"),
        sa.Column("acted", sa.Boolean(), nullable=False), _to("model_alarm", "seen_by", "person", nullable=True),
        _moment("seen_at", nullable=True), sa.UniqueConstraint("serial", "figure", name=op.f("uq_model_alarm_serial_figure")),
    )  # fmt: skip
    op.create_table(
        "training_job", *_row(), _text("state", 16), _text("stage", 32), _number("progress"),
        _to("training_job", "model_id", "model_version", nullable=True), _text("error", 500, nullable=True),
        _moment("finished_at", nullable=True), _among("training_job", "state", "running", "done", "failed"),
    )  # fmt: skip


def downgrade() -> None:
    used = "SELECT EXISTS (SELECT FROM proposal WHERE kind = 'model') OR EXISTS (SELECT FROM reassessment)"
    if op.get_bind().execute(sa.text(used)).scalar():
        raise RuntimeError("there are promotions or reassessments that the earlier schema cannot hold")
    op.execute(DECISION_GUARD.format(also=""))
    for table in DROPPED:
        op.drop_table(table)
    op.execute("DROP FUNCTION tamga_term_guard()")
    op.execute("ALTER TABLE proposal DROP CONSTRAINT ck_proposal_kind")
    op.execute("ALTER TABLE proposal ADD CONSTRAINT ck_proposal_kind CHECK (kind IN ('release', 'policy'))")
