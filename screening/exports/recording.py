"""That a file left the service stands in the audit log: who took what, in which format, with its SHA-256."""

from __future__ import annotations

import hashlib
from uuid import UUID

from sqlmodel import Session

from screening.access import Principal
from screening.audit import AuditEntry, record


def taken(session: Session, caller: Principal, subject: UUID | str, wanted: str, content: bytes) -> None:
    """Stage the entry in the caller's own tree; a company never learns what an authority took."""
    told = {"format": wanted, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    record(session, AuditEntry("export.made", caller.actor, caller.organisation_id, subject, told))
