"""Who gets a case: by hand, by asking for the next one, or the least loaded officer who is present."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from screening import cases
from screening.access import Principal, require
from screening.audit import AuditEntry, record
from screening.errors import FieldFault, Invalid, Text
from screening.ids import utc_now
from screening.life import OPEN_CASES
from screening.tables.cases import Case, CaseEvent
from screening.tables.people import Role, User

AT_ONCE = 200  # cases that one sweep gives out


def take_next(session: Session, principal: Principal) -> Case | None:
    """Give the caller the most pressing open case that nobody has; None when there is none.

    Ranked: the legal clock first (what is overdue, oldest first), then harm times probability, the harm of an order
    being its kilograms; an unscored order counts as certain. Cases taken at the same moment are different ones.
    """
    require(principal, "officer", "supervisor")
    if principal.user_id is None:
        return None
    risk = func.coalesce(col(Case.probability), 1.0) * func.ln(2 + func.coalesce(col(Case.kilograms), 0))
    overdue = func.least(col(Case.due_at), utc_now())
    query = (
        select(Case)
        .where(Case.organisation_id == principal.organisation_id, Case.state == "open", col(Case.assignee_id).is_(None))
        .order_by(overdue, risk.desc(), col(Case.id))
        .limit(1)
    )
    case = session.exec(query.with_for_update(of=Case, skip_locked=True)).first()
    return cases.assign(session, principal, case.id, principal.user_id) if case is not None else None


def give_out(session: Session) -> int:
    """Give cases that nobody has to the least loaded officer present of their company; how many. The beat calls this.

    The case's version stays: who reads it at this moment may still decide.
    """
    unheld = select(Case).where(Case.state == "open", col(Case.assignee_id).is_(None)).order_by(col(Case.due_at))
    given = 0
    teams: dict[UUID, Counter[UUID]] = {}
    for case in session.exec(unheld.limit(AT_ONCE).with_for_update(skip_locked=True)):
        loads = teams.setdefault(case.organisation_id, _loads(session, case.organisation_id))
        if not loads:
            continue
        chosen = min(loads, key=lambda person: (loads[person], person))
        loads[chosen] += 1
        given += 1
        case.assignee_id = chosen
        name = session.get_one(User, chosen).name
        session.add(CaseEvent(case_id=case.id, kind="assigned", reason=name, state_after=case.state))
        record(session, AuditEntry("case.assigned", "policy", case.organisation_id, case.id, {"to": str(chosen)}))
    return given


def _loads(session: Session, organisation_id: UUID) -> Counter[UUID]:
    """Officers of a company who are there today, with how many open cases each has."""
    today = utc_now().date()
    present = or_(col(User.absent_from).is_(None), col(User.absent_from) > today, col(User.absent_to) < today)
    team = session.exec(
        select(User.id)
        .join(Role, col(Role.user_id) == col(User.id))
        .where(User.organisation_id == organisation_id, col(User.active), Role.role == "officer", present)
    ).all()
    held = select(Case.assignee_id, func.count()).where(
        col(Case.assignee_id).in_(team), col(Case.state).in_(OPEN_CASES)
    )
    counted = dict(session.exec(held.group_by(col(Case.assignee_id))).all())
    return Counter({person: counted.get(person, 0) for person in team})


@dataclass(frozen=True, slots=True)
class Absence:
    """From one day to another, both included; no start is present, no end is until further notice.

    `deputy_id`: the colleague who has an authority's reports meanwhile.
    """

    start: date | None = None
    end: date | None = None
    deputy_id: UUID | None = None


def set_absence(session: Session, principal: Principal, absence: Absence) -> None:
    """Be away, or present again. Raises Forbidden, Invalid (days, or a deputy who cannot be)."""
    require(principal, "officer", "supervisor", "regulator")
    start, end = absence.start, absence.end
    if end is not None and (start is None or end < start):
        wrong = Text("is before the first day", "раньше первого дня")
        remedy = Text("Correct the days.", "Исправьте даты.")
        raise Invalid(faults=(FieldFault("absent_to", "order", wrong, remedy),))
    if principal.user_id is not None:
        user = session.get_one(User, principal.user_id)
        _check_deputy(session, principal, absence.deputy_id)
        user.absent_from, user.absent_to, user.deputy_id = start, end, absence.deputy_id
        told = {"from": str(start), "to": str(end), "deputy": str(absence.deputy_id)}
        record(session, AuditEntry("person.absence_set", principal.actor, user.organisation_id, user.id, told))


def _check_deputy(session: Session, principal: Principal, deputy_id: UUID | None) -> None:
    if deputy_id is None:
        return
    fit = (
        select(User.id)
        .join(Role, col(Role.user_id) == col(User.id))
        .where(User.id == deputy_id, User.organisation_id == principal.organisation_id, col(User.active))
        .where(Role.role == "regulator", User.id != principal.user_id)
    )
    if session.exec(fit).first() is None:
        wrong = Text("is no other regulator of your authority", "не другой регулятор вашего органа")
        remedy = Text("Name a colleague, or leave it out.", "Назовите коллегу или не указывайте.")
        raise Invalid(faults=(FieldFault("deputy_id", "person", wrong, remedy),))
