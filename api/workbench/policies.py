"""The operator's page of policy: tried on the last days, proposed and signed second by another person."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, Response
from pydantic import BaseModel, ConfigDict
from sqlmodel import Session
from starlette.responses import RedirectResponse

from api.dependencies import SessionDep
from api.workbench import faults, frame
from api.workbench.frame import Reader
from api.workbench.officer import check_reason
from api.workbench.texts import text
from screening import administering, four_eyes, people, proposals
from screening.access import Principal, require
from screening.administering import Tried
from screening.errors import FieldFault, Forbidden, Invalid, Language, NotFound, TamgaError, Text
from screening.four_eyes import NewPolicy, Signing
from screening.ids import utc_now
from screening.policy import DEFAULT_SOURCE, RANK, STOPS
from screening.tables.four_eyes import Proposal

router = APIRouter(prefix="/policy", include_in_schema=False)
LONGEST_SOURCE, LONGEST_PASSWORD = 200, 200
OUTCOMES = tuple(sorted(RANK, key=RANK.__getitem__))


def _operator(caller: Reader) -> Principal:
    if require(caller, "data_scientist", "administrator", "auditor").organisation_kind != "operator":
        raise Forbidden
    return caller


Operator = Annotated[Principal, Depends(_operator)]


class PolicyForm(BaseModel):
    """One form of the page; each action reads its own fields. Outcomes come as `band.NAME` and `stop.NAME`."""

    model_config = ConfigDict(extra="allow")

    action: Literal["propose", "approve", "reject"]
    reason: str = ""
    password: str = ""
    sha256: str = ""
    proposal: str = ""
    valid_from: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One outcome that differs: of which band or rule of law, from what to what, in words."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A proposed policy as its second person reads it."""

    proposal: Proposal
    proposer: str
    said: Mapping[str, Any]
    changes: list[Change]
    tried: Tried


@router.get("")
def policy(request: Request, caller: Operator, session: SessionDep, done: str = "") -> Response:
    """What other outcomes of bands and legal stops would have made of the last days, and what is proposed."""
    return _page(request, caller, session, request.query_params, done=done if done in DONE else "")


DONE = frozenset({"propose", "approve", "reject"})


@router.post("")
def act(request: Request, caller: Operator, session: SessionDep, form: Annotated[PolicyForm, Form()]) -> Response:
    """Carry out one step; what does not go through keeps what was chosen and typed."""
    chosen = {name: str(value) for name, value in (form.model_extra or {}).items()}
    try:
        with session.begin_nested():
            _carry_out(session, caller, form, chosen)
    except TamgaError as error:
        session.expire_all()
        problem = faults.told(error, frame.language(request, caller), request)
        again = chosen if form.action == "propose" else {}
        return _page(request, caller, session, again, problem=problem, typed=form, status=error.status)
    return RedirectResponse(f"/policy?done={form.action}", 303)


def _carry_out(session: Session, caller: Principal, form: PolicyForm, chosen: Mapping[str, str]) -> None:
    reason = form.reason.strip()
    signing = Signing(form.password[:LONGEST_PASSWORD].encode(errors="replace").decode(), form.sha256 or None)
    if form.action != "approve":
        check_reason(reason)

    def propose() -> None:
        rules = administering.with_outcomes(session, *_outcomes(session, chosen))
        new = NewPolicy(rules, _first_day(form.valid_from), _source(form.source))
        four_eyes.propose_policy(session, caller, new, reason, signing)

    steps: dict[str, Callable[[], object]] = {
        "propose": propose,
        "approve": lambda: four_eyes.approve(session, caller, _policy(session, caller, form.proposal), signing),
        "reject": lambda: four_eyes.reject(session, caller, _policy(session, caller, form.proposal), reason),
    }
    steps[form.action]()


def _policy(session: Session, caller: Principal, written: str) -> UUID:
    """The id of a proposed policy; models are signed on their own page."""
    try:
        found = proposals.find(session, caller, UUID(written))
    except ValueError as fault:
        raise NotFound from fault
    if found.kind != "policy":
        raise NotFound
    return found.id


def _page(
    request: Request, caller: Principal, session: Session, asked: Mapping[str, str], **values: Any
) -> Response:  # fmt: skip
    reads = frame.language(request, caller)
    rules = administering.rules_in_force(session)
    bands, stops = _outcomes(session, asked)
    return frame.page(
        request,
        "policy.html",
        caller,
        bands=bands,
        stops=stops,
        known=STOPS,
        outcomes=OUTCOMES,
        tried=administering.try_policy(session, caller, bands, stops),
        days=administering.TRIED_DAYS,
        changes=_changes(reads, rules, {"bands": bands, "stops": stops}),
        waiting=_waiting(session, caller, reads, rules),
        versions=administering.policies(session, caller),
        shipped=DEFAULT_SOURCE,
        today=utc_now().date(),
        tomorrow=utc_now().date() + timedelta(days=1),
        here="/policy",
        **({"problem": None, "typed": None, "done": ""} | values),
    )


def _outcomes(session: Session, asked: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Outcomes of bands and of legal stops: as asked, else as they are."""
    rules = administering.rules_in_force(session)
    bands = {name: asked.get(f"band.{name}", now) for name, now in rules["bands"].items()}
    return bands, {name: asked.get(f"stop.{name}", now) for name, now in rules["stops"].items()}


def _changes(reads: Language, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    found = []
    for part in ("bands", "stops"):
        for code, outcome in after[part].items():
            was = before[part].get(code, "hold")
            if was != outcome:
                what = text(reads, f"band.{code}") if part == "bands" else _stop(reads, code)
                found.append(Change(what, text(reads, f"disposition.{was}"), text(reads, f"disposition.{outcome}")))
    return found


def _stop(reads: Language, code: str) -> str:
    known = STOPS.get(code)
    return code if known is None else known.ru if reads == "ru" else known.en


def _waiting(session: Session, caller: Principal, reads: Language, rules: Mapping[str, Any]) -> Waiting | None:
    proposal = administering.proposed_policy(session, caller)
    if proposal is None:
        return None
    said = json.loads(proposal.body)
    bands, stops = said["rules"]["bands"], said["rules"]["stops"]
    tried = administering.try_policy(session, caller, bands, stops)
    changes = _changes(reads, rules, said["rules"])
    return Waiting(proposal, people.name_of(session, proposal.proposed_by), said, changes, tried)


def _first_day(written: str) -> date:
    """A day from today on, as the browser's date field writes it. Raises Invalid."""
    try:
        day = date.fromisoformat(written.strip())
    except ValueError:
        day = date.min
    if day < utc_now().date():
        wrong, remedy = Text("is not a day to come", "не предстоящий день"), Text("Choose a day.", "Выберите дату.")
        raise Invalid(faults=(FieldFault("valid_from", "date", wrong, remedy),))
    return day


def _source(written: str) -> str:
    said = written.strip()
    if not said or len(said) > LONGEST_SOURCE or "\x00" in said:
        wrong = Text("is missing or too long", "отсутствует или слишком длинно")
        remedy = Text("Name the decision or law it rests on.", "Назовите решение или закон, на котором она основана.")
        raise Invalid(faults=(FieldFault("source", "text", wrong, remedy),))
    return said
