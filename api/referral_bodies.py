"""Bodies of referrals, what an authority says about them, and a case with its referrals, in and out."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from api.bodies import CaseEventOut, CaseOut, Email, Out, Password
from features.intake import LongText, Strict
from screening.closings import Conclusion


class ReceiptOut(Out):
    """The statement is canonical JSON; the signature is the service's Ed25519 over its UTF-8, in base64."""

    statement: str
    key_id: str
    signature: str
    created_at: datetime


class InstructionOut(Out):
    number: int
    kind: str
    text: str | None
    created_at: datetime
    named: list[str]
    until: date | None


class QuestionOut(Out):
    """A question of the authority, by the number of its instruction, and the company's answer to it."""

    id: UUID
    referral_id: UUID
    order_id: UUID
    number: int
    text: str | None
    until: date | None
    created_at: datetime
    answer: str | None
    answered_at: datetime | None


class ClosingIn(Strict):
    """An authority's last word on a report, and the caller's own password again: a colleague signs second."""

    conclusion: Conclusion
    reason: LongText
    password: Password


class ClosingOut(Out):
    conclusion: str
    reason: str
    closed_by: UUID
    created_at: datetime


class ReferralOut(Out):
    """`report` is the number of the report (authority, year, number), the same for all its versions.

    `due_on`, `assignee_id`, `overdue` and `closing` are the authority's own; a company sees none of them.
    """

    id: UUID
    case_id: UUID | None
    order_id: UUID
    authority_code: str
    state: str
    reason: str
    packet_sha256: str
    report: str
    report_version: int
    created_at: datetime
    due_on: date | None
    assignee_id: UUID | None
    overdue: bool
    receipt: ReceiptOut | None
    instructions: list[InstructionOut]
    questions: list[QuestionOut]
    closing: ClosingOut | None = None


class CaseWholeOut(Out):
    """One case with its history and its referrals, as the caller may see them."""

    case: CaseOut
    events: list[CaseEventOut]
    referrals: list[ReferralOut]


class InstructionIn(Strict):
    """`named`: e-mails of the company's people who may know of a controlled delivery, beside its supervisors.

    `until`: the last day for the answer to a question, or of a watch over the customer.
    """

    kind: Literal["release", "refuse", "ask", "monitor", "controlled_delivery"]
    text: LongText | None = None
    named: Annotated[list[Email], Field(max_length=20, default_factory=list)]
    until: Annotated[date, Field(strict=False)] | None = None


class AnswerIn(Strict):
    """The company's answer to an authority's question; it is written once."""

    text: LongText


class PublicKeyOut(Out):
    """The service's Ed25519 public key, raw, in base64."""

    key_id: str
    public_key: str


class CompletenessOut(Out):
    """Reports of a year to the caller's authority are numbered from 1 to `last`; `missing` are those it lacks."""

    year: int
    last: int
    missing: list[int]
