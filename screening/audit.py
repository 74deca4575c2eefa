"""The audit log: what happened, in an order nobody can change unseen.

    business transaction        appender (one at a time)          checkpoint (each minute or 1,000 leaves)   witness
    record() -> audit_staging   append() -> event, leaf, nodes    checkpoint() -> roots, signature           cosigns

`record` inserts one row and takes no lock. `append` numbers the committed events 1, 2, 3, ... without gaps; each is a
leaf in the Merkle tree of its organisation: commitment = SHA-256(salt, canonical event), leaf = SHA-256(0x00,
commitment), node = SHA-256(0x01, left, right) (RFC 6962). The salt keeps a commitment from being guessed once an
event's text is erased. `checkpoint` makes the size and root of every tree that grew a leaf of the main tree and signs
the main tree's root: an organisation's proof tells nothing of the others. Checkpoints are committed first and then
written to a file beside the database and to the witness's, so that a superuser who cuts or rewrites the log is found
out; what is newer than the last checkpoint that somebody else holds is not yet covered.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import func, insert, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import Session, col, select

from screening import audit_trees, database
from screening.audit_trees import MAIN, OWN
from screening.ids import new_id, utc_now
from screening.settings import settings
from screening.signing import canonical, public_bytes, service_key, sign
from screening.tables.audit import (
    AuditCheckpoint,
    AuditEvent,
    AuditKey,
    AuditLeaf,
    AuditRoot,
    AuditStaging,
)
from screening.tamga_verify import leaf_hash, root_leaf

log = structlog.get_logger(__name__)
APPEND_LOCK = 7_274_002  # advisory lock key of the one appender
BATCH = 1000
CHECKPOINT_LEAVES = 1000  # a checkpoint is due at the latest after so many
CHECKPOINT = "tamga-checkpoint/1"
TAIL_BYTES = 65_536  # what is read of the checkpoint file to find its last line
_STAGING = AuditStaging.__table__  # type: ignore[attr-defined]
NODE_COLUMNS = ("tree_id", "level", "position", "hash")
TAKE = """
    DELETE FROM audit_staging WHERE position IN (SELECT position FROM audit_staging ORDER BY position LIMIT %(limit)s)
    RETURNING *
"""
KEEP_EVENTS = """
    INSERT INTO audit_event (event_id, at, organisation_id, action, subject_id, body, salt)
    SELECT * FROM unnest(%(event_id)s::uuid[], %(at)s::timestamptz[], %(organisation_id)s::uuid[], %(action)s::text[],
        %(subject_id)s::text[], %(body)s::text[], %(salt)s::bytea[])
"""
KEEP_LEAVES = """
    INSERT INTO audit_leaf (number, event_id, commitment, tree_id, position)
    SELECT * FROM unnest(%(number)s::bigint[], %(event_id)s::uuid[], %(commitment)s::text[], %(tree_id)s::uuid[],
        %(position)s::bigint[])
"""
KEEP_NODES = """
    INSERT INTO audit_node (tree_id, level, position, hash)
    SELECT * FROM unnest(%(tree_id)s::uuid[], %(level)s::int[], %(position)s::bigint[], %(hash)s::bytea[])
"""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One thing that happened. `actor` is `user:<id>`, `key:<id>` or the name of a background job."""

    action: str
    actor: str
    organisation_id: UUID | None = None
    subject_id: str | UUID | None = None
    details: Mapping[str, object] = field(default_factory=dict)


def staged(entry: AuditEntry) -> dict[str, Any]:
    """The columns of one staged entry, for those who write it with their own statement."""
    event_id, at = new_id(), utc_now()
    subject = None if entry.subject_id is None else str(entry.subject_id)
    body = canonical(
        {
            "event_id": str(event_id),
            "at": at.isoformat(),
            "organisation_id": entry.organisation_id and str(entry.organisation_id),
            "action": entry.action,
            "actor": entry.actor,
            "subject_id": subject,
            "details": dict(entry.details),
        }
    )
    return {
        "event_id": event_id,
        "at": at,
        "organisation_id": entry.organisation_id,
        "action": entry.action,
        "subject_id": subject,
        "body": body,
    }


def record(session: Session, entry: AuditEntry) -> UUID:
    """Stage the entry in the caller's transaction; it gets its number within seconds of the commit."""
    row = staged(entry)
    session.execute(insert(_STAGING).inline().values(row))  # nothing is read back: who stages need not see it
    event_id: UUID = row["event_id"]
    return event_id


def append(session: Session, limit: int = BATCH) -> int:
    """Number up to `limit` staged events; returns how many. Zero too when another appender is at work."""
    if not session.execute(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": APPEND_LOCK}).scalar_one():
        return 0
    session.flush()
    taken = database.run(session, (TAKE, {"limit": limit}))[0]
    if not taken:
        return 0
    number = head(session)
    trees = audit_trees.sizes(session, {row["organisation_id"] or OWN for row in taken})
    growing = audit_trees.frontiers(session, trees)
    leaves: list[dict[str, Any]] = []
    nodes: list[dict[str, Any]] = []
    for row in sorted(taken, key=lambda row: int(row["position"])):
        row["salt"], tree, number = os.urandom(32), row["organisation_id"] or OWN, number + 1
        committed = hashlib.sha256(row["salt"] + row["body"].encode()).digest()
        place = {"tree_id": tree, "position": growing[tree].size}
        leaves.append({"number": number, "event_id": row["event_id"], "commitment": committed.hex(), **place})
        nodes += _rows(tree, growing[tree].add(leaf_hash(committed)))
    database.run(
        session, (KEEP_EVENTS, _columns(taken)), (KEEP_LEAVES, _columns(leaves)), (KEEP_NODES, _columns(nodes))
    )
    return len(taken)


def _rows(tree: UUID, made: Iterable[tuple[int, int, bytes]]) -> list[dict[str, Any]]:
    return [{"tree_id": tree, "level": level, "position": at, "hash": node} for level, at, node in made]


def _columns(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """Rows as one array per column, which the driver sends in one piece."""
    return {name: [row[name] for row in rows] for name in (rows[0] if rows else NODE_COLUMNS)}


def head(session: Session) -> int:
    """Number of the last leaf; 0 of an empty log."""
    return session.exec(select(func.max(AuditLeaf.number))).one() or 0


def last_checkpoint(session: Session) -> AuditCheckpoint | None:
    return session.exec(select(AuditCheckpoint).order_by(col(AuditCheckpoint.number).desc()).limit(1)).one_or_none()


def checkpoint_due(session: Session) -> bool:
    """Whether so many leaves are not yet covered that the next minute is not waited for."""
    last = last_checkpoint(session)
    return head(session) - (last.leaves if last else 0) >= CHECKPOINT_LEAVES


def checkpoint(session: Session) -> int | None:
    """Sign the log as it stands, unless it has not grown; returns the checkpoint's number.

    Nothing leaves the transaction: `publish` tells what has been committed, so that no checkpoint that was told is
    ever rolled back.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": APPEND_LOCK})
    last, leaves = last_checkpoint(session), head(session)
    number, size, covered = (last.number, last.size, last.leaves) if last else (0, 0, 0)
    if leaves <= covered:
        return None
    main = audit_trees.frontiers(session, {MAIN: size})[MAIN]
    roots, nodes = _grown(session, covered), list[dict[str, Any]]()
    for root in roots:
        root["position"] = main.size
        nodes += _rows(MAIN, main.add(root_leaf(str(root["tree_id"]), root["size"], root["root"])))
    session.execute(insert(AuditRoot), roots)
    database.run(session, (KEEP_NODES, _columns(nodes)))
    said = {"number": number + 1, "size": main.size, "root": main.root().hex(), "at": utc_now().isoformat()}
    statement = canonical({"format": CHECKPOINT, **said})
    signer, signature = sign(statement)
    keep_key(session, signer, "service", public_bytes(service_key().public_key()))
    session.add(
        AuditCheckpoint(
            number=number + 1, size=main.size, leaves=leaves, statement=statement, key_id=signer, signature=signature
        )
    )
    session.flush()
    return number + 1


def _grown(session: Session, covered: int) -> list[dict[str, Any]]:
    """Size and root of each tree that has leaves beyond number `covered`, by tree."""
    query = select(AuditLeaf.tree_id, func.max(AuditLeaf.position)).where(col(AuditLeaf.number) > covered)
    grown = {tree: position + 1 for tree, position in session.exec(query.group_by(col(AuditLeaf.tree_id)))}
    standing = audit_trees.frontiers(session, grown)
    return [{"tree_id": tree, "size": grown[tree], "root": standing[tree].root().hex()} for tree in sorted(grown)]


def keep_key(session: Session, signer: str, role: str, public: bytes) -> None:
    """Remember the public key that signed as `role`."""
    row = {"key_id": signer, "role": role, "public_key": base64.b64encode(public).decode()}
    session.execute(upsert(AuditKey).values(row).on_conflict_do_nothing())


def publish(session: Session, folder: Path | None = None) -> int:
    """Write committed checkpoints that `audit/checkpoints.jsonl` under the var folder lacks; returns how many.

    A file that is ahead of the database is left alone: the database was set back, and `verify` says so.
    """
    path = checkpoint_file(folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        told = _last_told(file)
        query = select(AuditCheckpoint).where(col(AuditCheckpoint.number) > told).order_by(col(AuditCheckpoint.number))
        rows = session.exec(query).all()
        last = last_checkpoint(session)
        if last and last.number < told:
            log.error("checkpoints_lost", database=last.number, file=told)
        keys = [key_line(key) for key in session.exec(select(AuditKey))] if rows and not told else []
        lines = [*keys, *(checkpoint_line(row) for row in rows)]
        file.write("".join(json.dumps(line) + "\n" for line in lines).encode())
        file.flush()
        os.fsync(file.fileno())
    return len(rows)


def _last_told(file: Any) -> int:
    """Number of the last checkpoint in the file; 0 when it has none (lines from before the tree have no number)."""
    file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL_BYTES))
    numbers = [json.loads(line).get("number", 0) for line in file.read().splitlines()[-2:] if line.startswith(b"{")]
    return max(numbers, default=0)


def key_line(key: AuditKey) -> dict[str, Any]:
    return {"kind": "key", **key.model_dump()}


def checkpoint_line(row: AuditCheckpoint) -> dict[str, Any]:
    """The checkpoint as bundles, files and proofs tell it."""
    return {"kind": "checkpoint", **row.model_dump(include={"number", "statement", "key_id", "signature"})}


def checkpoint_file(folder: Path | None = None) -> Path:
    return (folder or settings().var_dir) / "audit" / "checkpoints.jsonl"


def trail(session: Session, subject_id: str | UUID) -> list[dict[str, object]]:
    """What is on record about one subject, oldest first, numbered or still staged."""
    subject = str(subject_id)
    told: Iterable[str] = [
        *session.exec(select(AuditEvent.body).where(AuditEvent.subject_id == subject)),
        *session.exec(select(AuditStaging.body).where(AuditStaging.subject_id == subject)),
    ]
    return sorted((json.loads(body) for body in told), key=lambda event: (event["at"], event["event_id"]))
