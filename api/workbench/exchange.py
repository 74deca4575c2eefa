"""Pages of the authority: incidents it files and is given, operations it runs and takes part in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, ValidationError
from sqlmodel import Session
from starlette.responses import RedirectResponse

from api.dependencies import SessionDep
from api.exchange_bodies import IncidentIn, OperationIn
from api.problems import Problem, faults_of
from api.routes import exchange as machine
from api.workbench import faults, frame
from api.workbench.frame import RegulatorReader
from screening import incidents, operations, watching
from screening.access import Principal
from screening.errors import Invalid, TamgaError
from screening.tables.exchange import INCIDENT_KINDS, MARKINGS

router = APIRouter(include_in_schema=False)
Body = TypeVar("Body", bound=BaseModel)


class IncidentForm(BaseModel):
    """The form of an incident. One a line: substances; parties as `name; country; register number`; codes."""

    model_config = ConfigDict(extra="ignore")

    kind: str = ""
    marking: str = ""
    occurred_on: str = ""
    country: str = ""
    summary: str = ""
    substances: str = ""
    kilograms: str = ""
    parties: str = ""
    share_with: str = ""
    referral_id: str = ""

    def body(self) -> IncidentIn:
        """The same body that a machine sends. Raises Invalid with every fault."""
        told = {name: getattr(self, name).strip() for name in ("kind", "marking", "occurred_on", "summary")}
        optional = {name: value for name in ("kilograms", "referral_id") if (value := getattr(self, name).strip())}
        return _checked(IncidentIn, {
            **told, **optional, "country": self.country.strip().upper(), "substances": _lines(self.substances),
            "parties": _parties(self.parties), "share_with": _lines(self.share_with),
        })  # fmt: skip


class OperationForm(BaseModel):
    """The form of an operation. One a line: substances; lanes as `KZ-UZ`; parties; codes of the invited."""

    model_config = ConfigDict(extra="ignore")

    name: str = ""
    purpose: str = ""
    starts_on: str = ""
    ends_on: str = ""
    substances: str = ""
    lanes: str = ""
    parties: str = ""
    invite: str = ""

    def body(self) -> OperationIn:
        """The same body that a machine sends. Raises Invalid with every fault."""
        told = {name: getattr(self, name).strip() for name in ("name", "purpose", "starts_on", "ends_on")}
        lanes = [line.upper().replace(" ", "").partition("-") for line in _lines(self.lanes)]
        return _checked(OperationIn, {
            **told, "substances": _lines(self.substances), "parties": _parties(self.parties),
            "lanes": [{"origin": origin, "destination": destination} for origin, _, destination in lanes],
            "invite": _lines(self.invite),
        })  # fmt: skip


def _checked(kind: type[Body], given: dict[str, Any]) -> Body:
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        raise Invalid(faults=faults_of(RequestValidationError(error.errors(include_url=False)))) from error


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _parties(text: str) -> list[dict[str, str]]:
    """One party a line: name; country; register number, of which any may be empty."""
    names = ("name", "country", "registration_no")
    found = []
    for line in _lines(text):
        cells = [cell.strip() for cell in line.split(";")]
        found.append({name: cell for name, cell in zip(names, cells, strict=False) if cell})
    return found


def _tried(request: Request, caller: Principal, session: Session, step: Callable[[], object]) -> dict[str, Any]:
    """Take a step; nothing of one that is refused stays. What the page then tells: problem and status."""
    try:
        with session.begin_nested():
            step()
    except TamgaError as error:
        return {"problem": faults.told(error, frame.language(request, caller), request), "status": error.status}
    return {}


@router.get("/incidents")
def incident_list(request: Request, caller: RegulatorReader, session: SessionDep, done: str = "") -> Response:
    """Incidents filed and given, and the form to file one."""
    return _incidents(request, caller, session, done=done == "filed")


@router.post("/incidents")
def file_incident(
    request: Request, caller: RegulatorReader, session: SessionDep, form: Annotated[IncidentForm, Form()]
) -> Response:
    """File an incident; what does not go through keeps the words that were typed."""
    refused = _tried(request, caller, session, lambda: machine.file_incident(session, caller, form.body()))
    if refused:
        return _incidents(request, caller, session, form=form, **refused)
    return RedirectResponse("/incidents?done=filed", 303)


def _incidents(
    request: Request,
    caller: Principal,
    session: Session,
    *,
    form: IncidentForm | None = None,
    problem: Problem | None = None,
    **values: Any,
) -> Response:
    return frame.page(
        request,
        "incidents.html",
        caller,
        rows=incidents.listed(session, caller),
        known=incidents.authorities(session, caller),
        kinds=INCIDENT_KINDS,
        markings=MARKINGS,
        form=form or IncidentForm(),
        problem=problem,
        here="/incidents",
        **({"done": False} | values),
    )


@router.get("/incidents/{incident_id}")
def incident(request: Request, caller: RegulatorReader, session: SessionDep, incident_id: UUID) -> Response:
    """One incident and the orders of the reader's own jurisdiction that met it."""
    told = incidents.find(session, caller, incident_id)
    matches = watching.told(session, watching.of_watch(session, caller, incident_id))
    return frame.page(request, "incident.html", caller, told=told, matches=matches)


@router.post("/incidents/{incident_id}/withdraw")
def withdraw(caller: RegulatorReader, session: SessionDep, incident_id: UUID) -> Response:
    """Take an own incident back."""
    incidents.withdraw(session, caller, incident_id)
    return RedirectResponse(f"/incidents/{incident_id}", 303)


@router.get("/operations")
def operation_list(request: Request, caller: RegulatorReader, session: SessionDep, done: str = "") -> Response:
    """Operations run and joined, and the form to begin one."""
    return _operations(request, caller, session, done=done == "begun")


@router.post("/operations")
def begin_operation(
    request: Request, caller: RegulatorReader, session: SessionDep, form: Annotated[OperationForm, Form()]
) -> Response:
    """Begin an operation; what does not go through keeps the words that were typed."""
    refused = _tried(request, caller, session, lambda: machine.begin_operation(session, caller, form.body()))
    if refused:
        return _operations(request, caller, session, form=form, **refused)
    return RedirectResponse("/operations?done=begun", 303)


def _operations(
    request: Request,
    caller: Principal,
    session: Session,
    *,
    form: OperationForm | None = None,
    problem: Problem | None = None,
    **values: Any,
) -> Response:
    return frame.page(
        request,
        "operations.html",
        caller,
        rows=operations.listed(session, caller),
        known=incidents.authorities(session, caller),
        form=form or OperationForm(),
        problem=problem,
        here="/operations",
        **({"done": False} | values),
    )


@router.get("/operations/{operation_id}")
def operation(request: Request, caller: RegulatorReader, session: SessionDep, operation_id: UUID) -> Response:
    """One operation: what it watches for, the reader's own matches, the count, and the report at its end."""
    told = operations.find(session, caller, operation_id)
    return frame.page(request, "operation.html", caller, told=told, matches=watching.told(session, told.matches))


@router.post("/operations/{operation_id}/end")
def end_operation(caller: RegulatorReader, session: SessionDep, operation_id: UUID) -> Response:
    """End an own operation before its last day."""
    operations.end(session, caller, operation_id)
    return RedirectResponse(f"/operations/{operation_id}", 303)
