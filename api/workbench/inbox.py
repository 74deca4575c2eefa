"""Pages of the regulator: inbox, packet, receipt, instruction."""

from __future__ import annotations

import json
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, ConfigDict
from starlette.responses import RedirectResponse

from api.dependencies import PrincipalDep, Regulator, SessionDep
from api.workbench import frame
from api.workbench.waterfall import draw
from screening import referrals
from screening.referrals import Answer, InstructionKind

router = APIRouter(prefix="/inbox", include_in_schema=False)


@router.get("")
def inbox(request: Request, caller: Regulator, session: SessionDep) -> Response:
    """Referrals of the reader's own jurisdiction, newest first."""
    rows = [(told, json.loads(told.referral.packet)) for told in referrals.inbox(session, caller)]
    return frame.page(request, "inbox.html", caller, rows=rows)


@router.get("/{referral_id}")
def packet(request: Request, caller: Regulator, session: SessionDep, referral_id: UUID) -> Response:
    """One packet: why it was referred, the order, the explanation, what was answered."""
    told = referrals.find(session, caller, referral_id)
    content: dict[str, Any] = json.loads(told.referral.packet)
    return frame.page(
        request,
        "packet.html",
        caller,
        told=told,
        packet=content,
        fall=_fall(request, caller, content),
    )


def _fall(request: Request, caller: PrincipalDep, content: dict[str, Any]) -> Any:
    assessment = content["assessment"]
    if assessment["margin"] is None or not assessment["families"]:
        return None
    moved = sum(contribution for _, contribution in assessment["families"])
    reads = frame.language(request, caller)
    return draw(reads, assessment["margin"] - moved, assessment["margin"], assessment["families"])


@router.post("/{referral_id}/receipt")
def acknowledge(caller: Regulator, session: SessionDep, referral_id: UUID) -> Response:
    referrals.acknowledge(session, caller, referral_id)
    return RedirectResponse(f"/inbox/{referral_id}", 303)


class InstructionForm(BaseModel):
    """The instruction form; `named` holds one e-mail a line."""

    model_config = ConfigDict(extra="ignore")

    kind: InstructionKind
    text: str = ""
    named: str = ""


@router.post("/{referral_id}/instruct")
def instruct(
    caller: Regulator, session: SessionDep, referral_id: UUID, form: Annotated[InstructionForm, Form()]
) -> Response:
    named = tuple(line.strip() for line in form.named.splitlines() if line.strip())[:50]
    referrals.instruct(session, caller, referral_id, Answer(form.kind, form.text[:2000] or None, named))
    return RedirectResponse(f"/inbox/{referral_id}", 303)
