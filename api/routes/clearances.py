"""Patterns that officers cleared, so that repeat hits of them pass on record."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from api.bodies import ReasonIn
from api.case_bodies import ClearanceIn, ClearanceOut
from api.dependencies import CaseReader, Officer, SessionDep
from screening import clearances, clearing
from screening.tables.clearances import Clearance

router = APIRouter(prefix="/v1", tags=["cases"])


def _out(clearance: Clearance, used: int) -> ClearanceOut:
    return ClearanceOut.model_validate(clearance.model_dump() | {"used": used})


@router.post("/cases/{case_id}/clearance", status_code=201)
def clear(session: SessionDep, caller: Officer, case_id: UUID, body: ClearanceIn) -> ClearanceOut:
    """Clear the pattern of a released case: the same customer, consignee and goods then pass an elevated score."""
    return _out(clearing.clear(session, caller, case_id, body.reason, body.days), 0)


@router.get("/clearances")
def list_clearances(session: SessionDep, caller: CaseReader) -> list[ClearanceOut]:
    """The company's clearances, newest first, with how many orders each let pass."""
    return [_out(each.clearance, each.used) for each in clearing.listed(session, caller)]


@router.post("/clearances/{clearance_id}/end")
def end(session: SessionDep, caller: Officer, clearance_id: UUID, body: ReasonIn) -> ClearanceOut:
    """End a clearance: the next order of its pattern is held as any."""
    ended = clearing.end(session, caller, clearance_id, body.reason)
    return _out(ended, clearances.used(session, ended.id))
