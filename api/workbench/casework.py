"""The rest of an officer's work on the order's page: own view, two signatures, assignment, snooze, the next case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, ConfigDict
from sqlmodel import Session
from starlette.responses import RedirectResponse

from api.dependencies import SessionDep
from api.workbench import faults, frame
from api.workbench.frame import Reader
from api.workbench.officer import Attempt, DecisionForm, check_reason, order_page
from screening import assigning, cases, casework, four_eyes, proposals, reading, undoing
from screening.access import Principal, require
from screening.case_errors import CaseClosed, ProposalGone
from screening.errors import FieldFault, Invalid, NotFound, TamgaError, Text
from screening.four_eyes import Signing
from screening.tables.cases import Case

router = APIRouter(include_in_schema=False)
LONGEST_PASSWORD = 200


class WorkForm(BaseModel):
    """One form of the work card or the signing card; each action reads its own fields."""

    model_config = ConfigDict(extra="ignore")

    action: Literal["view", "propose", "approve", "reject", "assign", "snooze", "escalate", "undo"]
    reason: str = ""
    password: str = ""
    sha256: str = ""
    view: Literal["release", "hold", "refuse"] = "hold"
    until: str = ""
    assignee: str = ""
    was: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """Who does something on which case, as the form says."""

    session: Session
    caller: Principal
    case: Case
    form: WorkForm

    def view(self) -> None:
        casework.give_view(self.session, self.caller, self.case.id, self.form.view)

    def propose(self) -> None:
        signing = Signing(self.form.password)
        four_eyes.propose_release(self.session, self.caller, self.case.id, self.form.reason, signing)

    def approve(self) -> None:
        signing = Signing(self.form.password, self.form.sha256)
        four_eyes.approve(self.session, self.caller, self._waiting(), signing)

    def reject(self) -> None:
        four_eyes.reject(self.session, self.caller, self._waiting(), self.form.reason)

    def assign(self) -> None:
        cases.assign(self.session, self.caller, self.case.id, _person(self.form.assignee))

    def snooze(self) -> None:
        casework.snooze(self.session, self.caller, self.case.id, _noon(self.form.until), self.form.reason)

    def escalate(self) -> None:
        casework.escalate(self.session, self.caller, self.case.id, self.form.reason)

    def undo(self) -> None:
        undoing.undo(self.session, self.caller, self.case.id, _person(self.form.was) if self.form.was else None)

    def _waiting(self) -> UUID:
        found = proposals.waiting(self.session, self.case)
        if found is None:
            raise ProposalGone(state="void")
        return found.id


def _person(said: str) -> UUID:
    """Raises NotFound for what is no id."""
    try:
        return UUID(said)
    except ValueError as fault:
        raise NotFound from fault


def _noon(day: str) -> datetime:
    """Noon UTC of a day written as the browser's date field writes it. Raises Invalid."""
    try:
        return datetime.combine(datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC).date(), time(12), UTC)
    except ValueError as fault:
        wrong, remedy = Text("is not a day", "не дата"), Text("Choose a day.", "Выберите дату.")
        raise Invalid(faults=(FieldFault("until", "date", wrong, remedy),)) from fault


@router.post("/orders/{order_id}/work")
def work(
    request: Request, caller: Reader, session: SessionDep, order_id: UUID, form: Annotated[WorkForm, Form()]
) -> Response:
    """Carry out one step and show the order again; what does not go through keeps the words that were typed."""
    require(caller, "officer", "supervisor")
    file = reading.order_file(session, caller, order_id)
    before = file.case.assignee_id if file.case else None
    try:
        with session.begin_nested():
            _carry_out(session, caller, file.case, form)
    except TamgaError as error:
        session.expire_all()
        typed = DecisionForm(action="note", reason=form.reason)
        attempt = Attempt(faults.told(error, frame.language(request, caller), request), typed)
        return order_page(request, caller, session, order_id, attempt=attempt, done="", status=error.status)
    was = f"&was={before}" if form.action == "assign" and before else ""
    return RedirectResponse(f"/orders/{order_id}?done={form.action}{was}", 303)


def _carry_out(session: Session, caller: Principal, case: Case | None, form: WorkForm) -> None:
    if case is None:
        raise CaseClosed(state="released")
    if form.action in ("propose", "reject", "snooze", "escalate"):
        check_reason(form.reason.strip())
    password = form.password[:LONGEST_PASSWORD].encode(errors="replace").decode()
    act = Act(session, caller, case, form.model_copy(update={"reason": form.reason.strip(), "password": password}))
    steps: dict[str, Callable[[], None]] = {
        "view": act.view, "propose": act.propose, "approve": act.approve, "reject": act.reject, "assign": act.assign,
        "snooze": act.snooze, "escalate": act.escalate, "undo": act.undo,
    }  # fmt: skip
    steps[form.action]()


@router.post("/queue/next")
def following(caller: Reader, session: SessionDep) -> Response:
    """Take the most pressing case that nobody has, and open it; the queue again when there is none."""
    case = assigning.take_next(session, caller)
    return RedirectResponse(f"/orders/{case.order_id}" if case else "/queue", 303)
