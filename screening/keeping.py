"""Keep what was found out about an order: version, assessment, decision, audit, and the case of one that is held."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, update
from sqlmodel import Session, SQLModel, col

from features.catalogue import FINGERPRINT
from features.online import Observation
from features.subject import Subject
from models.explain import Explanation
from screening import audit
from screening.cases import close_if_open, open_case
from screening.ids import new_id
from screening.orders import Arrival
from screening.policy import Ruling
from screening.scoring import Scored
from screening.tables.orders import Assessment, Decision, Order, OrderVersion


@dataclass(frozen=True, slots=True)
class Screened:
    """All that was found out about one arrival."""

    arrival: Arrival
    subject: Subject
    observation: Observation
    scored: Scored
    explanation: Explanation | None
    ruling: Ruling


def keep(session: Session, screened: Screened) -> Order:
    """Write everything about one screened arrival, and open its case where it is not released."""
    arrival, ruling = screened.arrival, screened.ruling
    version_id = new_id()
    order = _order(screened, version_id)
    _write_order(session, order, new=arrival.earlier is None)
    _write(session, OrderVersion, _version(screened, order))
    _write(session, Assessment, _assessment(screened, version_id))
    _write(session, Decision, _decision(screened, version_id))
    audit.record(session, _entry(screened, order))
    if ruling.disposition != "release":
        open_case(session, order, refer=ruling.refer, reasons=list(ruling.reasons))
    elif arrival.earlier is not None:
        close_if_open(session, order)
    return order


def _write(session: Session, table: type[SQLModel], values: dict[str, Any]) -> None:
    # Core inserts: the unit of work of the ORM costs more than the insert, and nothing here is read back.
    session.execute(insert(table), values)


def _order(screened: Screened, version_id: Any) -> Order:
    arrival, ruling = screened.arrival, screened.ruling
    earlier = arrival.earlier
    return Order(
        id=earlier.order_id if earlier else new_id(),
        created_at=arrival.record.received_at,
        organisation_id=arrival.submission.organisation_id,
        reference=arrival.record.reference,
        version_id=version_id,
        version=earlier.number + 1 if earlier else 1,
        disposition=ruling.disposition,
        documents_needed=list(ruling.needs),
    )


def _write_order(session: Session, order: Order, *, new: bool) -> None:
    values = order.model_dump()
    if new:
        _write(session, Order, values)
        return
    changed = {name: values[name] for name in ("version_id", "version", "disposition", "documents_needed")}
    session.execute(update(Order).where(col(Order.id) == order.id).values(**changed))


def _version(screened: Screened, order: Order) -> dict[str, Any]:
    arrival, lead = screened.arrival, screened.subject.lead
    submission, record = arrival.submission, arrival.record
    written = lead.line.name or lead.line.trade_name or lead.line.cas or lead.line.hs or lead.line.item_type
    return {
        "id": order.version_id,
        "created_at": record.received_at,
        "organisation_id": order.organisation_id,
        "order_id": order.id,
        "number": order.version,
        "received_at": record.received_at,
        "sequence": record.sequence,
        "source": submission.source,
        "submitted_by": submission.submitted_by,
        "body": submission.body,
        "body_sha256": submission.body_sha256,
        "content_sha256": submission.content_sha256,
        "customer_name": record.customer.name,
        "goods": (lead.substance.name if lead.substance else written)[:200],
        "kilograms": screened.subject.kilograms_micro / 1e6 or None,
        "destination": record.destination,
        "twin_of": arrival.twin_of if arrival.earlier is None else None,
    }


def _assessment(screened: Screened, version_id: Any) -> dict[str, Any]:
    scored, observation = screened.scored, screened.observation
    made = scored.assessment
    return {
        "order_version_id": version_id,
        "organisation_id": screened.arrival.submission.organisation_id,
        "model_version": scored.model_version,
        "catalogue": FINGERPRINT,
        "vector": observation.values.astype("<f4").tobytes(),
        "contributions": made.contributions.astype("<f4").tobytes() if made else None,
        "margin": made.margin if made else None,
        "probability": made.probability if made else None,
        "band": made.band if made else "unscored",
        "failure": scored.failure,
        "explanation": _explanation(screened.explanation, screened),
        "facts": {name: value for name, value in observation.facts.items() if math.isfinite(value)},
    }


def _explanation(explanation: Explanation | None, screened: Screened) -> dict[str, Any]:
    """The explanation as data: codes and figures, never sentences, so that it reads in any language."""
    made = screened.scored.assessment
    if explanation is None or made is None:
        return {}
    reference = made.reference_class
    return {
        "base": explanation.base,
        "margin": explanation.margin,
        "families": [[family, contribution] for family, contribution in explanation.families],
        "reasons": [
            {
                "code": each.code,
                "family": each.family,
                "contribution": each.contribution,
                "params": _finite(each.params),
            }
            for each in explanation.reasons
        ],
        "reference_class": {
            "total": reference.total,
            "confirmed": reference.confirmed,
            "low": reference.low,
            "high": reference.high,
        },
    }


def _finite(params: dict[str, Any]) -> dict[str, Any]:
    """JSON has no NaN: a figure that is not known is left out, and its sentence says so."""
    return {name: value for name, value in params.items() if not isinstance(value, float) or math.isfinite(value)}


def _decision(screened: Screened, version_id: Any) -> dict[str, Any]:
    ruling, arrival = screened.ruling, screened.arrival
    return {
        "id": new_id(),
        "created_at": arrival.record.received_at,
        "organisation_id": arrival.submission.organisation_id,
        "order_version_id": version_id,
        "number": 1,
        "disposition": ruling.disposition,
        "maker": "policy",
        "policy_version": arrival.policy.version,
        "stops": [stop.as_data() for stop in ruling.stops],
        "reasons": list(ruling.reasons),
        "refer": ruling.refer,
    }


def _entry(screened: Screened, order: Order) -> audit.AuditEntry:
    scored, submission = screened.scored, screened.arrival.submission
    return audit.AuditEntry(
        action="order.amended" if screened.arrival.earlier else "order.screened",
        actor=f"key:{submission.submitted_by}",
        organisation_id=order.organisation_id,
        subject_id=order.id,
        details={
            "version": order.version,
            "body_sha256": submission.body_sha256,
            "disposition": order.disposition,
            "model": scored.model_version,
            "margin": scored.assessment.margin if scored.assessment else None,
            "policy": screened.arrival.policy.version,
        },
    )
