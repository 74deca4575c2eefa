"""The operator's page of dead letters: what failed at every attempt, and sending it again."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from starlette.responses import RedirectResponse

from api.dependencies import SessionDep
from api.workbench import frame
from api.workbench.frame import Reader
from screening import dead_letters
from screening.access import Principal, require
from screening.errors import Forbidden

router = APIRouter(prefix="/dead-letters", include_in_schema=False)


def _operator(caller: Reader) -> Principal:
    if require(caller, "administrator").organisation_kind != "operator":
        raise Forbidden
    return caller


Operator = Annotated[Principal, Depends(_operator)]


@router.get("")
def listed(request: Request, caller: Operator, session: SessionDep, done: str = "") -> Response:
    """What failed at every attempt, oldest first."""
    found = dead_letters.letters(session, caller)
    return frame.page(request, "dead_letters.html", caller, letters=found, done=done == "sent")


@router.post("/resend")
def resend_all(caller: Operator, session: SessionDep) -> Response:
    """Send all of them again."""
    dead_letters.resend_all(session, caller)
    return RedirectResponse("/dead-letters?done=sent", 303)


@router.post("/{letter_id}/resend")
def resend(caller: Operator, session: SessionDep, letter_id: UUID) -> Response:
    """Send one of them again."""
    dead_letters.resend(session, caller, letter_id)
    return RedirectResponse("/dead-letters?done=sent", 303)
