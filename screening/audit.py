"""The audit log: what happened, in an order nobody can change unseen.

    business transaction        appender (one at a time)             checkpoint (each minute)
    record() -> audit_staging   append() -> audit_event + leaf n     checkpoint() -> signature over (n, hash n)

`record` inserts one row and takes no lock. `append` numbers the committed events 1, 2, 3, ... without gaps and chains
them: hash n = SHA-256(n, hash n-1, commitment n), commitment = SHA-256(salt, canonical event). The salt keeps a
commitment from being guessed once an event's text is erased. Checkpoints go to the database and to a file beside it,
so that a superuser who cuts the log's tail is found out; what is newer than the last checkpoint is not yet covered.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, text
from sqlmodel import Session, col, select

from screening.ids import new_id, utc_now
from screening.settings import settings
from screening.signing import canonical, sign
from screening.tables.audit import AuditCheckpoint, AuditEvent, AuditLeaf, AuditStaging

APPEND_LOCK = 7_274_002  # advisory lock key of the one appender
BATCH = 1000
START = "0" * 64  # what the first leaf is chained to


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
    row = AuditStaging(**staged(entry))
    session.add(row)
    return row.event_id


def commitment(salt: bytes, body: str) -> str:
    """The salted SHA-256 of an event's canonical text, in hex."""
    return hashlib.sha256(salt + body.encode()).hexdigest()


def chained(number: int, previous: str, committed: str) -> str:
    """Hash of leaf `number`, in hex."""
    return hashlib.sha256(f"{number}:{previous}:{committed}".encode()).hexdigest()


def append(session: Session, limit: int = BATCH) -> int:
    """Number up to `limit` staged events; returns how many. Zero too when another appender is at work."""
    if not session.execute(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": APPEND_LOCK}).scalar_one():
        return 0
    staged = session.exec(select(AuditStaging).order_by(col(AuditStaging.position)).limit(limit)).all()
    if not staged:
        return 0
    number, previous = head(session)
    events, leaves = [], []
    for row in staged:
        salt, number = os.urandom(32), number + 1
        committed = commitment(salt, row.body)
        leaf = {"number": number, "event_id": row.event_id, "commitment": committed, "previous": previous}
        previous = chained(number, previous, committed)
        leaves.append({**leaf, "hash": previous})
        events.append({**row.model_dump(exclude={"position"}), "salt": salt})
    session.execute(insert(AuditEvent), events)
    session.execute(insert(AuditLeaf), leaves)
    session.execute(delete(AuditStaging).where(col(AuditStaging.position).in_([row.position for row in staged])))
    return len(staged)


def head(session: Session) -> tuple[int, str]:
    """(number, hash) of the last leaf; (0, zeros) of an empty log."""
    last = session.exec(select(AuditLeaf).order_by(col(AuditLeaf.number).desc()).limit(1)).one_or_none()
    return (last.number, last.hash) if last else (0, START)


def checkpoint(session: Session, folder: Path | None = None) -> int | None:
    """Sign the log as it stands, unless it has not grown; returns the size signed.

    The line goes to `audit/checkpoints.jsonl` under the var folder first: a checkpoint the database has and the file
    lacks would be one that a superuser can take away.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": APPEND_LOCK})
    size, last_hash = head(session)
    done = session.exec(select(func.max(AuditCheckpoint.size))).one() or 0
    if size <= done:
        return None
    at = utc_now()
    statement = checkpoint_statement(size, last_hash, at)
    signer, signature = sign(statement)
    line = json.dumps({"statement": statement, "key_id": signer, "signature": signature})
    path = checkpoint_file(folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
        file.flush()
        os.fsync(file.fileno())
    session.add(AuditCheckpoint(size=size, hash=last_hash, at=at, key_id=signer, signature=signature))
    return size


def checkpoint_statement(size: int, last_hash: str, at: datetime) -> str:
    """The text a checkpoint signs."""
    return canonical({"size": size, "hash": last_hash, "at": at.isoformat()})


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
