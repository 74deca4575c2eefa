"""Administrators' pages: people and their sessions, keys, webhooks. A secret is shown in one answer and never again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, Response
from pydantic import BaseModel, ConfigDict
from sqlmodel import Session
from starlette.responses import RedirectResponse

from api.dependencies import SessionDep
from api.workbench import faults, frame
from api.workbench.frame import Reader
from screening import administering, people, webhooks
from screening.access import KEY_MARK, Principal, require
from screening.errors import TamgaError
from screening.people import KEY_ROLES, ROLES_OF, NewUser
from screening.tables.people import Organisation, RoleName

router = APIRouter(prefix="/admin", include_in_schema=False)
LONGEST = 200


def _administrator(caller: Reader) -> Principal:
    return require(caller, "administrator")


Administrator = Annotated[Principal, Depends(_administrator)]


class PersonForm(BaseModel):
    """Somebody new, or somebody's roles."""

    model_config = ConfigDict(extra="ignore")

    name: str = ""
    email: str = ""
    language: Literal["en", "ru"] = "en"
    roles: list[RoleName] = []
    what: Literal["roles", "in", "out", "password", "sessions"] = "roles"


class NameForm(BaseModel):
    """A key's name, or an endpoint's address."""

    model_config = ConfigDict(extra="ignore")

    name: str = ""


@router.get("/people")
def people_page(request: Request, caller: Administrator, session: SessionDep) -> Response:
    """Everybody of the organisation: roles, state, open sessions."""
    return _people(request, caller, session)


def _people(request: Request, caller: Principal, session: Session, **values: Any) -> Response:
    return frame.page(
        request,
        "admin_people.html",
        caller,
        people=people.colleagues(session, caller),
        sessions=Counter(person.id for _, person in administering.sessions(session, caller)),
        allowed=sorted(ROLES_OF[caller.organisation_kind]),
        here="/admin/people",
        **({"secret": None, "problem": None} | values),
    )


@router.post("/people")
def add_person(
    request: Request, caller: Administrator, session: SessionDep, form: Annotated[PersonForm, Form()]
) -> Response:
    """Add a person; the password is on this page and nowhere else."""
    organisation = session.get_one(Organisation, caller.organisation_id)
    new = NewUser(form.email[:LONGEST], form.name.strip()[:LONGEST], frozenset(form.roles), form.language)
    return _shown(
        request, caller, session, _people, lambda: people.add_user(session, organisation, new, caller.actor)[1]
    )


@router.post("/people/{user_id}")
def change_person(
    request: Request,
    caller: Administrator,
    session: SessionDep,
    user_id: UUID,
    form: Annotated[PersonForm, Form()],
) -> Response:
    """Roles, in or out, a new password, or the end of all sessions."""
    person = people.colleague(session, caller, user_id)
    acts: dict[str, Callable[[], object]] = {
        "roles": lambda: people.set_roles(session, caller, user_id, frozenset(form.roles)),
        "in": lambda: people.set_active(session, caller, user_id, True),
        "out": lambda: people.set_active(session, caller, user_id, False),
        "password": lambda: people.reset_password(session, person, caller.actor),
        "sessions": lambda: administering.end_sessions(session, caller, user_id),
    }
    if form.what == "password":
        return _shown(request, caller, session, _people, acts[form.what])
    return _done(request, caller, session, _people, acts[form.what])


@router.get("/sessions")
def sessions_page(request: Request, caller: Administrator, session: SessionDep, done: str = "") -> Response:
    """Browsers in which the organisation's people are signed in now."""
    open_now = administering.sessions(session, caller)
    return frame.page(request, "admin_sessions.html", caller, sessions=open_now, done=done == "ended")


@router.post("/sessions/{session_id}/end")
def end_session(caller: Administrator, session: SessionDep, session_id: UUID) -> Response:
    """Sign somebody out in one browser, at once."""
    administering.end_session(session, caller, session_id)
    return RedirectResponse("/admin/sessions?done=ended", 303)


@router.get("/keys")
def keys_page(request: Request, caller: Administrator, session: SessionDep) -> Response:
    """The organisation's API keys, without their secrets."""
    return _keys(request, caller, session)


def _keys(request: Request, caller: Principal, session: Session, **values: Any) -> Response:
    keys = people.keys(session, caller)
    shown = {"secret": None, "problem": None} | values
    return frame.page(request, "admin_keys.html", caller, list=keys, mark=KEY_MARK, here="/admin/keys", **shown)


@router.post("/keys")
def add_key(
    request: Request, caller: Administrator, session: SessionDep, form: Annotated[NameForm, Form()]
) -> Response:
    """Make a key; it is on this page and nowhere else."""
    organisation = session.get_one(Organisation, caller.organisation_id)
    roles, name = sorted(KEY_ROLES[organisation.kind]), form.name.strip()[:100] or "key"
    return _shown(
        request, caller, session, _keys, lambda: people.add_key(session, organisation, name, roles, caller)[1]
    )


@router.post("/keys/{key_id}/revoke")
def revoke_key(caller: Administrator, session: SessionDep, key_id: UUID) -> Response:
    """End a key at once."""
    people.revoke_key(session, caller, key_id)
    return RedirectResponse("/admin/keys", 303)


@router.get("/webhooks")
def webhooks_page(request: Request, caller: Administrator, session: SessionDep) -> Response:
    """Endpoints, and the log of deliveries."""
    return _webhooks(request, caller, session)


def _webhooks(request: Request, caller: Principal, session: Session, **values: Any) -> Response:
    return frame.page(
        request,
        "admin_webhooks.html",
        caller,
        endpoints=webhooks.endpoints(session, caller),
        deliveries=webhooks.deliveries(session, caller),
        here="/admin/webhooks",
        **({"secret": None, "problem": None} | values),
    )


@router.post("/webhooks")
def add_endpoint(
    request: Request, caller: Administrator, session: SessionDep, form: Annotated[NameForm, Form()]
) -> Response:
    """Register an address; its secret is on this page and nowhere else."""
    address = form.name.strip()[:500]
    return _shown(
        request, caller, session, _webhooks, lambda: webhooks.add_endpoint(session, caller, address)[1]
    )  # fmt: skip


@router.post("/webhooks/{endpoint_id}/{what}")
def change_endpoint(
    request: Request, caller: Administrator, session: SessionDep, endpoint_id: UUID, what: Literal["rotate", "remove"]
) -> Response:
    """A new secret, or an end to the endpoint."""
    if what == "rotate":
        return _shown(request, caller, session, _webhooks, lambda: webhooks.rotate(session, caller, endpoint_id)[1])
    webhooks.remove_endpoint(session, caller, endpoint_id)
    return RedirectResponse("/admin/webhooks", 303)


@router.post("/deliveries/{delivery_id}/resend")
def resend(caller: Administrator, session: SessionDep, delivery_id: UUID) -> Response:
    """Give a dead delivery all its attempts again."""
    webhooks.redeliver(session, caller, delivery_id)
    return RedirectResponse("/admin/webhooks", 303)


Again = Callable[..., Response]


def _shown(
    request: Request, caller: Principal, session: Session, again: Again, act: Callable[[], object]
) -> Response:  # fmt: skip
    """Carry out what makes a secret and show the page with it; not a redirect, so that no address holds it."""
    try:
        with session.begin_nested():
            secret = act()
    except TamgaError as error:
        return _refused(request, caller, session, again, error)
    return again(request, caller, session, secret=secret)


def _done(
    request: Request, caller: Principal, session: Session, again: Again, act: Callable[[], object]
) -> Response:  # fmt: skip
    try:
        with session.begin_nested():
            act()
    except TamgaError as error:
        return _refused(request, caller, session, again, error)
    return RedirectResponse("/admin/people", 303)


def _refused(request: Request, caller: Principal, session: Session, again: Again, error: TamgaError) -> Response:
    session.expire_all()
    problem = faults.told(error, frame.language(request, caller), request)
    return again(request, caller, session, problem=problem, status=error.status)
