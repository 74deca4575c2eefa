"""The case of an order that was not released: who works on it, what they decided and why.

Which step leads from which state to which is in `screening.life`; the database holds the same table. A case that an
authority has is released only once it has instructed `release` or `controlled_delivery`, by somebody who may know of
it; what an authority's word does by itself is in `screening.instructions`. An amended order that is held again opens
its case again; one that is released closes it. Every decision of a person passes `decide`, with a reason. A release
against a high score comes there with two signatures (`screening.four_eyes`), and the database refuses it without them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

import orjson
from sqlalchemy import update
from sqlmodel import Session, col, select

from screening import clearances, database, heard, life, notifications, outbox, permits, standing, views, webhooks
from screening.access import Principal, require
from screening.audit import AuditEntry, record
from screening.case_errors import AuthorityNotAnswered, CaseChanged, CaseClosed, SecondPersonNeeded, StepNotThere
from screening.duties.clocks import next_working_moment
from screening.errors import FieldFault, Invalid, NotFound, Text
from screening.ids import new_id, utc_now
from screening.orders import Kept, neutral_answer
from screening.people import colleague
from screening.tables.cases import Case, CaseEvent, Instruction
from screening.tables.four_eyes import Proposal
from screening.tables.orders import Decision, Order
from screening.tables.people import Organisation

CaseAction = Literal["release", "hold", "refuse"]
# A held order's case goes out with the order itself: as rows of the ORM it would be two more waits.
FIRST_CASE = """
    INSERT INTO officer_case (id, created_at, organisation_id, order_id, order_version_id, state, reasons, due_at,
      version, kind, own_view)
    VALUES (%(id)s, %(created_at)s, %(organisation_id)s, %(order_id)s, %(order_version_id)s, 'open', %(reasons)s::jsonb,
      %(due_at)s, 1, %(kind)s, %(own_view)s)
"""
FIRST_EVENT = """
    INSERT INTO case_event (id, created_at, case_id, kind, state_after)
    VALUES (%(id)s, %(created_at)s, %(case)s, 'opened', 'open')
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """An officer's decision. `seen` is the case's version the officer read, None to skip that check.

    `proposal_id` names the proposal that two people signed, where a release needs one.
    """

    action: CaseAction
    reason: str
    seen: int | None = None
    proposal_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Happening:
    """One entry of a case's history."""

    kind: str
    action: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """Why a case is opened: the policy's reasons, whether an authority has to see it, and how it is reviewed."""

    reasons: list[str]
    refer: bool = False
    kind: Literal["held", "random"] = "held"
    own_view: bool = False


@dataclass(frozen=True, slots=True)
class First:
    """A case about to be opened: its id, and the statements that write it once its order is written."""

    id: UUID
    statements: tuple[database.Statement, ...]


def first_case(order: Kept, why: Opening, country: str | None) -> First:
    """The case of an order that has just come and so has none. `country`: the company's, for its working days."""
    case_id, now = new_id(), utc_now()
    case = {
        "id": case_id,
        "created_at": now,
        "organisation_id": order.organisation_id,
        "order_id": order.id,
        "order_version_id": order.version_id,
        "due_at": next_working_moment(now, country),  # triage is a same-day task
        "reasons": orjson.dumps(why.reasons).decode(),
        "kind": why.kind,
        "own_view": why.own_view,
    }
    # Two statements: whether an event may be written is asked of its case, which has to be there.
    return First(case_id, ((FIRST_CASE, case), (FIRST_EVENT, {"id": new_id(), "created_at": now, "case": case_id})))


def refer(session: Session, order: Kept | Order, case_id: UUID) -> None:
    """Queue the referral that policy asks for, in the same transaction."""
    job = {"case": str(case_id), "order_version": str(order.version_id)}
    outbox.enqueue(session, "referral.policy", job, organisation_id=order.organisation_id)


def open_case(session: Session, order: Kept | Order, why: Opening) -> None:
    """Open the order's case, or open it again; where policy says so, queue its referral in the same transaction."""
    country = session.get_one(Organisation, order.organisation_id).country
    due = next_working_moment(utc_now(), country)  # triage is a same-day task
    case = session.exec(select(Case).where(Case.order_id == order.id).with_for_update()).first()
    again = case is not None
    if case is None:
        case = Case(
            organisation_id=order.organisation_id,
            order_id=order.id,
            order_version_id=order.version_id,
            due_at=due,
        )
        session.add(case)
    else:
        void_proposal(session, case)
        move(case, "reopen")
        case.closed_at, case.due_at, case.order_version_id = None, due, order.version_id
    case.reasons, case.kind, case.own_view = why.reasons, why.kind, why.own_view
    session.flush()
    session.add(CaseEvent(case_id=case.id, kind="reopened" if again else "opened", state_after="open"))
    if why.refer:
        refer(session, order, case.id)


def close_if_open(session: Session, order: Kept) -> None:
    """Close the case of an order whose amended version is released. One that an authority has stays with it."""
    case = session.exec(select(Case).where(Case.order_id == order.id).with_for_update()).first()
    if case is not None and life.may(case.state, "close"):
        void_proposal(session, case)
        move(case, "close")
        case.closed_at, case.order_version_id = utc_now(), order.version_id
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
    move(case, "assign")
    case.assignee_id = assignee.id
    note_event(session, principal, case, Happening("assigned", reason=assignee.name))
    return case


def note(session: Session, principal: Principal, case_id: UUID, text: str) -> CaseEvent:
    """Write a note on the case, open or closed."""
    require(principal, "officer", "supervisor")
    case = find_case(session, principal, case_id, lock=True)
    return note_event(session, principal, case, Happening("note", reason=text))


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
    if case.state == "escalated":
        require(principal, "supervisor")
    if verdict.action == "release":
        may_release(session, principal, case)
    views.refuse_unseen(session, principal, case)
    if verdict.action == "release" and verdict.proposal_id is None and needs_second(session, case):
        raise SecondPersonNeeded
    void_proposal(session, case)
    move(case, verdict.action)
    _carry_out(session, case, verdict, principal)
    note_event(session, principal, case, Happening("decided", verdict.action, verdict.reason))
    return case


def refuse_as_told(session: Session, case: Case, reason: str) -> None:
    """An authority refuses the order: it is refused at once, as far as the tables of steps allow it."""
    order = session.exec(select(Order).where(Order.id == case.order_id).with_for_update()).one()
    if not life.may(case.state, "refuse") or (order.state, "refuse") not in life.ORDER:
        return
    void_proposal(session, case)
    move(case, "refuse")
    _carry_out(session, case, Verdict("refuse", reason), None)


def _carry_out(session: Session, case: Case, verdict: Verdict, principal: Principal | None) -> None:
    """What follows a decision on a case that has moved; without a principal the authority decided."""
    order, decision = _keep_decision(session, principal, case, verdict)
    if case.kind != "random" or verdict.action != "release":  # what was let go and is found in order stays as it is
        _keep_to_law(session, order, verdict)
        message = webhooks.Message("order.status", decision.id, neutral_answer(order))
        webhooks.announce(session, case.organisation_id, message)
    case.closed_at = utc_now() if case.state in life.CLOSED_CASES else None


def mark_referred(session: Session, case: Case, event: CaseEvent, actor: str) -> None:
    """Move the case to the authority; `actor` is the officer or the policy."""
    move(case, "refer")
    event.case_id, event.state_after = case.id, case.state
    session.add(event)
    move_order(session, case.order_id, case.order_version_id, "report")
    record(session, AuditEntry("case.referred", actor, case.organisation_id, case.id, {"version": case.version}))


def events(session: Session, principal: Principal, case: Case) -> list[CaseEvent]:
    """What happened to the case, oldest first, without what the caller may not know of."""
    query = (
        select(CaseEvent, Instruction)
        .outerjoin(Instruction, col(Instruction.id) == col(CaseEvent.instruction_id))
        .where(CaseEvent.case_id == case.id)
        .order_by(col(CaseEvent.created_at), col(CaseEvent.id))
    )
    return [event for event, instruction in session.exec(query) if heard.may_know(principal, instruction)]


def _keep_decision(
    session: Session, principal: Principal | None, case: Case, verdict: Verdict
) -> tuple[Order, Decision]:
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
        maker="person" if principal else "authority",
        policy_version=latest.policy_version,
        stops=latest.stops,
        reasons=latest.reasons,
        decided_by=principal.user_id if principal else None,
        reason=verdict.reason,
        proposal_id=verdict.proposal_id,
    )
    session.add(decision)
    session.flush()  # an order follows its latest decision, which has to be there
    after = life.ORDER.get((order.state, verdict.action))
    if after is None:
        raise StepNotThere(state=case.state)
    order.disposition, order.state = verdict.action, after
    return order, decision


def _keep_to_law(session: Session, order: Order, verdict: Verdict) -> None:
    """A release draws from the order's permits and needs a notification not objected to; a refusal gives back."""
    if verdict.action == "release":
        notifications.refuse_objected(session, order.id)
        permits.draw_again(session, order)
    elif verdict.action == "refuse":
        permits.free(session, order)
        clearances.end_for(session, order.version_id, "refused")


def move(case: Case, action: str) -> None:
    """Take one step of the case's life. Raises CaseClosed or StepNotThere for one that does not exist."""
    after = life.CASE.get((case.state, action))
    if after is None:
        raise CaseClosed(state=case.state) if case.state in life.CLOSED_CASES else StepNotThere(state=case.state)
    case.state, case.snoozed_until, case.merged_into = after, None, None
    case.version += 1


def move_order(session: Session, order_id: UUID, version_id: UUID, action: str) -> None:
    """Take one step of the order's life, where there is one and the version is still the present one."""
    order = session.exec(select(Order).where(Order.id == order_id).with_for_update()).one()
    if order.version_id == version_id:
        order.state = life.ORDER.get((order.state, action), order.state)


def may_release(session: Session, principal: Principal, case: Case) -> None:
    """Raises AuthorityNotAnswered for a case that an authority has and has not let go, CaseClosed for a closed one."""
    if case.state in life.CLOSED_CASES:
        raise CaseClosed(state=case.state)
    if case.state in life.WITH_AUTHORITY and not heard.told_to_let_go(session, principal, case):
        raise AuthorityNotAnswered


def needs_second(session: Session, case: Case) -> bool:
    """Whether a release of the case goes against a high score."""
    return standing.ever_high(session, case.order_version_id)


def void_proposal(session: Session, case: Case) -> None:
    """A proposal that waits is void once the case moves on without it."""
    waiting = (col(Proposal.subject_id) == case.id, col(Proposal.state) == "proposed")
    if session.execute(update(Proposal).where(*waiting).values(state="void")).rowcount:  # type: ignore[attr-defined]
        session.add(CaseEvent(case_id=case.id, kind="voided", state_after=case.state))


def note_event(session: Session, principal: Principal, case: Case, what: Happening) -> CaseEvent:
    """Write one entry of the case's history, and of the audit log."""
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
