"""Between authorities: incidents with their markings, and operations."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from sqlmodel import Session

from api.dependencies import Regulator, SessionDep
from api.exchange_bodies import AuthorityOut, IncidentIn, IncidentOut, MatchOut, OperationIn, OperationOut
from screening import incidents, operations, watching
from screening.incidents import Filing
from screening.operations import Plan

router = APIRouter(prefix="/v1", tags=["exchange"])


def _incident(told: incidents.Told) -> IncidentOut:
    kept = told.incident.model_dump(include=set(IncidentOut.model_fields) - {"kilograms"})
    kilograms = None if told.incident.kilograms is None else str(told.incident.kilograms)
    return IncidentOut(
        **kept, kilograms=kilograms, own=told.own, shared_with=list(told.shared_with), referral_id=told.referral_id
    )


def _operation(session: Session, told: operations.Told, *, whole: bool) -> OperationOut:
    kept = told.operation.model_dump(include=set(OperationOut.model_fields))
    marked = watching.told(session, told.matches) if whole else []
    return OperationOut(
        **kept,
        own=told.own,
        members=list(told.members),
        counted=told.counted,
        matches=[match_out(each) for each in marked],
    )


def match_out(marked: watching.Marked) -> MatchOut:
    """A match of the reader's own jurisdiction."""
    kept = marked.match.model_dump(include={"goods", "lane", "matched_by", "received_at"})
    kilograms = None if marked.match.kilograms is None else str(marked.match.kilograms)
    return MatchOut(**kept, company=marked.company, reference=marked.reference, kilograms=kilograms)


@router.get("/authorities")
def list_authorities(session: SessionDep, caller: Regulator) -> list[AuthorityOut]:
    """The other authorities of this service, with whom one may share."""
    return [AuthorityOut(code=code, name=name) for code, name in incidents.authorities(session, caller)]


@router.post("/incidents", status_code=201)
def file_incident(session: SessionDep, caller: Regulator, body: IncidentIn) -> IncidentOut:
    """File an incident and share it under its marking (TLP 2.0); it counts from this moment."""
    given = body.model_dump(exclude={"share_with", "parties", "substances"})
    goods, parties = tuple(body.substances), tuple(body.parties)
    filing = Filing(**given, substances=goods, parties=parties, share=tuple(body.share_with))
    return _incident(incidents.file(session, caller, filing))


@router.get("/incidents")
def list_incidents(session: SessionDep, caller: Regulator) -> list[IncidentOut]:
    """Incidents the caller's authority filed or was given, newest first."""
    return [_incident(each) for each in incidents.listed(session, caller)]


@router.get("/incidents/{incident_id}")
def read_incident(session: SessionDep, caller: Regulator, incident_id: UUID) -> IncidentOut:
    """One incident."""
    return _incident(incidents.find(session, caller, incident_id))


@router.get("/incidents/{incident_id}/matches")
def incident_matches(session: SessionDep, caller: Regulator, incident_id: UUID) -> list[MatchOut]:
    """Orders of the caller's own jurisdiction that met a party of the incident since it is known."""
    found = incidents.find(session, caller, incident_id)
    matches = watching.of_watch(session, caller, found.incident.id)
    return [match_out(each) for each in watching.told(session, matches)]


@router.post("/incidents/{incident_id}/withdrawal")
def withdraw_incident(session: SessionDep, caller: Regulator, incident_id: UUID) -> IncidentOut:
    """Take an own incident back: nothing is watched for it any more; it stays on record."""
    return _incident(incidents.withdraw(session, caller, incident_id))


@router.post("/operations", status_code=201)
def begin_operation(session: SessionDep, caller: Regulator, body: OperationIn) -> OperationOut:
    """Begin an operation and invite others. Orders that come from now on are matched."""
    plan = Plan(
        name=body.name,
        purpose=body.purpose,
        starts_on=body.starts_on,
        ends_on=body.ends_on,
        substances=tuple(body.substances),
        lanes=tuple((lane.origin, lane.destination) for lane in body.lanes),
        parties=tuple(body.parties),
        invited=tuple(body.invite),
    )
    return _operation(session, operations.begin(session, caller, plan), whole=False)


@router.get("/operations")
def list_operations(session: SessionDep, caller: Regulator) -> list[OperationOut]:
    """Operations the caller's authority runs or takes part in, newest first."""
    return [_operation(session, each, whole=False) for each in operations.listed(session, caller)]


@router.get("/operations/{operation_id}")
def read_operation(session: SessionDep, caller: Regulator, operation_id: UUID) -> OperationOut:
    """One operation with the matches of the caller's own jurisdiction, and its report once it has ended."""
    return _operation(session, operations.find(session, caller, operation_id), whole=True)


@router.post("/operations/{operation_id}/end")
def end_operation(session: SessionDep, caller: Regulator, operation_id: UUID) -> OperationOut:
    """End an own operation before its last day; the report is written now and never changed."""
    return _operation(session, operations.end(session, caller, operation_id), whole=True)
