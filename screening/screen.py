"""THE page to read first: what happens to an order between its arrival and its answer, in one transaction.

    arrive      take the order's turn among those that share a party      screening/orders.py, states.py
    observe     what it may know at its moment, as features               features/online.py
    assess      probability, exact contributions, or a failure            screening/scoring.py, models/scorer.py
    draw        what it takes of its permits; what they do not hold      screening/permits.py
    rule        legal stops apart from risk; strictest wins               screening/policy.py
    pass        a repeat hit of what an officer cleared                   screening/clearances.py
    keep        version, assessment, decision, states, audit              screening/keeping.py
    hold        a case for the officer; a referral for the authority      screening/cases.py, referrals.py

No score, no release: without an assessment the band is `unscored`, which every policy holds. Nothing leaves the
service here; what has to leave is an outbox row of the same transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from features.batch import KEY
from features.online import Shared, States, observe, replace
from features.subject import subject_of
from models.explain import explain
from screening import clearances, keeping, permits
from screening.keeping import Screened
from screening.orders import Arrival, Kept, Submission, arrive, neutral_answer
from screening.policy import PolicyTable, Ruling, Stop, legal_stops, rule
from screening.scoring import SERVICE, Buyer, Scored
from screening.tables.orders import Order


@dataclass(frozen=True, slots=True)
class Answer:
    """What the submitter is told; `repeated` when the very same order had been accepted before."""

    body: dict[str, Any]
    order: Order | Kept
    repeated: bool = False
    amended: bool = False


def submit(session: Session, submission: Submission) -> Answer:
    """Accept, screen and decide one order. The caller commits.

    Raises:
        ReferenceTaken, NothingToAmend, NoPolicy: see `orders.arrive`.
    """
    arrival, known, shared = arrive(session, submission)
    earlier = arrival.earlier
    if earlier is not None and earlier.repeats:
        found = session.get_one(Order, earlier.order_id)
        return Answer(neutral_answer(found), found, repeated=True)
    if earlier is not None and earlier.encoded is not None:
        replace(earlier.encoded, known)
    planned = permits.NOTHING
    if arrival.permits:
        planned = permits.plan(
            session, submission.organisation_id, arrival.record, earlier.order_id if earlier else None
        )
    screened = look(arrival, known, shared, planned.stops)
    order = keeping.keep(session, screened, known)
    if order.disposition != "refuse":
        permits.draw(session, order.id, planned)
    return Answer(neutral_answer(order), order, amended=earlier is not None)


def look(arrival: Arrival, known: States, shared: Shared, also: tuple[Stop, ...] = ()) -> Screened:
    """Observe, assess and rule; `known` then includes the order. `also`: legal stops found before."""
    subject = subject_of(arrival.record)
    observation = observe(arrival.encoded, known, shared)
    scored = SERVICE.assess(observation.values, buyer_of(arrival))
    explanation = None
    if scored.assessment is not None:
        explanation = explain(scored.assessment, observation.values, observation.facts)
    stops = tuple(dict.fromkeys((*legal_stops(subject, observation.facts), *also)))
    ruling = ruled(arrival.policy, scored, stops, arrival.watched)
    cleared, codes = arrival.cleared, {each.code for each in explanation.reasons} if explanation else set()
    if cleared is not None and clearances.passes(cleared, arrival.policy, arrival.encoded, ruling, codes):
        ruling = clearances.let_pass(ruling)
        return Screened(arrival, subject, observation, scored, explanation, ruling, cleared.id)
    return Screened(arrival, subject, observation, scored, explanation, ruling)


def buyer_of(arrival: Arrival) -> Buyer:
    """By whom a rollout tells customers apart: the key under which they are known again."""
    return Buyer(arrival.submission.organisation_id, arrival.encoded.keys[KEY["customer"]], arrival.policy.rollout)


def ruled(policy: PolicyTable, scored: Scored, stops: tuple[Stop, ...], watched: tuple[str, ...] = ()) -> Ruling:
    """Policy's ruling; a missing score is the band `unscored`."""
    band = scored.assessment.band if scored.assessment else "unscored"
    return rule(policy, band, stops, watched)
