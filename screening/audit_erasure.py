"""Retention, legal hold and erasure of audit events. What is erased is the text; leaf, place and proofs stay.

An erasure is itself an event: `audit.erased` names what it empties. It is numbered first; then the database's own
function empties exactly the events that it names, and refuses those under a legal hold. Records about the log itself
(`audit.*`) are never erased.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session, col, select

from features.reference.retention import kept_until
from screening import database
from screening.audit import APPEND_LOCK, BATCH, AuditEntry, append, record
from screening.errors import Conflict, NotFound, Text
from screening.ids import utc_now
from screening.settings import settings
from screening.tables.audit import AuditEvent, AuditHold
from screening.tables.people import Organisation

AT_ONCE = 500  # events that one record names


class OnHold(Conflict):
    code = "legal_hold"
    detail = Text("A legal hold is on these records.", "На эти записи наложен запрет на удаление.")
    remedy = Text("Wait until the hold is lifted.", "Дождитесь снятия запрета.")


class StillKept(Conflict):
    code = "retention"
    detail = Text("The law has these records kept until {until}.", "Закон требует хранить эти записи до {until}.")
    remedy = Text("Erase them after that day.", "Удалите их после этого дня.")


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be erased: events of an organisation about one subject, or all whose term is over; who and why."""

    organisation_id: UUID
    subject_id: str | None
    actor: str
    reason: str


def erase(wish: Wish, now: datetime | None = None) -> int:
    """Erase, in transactions of its own; returns how many events were emptied.

    About one subject all or nothing: raises NotFound, OnHold, StillKept. Without a subject it takes what is over its
    term and under no hold.
    """
    with database.session() as session:
        due = (
            _of_subject(session, wish, now or utc_now()) if wish.subject_id else _over(session, wish, now or utc_now())
        )
        made = [_recorded(session, wish, due[at : at + AT_ONCE]) for at in range(0, len(due), AT_ONCE)]
    number_all()
    with database.session() as session:
        call = text("SELECT tamga_erase_events(:record)")
        return sum(int(session.execute(call, {"record": each}).scalar_one()) for each in made)


def number_all() -> None:
    """Number what is staged, waiting for an appender that is at work."""
    numbered = BATCH
    while numbered:
        with database.session() as session:
            session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": APPEND_LOCK})
            numbered = append(session)


def hold(session: Session, wish: Wish) -> AuditHold:
    """Put a hold on events about the subject, or on all of the organisation's. They cannot be erased until lifted."""
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": APPEND_LOCK})  # no erasure is half-way
    made = AuditHold(organisation_id=wish.organisation_id, subject_id=wish.subject_id, reason=wish.reason)
    session.add(made)
    _note(session, "audit.held", wish, made.id)
    session.flush()
    return made


def lift(session: Session, wish: Wish) -> int:
    """Lift the holds on exactly this subject, or on the whole organisation; how many. Raises NotFound for none."""
    exact = (col(AuditHold.organisation_id) == wish.organisation_id, col(AuditHold.subject_id) == wish.subject_id)
    found = session.exec(select(AuditHold).where(*exact, col(AuditHold.lifted_at).is_(None))).all()
    if not found:
        raise NotFound
    for each in found:
        each.lifted_at = utc_now()
        _note(session, "audit.hold_lifted", wish, each.id)
    session.flush()
    return len(found)


def _note(session: Session, action: str, wish: Wish, hold_id: UUID) -> None:
    details = {"reason": wish.reason, "held_subject": wish.subject_id}
    record(session, AuditEntry(action, wish.actor, wish.organisation_id, hold_id, details))


def _recorded(session: Session, wish: Wish, events: Sequence[UUID]) -> UUID:
    details = {"event_ids": [str(event) for event in events], "reason": wish.reason}
    return record(session, AuditEntry("audit.erased", wish.actor, wish.organisation_id, None, details))


def _of_subject(session: Session, wish: Wish, now: datetime) -> list[UUID]:
    events = [event for event in _erasable(session, wish.organisation_id) if event.subject_id == wish.subject_id]
    if not events:
        raise NotFound
    if _held(session, wish.organisation_id) & {None, wish.subject_id}:
        raise OnHold
    until = max(_terms(session, wish.organisation_id, events))
    if until >= now.date():
        raise StillKept(until=until.isoformat())
    return [event.event_id for event in events]


def _over(session: Session, wish: Wish, now: datetime) -> list[UUID]:
    held = _held(session, wish.organisation_id)
    if None in held:
        return []
    events = [event for event in _erasable(session, wish.organisation_id) if event.subject_id not in held]
    terms = _terms(session, wish.organisation_id, events)
    return [event.event_id for event, until in zip(events, terms, strict=True) if until < now.date()]


def _terms(session: Session, organisation_id: UUID, events: Sequence[AuditEvent]) -> list[date]:
    """The last day on which each event has to be kept where its organisation is."""
    country, years = session.get_one(Organisation, organisation_id).country, settings().retention_years
    return [kept_until(event.at.date(), country, years) for event in events]


def _erasable(session: Session, organisation_id: UUID) -> Sequence[AuditEvent]:
    """Numbered events of the organisation that still have their text, without the log's records about itself."""
    query = select(AuditEvent).where(AuditEvent.organisation_id == organisation_id, AuditEvent.action != "erased")
    return session.exec(query.where(col(AuditEvent.action).not_like("audit.%")).order_by(col(AuditEvent.at))).all()


def _held(session: Session, organisation_id: UUID) -> set[str | None]:
    """Subjects under a hold; None among them where the whole organisation is."""
    query = select(AuditHold.subject_id).where(AuditHold.organisation_id == organisation_id)
    return set(session.exec(query.where(col(AuditHold.lifted_at).is_(None))))
