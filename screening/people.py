"""Organisations, people and keys as an administrator manages them; each change is on record."""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from screening import access
from screening.access import Principal
from screening.audit import AuditEntry, record
from screening.errors import Conflict, FieldFault, Invalid, NotFound, Text
from screening.ids import utc_now
from screening.tables.people import ApiKey, Organisation, Role, RoleName, User
from screening.tenancy import as_service

EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,189}")
SHORTEST_PASSWORD = 12
ROLES_OF: dict[str, frozenset[RoleName]] = {
    "company": frozenset({"integration", "officer", "supervisor", "auditor", "administrator"}),
    "authority": frozenset({"regulator", "chief", "auditor", "administrator"}),
    "operator": frozenset({"data_scientist", "auditor", "administrator"}),
}
KEY_ROLES: dict[str, frozenset[RoleName]] = {
    "company": frozenset({"integration"}),
    "authority": frozenset({"regulator"}),
    "operator": frozenset({"data_scientist"}),
}


class NoOrganisation(NotFound):
    code = "no_organisation"
    detail = Text("There is no organisation {organisation}.", "Организации {organisation} нет.")


class AlreadyThere(Conflict):
    code = "already_there"
    detail = Text("{what} is already taken.", "{what} уже занято.")
    remedy = Text("Choose another.", "Выберите другое.")


@dataclass(frozen=True, slots=True)
class NewOrganisation:
    """`authority_code` is given for an authority and for nothing else."""

    code: str
    kind: str
    name: str
    country: str
    authority_code: str | None = None


@dataclass(frozen=True, slots=True)
class NewUser:
    email: str
    name: str
    roles: frozenset[RoleName]
    language: str = "en"


def add_organisation(session: Session, new: NewOrganisation, actor: str) -> Organisation:
    """Create an organisation. Raises AlreadyThere for a taken code or authority code, Invalid."""
    if (new.kind == "authority") != (new.authority_code is not None):
        wrong = Text("belongs to an authority, and only there", "есть у органа и только у него")
        remedy = Text("Give it for an authority, leave it out for others.", "Укажите для органа, для других уберите.")
        raise Invalid(faults=(FieldFault("authority_code", "kind", wrong, remedy),))
    made = Organisation(
        code=new.code, kind=new.kind, name=new.name, country=new.country, authority_code=new.authority_code
    )
    told = {"code": made.code, "kind": made.kind}
    with as_service(session):  # the operator's own work: organisations are nobody's rows
        if session.exec(select(Organisation).where(Organisation.code == new.code)).first():
            raise AlreadyThere(what=new.code)
        _add(session, made, new.authority_code or new.code)
        record(session, AuditEntry("organisation.added", actor, made.id, made.id, told))
    return made


def organisations(session: Session) -> list[Organisation]:
    """Every organisation, by code."""
    with as_service(session):
        return list(session.exec(select(Organisation).order_by(col(Organisation.code))))


def find_organisation(session: Session, code: str) -> Organisation:
    found = session.exec(select(Organisation).where(Organisation.code == code)).first()
    if found is None:
        raise NoOrganisation(organisation=code)
    return found


def add_user(session: Session, organisation: Organisation, new: NewUser, actor: str) -> tuple[User, str]:
    """Create a person with a random password; returns it, to be shown once. Raises Invalid, AlreadyThere."""
    email = new.email.strip().lower()
    _check_roles(new.roles, ROLES_OF[organisation.kind])
    if not EMAIL.fullmatch(email):
        fault = FieldFault("email", "email", Text("is not an address", "не адрес"), Text("Correct it.", "Исправьте."))
        raise Invalid(faults=(fault,))
    with as_service(session):  # a sign-in name is taken whosever it is; it is not told whose
        if session.exec(select(User.id).where(User.email == email)).first():
            raise AlreadyThere(what=email)
    password = secrets.token_urlsafe(12)
    made = User(
        organisation_id=organisation.id,
        email=email,
        name=new.name,
        language=new.language,
        password_hash="",
    )
    access.set_password(made, password)
    _add(session, made, email)
    session.add_all(Role(user_id=made.id, role=role) for role in sorted(new.roles))
    told = {"roles": sorted(new.roles)}
    record(session, AuditEntry("person.added", actor, organisation.id, made.id, told))
    return made, password


def _add(session: Session, made: User | Organisation, what: str) -> None:
    """Write a row whose name somebody may take at the same moment. Raises AlreadyThere."""
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError as fault:
        raise AlreadyThere(what=what) from fault


def change_password(session: Session, user_id: UUID, old: str, new: str) -> None:
    """Change one's own password and end every session. Raises WrongCredentials, Invalid."""
    user = session.get_one(User, user_id)
    if not access.password_fits(user.password_hash, old):
        raise access.WrongCredentials
    if len(new) < SHORTEST_PASSWORD:
        reason = Text("is shorter than 12 characters", "короче 12 знаков")
        remedy = Text("Choose a longer one.", "Выберите длиннее.")
        raise Invalid(faults=(FieldFault("new_password", "too_short", reason, remedy),))
    access.set_password(user, new)
    access.expire_sessions(session, user_id)
    record(session, AuditEntry("person.password_changed", f"user:{user_id}", user.organisation_id, user_id))


def reset_password(session: Session, user: User, actor: str) -> str:
    """A new random password, to be shown once; every session ends."""
    password = secrets.token_urlsafe(12)
    access.set_password(user, password)
    access.expire_sessions(session, user.id)
    record(session, AuditEntry("person.password_reset", actor, user.organisation_id, user.id))
    return password


def set_roles(session: Session, principal: Principal, user_id: UUID, roles: frozenset[RoleName]) -> User:
    """Replace a colleague's roles; they hold from the next request on."""
    user = colleague(session, principal, user_id)
    _check_roles(roles, ROLES_OF[principal.organisation_kind])
    session.execute(delete(Role).where(col(Role.user_id) == user.id))
    session.add_all(Role(user_id=user.id, role=role) for role in sorted(roles))
    told = {"roles": sorted(roles)}
    record(session, AuditEntry("person.roles_set", principal.actor, user.organisation_id, user.id, told))
    return user


def set_active(session: Session, principal: Principal, user_id: UUID, active: bool) -> User:
    """Let a colleague in or out; out ends every session at once."""
    user = colleague(session, principal, user_id)
    if user.id == principal.user_id and not active:
        raise Conflict
    user.active = active
    access.expire_sessions(session, user.id)
    told = {"active": active}
    record(session, AuditEntry("person.state_set", principal.actor, user.organisation_id, user.id, told))
    return user


def colleague(session: Session, principal: Principal, user_id: UUID) -> User:
    """A person of the caller's own organisation; NotFound for anybody else."""
    found = session.exec(
        select(User).where(User.id == user_id, User.organisation_id == principal.organisation_id)
    ).first()
    if found is None:
        raise NotFound
    return found


def colleagues(session: Session, principal: Principal) -> list[tuple[User, list[str]]]:
    """Everybody of the caller's organisation with their roles, by name."""
    people = session.exec(
        select(User).where(User.organisation_id == principal.organisation_id).order_by(col(User.name), col(User.id))
    ).all()
    roles: dict[UUID, list[str]] = {}
    for role in session.exec(select(Role).where(col(Role.user_id).in_([person.id for person in people]))):
        roles.setdefault(role.user_id, []).append(role.role)
    return [(person, sorted(roles.get(person.id, []))) for person in people]


def name_of(session: Session, user_id: UUID) -> str:
    return session.get_one(User, user_id).name


def names_of(session: Session, ids: Collection[UUID]) -> dict[UUID, str]:
    """Names of some people by id."""
    if not ids:
        return {}
    return {row[0]: row[1] for row in session.execute(select(User.id, User.name).where(col(User.id).in_(ids)))}


def officers(session: Session, principal: Principal) -> list[User]:
    """The active officers and supervisors of the caller's organisation, by name."""
    query = (
        select(User)
        .join(Role, col(Role.user_id) == col(User.id))
        .where(User.organisation_id == principal.organisation_id, col(User.active))
        .where(col(Role.role).in_(("officer", "supervisor")))
        .distinct()
    )
    return list(session.exec(query.order_by(col(User.name), col(User.id))))


def roles_of(session: Session, user_id: UUID) -> list[str]:
    return sorted(session.exec(select(Role.role).where(Role.user_id == user_id)))


def add_key(
    session: Session, organisation: Organisation, name: str, roles: Iterable[RoleName], actor: Principal | str
) -> tuple[ApiKey, str]:
    """Create an API key; returns it, to be shown once. Raises AlreadyThere, Invalid."""
    wanted = frozenset(roles)
    _check_roles(wanted, KEY_ROLES[organisation.kind])
    taken = select(ApiKey).where(ApiKey.organisation_id == organisation.id, ApiKey.name == name)
    if session.exec(taken).first():
        raise AlreadyThere(what=name)
    shown, columns = access.new_key(frozenset(wanted))
    by = actor.user_id if isinstance(actor, Principal) else None
    made = ApiKey(organisation_id=organisation.id, name=name, created_by=by, **columns)
    session.add(made)
    session.flush()
    who = actor.actor if isinstance(actor, Principal) else actor
    told = {"name": name, "prefix": made.prefix, "roles": sorted(wanted)}
    record(session, AuditEntry("key.added", who, organisation.id, made.id, told))
    return made, shown


def keys(session: Session, principal: Principal) -> list[ApiKey]:
    query = select(ApiKey).where(ApiKey.organisation_id == principal.organisation_id).order_by(col(ApiKey.created_at))
    return list(session.exec(query))


def revoke_key(session: Session, principal: Principal, key_id: UUID) -> None:
    """End a key of the caller's organisation at once; twice does no more than once."""
    key = session.exec(
        select(ApiKey).where(ApiKey.id == key_id, ApiKey.organisation_id == principal.organisation_id)
    ).first()
    if key is None:
        raise NotFound
    if key.revoked_at is None:
        key.revoked_at = utc_now()
        record(session, AuditEntry("key.revoked", principal.actor, key.organisation_id, key.id))


def _check_roles(wanted: frozenset[RoleName], allowed: frozenset[RoleName]) -> None:
    if not wanted or wanted - allowed:
        reason = Text("holds a role this organisation has not", "содержит роль, которой у организации нет")
        choice = ", ".join(sorted(allowed))
        remedy = Text(f"Choose from: {choice}.", f"Выберите из: {choice}.")
        raise Invalid(faults=(FieldFault("roles", "role", reason, remedy),))
