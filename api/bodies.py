"""Bodies of the service's own resources, in and out. Orders have theirs in `features.intake`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from features.intake import Code, Country, LongText, ShortText, Strict
from screening.tables.people import RoleName


def _encodable(value: str) -> str:
    """Lone surrogates pass JSON and nothing after it."""
    try:
        value.encode()
    except UnicodeEncodeError as fault:
        raise ValueError("must be text") from fault
    return value


Password = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_encodable)]
Email = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[!-?A-~]{1,64}@[!-?A-~]{1,189}$")]
Roles = Annotated[list[RoleName], Field(min_length=1, max_length=8)]


class Out(BaseModel):
    """Base of answers; made from table rows too."""

    model_config = ConfigDict(from_attributes=True)


class SignInIn(Strict):
    email: Email
    password: Password


class PasswordIn(Strict):
    old_password: Password
    new_password: Password


class MeOut(Out):
    """The caller. `csrf_token` accompanies every unsafe request of a browser session."""

    name: str
    user_id: UUID | None
    organisation_id: UUID
    organisation_kind: str
    authority_code: str | None
    roles: list[str]
    language: str
    csrf_token: str | None = None


class OrganisationIn(Strict):
    code: Code
    kind: Literal["company", "authority", "operator"]
    name: ShortText
    country: Country
    authority_code: Code | None = None


class OrganisationOut(Out):
    id: UUID
    code: str
    kind: str
    name: str
    country: str
    authority_code: str | None
    active: bool


class PersonIn(Strict):
    email: Email
    name: ShortText
    roles: Roles
    language: Literal["en", "ru"] = "en"


class PersonOut(Out):
    id: UUID
    email: str
    name: str
    language: str
    active: bool
    roles: list[str]


class PersonMadeOut(PersonOut):
    """A new person with the password that is shown this once."""

    password: str


class RolesIn(Strict):
    roles: Roles


class ActiveIn(Strict):
    active: bool


class KeyIn(Strict):
    name: ShortText
    roles: Roles


class KeyOut(Out):
    id: UUID
    name: str
    prefix: str
    roles: list[str]
    created_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


class KeyMadeOut(KeyOut):
    """A new key with its secret, shown this once."""

    key: str


class CaseOut(Out):
    """One case of the queue with what an officer sorts by.

    `kind` is `random` for a released order that is reviewed by chance. Until the caller has given the view that is
    asked of them, kind and band are `withheld` and there is no probability.
    """

    id: UUID
    order_id: UUID
    reference: str
    kind: str
    state: str
    snoozed_until: datetime | None
    merged_into: UUID | None
    assignee_id: UUID | None
    reasons: list[Any]
    due_at: datetime
    closed_at: datetime | None
    version: int
    customer: str | None
    goods: str
    kilograms: str | None
    destination: str | None
    band: str
    probability: float | None


class CasePageOut(Out):
    """One page of the queue and how many cases there are in all."""

    items: list[CaseOut]
    total: int


class CaseEventOut(Out):
    at: datetime
    actor_id: UUID | None
    kind: str
    action: str | None
    reason: str | None
    state_after: str


class AssignIn(Strict):
    assignee_id: Annotated[UUID, Field(strict=False)]


class NoteIn(Strict):
    text: LongText


class DecisionIn(Strict):
    """An officer's decision; `seen` is the version of the case that was read."""

    action: Literal["release", "hold", "refuse"]
    reason: LongText
    seen: Annotated[int, Field(ge=1, le=2_000_000_000)] | None = None


class ReasonIn(Strict):
    reason: LongText


class EndpointIn(Strict):
    url: Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^https?://[!-~]{1,480}$")]


class EndpointOut(Out):
    id: UUID
    url: str
    created_at: datetime
    previous_until: datetime | None


class EndpointMadeOut(EndpointOut):
    """An endpoint with its signing secret, shown this once."""

    secret: str


class DeliveryOut(Out):
    id: UUID
    endpoint_id: UUID
    kind: str
    subject_id: UUID
    state: str
    attempts: int
    response_status: int | None
    last_error: str | None
    created_at: datetime
    delivered_at: datetime | None


class HealthOut(BaseModel):
    status: Literal["ok"]
    model: str | None = None
