"""What a condemned model scored is listed, and scored again by the one in service; nothing is silently changed.

list_all()   every version that a condemned term scored, as rows of `rescore`; again while orders may be in flight
sweep()      a portion of them, each in a transaction of its own: a reassessment beside the first assessment

what is found                                                    what is done
---------------------------------------------------------------  ------------------------------------------------
the policy let the order go and would now hold it                held, by a decision of its own; a case; its status
                                                                 is announced
a person let it go, or its case is closed                        recorded (`decided`): a person's word stands
it is held and would now be let go                               recorded (`would_release`): a person releases
the version is no longer the order's                             recorded (`superseded`)
it comes out as it was                                           recorded (`same`)
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import text
from sqlmodel import Session, col, select

from features.catalogue import FINGERPRINT
from models.explain import Explanation, explain
from models.scorer import Assessment as Scored
from models.scorer import Scorer
from screening import audit, cases, database, views, webhooks
from screening.audit import AuditEntry
from screening.cases import Opening
from screening.explaining import explanation_data
from screening.ids import new_id, utc_now
from screening.modelling import terms
from screening.orders import WATCHED, neutral_answer
from screening.policy import STOPS, PolicyTable, Ruling, rule
from screening.scoring import SERVICE
from screening.tables.modelling import Reassessment, Rescore
from screening.tables.orders import Assessment, Decision, Order, OrderVersion, Policy

AT_ONCE = 500
SLACK = 5_000  # orders that took their number before a term began and were scored after
# A condemned term's orders: those its model scored since it began, or since the rollout did that led to it. Its
# numbers are looked up, not the whole history.
LISTED = text(
    """
    INSERT INTO rescore (condemned, order_version_id, state)
    SELECT bad.serial, v.id, 'waiting'
    FROM model_term back JOIN model_term bad ON bad.serial = back.condemns JOIN model_version m ON m.id = bad.model_id
    JOIN order_version v ON v.sequence > (
        SELECT min(e.from_sequence) FROM model_term e WHERE e.model_id = bad.model_id AND e.serial <= bad.serial
        AND NOT EXISTS (SELECT FROM model_term o
            WHERE o.serial > e.serial AND o.serial < bad.serial AND o.model_id <> bad.model_id)
    ) - :slack
    JOIN assessment a ON a.order_version_id = v.id AND a.model_version = m.version
    WHERE back.created_at > now() - interval '1 day'
    ON CONFLICT DO NOTHING
    """
)


def list_all(session: Session) -> int:
    """List what condemned terms of the last day scored; how many are new."""
    return int(session.execute(LISTED, {"slack": SLACK}).rowcount)  # type: ignore[attr-defined]


def sweep(limit: int = AT_ONCE) -> int:
    """List, then score a portion again; how many were scored. Nothing while this process serves an older term."""
    with database.session() as session:
        list_all(session)
        serial, bad = terms.top(session), terms.condemned(session)
        waiting = select(Rescore.condemned, Rescore.order_version_id).where(Rescore.state == "waiting").limit(limit)
        found = session.exec(waiting).all()
    scorer = SERVICE.current
    if scorer is None or SERVICE.serial != serial or serial in bad:
        return 0
    for condemned, version_id in found:
        with database.session() as session:
            _again(session, condemned, version_id, scorer)
    return len(found)


def figures(session: Session) -> list[dict[str, Any]]:
    """For each condemned term: how many orders are listed, waiting, and what came of the others."""
    query = text(
        "SELECT condemned, count(*) AS listed, count(*) FILTER (WHERE state = 'waiting') AS waiting, "
        "count(*) FILTER (WHERE state = 'impossible') AS impossible, "
        "count(*) FILTER (WHERE outcome = 'opened') AS opened, count(*) FILTER (WHERE outcome = 'decided') AS decided, "
        "count(*) FILTER (WHERE outcome = 'would_release') AS would_release, "
        "count(*) FILTER (WHERE outcome = 'superseded') AS superseded, "
        "count(*) FILTER (WHERE outcome = 'same') AS same FROM rescore GROUP BY condemned ORDER BY condemned DESC"
    )
    return [dict(row) for row in session.execute(query).mappings()]


def _again(session: Session, condemned: int, version_id: UUID, scorer: Scorer) -> None:
    wanted = select(Rescore).where(Rescore.condemned == condemned, Rescore.order_version_id == version_id)
    row = session.exec(wanted.with_for_update(skip_locked=True)).first()
    if row is None or row.state != "waiting":  # another worker has it, or had it
        return
    first = session.get_one(Assessment, version_id)
    if first.catalogue != FINGERPRINT:
        row.state, row.done_at = "impossible", utc_now()
        return
    version = session.get_one(OrderVersion, version_id)
    order = session.get_one(Order, version.order_id, with_for_update=True)
    values = np.frombuffer(first.vector, dtype="<f4").astype(np.float32)
    made = scorer.assess(values)
    told = explanation_data(explained(first, made, values), made)
    serial = SERVICE.serial
    assert serial is not None, "the sweep looked"
    session.add(Reassessment(
        organisation_id=first.organisation_id, order_version_id=version_id, serial=serial,
        model_version=scorer.version, contributions=made.contributions.astype("<f4").tobytes(), margin=made.margin,
        probability=made.probability, band=made.band, explanation=told,
    ))  # fmt: skip
    session.flush()
    row.outcome = _consequence(session, order, version_id, made)
    row.state, row.done_at = "done", utc_now()
    details = {"condemned": condemned, "serial": serial, "margin": made.margin, "outcome": row.outcome}
    audit.record(session, AuditEntry("order.rescored", "service", order.organisation_id, order.id, details))


def explained(first: Assessment, made: Scored, values: np.ndarray[Any, np.dtype[np.float32]]) -> Explanation:
    """Why this score, with the figures that were stored with the first: sentences quote no others."""
    facts = {name: float(value) for name, value in first.facts.items()}
    for reason in first.explanation.get("reasons", []):
        facts |= {name: value for name, value in reason["params"].items() if name != "value"}
    return explain(made, values, facts)


def _consequence(session: Session, order: Order, version_id: UUID, made: Scored) -> str:
    if order.version_id != version_id:
        return "superseded"
    query = select(Decision).where(Decision.order_version_id == version_id).order_by(col(Decision.number))
    decisions = list(session.exec(query))
    policy, ruling = ruled(session, decisions[0], made.band)
    if order.disposition == ruling.disposition:
        return "same"
    if ruling.disposition == "release":
        return "would_release"
    if order.state != "cleared" or decisions[-1].maker != "policy":
        return "decided"
    _hold(session, order, decisions[-1], ruling)
    own_view = views.drawn(policy, "own_view", order.version_id)
    cases.open_case(session, order, Opening(list(ruling.reasons), ruling.refer, "held", own_view))
    return "opened"


def ruled(session: Session, first: Decision, band: str) -> tuple[PolicyTable, Ruling]:
    """What the policy of the order's own day makes of another band, with the stops and watches found then."""
    row = session.get_one(Policy, first.policy_version)
    policy = PolicyTable(row.version, row.rules)
    stops = tuple(STOPS[stop["code"]] for stop in first.stops if stop["code"] in STOPS)
    return policy, rule(policy, band, stops, tuple(reason for reason in first.reasons if reason in WATCHED))


def _hold(session: Session, order: Order, latest: Decision, ruling: Ruling) -> None:
    decision = Decision(
        id=new_id(), organisation_id=order.organisation_id, order_version_id=order.version_id,
        number=latest.number + 1, disposition="hold", maker="policy", policy_version=latest.policy_version,
        stops=latest.stops, reasons=list(ruling.reasons), refer=ruling.refer,
    )  # fmt: skip
    session.add(decision)
    session.flush()  # an order follows its latest decision, which has to be there
    order.disposition, order.state = "hold", "held"
    session.flush()
    webhooks.announce(
        session, order.organisation_id, webhooks.Message("order.status", decision.id, neutral_answer(order))
    )


def affected(session: Session, condemned: int, limit: int = 200) -> list[tuple[Rescore, Order]]:
    """Orders a condemned term scored, what stands out first."""
    query = (
        select(Rescore, Order)
        .join(OrderVersion, col(OrderVersion.id) == col(Rescore.order_version_id))
        .join(Order, col(Order.id) == col(OrderVersion.order_id))
        .where(Rescore.condemned == condemned)
        .order_by((col(Rescore.outcome) == "same").nulls_first(), col(Order.created_at).desc())
        .limit(limit)
    )
    return [(row, order) for row, order in session.exec(query)]
