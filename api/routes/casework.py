"""The work on one case beside its decision: own view, papers, checklist, ask, escalate, snooze, merge."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Response, UploadFile

from api.bodies import ReasonIn
from api.case_bodies import AskIn, ChecklistOut, DocumentOut, MergeIn, PointIn, SnoozeIn, ViewIn
from api.dependencies import CaseReader, Officer, SessionDep
from api.referral_bodies import CaseWholeOut
from api.routes.cases import case_whole
from screening import cases, casework
from screening.casework import CHECKLISTS, LARGEST_DOCUMENT, Paperwork

router = APIRouter(prefix="/v1/cases", tags=["cases"])


@router.post("/{case_id}/view")
def give_view(session: SessionDep, caller: Officer, case_id: UUID, body: ViewIn) -> CaseWholeOut:
    """Say what you would do before you see the score; the first answer stays."""
    casework.give_view(session, caller, case_id, body.view)
    return case_whole(session, caller, case_id)


@router.post("/{case_id}/escalation")
def escalate(session: SessionDep, caller: Officer, case_id: UUID, body: ReasonIn) -> CaseWholeOut:
    """Give the case to the supervisors."""
    casework.escalate(session, caller, case_id, body.reason)
    return case_whole(session, caller, case_id)


@router.post("/{case_id}/snooze")
def snooze(session: SessionDep, caller: Officer, case_id: UUID, body: SnoozeIn) -> CaseWholeOut:
    """Put the case aside until a moment within 30 days; it wakes by itself, and legal clocks go on."""
    casework.snooze(session, caller, case_id, body.until, body.reason)
    return case_whole(session, caller, case_id)


@router.post("/{case_id}/merge")
def merge(session: SessionDep, caller: Officer, case_id: UUID, body: MergeIn) -> CaseWholeOut:
    """Close the case as part of another."""
    casework.merge(session, caller, case_id, body.into, body.reason)
    return case_whole(session, caller, case_id)


@router.post("/{case_id}/questions")
def ask(session: SessionDep, caller: Officer, case_id: UUID, body: AskIn) -> CaseWholeOut:
    """Ask the customer for papers, by their names only."""
    casework.ask(session, caller, case_id, list(body.papers))
    return case_whole(session, caller, case_id)


@router.get("/{case_id}/checklist")
def read_checklist(session: SessionDep, caller: CaseReader, case_id: UUID) -> ChecklistOut:
    """The points of the case's kind, and which are seen to."""
    case = cases.find_case(session, caller, case_id)
    return ChecklistOut(points=list(CHECKLISTS[case.kind]), done=casework.checked(session, case))


@router.post("/{case_id}/checklist")
def check(session: SessionDep, caller: Officer, case_id: UUID, body: PointIn) -> ChecklistOut:
    """Tick one point; ticking twice is once."""
    casework.check(session, caller, case_id, body.point)
    return read_checklist(session, caller, case_id)


@router.get("/{case_id}/documents")
def list_documents(session: SessionDep, caller: CaseReader, case_id: UUID) -> list[DocumentOut]:
    """The case's documents with their SHA-256."""
    case = cases.find_case(session, caller, case_id)
    return [DocumentOut.model_validate(each) for each in casework.documents(session, case)]


@router.post("/{case_id}/documents", status_code=201)
def add_document(
    session: SessionDep, caller: Officer, case_id: UUID, file: Annotated[UploadFile, File(description="Up to 5 MB.")]
) -> DocumentOut:
    """Keep a document with the case; the same bytes twice are one."""
    content = file.file.read(LARGEST_DOCUMENT + 1)
    paper = Paperwork(file.filename or "", content)
    return DocumentOut.model_validate(casework.add_document(session, caller, case_id, paper))


@router.get("/{case_id}/documents/{document_id}", response_class=Response)
def read_document(session: SessionDep, caller: CaseReader, case_id: UUID, document_id: UUID) -> Response:
    """The document byte for byte, always as a download: nobody knows what it is."""
    found = casework.document(session, caller, case_id, document_id)
    headers = {"content-disposition": f'attachment; filename="{found.sha256}"', "x-content-sha256": found.sha256}
    return Response(found.content, headers=headers, media_type="application/octet-stream")
