"""The authority's side of a report: whose it is, until when it is answered, who stands in, and what runs over.

The term is the working days that a competent authority has to decide an application, counted from the report, or from
the company's answer to a question: while a question is open at the company the clock stands still. An instruction on
the order stops it. What runs over is escalated once, on record, to the authority's chiefs. The company sees no clock:
under a controlled delivery it would tell by standing still.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, col, exists, func, select

from features.reference.authorities import load_authorities
from features.reference.duties import law
from screening import cases
from screening.audit import AuditEntry, record
from screening.duties.clocks import due_on
from screening.ids import utc_now
from screening.settings import settings
from screening.tables.cases import Question, Referral, ReferralWork
from screening.tables.people import Organisation, Role, User

AT_ONCE = 200


def term_from(day: date, authority_code: str) -> date:
    """The last day for an answer that is asked on a day. Raises ValueError where no act in force sets a term."""
    known = {each.code: each.country for each in load_authorities(settings().authorities_file)}
    country = known.get(authority_code)
    ends = (due_on(duty, day, country) for duty in law().in_force(day) if duty.deadline_from == "application")
    return min(end for end in ends if end is not None)


def begin(session: Session, referral: Referral) -> None:
    """The clock of a report that has just been sent. In the service's scope."""
    ends = term_from(utc_now().date(), referral.authority_code)
    session.add(ReferralWork(referral_id=referral.id, authority_code=referral.authority_code, due_on=ends))
    session.flush()


def stop(session: Session, referral: Referral) -> None:
    """The authority has said what is to become of the order."""
    work = session.get(ReferralWork, referral.id)
    if work is not None and work.stopped_at is None:
        work.stopped_at = utc_now()


def begin_again(session: Session, referral: Referral) -> None:
    """The company has answered: the term is counted anew. In the service's scope."""
    work = session.get(ReferralWork, referral.id)
    if work is not None and work.stopped_at is None:
        work.due_on = max(work.due_on, term_from(utc_now().date(), referral.authority_code))


def escalate_due(session: Session) -> int:
    """Escalate every report whose term is over; how many there were. The beat calls this."""
    open_question = exists().where(
        col(Question.referral_id) == col(ReferralWork.referral_id), col(Question.answered_at).is_(None)
    )
    due = select(ReferralWork).where(
        col(ReferralWork.stopped_at).is_(None), col(ReferralWork.escalated_at).is_(None), ~open_question,
        col(ReferralWork.due_on) < utc_now().date(),
    )  # fmt: skip
    found = list(session.exec(due.limit(AT_ONCE).with_for_update(skip_locked=True)))
    for work in found:
        work.escalated_at = utc_now()
        referral = session.get_one(Referral, work.referral_id)
        cases.move_order(session, referral.order_id, referral.order_version_id, "expire")
        told = {"due_on": work.due_on.isoformat(), "assignee": str(work.assignee_id)}
        record(session, AuditEntry("referral.overdue", "clock", _house(session, work), referral.id, told))
    return len(found)


def give_out(session: Session) -> int:
    """Give reports that nobody present has to somebody; how many. The beat calls this.

    Who is away has named a deputy, who takes theirs over; without one it is the least loaded regulator who is there.
    """
    away = select(User.id).where(~_present())
    idle = select(ReferralWork).where(
        col(ReferralWork.stopped_at).is_(None),
        or_(col(ReferralWork.assignee_id).is_(None), col(ReferralWork.assignee_id).in_(away)),
    )
    given = 0
    teams: dict[str, Counter[UUID]] = {}
    for work in session.exec(idle.order_by(col(ReferralWork.due_on)).limit(AT_ONCE).with_for_update(skip_locked=True)):
        loads = teams.setdefault(work.authority_code, _loads(session, work.authority_code))
        chosen = _deputy(session, work, loads) or min(loads, key=lambda person: (loads[person], person), default=None)
        if chosen is None:
            continue
        loads[chosen] += 1
        work.assignee_id = chosen
        note_assigned(session, work, "policy", _house(session, work))
        given += 1
    return given


def _deputy(session: Session, work: ReferralWork, loads: Counter[UUID]) -> UUID | None:
    """The deputy of who has it, if that one is there."""
    if work.assignee_id is None:
        return None
    deputy = session.get_one(User, work.assignee_id).deputy_id
    return deputy if deputy in loads else None


def _loads(session: Session, authority_code: str) -> Counter[UUID]:
    """Regulators of an authority who are there today, with how many reports each has to answer."""
    team = session.exec(
        select(User.id)
        .join(Role, col(Role.user_id) == col(User.id))
        .join(Organisation, col(Organisation.id) == col(User.organisation_id))
        .where(Organisation.authority_code == authority_code, col(User.active), Role.role == "regulator", _present())
    ).all()
    held = select(ReferralWork.assignee_id, func.count()).where(
        col(ReferralWork.assignee_id).in_(team), col(ReferralWork.stopped_at).is_(None)
    )
    counted = dict(session.exec(held.group_by(col(ReferralWork.assignee_id))).all())
    return Counter({person: counted.get(person, 0) for person in team})


def _present() -> ColumnElement[bool]:
    """SQL over User: there today. A person without a day of return is away until further notice."""
    today = utc_now().date()
    return or_(col(User.absent_from).is_(None), col(User.absent_from) > today, col(User.absent_to) < today)


def note_assigned(session: Session, work: ReferralWork, actor: str, house: UUID | None) -> None:
    told = {"to": str(work.assignee_id)}
    record(session, AuditEntry("referral.assigned", actor, house, work.referral_id, told))


def _house(session: Session, work: ReferralWork) -> UUID | None:
    """The authority's own tree of the audit log; None where it does not use the service."""
    return session.exec(select(Organisation.id).where(Organisation.authority_code == work.authority_code)).first()
