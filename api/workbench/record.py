"""The auditors' page of the log, the operator's pages of health and of a policy tried out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from api.dependencies import SessionDep
from api.workbench import frame
from api.workbench.frame import Reader
from screening import administering, audit_proofs
from screening.access import Principal, require
from screening.errors import Forbidden
from screening.policy import RANK, STOPS

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


@router.get("/record")
def record(
    request: Request, caller: Auditor, session: SessionDep, action: str = "", subject: str = ""
) -> Response:  # fmt: skip
    """Events with their proofs, the signed checkpoints, legal holds, and how to verify all of it elsewhere."""
    wanted = [each.strip()[:100].replace("\x00", "") for each in (action, subject)]
    return frame.page(
        request,
        "record.html",
        caller,
        events=administering.events(session, caller, *wanted),
        action=wanted[0],
        subject=wanted[1],
        standings=audit_proofs.checkpoints(session, caller, None, CHECKPOINTS),
        holds=administering.holds(session, caller),
        command=VERIFY,
    )


@router.get("/health-of-service")
def health(request: Request, caller: Operator, session: SessionDep) -> Response:
    """Model, queue, log and database in figures."""
    return frame.page(request, "health.html", caller, told=administering.health(session, caller))


@router.get("/policy")
def policy(request: Request, caller: Operator, session: SessionDep) -> Response:
    """What other outcomes of bands and legal stops would have made of the last days; nothing is changed."""
    rules = administering.rules_in_force(session)
    asked = request.query_params
    bands = {name: asked.get(f"band.{name}", now) for name, now in rules["bands"].items()}
    stops = {name: asked.get(f"stop.{name}", now) for name, now in rules["stops"].items()}
    return frame.page(
        request,
        "policy.html",
        caller,
        bands=bands,
        stops=stops,
        known=STOPS,
        outcomes=sorted(RANK, key=RANK.__getitem__),
        tried=administering.try_policy(session, caller, bands, stops),
        days=administering.TRIED_DAYS,
    )
