"""Checks the audit log from its first leaf to its last, and against every signed checkpoint.

Reads only; needs the database, the checkpoint file and the service's public key.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session, col, select

from screening.audit import START, chained, checkpoint_file, checkpoint_statement, commitment
from screening.signing import signed
from screening.tables.audit import AuditCheckpoint, AuditEvent, AuditLeaf

CHUNK = 5000


@dataclass(frozen=True, slots=True)
class AuditVerdict:
    """`bad_leaf` is the first leaf found wrong; `bad_checkpoint` the first signed size the log no longer fits.

    `fault` says what is wrong; None means the log is whole.
    """

    leaves: int
    checkpoints: int
    fault: str | None = None
    bad_leaf: int | None = None
    bad_checkpoint: int | None = None

    @property
    def whole(self) -> bool:
        return self.fault is None


@dataclass(frozen=True, slots=True)
class Claim:
    """One checkpoint as read: the size and hash it claims, and whether the service signed that."""

    size: int
    hash: str
    valid: bool


@dataclass(frozen=True, slots=True)
class Link:
    """One leaf with its event, if the event is there."""

    leaf: AuditLeaf
    event: AuditEvent | None


def verify(session: Session, folder: Path | None = None) -> AuditVerdict:
    """Walk the whole log; the verdict names the first fault."""
    session.expire_all()  # what is checked is the database, never what this process remembers of it
    claims = _claims(session, folder)
    number, previous, good = 0, START, 0
    for link in _links(session):
        number += 1
        fault = _fault_of(link, number, previous)
        if fault:
            return AuditVerdict(number - 1, good, fault, bad_leaf=number)
        previous = link.leaf.hash
        for claim in claims.pop(number, []):
            if not claim.valid:
                return AuditVerdict(number, good, "a checkpoint's signature is not ours", bad_checkpoint=number)
            if claim.hash != previous:
                return AuditVerdict(number, good, "rewritten before a signed checkpoint", number, number)
            good += 1
    if claims:
        return AuditVerdict(number, good, "cut off before a signed checkpoint", number + 1, min(claims))
    loose = _event_without_leaf(session)
    if loose:
        return AuditVerdict(number, good, f"event {loose} has no leaf", number + 1)
    return AuditVerdict(number, good)


def _fault_of(link: Link, number: int, previous: str) -> str | None:
    """What is wrong with the leaf that should be `number` and follow `previous`."""
    leaf, event = link.leaf, link.event
    if leaf.number != number:
        return "missing leaf"
    if event is None:
        return "event deleted"
    if commitment(event.salt, event.body) != leaf.commitment:
        return "event edited"
    if not _columns_agree(event):
        return "event's columns edited"
    if leaf.previous != previous or leaf.hash != chained(number, previous, leaf.commitment):
        return "chain broken"
    return None


def _columns_agree(event: AuditEvent) -> bool:
    said = json.loads(event.body)
    organisation = event.organisation_id and str(event.organisation_id)
    return (said["event_id"], said["at"], said["action"], said["subject_id"], said["organisation_id"]) == (
        str(event.event_id),
        event.at.isoformat(),
        event.action,
        event.subject_id,
        organisation,
    )


def _claims(session: Session, folder: Path | None) -> dict[int, list[Claim]]:
    """Every checkpoint of the database and of the file, by size."""
    found: dict[int, list[Claim]] = {}
    for row in session.exec(select(AuditCheckpoint)):
        statement = checkpoint_statement(row.size, row.hash, row.at)
        found.setdefault(row.size, []).append(Claim(row.size, row.hash, signed(statement, row.signature)))
    path = checkpoint_file(folder)
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        written = json.loads(line)
        said = json.loads(written["statement"])
        valid = signed(written["statement"], written["signature"])
        found.setdefault(said["size"], []).append(Claim(said["size"], said["hash"], valid))
    return found


def _links(session: Session) -> Iterator[Link]:
    """Leaves by number with their events, a chunk at a time: the log may be long."""
    seen: int | None = None
    while True:
        query = (
            select(AuditLeaf, AuditEvent)
            .outerjoin(AuditEvent, col(AuditEvent.event_id) == col(AuditLeaf.event_id))
            .order_by(col(AuditLeaf.number))
            .limit(CHUNK)
        )
        rows = session.exec(query if seen is None else query.where(col(AuditLeaf.number) > seen)).all()
        for leaf, event in rows:
            yield Link(leaf, event)
        if len(rows) < CHUNK:
            return
        seen = rows[-1][0].number
        session.expunge_all()


def _event_without_leaf(session: Session) -> str | None:
    numbered = select(AuditLeaf.event_id).where(col(AuditLeaf.event_id) == col(AuditEvent.event_id)).exists()
    found = session.exec(select(AuditEvent.event_id).where(~numbered).limit(1)).one_or_none()
    return str(found) if found else None
