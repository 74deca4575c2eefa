"""Bodies of the work on a case, of proposals and of policies, in and out."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from api.bodies import Out, Password
from features.intake import LongText, Moment, ShortText, Strict

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Paper = Literal["licence", "declaration", "authorisation", "goods"]


class ViewIn(Strict):
    """What the officer would do, before the score is shown; the first answer stays."""

    view: Literal["release", "hold", "refuse"]


class ProposalIn(Strict):
    """`password` is the caller's own, again. `sha256`: of what was shown, where it was read before."""

    reason: LongText
    password: Password
    sha256: Digest | None = None


class ApprovalIn(Strict):
    """`sha256` names exactly what was read; anything else that is there by now is not signed."""

    sha256: Digest
    password: Password


class PolicyIn(Strict):
    rules: dict[str, Any]
    valid_from: Annotated[date, Field(strict=False)]
    source: ShortText
    reason: LongText
    password: Password


class SignatureOut(Out):
    person_id: UUID
    part: str
    body_sha256: str
    meaning: str
    created_at: datetime


class ProposalOut(Out):
    """`body` is the signed text, canonical JSON; `body_sha256` is over its UTF-8.

    `opened`: what a sealed change of a confidential list is about, where one such proposal is read.
    """

    id: UUID
    kind: str
    subject_id: UUID
    state: str
    reason: str
    proposed_by: UUID
    approved_by: UUID | None
    created_at: datetime
    body_sha256: str
    body: str | None
    opened: dict[str, Any] | None = None
    signatures: list[SignatureOut]


class PolicyOut(Out):
    version: int
    valid_from: date
    valid_to: date | None
    rules: dict[str, Any]
    source: str
    proposal_id: UUID | None


class SnoozeIn(Strict):
    until: Annotated[Moment, Field(strict=False)]  # JSON has no moments, FastAPI reads text
    reason: LongText


class MergeIn(Strict):
    into: Annotated[UUID, Field(strict=False)]
    reason: LongText


class AskIn(Strict):
    """What the customer is asked for: names of papers, nothing else."""

    papers: Annotated[list[Paper], Field(min_length=1, max_length=4)]


class PointIn(Strict):
    point: Annotated[str, StringConstraints(min_length=1, max_length=32)]


class ChecklistOut(Out):
    points: list[str]
    done: list[str]


class DocumentOut(Out):
    id: UUID
    filename: str
    size: int
    sha256: str
    created_at: datetime


class AbsenceIn(Strict):
    """Whole days, both included; no end is until further notice, no beginning is present.

    `deputy_id`: of a regulator, the colleague who has the reports meanwhile.
    """

    absent_from: Annotated[date, Field(strict=False)] | None = None
    absent_to: Annotated[date, Field(strict=False)] | None = None
    deputy_id: Annotated[UUID, Field(strict=False)] | None = None


class ReasonFigures(Out):
    """Of the closed cases that a reason helped to open: how many were let go, and how many were not."""

    reason: str
    cases: int
    released: int
    stopped: int
    precision: float | None


class FiguresOut(Out):
    """Counts over closed cases. An override is a decision against the policy's; `agreed` is of own views."""

    cases: int
    overrides: int
    random_reviews: int
    random_stopped: int
    own_views: int
    own_views_agreed: int
    reasons: list[ReasonFigures]


class ClearanceIn(Strict):
    """`days`: as long as the policy lets where left out."""

    reason: LongText
    days: Annotated[int, Field(ge=1, le=366)] | None = None


class ClearanceOut(Out):
    """A cleared pattern: until when, why, how many orders it has let pass, and whether it was ended."""

    id: UUID
    case_id: UUID
    until: date
    reason: str
    created_at: datetime
    used: int
    ended_at: datetime | None
    end_reason: str | None
