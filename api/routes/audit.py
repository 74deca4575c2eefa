"""The audit log for its readers: signed checkpoints, and proofs in the organisation's own tree."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.dependencies import AuditReader, SessionDep
from screening import audit_proofs
from screening.audit_proofs import Standing

router = APIRouter(prefix="/v1/audit", tags=["audit"])
LARGEST_PAGE = 200
LARGEST = 2**63 - 1

Place = Annotated[int, Query(ge=0, le=LARGEST)]
Size = Annotated[int, Query(ge=1, le=LARGEST)]


class SignatureOut(BaseModel):
    """An Ed25519 signature in base64 over the UTF-8 of `statement`."""

    statement: str
    key_id: str
    signature: str


class CheckpointOut(SignatureOut):
    """A checkpoint of the main tree, and the caller's own tree as of it."""

    number: int
    cosignatures: list[SignatureOut] = Field(description="Of witnesses, who saw that it continues the one before.")
    tree_size: int = Field(description="Leaves of the caller's own tree.")
    tree_root: str | None


class ProofOut(BaseModel):
    """Hashes in hex, in the order in which RFC 6962 takes them."""

    proof: list[str]


class MainConsistencyOut(ProofOut):
    first_size: int
    second_size: int


class InclusionOut(ProofOut):
    commitment: str = Field(description="SHA-256(salt, event) in hex: the leaf's data.")


@router.get("/checkpoints")
def checkpoints(
    session: SessionDep,
    caller: AuditReader,
    before: Annotated[int | None, Query(ge=1, le=LARGEST)] = None,
    limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = 50,
) -> list[CheckpointOut]:
    """Signed checkpoints, newest first; `before` continues below a number."""
    return [_told(each) for each in audit_proofs.checkpoints(session, caller, before, limit)]


@router.get("/checkpoints/consistency")
def main_consistency(session: SessionDep, caller: AuditReader, first: Size, second: Size) -> MainConsistencyOut:
    """Proof that the checkpoint of number `second` continues that of number `first`."""
    return MainConsistencyOut(**audit_proofs.main_consistency(session, first, second))


@router.get("/tree/consistency")
def tree_consistency(session: SessionDep, caller: AuditReader, first: Size, second: Size) -> ProofOut:
    """Proof that the caller's tree of `second` leaves begins with that of `first`."""
    return ProofOut(proof=audit_proofs.tree_consistency(session, caller, first, second))


@router.get("/tree/inclusion")
def tree_inclusion(session: SessionDep, caller: AuditReader, position: Place, size: Size) -> InclusionOut:
    """Proof that leaf `position` (from 0) stands in the caller's tree of `size` leaves."""
    return InclusionOut(**audit_proofs.tree_inclusion(session, caller, position, size))


@router.get("/events/{event_id}/proof")
def event_proof(session: SessionDep, caller: AuditReader, event_id: UUID) -> dict[str, Any]:
    """One event with everything that proves it, as `tamga-verify` takes it."""
    return audit_proofs.event_proof(session, caller, event_id)


def _told(each: Standing) -> CheckpointOut:
    row = each.checkpoint
    return CheckpointOut(
        **row.model_dump(include={"number", "statement", "key_id", "signature"}),
        cosignatures=[SignatureOut(**seen.model_dump(exclude={"number"})) for seen in each.cosignatures],
        tree_size=each.tree_size,
        tree_root=each.tree_root,
    )
