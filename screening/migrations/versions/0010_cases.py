"""Lives of orders and cases, four eyes, and what the work on a case leaves behind.

Revision 0010, 2026-11-22. The steps are frozen here as they were; a later step is a row that a later revision adds.
What each trigger refuses is told in the exception it raises. None of them trusts the application: role, password and
hash are looked at again where the row is written. They read as whoever writes: a row that its tenant may not see does
not vouch for anything, so that what is hidden refuses and never lets through.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from screening.migrations import policies

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# fmt: off
MOVES = {
    "order": {
        "received": "match:matched",
        "matched": "stop:legal_stop score:scored hold:held",
        "legal_stop": "hold:legal_stop ask:needs_documents release:released refuse:refused report:reported "
        "amend:amended",
        "scored": "clear:cleared ask:needs_documents hold:held",
        "cleared": "release:cleared hold:held refuse:refused report:reported amend:amended lose:loss_reported "
        "close:closed",
        "needs_documents": "hold:needs_documents ask:needs_documents release:released refuse:refused report:reported "
        "amend:amended",
        "held": "hold:held ask:needs_documents release:released refuse:refused report:reported amend:amended",
        "reported": "hold:reported report:reported receive:with_authority refuse:refused amend:amended",
        "with_authority": "hold:with_authority report:with_authority receive:with_authority release:released "
        "refuse:refused let_run:under_instruction expire:expired amend:amended",
        "under_instruction": "hold:under_instruction report:under_instruction receive:under_instruction release:released "
        "refuse:refused amend:amended",
        "expired": "hold:expired report:reported receive:with_authority release:released refuse:refused "
        "amend:amended",
        "released": "lose:loss_reported close:closed amend:amended",
        "refused": "hold:held ask:needs_documents release:released refuse:refused report:reported close:closed "
        "amend:amended",
        "amended": "match:matched",
        "loss_reported": "close:closed amend:amended",
        "closed": "hold:closed release:closed refuse:closed amend:amended",
    },
    "case": {
        "open": "assign:in_review hold:in_review release:released refuse:refused refer:referred ask:waiting "
        "escalate:escalated snooze:snoozed merge:merged reopen:open close:released",
        "in_review": "assign:in_review hold:in_review release:released refuse:refused refer:referred ask:waiting "
        "escalate:escalated snooze:snoozed merge:merged reopen:open close:released",
        "waiting": "assign:waiting hold:in_review release:released refuse:refused refer:referred ask:waiting "
        "answer:in_review escalate:escalated snooze:snoozed merge:merged reopen:open close:released",
        "escalated": "assign:escalated hold:in_review release:released refuse:refused refer:referred ask:waiting "
        "reopen:open close:released",
        "snoozed": "assign:in_review hold:in_review release:released refuse:refused refer:referred wake:in_review "
        "escalate:escalated merge:merged reopen:open close:released",
        "referred": "assign:referred hold:referred release:released refuse:refused refer:referred reopen:open",
        "released": "reopen:open",
        "refused": "reopen:open",
        "merged": "reopen:open",
    },
}
# fmt: on
ORDER_STATES = (
    "received",
    "matched",
    "legal_stop",
    "scored",
    "cleared",
    "needs_documents",
    "held",
    "reported",
    "with_authority",
    "released",
    "refused",
    "under_instruction",
    "expired",
    "amended",
    "loss_reported",
    "closed",
)  # fmt: skip
RESTING = "'cleared', 'needs_documents', 'held', 'legal_stop', 'refused'"
OLD_CASE_STATES = ("open", "in_review", "referred", "released", "refused")
CASE_STATES = (*OLD_CASE_STATES, "waiting", "escalated", "snoozed", "merged")
OLD_EVENTS = ("opened", "reopened", "closed", "assigned", "note", "decided", "referred", "receipt", "instruction")
EVENTS = (
    *OLD_EVENTS, "proposed", "rejected", "withdrawn", "voided", "escalated", "snoozed", "woken", "merged", "asked",
    "document", "checked",
)  # fmt: skip
ONLY_GROW = (
    "order_version", "assessment", "decision", "policy", "signature", "own_view", "case_document",
)  # fmt: skip
OWNED = ("proposal", "signature", "own_view", "case_document", "checklist_mark")
FUNCTIONS = (
    "tamga_case_life", "tamga_order_life", "tamga_decision_guard", "tamga_proposal_made", "tamga_proposal_guard",
    "tamga_signature_guard", "tamga_policy_guard", "tamga_signing_since",
)  # fmt: skip

PLACE_ORDERS = """
    UPDATE orders o SET state = CASE
        WHEN o.disposition = 'refuse' THEN 'refused'
        WHEN o.disposition = 'release' THEN CASE WHEN d.maker = 'policy' THEN 'cleared' ELSE 'released' END
        WHEN c.state = 'referred' THEN CASE WHEN EXISTS (
            SELECT FROM referral r JOIN receipt t ON t.referral_id = r.id WHERE r.case_id = c.id
        ) THEN 'with_authority' ELSE 'reported' END
        WHEN o.documents_needed <> '[]'::jsonb THEN 'needs_documents'
        WHEN d.stops <> '[]'::jsonb THEN 'legal_stop'
        ELSE 'held' END
    FROM orders p
    LEFT JOIN officer_case c ON c.order_id = p.id
    LEFT JOIN LATERAL (
        SELECT maker, stops FROM decision WHERE order_version_id = p.version_id ORDER BY number DESC LIMIT 1
    ) d ON true
    WHERE p.id = o.id
"""
STATE_MEANS = (
    "(state NOT IN ('cleared', 'released', 'loss_reported') OR disposition = 'release') "
    "AND (state <> 'refused' OR disposition = 'refuse') "
    "AND (disposition <> 'release' OR state IN ('cleared', 'released', 'loss_reported', 'closed'))"
)

CASE_LIFE = """
    CREATE FUNCTION tamga_case_life() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT EXISTS (SELECT FROM life_move WHERE machine = 'case' AND state = OLD.state AND next_state = NEW.state) THEN
            RAISE EXCEPTION 'a case does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$
"""
ORDER_LIFE = f"""
    CREATE FUNCTION tamga_order_life() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            RAISE EXCEPTION 'an order does not begin as %', NEW.state USING ERRCODE = 'check_violation';
        ELSIF NEW.version_id <> OLD.version_id THEN
            IF NEW.version <> OLD.version + 1 OR NEW.state NOT IN ({RESTING})
                OR EXISTS (SELECT FROM decision WHERE order_version_id = NEW.version_id)
                OR NOT EXISTS (SELECT FROM life_move WHERE machine = 'order' AND state = OLD.state AND action = 'amend') THEN
                RAISE EXCEPTION 'not an amendment of this order' USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        END IF;
        IF NEW.state <> OLD.state AND NOT EXISTS (
            SELECT FROM life_move WHERE machine = 'order' AND state = OLD.state AND next_state = NEW.state
        ) THEN
            RAISE EXCEPTION 'an order does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.disposition <> OLD.disposition AND NEW.disposition IS DISTINCT FROM (
            SELECT disposition FROM decision WHERE order_version_id = NEW.version_id ORDER BY number DESC LIMIT 1
        ) THEN
            RAISE EXCEPTION 'an order follows its latest decision' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$
"""  # noqa: S608 - our own words
DECISION_GUARD = """
    CREATE FUNCTION tamga_decision_guard() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        p proposal;
    BEGIN
        IF (SELECT band FROM assessment WHERE order_version_id = NEW.order_version_id) IN ('low', 'elevated', 'unscored')
        THEN
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
MAY_SIGN = """
    CREATE FUNCTION tamga_may_sign(wanted text, part text, who uuid, of uuid) RETURNS boolean LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM 1 FROM person u JOIN person_role r ON r.user_id = u.id JOIN organisation o ON o.id = u.organisation_id
        WHERE u.id = who AND u.organisation_id = of AND u.active AND o.active AND CASE
            WHEN wanted = 'release' AND part = 'propose' THEN o.kind = 'company' AND r.role IN ('officer', 'supervisor')
            WHEN wanted = 'release' THEN o.kind = 'company' AND r.role = 'supervisor'
            WHEN part = 'propose' THEN o.kind = 'operator' AND r.role IN ('data_scientist', 'administrator')
            ELSE o.kind = 'operator' AND r.role = 'administrator'
        END FOR SHARE OF r;
        RETURN FOUND;
    END $$
"""
PROPOSAL_MADE = """
    CREATE FUNCTION tamga_proposal_made() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.state <> 'proposed' OR NOT tamga_may_sign(NEW.kind, 'propose', NEW.proposed_by, NEW.organisation_id)
            OR NEW.kind = 'release' AND NOT EXISTS (
                SELECT FROM officer_case WHERE id = NEW.subject_id AND organisation_id = NEW.organisation_id
                    AND order_version_id = NEW.order_version_id
            ) THEN
            RAISE EXCEPTION 'not somebody''s to propose' USING ERRCODE = 'check_violation';
        END IF;
        NEW.created_at := clock_timestamp();
        RETURN NEW;
    END $$
"""
PROPOSAL_GUARD = """
    CREATE FUNCTION tamga_proposal_guard() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF to_jsonb(NEW) - 'state' - 'approved_by' IS DISTINCT FROM to_jsonb(OLD) - 'state' - 'approved_by' THEN
            RAISE EXCEPTION 'what was signed is not edited' USING ERRCODE = 'check_violation';
        ELSIF OLD.state <> 'proposed' THEN
            RAISE EXCEPTION 'the proposal is %', OLD.state USING ERRCODE = 'check_violation';
        ELSIF NEW.state = 'approved' AND 2 <> (
            SELECT count(*) FROM signature s WHERE s.proposal_id = OLD.id AND s.body_sha256 = OLD.body_sha256
                AND s.person_id = CASE s.part WHEN 'propose' THEN OLD.proposed_by ELSE NEW.approved_by END
        ) THEN
            RAISE EXCEPTION 'two people sign the same hash' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$
"""
SIGNATURE_GUARD = """
    CREATE FUNCTION tamga_signature_guard() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        p proposal;
        u person;
    BEGIN
        SELECT * INTO p FROM proposal WHERE id = NEW.proposal_id FOR UPDATE;
        SELECT * INTO u FROM person WHERE id = NEW.person_id;
        IF p.id IS NULL OR p.state <> 'proposed' OR NEW.organisation_id <> p.organisation_id THEN
            RAISE EXCEPTION 'nothing to sign' USING ERRCODE = 'check_violation';
        ELSIF (NEW.person_id = p.proposed_by) <> (NEW.part = 'propose') THEN
            RAISE EXCEPTION 'the second signature is another person''s' USING ERRCODE = 'check_violation';
        ELSIF NEW.body_sha256 <> p.body_sha256 THEN
            RAISE EXCEPTION 'another text was signed' USING ERRCODE = 'check_violation';
        ELSIF NOT tamga_may_sign(p.kind, NEW.part, NEW.person_id, p.organisation_id)
            OR NOT tamga_may_sign(p.kind, 'propose', p.proposed_by, p.organisation_id) THEN
            RAISE EXCEPTION 'without the role at this moment' USING ERRCODE = 'check_violation';
        ELSIF u.signing_check IS NULL OR encode(sha256(NEW.proof), 'hex') <> right(u.signing_check, 64) THEN
            RAISE EXCEPTION 'not proven by the password' USING ERRCODE = 'check_violation';
        ELSIF NEW.part = 'approve' AND u.signing_since > p.created_at THEN
            RAISE EXCEPTION 'the password is newer than the proposal' USING ERRCODE = 'check_violation';
        ELSIF NEW.part = 'approve' AND p.kind = 'release' AND NOT EXISTS (
            SELECT FROM orders o JOIN own_view v ON v.order_version_id = o.version_id
            WHERE o.version_id = p.order_version_id AND v.person_id = NEW.person_id
        ) THEN
            RAISE EXCEPTION 'the order was amended, or the own view not given' USING ERRCODE = 'check_violation';
        END IF;
        NEW.proof := ''::bytea;
        NEW.created_at := clock_timestamp();
        RETURN NEW;
    END $$
"""
POLICY_GUARD = """
    CREATE FUNCTION tamga_policy_guard() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        p proposal;
        said jsonb;
    BEGIN
        SELECT * INTO p FROM proposal WHERE id = NEW.proposal_id;
        said := convert_from(p.body, 'UTF8')::jsonb;
        IF p.id IS NULL OR p.kind <> 'policy' OR p.state <> 'approved' OR NEW.valid_to IS NOT NULL
            OR said -> 'rules' IS DISTINCT FROM NEW.rules OR said ->> 'source' IS DISTINCT FROM NEW.source
            OR (said ->> 'valid_from')::date IS DISTINCT FROM NEW.valid_from THEN
            RAISE EXCEPTION 'a policy needs two signatures under its text' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$
"""
SIGNING_SINCE = """
    CREATE FUNCTION tamga_signing_since() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'INSERT' OR NEW.signing_check IS DISTINCT FROM OLD.signing_check THEN
            NEW.signing_since := clock_timestamp();
        ELSE
            NEW.signing_since := OLD.signing_since;
        END IF;
        RETURN NEW;
    END $$
"""
TRIGGERS = (
    "CREATE TRIGGER case_life BEFORE UPDATE ON officer_case FOR EACH ROW "
    "WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION tamga_case_life()",
    f"CREATE TRIGGER order_begins BEFORE INSERT ON orders FOR EACH ROW "
    f"WHEN (NEW.state NOT IN ({RESTING})) EXECUTE FUNCTION tamga_order_life()",
    "CREATE TRIGGER order_life BEFORE UPDATE ON orders FOR EACH ROW WHEN (OLD.state <> NEW.state "
    "OR OLD.disposition <> NEW.disposition OR OLD.version_id <> NEW.version_id) EXECUTE FUNCTION tamga_order_life()",
    "CREATE TRIGGER four_eyes BEFORE INSERT ON decision FOR EACH ROW "
    "WHEN (NEW.disposition = 'release' AND (NEW.number <> 1 OR NEW.maker <> 'policy')) "
    "EXECUTE FUNCTION tamga_decision_guard()",
    "CREATE TRIGGER made BEFORE INSERT ON proposal FOR EACH ROW EXECUTE FUNCTION tamga_proposal_made()",
    "CREATE TRIGGER guard BEFORE UPDATE ON proposal FOR EACH ROW EXECUTE FUNCTION tamga_proposal_guard()",
    "CREATE TRIGGER stays BEFORE DELETE ON proposal FOR EACH ROW EXECUTE FUNCTION tamga_append_only()",
    "CREATE TRIGGER guard BEFORE INSERT ON signature FOR EACH ROW EXECUTE FUNCTION tamga_signature_guard()",
    "CREATE TRIGGER four_eyes BEFORE INSERT ON policy FOR EACH ROW EXECUTE FUNCTION tamga_policy_guard()",
    "CREATE TRIGGER signing_since BEFORE INSERT OR UPDATE OF signing_check, signing_since ON person "
    "FOR EACH ROW EXECUTE FUNCTION tamga_signing_since()",
    "CREATE TRIGGER fixed BEFORE INSERT OR UPDATE OR DELETE ON life_move "
    "FOR EACH ROW EXECUTE FUNCTION tamga_append_only()",
)


def _in(column: str, words: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(word) for word in words)})"


def _words(table: str, column: str, words: tuple[str, ...]) -> None:
    """Replace the CHECK of a closed vocabulary."""
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{column}")
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{column} CHECK ({_in(column, words)})")


def upgrade() -> None:
    _lives()
    _people()
    _signing()
    _case_work()
    for function in (
        CASE_LIFE, ORDER_LIFE, DECISION_GUARD, MAY_SIGN, PROPOSAL_MADE, PROPOSAL_GUARD, SIGNATURE_GUARD, POLICY_GUARD,
        SIGNING_SINCE, *TRIGGERS,
    ):  # fmt: skip
        op.execute(function)
    for table in ONLY_GROW:
        op.execute(
            f"CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION tamga_append_only()"
        )
    for table in OWNED:
        policies.own(table)
    policies.shared("life_move")


def _lives() -> None:
    moves = op.create_table(
        "life_move",
        sa.Column("machine", sa.String(16), primary_key=True),
        sa.Column("state", sa.String(32), primary_key=True),
        sa.Column("action", sa.String(16), primary_key=True),
        sa.Column("next_state", sa.String(32), nullable=False),
    )
    op.bulk_insert(
        moves,
        [
            {"machine": machine, "state": state, "action": action, "next_state": after}
            for machine, rows in MOVES.items()
            for state, steps in rows.items()
            for action, _, after in (step.partition(":") for step in steps.split())
        ],
    )
    op.execute("ALTER TABLE orders ADD COLUMN state varchar(32)")
    op.execute(PLACE_ORDERS)
    op.execute("ALTER TABLE orders ALTER COLUMN state SET NOT NULL")
    op.execute(f"ALTER TABLE orders ADD CONSTRAINT ck_orders_state CHECK ({_in('state', ORDER_STATES)})")
    op.execute(f"ALTER TABLE orders ADD CONSTRAINT ck_orders_state_means CHECK ({STATE_MEANS})")
    _words("officer_case", "state", CASE_STATES)
    _words("case_event", "kind", EVENTS)
    op.execute(
        "ALTER TABLE officer_case ADD COLUMN kind varchar(16) NOT NULL DEFAULT 'held', "
        "ADD COLUMN own_view boolean NOT NULL DEFAULT false, ADD COLUMN snoozed_until timestamptz, "
        "ADD COLUMN merged_into uuid CONSTRAINT fk_officer_case_merged_into_officer_case REFERENCES officer_case"
    )
    op.execute("ALTER TABLE officer_case ALTER COLUMN kind DROP DEFAULT, ALTER COLUMN own_view DROP DEFAULT")
    op.execute(
        "ALTER TABLE officer_case ADD CONSTRAINT ck_officer_case_kind CHECK (kind IN ('held', 'random')), "
        "ADD CONSTRAINT ck_officer_case_snoozed CHECK ((state = 'snoozed') = (snoozed_until IS NOT NULL)), "
        "ADD CONSTRAINT ck_officer_case_merged CHECK ((state = 'merged') = (merged_into IS NOT NULL))"
    )


def _people() -> None:
    op.execute(
        "ALTER TABLE person ADD COLUMN signing_check varchar(100), ADD COLUMN signing_since timestamptz, "
        "ADD COLUMN absent_from date, ADD COLUMN absent_to date"
    )


def _row(table: str, *columns: sa.Column[object] | sa.Constraint) -> None:
    """A table with an id and a moment, of one organisation."""
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        *columns,
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=f"fk_{table}_organisation_id_organisation"
        ),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
    )


def _to(table: str, column: str, other: str, *, needed: bool = True) -> sa.Column[object]:
    key = sa.ForeignKey(f"{other}.id", name=f"fk_{table}_{column}_{other}")
    return sa.Column(column, sa.Uuid(), key, nullable=not needed)


def _signing() -> None:
    _row(
        "proposal",
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        _to("proposal", "order_version_id", "order_version", needed=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("body_sha256", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(2000), nullable=False),
        _to("proposal", "proposed_by", "person"),
        _to("proposal", "approved_by", "person", needed=False),
        sa.CheckConstraint("kind IN ('release', 'policy')", name=op.f("ck_proposal_kind")),
        sa.CheckConstraint(
            _in("state", ("proposed", "approved", "rejected", "withdrawn", "void")), name=op.f("ck_proposal_state")
        ),
        sa.CheckConstraint("(kind = 'release') = (order_version_id IS NOT NULL)", name=op.f("ck_proposal_subject")),
        sa.CheckConstraint("body_sha256 = encode(sha256(body), 'hex')", name=op.f("ck_proposal_hash")),
        sa.CheckConstraint("(state = 'approved') = (approved_by IS NOT NULL)", name=op.f("ck_proposal_approved")),
        sa.CheckConstraint("approved_by <> proposed_by", name=op.f("ck_proposal_second_person")),
    )
    op.create_index("ix_proposal_organisation_id", "proposal", ["organisation_id"])
    op.create_index(
        "uq_proposal_open", "proposal", ["subject_id"], unique=True, postgresql_where=sa.text("state = 'proposed'")
    )
    _row(
        "signature",
        _to("signature", "proposal_id", "proposal"),
        _to("signature", "person_id", "person"),
        sa.Column("part", sa.String(16), nullable=False),
        sa.Column("body_sha256", sa.String(64), nullable=False),
        sa.Column("meaning", sa.String(2000), nullable=False),
        sa.Column("proof", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("part IN ('propose', 'approve')", name=op.f("ck_signature_part")),
        sa.CheckConstraint("octet_length(proof) = 0", name=op.f("ck_signature_no_proof_kept")),
        sa.UniqueConstraint("proposal_id", "part", name=op.f("uq_signature_proposal_id_part")),
    )
    for table in ("decision", "policy"):
        op.add_column(table, _to(table, "proposal_id", "proposal", needed=False))
        op.create_unique_constraint(f"uq_{table}_proposal_id", table, ["proposal_id"])


def _case_work() -> None:
    _row(
        "own_view",
        _to("own_view", "case_id", "officer_case"),
        _to("own_view", "order_version_id", "order_version"),
        _to("own_view", "person_id", "person"),
        sa.Column("view", sa.String(16), nullable=False),
        sa.CheckConstraint("view IN ('release', 'hold', 'refuse')", name=op.f("ck_own_view_view")),
        sa.UniqueConstraint("order_version_id", "person_id", name=op.f("uq_own_view_order_version_id_person_id")),
    )
    op.create_index("ix_own_view_case_id", "own_view", ["case_id"])
    _row(
        "case_document",
        _to("case_document", "case_id", "officer_case"),
        sa.Column("filename", sa.String(200), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        _to("case_document", "added_by", "person", needed=False),
        sa.CheckConstraint("sha256 = encode(sha256(content), 'hex')", name=op.f("ck_case_document_hash")),
        sa.UniqueConstraint("case_id", "sha256", name=op.f("uq_case_document_case_id_sha256")),
    )
    _row(
        "checklist_mark",
        _to("checklist_mark", "case_id", "officer_case"),
        _to("checklist_mark", "order_version_id", "order_version"),
        sa.Column("point", sa.String(32), nullable=False),
        _to("checklist_mark", "person_id", "person"),
        sa.UniqueConstraint(
            "case_id", "order_version_id", "point", name=op.f("uq_checklist_mark_case_id_order_version_id_point")
        ),
    )
    op.create_index("ix_case_document_organisation_id", "case_document", ["organisation_id"])


def downgrade() -> None:
    used = "SELECT EXISTS (SELECT FROM proposal) OR EXISTS (SELECT FROM officer_case WHERE state <> ALL (:states))"
    if op.get_bind().execute(sa.text(used), {"states": list(OLD_CASE_STATES)}).scalar():
        raise RuntimeError("there are signatures or cases that the earlier schema cannot hold")
    for table in ONLY_GROW:
        op.execute(f"DROP TRIGGER only_grows ON {table}")
    for table, trigger in (
        ("officer_case", "case_life"), ("orders", "order_begins"), ("orders", "order_life"), ("decision", "four_eyes"),
        ("policy", "four_eyes"), ("person", "signing_since"),
    ):  # fmt: skip
        op.execute(f"DROP TRIGGER {trigger} ON {table}")
    for table in ("decision", "policy"):
        op.execute(f"ALTER TABLE {table} DROP COLUMN proposal_id")
    for table in ("checklist_mark", "case_document", "own_view", "signature", "proposal", "life_move"):
        op.drop_table(table)
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}()")
    op.execute("DROP FUNCTION tamga_may_sign(text, text, uuid, uuid)")
    op.execute(
        "ALTER TABLE person DROP COLUMN signing_check, DROP COLUMN signing_since, "
        "DROP COLUMN absent_from, DROP COLUMN absent_to"
    )
    op.execute(
        "ALTER TABLE officer_case DROP COLUMN kind, DROP COLUMN own_view, DROP COLUMN snoozed_until, "
        "DROP COLUMN merged_into"
    )
    op.execute("ALTER TABLE orders DROP COLUMN state")
    op.execute(f"DELETE FROM case_event WHERE NOT {_in('kind', OLD_EVENTS)}")  # noqa: S608 - our own words
    _words("officer_case", "state", OLD_CASE_STATES)
    _words("case_event", "kind", OLD_EVENTS)
