"""The case of an order that was not released: who works on it, what they decided and why.

    state        assign      hold        release     refuse     refer
    open         in_review   in_review   released    refused    referred
    in_review    in_review   in_review   released    refused    referred
    referred     referred    referred    released*   refused    referred
    released     -           -           -           -          -
    refused      -           -           -           -          -

    * only once the authority has instructed `release` or `controlled_delivery`, and only by somebody who may know of it

An amended order that is held again opens its case again; one that is released closes it. Every decision passes
`decide`, with a reason; that is the one place where a second person's approval would be asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from uuid import UUID

from sqlmodel import Session, col, select

from screening import notifications, outbox, permits, webhooks
from screening.access import Principal, require
from screening.audit import AuditEntry, record
from screening.errors import Conflict, FieldFault, Invalid, NotFound, Text
from screening.ids import utc_now
from screening.orders import neutral_answer
from screening.people import colleague
from screening.tables.cases import Case, CaseEvent, Instruction, Referral
from screening.tables.orders import Decision, Order

CaseAction = Literal["release", "hold", "refuse"]
REVIEW_TIME = timedelta(hours=24)  # triage is a same-day task
NEXT_STATE: dict[tuple[str, str], str] = {
    ("open", "assign"): "in_review",
    ("open", "hold"): "in_review",
    ("open", "release"): "released",
    ("open", "refuse"): "refused",
    ("open", "refer"): "referred",
    ("in_review", "assign"): "in_review",
    ("in_review", "hold"): "in_review",
    ("in_review", "release"): "released",
    ("in_review", "refuse"): "refused",
    ("in_review", "refer"): "referred",
    ("referred", "assign"): "referred",
    ("referred", "hold"): "referred",
    ("referred", "release"): "released",
    ("referred", "refuse"): "refused",
    ("referred", "refer"): "referred",
}
CLOSED = frozenset({"released", "refused"})
LETTING_GO = frozenset({"release", "controlled_delivery"})


class CaseClosed(Conflict):
    code = "case_closed"
    detail = Text("The case is {state}; it cannot be changed.", "Дело в состоянии {state}, изменить его нельзя.")
    remedy = Text("An amended order opens it again.", "Его откроет снова изменённый заказ.")


class CaseChanged(Conflict):
    code = "case_changed"
    detail = Text("Somebody changed the case since you read it.", "Дело изменили после того, как вы его прочли.")


class AuthorityNotAnswered(Conflict):
    code = "authority_not_answered"
    detail = Text(
        "The order is with the authority, which has not told you to release it.",
        "Заказ у компетентного органа, указания отпустить его нет.",
    )
    remedy = Text("Wait for the instruction, or refuse the order.", "Дождитесь указания или откажите в заказе.")


@dataclass(frozen=True, slots=True)
class Verdict:
    """An officer's decision. `seen` is the case's version the officer read, None to skip that check."""

    action: CaseAction
    reason: str
    seen: int | None = None


@dataclass(frozen=True, slots=True)
class Happening:
    """One entry of a case's history."""

    kind: str
    action: str | None = None
    reason: str | None = None


def open_case(session: Session, order: Order, *, refer: bool, reasons: list[str]) -> None:
    """Open the order's case, or open it again; where policy says so, queue its referral in the same transaction."""
    now = utc_now()
    case = session.exec(select(Case).where(Case.order_id == order.id).with_for_update()).first()
    again = case is not None
    if case is None:
        case = Case(
            organisation_id=order.organisation_id,
            order_id=order.id,
            order_version_id=order.version_id,
            reasons=reasons,
            due_at=now + REVIEW_TIME,
        )
        session.add(case)
    else:
        case.order_version_id, case.reasons = order.version_id, reasons
        case.state, case.closed_at, case.due_at = "open", None, now + REVIEW_TIME
        case.version += 1
    session.flush()
    session.add(CaseEvent(case_id=case.id, kind="reopened" if again else "opened", state_after="open"))
    if refer:
        job = {"case": str(case.id), "order_version": str(order.version_id)}
        outbox.enqueue(session, "referral.policy", job, organisation_id=order.organisation_id)


def close_if_open(session: Session, order: Order) -> None:
    """Close the case of an order whose amended version is released. One that an authority has stays with it."""
    case = session.exec(select(Case).where(Case.order_id == order.id).with_for_update()).first()
    if case is not None and case.state in ("open", "in_review"):
        case.state, case.closed_at, case.order_version_id = "released", utc_now(), order.version_id
        case.version += 1
        session.add(CaseEvent(case_id=case.id, kind="closed", action="release", state_after="released"))


def find_case(session: Session, principal: Principal, case_id: UUID, *, lock: bool = False) -> Case:
    """A case of the caller's own company. Raises NotFound for absent and foreign ones alike."""
    query = select(Case).where(Case.id == case_id, Case.organisation_id == principal.organisation_id)
    case = session.exec(query.with_for_update() if lock else query).first()
    if case is None:
        raise NotFound
    return case


def assign(session: Session, principal: Principal, case_id: UUID, assignee_id: UUID) -> Case:
    """Give the case to an officer or supervisor of the company."""
    require(principal, "officer", "supervisor")
    case = find_case(session, principal, case_id, lock=True)
    assignee = colleague(session, principal, assignee_id)
    _move(case, "assign")
    case.assignee_id = assignee.id
    _note_event(session, principal, case, Happening("assigned", reason=assignee.name))
    return case


def note(session: Session, principal: Principal, case_id: UUID, text: str) -> CaseEvent:
    """Write a note on the case, open or closed."""
    require(principal, "officer", "supervisor")
    case = find_case(session, principal, case_id, lock=True)
    return _note_event(session, principal, case, Happening("note", reason=text))


def decide(session: Session, principal: Principal, case_id: UUID, verdict: Verdict) -> Case:
    """Release, hold or refuse the order, with the reason on record.

    Raises:
        Forbidden, NotFound, Invalid (no reason), CaseChanged, CaseClosed, AuthorityNotAnswered; PermitOverdrawn and
        Objected where a release would break a limit of law that no person may waive.
    """
    require(principal, "officer", "supervisor")
    if not verdict.reason.strip():
        reason = Text("is missing", "отсутствует")
        remedy = Text("Say why you decide so.", "Напишите, почему вы так решили.")
        raise Invalid(faults=(FieldFault("reason", "missing", reason, remedy),))
    case = find_case(session, principal, case_id, lock=True)
    if verdict.seen is not None and verdict.seen != case.version:
        raise CaseChanged
    if case.state == "referred" and verdict.action == "release" and not _told_to_let_go(session, principal, case):
        raise AuthorityNotAnswered
    _move(case, verdict.action)
    order, decision = _keep_decision(session, principal, case, verdict)
    _keep_to_law(session, order, verdict)
    case.closed_at = utc_now() if case.state in CLOSED else None
    _note_event(session, principal, case, Happening("decided", verdict.action, verdict.reason))
    message = webhooks.Message("order.status", decision.id, neutral_answer(order))
    webhooks.announce(session, case.organisation_id, message)
    return case


def mark_referred(session: Session, case: Case, event: CaseEvent, actor: str) -> None:
    """Move the case to the authority; `actor` is the officer or the policy."""
    _move(case, "refer")
    event.case_id, event.state_after = case.id, case.state
    session.add(event)
    record(session, AuditEntry("case.referred", actor, case.organisation_id, case.id, {"version": case.version}))


def events(session: Session, principal: Principal, case: Case) -> list[CaseEvent]:
    """What happened to the case, oldest first, without what the caller may not know of."""
    query = (
        select(CaseEvent, Instruction)
        .outerjoin(Instruction, col(Instruction.id) == col(CaseEvent.instruction_id))
        .where(CaseEvent.case_id == case.id)
        .order_by(col(CaseEvent.created_at), col(CaseEvent.id))
    )
    return [event for event, instruction in session.exec(query) if may_know(principal, instruction)]


def may_know(principal: Principal, instruction: Instruction | None) -> bool:
    """Whether the company's person may know of the instruction: a controlled delivery only supervisors and the named.

    Controlled delivery is a decision of law enforcement (1988 Convention art 11); everybody else sees no trace of it.
    """
    if instruction is None or instruction.kind != "controlled_delivery":
        return True
    return principal.has("supervisor") or str(principal.user_id) in instruction.named


def _told_to_let_go(session: Session, principal: Principal, case: Case) -> bool:
    query = (
        select(Instruction)
        .join(Referral, col(Referral.id) == col(Instruction.referral_id))
        .where(Referral.order_version_id == case.order_version_id, Referral.case_id == case.id)
        .order_by(col(Instruction.created_at))
    )
    known = [each for each in session.exec(query) if may_know(principal, each) and each.kind != "ask"]
    return bool(known) and known[-1].kind in LETTING_GO


def _keep_decision(session: Session, principal: Principal, case: Case, verdict: Verdict) -> tuple[Order, Decision]:
    order = session.exec(select(Order).where(Order.id == case.order_id).with_for_update()).one()
    latest = session.exec(
        select(Decision)
        .where(Decision.order_version_id == case.order_version_id)
        .order_by(col(Decision.number).desc())
        .limit(1)
    ).one()
    decision = Decision(
        organisation_id=case.organisation_id,
        order_version_id=case.order_version_id,
        number=latest.number + 1,
        disposition=verdict.action,
        maker="person",
        policy_version=latest.policy_version,
        stops=latest.stops,
        reasons=latest.reasons,
        decided_by=principal.user_id,
        reason=verdict.reason,
    )
    session.add(decision)
    order.disposition = verdict.action
    return order, decision


def _keep_to_law(session: Session, order: Order, verdict: Verdict) -> None:
    """A release draws from the order's permits and needs a notification not objected to; a refusal gives back."""
    if verdict.action == "release":
        notifications.refuse_objected(session, order.id)
        permits.draw_again(session, order)
    elif verdict.action == "refuse":
        permits.free(session, order)


def _move(case: Case, action: str) -> None:
    after = NEXT_STATE.get((case.state, action))
    if after is None:
        raise CaseClosed(state=case.state)
    case.state = after
    case.version += 1


def _note_event(session: Session, principal: Principal, case: Case, what: Happening) -> CaseEvent:
    event = CaseEvent(
        case_id=case.id,
        actor_id=principal.user_id,
        kind=what.kind,
        action=what.action,
        reason=what.reason,
        state_after=case.state,
    )
    session.add(event)
    told = {"action": what.action, "reason": what.reason, "state": case.state}
    record(session, AuditEntry(f"case.{what.kind}", principal.actor, case.organisation_id, case.id, told))
    return event
