"""People and keys of the caller's organisation; organisations, for the operator."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from api.bodies import (
    ActiveIn,
    KeyIn,
    KeyMadeOut,
    KeyOut,
    OrganisationIn,
    OrganisationOut,
    PersonIn,
    PersonMadeOut,
    PersonOut,
    RolesIn,
)  # fmt: skip
from api.dependencies import Administrator, OperatorAdministrator, SessionDep
from screening import people
from screening.people import NewOrganisation, NewUser
from screening.tables.people import Organisation, User

router = APIRouter(tags=["people"])


def _person(user: User, roles: list[str]) -> PersonOut:
    return PersonOut.model_validate({**user.model_dump(), "roles": roles})


@router.get("/v1/people")
def list_people(session: SessionDep, caller: Administrator) -> list[PersonOut]:
    """Everybody of the caller's organisation."""
    return [_person(user, roles) for user, roles in people.colleagues(session, caller)]


@router.post("/v1/people", status_code=201)
def add_person(session: SessionDep, caller: Administrator, body: PersonIn) -> PersonMadeOut:
    """Add a person; the password is in this answer and nowhere else."""
    organisation = session.get_one(Organisation, caller.organisation_id)
    new = NewUser(body.email, body.name, frozenset(body.roles), body.language)
    user, password = people.add_user(session, organisation, new, caller.actor)
    return PersonMadeOut(**_person(user, sorted(body.roles)).model_dump(), password=password)


@router.put("/v1/people/{user_id}/roles")
def set_roles(session: SessionDep, caller: Administrator, user_id: UUID, body: RolesIn) -> PersonOut:
    """Replace a colleague's roles; they hold from the next request."""
    user = people.set_roles(session, caller, user_id, frozenset(body.roles))
    return _person(user, sorted(body.roles))


@router.put("/v1/people/{user_id}/active")
def set_active(session: SessionDep, caller: Administrator, user_id: UUID, body: ActiveIn) -> PersonOut:
    """Let a colleague in or out; out ends their sessions at once."""
    user = people.set_active(session, caller, user_id, body.active)
    return _person(user, people.roles_of(session, user.id))


@router.post("/v1/people/{user_id}/password", status_code=201)
def reset_password(session: SessionDep, caller: Administrator, user_id: UUID) -> PersonMadeOut:
    """Give a colleague a new random password, shown this once."""
    user = people.colleague(session, caller, user_id)
    password = people.reset_password(session, user, caller.actor)
    return PersonMadeOut(**_person(user, people.roles_of(session, user.id)).model_dump(), password=password)


@router.get("/v1/keys")
def list_keys(session: SessionDep, caller: Administrator) -> list[KeyOut]:
    """The organisation's API keys, without their secrets."""
    return [KeyOut.model_validate(key) for key in people.keys(session, caller)]


@router.post("/v1/keys", status_code=201)
def add_key(session: SessionDep, caller: Administrator, body: KeyIn) -> KeyMadeOut:
    """Make an API key; its secret is in this answer and nowhere else."""
    organisation = session.get_one(Organisation, caller.organisation_id)
    key, shown = people.add_key(session, organisation, body.name, body.roles, caller)
    return KeyMadeOut(**KeyOut.model_validate(key).model_dump(), key=shown)


@router.delete("/v1/keys/{key_id}", status_code=204)
def revoke_key(session: SessionDep, caller: Administrator, key_id: UUID) -> None:
    """End a key at once."""
    people.revoke_key(session, caller, key_id)


@router.get("/v1/organisations")
def list_organisations(session: SessionDep, caller: OperatorAdministrator) -> list[OrganisationOut]:
    """Every organisation, for the operator."""
    return [OrganisationOut.model_validate(each) for each in people.organisations(session)]


@router.post("/v1/organisations", status_code=201)
def add_organisation(session: SessionDep, caller: OperatorAdministrator, body: OrganisationIn) -> OrganisationOut:
    """Add an organisation, for the operator; its first administrator is added with `tamga people add-user`."""
    new = NewOrganisation(body.code, body.kind, body.name, body.country, body.authority_code)
    return OrganisationOut.model_validate(people.add_organisation(session, new, caller.actor))
