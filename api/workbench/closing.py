"""Closing a report on its page: one regulator proposes with the password, a colleague signs second or says no."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, ConfigDict
from sqlmodel import Session
from starlette.responses import RedirectResponse

from api.dependencies import SessionDep
from api.workbench import faults, frame, inbox
from api.workbench.frame import RegulatorReader
from api.workbench.officer import check_reason
from screening import four_eyes, proposals, referrals
from screening.access import Principal
from screening.case_errors import ProposalGone
from screening.closings import Conclusion
from screening.errors import TamgaError
from screening.four_eyes import LastWord, Signing

router = APIRouter(prefix="/inbox", include_in_schema=False)


class ClosingForm(BaseModel):
    """The forms of closing a report. `sha256` names what the second person read."""

    model_config = ConfigDict(extra="ignore")

    action: Literal["propose", "approve", "reject"]
    conclusion: Conclusion = "undetermined"
    reason: str = ""
    sha256: str = ""
    password: str = ""


@router.post("/{referral_id}/closing")
def close(
    request: Request,
    caller: RegulatorReader,
    session: SessionDep,
    referral_id: UUID,
    form: Annotated[ClosingForm, Form()],
) -> Response:
    """Propose, sign second, or say no; what does not go through keeps the words that were typed."""
    referrals.addressed(session, caller, referral_id)
    try:
        with session.begin_nested():
            _take(session, caller, referral_id, form)
    except TamgaError as error:
        session.expire_all()
        told = referrals.find(session, caller, referral_id)
        problem = faults.told(error, frame.language(request, caller), request)
        return inbox.packet_page(
            request, caller, session, told, closing_problem=problem, closing=form, status=error.status
        )
    return RedirectResponse(f"/inbox/{referral_id}?done=closing_{form.action}", 303)


def _take(session: Session, caller: Principal, referral_id: UUID, form: ClosingForm) -> None:
    """Raises as `four_eyes.propose_closing`, `approve` and `reject` do."""
    signing, reason = Signing(form.password, form.sha256 or None), form.reason.strip()
    if form.action != "approve":
        check_reason(reason)
    if form.action == "propose":
        four_eyes.propose_closing(
            session, caller, referral_id, LastWord(form.conclusion, reason), Signing(form.password)
        )
        return
    waiting = proposals.waiting(session, referrals.addressed(session, caller, referral_id))
    if waiting is None:
        raise ProposalGone(state="void")
    if form.action == "approve":
        four_eyes.approve(session, caller, waiting.id, signing)
    else:
        four_eyes.reject(session, caller, waiting.id, reason)
