"""Further forms of the order's page: answers to an authority, corrected reports, repeat hits that may pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, ConfigDict
from sqlmodel import Session
from starlette.responses import RedirectResponse

from api.dependencies import SessionDep
from api.workbench import faults, frame
from api.workbench.frame import Reader
from api.workbench.officer import Attempt, DecisionForm, check_reason, order_page
from screening import clearing, questions, reading, reporting
from screening.access import Principal
from screening.clearances import NotToClear
from screening.errors import TamgaError

router = APIRouter(prefix="/orders/{order_id}", include_in_schema=False)


class AnswerForm(BaseModel):
    """The answer to one question of an authority."""

    model_config = ConfigDict(extra="ignore")

    question: UUID
    text: str = ""


class CorrectionForm(BaseModel):
    """Why the latest report of the order is sent again."""

    model_config = ConfigDict(extra="ignore")

    referral: UUID
    text: str = ""


@router.post("/answer")
def answer(
    request: Request, caller: Reader, session: SessionDep, order_id: UUID, form: Annotated[AnswerForm, Form()]
) -> Response:
    """Answer an authority's question; what does not go through keeps the words that were typed."""
    typed = DecisionForm(action="note", ground=str(form.question), reason=form.text)

    def send() -> None:
        check_reason(form.text.strip())
        questions.answer(session, caller, form.question, form.text.strip())

    return _sent(request, (caller, session, order_id), typed, send) or _done(order_id, "answer")


@router.post("/correct")
def correct(
    request: Request, caller: Reader, session: SessionDep, order_id: UUID, form: Annotated[CorrectionForm, Form()]
) -> Response:
    """Send a corrected report; what does not go through keeps the words that were typed."""
    typed = DecisionForm(action="note", reason=form.text)

    def send() -> None:
        check_reason(form.text.strip())
        reporting.correct(session, caller, form.referral, form.text.strip())

    return _sent(request, (caller, session, order_id), typed, send) or _done(order_id, "correct")


class ClearForm(BaseModel):
    """Why repeat hits may pass, and for how many days."""

    model_config = ConfigDict(extra="ignore")

    text: str = ""
    days: str = ""


class EndForm(BaseModel):
    """Which clearance ends, and why."""

    model_config = ConfigDict(extra="ignore")

    clearance: UUID
    text: str = ""


@router.post("/clear")
def clear(
    request: Request, caller: Reader, session: SessionDep, order_id: UUID, form: Annotated[ClearForm, Form()]
) -> Response:
    """Let repeat hits of this order's pattern pass for a time."""
    file = reading.order_file(session, caller, order_id)

    def send() -> None:
        check_reason(form.text.strip())
        if file.case is None:
            raise NotToClear
        days = int(form.days) if form.days.isdecimal() and len(form.days) < 5 else 0 if form.days.strip() else None
        clearing.clear(session, caller, file.case.id, form.text.strip(), days)

    typed = DecisionForm(action="note", reason=form.text)
    return _sent(request, (caller, session, order_id), typed, send) or _done(order_id, "clear")


@router.post("/end-clearance")
def end_clearance(
    request: Request, caller: Reader, session: SessionDep, order_id: UUID, form: Annotated[EndForm, Form()]
) -> Response:
    """End what lets repeat hits pass."""

    def send() -> None:
        check_reason(form.text.strip())
        clearing.end(session, caller, form.clearance, form.text.strip())

    typed = DecisionForm(action="note", reason=form.text)
    return _sent(request, (caller, session, order_id), typed, send) or _done(order_id, "end_clearance")


def _sent(
    request: Request, where: tuple[Principal, Session, UUID], typed: DecisionForm, send: Callable[[], None]
) -> Response | None:
    """The order's page with what is wrong; None when it went through."""
    caller, session, order_id = where
    try:
        with session.begin_nested():
            send()
    except TamgaError as error:
        session.expire_all()
        attempt = Attempt(faults.told(error, frame.language(request, caller), request), typed)
        return order_page(request, caller, session, order_id, attempt=attempt, done="", status=error.status)
    return None


def _done(order_id: UUID, what: str) -> Response:
    return RedirectResponse(f"/orders/{order_id}?done={what}", 303)
