"""Organisations, their people, and what they sign in with. Secrets are kept only as hashes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from screening.ids import utc_now
from screening.tables.base import Bare, Row, json_column, one_of

OrganisationKind = Literal["company", "authority", "operator"]
RoleName = Literal[
    "integration", "officer", "supervisor", "auditor", "regulator", "chief", "data_scientist", "administrator"
]  # fmt: skip
KINDS: tuple[OrganisationKind, ...] = ("company", "authority", "operator")
ROLES: tuple[RoleName, ...] = (
    "integration",
    "officer",
    "supervisor",
    "auditor",
    "regulator",
    "chief",
    "data_scientist",
    "administrator",
)


class Organisation(Row, table=True):
    """A company that submits orders, an authority that receives referrals, or the operator of the service."""

    __tablename__ = "organisation"
    __table_args__ = (
        one_of("kind", *KINDS),
        CheckConstraint("(kind = 'authority') = (authority_code IS NOT NULL)", name="authority_code"),
    )

    code: str = Field(max_length=64, unique=True)
    kind: str = Field(max_length=16)
    name: str = Field(max_length=200)
    country: str = Field(max_length=2)
    authority_code: str | None = Field(default=None, max_length=64, unique=True)
    active: bool = True


class User(Row, table=True):
    """A person of one organisation; `email` is the sign-in name, in lower case.

    `signing_check` is what the database holds a signature's proof against, `signing_since` when it was last set.
    Absent from and to are whole days, both included; no end is until further notice. The deputy, a colleague, has the
    person's reports meanwhile.
    """

    __tablename__ = "person"

    organisation_id: UUID = Field(foreign_key="organisation.id", index=True)
    email: str = Field(max_length=254, unique=True)
    name: str = Field(max_length=200)
    password_hash: str = Field(max_length=200)
    language: str = Field(default="en", max_length=2)
    active: bool = True
    signing_check: str | None = Field(default=None, max_length=100)
    signing_since: datetime | None = None
    absent_from: date | None = None
    absent_to: date | None = None
    deputy_id: UUID | None = Field(default=None, foreign_key="person.id")


class Role(Bare, table=True):
    """One role of one person."""

    __tablename__ = "person_role"
    __table_args__ = (one_of("role", *ROLES),)

    user_id: UUID = Field(foreign_key="person.id", primary_key=True)
    role: str = Field(max_length=32, primary_key=True)


class UserSession(Row, table=True):
    """A signed-in browser. The cookie holds the token; the table holds its SHA-256 and the form token."""

    __tablename__ = "user_session"

    user_id: UUID = Field(foreign_key="person.id", index=True)
    token_hash: str = Field(max_length=64, unique=True)
    csrf_token: str = Field(max_length=64)
    expires_at: datetime
    seen_at: datetime = Field(default_factory=utc_now)


class ApiKey(Row, table=True):
    """A machine's key: shown once, kept as SHA-256, found by its public prefix."""

    __tablename__ = "api_key"
    __table_args__ = (UniqueConstraint("organisation_id", "name"),)

    organisation_id: UUID = Field(foreign_key="organisation.id")
    name: str = Field(max_length=100)
    prefix: str = Field(max_length=16, unique=True)
    key_hash: str = Field(max_length=64)
    roles: list[str] = json_column(list)
    created_by: UUID | None = Field(default=None, foreign_key="person.id")
    used_at: datetime | None = None
    revoked_at: datetime | None = None


class SignInFailure(Row, table=True):
    """One failed sign-in; `subject` is the hash of an account name or a network address."""

    __tablename__ = "sign_in_failure"
    __table_args__ = (Index(None, "subject", "created_at"),)

    subject: str = Field(max_length=64)
