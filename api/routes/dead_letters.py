"""What could not be delivered, for the operator: list and send again."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter

from api.bodies import Out
from api.dependencies import OperatorAdministrator, SessionDep
from screening import dead_letters
from screening.dead_letters import Letter

router = APIRouter(prefix="/v1/dead-letters", tags=["operations"])


class LetterOut(Out):
    """A message that failed at every attempt; what it says is not shown."""

    id: UUID
    kind: str
    organisation: str | None
    recipient: str | None
    attempts: int
    resent: int
    last_error: str | None
    created_at: datetime


class ResentOut(Out):
    """How many were sent again."""

    resent: int


def _letter(letter: Letter) -> LetterOut:
    kept = letter.row.model_dump(include=set(LetterOut.model_fields))
    return LetterOut(**kept, organisation=letter.organisation)


@router.get("")
def list_letters(session: SessionDep, caller: OperatorAdministrator) -> list[LetterOut]:
    """Messages of every organisation that failed at every attempt, oldest first, at most 500."""
    return [_letter(letter) for letter in dead_letters.letters(session, caller)]


@router.post("/resend")
def resend_all(session: SessionDep, caller: OperatorAdministrator) -> ResentOut:
    """Give all of them all their attempts again, as after an outage."""
    return ResentOut(resent=dead_letters.resend_all(session, caller))


@router.post("/{letter_id}/resend")
def resend(session: SessionDep, caller: OperatorAdministrator, letter_id: UUID) -> ResentOut:
    """Give one of them all its attempts again, under the same id."""
    dead_letters.resend(session, caller, letter_id)
    return ResentOut(resent=1)
