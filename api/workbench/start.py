"""Everybody's pages: the start, signing in and out, the choice of language, theme and keys."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, ConfigDict
from starlette.responses import RedirectResponse

from api.dependencies import SessionDep, cookie_name
from api.routes.auth import ForeignPage, start_session
from api.workbench import frame
from api.workbench.frame import Reader
from screening import access, reading
from screening.access import WrongCredentials
from screening.errors import NotFound, TooManyAttempts
from screening.settings import settings

router = APIRouter(include_in_schema=False)
YEAR = 365 * 24 * 3600
CHOICES = {
    "language": (frame.LANGUAGE_COOKIE, ("en", "ru")),
    "theme": (frame.THEME_COOKIE, ("light", "dark")),
    "keys": (frame.KEYS_COOKIE, ("on", "off")),
}


@router.get("/")
def home(request: Request, caller: Reader) -> Response:
    """Everyone's own start: the first page of the list that they may open."""
    operates = caller.organisation_kind == "operator" and caller.has("administrator")
    starts = (
        (caller.organisation_kind == "company" and caller.has(*reading.READERS), "/overview"),
        (caller.has("integration"), "/my-orders"),
        (caller.has("regulator"), "/inbox"),
        (operates, "/dead-letters"),
        (caller.organisation_kind == "operator" and caller.has("data_scientist"), "/models"),
        (caller.has("administrator"), "/admin/people"),
        (caller.has("auditor"), "/record"),
    )
    path = next((path for may, path in starts if may), None)
    return RedirectResponse(path, 303) if path else frame.page(request, "home.html", caller)


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
    except (WrongCredentials, TooManyAttempts, ForeignPage) as error:
        reads = frame.language(request)
        told = f"{error.detail.within(reads, error.values)} {error.remedy.within(reads)}"
        shown = {"next": target, "problem": told, "email": form.email, "status": error.status}
        return frame.page(request, "sign_in.html", None, here="/sign-in", **shown)
    return response


@router.post("/sign-out")
def sign_out(request: Request, session: SessionDep, caller: Reader) -> Response:
    token = request.cookies.get(cookie_name())
    if token and caller.user_id:
        access.sign_out(session, token)
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(cookie_name(), httponly=True, samesite="lax", secure=not settings().development)
    return response


@router.get("/choose/{what}/{value}")
def choose(what: Literal["language", "theme", "keys"], value: str, back: str = "/") -> Response:
    """Remember how the pages look; it says nothing to anybody else, so a link may do it."""
    name, allowed = CHOICES[what]
    if value not in allowed:
        raise NotFound
    response = RedirectResponse(frame.local_path(back), 303)
    secure = not settings().development
    response.set_cookie(name, value, max_age=YEAR, httponly=True, samesite="lax", secure=secure)
    return response
