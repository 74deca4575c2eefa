"""An organisation's part of the log walked while its auditor waits: as `tamga-verify` does, on the service itself.

Text against commitment, commitment against tree, tree against the signed checkpoint, checkpoint against service's and
witness's keys and against their files. Beyond `MOST` events only the newest are walked; those before them are held by
the same root. It is the service's own word: who does not trust it takes a proof, or the log, to another machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from screening import audit_check, audit_trees, merkle
from screening.access import Principal, require
from screening.audit import checkpoint_line
from screening.audit_trees import MAIN
from screening.tables.audit import (
    AuditCheckpoint,
    AuditCosignature,
    AuditEvent,
    AuditKey,
    AuditLeaf,
    AuditRoot,
)
from screening.tamga_verify import Bad, Frontier, Signed, commitment, inclusion_holds, leaf_hash, root_leaf, stated

MOST = 50_000
AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Walked:
    """`events` were walked of `size` that are signed. `fault`: missing, edited, tree, signature, anchor or cosignature;
    `position` from 0 where it is one event's."""

    size: int = 0
    events: int = 0
    erased: int = 0
    checkpoint: int | None = None
    cosigned: bool = False
    fault: str | None = None
    position: int | None = None


def verify(session: Session, principal: Principal, folder: Path | None = None) -> Walked:
    """Walk the caller's own tree up to its last signed size; `folder` has the files beside the database, by default
    those of this machine. Raises Forbidden."""
    require(principal, "supervisor", "auditor")
    own = AuditRoot.tree_id == principal.organisation_id
    root = session.exec(select(AuditRoot).where(own).order_by(col(AuditRoot.size).desc()).limit(1)).first()
    if root is None:
        return Walked()
    start = max(root.size - MOST, 0)
    tree = audit_trees.frontiers(session, {root.tree_id: start})[root.tree_id]
    erased = 0
    for position, row in enumerate(_leaves(session, root, start), start):
        fault = _fault(position, row)
        if fault:
            return Walked(root.size, position - start, erased, fault=fault, position=position)
        erased += not row["body"]
        tree.add(leaf_hash(bytes.fromhex(row["commitment"])))
    walked = Walked(root.size, tree.size - start, erased)
    return _signed(session, (root, tree), walked, folder)


def _leaves(session: Session, root: AuditRoot, start: int) -> Iterator[dict[str, Any]]:
    columns = (AuditLeaf.position, AuditLeaf.commitment, AuditEvent.body, AuditEvent.salt)
    query = (
        select(*columns)
        .join(AuditEvent, col(AuditEvent.event_id) == col(AuditLeaf.event_id), isouter=True)
        .where(AuditLeaf.tree_id == root.tree_id, col(AuditLeaf.position) >= start)
        .where(col(AuditLeaf.position) < root.size)
        .order_by(col(AuditLeaf.position))
    )
    for row in session.execute(query.execution_options(yield_per=AT_ONCE)).mappings():
        yield dict(row)


def _fault(position: int, row: dict[str, Any]) -> str | None:
    if row["position"] != position or row["body"] is None:
        return "missing"
    if not row["body"] and not row["salt"]:
        return None  # erased: the leaf stays
    told = {"salt": bytes(row["salt"]).hex(), "body": row["body"]}
    return None if commitment(told) == row["commitment"] else "edited"


def _signed(session: Session, grown: tuple[AuditRoot, Frontier], walked: Walked, folder: Path | None) -> Walked:
    """The walk with what the checkpoint over it says, or with the first fault."""
    root, tree = grown
    if tree.size != root.size:
        return replace(walked, fault="missing", position=tree.size)
    covering = select(AuditCheckpoint).where(col(AuditCheckpoint.size) > root.position)
    row = session.exec(covering.order_by(col(AuditCheckpoint.number)).limit(1)).one()
    try:
        known = audit_check.anchor(folder)
    except Bad:
        return replace(walked, fault="anchor")
    said = session.exec(select(AuditCosignature).where(AuditCosignature.number == row.number)).all()
    known.cosignatures[row.number] = [{"kind": "cosignature", **each.model_dump()} for each in said]
    if not known.keys.get("witness"):  # its file is not this process's to read: its key as the log first kept it
        kept = session.exec(select(AuditKey.public_key).where(AuditKey.role == "witness"))
        known.keys["witness"] = set(kept)
    fault = _checkpoint_fault(session, grown, row, known)
    return replace(walked, checkpoint=row.number, cosigned=bool(said), fault=fault)


def _checkpoint_fault(
    session: Session, grown: tuple[AuditRoot, Frontier], row: AuditCheckpoint, known: Signed
) -> str | None:
    root, tree = grown
    proof = audit_trees.proof(session, MAIN, merkle.inclusion(root.position, row.size))
    line = checkpoint_line(row)
    said, held = stated(line), known.checkpoints.get(row.number)
    leaf = root_leaf(str(root.tree_id), root.size, tree.root().hex())
    path = [bytes.fromhex(each) for each in proof]
    place, signed = (root.position, said["size"]), bytes.fromhex(said["root"])
    if tree.root().hex() != root.root or not inclusion_holds(leaf, place, path, signed):
        return "tree"
    if not known.signed_by("service", line):
        return "signature"
    if held and held["statement"] != row.statement:
        return "anchor"
    told = known.cosignatures[row.number]
    return "cosignature" if told and not known.cosigned(row.number, row.statement) else None
