"""Bodies of what one authority shares of a report with another, in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from api.bodies import Out
from features.intake import Code, LongText, Strict
from screening.shares import OpinionKind


class ShareIn(Strict):
    """The code of an authority that the order concerns; in which role, the order says."""

    authority: Code


class OpinionIn(Strict):
    """What the receiving authority thinks; an objection says why."""

    kind: OpinionKind
    text: LongText | None = None


class ShareAnswerOut(Out):
    """`received`, or an opinion; of several opinions the latest stands."""

    kind: str
    text: str | None
    created_at: datetime


class ShareOut(Out):
    """One extract of a report as it was frozen; `referral_id` is told to the sharing authority alone."""

    id: UUID
    referral_id: UUID | None
    shared_by: str
    shared_with: str
    role: str
    state: str
    created_at: datetime
    extract: dict[str, Any]
    extract_sha256: str
    answers: list[ShareAnswerOut]


class ConcernOut(Out):
    """An authority that the order concerns, with the order's countries that it answers for."""

    authority: str
    role: str
    countries: list[str]


class SharesOut(Out):
    """What was shared of a report, and the authorities it can still be shared with."""

    shares: list[ShareOut]
    open_to: list[ConcernOut]
