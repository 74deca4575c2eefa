"""What became of an order: a judgement with author, time and a rule for conflicts, folded into history at once.

A label counts from `known_at`, the moment at which the service learnt it, never earlier: what was decided before
was decided without it. Of two that contradict each other the higher ground wins, on equal ground the later:

    case         a person released or refused the order, with nothing but risk to weigh
    officer      somebody of the company says what became of it
    incident     an authority filed an incident that names the order's referral
    authority    the authority it was referred to says what became of it, or instructed

The winner withdraws the earlier one from history; `unknown` withdraws without putting anything in its place, and then
lower ground may speak again. What loses is on record and counts nowhere. Nothing is ever changed or deleted, so what
was known at a moment stays what it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session, col, select

from features.encode import EncodedOrder, encode
from features.online import Lesson, learn
from features.records import Outcome
from screening import audit, days, life, states
from screening.ids import new_id
from screening.tables.orders import DayBook, Label, Order, OrderVersion
from screening.versions import record_of

Ground = Literal["case", "officer", "incident", "authority"]
RANKS: dict[Ground, int] = {"case": 1, "officer": 2, "incident": 3, "authority": 4}


@dataclass(frozen=True, slots=True)
class Judgement:
    """Who says what became of an order, and on what ground."""

    outcome: Outcome
    source: str
    author_id: UUID | None = None
    note: str | None = None
    kind: Ground = "officer"
    evidence_id: UUID | None = None

    @property
    def rank(self) -> int:
        return RANKS[self.kind]


def judge(session: Session, order: Order, judgement: Judgement) -> Label:
    """Record a judgement and, where it counts, let the order's parties know it. The caller commits.

    The same evidence judges an order once: asked again, the label it gave is returned.
    """
    days.ensure(order.organisation_id)
    encoded = _encoded(session, order.version_id)
    states.take_turns(session, order.organisation_id, [], (f"reference:{order.reference}",))
    if judgement.evidence_id and (given := _of_evidence(session, order, judgement.evidence_id)):
        return given
    earlier = standing(session, order.id)
    if earlier is not None and earlier.outcome != "unknown" and earlier.rank > judgement.rank:
        return _kept(session, order, judgement, _label(session, order, judgement, earlier.known_at, counts=False))
    before = _encoded(session, earlier.order_version_id) if earlier else None
    touched = [encoded, before] if before else [encoded]
    states.take_turns(session, order.organisation_id, touched)
    known = states.load(session, order.organisation_id, *touched)
    label = _label(session, order, judgement, states.latest_event(known))
    if earlier is not None and before is not None:
        learn(before, Lesson(_outcome(earlier), label.known_at, earlier.known_at), known)
    learn(encoded, Lesson(judgement.outcome, label.known_at), known)
    states.save(session, order.organisation_id, known)
    return _kept(session, order, judgement, label)


def standing(session: Session, order_id: UUID) -> Label | None:
    """The label that counts now."""
    found = select(Label).where(col(Label.order_id) == order_id, col(Label.counts))
    return session.exec(found.order_by(col(Label.known_at).desc(), col(Label.id).desc())).first()


def _of_evidence(session: Session, order: Order, evidence_id: UUID) -> Label | None:
    found = select(Label).where(col(Label.order_id) == order.id, col(Label.evidence_id) == evidence_id)
    return session.exec(found).first()


def _kept(session: Session, order: Order, judgement: Judgement, label: Label) -> Label:
    session.add(label)
    step = "lose" if judgement.outcome == "loss_or_theft" else "close"
    order.state = life.ORDER.get((order.state, step), order.state) if judgement.outcome != "unknown" else order.state
    audit.record(session, _entry(order, judgement))
    return label


def _encoded(session: Session, version_id: UUID) -> EncodedOrder:
    return encode(record_of(session.get_one(OrderVersion, version_id)))


def _outcome(label: Label) -> Outcome:
    outcome: Outcome = label.outcome  # type: ignore[assignment]
    return outcome


def _label(
    session: Session, order: Order, judgement: Judgement, last: datetime | None, *, counts: bool = True
) -> Label:
    book = session.get_one(DayBook, order.organisation_id, populate_existing=True)
    now: datetime = session.execute(text("SELECT clock_timestamp()")).scalar_one()
    return Label(
        id=new_id(),
        organisation_id=order.organisation_id,
        order_id=order.id,
        order_version_id=order.version_id,
        outcome=judgement.outcome,
        known_at=days.within(max(now, last + timedelta(microseconds=1)) if last else now, book.day),
        source=judgement.source,
        author_id=judgement.author_id,
        note=judgement.note,
        kind=judgement.kind,
        rank=judgement.rank,
        counts=counts,
        evidence_id=judgement.evidence_id,
    )


def _entry(order: Order, judgement: Judgement) -> audit.AuditEntry:
    return audit.AuditEntry(
        action="order.judged",
        actor=f"user:{judgement.author_id}",
        # What an authority says of an order is no entry of the company's tree: its people read that.
        organisation_id=None if judgement.kind in ("authority", "incident") else order.organisation_id,
        subject_id=order.id,
        details={"outcome": judgement.outcome, "source": judgement.source, "kind": judgement.kind},
    )
