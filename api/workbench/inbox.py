"""Pages of the regulator: inbox, packet, receipt, instruction."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, ConfigDict
from sqlmodel import Session
from starlette.responses import RedirectResponse

from api.dependencies import SessionDep
from api.problems import Problem
from api.workbench import faults, frame
from api.workbench.frame import RegulatorReader
from api.workbench.officer import check_reason
from api.workbench.sheet import sheet
from api.workbench.waterfall import Waterfall, draw
from screening import (
    authority_work,
    checking,
    instructions,
    monitoring,
    proposals,
    referrals,
    reporting,
    reports,
    shares,
)
from screening.access import Principal
from screening.errors import FieldFault, Invalid, Language, NotFound, TamgaError, Text
from screening.instructions import Answer, InstructionKind
from screening.referrals import Told
from screening.tables.cases import ReferralWork

router = APIRouter(prefix="/inbox", include_in_schema=False)
LONGEST_TEXT = 2000
MOST_NAMED = 20
LEFT = ("attempt", "not_shared", "closing", "closing_problem", "checked")  # what an attempt leaves on the page
DONE = (
    "receipt", "instruct", "assigned", "noted", "shared", "closing_propose", "closing_approve", "closing_reject",
)  # fmt: skip


@router.get("")
def inbox(request: Request, caller: RegulatorReader, session: SessionDep) -> Response:
    """Referrals of the reader's own jurisdiction: first what waits for a word, by its last day, then the newest."""
    found = referrals.inbox(session, caller)
    works = authority_work.of(session, [told.referral.id for told in found])
    found.sort(key=lambda told: _last_day(works.get(told.referral.id)))
    rows = [(told, json.loads(told.referral.packet)) for told in found]
    return frame.page(
        request,
        "inbox.html",
        caller,
        rows=rows,
        whole=reports.completeness(session, caller),
        works=works,
        names=authority_work.team(session, caller),
        shared=[(told, json.loads(told.share.extract)) for told in shares.inbox(session, caller)],
        late=authority_work.overdue(session, caller) if caller.has("chief") else [],
    )


def _last_day(work: ReferralWork | None) -> date:
    """The day by which an answer is due; of what is answered, or has no clock, the last of all days."""
    return date.max if work is None or work.stopped_at else work.due_on


class InstructionForm(BaseModel):
    """The instruction form; `named` holds one e-mail a line."""

    model_config = ConfigDict(extra="ignore")

    kind: InstructionKind
    text: str = ""
    named: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """An instruction that did not go through: why, and what had been typed."""

    problem: Problem
    form: InstructionForm


@router.get("/{referral_id}")
def packet(
    request: Request, caller: RegulatorReader, session: SessionDep, referral_id: UUID, done: str = ""
) -> Response:
    """One packet: why it was referred, the order, the explanation, what was answered. Opening it is on record."""
    referrals.open_packet(session, caller, referral_id)
    told = referrals.find(session, caller, referral_id)
    return packet_page(request, caller, session, told, done=done if done in DONE else "")


def packet_page(request: Request, caller: Principal, session: Session, told: Told, **values: Any) -> Response:
    """The report's page. Among the values: an instruction that did not go through, a share or a closing that was
    refused."""
    content: dict[str, Any] = json.loads(told.referral.packet)
    reads = frame.language(request, caller)
    return frame.page(
        request,
        "packet.html",
        caller,
        told=told,
        packet=content,
        sheet=sheet(reads, content["order"]["body"]),
        fall=_fall(reads, content["assessment"]),
        later=_later(session, told),
        work=authority_work.of(session, [told.referral.id]).get(told.referral.id),
        team=authority_work.team(session, caller),
        watched=any(each.kind == "monitor" for each in told.instructions),
        matches=monitoring.seen(session, caller, told.referral.id),
        shared=shares.of_report(session, caller, told.referral.id),
        here=f"/inbox/{told.referral.id}",
        waiting=proposals.waiting(session, told.referral),
        **(dict.fromkeys(LEFT) | {"done": ""} | values),
    )


def _later(session: Session, told: Told) -> UUID | None:
    """The correction that took this report's place."""
    referral = told.referral
    standing = reporting.latest(session, referral.order_version_id, referral.authority_code)
    return standing.id if standing is not None and standing.id != referral.id else None


def _fall(reads: Language, assessment: dict[str, Any]) -> Waterfall | None:
    """The packet holds the margin and what each family moved; the base is what remains."""
    margin, families = assessment["margin"], assessment["families"]
    if margin is None or not families:
        return None
    return draw(reads, margin - sum(contribution for _, contribution in families), margin, families)


@router.post("/{referral_id}/verify")
def verify(request: Request, caller: RegulatorReader, session: SessionDep, referral_id: UUID) -> Response:
    """Check packet and receipt now, and tell on the report's page."""
    told = referrals.find(session, caller, referral_id)
    return packet_page(request, caller, session, told, checked=checking.check(told))


@router.post("/{referral_id}/receipt")
def acknowledge(caller: RegulatorReader, session: SessionDep, referral_id: UUID) -> Response:
    """Give the one signed receipt; asked again it is the same."""
    referrals.acknowledge(session, caller, referral_id)
    return RedirectResponse(f"/inbox/{referral_id}?done=receipt", 303)


class DeskForm(BaseModel):
    """The forms of the work on a report: who has it, or what is done about one that ran over."""

    model_config = ConfigDict(extra="ignore")

    assignee: str = ""
    reason: str = ""


@router.post("/{referral_id}/assign")
def assign(
    caller: RegulatorReader, session: SessionDep, referral_id: UUID, form: Annotated[DeskForm, Form()]
) -> Response:
    """Give the report to a colleague."""
    try:
        chosen = UUID(form.assignee)
    except ValueError as fault:
        raise NotFound from fault
    authority_work.assign(session, caller, referral_id, chosen)
    return RedirectResponse(f"/inbox/{referral_id}?done=assigned", 303)


@router.post("/{referral_id}/overdue")
def take_note(
    caller: RegulatorReader, session: SessionDep, referral_id: UUID, form: Annotated[DeskForm, Form()]
) -> Response:
    """A chief puts on record what is done about a report that ran over."""
    check_reason(form.reason.strip())
    authority_work.take_note(session, caller, referral_id, form.reason.strip())
    return RedirectResponse(f"/inbox/{referral_id}?done=noted", 303)


@router.post("/{referral_id}/instruct")
def instruct(
    request: Request,
    caller: RegulatorReader,
    session: SessionDep,
    referral_id: UUID,
    form: Annotated[InstructionForm, Form()],
) -> Response:
    """Tell the company what to do; what does not go through keeps the words that were typed."""
    try:
        with session.begin_nested():
            instructions.instruct(session, caller, referral_id, _answer(form))
    except TamgaError as error:
        session.expire_all()
        told = referrals.find(session, caller, referral_id)
        attempt = Attempt(faults.told(error, frame.language(request, caller), request), form)
        return packet_page(request, caller, session, told, attempt=attempt, status=error.status)
    return RedirectResponse(f"/inbox/{referral_id}?done=instruct", 303)


def _answer(form: InstructionForm) -> Answer:
    """The instruction as it is kept. Raises Invalid for what is too long to keep."""
    named = tuple(line.strip() for line in form.named.splitlines() if line.strip())
    if len(form.text) > LONGEST_TEXT or len(named) > MOST_NAMED or "\x00" in form.text + form.named:
        reason = Text("is too long or not text", "слишком длинно или не текст")
        remedy = Text("At most 2,000 characters and 20 people.", "Не больше 2000 знаков и 20 человек.")
        raise Invalid(faults=(FieldFault("text", "text", reason, remedy),))
    return Answer(form.kind, form.text.strip() or None, named, _day(form.until))


def _day(written: str) -> date | None:
    """A day as the browser's date field writes it; nothing is none. Raises Invalid."""
    if not written.strip():
        return None
    try:
        return date.fromisoformat(written.strip())
    except ValueError as fault:
        wrong, remedy = Text("is not a day", "не дата"), Text("Choose a day.", "Выберите дату.")
        raise Invalid(faults=(FieldFault("until", "date", wrong, remedy),)) from fault
