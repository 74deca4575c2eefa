"""Operations: a named, dated watch that one authority runs and others take part in.

It watches for goods (scheduled or not), lanes and parties, in the orders that its members answer for. Matching orders
are marked for the member that answers for them and counted for all; companies never see any of it. At its end the
counts are written down once as its report.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, or_, select

from features.intake import PartyIn
from screening import incidents, keyed
from screening.access import Principal
from screening.audit import AuditEntry, record
from screening.errors import Conflict, FieldFault, Invalid, NotFound, Text
from screening.ids import utc_now
from screening.incidents import code_of
from screening.tables.exchange import Operation, OperationMember, WatchMatch
from screening.tenancy import as_service

REPORT = "tamga-operation/1"


class OperationEnded(Conflict):
    code = "operation_ended"
    detail = Text("The operation has ended.", "Операция завершена.")
    remedy = Text("Its report is final; open a new one.", "Отчёт окончательный; начните новую.")


@dataclass(frozen=True, slots=True)
class Plan:
    """What an operation watches for. `lanes` are pairs of countries, goods any name or CAS number."""

    name: str
    purpose: str
    starts_on: date
    ends_on: date
    substances: tuple[str, ...] = ()
    lanes: tuple[tuple[str, str], ...] = ()
    parties: tuple[PartyIn, ...] = ()
    invited: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """An operation, who takes part, the matches of the caller's own orders, and the count of all."""

    operation: Operation
    own: bool
    members: tuple[str, ...]
    matches: tuple[WatchMatch, ...]
    counted: int


def begin(session: Session, principal: Principal, plan: Plan) -> Told:
    """Begin an operation; the caller's authority leads it. Raises Forbidden, Invalid."""
    code = code_of(principal)
    _check(plan)
    invited = incidents.others(session, code, plan.invited)
    made = Operation(
        organisation_id=principal.organisation_id,
        authority_code=code,
        name=plan.name,
        purpose=plan.purpose,
        starts_on=plan.starts_on,
        ends_on=plan.ends_on,
        substances=list(plan.substances),
        lanes=[list(lane) for lane in plan.lanes],
        parties=[party.model_dump(mode="json", exclude_none=True) for party in plan.parties],
        marks=keyed.marks(keyed.WATCH, plan.parties),
    )
    session.add(made)
    session.flush()
    for each in (code, *invited):
        member = OperationMember(operation_id=made.id, authority_code=each, organisation_id=principal.organisation_id)
        session.add(member)
    session.flush()
    told = {"name": made.name, "members": [code, *invited]}
    record(session, AuditEntry("operation.begun", principal.actor, principal.organisation_id, made.id, told))
    return _told(session, principal, made)


def listed(session: Session, principal: Principal, limit: int = 200) -> list[Told]:
    """Operations the caller's authority runs or takes part in, newest first."""
    query = select(Operation).where(_readable(principal)).order_by(col(Operation.id).desc()).limit(limit)
    return [_told(session, principal, each) for each in session.exec(query)]


def find(session: Session, principal: Principal, operation_id: UUID) -> Told:
    """One operation. Raises Forbidden, NotFound."""
    found = session.exec(select(Operation).where(Operation.id == operation_id, _readable(principal))).first()
    if found is None:
        raise NotFound
    return _told(session, principal, found)


def end(session: Session, principal: Principal, operation_id: UUID) -> Told:
    """End an own operation before its day. Raises Forbidden, NotFound (another's too), OperationEnded."""
    told = find(session, principal, operation_id)
    if not told.own:
        raise NotFound
    if told.operation.state == "ended":
        raise OperationEnded
    close(session, told.operation, principal.actor)
    return _told(session, principal, told.operation)


def end_due(session: Session) -> int:
    """End what has passed its last day; how many. For the sweep."""
    query = select(Operation).where(Operation.state == "running", Operation.ends_on < utc_now().date())
    found = session.exec(query.with_for_update()).all()
    for operation in found:
        close(session, operation, "clock")
    return len(found)


def close(session: Session, operation: Operation, actor: str) -> None:
    """Write the report and end it."""
    operation.report = report(operation, _matches(session, operation.id))
    operation.state, operation.ended_at = "ended", utc_now()
    told = {"orders": operation.report["orders"]}
    record(session, AuditEntry("operation.ended", actor, operation.organisation_id, operation.id, told))


def report(operation: Operation, matches: Iterable[WatchMatch]) -> dict[str, Any]:
    """Counts and kilograms in all, by goods, by lane, by member; no company, no order, no party."""
    found = list({each.order_version_id: each for each in matches}.values())
    by_member = Counter(each.authority_code for each in matches)
    return {
        "format": REPORT,
        "name": operation.name,
        "from": operation.starts_on.isoformat(),
        "until": operation.ends_on.isoformat(),
        "orders": len(found),
        "kilograms": str(sum((Decimal(each.kilograms or 0) for each in found), Decimal(0))),
        "by_goods": dict(sorted(Counter(each.goods for each in found).items())),
        "by_lane": dict(sorted(Counter(each.lane for each in found).items())),
        "by_member": dict(sorted(by_member.items())),
    }


def _check(plan: Plan) -> None:
    faults = []
    if plan.ends_on < plan.starts_on:
        reason = Text("is before the first day", "раньше первого дня")
        faults.append(FieldFault("ends_on", "range", reason, Text("Correct the dates.", "Исправьте даты.")))
    if not (plan.substances or plan.lanes or plan.parties):
        reason = Text("says nothing to watch for", "не говорит, что искать")
        remedy = Text("Name goods, lanes or parties.", "Назовите товары, пути или стороны.")
        faults.append(FieldFault("substances", "missing", reason, remedy))
    if faults:
        raise Invalid(faults=tuple(faults))


def _readable(principal: Principal) -> Any:
    code = code_of(principal)
    joined = select(OperationMember.operation_id).where(OperationMember.authority_code == code)
    return or_(Operation.organisation_id == principal.organisation_id, col(Operation.id).in_(joined))


def _matches(session: Session, operation_id: UUID) -> list[WatchMatch]:
    query = select(WatchMatch).where(WatchMatch.watch_id == operation_id)
    with as_service(session):  # members see their own; the count and the report are of all
        return list(session.exec(query.order_by(col(WatchMatch.received_at), col(WatchMatch.id))))


def _told(session: Session, principal: Principal, operation: Operation) -> Told:
    members = select(OperationMember.authority_code).where(OperationMember.operation_id == operation.id)
    with as_service(session):  # who takes part is told to everybody who does
        joined = tuple(sorted(session.exec(members)))
    found = _matches(session, operation.id)
    own = tuple(each for each in found if each.authority_code == principal.authority_code)
    return Told(
        operation,
        operation.organisation_id == principal.organisation_id,
        joined,
        own,
        len({each.order_version_id for each in found}),
    )
