"""The officer's queue and the work on one case."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from sqlmodel import Session

from api.bodies import AssignIn, CaseEventOut, CaseOut, CasePageOut, DecisionIn, NoteIn, ReasonIn
from api.dependencies import CaseReader, Officer, SessionDep
from api.referral_bodies import CaseWholeOut, ReferralOut
from api.routes.referrals import told_out
from screening import cases, reading, referrals, views
from screening.access import Principal
from screening.cases import Verdict
from screening.tables.cases import Case, CaseEvent

router = APIRouter(prefix="/v1/cases", tags=["cases"])
CaseState = Literal[
    "open", "in_review", "waiting", "escalated", "snoozed", "referred", "questioned", "released", "refused", "merged"
]  # fmt: skip
Page = Annotated[int, Query(ge=1, le=100_000)]


def _case(row: reading.QueueRow | reading.OrderFile, case: Case) -> CaseOut:
    version, assessment = row.version, row.assessment
    kept = case.model_dump(include=set(CaseOut.model_fields) - {"probability", "band", "kilograms"})
    if row.hidden:
        kept |= {"reasons": views.without_risk(case.reasons), "kind": "withheld"}
    return CaseOut(
        **kept,
        reference=row.order.reference,
        customer=version.customer_name,
        goods=version.goods,
        kilograms=None if version.kilograms is None else str(version.kilograms),
        destination=version.destination,
        band="withheld" if row.hidden else assessment.band,
        probability=None if row.hidden else assessment.probability,
    )


def case_whole(session: Session, caller: Principal, case_id: UUID) -> CaseWholeOut:
    """One case with its history, as the caller may see it."""
    case = cases.find_case(session, caller, case_id)
    file = reading.order_file(session, caller, case.order_id)
    return CaseWholeOut(
        case=_case(file, case),
        events=[_event(event) for event in file.events],
        referrals=[told_out(caller, told) for told in file.referrals],
    )


def _event(event: CaseEvent) -> CaseEventOut:
    return CaseEventOut(at=event.created_at, **event.model_dump(include=set(CaseEventOut.model_fields)))


@router.get("")
def list_cases(
    session: SessionDep,
    caller: CaseReader,
    state: CaseState | None = None,
    page: Page = 1,
    size: Annotated[int, Query(ge=1, le=200)] = 50,
) -> CasePageOut:
    """The company's cases, most pressing first: without score, then by probability, then by the time left."""
    filters = reading.Filters(states=(state,) if state else reading.OPEN_STATES, page=page, size=size)
    rows, total = reading.queue(session, caller, filters)
    return CasePageOut(items=[_case(row, row.case) for row in rows], total=total)


@router.get("/{case_id}")
def read_case(session: SessionDep, caller: CaseReader, case_id: UUID) -> CaseWholeOut:
    """One case with its history and referrals."""
    return case_whole(session, caller, case_id)


@router.put("/{case_id}/assignee")
def assign(session: SessionDep, caller: Officer, case_id: UUID, body: AssignIn) -> CaseWholeOut:
    """Give the case to a colleague."""
    cases.assign(session, caller, case_id, body.assignee_id)
    session.flush()
    return case_whole(session, caller, case_id)


@router.post("/{case_id}/notes", status_code=201)
def add_note(session: SessionDep, caller: Officer, case_id: UUID, body: NoteIn) -> CaseEventOut:
    """Write a note on the case."""
    event = cases.note(session, caller, case_id, body.text)
    return _event(event)


@router.post("/{case_id}/decision")
def decide(session: SessionDep, caller: Officer, case_id: UUID, body: DecisionIn) -> CaseWholeOut:
    """Release, hold or refuse the order; the reason is kept."""
    cases.decide(session, caller, case_id, Verdict(body.action, body.reason, body.seen))
    session.flush()
    return case_whole(session, caller, case_id)


@router.post("/{case_id}/referral", status_code=201)
def refer(session: SessionDep, caller: Officer, case_id: UUID, body: ReasonIn) -> ReferralOut:
    """Refer the order to the authority of its jurisdiction; asking twice refers once."""
    referral = referrals.refer(session, caller, case_id, body.reason)
    session.flush()
    return told_out(caller, referrals.find(session, caller, referral.id))
