"""Small builders of the things tests need, each valid as made; give what matters to the test."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from features.intake import PartyIn
from screening import access, four_eyes, people, screen
from screening.access import Principal
from screening.confidential import NewEntry
from screening.four_eyes import Signing
from screening.ids import new_id
from screening.orders import Submission
from screening.tables.cases import Case
from screening.tables.people import Organisation, Role, RoleName, User
from tests.features.builders import body

PASSWORD = "correct horse battery"


def unique(prefix: str) -> str:
    """A code nobody else has."""
    return f"{prefix}-{new_id().hex[-10:]}"


def make_organisation(
    session: Session, kind: str = "company", country: str = "KZ", authority_code: str | None = None
) -> Organisation:
    """An organisation; an authority gets a code of its own unless one is given."""
    if kind == "authority" and authority_code is None:
        authority_code = unique("AUTH")
    made = Organisation(
        code=unique(kind), kind=kind, name=f"Test {kind}", country=country, authority_code=authority_code
    )
    session.add(made)
    session.flush()
    return made


def make_user(session: Session, organisation: Organisation, *roles: RoleName) -> User:
    """A person with these roles and a password hash that no password meets."""
    made = User(
        organisation_id=organisation.id, email=f"{unique('person')}@example.org", name="Aigul", password_hash="!"
    )
    session.add(made)
    session.flush()
    session.add_all(Role(user_id=made.id, role=role) for role in roles)
    session.flush()
    return made


def principal_of(session: Session, organisation: Organisation, *roles: RoleName) -> Principal:
    """A signed-in person of the organisation."""
    user = make_user(session, organisation, *roles)
    return Principal(
        organisation_id=organisation.id,
        organisation_kind=organisation.kind,
        organisation_country=organisation.country,
        roles=frozenset(roles),
        user_id=user.id,
        authority_code=organisation.authority_code,
        name=user.name,
    )


def make_key(session: Session, organisation: Organisation, role: RoleName) -> str:
    """An API key of the organisation, as its owner would send it."""
    return people.add_key(session, organisation, unique("key"), [role], "test")[1]


def set_password(user: User, password: str) -> None:
    access.set_password(user, password)


def signer_of(session: Session, organisation: Organisation, *roles: RoleName) -> Principal:
    """A signed-in person of the organisation whose signature is the password `PASSWORD`."""
    made = principal_of(session, organisation, *roles)
    set_password(session.get_one(User, made.user_id), PASSWORD)
    session.flush()
    return made


def listed(session: Session, organisation: Organisation, list_id: UUID, party: dict[str, Any], why: str) -> UUID:
    """The entry of a party that two people put on a confidential list."""
    role: RoleName = "regulator" if organisation.kind == "authority" else "supervisor"
    first, second = (signer_of(session, organisation, role) for _ in range(2))
    new = NewEntry(list_id, PartyIn.model_validate(party), why)
    made = four_eyes.propose_addition(session, first, new, Signing(PASSWORD))
    four_eyes.approve(session, second, made.id, Signing(PASSWORD, made.body_sha256))
    return made.subject_id


def held_case(session: Session, company: Organisation, **fields: Any) -> Case:
    """The case of an order of this company; without a model every order is held."""
    order = body(**({"reference": unique("ORD")} | fields))
    answer = screen.submit(session, Submission.of(company.id, order))
    session.flush()
    return session.exec(select(Case).where(col(Case.order_id) == answer.order.id)).one()
