"""Small builders of the things tests need, each valid as made; give what matters to the test."""

from __future__ import annotations

from sqlmodel import Session

from screening.ids import new_id
from screening.tables.people import Organisation, Role, RoleName, User


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
