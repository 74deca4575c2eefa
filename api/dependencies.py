"""What endpoints ask for, as types: a unit of work, a caller, a caller with a role.

The unit of work ends before the answer leaves: a commit that fails is an error the caller sees.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from typing import Annotated

from fastapi import Depends, Request
from sqlmodel import Session

from screening import access, database
from screening.access import Principal
from screening.errors import Forbidden, NotSignedIn, Text
from screening.settings import settings
from screening.tables.people import RoleName
from screening.tenancy import NOBODY

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
CSRF_HEADER = "x-csrf-token"
CSRF_FIELD = "csrf_token"


class WrongFormToken(Forbidden):
    code = "wrong_form_token"
    detail = Text("The form's token is missing or old.", "Маркер формы отсутствует или устарел.")
    remedy = Text("Load the page again and repeat.", "Обновите страницу и повторите.")


def cookie_name() -> str:
    """Outside development the browser itself enforces Secure and the root path, by the name's prefix."""
    return "tamga_session" if settings().development else "__Host-tamga_session"


def unit_of_work() -> Iterator[Session]:
    with database.session(NOBODY) as session:  # until it is known who asks: `authenticate`
        yield session


SessionDep = Annotated[Session, Depends(unit_of_work, scope="function")]


async def form_token(request: Request) -> str | None:
    """The token that proves the page was ours: from the header, else from the posted form."""
    if request.method in SAFE_METHODS or cookie_name() not in request.cookies:
        return None
    if CSRF_HEADER in request.headers:
        return request.headers[CSRF_HEADER]
    if request.headers.get("content-type", "").startswith(FORMS):
        value = (await request.form()).get(CSRF_FIELD)
        return value if isinstance(value, str) else None
    return None


def presented_key(request: Request) -> str | None:
    """The API key that a request carries."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else None


def authenticate(session: Session, request: Request, token: str | None = None) -> Principal:
    """The caller by API key or session cookie. Raises NotSignedIn, WrongFormToken.

    A key that is sent counts alone: a wrong one is not made good by a cookie. `token` is the form token.
    """
    if "authorization" in request.headers:
        key = presented_key(request)
        found = access.by_key(session, key) if key else None
        if found is None:
            raise NotSignedIn
        return found
    cookie = request.cookies.get(cookie_name())
    found = access.by_session(session, cookie) if cookie else None
    if found is None:
        raise NotSignedIn
    if request.method not in SAFE_METHODS:
        expected = found.csrf_token or ""
        if token is None or not secrets.compare_digest(token.encode(), expected.encode()):
            raise WrongFormToken
    return found


def principal(request: Request, session: SessionDep, token: Annotated[str | None, Depends(form_token)]) -> Principal:
    return authenticate(session, request, token)


PrincipalDep = Annotated[Principal, Depends(principal)]


def onlooker(request: Request, session: SessionDep) -> Principal:
    """The person for whom an open page looks by itself; their session ends as if it had not. Raises NotSignedIn."""
    found = access.by_session(session, request.cookies.get(cookie_name(), ""), attended=False)
    if found is None:
        raise NotSignedIn
    return found


def needs(*roles: RoleName) -> Callable[[Principal], Principal]:
    """A dependency: the caller, if they have one of the roles."""

    def check(caller: PrincipalDep) -> Principal:
        return access.require(caller, *roles)

    return check


Officer = Annotated[Principal, Depends(needs("officer", "supervisor"))]
CaseReader = Annotated[Principal, Depends(needs("officer", "supervisor", "auditor"))]
AuditReader = Annotated[Principal, Depends(needs("supervisor", "auditor"))]
ReferralReader = Annotated[Principal, Depends(needs("regulator", "officer", "supervisor", "auditor"))]
Supervisor = Annotated[Principal, Depends(needs("supervisor"))]
Regulator = Annotated[Principal, Depends(needs("regulator"))]
Chief = Annotated[Principal, Depends(needs("chief"))]
Administrator = Annotated[Principal, Depends(needs("administrator"))]


def operators_administrator(caller: Administrator) -> Principal:
    """The administrator of the operator; those of companies and authorities manage their own house only."""
    if caller.organisation_kind != "operator":
        raise Forbidden
    return caller


OperatorAdministrator = Annotated[Principal, Depends(operators_administrator)]


def address_of(request: Request) -> str:
    """The caller's network address, as the server saw it."""
    return request.client.host if request.client else "unknown"
