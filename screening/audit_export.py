"""The audit log as lines that `tamga-verify` reads: keys, checkpoints and roots first, then every leaf with its event.

The lines of one bundle have to come from one snapshot: `snapshot` before the first.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, select

from screening import database
from screening.audit import checkpoint_line, key_line
from screening.signing import canonical
from screening.tables.audit import (
    AuditChainCheckpoint,
    AuditCheckpoint,
    AuditCosignature,
    AuditKey,
    AuditRoot,
)

CHUNK = 5000
FORMAT = "tamga-audit/1"
LEAVES = """
    SELECT l.number, l.tree_id, l.position, l.commitment, l.event_id,
        e.at, e.organisation_id, e.action, e.subject_id, e.body, e.salt
    FROM audit_leaf l LEFT JOIN audit_event e ON e.event_id = l.event_id
    WHERE l.number > %(last)s ORDER BY l.number LIMIT %(chunk)s
"""
LOOSE = """
    SELECT e.event_id FROM audit_event e
    WHERE NOT EXISTS (SELECT FROM audit_leaf l WHERE l.event_id = e.event_id) LIMIT 1
"""
BEFORE_ALL = -(2**63)


def snapshot(session: Session) -> None:
    """Let everything read from here on be of one moment. To be called first in a transaction."""
    session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))


def bundle(session: Session) -> Iterator[dict[str, Any]]:
    """Every line of the whole log, in the order `tamga-verify` takes them."""
    session.expire_all()  # what is told is the database, never what this process remembers of it
    yield {"kind": "bundle", "format": FORMAT}
    yield from signed_lines(session)
    last = BEFORE_ALL
    while rows := database.run(session, (LEAVES, {"last": last, "chunk": CHUNK}))[0]:
        for row in rows:
            yield _leaf_line(row)
        last = rows[-1]["number"]
    for row in database.run(session, (LOOSE, {}))[0]:
        yield {"kind": "loose", "event_id": str(row["event_id"])}


def signed_lines(session: Session) -> Iterator[dict[str, Any]]:
    """Keys, early checkpoints, roots, checkpoints and cosignatures."""
    for key in session.exec(select(AuditKey)):
        yield key_line(key)
    for early in session.exec(select(AuditChainCheckpoint).order_by(col(AuditChainCheckpoint.size))):
        yield _chain_line(early)
    for root in session.exec(select(AuditRoot).order_by(col(AuditRoot.position))):
        tree = {"tree": str(root.tree_id), "size": root.size, "root": root.root}
        yield {"kind": "root", "position": root.position, **tree}
    for row in session.exec(select(AuditCheckpoint).order_by(col(AuditCheckpoint.number))):
        yield checkpoint_line(row)
    for seen in session.exec(select(AuditCosignature).order_by(col(AuditCosignature.number))):
        yield {"kind": "cosignature", **seen.model_dump()}


def _chain_line(row: AuditChainCheckpoint) -> dict[str, Any]:
    """A checkpoint from before the tree, with the text that it signed."""
    statement = canonical({"size": row.size, "hash": row.hash, "at": row.at.isoformat()})
    return {"kind": "chain", "statement": statement, "key_id": row.key_id, "signature": row.signature}


def _leaf_line(row: dict[str, Any]) -> dict[str, Any]:
    place = {"number": row["number"], "tree": str(row["tree_id"]), "position": row["position"]}
    return {"kind": "leaf", **place, "commitment": row["commitment"], "event": event_of(row)}


def event_of(row: dict[str, Any]) -> dict[str, Any] | None:
    """The event's columns as JSON values; None where the event is not there."""
    if row["body"] is None:
        return None
    return {
        "event_id": str(row["event_id"]),
        "at": row["at"].isoformat(),
        "organisation_id": row["organisation_id"] and str(row["organisation_id"]),
        "action": row["action"],
        "subject_id": row["subject_id"],
        "body": row["body"],
        "salt": bytes(row["salt"]).hex(),
    }
