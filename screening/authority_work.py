"""What people of an authority do about its own work: who has a report, what ran over, and what is done about it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session, col, select

from screening import answering, closings, people, referrals
from screening.access import Principal, require
from screening.audit import AuditEntry, record
from screening.errors import Conflict, NotFound, Text
from screening.ids import utc_now
from screening.tables.cases import Referral, ReferralWork
from screening.tables.people import Role, User


class NotOverdue(Conflict):
    code = "not_overdue"
    detail = Text("The report has not run over its term.", "Срок по этому сообщению не истёк.")


@dataclass(frozen=True, slots=True)
class Overdue:
    """A report that ran over, and the work on it."""

    referral: Referral
    work: ReferralWork


def assign(session: Session, principal: Principal, referral_id: UUID, assignee_id: UUID) -> ReferralWork:
    """Give a report to a colleague. Raises Forbidden, NotFound, ReportClosed."""
    referral = referrals.addressed(session, principal, referral_id)
    closings.refuse_closed(session, referral.id)
    assignee = people.colleague(session, principal, assignee_id)
    work = _locked(session, referral)
    work.assignee_id = assignee.id
    answering.note_assigned(session, work, principal.actor, principal.organisation_id)
    return work


def overdue(session: Session, principal: Principal) -> list[Overdue]:
    """Reports that ran over and wait for a word, the oldest first, for the chiefs of the authority."""
    require(principal, "chief")
    query = (
        select(Referral, ReferralWork)
        .join(ReferralWork, col(ReferralWork.referral_id) == col(Referral.id))
        .where(ReferralWork.authority_code == principal.authority_code)
        .where(col(ReferralWork.escalated_at).is_not(None), col(ReferralWork.stopped_at).is_(None))
    )
    return [Overdue(*row) for row in session.exec(query.order_by(col(ReferralWork.due_on)))]


def take_note(session: Session, principal: Principal, referral_id: UUID, note: str) -> ReferralWork:
    """A chief has seen that a report ran over, and says what is done. Raises Forbidden, NotFound, NotOverdue."""
    require(principal, "chief")
    referral = referrals.addressed(session, principal, referral_id)
    work = _locked(session, referral)
    if work.escalated_at is None:
        raise NotOverdue
    if work.seen_at is None:
        work.seen_at, work.seen_by = utc_now(), principal.user_id
    told = {"note": note, "due_on": work.due_on.isoformat()}
    record(session, AuditEntry("referral.overdue_seen", principal.actor, principal.organisation_id, referral.id, told))
    return work


def _locked(session: Session, referral: Referral) -> ReferralWork:
    """The work on a report. Raises NotFound for one that was sent before there were clocks."""
    work = session.get(ReferralWork, referral.id, with_for_update=True)
    if work is None:
        raise NotFound
    return work


def of(session: Session, referrals_: list[UUID]) -> dict[UUID, ReferralWork]:
    """The authority's work on these reports; a company has none to see."""
    found = session.exec(select(ReferralWork).where(col(ReferralWork.referral_id).in_(referrals_)))
    return {each.referral_id: each for each in found}


def team(session: Session, principal: Principal) -> dict[UUID, str]:
    """Regulators of the caller's authority with their names, by name."""
    query = (
        select(User.id, User.name)
        .join(Role, col(Role.user_id) == col(User.id))
        .where(User.organisation_id == principal.organisation_id, col(User.active))
        .where(col(Role.role).in_(("regulator", "chief")))
        .distinct()
    )
    return {row[0]: row[1] for row in session.execute(query.order_by(col(User.name), col(User.id)))}
