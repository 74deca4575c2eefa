"""The audit log becomes Merkle trees: one per organisation, their roots in a main tree; erasure and legal holds.

Revision 0006, after 0005, 2026-11-22. Leaves keep their number and commitment and get a place in their organisation's
tree; the chain's two columns go, because the chain is computed again from number and commitment whenever an early
checkpoint is checked. Those checkpoints are kept as records. A log that has checkpoints over trees, or erased events,
does not go back: the downgrade refuses.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

GROWING = ("audit_node", "audit_root", "audit_checkpoint", "audit_cosignature", "audit_key")
CHUNK = 5000

GUARD = """
    CREATE FUNCTION tamga_event_guard() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE'
            AND (NEW.body, NEW.salt, NEW.action) = ('', ''::bytea, 'erased') AND NEW.subject_id IS NULL
            AND (NEW.event_id, NEW.at) = (OLD.event_id, OLD.at)
            AND NEW.organisation_id IS NOT DISTINCT FROM OLD.organisation_id
            AND OLD.action NOT LIKE 'audit.%'
            AND NOT EXISTS (
                SELECT FROM audit_hold h WHERE h.organisation_id = OLD.organisation_id AND h.lifted_at IS NULL
                AND (h.subject_id IS NULL OR h.subject_id = OLD.subject_id))
            AND EXISTS (
                SELECT FROM audit_event e JOIN audit_leaf l ON l.event_id = e.event_id
                WHERE e.event_id = NULLIF(current_setting('tamga.erasure', true), '')::uuid
                AND e.action = 'audit.erased' AND e.organisation_id IS NOT DISTINCT FROM OLD.organisation_id
                AND e.body::jsonb -> 'details' -> 'event_ids' ? OLD.event_id::text)
        THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION '% only grows: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
    END $$
"""
ERASE = """
    CREATE FUNCTION tamga_erase_events(record uuid) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DECLARE emptied bigint;
    BEGIN
        PERFORM set_config('tamga.erasure', record::text, true);
        UPDATE audit_event SET body = '', salt = '', action = 'erased', subject_id = NULL
        WHERE action <> 'erased' AND event_id IN (
            SELECT named::uuid
            FROM audit_event r, jsonb_array_elements_text(r.body::jsonb -> 'details' -> 'event_ids') AS named
            WHERE r.event_id = record AND r.action = 'audit.erased');
        GET DIAGNOSTICS emptied = ROW_COUNT;
        PERFORM set_config('tamga.erasure', '', true);
        RETURN emptied;
    END $$
"""


def upgrade() -> None:
    op.execute("ALTER TABLE audit_checkpoint RENAME TO audit_chain_checkpoint")
    op.execute("ALTER INDEX pk_audit_checkpoint RENAME TO pk_audit_chain_checkpoint")
    _create_tables()
    _plant()
    for table in GROWING:
        _guard(table, "tamga_append_only")
    op.execute("DROP TRIGGER append_only ON audit_event")
    op.execute(GUARD)
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_event "
        "FOR EACH ROW EXECUTE FUNCTION tamga_event_guard()"
    )
    op.execute(ERASE)
    op.execute("REVOKE ALL ON FUNCTION tamga_erase_events(uuid) FROM PUBLIC")


def _guard(table: str, function: str) -> None:
    op.execute(
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()"
    )
    op.execute(
        f"CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
    )


def _create_tables() -> None:
    big, text = sa.BigInteger(), sa.String()
    op.create_table(
        "audit_node",
        sa.Column("tree_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("position", big, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tree_id", "level", "position", name="pk_audit_node"),
    )
    op.create_table(
        "audit_root",
        sa.Column("position", big, autoincrement=False, nullable=False),
        sa.Column("tree_id", sa.Uuid(), nullable=False),
        sa.Column("size", big, nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_audit_root"),
        sa.UniqueConstraint("tree_id", "size", name="uq_audit_root_tree_id_size"),
    )
    op.create_table(
        "audit_checkpoint",
        sa.Column("number", big, autoincrement=False, nullable=False),
        sa.Column("size", big, nullable=False),
        sa.Column("leaves", big, nullable=False),
        sa.Column("statement", text, nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("signature", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit_checkpoint"),
    )
    op.create_table(
        "audit_cosignature",
        sa.Column("number", big, nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("statement", text, nullable=False),
        sa.Column("signature", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("number", "key_id", name="pk_audit_cosignature"),
        sa.ForeignKeyConstraint(
            ["number"], ["audit_checkpoint.number"], name="fk_audit_cosignature_number_audit_checkpoint"
        ),
    )
    op.create_table(
        "audit_key",
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("public_key", sa.String(length=64), nullable=False),
        sa.CheckConstraint("role IN ('service', 'witness')", name="ck_audit_key_role"),
        sa.PrimaryKeyConstraint("key_id", "role", name="pk_audit_key"),
    )
    op.create_table(
        "audit_hold",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.String(length=100), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_audit_hold"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name="fk_audit_hold_organisation_id_organisation"
        ),
    )
    op.create_index("ix_audit_hold_organisation", "audit_hold", ["organisation_id"])


def _plant() -> None:
    """Give every leaf its place in its organisation's tree, and the trees their nodes."""
    op.execute("ALTER TABLE audit_leaf DISABLE TRIGGER USER")
    op.execute("ALTER TABLE audit_leaf ADD COLUMN tree_id uuid, ADD COLUMN position bigint")
    op.execute(
        """
        UPDATE audit_leaf SET tree_id = placed.tree_id, position = placed.position FROM (
            SELECT l.number, coalesce(e.organisation_id, '00000000-0000-0000-0000-000000000000') AS tree_id,
                row_number() OVER (PARTITION BY e.organisation_id ORDER BY l.number) - 1 AS position
            FROM audit_leaf l LEFT JOIN audit_event e ON e.event_id = l.event_id
        ) AS placed WHERE placed.number = audit_leaf.number
        """
    )
    op.execute("ALTER TABLE audit_leaf ALTER COLUMN tree_id SET NOT NULL, ALTER COLUMN position SET NOT NULL")
    op.execute("ALTER TABLE audit_leaf DROP COLUMN previous, DROP COLUMN hash")
    op.create_unique_constraint("uq_audit_leaf_tree_id_position", "audit_leaf", ["tree_id", "position"])
    op.execute("ALTER TABLE audit_leaf ENABLE TRIGGER USER")
    insert = sa.text("INSERT INTO audit_node (tree_id, level, position, hash) VALUES (:tree, :level, :position, :hash)")
    made: list[dict[str, Any]] = []
    for node in _nodes():
        made.append(node)
        if len(made) == CHUNK:
            op.get_bind().execute(insert, made)
            made = []
    if made:
        op.get_bind().execute(insert, made)


def _nodes() -> Iterator[dict[str, Any]]:
    """Every complete subtree of every tree (RFC 6962). Frozen here: what was converted must not change with the code."""
    peaks: dict[Any, list[bytes]] = {}
    for tree, position, committed in _leaves("tree_id, position, commitment"):
        rising, level, place = peaks.setdefault(tree, []), 0, position
        result = hashlib.sha256(b"\x00" + bytes.fromhex(committed)).digest()
        while place & 1:
            result = hashlib.sha256(b"\x01" + rising.pop() + result).digest()
            place, level = place >> 1, level + 1
            yield {"tree": tree, "level": level, "position": place, "hash": result}
        rising.append(result)


def _leaves(columns: str) -> Iterator[Any]:
    """The leaves by number, a chunk at a time."""
    statement = f"SELECT number, {columns} FROM audit_leaf WHERE number > :last ORDER BY 1 LIMIT :chunk"  # noqa: S608
    query, last = sa.text(statement), 0
    while rows := op.get_bind().execute(query, {"last": last, "chunk": CHUNK}).all():
        for row in rows:
            yield row[1:]
        last = rows[-1][0]


def downgrade() -> None:
    if op.get_bind().execute(sa.text("SELECT EXISTS (SELECT FROM audit_checkpoint)")).scalar():
        raise RuntimeError("the audit log has checkpoints over its trees: going back would drop them")
    if op.get_bind().execute(sa.text("SELECT EXISTS (SELECT FROM audit_event WHERE body = '')")).scalar():
        raise RuntimeError("the audit log has erased events: the earlier schema cannot hold them")
    op.execute("DROP FUNCTION tamga_erase_events(uuid)")
    op.execute("DROP TRIGGER append_only ON audit_event")
    op.execute("DROP FUNCTION tamga_event_guard()")
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_event "
        "FOR EACH ROW EXECUTE FUNCTION tamga_append_only()"
    )
    _chain()
    op.drop_table("audit_hold")
    for table in ("audit_cosignature", "audit_key", "audit_checkpoint", "audit_root", "audit_node"):
        op.drop_table(table)
    op.execute("ALTER INDEX pk_audit_chain_checkpoint RENAME TO pk_audit_checkpoint")
    op.execute("ALTER TABLE audit_chain_checkpoint RENAME TO audit_checkpoint")


def _chain() -> None:
    """The hash chain again, from numbers and commitments."""
    op.execute("ALTER TABLE audit_leaf DISABLE TRIGGER USER")
    op.execute("ALTER TABLE audit_leaf DROP CONSTRAINT uq_audit_leaf_tree_id_position")
    op.execute("ALTER TABLE audit_leaf DROP COLUMN tree_id, DROP COLUMN position")
    op.execute("ALTER TABLE audit_leaf ADD COLUMN previous varchar(64), ADD COLUMN hash varchar(64)")
    update, previous = (
        sa.text("UPDATE audit_leaf SET previous = :previous, hash = :hash WHERE number = :number"),
        "0" * 64,
    )
    for number, committed in _leaves("number, commitment"):
        hashed = hashlib.sha256(f"{number}:{previous}:{committed}".encode()).hexdigest()
        op.get_bind().execute(update, {"number": number, "previous": previous, "hash": hashed})
        previous = hashed
    op.execute("ALTER TABLE audit_leaf ALTER COLUMN previous SET NOT NULL, ALTER COLUMN hash SET NOT NULL")
    op.execute("ALTER TABLE audit_leaf ENABLE TRIGGER USER")
