"""Cases of held orders, and referrals to authorities with what comes back: receipt and instructions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, Numeric, UniqueConstraint, text
from sqlmodel import Field

from screening.life import CASE_STATES
from screening.tables.base import Bare, Row, json_column, one_of

EVENT_KINDS = (
    "opened", "reopened", "closed", "assigned", "note", "decided", "referred", "receipt", "instruction", "proposed",
    "rejected", "withdrawn", "voided", "escalated", "snoozed", "woken", "merged", "asked", "document", "checked",
    "answered",
)  # fmt: skip
CASE_KINDS = ("held", "random")
INSTRUCTIONS = ("release", "refuse", "ask", "monitor", "controlled_delivery")


class Case(Row, table=True):
    """The work on one held order. An amended order that is held again opens the same case again.

    `kind` is `random` for a released order that is reviewed to keep the model honest. `own_view`: officers say what
    they think before they see the score. `probability`, `band` and `kilograms` are copies to rank the queue by, which
    the database keeps from the assessment that stands: two thousand cases are then one table, not three.
    """

    __tablename__ = "officer_case"
    __table_args__ = (
        one_of("state", *CASE_STATES),
        one_of("kind", *CASE_KINDS),
        CheckConstraint("(state = 'snoozed') = (snoozed_until IS NOT NULL)", name="snoozed"),
        CheckConstraint("(state = 'merged') = (merged_into IS NOT NULL)", name="merged"),
        UniqueConstraint("order_id"),
        Index("ix_officer_case_queue", "organisation_id", "state", "due_at"),
        Index("ix_officer_case_version", "order_version_id"),
        Index("ix_officer_case_newest", "organisation_id", "created_at"),
        Index("ix_officer_case_closed", "organisation_id", "closed_at", postgresql_where=text("closed_at IS NOT NULL")),
    )

    organisation_id: UUID = Field(foreign_key="organisation.id")
    order_id: UUID = Field(foreign_key="orders.id")
    order_version_id: UUID = Field(foreign_key="order_version.id")
    state: str = Field(default="open", max_length=16)
    assignee_id: UUID | None = Field(default=None, foreign_key="person.id")
    reasons: list[Any] = json_column(list)
    due_at: datetime
    closed_at: datetime | None = None
    version: int = 1
    kind: str = Field(default="held", max_length=16)
    own_view: bool = False
    snoozed_until: datetime | None = None
    merged_into: UUID | None = Field(default=None, foreign_key="officer_case.id")
    probability: float | None = None
    band: str | None = Field(default=None, max_length=16)
    kilograms: Any = Field(default=None, sa_type=Numeric(20, 6), nullable=True)


class CaseEvent(Row, table=True):
    """What happened to a case. A restricted event is shown only to the people named by the authority."""

    __tablename__ = "case_event"
    __table_args__ = (one_of("kind", *EVENT_KINDS),)

    case_id: UUID = Field(foreign_key="officer_case.id", index=True)
    actor_id: UUID | None = Field(default=None, foreign_key="person.id")
    kind: str = Field(max_length=16)
    action: str | None = Field(default=None, max_length=32)
    reason: str | None = Field(default=None, max_length=2000)
    instruction_id: UUID | None = Field(default=None, foreign_key="instruction.id")
    state_after: str = Field(max_length=16)


class CaseDocument(Row, table=True):
    """A paper that belongs to a case, with its SHA-256; never changed."""

    __tablename__ = "case_document"
    __table_args__ = (
        CheckConstraint("sha256 = encode(sha256(content), 'hex')", name="hash"),
        UniqueConstraint("case_id", "sha256"),
    )

    organisation_id: UUID = Field(foreign_key="organisation.id", index=True)
    case_id: UUID = Field(foreign_key="officer_case.id")
    filename: str = Field(max_length=200)
    size: int
    sha256: str = Field(max_length=64)
    content: bytes = Field(sa_type=LargeBinary)
    added_by: UUID | None = Field(default=None, foreign_key="person.id")


class ChecklistMark(Row, table=True):
    """One point of a case's checklist that somebody has seen to, for one version of the order."""

    __tablename__ = "checklist_mark"
    __table_args__ = (UniqueConstraint("case_id", "order_version_id", "point"),)

    organisation_id: UUID = Field(foreign_key="organisation.id")
    case_id: UUID = Field(foreign_key="officer_case.id")
    order_version_id: UUID = Field(foreign_key="order_version.id")
    point: str = Field(max_length=32)
    person_id: UUID = Field(foreign_key="person.id")


class LifeMove(Bare, table=True):
    """A step that the database lets an order or a case take; the rows of `screening.life`."""

    __tablename__ = "life_move"

    machine: str = Field(max_length=16, primary_key=True)
    state: str = Field(max_length=32, primary_key=True)
    action: str = Field(max_length=16, primary_key=True)
    next_state: str = Field(max_length=32)


class Referral(Row, table=True):
    """One version of a report: an order version referred to one authority, the packet frozen text with its hash.

    The report keeps its number of authority and year for as long as the order is reported to that authority; what is
    amended or corrected (`correction` counts within one order version) is its next version. Never changed or deleted.
    """

    __tablename__ = "referral"
    __table_args__ = (
        UniqueConstraint("order_version_id", "authority_code", "correction", name="uq_referral_correction"),
        UniqueConstraint("authority_code", "report_year", "report_number", "report_version", name="uq_referral_report"),
        Index("ix_referral_inbox", "authority_code", "created_at"),
    )

    organisation_id: UUID = Field(foreign_key="organisation.id", index=True)
    case_id: UUID = Field(foreign_key="officer_case.id", index=True)
    order_id: UUID = Field(foreign_key="orders.id", index=True)
    order_version_id: UUID = Field(foreign_key="order_version.id")
    authority_code: str = Field(max_length=64)
    referred_by: UUID | None = Field(default=None, foreign_key="person.id")
    reason: str = Field(max_length=2000)
    packet: str
    packet_sha256: str = Field(max_length=64)
    report_year: int
    report_number: int
    report_version: int = 1
    correction: int = 0

    @property
    def report(self) -> str:
        """The report's number in words: authority, year, number."""
        return f"{self.authority_code}/{self.report_year}/{self.report_number}"


class ReportCounter(Bare, table=True):
    """The last number given to a report of an authority in a year; whoever takes the next one holds the row."""

    __tablename__ = "report_counter"

    authority_code: str = Field(primary_key=True, max_length=64)
    year: int = Field(primary_key=True)
    last: int


class ReferralWork(Bare, table=True):
    """An authority's own work on a report: who has it, its last day for an answer, and whether it ran over."""

    __tablename__ = "referral_work"
    __table_args__ = (Index("ix_referral_work_open", "due_on", postgresql_where=text("stopped_at IS NULL")),)

    referral_id: UUID = Field(primary_key=True, foreign_key="referral.id")
    authority_code: str = Field(max_length=64)
    assignee_id: UUID | None = Field(default=None, foreign_key="person.id")
    due_on: date
    stopped_at: datetime | None = None
    escalated_at: datetime | None = None
    seen_by: UUID | None = Field(default=None, foreign_key="person.id")
    seen_at: datetime | None = None


class Receipt(Row, table=True):
    """The authority's signed word that it has the packet: one per referral."""

    __tablename__ = "receipt"

    referral_id: UUID = Field(foreign_key="referral.id", unique=True)
    received_by: UUID | None = Field(default=None, foreign_key="person.id")
    statement: str
    key_id: str = Field(max_length=64)
    signature: str = Field(max_length=120)


class Instruction(Row, table=True):
    """What the authority wants done; never changed.

    `until`: the last day for the answer to a question, or of a watch over the customer. What is `restricted` is known
    to the company's supervisors and to those of its people who are `named`, and to nobody else there.
    """

    __tablename__ = "instruction"
    __table_args__ = (
        one_of("kind", *INSTRUCTIONS),
        CheckConstraint("kind <> 'controlled_delivery' OR restricted", name="delivery_restricted"),
        CheckConstraint("(kind IN ('ask', 'monitor')) = (until IS NOT NULL)", name="until"),
        UniqueConstraint("referral_id", "number"),
    )

    referral_id: UUID = Field(foreign_key="referral.id")
    number: int
    kind: str = Field(max_length=32)
    text: str | None = Field(default=None, max_length=2000)
    instructed_by: UUID | None = Field(default=None, foreign_key="person.id")
    named: list[str] = json_column(list)
    restricted: bool = False
    until: date | None = None


class Question(Row, table=True):
    """An authority's question, whose words are the instruction's, and the company's one answer to it."""

    __tablename__ = "question"
    __table_args__ = (CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="answered"),)

    organisation_id: UUID = Field(foreign_key="organisation.id", index=True)
    referral_id: UUID = Field(foreign_key="referral.id", index=True)
    instruction_id: UUID = Field(foreign_key="instruction.id", unique=True)
    answer: str | None = Field(default=None, max_length=2000)
    answered_by: UUID | None = Field(default=None, foreign_key="person.id")
    answered_at: datetime | None = None


class Monitor(Row, table=True):
    """An authority's watch over one customer of one company. `marks` are keyed hashes, as a sweep looks for them."""

    __tablename__ = "monitor"

    organisation_id: UUID = Field(foreign_key="organisation.id", index=True)
    referral_id: UUID = Field(foreign_key="referral.id")
    instruction_id: UUID = Field(foreign_key="instruction.id", unique=True)
    authority_code: str = Field(max_length=64)
    until: date
    ended_at: datetime | None = None
    marks: list[str] = json_column(list)


class MonitorMark(Bare, table=True):
    """One way of knowing a watched customer again when an order comes in; there as long as the watch runs."""

    __tablename__ = "monitor_mark"
    __table_args__ = (Index("ix_monitor_mark_hash", "organisation_id", "hash"),)

    monitor_id: UUID = Field(primary_key=True, foreign_key="monitor.id")
    hash: str = Field(primary_key=True, max_length=64)
    organisation_id: UUID = Field(foreign_key="organisation.id")
    until: date
