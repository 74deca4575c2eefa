"""Pages of the operator's data scientists: what serves, proposing and signing, roll back, drift, disagreements."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, Response
from pydantic import BaseModel, ConfigDict
from sqlmodel import Session
from starlette.responses import RedirectResponse

from api.dependencies import SessionDep
from api.workbench import faults, frame, model_charts, model_words
from api.workbench.frame import Reader
from models.explain import Reason, sentence
from screening import four_eyes
from screening.access import Principal
from screening.errors import Language, NotFound, TamgaError
from screening.four_eyes import ModelChange, Signing
from screening.modelling import overview, shadow
from screening.modelling.overview import Overview
from screening.tables.modelling import ModelVersion, ShadowScore
from screening.tables.orders import Assessment

router = APIRouter(prefix="/models", include_in_schema=False)
LONGEST_PASSWORD = 200
SHOWN_REASONS = 3
MOST_LOOKS = 40


def _operator(caller: Reader) -> Principal:
    return overview.may_read(caller)


Operator = Annotated[Principal, Depends(_operator)]


class ModelForm(BaseModel):
    """One form of the page; each action reads its own fields."""

    model_config = ConfigDict(extra="ignore")

    action: Literal["promotion", "roll_back", "rollout", "approve", "reject", "shadow", "shadow_end", "seen"]
    version: str = ""
    reason: str = ""
    password: str = ""
    sha256: str = ""
    proposal: str = ""
    alarm: str = ""
    share: str = "100"


@router.get("")
def listed(request: Request, caller: Operator, session: SessionDep, done: str = "") -> Response:
    """What serves, what is proposed, what is kept, and how it goes."""
    return _models(request, caller, session, done=done)


@router.get("/{version}")
def one(request: Request, caller: Operator, session: SessionDep, version: str) -> Response:
    """One kept model: recall, calibration and slices beside the one in service, and where the two disagree."""
    found = overview.overview(session, caller)
    model = overview.model(session, caller, version)
    reads = frame.language(request, caller)
    return frame.page(
        request, "model.html", caller, model=model, serving=found.serving, report=_report(model),
        champion=_report(found.serving), curve=model_charts.curve(_report(model).get("calibration", [])),
        slices=model_words.in_order(model.card.get("training", {}).get("slices", [])),
        beside=shadow.beside(session, caller, version), why=lambda kept: _why(kept, reads), **_words(reads),
    )  # fmt: skip


@router.post("")
def act(request: Request, caller: Operator, session: SessionDep, form: Annotated[ModelForm, Form()]) -> Response:
    """Carry out one step; what does not go through keeps the words that were typed."""
    try:
        with session.begin_nested():
            _carry_out(session, caller, form)
    except TamgaError as error:
        session.expire_all()
        told = faults.told(error, frame.language(request, caller), request)
        return _models(request, caller, session, problem=told, typed=form.reason, status=error.status, here="/models")
    return RedirectResponse(f"/models?done={form.action}", 303)


def _carry_out(session: Session, caller: Principal, form: ModelForm) -> None:
    password = form.password[:LONGEST_PASSWORD].encode(errors="replace").decode()
    reason = form.reason.strip()[:2000]
    steps: dict[str, Callable[[], object]] = {
        "promotion": lambda: four_eyes.propose_model(
            session, caller, ModelChange("promotion", reason, form.version), Signing(password)
        ),
        "roll_back": lambda: four_eyes.propose_model(
            session, caller, ModelChange("roll_back", reason), Signing(password)
        ),
        "rollout": lambda: four_eyes.propose_model(
            session, caller, ModelChange("rollout", reason, form.version, _share(form.share)), Signing(password)
        ),
        "approve": lambda: four_eyes.approve(session, caller, _id(form.proposal), Signing(password, form.sha256)),
        "reject": lambda: four_eyes.reject(session, caller, _id(form.proposal), reason),
        "shadow": lambda: shadow.begin(session, caller, form.version, _share(form.share)),
        "shadow_end": lambda: shadow.end(session, caller, form.version),
        "seen": lambda: overview.mark_seen(session, caller, _id(form.alarm)),
    }
    steps[form.action]()


def _id(written: str) -> UUID:
    try:
        return UUID(written)
    except ValueError as fault:
        raise NotFound from fault


def _share(written: str) -> float:
    """Percent as people write it; what is no number is no share, and is refused as one."""
    try:
        return float(written.replace(",", ".")) / 100
    except ValueError:
        return 0.0


def _models(request: Request, caller: Principal, session: Session, **values: Any) -> Response:
    found = overview.overview(session, caller)
    looks = overview.watched(session, caller)
    drifts = [look for look in looks if look.kind == "drift"]
    judged = (drifts[0].figures.get("judged") or {}) if drifts else {}
    capacity = overview.capacity(session, caller)
    told = {"problem": None, "typed": "", "done": ""} | values
    return frame.page(
        request, "models.html", caller, found=found, capacity=capacity,
        recall=lambda model: recall_at(_report(model), capacity or 0.01), report=_report,
        drift=drifts[0] if drifts else None, judged=judged,
        trends=model_charts.trends([look.figures["figures"] for look in reversed(drifts[:MOST_LOOKS])]),
        curve=model_charts.curve(judged.get("calibration", [])), looked=len(drifts[:MOST_LOOKS]),
        guard=next((look for look in looks if look.kind == "guard"), None),
        beside={model.id: run for run, model in shadow.running(session, caller)},
        bad=_condemned(found), people=overview.names(session, caller, found.proposals),
        asked=lambda proposal: {"share": None} | json.loads(proposal.body),
        **_words(frame.language(request, caller)), **told,
    )  # fmt: skip


def _words(reads: Language) -> dict[str, Callable[..., str]]:
    """What templates call to put the names of models and cards into words."""
    return {
        "named": lambda *codes: ", ".join(model_words.name(reads, code) for code in codes),
        "group": partial(model_words.group, reads),
        "feature": partial(model_words.feature, reads),
        "held_for": partial(model_words.reason, reads),
    }


def _condemned(found: Overview) -> set[UUID]:
    serials = {term.condemns for term, _ in found.history}
    return {model.id for term, model in found.history if term.serial in serials}


def _report(model: ModelVersion | None) -> dict[str, Any]:
    """The figures of a model's card on later orders; empty where its card has none."""
    training = model.card.get("training", {}) if model is not None else {}
    found = training.get("out_of_time", {})
    return found if isinstance(found, dict) else {}


def recall_at(report: dict[str, Any], share: float) -> float | None:
    """Recall where so large a share of the orders is reviewed, between the shares that the card states."""
    points = [(0.0, 0.0)] + [
        (row["share"], row["recall"]) for row in report.get("review", []) if row["recall"] is not None
    ]
    if len(points) == 1:
        return None
    for (low, before), (high, after) in itertools.pairwise(points):
        if share <= high:
            return float(before + (after - before) * (share - low) / (high - low))
    return float(points[-1][1])


def _why(kept: Assessment | ShadowScore, language: Language) -> list[str]:
    reasons = kept.explanation.get("reasons", [])[:SHOWN_REASONS]
    return [sentence(Reason(**reason), language) for reason in reasons]
