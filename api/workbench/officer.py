"""Pages of the compliance officer: the order, and the decision on it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response
from pydantic import BaseModel, ConfigDict
from sqlmodel import Session
from starlette.responses import RedirectResponse

from api.dependencies import SessionDep
from api.problems import Problem
from api.workbench import faults, frame
from api.workbench.duties import section
from api.workbench.frame import Reader
from api.workbench.history import assignee, history, last_move
from api.workbench.limits import limits
from api.workbench.paperwork import papers_of
from api.workbench.said import watched
from api.workbench.sheet import sheet
from api.workbench.surroundings import surroundings
from api.workbench.texts import text
from api.workbench.waterfall import Waterfall, draw
from api.workbench.words import capital
from models.explain import sentence
from screening import cases, clearing, desk, people, proposals, reading, referrals, undoing
from screening.access import Principal
from screening.case_errors import CaseClosed
from screening.duties import reading as duty_reading
from screening.errors import FieldFault, Invalid, Language, TamgaError, Text
from screening.moved import mark
from screening.reading import OPEN_STATES, OrderFile
from screening.tables.cases import Case, Referral

router = APIRouter(include_in_schema=False)
LONGEST_REASON = 2000
Action = Literal["release", "hold", "refuse", "refer", "note", "take"]
DONE = frozenset({
    "release", "hold", "refuse", "refer", "note", "take", "view", "propose", "approve", "reject", "assign", "snooze",
    "escalate", "answer", "correct", "clear", "end_clearance", "document", "undo",
})  # fmt: skip
GROUNDS = ("papers", "confirmed", "waiting", "usual", "unusual", "declined")


@dataclass(frozen=True, slots=True)
class Attempt:
    """A decision that did not go through: why, and what the person had chosen and typed."""

    problem: Problem
    form: DecisionForm


class DecisionForm(BaseModel):
    """The decision bar's form: a ready ground, own words, or both. `seen` is the case's version the page showed."""

    model_config = ConfigDict(extra="ignore")

    action: Action
    ground: str = ""
    reason: str = ""
    seen: int | None = None

    def words(self, reads: Language) -> str:
        """The reason as it is kept: the ground's text in the writer's language, then their own words."""
        ground = text(reads, f"ground.{self.ground}") if self.ground in GROUNDS else ""
        return " ".join(part for part in (ground, self.reason.strip()) if part)


class Shown(BaseModel):
    """What was just done on the page, and who had the case before, where it was given to somebody."""

    model_config = ConfigDict(extra="ignore")

    done: str = ""
    was: UUID | None = None


@router.get("/orders/{order_id}")
def order(
    request: Request, caller: Reader, session: SessionDep, order_id: UUID, shown: Annotated[Shown, Query()]
) -> Response:
    """One order: facts against limits, reasons, explanation, papers, history, and the decision."""
    done = shown.done if shown.done in DONE else ""
    return order_page(request, caller, session, order_id, done=done, was=shown.was, attempt=None)


def order_page(request: Request, caller: Principal, session: Session, order_id: UUID, **values: Any) -> Response:
    """The order's page; without score and reasons while the reader's own view is asked."""
    file = reading.order_file(session, caller, order_id)
    known = duty_reading.read(session, caller, order_id)
    proposal = proposals.waiting(session, file.case) if file.case else None
    other = desk.others_at(session, caller, [file.case.id]).get(file.case.id) if file.case else None
    if file.case and file.case.state in OPEN_STATES:
        desk.open_at(session, caller, file.case)
    reads = frame.language(request, caller)
    return frame.page(
        request,
        "order.html",
        caller,
        file=file,
        sheet=sheet(reads, file.body),
        limits=limits(reads, file.assessment.facts),
        duties=section(reads, known),
        reasons=[] if file.hidden else [capital(sentence(reason, reads)) for reason in file.reasons],
        watched=watched(reads, file.decisions[0].reasons),
        fall=None if file.hidden else _fall(reads, file),
        proposal=proposal,
        proposer=people.name_of(session, proposal.proposed_by) if proposal else "",
        team=people.officers(session, caller),
        history=history(reads, file),
        moved=last_move(reads, file),
        assignee=assignee(file),
        **_repeats(session, caller, file),
        colleague=other,
        authorities={told.referral.id: _authority(reads, told.referral) for told in file.referrals},
        open_states=OPEN_STATES,
        may_decide=caller.has("officer", "supervisor"),
        grounds=GROUNDS,
        here=f"/orders/{file.order.id}",
        mark=mark(file.order, file.case, file.events),
        papers=papers_of(session, file),
        wanted=None,
        undoable=undoing.undoable(caller, file.case, file.events),
        **surroundings(session, caller, file, reads),
        **({"was": None} | values),
    )


def _repeats(session: Session, caller: Principal, file: OrderFile) -> dict[str, Any]:
    """What let the order pass, what was cleared out of its case, and whether something may be."""
    given = file.decisions[0].clearance_id
    passed = clearing.find(session, caller, given) if given else None
    case = file.case
    return {
        "passed": passed,
        "passed_order": session.get_one(Case, passed.case_id).order_id if passed else None,
        "clearance": clearing.of_case(session, case) if case else None,
        "clearable": case is not None and clearing.may_clear(case, file.decisions[0], file.decisions[-1]),
    }


def _authority(reads: Language, referral: Referral) -> str:
    """The authority's name as the packet gives it; its code where the packet names none."""
    named = json.loads(referral.packet)["jurisdiction"]
    known = [each for each in (named["exporter_authority"], named["importer_authority"]) if each]
    return next(
        (str(each[reads]) for each in known if each["code"] == referral.authority_code), referral.authority_code
    )


def _fall(reads: Language, file: OrderFile) -> Waterfall | None:
    told, margin = file.assessment.explanation, file.assessment.margin
    return draw(reads, told["base"], margin, told["families"]) if told and margin is not None else None


@router.post("/orders/{order_id}/decide")
def decide(
    request: Request, caller: Reader, session: SessionDep, order_id: UUID, form: Annotated[DecisionForm, Form()]
) -> Response:
    """Carry out one decision and show the order again; what does not go through keeps the words that were typed."""
    file = reading.order_file(session, caller, order_id)
    before = file.case.assignee_id if file.case else None
    reads = frame.language(request, caller)
    try:
        with session.begin_nested():
            _act(session, caller, file, form.model_copy(update={"reason": form.words(reads)}))
    except TamgaError as error:
        session.expire_all()
        attempt = Attempt(faults.told(error, reads, request), form)
        return order_page(request, caller, session, order_id, done="", attempt=attempt, status=error.status)
    was = f"&was={before}" if form.action == "take" and before else ""
    return RedirectResponse(f"/orders/{order_id}?done={form.action}{was}", 303)


def _act(session: Session, caller: Principal, file: OrderFile, form: DecisionForm) -> None:
    if file.case is None:
        raise CaseClosed(state="released")
    case_id, reason = file.case.id, form.reason
    if form.action != "take":
        check_reason(form.reason)
    acts: dict[str, Callable[[], object]] = {
        "refer": lambda: referrals.refer(session, caller, case_id, reason),
        "note": lambda: cases.note(session, caller, case_id, reason),
        "take": lambda: cases.assign(session, caller, case_id, caller.user_id or case_id),
    }
    if form.action in acts:
        acts[form.action]()
        return
    assert form.action in ("release", "hold", "refuse")
    cases.decide(session, caller, case_id, cases.Verdict(form.action, reason, form.seen))


def check_reason(said: str) -> None:
    """A reason that can be kept. Raises Invalid with the remedy."""
    if not said:
        reason = Text("is missing", "отсутствует")
        remedy = Text("Choose a ground or write a reason.", "Выберите основание или напишите причину.")
        raise Invalid(faults=(FieldFault("reason", "missing", reason, remedy),))
    if len(said) > LONGEST_REASON or "\x00" in said:
        reason = Text("is too long or not text", "слишком длинная или не текст")
        remedy = Text("Keep it within 2,000 characters.", "Уложитесь в 2000 знаков.")
        raise Invalid(faults=(FieldFault("reason", "text", reason, remedy),))
