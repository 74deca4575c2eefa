"""What an organisation's auditor may ask of the log: its checkpoints, and proofs in the organisation's own tree.

Sizes and positions are those of the caller's own tree, so nothing here tells how much others do. The main tree is
told by its checkpoints alone. `tamga-verify` checks every answer without the service.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from screening import audit_trees, merkle
from screening.access import Principal
from screening.audit import checkpoint_line, key_line
from screening.audit_export import event_of
from screening.audit_trees import MAIN
from screening.errors import Conflict, FieldFault, Invalid, NotFound, Text
from screening.tables.audit import (
    AuditCheckpoint,
    AuditCosignature,
    AuditEvent,
    AuditKey,
    AuditLeaf,
    AuditRoot,
    AuditStaging,
)


class NotYetSigned(Conflict):
    code = "not_yet_signed"
    detail = Text("No checkpoint covers this event yet.", "Это событие ещё не вошло в контрольную точку.")
    remedy = Text("Ask again in a minute.", "Повторите через минуту.")


class Erased(Conflict):
    code = "erased"
    detail = Text("The text of this event has been erased.", "Текст этого события удалён.")
    remedy = Text("Ask for the inclusion of its leaf.", "Запросите доказательство включения её листа.")


@dataclass(frozen=True, slots=True)
class Standing:
    """A checkpoint, who cosigned it, and the caller's own tree as of it (size 0 where it had not begun)."""

    checkpoint: AuditCheckpoint
    cosignatures: Sequence[AuditCosignature]
    tree_size: int
    tree_root: str | None


def checkpoints(session: Session, caller: Principal, before: int | None, limit: int) -> list[Standing]:
    """Checkpoints below number `before`, newest first."""
    query = select(AuditCheckpoint).order_by(col(AuditCheckpoint.number).desc()).limit(limit)
    rows = session.exec(query if before is None else query.where(col(AuditCheckpoint.number) < before)).all()
    seen = _cosignatures(session, [row.number for row in rows])
    told = []
    for row in rows:
        root = _root(session, caller.organisation_id, row)
        told.append(Standing(row, seen.get(row.number, []), root.size if root else 0, root.root if root else None))
    return told


def _root(session: Session, tree: UUID, row: AuditCheckpoint) -> AuditRoot | None:
    """The tree as it stood at the checkpoint."""
    query = select(AuditRoot).where(AuditRoot.tree_id == tree, col(AuditRoot.position) < row.size)
    return session.exec(query.order_by(col(AuditRoot.size).desc()).limit(1)).one_or_none()


def _cosignatures(session: Session, numbers: Sequence[int]) -> Mapping[int, list[AuditCosignature]]:
    found: dict[int, list[AuditCosignature]] = {}
    for row in session.exec(select(AuditCosignature).where(col(AuditCosignature.number).in_(numbers))):
        found.setdefault(row.number, []).append(row)
    return found


def main_consistency(session: Session, first: int, second: int) -> dict[str, Any]:
    """Proof that checkpoint `second` continues checkpoint `first`; both are numbers of checkpoints."""
    rows = [session.get(AuditCheckpoint, _within(name, number)) for name, number in _pair(first, second)]
    if None in rows:
        raise _out_of_range("second" if rows[0] else "first")
    sizes = [row.size for row in rows if row]
    spans = merkle.consistency(sizes[0], sizes[1])
    return {"first_size": sizes[0], "second_size": sizes[1], "proof": audit_trees.proof(session, MAIN, spans)}


def tree_consistency(session: Session, caller: Principal, first: int, second: int) -> list[str]:
    """Proof that the caller's tree of `second` leaves begins with that of `first`: 0 < first <= second <= signed."""
    _signed_size(session, caller, "second", second)
    if not 0 < first <= second:
        raise _out_of_range("first")
    return audit_trees.proof(session, caller.organisation_id, merkle.consistency(first, second))


def tree_inclusion(session: Session, caller: Principal, position: int, size: int) -> dict[str, Any]:
    """Proof that leaf `position` (from 0) stands in the caller's tree of `size` leaves."""
    _signed_size(session, caller, "size", size)
    if not 0 <= position < size:
        raise _out_of_range("position")
    tree = caller.organisation_id
    leaf = session.exec(select(AuditLeaf).where(AuditLeaf.tree_id == tree, AuditLeaf.position == position)).one()
    spans = merkle.inclusion(position, size)
    return {"commitment": leaf.commitment, "proof": audit_trees.proof(session, tree, spans)}


def event_proof(session: Session, caller: Principal, event_id: UUID) -> dict[str, Any]:
    """Everything `tamga-verify` needs for one event: text and salt, both proofs, the signed checkpoint and keys.

    Raises NotFound for absent and foreign events alike, NotYetSigned, Erased.
    """
    event, leaf = _own_event(session, caller, event_id)
    query = select(AuditRoot).where(AuditRoot.tree_id == leaf.tree_id, col(AuditRoot.size) > leaf.position)
    root = session.exec(query.order_by(col(AuditRoot.size)).limit(1)).one_or_none()
    if root is None:
        raise NotYetSigned
    covering = select(AuditCheckpoint).where(col(AuditCheckpoint.size) > root.position)
    row = session.exec(covering.order_by(col(AuditCheckpoint.number)).limit(1)).one()
    seen = _cosignatures(session, [row.number]).get(row.number, [])
    inclusion = audit_trees.proof(session, leaf.tree_id, merkle.inclusion(leaf.position, root.size))
    return {
        "kind": "proof",
        "event": event_of(event.model_dump()),
        "tree": str(leaf.tree_id),
        "position": leaf.position,
        "size": root.size,
        "root": root.root,
        "inclusion": inclusion,
        "main_position": root.position,
        "main_inclusion": audit_trees.proof(session, MAIN, merkle.inclusion(root.position, row.size)),
        "checkpoint": checkpoint_line(row),
        "cosignatures": [{"kind": "cosignature", **each.model_dump()} for each in seen],
        "keys": [key_line(key) for key in session.exec(select(AuditKey))],
    }


def _own_event(session: Session, caller: Principal, event_id: UUID) -> tuple[AuditEvent, AuditLeaf]:
    query = select(AuditEvent, AuditLeaf).join(AuditLeaf, col(AuditLeaf.event_id) == col(AuditEvent.event_id))
    mine = (AuditEvent.event_id == event_id, AuditEvent.organisation_id == caller.organisation_id)
    found = session.exec(query.where(*mine)).one_or_none()
    if found is None:
        staged = (AuditStaging.event_id == event_id, AuditStaging.organisation_id == caller.organisation_id)
        raise NotYetSigned if session.exec(select(AuditStaging.event_id).where(*staged)).first() else NotFound
    if not found[0].body:
        raise Erased
    return found


def _signed_size(session: Session, caller: Principal, field: str, size: int) -> None:
    """Refuse a size that no checkpoint has signed yet: what is newer may be proven a minute later."""
    query = select(AuditRoot.size).where(AuditRoot.tree_id == caller.organisation_id)
    signed = session.exec(query.order_by(col(AuditRoot.size).desc()).limit(1)).one_or_none() or 0
    if not 0 < size <= signed:
        raise _out_of_range(field)


def _pair(first: int, second: int) -> tuple[tuple[str, int], tuple[str, int]]:
    if first > second:
        raise _out_of_range("first")
    return ("first", first), ("second", second)


def _within(field: str, number: int) -> int:
    if not 0 < number < 2**63:
        raise _out_of_range(field)
    return number


def _out_of_range(field: str) -> Invalid:
    reason = Text("It is outside what has been signed.", "Значение вне подписанного.")
    remedy = Text("Take sizes and numbers from the checkpoints.", "Возьмите размеры и номера из контрольных точек.")
    return Invalid(faults=(FieldFault(field, "out_of_range", reason, remedy),))
