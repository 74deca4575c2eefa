"""The auditors' page of the log, and the operator's page of health."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict
from sqlmodel import Session

from api.dependencies import SessionDep
from api.workbench import frame
from api.workbench.action_words import ACTION_WORDS
from api.workbench.frame import Reader
from screening import administering, audit_own, audit_proofs
from screening.access import Principal, require
from screening.errors import Forbidden

router = APIRouter(include_in_schema=False)
CHECKPOINTS = 10
VERIFY = "tamga-verify proof.json --anchor cosigned.jsonl"


def _auditor(caller: Reader) -> Principal:
    return require(caller, "supervisor", "auditor")


def _operator(caller: Reader) -> Principal:
    if require(caller, "data_scientist", "administrator", "auditor").organisation_kind != "operator":
        raise Forbidden
    return caller


Auditor = Annotated[Principal, Depends(_auditor)]
Operator = Annotated[Principal, Depends(_operator)]


class Wanted(BaseModel):
    """Which events: how the action begins, an order's number or an id, and older than when."""

    model_config = ConfigDict(extra="ignore")

    action: str = ""
    subject: str = ""
    before: AwareDatetime | None = None

    @property
    def about(self) -> tuple[str, str]:
        """Action and subject as the log may be asked for them."""
        return self._clean(self.action), self._clean(self.subject)

    @staticmethod
    def _clean(said: str) -> str:
        return said.strip()[:100].replace("\x00", "")


@router.get("/record")
def record(request: Request, caller: Auditor, session: SessionDep, wanted: Annotated[Wanted, Query()]) -> Response:
    """Events with their proofs, the signed checkpoints, legal holds, and how to verify all of it elsewhere."""
    return _record(request, caller, session, wanted)


@router.post("/record/verify")
def verify(request: Request, caller: Auditor, session: SessionDep) -> Response:
    """Walk the organisation's own part of the log now, and say what was found."""
    walked = audit_own.verify(session, caller)
    return _record(request, caller, session, Wanted(), walked=walked, here="/record")


def _record(request: Request, caller: Principal, session: Session, wanted: Wanted, **values: Any) -> Response:
    action, subject = wanted.about
    events = administering.events(session, caller, wanted.about, wanted.before)
    return frame.page(
        request,
        "record.html",
        caller,
        events=events,
        names=administering.names_of(session, caller, [each["actor"] for each in events]),
        orders=administering.orders_of(session, caller, [each["subject"] for each in events]),
        actions=ACTION_WORDS,
        action=action,
        subject=subject,
        older=events[-1]["at"].isoformat() if len(events) == administering.MOST_EVENTS else None,
        standings=audit_proofs.checkpoints(session, caller, None, CHECKPOINTS),
        holds=administering.holds(session, caller),
        command=VERIFY,
        **({"walked": None} | values),
    )


@router.get("/health-of-service")
def health(request: Request, caller: Operator, session: SessionDep) -> Response:
    """Model, queue, log and database in figures."""
    return frame.page(request, "health.html", caller, told=administering.health(session, caller))
