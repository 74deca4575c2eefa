"""A rollout: a challenger decides for a share of customers, beside the model that decides for the others.

Revision 0019, 2026-11-22. The trigger of terms lets it in as it lets a promotion in, by two signatures, and only up to
the share that the policy of the day allows; the guard never goes back to what only a rollout has seen.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

KINDS = "'given', 'promotion', 'roll_back', 'guard'"
TERM_GUARD = """
    CREATE OR REPLACE FUNCTION tamga_term_guard() RETURNS trigger LANGUAGE plpgsql AS $$
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
        IF NEW.kind IN ('promotion', 'roll_back'{rollout_kind}) THEN
            SELECT * INTO p FROM proposal WHERE id = NEW.proposal_id;
            said := convert_from(p.body, 'UTF8')::jsonb;
            IF p.id IS NULL OR p.kind <> 'model' OR p.state <> 'approved' OR p.subject_id <> NEW.model_id
                OR said ->> 'action' IS DISTINCT FROM NEW.kind OR (said ->> 'serial')::integer IS DISTINCT FROM NEW.serial
                OR (said ->> 'condemns')::integer IS DISTINCT FROM NEW.condemns{rollout_said}
                OR said ->> 'sha256' IS DISTINCT FROM (SELECT sha256 FROM model_version WHERE id = NEW.model_id) THEN
                RAISE EXCEPTION 'a model needs two signatures under its hash and serial' USING ERRCODE = 'check_violation';
            END IF;{rollout_bounds}
        ELSIF NEW.kind = 'guard' THEN
            IF NEW.condemns IS DISTINCT FROM top OR NEW.proposal_id IS NOT NULL OR NOT EXISTS (
                SELECT FROM model_term t WHERE t.model_id = NEW.model_id AND t.serial < top{rollout_none}
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
SAID = """
                OR (said ->> 'share')::float IS DISTINCT FROM NEW.share
                OR (said ->> 'beside')::integer IS DISTINCT FROM NEW.beside"""
# Beside it stands the latest term that decided for all, with another model.
BOUNDS = """
            IF NEW.kind = 'rollout' AND (
                NEW.share > coalesce((
                    SELECT (rules #>> '{rollout,most}')::float FROM policy
                    WHERE valid_from <= (clock_timestamp() AT TIME ZONE 'UTC')::date
                        AND (valid_to IS NULL OR valid_to >= (clock_timestamp() AT TIME ZONE 'UTC')::date)
                    ORDER BY version DESC LIMIT 1), 0)
                OR NEW.beside IS DISTINCT FROM (SELECT max(serial) FROM model_term WHERE kind <> 'rollout')
                OR NEW.model_id = (SELECT model_id FROM model_term WHERE serial = NEW.beside)
            ) THEN
                RAISE EXCEPTION 'policy does not allow this rollout' USING ERRCODE = 'check_violation';
            END IF;"""
NONE = " AND t.kind <> 'rollout'"


def _guard(*, rollout: bool) -> str:
    parts = {"rollout_kind": ", 'rollout'", "rollout_said": SAID, "rollout_bounds": BOUNDS, "rollout_none": NONE}
    return TERM_GUARD.format(**(parts if rollout else dict.fromkeys(parts, "")))


def upgrade() -> None:
    beside = sa.ForeignKey("model_term.serial", name="fk_model_term_beside_model_term")
    op.add_column("model_term", sa.Column("share", sa.Float(), nullable=True))
    op.add_column("model_term", sa.Column("beside", sa.Integer(), beside, nullable=True))
    op.execute("ALTER TABLE model_term DROP CONSTRAINT ck_model_term_kind")
    op.execute(f"ALTER TABLE model_term ADD CONSTRAINT ck_model_term_kind CHECK (kind IN ({KINDS}, 'rollout'))")
    op.execute(
        "ALTER TABLE model_term ADD CONSTRAINT ck_model_term_beside "
        "CHECK ((kind = 'rollout') = (share IS NOT NULL) AND (share IS NULL) = (beside IS NULL))"
    )
    op.execute("ALTER TABLE model_term ADD CONSTRAINT ck_model_term_share CHECK (share > 0 AND share <= 0.5)")
    op.execute(_guard(rollout=True))


def downgrade() -> None:
    if op.get_bind().execute(sa.text("SELECT EXISTS (SELECT FROM model_term WHERE kind = 'rollout')")).scalar():
        raise RuntimeError("there are rollouts that the earlier schema cannot hold")
    op.execute(_guard(rollout=False))
    for name in ("share", "beside", "kind"):
        op.execute(f"ALTER TABLE model_term DROP CONSTRAINT ck_model_term_{name}")
    for name in ("share", "beside"):
        op.drop_column("model_term", name)
    op.execute(f"ALTER TABLE model_term ADD CONSTRAINT ck_model_term_kind CHECK (kind IN ({KINDS}))")
