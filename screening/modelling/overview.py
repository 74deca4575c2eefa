"""What the operator's people see of the models in service: one reading, for the API and the page alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session, col, select

from screening import serving
from screening.access import Principal, require
from screening.audit import AuditEntry, record
from screening.errors import Forbidden, NotFound
from screening.modelling import rescoring, terms, versions, watch
from screening.tables.four_eyes import Proposal
from screening.tables.modelling import (
    ModelAlarm,
    ModelProcess,
    ModelTerm,
    ModelVersion,
    ModelWatch,
    Rescore,
    TrainingJob,
)
from screening.tables.orders import Order
from screening.tables.people import RoleName, User
from screening.tenancy import as_service

CAPACITY = text(
    "SELECT (SELECT count(*) FROM officer_case WHERE closed_at > now() - interval '30 days' "
    "AND state IN ('released', 'refused')), "
    "(SELECT count(*) FROM organisation c JOIN orders o ON o.organisation_id = c.id "
    "AND o.created_at > now() - interval '30 days')"
)
READERS: tuple[RoleName, ...] = ("data_scientist", "administrator", "auditor")


@dataclass(frozen=True, slots=True)
class Overview:
    """The term in force, what has served, what is kept, which process serves what, and what asks for attention."""

    term: ModelTerm | None
    serving: ModelVersion | None
    good: ModelVersion | None
    history: list[tuple[ModelTerm, ModelVersion]]
    kept: list[ModelVersion]
    processes: list[ModelProcess]
    alarms: list[ModelAlarm]
    rescoring: list[dict[str, Any]]
    proposals: list[Proposal]
    trainings: list[TrainingJob]


def may_read(principal: Principal) -> Principal:
    """The operator's people who look after models. Raises Forbidden."""
    if principal.organisation_kind != "operator":
        raise Forbidden
    return require(principal, *READERS)


def overview(session: Session, principal: Principal) -> Overview:
    """Everything the page and `GET /v1/models` begin with. Raises Forbidden."""
    may_read(principal)
    open_ones = select(Proposal).where(
        Proposal.organisation_id == principal.organisation_id, Proposal.kind == "model", Proposal.state == "proposed"
    )
    with as_service(session):
        term, good = terms.current(session), terms.last_good(session)
        kept = session.exec(select(ModelVersion).order_by(col(ModelVersion.created_at).desc()).limit(50))
        alarms = session.exec(select(ModelAlarm).where(col(ModelAlarm.seen_at).is_(None)))
        return Overview(
            term=term,
            serving=session.get_one(ModelVersion, term.model_id) if term else None,
            good=session.get_one(ModelVersion, good.model_id) if good else None,
            history=terms.history(session),
            kept=list(kept),
            processes=serving.processes(session),
            alarms=list(alarms),
            rescoring=rescoring.figures(session),
            trainings=list(session.exec(select(TrainingJob).order_by(col(TrainingJob.created_at).desc()).limit(5))),
            proposals=list(session.exec(open_ones.order_by(col(Proposal.created_at)))),
        )


def watched(session: Session, principal: Principal, serial: int | None = None) -> list[ModelWatch]:
    """The latest looks at a term, by default the one in force, the newest first. Raises Forbidden."""
    may_read(principal)
    with as_service(session):
        query = select(ModelWatch).where(ModelWatch.serial == (serial or terms.top(session)))
        return list(session.exec(query.order_by(col(ModelWatch.created_at).desc()).limit(100)))


def model(session: Session, principal: Principal, version: str) -> ModelVersion:
    """One kept model. Raises Forbidden, NotFound."""
    may_read(principal)
    with as_service(session):
        return versions.find(session, version)


def capacity(session: Session, principal: Principal) -> float | None:
    """Cases that people closed in the last 30 days per order of these days, over all companies; None for none."""
    may_read(principal)
    with as_service(session):
        closed, orders = session.execute(CAPACITY).one()
    return float(closed) / float(orders) if closed and orders else None


def names(session: Session, principal: Principal, proposals: list[Proposal]) -> dict[UUID, str]:
    """Names of the people who proposed. Raises Forbidden."""
    may_read(principal)
    found = select(User.id, User.name).where(col(User.id).in_([each.proposed_by for each in proposals]))
    return {row[0]: row[1] for row in session.exec(found)}


def mark_seen(session: Session, principal: Principal, alarm_id: UUID) -> None:
    """Somebody of the operator has looked at an alarm; on record. Raises Forbidden, NotFound."""
    may_read(principal)
    require(principal, "data_scientist", "administrator")
    with as_service(session):
        alarm = watch.seen(session, alarm_id, principal.user_id)
        if alarm is None:
            raise NotFound
        told = {"serial": alarm.serial, "figure": alarm.figure}
        record(session, AuditEntry("model.alarm_seen", principal.actor, principal.organisation_id, alarm.id, told))


def affected(session: Session, principal: Principal, condemned: int) -> list[tuple[Rescore, Order]]:
    """Orders that a condemned term scored. Raises Forbidden."""
    may_read(principal)
    with as_service(session):
        return rescoring.affected(session, condemned)
