"""A document added on the order's page."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Request, Response, UploadFile
from starlette.responses import RedirectResponse

from api.dependencies import SessionDep
from api.workbench import faults, frame
from api.workbench.frame import Reader
from api.workbench.officer import Attempt, DecisionForm, order_page
from screening import casework, reading
from screening.access import require
from screening.case_errors import CaseClosed
from screening.casework import LARGEST_DOCUMENT, Paperwork
from screening.errors import TamgaError

router = APIRouter(include_in_schema=False)


@router.post("/orders/{order_id}/documents")
def add(
    request: Request, caller: Reader, session: SessionDep, order_id: UUID,
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:  # fmt: skip
    """Keep a document with the order's case and show the order again."""
    require(caller, "officer", "supervisor")
    told = reading.order_file(session, caller, order_id)
    paper = Paperwork(file.filename or "", file.file.read(LARGEST_DOCUMENT + 1)) if file else Paperwork("", b"")
    try:
        if told.case is None:
            raise CaseClosed(state="released")
        with session.begin_nested():
            casework.add_document(session, caller, told.case.id, paper)
    except TamgaError as error:
        session.expire_all()
        attempt = Attempt(faults.told(error, frame.language(request, caller), request), DecisionForm(action="note"))
        return order_page(request, caller, session, order_id, attempt=attempt, done="", status=error.status)
    return RedirectResponse(f"/orders/{order_id}?done=document", 303)
