"""Models in service, for the operator's people: what serves, whose turn is proposed, what was scored again."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query

from api.case_bodies import ProposalOut
from api.dependencies import SessionDep
from api.model_bodies import (
    AffectedOut,
    AffectedPage,
    AlarmOut,
    BesideOut,
    DisagreementOut,
    ModelChangeIn,
    ModelOut,
    ModelsOut,
    ProcessOut,
    RescoringOut,
    RolloutOut,
    SaidOut,
    ShadowIn,
    ShadowOut,
    TermOut,
    TrainingOut,
    WatchOut,
)
from api.routes.proposals import AUTHORS, of_the_operator, proposal_out
from screening import four_eyes
from screening.access import Principal
from screening.errors import NotFound
from screening.four_eyes import ModelChange, Signing
from screening.modelling import overview, shadow
from screening.modelling.overview import READERS, Overview
from screening.tables.modelling import ShadowScore, TrainingJob
from screening.tables.orders import Assessment

router = APIRouter(prefix="/v1/models", tags=["models"])
Reader = Annotated[Principal, Depends(of_the_operator(*READERS))]
Author = Annotated[Principal, Depends(of_the_operator(*AUTHORS))]
Named = Annotated[str, Path(max_length=64)]
Serial = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("")
def list_models(session: SessionDep, caller: Reader) -> ModelsOut:
    """What serves in which process, what has served and why, which models are kept, and open alarms."""
    found = overview.overview(session, caller)
    return ModelsOut(
        serial=found.term.serial if found.term else None,
        serving=found.serving.version if found.serving else None,
        rollout=_rollout(found),
        last_good=found.good.version if found.good else None,
        terms=[TermOut(version=model.version, **_kept(term, TermOut)) for term, model in found.history],
        kept=[ModelOut.model_validate(each) for each in found.kept],
        processes=[ProcessOut.model_validate(each) for each in found.processes],
        alarms=[AlarmOut.model_validate(each) for each in found.alarms],
        rescoring=[RescoringOut(**each) for each in found.rescoring],
        trainings=[_training(each, model) for each, model in found.trainings],
    )


def _rollout(found: Overview) -> RolloutOut | None:
    if found.rollout is None:
        return None
    told = {
        name: getattr(found.rollout, name) for name in RolloutOut.model_fields if name not in ("version", "allowed")
    }
    return RolloutOut(version=found.rollout.model.version, allowed=found.allowed, **told)


def _training(job: TrainingJob, version: str | None) -> TrainingOut:
    return TrainingOut(version=version, **job.model_dump(include=set(TrainingOut.model_fields) - {"version"}))


def _kept(row: object, out: type[TermOut]) -> dict[str, object]:
    return {name: getattr(row, name) for name in out.model_fields if name != "version"}


@router.post("/proposals", status_code=201)
def propose(session: SessionDep, caller: Author, body: ModelChangeIn) -> ProposalOut:
    """Propose that a kept model serves, for all or a share of customers, or that the last good one returns; another
    administrator approves it."""
    change = ModelChange(body.action, body.reason, body.version, body.share)
    made = four_eyes.propose_model(session, caller, change, Signing(body.password, body.sha256))
    return proposal_out(session, caller, made)


@router.get("/watch")
def watched(
    session: SessionDep, caller: Reader, serial: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None
) -> list[WatchOut]:
    """The latest looks of watch and guard at a term, by default the one in force, the newest first."""
    return [WatchOut.model_validate(each) for each in overview.watched(session, caller, serial)]


@router.post("/alarms/{alarm_id}/seen", status_code=204)
def alarm_seen(session: SessionDep, caller: Author, alarm_id: UUID) -> None:
    """Say that somebody has looked at an alarm; it is on record who."""
    overview.mark_seen(session, caller, alarm_id)


@router.post("/{version}/shadow", status_code=201)
def begin_shadow(session: SessionDep, caller: Author, version: Named, body: ShadowIn) -> ShadowOut:
    """Let a kept model score a share of customers' orders beside the one in service; it decides nothing."""
    return ShadowOut.model_validate(shadow.begin(session, caller, version, body.share))


@router.delete("/{version}/shadow", status_code=204)
def end_shadow(session: SessionDep, caller: Author, version: Named) -> None:
    """The challenger scores no more; what it said stays."""
    shadow.end(session, caller, version)


@router.get("/{version}/shadow")
def read_shadow(session: SessionDep, caller: Reader, version: Named) -> BesideOut:
    """How the challenger's latest run goes, and the latest hundred orders that the two would rule on otherwise."""
    found = shadow.beside(session, caller, version)
    if found is None:
        raise NotFound
    told = [
        DisagreementOut(order_id=each.order.id, reference=each.order.reference, company=each.company,
                        champion=_said(each.champion), challenger=_said(each.challenger))
        for each in found.disagreements
    ]  # fmt: skip
    return BesideOut(run=ShadowOut.model_validate(found.run), **found.figures, disagreed=told)


def _said(kept: Assessment | ShadowScore) -> SaidOut:
    reasons = [reason["code"] for reason in kept.explanation.get("reasons", [])]
    return SaidOut(probability=kept.probability, band=kept.band, reasons=reasons)


@router.get("/rescoring/{condemned}")
def affected(session: SessionDep, caller: Reader, condemned: Serial) -> AffectedPage:
    """Orders that a condemned term scored, and what came of scoring them again."""
    rows = overview.affected(session, caller, condemned)
    orders = [
        AffectedOut(
            order_id=order.id, reference=order.reference, state=row.state, outcome=row.outcome, done_at=row.done_at
        )
        for row, order in rows
    ]
    return AffectedPage(condemned=condemned, orders=orders)
