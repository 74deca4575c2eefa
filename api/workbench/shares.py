"""Pages of what authorities share of reports: the receiver's extract and opinion, the sharer's form."""

from __future__ import annotations

import json
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, ConfigDict
from starlette.responses import RedirectResponse

from api.dependencies import SessionDep
from api.problems import Problem
from api.workbench import faults, frame
from api.workbench.formats import SPACE, exact
from api.workbench.frame import RegulatorReader
from api.workbench.inbox import packet_page
from api.workbench.words import word
from screening import referrals, shares
from screening.access import Principal
from screening.errors import FieldFault, Invalid, TamgaError, Text
from screening.shares import OpinionKind, Shared

router = APIRouter(include_in_schema=False)
LONGEST_TEXT = 2000


class ShareForm(BaseModel):
    """With whom a report is shared."""

    model_config = ConfigDict(extra="ignore")

    authority: str = ""


class OpinionForm(BaseModel):
    """The receiving authority's opinion."""

    model_config = ConfigDict(extra="ignore")

    kind: OpinionKind
    text: str = ""


@router.post("/inbox/{referral_id}/share")
def share(
    request: Request, caller: RegulatorReader, session: SessionDep, referral_id: UUID,
    form: Annotated[ShareForm, Form()],
) -> Response:  # fmt: skip
    """Share the report with an authority that its order concerns; a refusal is told on the report's page."""
    told = referrals.find(session, caller, referral_id)
    try:
        with session.begin_nested():
            shares.share(session, caller, referral_id, form.authority)
    except TamgaError as error:
        session.expire_all()
        problem = faults.told(error, frame.language(request, caller), request)
        return packet_page(request, caller, session, told, not_shared=problem, status=error.status)
    return RedirectResponse(f"/inbox/{referral_id}?done=shared", 303)


@router.get("/shares/{share_id}")
def read(request: Request, caller: RegulatorReader, session: SessionDep, share_id: UUID, done: str = "") -> Response:
    """One extract. Opening it is on record."""
    told = shares.opened(session, caller, share_id)
    return _page(request, caller, told, done=done if done in ("receipt", "opinion") else "")


def _page(
    request: Request, caller: Principal, told: Shared, *, problem: Problem | None = None, **values: Any
) -> Response:
    here, extract = f"/shares/{told.share.id}", json.loads(told.share.extract)
    reads, form = frame.language(request, caller), {"kind": "no_objection", "text": ""}
    amounts = [
        f"{exact(reads, line['quantity'])}{SPACE}{word(reads, 'unit', line.get('unit') or 'kg')}"
        for line in extract["goods"]
    ]
    return frame.page(
        request, "share.html", caller, told=told, extract=extract, amounts=amounts, here=here, problem=problem,
        **({"done": "", "form": form} | values),
    )  # fmt: skip


@router.post("/shares/{share_id}/receipt")
def acknowledge(caller: RegulatorReader, session: SessionDep, share_id: UUID) -> Response:
    """Acknowledge the extract; asked again it is the same."""
    shares.acknowledge(session, caller, share_id)
    return RedirectResponse(f"/shares/{share_id}?done=receipt", 303)


@router.post("/shares/{share_id}/opinion")
def opinion(
    request: Request, caller: RegulatorReader, session: SessionDep, share_id: UUID,
    form: Annotated[OpinionForm, Form()],
) -> Response:  # fmt: skip
    """Give an opinion; what does not go through keeps the words that were typed."""
    try:
        with session.begin_nested():
            shares.give_opinion(session, caller, share_id, (form.kind, _words(form)))
    except TamgaError as error:
        problem = faults.told(error, frame.language(request, caller), request)
        told = shares.opened(session, caller, share_id)
        return _page(request, caller, told, problem=problem, form=form.model_dump(), status=error.status)
    return RedirectResponse(f"/shares/{share_id}?done=opinion", 303)


def _words(form: OpinionForm) -> str:
    """Raises Invalid for what is too long to keep."""
    if len(form.text) > LONGEST_TEXT or "\x00" in form.text:
        reason = Text("is too long or not text", "слишком длинно или не текст")
        raise Invalid(
            faults=(FieldFault("text", "text", reason, Text("At most 2,000 characters.", "Не больше 2000 знаков.")),)
        )
    return form.text
