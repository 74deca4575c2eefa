"""What the operator's people see of the models in service: one reading, for the API and the page alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
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
# Of a rollout: the orders that each of the two has scored since, and how many of them were held or refused.
BOTH = text(
    "SELECT a.model_version, count(*) AS orders, count(*) FILTER (WHERE d.disposition <> 'release') AS held "
    "FROM order_version v JOIN assessment a ON a.order_version_id = v.id "
    "JOIN decision d ON d.order_version_id = v.id AND d.number = 1 "
    "WHERE v.sequence > :low AND v.created_at > :began AND a.model_version IS NOT NULL GROUP BY a.model_version"
)
READERS: tuple[RoleName, ...] = ("data_scientist", "administrator", "auditor")


@dataclass(frozen=True, slots=True)
class Rollout:
    """A challenger that decides for a share of customers, and what became of its orders and of the others since."""

    model: ModelVersion
    share: float
    begun_at: datetime
    orders: int
    held: int
    other_orders: int
    other_held: int


@dataclass(frozen=True, slots=True)
class Overview:
    """The term in force, what has served, what is kept, which process serves what, and what asks for attention.

    `serving` decides, by the term `decides`, wherever the challenger of a `rollout` does not; `allowed` is the share of
    customers that policy lets one have.
    """

    term: ModelTerm | None
    decides: ModelTerm | None
    serving: ModelVersion | None
    rollout: Rollout | None
    allowed: float
    good: ModelVersion | None
    history: list[tuple[ModelTerm, ModelVersion]]
    kept: list[ModelVersion]
    processes: list[ModelProcess]
    alarms: list[ModelAlarm]
    rescoring: list[dict[str, Any]]
    proposals: list[Proposal]
    trainings: list[tuple[TrainingJob, str | None]]


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
        term, good, decides = terms.current(session), terms.last_good(session), terms.deciding(session)
        kept = session.exec(select(ModelVersion).order_by(col(ModelVersion.created_at).desc()).limit(50))
        alarms = session.exec(select(ModelAlarm).where(col(ModelAlarm.seen_at).is_(None)))
        return Overview(
            term=term,
            decides=decides,
            serving=session.get_one(ModelVersion, decides.model_id) if decides else None,
            rollout=_rollout(session, term),
            allowed=terms.allowed(session),
            good=session.get_one(ModelVersion, good.model_id) if good else None,
            history=terms.history(session),
            kept=list(kept),
            processes=serving.processes(session),
            alarms=list(alarms),
            rescoring=rescoring.figures(session),
            trainings=_trainings(session),
            proposals=list(session.exec(open_ones.order_by(col(Proposal.created_at)))),
        )


def _rollout(session: Session, term: ModelTerm | None) -> Rollout | None:
    if term is None or term.share is None:
        return None
    asked = {"low": term.from_sequence, "began": term.created_at}
    found = {row.model_version: row for row in session.execute(BOTH, asked)}
    model = session.get_one(ModelVersion, term.model_id)
    own = found.pop(model.version, None)
    return Rollout(
        model=model, share=term.share, begun_at=term.created_at,
        orders=own.orders if own else 0, held=own.held if own else 0,
        other_orders=sum(row.orders for row in found.values()), other_held=sum(row.held for row in found.values()),
    )  # fmt: skip


def _trainings(session: Session) -> list[tuple[TrainingJob, str | None]]:
    """The latest trainings on the schedule, each with the version of its candidate."""
    query = select(TrainingJob, ModelVersion.version).join(
        ModelVersion, col(ModelVersion.id) == col(TrainingJob.model_id), isouter=True
    )
    return [
        (job, version) for job, version in session.exec(query.order_by(col(TrainingJob.created_at).desc()).limit(5))
    ]


def watched(session: Session, principal: Principal, serial: int | None = None) -> list[ModelWatch]:
    """The latest looks at a term, by default the one in force and the one beside its rollout, the newest first.

    Raises Forbidden.
    """
    may_read(principal)
    with as_service(session):
        looked = [serial] if serial else [each.serial for each in _in_force(session)]
        query = select(ModelWatch).where(col(ModelWatch.serial).in_(looked))
        return list(session.exec(query.order_by(col(ModelWatch.created_at).desc()).limit(100)))


def _in_force(session: Session) -> list[ModelTerm]:
    return [term for term in (terms.current(session), terms.deciding(session)) if term is not None]


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
