"""Questions of an authority, and the company's answers. Only who may know of the referral sees either.

A question is an instruction `ask`; its answer is written once by an officer or supervisor. While the case's questions
are open the case is `questioned`; with the last answer it is the authority's again. What is asked while a controlled
delivery runs is for supervisors and the named, and moves nothing that others could see.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, exists, select

from screening import answering, cases, heard, life, webhooks
from screening.access import Principal, require
from screening.audit import AuditEntry, record
from screening.errors import Conflict, FieldFault, Invalid, NotFound, Text
from screening.ids import utc_now
from screening.tables.cases import Case, CaseEvent, Instruction, Question, Referral
from screening.tables.people import Organisation
from screening.tenancy import as_service


class AlreadyAnswered(Conflict):
    code = "already_answered"
    detail = Text("The question has been answered; an answer stays.", "На вопрос уже ответили, ответ остаётся.")
    remedy = Text("The authority may ask again.", "Орган может спросить ещё раз.")


@dataclass(frozen=True, slots=True)
class Open:
    """A question with the authority's words and where it came from."""

    question: Question
    instruction: Instruction
    referral: Referral


def listed(session: Session, principal: Principal) -> list[Open]:
    """Open questions that the caller may know of, the most pressing first: of their company, or of their authority."""
    query = _joined().where(col(Question.answered_at).is_(None))
    if principal.organisation_kind == "authority":
        require(principal, "regulator")
        query = query.where(Referral.authority_code == principal.authority_code)
    else:
        require(principal, "officer", "supervisor", "auditor")
        query = query.where(Question.organisation_id == principal.organisation_id)
    found = [Open(*row) for row in session.exec(query.order_by(col(Instruction.until), col(Question.id)).limit(200))]
    if principal.organisation_kind == "authority":
        return found
    return [each for each in found if heard.may_know(principal, each.instruction)]


def answer(session: Session, principal: Principal, question_id: UUID, text: str) -> Open:
    """Answer the authority. Raises Forbidden, NotFound (also for who may not know of it), AlreadyAnswered, Invalid."""
    require(principal, "officer", "supervisor")
    query = _joined().where(Question.id == question_id, Question.organisation_id == principal.organisation_id)
    row = session.exec(query).first()
    if row is None or not heard.may_know(principal, row[1]):
        raise NotFound
    told = Open(*row)
    if not text.strip():
        missing, remedy = Text("is missing", "отсутствует"), Text("Write the answer.", "Напишите ответ.")
        raise Invalid(faults=(FieldFault("text", "missing", missing, remedy),))
    case = cases.find_case(session, principal, told.referral.case_id, lock=True)
    session.refresh(told.question)  # whoever answered first held the case
    if told.question.answered_at is not None:
        raise AlreadyAnswered
    told.question.answer, told.question.answered_at = text, utc_now()
    told.question.answered_by = principal.user_id
    session.flush()
    _tell(session, principal, told, case)
    return told


def _tell(session: Session, principal: Principal, told: Open, case: Case) -> None:
    """What follows an answer: the case goes back to the authority, and the authority is told."""
    question, referral = told.question, told.referral
    if not told.instruction.restricted and life.may(case.state, "reply") and not _others_open(session, case):
        cases.move(case, "reply")
    session.add(CaseEvent(
        case_id=case.id, actor_id=principal.user_id, kind="answered", reason=question.answer,
        instruction_id=told.instruction.id, state_after=case.state,
    ))  # fmt: skip
    said = {"question": str(question.id), "number": told.instruction.number}
    record(session, AuditEntry("question.answered", principal.actor, None, referral.id, said))
    data = {"referral_id": str(referral.id), "question": told.instruction.text, "answer": question.answer} | said
    with as_service(session):
        answering.begin_again(session, referral)
        known = select(Organisation).where(Organisation.authority_code == referral.authority_code)
        if (authority := session.exec(known.where(col(Organisation.active))).first()) is not None:
            webhooks.announce(session, authority.id, webhooks.Message("question.answered", question.id, data))


def _others_open(session: Session, case: Case) -> bool:
    """Whether another question that everybody here may know of waits for the case's order as it is now."""
    open_ones = (
        exists()
        .where(col(Question.instruction_id) == col(Instruction.id), col(Question.answered_at).is_(None))
        .where(col(Referral.id) == col(Question.referral_id), col(Referral.case_id) == case.id)
        .where(col(Referral.order_version_id) == case.order_version_id, ~col(Instruction.restricted))
    )
    return bool(session.exec(select(open_ones)).one())


def _joined() -> Any:
    return (
        select(Question, Instruction, Referral)
        .join(Instruction, col(Instruction.id) == col(Question.instruction_id))
        .join(Referral, col(Referral.id) == col(Question.referral_id))
    )
