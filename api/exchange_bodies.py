"""Bodies of what authorities exchange, and of confidential lists."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field

from api.bodies import Out, Password
from features.intake import FIRST_YEAR, LAST_YEAR, Code, Country, LongText, PartyIn, Quantity, ShortText, Strict
from screening.incidents import Kind, Marking


def _day(value: object) -> object:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _within_calendar(value: date) -> date:
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValueError(f"must lie between {FIRST_YEAR} and {LAST_YEAR}")
    return value


Day = Annotated[date, BeforeValidator(_day), AfterValidator(_within_calendar)]
Goods = Annotated[list[ShortText], Field(default_factory=list, max_length=100)]
Parties = Annotated[list[PartyIn], Field(default_factory=list, max_length=100)]
Codes = Annotated[list[Code], Field(default_factory=list, max_length=100)]


class IncidentIn(Strict):
    """An incident. `share_with` are codes of authorities; `referral_id` is known to the filing authority alone."""

    kind: Kind
    marking: Marking
    occurred_on: Day
    country: Country
    summary: LongText
    substances: Goods
    kilograms: Quantity | None = None
    parties: Parties
    share_with: Codes
    referral_id: Annotated[UUID | None, Field(strict=False)] = None


class IncidentOut(Out):
    """An incident as the reader may see it; `shared_with` and `referral_id` are the filing authority's alone."""

    id: UUID
    authority_code: str
    kind: str
    marking: str
    known_at: datetime
    occurred_on: date
    country: str
    summary: str
    substances: list[str]
    kilograms: str | None
    parties: list[dict[str, Any]]
    withdrawn_at: datetime | None
    own: bool
    shared_with: list[str]
    referral_id: UUID | None


class LaneIn(Strict):
    """From one country to another."""

    origin: Country
    destination: Country


class OperationIn(Strict):
    """An operation: goods by name or CAS number, scheduled or not. An order matches by party, or goods and lane."""

    name: ShortText
    purpose: LongText
    starts_on: Day
    ends_on: Day
    substances: Goods
    lanes: Annotated[list[LaneIn], Field(default_factory=list, max_length=200)]
    parties: Parties
    invite: Codes


class MatchOut(Out):
    """An order of the reader's own jurisdiction that was matched."""

    company: str
    reference: str
    goods: str
    kilograms: str | None
    lane: str
    matched_by: str
    received_at: datetime


class OperationOut(Out):
    """An operation. `counted` orders of all members, `matches` of the reader's own jurisdiction."""

    id: UUID
    name: str
    authority_code: str
    purpose: str
    starts_on: date
    ends_on: date
    substances: list[str]
    lanes: list[list[str]]
    parties: list[dict[str, Any]]
    state: Literal["running", "ended"]
    own: bool
    members: list[str]
    counted: int
    report: dict[str, Any]
    matches: list[MatchOut]


class AuthorityOut(Out):
    code: str
    name: str


class ListIn(Strict):
    name: ShortText


class EntryIn(Strict):
    """A party for a confidential list and why; `password` is the caller's own, again: another person signs second."""

    party: PartyIn
    why: LongText
    password: Password


class RemovalIn(Strict):
    """Why an entry goes, and the caller's own password again."""

    why: LongText
    password: Password


class EntryOut(Out):
    id: UUID
    party: dict[str, Any]
    why: str


class ListOut(Out):
    id: UUID
    name: str


class ListWholeOut(ListOut):
    entries: list[EntryOut]


class HitOut(Out):
    """An entry of an own list that an order meets."""

    list_name: str
    entry: EntryOut
