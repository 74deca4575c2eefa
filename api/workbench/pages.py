"""Pages of the compliance officer: sign-in, queue, order with its decision bar."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response
from pydantic import BaseModel, ConfigDict
from sqlmodel import Session
from starlette.responses import RedirectResponse

from api.dependencies import PrincipalDep, SessionDep, cookie_name
from api.routes.auth import start_session
from api.workbench import frame
from api.workbench.limits import limits
from api.workbench.waterfall import draw
from models.explain import sentence
from screening import access, cases, reading, referrals
from screening.access import Principal, WrongCredentials
from screening.errors import TooManyAttempts
from screening.reading import OPEN_STATES, Filters
from screening.settings import settings

router = APIRouter(include_in_schema=False)
PAGE_SIZE = 50
YEAR = 365 * 24 * 3600
Choice = Literal["language", "theme"]
Chosen = Literal["en", "ru", "light", "dark"]
Action = Literal["release", "hold", "refuse", "refer", "note", "take"]


@router.get("/")
def home(request: Request, caller: PrincipalDep) -> Response:
    """Everyone's own start."""
    if caller.has(*reading.READERS):
        return RedirectResponse("/queue", 303)
    if caller.has("regulator"):
        return RedirectResponse("/inbox", 303)
    return frame.page(request, "home.html", caller)


@router.get("/sign-in")
def sign_in_page(request: Request, next: str = "/") -> Response:
    return frame.page(request, "sign_in.html", None, next=frame.local_path(next), problem=None, email="")


class Credentials(BaseModel):
    """The sign-in form."""

    model_config = ConfigDict(extra="ignore")

    email: str = ""
    password: str = ""
    next: str = "/"


@router.post("/sign-in")
def sign_in(request: Request, form: Annotated[Credentials, Form()]) -> Response:
    """Sign in and go on to where the person was going; a failure keeps the e-mail that was typed."""
    target = frame.local_path(form.next)
    response = RedirectResponse(target, 303)
    try:
        start_session(request, response, form.email, form.password)
    except (WrongCredentials, TooManyAttempts) as error:
        told = error.detail.within(frame.language(request), error.values)
        shown = {"next": target, "problem": told, "email": form.email, "status": error.status}
        return frame.page(request, "sign_in.html", None, **shown)
    return response


@router.post("/sign-out")
def sign_out(request: Request, session: SessionDep, caller: PrincipalDep) -> Response:
    token = request.cookies.get(cookie_name())
    if token:
        access.sign_out(session, token)
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(cookie_name())
    return response


@router.get("/choose/{what}/{value}")
def choose(
    what: Literal["language", "theme"], value: Literal["en", "ru", "light", "dark"], back: str = "/"
) -> Response:
    """Remember the page's language or theme; it says nothing to anybody else, so a link may do it."""
    response = RedirectResponse(frame.local_path(back), 303)
    name = frame.LANGUAGE_COOKIE if what == "language" else frame.THEME_COOKIE
    secure = not settings().development
    response.set_cookie(name, value, max_age=YEAR, httponly=True, samesite="lax", secure=secure)
    return response


class QueueWanted(BaseModel):
    """The queue's filters, as the address holds them."""

    model_config = ConfigDict(extra="ignore")

    state: Literal["open", "closed", "all"] = "open"
    band: Literal["", "low", "elevated", "high", "unscored"] = ""
    search: str = ""
    page: int = 1


Wanted = Annotated[QueueWanted, Query()]
STATES = {"open": OPEN_STATES, "closed": tuple(cases.CLOSED), "all": (*OPEN_STATES, *cases.CLOSED)}


@router.get("/queue")
def queue(
    request: Request, caller: PrincipalDep, session: SessionDep, wanted: Annotated[QueueWanted, Query()]
) -> Response:
    """Held orders, the most urgent first."""
    number = min(max(wanted.page, 1), 100_000)
    filters = Filters(
        states=STATES[wanted.state], band=wanted.band or None, search=wanted.search[:100] or None, page=number,
        size=PAGE_SIZE,
    )  # fmt: skip
    rows, total = reading.queue(session, caller, filters)
    pages = max(ceil(total / PAGE_SIZE), 1)
    shown = [(row, _why(request, caller, row)) for row in rows]
    return frame.page(request, "queue.html", caller, rows=shown, total=total, wanted=wanted, number=number, pages=pages)


def _why(request: Request, caller: Principal, row: reading.QueueRow) -> list[str]:
    """At most two reasons in words: legal stops first, then what raised the score."""
    reads = frame.language(request, caller)
    stops = [stop[reads] for stop in row.stops]
    return [*stops, *(sentence(reason, reads) for reason in row.reasons)][:2]


@router.get("/orders/{order_id}")
def order(request: Request, caller: PrincipalDep, session: SessionDep, order_id: UUID, done: str = "") -> Response:
    """One order: facts against limits, reasons, explanation, papers, history, and the decision."""
    file = reading.order_file(session, caller, order_id)
    reads = frame.language(request, caller)
    explanation = file.assessment.explanation
    fall = None
    if explanation and file.assessment.margin is not None:
        fall = draw(reads, explanation["base"], file.assessment.margin, explanation["families"])
    return frame.page(
        request,
        "order.html",
        caller,
        file=file,
        body=file.body,
        limits=limits(reads, file.assessment.facts),
        reasons=[(reason, sentence(reason, reads)) for reason in file.reasons],
        fall=fall,
        may_decide=caller.has("officer", "supervisor"),
        done=done if done in ("release", "hold", "refuse", "refer", "note", "take") else "",
    )


class DecisionForm(BaseModel):
    """The decision bar's form. `seen` is the case's version the page showed."""

    model_config = ConfigDict(extra="ignore")

    action: Action
    reason: str = ""
    seen: int | None = None


@router.post("/orders/{order_id}/decide")
def decide(
    caller: PrincipalDep, session: SessionDep, order_id: UUID, form: Annotated[DecisionForm, Form()]
) -> Response:
    """Carry out one decision and show the order again."""
    file = reading.order_file(session, caller, order_id)
    if file.case is None:
        raise cases.CaseClosed(state="released")
    _act(session, caller, file.case.id, form)
    return RedirectResponse(f"/orders/{order_id}?done={form.action}", 303)


def _act(session: Session, caller: Principal, case_id: UUID, form: DecisionForm) -> None:
    reason = form.reason[:2000]
    acts: dict[str, Callable[[], object]] = {
        "refer": lambda: referrals.refer(session, caller, case_id, reason),
        "note": lambda: cases.note(session, caller, case_id, reason),
        "take": lambda: cases.assign(session, caller, case_id, caller.user_id or case_id),
    }
    if form.action in acts:
        acts[form.action]()
        return
    assert form.action in ("release", "hold", "refuse")
    cases.decide(session, caller, case_id, cases.Verdict(form.action, reason, form.seen))
