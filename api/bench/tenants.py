"""Three companies, two authorities and the operator, everybody signed in to the real service, and objects of theirs."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import httpx2 as httpx
from sqlmodel import Session

from screening import (
    access,
    database,
)
from screening.ids import new_id
from screening.people import ROLES_OF
from screening.tables.people import Organisation, Role, RoleName, User

PASSWORD = "correct horse battery staple"  # noqa: S105 - of a service that lives for one run
ADDRESSED, OTHER = "KZ-MVD", "RU-MVD"
# kind, authority's code, country; goods that leave a country are reported to its authority
HOUSES: tuple[tuple[str, str | None, str], ...] = (
    ("company", None, "KZ"), ("company", None, "KZ"), ("company", None, "KZ"), ("authority", ADDRESSED, "KZ"),
    ("authority", OTHER, "RU"), ("operator", None, "KZ"),
)  # fmt: skip


@dataclass(frozen=True)
class Somebody:
    """A signed-in person; `client` carries the cookie and the form token."""

    organisation: Organisation
    role: RoleName
    client: httpx.Client
    user_id: UUID


def settle() -> list[Organisation]:
    """The organisations, the first company's rows first."""
    with database.session() as session:
        made = [
            Organisation(code=f"house-{n}", kind=kind, name="House", country=country, authority_code=code)
            for n, (kind, code, country) in enumerate(HOUSES)
        ]
        session.add_all(made)
    return made


def person(session: Session, organisation: Organisation, role: RoleName) -> User:
    """A new person with this role who may sign in."""
    made = User(
        organisation_id=organisation.id, email=f"{new_id().hex}@example.org", name="Aigul",
        password_hash=access.hash_password(PASSWORD),
    )  # fmt: skip
    session.add(made)
    session.flush()
    session.add(Role(user_id=made.id, role=role))
    session.flush()
    return made


def signed_in(port: int, organisation: Organisation, role: RoleName) -> Somebody:
    """A new person of the organisation with a browser of their own."""
    with database.session() as session:
        made = person(session, organisation, role)
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30, trust_env=False)
    answer = client.post("/v1/session", json={"email": made.email, "password": PASSWORD})
    answer.raise_for_status()
    client.headers["x-csrf-token"] = answer.json()["csrf_token"]
    return Somebody(organisation, role, client, made.id)


def everybody(port: int, organisations: list[Organisation]) -> list[Somebody]:
    """One person for each role that each organisation has."""
    return [signed_in(port, each, role) for each in organisations for role in sorted(ROLES_OF[each.kind])]
