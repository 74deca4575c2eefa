"""What officers do with clearances: clear a pattern out of a released case, read them, end one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlmodel import Session, col, select

from features.encode import encode
from screening import cases, clearances
from screening.access import Principal, require
from screening.audit import AuditEntry, record
from screening.clearances import AlreadyCleared, ClearancesOff, NotToClear
from screening.errors import FieldFault, Invalid, NotFound, Text
from screening.ids import utc_now
from screening.policy import PolicyTable
from screening.tables.cases import Case
from screening.tables.clearances import Clearance
from screening.tables.orders import Assessment, Decision, OrderVersion, Policy
from screening.versions import record_of


@dataclass(frozen=True, slots=True)
class Standing:
    """A clearance and how many orders it has let pass."""

    clearance: Clearance
    used: int


def clear(session: Session, principal: Principal, case_id: UUID, reason: str, days: int | None = None) -> Clearance:
    """Clear the pattern of a released case for some days, by default as long as policy lets.

    Raises Forbidden, NotFound, Invalid (no reason, too long), NotToClear, ClearancesOff, AlreadyCleared.
    """
    require(principal, "officer", "supervisor")
    _check_words(reason)
    case = cases.find_case(session, principal, case_id, lock=True)
    first, last = _decisions(session, case)
    longest, factor = clearances.terms(_policy(session, first))
    if longest == 0:
        raise ClearancesOff
    if days is not None and not 1 <= days <= longest:
        wrong = Text(f"is not between 1 and {longest}", f"не от 1 до {longest}")
        remedy = Text("Choose within what policy allows.", "Выберите в пределах политики.")
        raise Invalid(faults=(FieldFault("days", "range", wrong, remedy),))
    order = encode(record_of(session.get_one(OrderVersion, case.order_version_id)))
    pattern, weight = clearances.pattern_of(order), clearances.weight_of(order)
    if not may_clear(case, first, last) or pattern is None or weight is None:
        raise NotToClear
    if _standing(session, principal, pattern) is not None:
        raise AlreadyCleared
    made = Clearance(
        organisation_id=case.organisation_id,
        case_id=case.id,
        order_version_id=case.order_version_id,
        pattern=pattern,
        limit_micro=int(weight * factor),
        reasons=sorted(_codes(session, case)),
        policy_version=first.policy_version,
        until=utc_now().date() + timedelta(days=days or longest),
        reason=reason,
        made_by=principal.user_id,
    )
    session.add(made)
    session.flush()
    told = {"case": str(case.id), "pattern": pattern, "until": made.until.isoformat(), "reason": reason}
    record(session, AuditEntry("clearance.made", principal.actor, case.organisation_id, made.id, told))
    return made


def may_clear(case: Case, first: Decision, last: Decision) -> bool:
    """Whether an elevated score alone held the case and a person released it."""
    released = case.state == "released" and case.kind == "held"
    return released and last.maker == "person" and not first.stops and tuple(first.reasons) == clearances.HELD_FOR


def end(session: Session, principal: Principal, clearance_id: UUID, reason: str) -> Clearance:
    """End a clearance: the next order of its pattern is held as any. Twice does no more than once."""
    require(principal, "officer", "supervisor")
    _check_words(reason)
    found = find(session, principal, clearance_id)
    if found.ended_at is None:
        found.ended_at, found.ended_by, found.end_reason = utc_now(), principal.user_id, reason
        told = {"reason": reason}
        record(session, AuditEntry("clearance.ended", principal.actor, found.organisation_id, found.id, told))
        session.flush()
    return found


def find(session: Session, principal: Principal, clearance_id: UUID) -> Clearance:
    """One of the caller's company. Raises Forbidden, NotFound for absent and foreign ones alike."""
    require(principal, "officer", "supervisor", "auditor")
    owned = (Clearance.id == clearance_id, Clearance.organisation_id == principal.organisation_id)
    found = session.exec(select(Clearance).where(*owned)).first()
    if found is None:
        raise NotFound
    return found


def listed(session: Session, principal: Principal) -> list[Standing]:
    """The company's clearances, newest first."""
    require(principal, "officer", "supervisor", "auditor")
    query = select(Clearance).where(Clearance.organisation_id == principal.organisation_id)
    rows = session.exec(query.order_by(col(Clearance.created_at).desc()).limit(200))
    return [Standing(each, clearances.used(session, each.id)) for each in rows]


def of_case(session: Session, case: Case) -> Clearance | None:
    """What was cleared out of this case for its order as it is now, and stands."""
    query = select(Clearance).where(Clearance.case_id == case.id, col(Clearance.ended_at).is_(None))
    return session.exec(query.where(Clearance.order_version_id == case.order_version_id)).first()


def _standing(session: Session, principal: Principal, pattern: str) -> Clearance | None:
    query = select(Clearance).where(
        Clearance.organisation_id == principal.organisation_id, Clearance.pattern == pattern,
        col(Clearance.ended_at).is_(None), col(Clearance.until) >= utc_now().date(),
    )  # fmt: skip
    return session.exec(query).first()


def _decisions(session: Session, case: Case) -> tuple[Decision, Decision]:
    query = select(Decision).where(Decision.order_version_id == case.order_version_id)
    found = session.exec(query.order_by(col(Decision.number))).all()
    return found[0], found[-1]


def _policy(session: Session, first: Decision) -> PolicyTable:
    return PolicyTable(first.policy_version, session.get_one(Policy, first.policy_version).rules)


def _codes(session: Session, case: Case) -> set[str]:
    told = session.get_one(Assessment, case.order_version_id).explanation
    return {str(each["code"]) for each in told.get("reasons", [])}


def _check_words(reason: str) -> None:
    if not reason.strip():
        missing, remedy = Text("is missing", "отсутствует"), Text("Say why.", "Напишите, почему.")
        raise Invalid(faults=(FieldFault("reason", "missing", missing, remedy),))
