"""Keep what was found out about an order: version, assessment, decision, audit, and the case of one that is held."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlmodel import Session

from features.catalogue import FINGERPRINT
from features.online import Observation, States
from features.subject import Subject
from models.explain import Explanation
from screening import audit, database, life, states, views
from screening.cases import Opening, close_if_open, first_case, open_case, refer
from screening.duties import store
from screening.explaining import explanation_data
from screening.ids import new_id
from screening.orders import Arrival, Kept
from screening.policy import Ruling
from screening.scoring import Scored


@dataclass(frozen=True, slots=True)
class Screened:
    """All that was found out about one arrival; `clearance` names the cleared pattern that let it pass."""

    arrival: Arrival
    subject: Subject
    observation: Observation
    scored: Scored
    explanation: Explanation | None
    ruling: Ruling
    clearance: UUID | None = None


LIMIT_FACTS = (
    "order_kilograms", "goods_recent_median", "goods_long_median", "month_with_order", "threshold_kilograms",
    "year_with_order", "annual_need_kilograms", "declared_monthly_kilograms", "drawn_with_order",
    "authorised_kilograms", "storage_kilograms",
)  # fmt: skip
JSON_COLUMNS = frozenset({"documents_needed", "explanation", "facts", "stops", "reasons"})
ORDER = (
    "id", "created_at", "organisation_id", "reference", "version_id", "version", "disposition", "documents_needed",
    "state",
)  # fmt: skip
VERSION = (
    "id", "created_at", "organisation_id", "order_id", "number", "received_at", "sequence", "source", "submitted_by",
    "body", "body_sha256", "content_sha256", "customer_name", "goods", "kilograms", "destination", "twin_of",
)  # fmt: skip
ASSESSMENT = (
    "order_version_id", "organisation_id", "model_version", "catalogue", "vector", "contributions", "margin",
    "probability", "band", "failure", "explanation", "facts",
)  # fmt: skip
DECISION = (
    "id", "created_at", "organisation_id", "order_version_id", "number", "disposition", "maker", "policy_version",
    "stops", "reasons", "refer", "clearance_id",
)  # fmt: skip
STAGED = ("event_id", "at", "organisation_id", "action", "subject_id", "body")


def _insert(table: str, mark: str, columns: tuple[str, ...]) -> str:
    places = (f"%({mark}_{name})s{'::jsonb' if name in JSON_COLUMNS else ''}" for name in columns)
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(places)})"  # noqa: S608 - our own names


_AMENDED = (
    "UPDATE orders SET version_id = %(o_version_id)s, version = %(o_version)s, disposition = %(o_disposition)s, "
    "documents_needed = %(o_documents_needed)s::jsonb, state = %(o_state)s WHERE id = %(o_id)s"
)
# Two statements write an order. One for each table would be four more waits for every order of the same parties;
# one for all has more parameters than the driver keeps prepared (50).
NEW_ORDER = f"WITH o AS ({_insert('orders', 'o', ORDER)}) {_insert('order_version', 'v', VERSION)}"
AMENDED_ORDER = f"WITH o AS ({_AMENDED}) {_insert('order_version', 'v', VERSION)}"
FINDINGS = (
    f"WITH a AS ({_insert('assessment', 'a', ASSESSMENT)}), d AS ({_insert('decision', 'd', DECISION)}), "
    f"s AS ({_insert('audit_staging', 's', STAGED)}), l AS ({store.WRITE}) {states.WRITE}"
)


def keep(session: Session, screened: Screened, known: States) -> Kept:
    """Write everything about one screened arrival, and open its case where it is not released."""
    arrival = screened.arrival
    order = _order(screened, new_id())
    written = {**{f"o_{name}": getattr(order, name) for name in ORDER}, **_marked("v", _version(screened, order))}
    written["o_documents_needed"] = orjson.dumps(order.documents_needed).decode()
    found = {
        **_marked("a", _assessment(screened, order.version_id)),
        **_marked("d", _decision(screened, order.version_id)),
        **_marked("s", audit.staged(_entry(screened, order))),
        **states.columns(order.organisation_id, known),
        **store.columns(arrival.record, order),
    }
    why = _opening(screened, order)
    if arrival.earlier is not None:
        # The lines of the version before go first: what one statement writes twice it cannot replace.
        cleared = (store.CLEAR, {"order": order.id})
        database.run(session, (AMENDED_ORDER, written), cleared, (FINDINGS, found))
        _open_or_close(session, order, why)
        return order
    case = first_case(order, why, arrival.country) if why else None
    database.run(session, (NEW_ORDER, written), (FINDINGS, found), *(case.statements if case else ()))
    if case and why and why.refer:
        refer(session, order, case.id)
    return order


def _opening(screened: Screened, order: Kept) -> Opening | None:
    """Why a case is opened: the order is held, or of the share of low-risk orders that is reviewed; else None."""
    arrival, ruling, made = screened.arrival, screened.ruling, screened.scored.assessment
    own_view = views.drawn(arrival.policy, "own_view", order.version_id)
    if ruling.disposition != "release":
        return Opening(list(ruling.reasons), ruling.refer, "held", own_view)
    quiet = screened.clearance is not None or (made is not None and made.band == "low")
    if quiet and views.drawn(arrival.policy, "low_risk", order.version_id):
        return Opening([], kind="random", own_view=own_view)
    return None


def _open_or_close(session: Session, order: Kept, why: Opening | None) -> None:
    """What an amendment does to the order's case: one that is released closes it, one that is held opens it again."""
    if order.disposition == "release":
        close_if_open(session, order)
    if why is not None:
        open_case(session, order, why)


def _marked(mark: str, values: dict[str, Any]) -> dict[str, Any]:
    return {
        f"{mark}_{name}": orjson.dumps(value).decode() if name in JSON_COLUMNS else value
        for name, value in values.items()
    }


def _order(screened: Screened, version_id: UUID) -> Kept:
    arrival, ruling = screened.arrival, screened.ruling
    earlier = arrival.earlier
    return Kept(
        id=earlier.order_id if earlier else new_id(),
        created_at=earlier.created_at if earlier else arrival.record.received_at,
        organisation_id=arrival.submission.organisation_id,
        reference=arrival.record.reference,
        version_id=version_id,
        version=earlier.number + 1 if earlier else 1,
        disposition=ruling.disposition,
        documents_needed=list(ruling.needs),
        state=life.arrival(
            again=earlier is not None,
            disposition=ruling.disposition,
            stopped=bool(ruling.stops),
            scored=screened.scored.assessment is not None,
            asks=bool(ruling.needs),
        ),
    )


def _version(screened: Screened, order: Kept) -> dict[str, Any]:
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
        "explanation": explanation_data(screened.explanation, made),
        "facts": _quoted(observation.facts),
    }


def _quoted(facts: Mapping[str, float]) -> dict[str, float]:
    """The facts that limits quote, where they are known; reasons carry theirs, the vector holds what the model saw."""
    return {name: facts[name] for name in LIMIT_FACTS if math.isfinite(facts[name])}


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
        "clearance_id": screened.clearance,
    }


def _entry(screened: Screened, order: Kept) -> audit.AuditEntry:
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
            **({"clearance": str(screened.clearance)} if screened.clearance else {}),
        },
    )
