"""Closing a report: the authority's last word on it, and two of its people sign.

A report is closed when its order has its answer: an instruction on the order was given or a later version took the
report's place, and no question is open. After that it takes no instruction, no share and no other keeper. The company
is told nothing: for it, what counts was the instruction.
"""

from __future__ import annotations

import json
from typing import Any, Literal
from uuid import UUID

from sqlmodel import Session, col, select

from screening import reporting
from screening.access import Principal
from screening.case_errors import ProposalGone
from screening.errors import Conflict, Text
from screening.signing import canonical
from screening.tables.cases import Instruction, Question, Receipt, Referral, ReferralWork
from screening.tables.closings import Closing
from screening.tables.four_eyes import Proposal

Conclusion = Literal["founded", "unfounded", "undetermined"]


class ReportClosed(Conflict):
    code = "report_closed"
    detail = Text("The report is closed.", "Сообщение закрыто.")
    remedy = Text(
        "A corrected report of the company opens a new version.", "Исправленное сообщение компании — новая версия."
    )


class StillUnanswered(Conflict):
    code = "still_unanswered"
    detail = Text("The order still waits for your word.", "Заказ ещё ждёт вашего указания.")
    remedy = Text("Acknowledge the report and instruct first.", "Сначала подтвердите получение и дайте указание.")


class QuestionOpen(Conflict):
    code = "question_open"
    detail = Text("The company has not answered your question yet.", "Компания ещё не ответила на ваш вопрос.")
    remedy = Text("Wait for the answer.", "Дождитесь ответа.")


def of(session: Session, referrals: list[UUID]) -> dict[UUID, Closing]:
    """The closings of these reports; a company has none to see."""
    found = session.exec(select(Closing).where(col(Closing.referral_id).in_(referrals)))
    return {each.referral_id: each for each in found}


def refuse_closed(session: Session, referral_id: UUID) -> None:
    """Raises ReportClosed where nothing may be added to the report any more."""
    if referral_id in of(session, [referral_id]):
        raise ReportClosed


def shown(session: Session, referral: Referral, conclusion: Conclusion, reason: str) -> dict[str, Any]:
    """Exactly what two people sign. Raises ReportClosed, StillUnanswered, QuestionOpen."""
    refuse_closed(session, referral.id)
    if not _answered(session, referral):
        raise StillUnanswered
    asked = select(Question.id).where(Question.referral_id == referral.id, col(Question.answered_at).is_(None))
    if session.exec(asked).first() is not None:
        raise QuestionOpen
    said = select(Instruction).where(Instruction.referral_id == referral.id).order_by(col(Instruction.number))
    return {
        "referral": str(referral.id), "report": referral.report, "version": referral.report_version,
        "packet_sha256": referral.packet_sha256,
        "instructions": [{"number": each.number, "kind": each.kind} for each in session.exec(said)],
        "conclusion": conclusion, "reason": reason,
    }  # fmt: skip


def _answered(session: Session, referral: Referral) -> bool:
    """Whether there is a receipt, and a word on the order or a later version of the report."""
    if session.exec(select(Receipt.id).where(Receipt.referral_id == referral.id)).first() is None:
        return False
    work = session.get(ReferralWork, referral.id)
    standing = reporting.latest(session, referral.order_version_id, referral.authority_code)
    return (work is not None and work.stopped_at is not None) or (standing is not None and standing.id != referral.id)


def again(session: Session, proposal: Proposal) -> bytes:
    """What would be signed now. Raises ProposalGone where the report can no longer be closed."""
    said = json.loads(proposal.body)
    referral = session.get(Referral, proposal.subject_id, with_for_update=True)
    if referral is None:
        raise ProposalGone(state="void")
    return canonical(shown(session, referral, said["conclusion"], said["reason"])).encode()


def enact(session: Session, principal: Principal, proposal: Proposal) -> None:
    """Close the report, in the transaction of the second signature; it is who approved that closes it."""
    said = json.loads(proposal.body)
    session.add(Closing(
        referral_id=proposal.subject_id, proposal_id=proposal.id, conclusion=said["conclusion"],
        reason=said["reason"], closed_by=proposal.approved_by or proposal.proposed_by,
    ))  # fmt: skip
    session.flush()
