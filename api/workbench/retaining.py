"""The page of retention and legal holds, for an organisation's administrators and auditors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, Response
from pydantic import BaseModel, ConfigDict
from sqlmodel import Session
from starlette.responses import RedirectResponse

from api.dependencies import SessionDep
from api.workbench import faults, frame
from api.workbench.frame import Reader
from screening import retention
from screening.access import Principal, require
from screening.errors import TamgaError

router = APIRouter(prefix="/retention", include_in_schema=False)
LONGEST_SUBJECT = 100
DONE = frozenset({"held", "lifted"})


def _keeper(caller: Reader) -> Principal:
    return require(caller, *retention.KEEPERS)


Keeper = Annotated[Principal, Depends(_keeper)]


class HoldForm(BaseModel):
    """What is held, an order's number or an id or nothing for everything, and why; the lifting form has the reason."""

    model_config = ConfigDict(extra="ignore")

    about: str = ""
    reason: str = ""


@router.get("")
def page(request: Request, caller: Keeper, session: SessionDep, done: str = "") -> Response:
    """How long records are kept, and what may not be erased meanwhile."""
    return _page(request, caller, session, done=done if done in DONE else "")


def _page(request: Request, caller: Principal, session: Session, **values: Any) -> Response:
    standing, lifted = retention.holds(session, caller)
    return frame.page(
        request,
        "retention.html",
        caller,
        terms=retention.terms(session, caller),
        standing=standing,
        lifted=lifted,
        here="/retention",
        **({"problem": None, "typed": HoldForm(), "done": ""} | values),
    )


@router.post("")
def hold(request: Request, caller: Keeper, session: SessionDep, form: Annotated[HoldForm, Form()]) -> Response:
    """Set a hold; what does not go through keeps the words that were typed."""
    about = form.about.strip()[:LONGEST_SUBJECT].replace("\x00", "")
    return _done(request, (caller, session), form, "held", lambda: retention.hold(
        session, caller, about, form.reason.strip()
    ))  # fmt: skip


@router.post("/{hold_id}/lift")
def lift(
    request: Request, caller: Keeper, session: SessionDep, hold_id: UUID, form: Annotated[HoldForm, Form()]
) -> Response:
    """Lift a hold, with a reason."""
    return _done(request, (caller, session), HoldForm(), "lifted", lambda: retention.lift(
        session, caller, hold_id, form.reason.strip()
    ))  # fmt: skip


def _done(
    request: Request, who: tuple[Principal, Session], typed: HoldForm, done: str, act: Callable[[], object]
) -> Response:
    caller, session = who
    try:
        with session.begin_nested():
            act()
    except TamgaError as error:
        session.expire_all()
        problem = faults.told(error, frame.language(request, caller), request)
        return _page(request, caller, session, problem=problem, typed=typed, status=error.status)
    return RedirectResponse(f"/retention?done={done}", 303)
