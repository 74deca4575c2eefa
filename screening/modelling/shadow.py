"""A challenger beside the model in service: it scores live orders off the request's path and decides nothing.

A worker takes orders a few seconds after they were kept and scores their stored vectors, of a share of customers
chosen by hash: the same customers for ever, all orders of each. Where the policy would rule otherwise for the
challenger's band than for the one that counted, the two disagree, and the challenger's reasons are kept as well.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
import structlog
from sqlalchemy import text
from sqlmodel import Session, col, select

from features.catalogue import FINGERPRINT
from models.errors import ArtefactRefused
from models.scorer import Scorer
from screening import audit, database
from screening.access import Principal, require
from screening.audit import AuditEntry
from screening.errors import FieldFault, Invalid, Text
from screening.explaining import explanation_data
from screening.ids import utc_now
from screening.modelling import rescoring, terms, versions
from screening.modelling.guard import alerting
from screening.modelling.overview import may_read
from screening.modelling.samples import vectors
from screening.tables.modelling import ModelVersion, ShadowRun, ShadowScore
from screening.tables.orders import Assessment, Order, OrderVersion
from screening.tables.people import Organisation
from screening.tenancy import as_service

log = structlog.get_logger(__name__)
AT_ONCE = 1_000
# An order's number is taken before it is kept; what is this old is kept or never will be.
DUE = text("received_at < clock_timestamp() - interval '5 seconds'")
FIGURES = text(
    """
    SELECT count(*) AS orders, count(*) FILTER (WHERE disagrees) AS disagreements,
        count(*) FILTER (WHERE s.disagrees AND s.band = 'low') AS would_release,
        corr(s.margin, a.margin) AS correlation
    FROM shadow_score s JOIN assessment a ON a.order_version_id = s.order_version_id WHERE s.run_id = :run
    """
)


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One order that the two would rule on otherwise, with both assessments."""

    order: Order
    company: str
    champion: Assessment
    challenger: ShadowScore


@dataclass(frozen=True, slots=True)
class Beside:
    """A challenger's run so far: how many orders, how often the two disagree, and the latest disagreements."""

    run: ShadowRun
    figures: dict[str, Any]
    disagreements: list[Disagreement]


def begin(session: Session, principal: Principal, version: str, share: float) -> ShadowRun:
    """Let a kept model score a share of customers' orders from now on; its earlier run ends.

    Raises Forbidden, NotFound, Invalid, InServiceAlready.
    """
    require(may_read(principal), "data_scientist", "administrator")
    if not 0 < share <= 1:
        reason, remedy = Text("is no share", "не доля"), Text("Give 0.01 to 1.", "Укажите от 0,01 до 1.")
        raise Invalid(faults=(FieldFault("share", "share", reason, remedy),))
    with as_service(session):
        model = versions.find(session, version)
        if model.id in {term.model_id for term in (terms.current(session), terms.deciding(session)) if term}:
            raise terms.InServiceAlready
        _end(session, model)
        last = terms.last_order(session)
        run = ShadowRun(
            model_id=model.id, share=share, begun_by=principal.user_id, from_sequence=last, reached=last
        )  # fmt: skip
        session.add(run)
        session.flush()
        told = {"model": version, "share": share}
        audit.record(session, AuditEntry("shadow.begun", principal.actor, principal.organisation_id, run.id, told))
    return run


def end(session: Session, principal: Principal, version: str) -> None:
    """The challenger scores no more; what it said stays. Raises Forbidden, NotFound."""
    require(may_read(principal), "data_scientist", "administrator")
    with as_service(session):
        ended = _end(session, versions.find(session, version))
        if ended:
            audit.record(session, AuditEntry("shadow.ended", principal.actor, principal.organisation_id, ended.id))


def _end(session: Session, model: ModelVersion) -> ShadowRun | None:
    running = select(ShadowRun).where(ShadowRun.model_id == model.id, col(ShadowRun.ended_at).is_(None))
    run = session.exec(running.with_for_update()).first()
    if run is not None:
        run.ended_at = utc_now()
        session.flush()
    return run


def beside(session: Session, principal: Principal, version: str) -> Beside | None:
    """The latest run of a challenger; None where it has had none. Raises Forbidden, NotFound."""
    may_read(principal)
    with as_service(session):
        model = versions.find(session, version)
        query = select(ShadowRun).where(ShadowRun.model_id == model.id).order_by(col(ShadowRun.created_at).desc())
        run = session.exec(query).first()
        if run is None:
            return None
        figures = dict(session.execute(FIGURES, {"run": run.id}).mappings().one())
        return Beside(run, figures, _disagreements(session, run))


def running(session: Session, principal: Principal) -> list[tuple[ShadowRun, ModelVersion]]:
    """Challengers at work, the newest first. Raises Forbidden."""
    may_read(principal)
    with as_service(session):
        query = select(ShadowRun, ModelVersion).join(ModelVersion, col(ModelVersion.id) == col(ShadowRun.model_id))
        found = session.exec(query.where(col(ShadowRun.ended_at).is_(None)).order_by(col(ShadowRun.created_at).desc()))
        return [(run, model) for run, model in found]


def _disagreements(session: Session, run: ShadowRun, most: int = 100) -> list[Disagreement]:
    query = (
        select(Order, Organisation.name, Assessment, ShadowScore)
        .join(OrderVersion, col(OrderVersion.id) == col(ShadowScore.order_version_id))
        .join(Order, col(Order.id) == col(OrderVersion.order_id))
        .join(Organisation, col(Organisation.id) == col(Order.organisation_id))
        .join(Assessment, col(Assessment.order_version_id) == col(ShadowScore.order_version_id))
        .where(ShadowScore.run_id == run.id, col(ShadowScore.disagrees))
        .order_by(col(ShadowScore.created_at).desc())
        .limit(most)
    )
    return [Disagreement(*row) for row in session.exec(query)]


def sweep() -> int:
    """Let every challenger score what has come since its last look; how many orders were scored."""
    with database.session() as session:
        runs = session.exec(select(ShadowRun.id).where(col(ShadowRun.ended_at).is_(None))).all()
    return sum(_portion(run) for run in runs)


def _portion(run_id: UUID) -> int:
    with database.session() as session:
        wanted = select(ShadowRun).where(ShadowRun.id == run_id, col(ShadowRun.ended_at).is_(None))
        run = session.exec(wanted.with_for_update(skip_locked=True)).first()
        if run is None:
            return 0
        try:
            scorer = versions.scorer_of(run.model_id)
        except ArtefactRefused as fault:
            log.error("challenger_refused", run=str(run.id), fault=str(fault))
            run.ended_at = utc_now()
            return 0
        query = (
            select(OrderVersion, Assessment)
            .join(Assessment, col(Assessment.order_version_id) == col(OrderVersion.id))
            .where(col(OrderVersion.sequence) > run.reached, DUE)
            .order_by(col(OrderVersion.sequence))
            .limit(AT_ONCE)
        )
        found = session.exec(query).all()
        if found:
            run.reached = found[-1][0].sequence
        chosen = [row[1] for row in found if row[1].catalogue == FINGERPRINT and drawn(row[0], run.share)]
        _score(session, run, scorer, chosen)
        return len(chosen)


def drawn(version: OrderVersion, share: float) -> bool:
    """Whether this version's customer is of the share; the same whenever it is asked."""
    customer = json.loads(version.body)["customer"]
    named = customer.get("registration_no") or customer.get("id") or customer.get("name") or ""
    digest = hashlib.blake2b(f"{version.organisation_id}:{named}".casefold().encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") < share * 2**64


def _score(session: Session, run: ShadowRun, scorer: Scorer, firsts: list[Assessment]) -> None:
    if not firsts:
        return
    values = vectors([first.vector for first in firsts])
    margins = scorer.margins(values).astype(np.float64)
    chances = scorer.calibrator.probability(margins)
    bands = [scorer.thresholds.band(float(margin)) for margin in margins]
    apart = alerting(session, bands) != alerting(session, [first.band for first in firsts])
    for row, first in enumerate(firsts):
        told: dict[str, Any] = {}
        if apart[row]:
            made = scorer.assess(values[row])
            told = explanation_data(rescoring.explained(first, made, values[row]), made)
        session.add(ShadowScore(
            run_id=run.id, order_version_id=first.order_version_id, margin=float(margins[row]),
            probability=float(chances[row]), band=bands[row], disagrees=bool(apart[row]), explanation=told,
        ))  # fmt: skip
    session.flush()
