"""What authorities exchange, what is watched, confidential lists, and the ledger of refusals.

No row here belongs to what a company reads, but its own lists. Parties are told by keyed hashes wherever they only
have to be recognised.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Numeric, Text, UniqueConstraint, text
from sqlmodel import Field

from screening.tables.base import Bare, Row, json_column, one_of

INCIDENT_KINDS = ("stopped_shipment", "seizure", "theft", "diversion_attempt", "laboratory")
MARKINGS = ("red", "amber", "green")


class Incident(Row, table=True):
    """One incident as its authority filed it; it counts from `known_at`. `marks` are keyed hashes of its parties."""

    __tablename__ = "incident"
    __table_args__ = (one_of("kind", *INCIDENT_KINDS), one_of("marking", *MARKINGS))

    organisation_id: UUID = Field(foreign_key="organisation.id", index=True)
    authority_code: str = Field(max_length=64)
    kind: str = Field(max_length=32)
    marking: str = Field(max_length=16)
    known_at: datetime
    occurred_on: date
    country: str = Field(max_length=2)
    substances: list[str] = json_column(list)
    kilograms: Any = Field(default=None, sa_type=Numeric(20, 6), nullable=True)
    parties: list[dict[str, Any]] = json_column(list)
    marks: list[str] = json_column(list)
    summary: str = Field(sa_type=Text)
    withdrawn_at: datetime | None = None


class IncidentShare(Bare, table=True):
    """An authority that an incident is shared with."""

    __tablename__ = "incident_share"

    incident_id: UUID = Field(primary_key=True, foreign_key="incident.id")
    authority_code: str = Field(primary_key=True, max_length=64)
    organisation_id: UUID = Field(foreign_key="organisation.id")


class IncidentSource(Bare, table=True):
    """The referral an incident came out of, and who filed it: its own authority's alone, whoever it is shared with."""

    __tablename__ = "incident_source"

    incident_id: UUID = Field(primary_key=True, foreign_key="incident.id")
    organisation_id: UUID = Field(foreign_key="organisation.id")
    referral_id: UUID | None = Field(default=None, foreign_key="referral.id")
    filed_by: UUID | None = Field(default=None, foreign_key="person.id")


class Operation(Row, table=True):
    """A named, dated watch, run by one authority. `report` is what it found, written once at its end."""

    __tablename__ = "operation"
    __table_args__ = (one_of("state", "running", "ended"),)

    organisation_id: UUID = Field(foreign_key="organisation.id", index=True)
    authority_code: str = Field(max_length=64)
    name: str = Field(max_length=200)
    purpose: str = Field(sa_type=Text)
    starts_on: date
    ends_on: date
    substances: list[str] = json_column(list)
    lanes: list[list[str]] = json_column(list)
    parties: list[dict[str, Any]] = json_column(list)
    marks: list[str] = json_column(list)
    state: str = Field(default="running", max_length=16)
    ended_at: datetime | None = None
    report: dict[str, Any] = json_column(dict)


class OperationMember(Bare, table=True):
    """An authority that takes part in an operation."""

    __tablename__ = "operation_member"

    operation_id: UUID = Field(primary_key=True, foreign_key="operation.id")
    authority_code: str = Field(primary_key=True, max_length=64)
    organisation_id: UUID = Field(foreign_key="organisation.id")


class WatchMatch(Row, table=True):
    """An order version that an operation or an incident matched, for the authority that answers for the order."""

    __tablename__ = "watch_match"
    __table_args__ = (
        one_of("watch", "operation", "incident", "monitor"),
        UniqueConstraint("watch_id", "order_version_id", "authority_code"),
    )

    watch: str = Field(max_length=16)
    watch_id: UUID
    authority_code: str = Field(max_length=64)
    order_version_id: UUID = Field(foreign_key="order_version.id")
    company_id: UUID = Field(foreign_key="organisation.id")
    received_at: datetime
    goods: str = Field(max_length=200)
    lane: str = Field(max_length=16)
    kilograms: Any = Field(default=None, sa_type=Numeric(20, 6), nullable=True)
    matched_by: str = Field(max_length=16)


class SweepMark(Bare, table=True):
    """How far a sweep has come."""

    __tablename__ = "sweep_mark"

    sweep: str = Field(primary_key=True, max_length=32)
    at: datetime


class ConfidentialList(Row, table=True):
    """A list of parties that an organisation keeps to itself."""

    __tablename__ = "confidential_list"

    organisation_id: UUID = Field(foreign_key="organisation.id", index=True)
    sealed_name: str = Field(max_length=1000)


class ListEntry(Row, table=True):
    """One party of a list: encrypted under the organisation's own key, with keyed hashes to recognise it by.

    `proposal_id` and `removal_id` hold the two signatures under its coming and going; entries from before there were
    any have none.
    """

    __tablename__ = "list_entry"
    __table_args__ = (UniqueConstraint("proposal_id"), UniqueConstraint("removal_id"))

    organisation_id: UUID = Field(foreign_key="organisation.id")
    list_id: UUID = Field(foreign_key="confidential_list.id", index=True)
    sealed: str = Field(sa_type=Text)
    removed_at: datetime | None = None
    proposal_id: UUID | None = Field(default=None, foreign_key="proposal.id")
    removal_id: UUID | None = Field(default=None, foreign_key="proposal.id")


class ListMark(Bare, table=True):
    """A keyed hash by which an entry that stands is recognised."""

    __tablename__ = "list_mark"
    __table_args__ = (Index("ix_list_mark_hash", "organisation_id", "hash"),)

    entry_id: UUID = Field(primary_key=True, foreign_key="list_entry.id")
    hash: str = Field(primary_key=True, max_length=64)
    organisation_id: UUID = Field(foreign_key="organisation.id")


class Refusal(Row, table=True):
    """A buyer refused by some company, by keyed hash; `lifted_at` once the same company let the order go after all."""

    __tablename__ = "refusal"
    __table_args__ = (
        UniqueConstraint("decision_id", "hash"),
        Index("ix_refusal_hash", "hash", postgresql_where=text("lifted_at IS NULL")),
    )

    organisation_id: UUID = Field(foreign_key="organisation.id")
    order_id: UUID = Field(foreign_key="orders.id", index=True)
    decision_id: UUID = Field(foreign_key="decision.id")
    hash: str = Field(max_length=64)
    refused_at: datetime
    lifted_at: datetime | None = None
