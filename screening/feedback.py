"""What became of an order: a judgement with author, time and a rule for conflicts, folded into history at once.

A label counts from `known_at`, the moment at which the service learnt it, never earlier: what was decided before
was decided without it. A later label on the same order withdraws the earlier one from history; both stay on record.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
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


@dataclass(frozen=True, slots=True)
class Judgement:
    """Who says what became of an order, and on what ground."""

    outcome: Outcome
    source: str
    author_id: UUID | None = None
    note: str | None = None


def judge(session: Session, order: Order, judgement: Judgement) -> Label:
    """Record a judgement and let the order's parties know it. The caller commits."""
    days.ensure(order.organisation_id)
    encoded = _encoded(session, order.version_id)
    earlier = _earlier(session, order)
    before = _encoded(session, earlier.order_version_id) if earlier else None
    touched = [encoded, before] if before else [encoded]
    states.take_turns(session, order.organisation_id, [], (f"reference:{order.reference}",))
    states.take_turns(session, order.organisation_id, touched)
    known = states.load(session, order.organisation_id, *touched)
    label = _label(session, order, judgement, states.latest_event(known))
    if earlier is not None and before is not None:
        learn(before, Lesson(_outcome(earlier), label.known_at, earlier.known_at), known)
    learn(encoded, Lesson(judgement.outcome, label.known_at), known)
    states.save(session, order.organisation_id, known)
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


def _earlier(session: Session, order: Order) -> Label | None:
    found = select(Label).where(col(Label.order_id) == order.id).order_by(col(Label.known_at).desc())
    return session.exec(found).first()


def _label(session: Session, order: Order, judgement: Judgement, last: datetime | None) -> Label:
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
    )


def _entry(order: Order, judgement: Judgement) -> audit.AuditEntry:
    return audit.AuditEntry(
        action="order.judged",
        actor=f"user:{judgement.author_id}",
        organisation_id=order.organisation_id,
        subject_id=order.id,
        details={"outcome": judgement.outcome, "source": judgement.source},
    )
