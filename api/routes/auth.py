"""Signing in and out, and who one is."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.bodies import MeOut, PasswordIn, SignInIn
from api.dependencies import PrincipalDep, SessionDep, address_of, cookie_name
from screening import access, database, people
from screening.access import Principal, WrongCredentials
from screening.errors import Forbidden, Text
from screening.settings import settings
from screening.tenancy import NOBODY, SERVICE

router = APIRouter(tags=["people"])


class ForeignPage(Forbidden):
    code = "foreign_page"
    detail = Text("Sign-in was sent from a foreign page.", "Вход отправлен с чужой страницы.")
    remedy = Text("Sign in on the service's own page.", "Войдите на странице самой службы.")


def start_session(request: Request, response: Response, email: str, password: str) -> Principal:
    """Check the password and set the cookie. Raises WrongCredentials, TooManyAttempts, ForeignPage.

    A failed attempt is committed before the error is raised: it has to count.
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise ForeignPage
    with database.session(SERVICE) as session:  # before it is known who asks
        found = access.sign_in(session, email, password, address_of(request))
    if found is None:
        raise WrongCredentials
    token = found[1]
    response.set_cookie(
        cookie_name(),
        token,
        max_age=settings().session_hours * 3600,
        httponly=True,
        samesite="lax",
        secure=not settings().development,
    )
    with database.session(NOBODY) as session:
        caller = access.by_session(session, token)
    if caller is None:
        raise WrongCredentials
    return caller


def me(caller: Principal) -> MeOut:
    return MeOut.model_validate(
        {**{name: getattr(caller, name) for name in MeOut.model_fields}, "roles": sorted(caller.roles)}
    )


@router.post("/v1/session", status_code=201)
def sign_in(request: Request, response: Response, body: SignInIn) -> MeOut:
    """Sign in; the answer sets the session cookie and carries the form token."""
    return me(start_session(request, response, body.email, body.password))


@router.delete("/v1/session", status_code=204)
def sign_out(request: Request, response: Response, session: SessionDep, caller: PrincipalDep) -> None:
    """End this browser's session."""
    token = request.cookies.get(cookie_name())
    if token and caller.user_id:
        access.sign_out(session, token)
    response.delete_cookie(cookie_name(), httponly=True, samesite="lax", secure=not settings().development)


@router.get("/v1/me")
def who_am_i(caller: PrincipalDep) -> MeOut:
    """The caller, their organisation and roles."""
    return me(caller)


@router.post("/v1/me/password", status_code=204)
def change_password(session: SessionDep, caller: PrincipalDep, body: PasswordIn) -> None:
    """Change one's own password; every session ends, this one too."""
    if caller.user_id is None:
        raise Forbidden
    people.change_password(session, caller.user_id, body.old_password, body.new_password)
