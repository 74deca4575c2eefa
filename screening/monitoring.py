"""An authority's watch over one customer of one company, for a time: what `monitor` does.

While it lasts every order in which the customer is buyer or end user is held for a look, as policy says for
`monitored` (asked within the statement that opens every order), and is marked for the authority by the sweep that
looks for operations and incidents. A later `monitor` of the same referral takes its place: so it is prolonged or cut.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session, col, select

from features.intake import OrderIn
from screening import keyed, referrals, refusals, watching
from screening.access import Principal
from screening.ids import utc_now
from screening.tables.cases import Instruction, Monitor, MonitorMark, Referral
from screening.tables.exchange import WatchMatch
from screening.tables.orders import OrderVersion


def begin(session: Session, referral: Referral, instruction: Instruction) -> None:
    """Watch the customer of the referred order until the instruction's day. In the service's scope."""
    assert instruction.until is not None
    _replace(session, referral)
    version = session.get_one(OrderVersion, referral.order_version_id)
    order = OrderIn.model_validate_json(version.body)
    made = Monitor(
        organisation_id=referral.organisation_id,
        referral_id=referral.id,
        instruction_id=instruction.id,
        authority_code=referral.authority_code,
        until=instruction.until,
        marks=keyed.marks(keyed.WATCH, keyed.buyers(order)),
    )
    session.add(made)
    session.flush()
    session.add_all(
        MonitorMark(monitor_id=made.id, hash=mark, organisation_id=made.organisation_id, until=made.until)
        for mark in refusals.marks_of(order)  # the hashes that every order asks with
    )


def _replace(session: Session, referral: Referral) -> None:
    standing = select(Monitor).where(Monitor.referral_id == referral.id, col(Monitor.ended_at).is_(None))
    for each in session.exec(standing):
        _end(session, each)


def end_due(session: Session) -> int:
    """End the watches whose last day is over; how many. The beat calls this."""
    due = select(Monitor).where(col(Monitor.ended_at).is_(None), col(Monitor.until) < utc_now().date())
    found = list(session.exec(due.with_for_update(skip_locked=True)))
    for each in found:
        _end(session, each)
    return len(found)


def _end(session: Session, monitor: Monitor) -> None:
    monitor.ended_at = utc_now()
    session.execute(delete(MonitorMark).where(col(MonitorMark.monitor_id) == monitor.id))


def seen(session: Session, principal: Principal, referral_id: UUID) -> list[watching.Marked]:
    """The orders that the authority's watches of this referral met, oldest first. Raises Forbidden, NotFound."""
    referral = referrals.addressed(session, principal, referral_id)
    begun = select(Monitor.id).where(Monitor.referral_id == referral.id)
    query = select(WatchMatch).where(
        col(WatchMatch.watch_id).in_(begun), WatchMatch.authority_code == principal.authority_code
    )
    found = session.exec(query.order_by(col(WatchMatch.received_at), col(WatchMatch.id)))
    unique = {each.order_version_id: each for each in found}
    return watching.told(session, tuple(unique.values()))


def standing(session: Session, referral_id: UUID) -> Monitor | None:
    """The watch that runs out of this referral, for its authority."""
    query = select(Monitor).where(Monitor.referral_id == referral_id, col(Monitor.ended_at).is_(None))
    return session.exec(query).first()
