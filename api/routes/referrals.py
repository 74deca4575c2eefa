"""The authority's inbox: packets, receipts, instructions. A company reads its own referrals here too."""

from __future__ import annotations

import base64
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.bodies import AssignIn, ReasonIn
from api.case_bodies import ProposalOut
from api.dependencies import Chief, Officer, PrincipalDep, ReferralReader, Regulator, SessionDep
from api.exchange_bodies import MatchOut
from api.exports.referral_files import ReferralFormat, referral_file
from api.referral_bodies import (
    AnswerIn,
    ClosingIn,
    ClosingOut,
    CompletenessOut,
    InstructionIn,
    InstructionOut,
    PublicKeyOut,
    QuestionOut,
    ReceiptOut,
    ReferralOut,
)
from api.routes.exchange import match_out
from api.routes.exports import FILE, Chosen, answer, language_for
from api.routes.proposals import proposal_out
from api.schemas import AuthorityOutcomeIn, OutcomeOut
from screening import (
    authority_work,
    four_eyes,
    instructions,
    labels,
    monitoring,
    questions,
    referrals,
    reporting,
    reports,
    signing,
)
from screening.access import Principal
from screening.exports.recording import taken
from screening.four_eyes import LastWord, Signing
from screening.instructions import Answer
from screening.labels import Word
from screening.referrals import Told
from screening.tables.cases import Instruction, Question, Referral, ReferralWork

router = APIRouter(prefix="/v1/referrals", tags=["referrals"])
keys = APIRouter(tags=["referrals"])
asked = APIRouter(prefix="/v1/questions", tags=["referrals"])


TOLD = ("id", "order_id", "authority_code", "reason", "packet_sha256", "report", "report_version")


def told_out(caller: Principal, told: Told, work: ReferralWork | None = None) -> ReferralOut:
    """A referral as this caller may see it; the company's case is no business of the authority, nor its work ours."""
    referral = told.referral
    shown = {name: getattr(referral, name) for name in TOLD}
    return ReferralOut(
        **shown,
        case_id=None if caller.organisation_kind == "authority" else referral.case_id,
        state=told.state,
        created_at=referral.created_at,
        due_on=work.due_on if work else None,
        assignee_id=work.assignee_id if work else None,
        overdue=bool(work and work.escalated_at and not work.stopped_at),
        receipt=ReceiptOut.model_validate(told.receipt) if told.receipt else None,
        instructions=[InstructionOut.model_validate(each) for each in told.instructions],
        questions=[question_out(referral, each.question, each.instruction) for each in told.questions],
        closing=ClosingOut.model_validate(told.closing) if told.closing else None,
    )


def question_out(referral: Referral, question: Question, instruction: Instruction) -> QuestionOut:
    return QuestionOut(
        id=question.id,
        referral_id=referral.id,
        order_id=referral.order_id,
        number=instruction.number,
        text=instruction.text,
        until=instruction.until,
        created_at=instruction.created_at,
        answer=question.answer,
        answered_at=question.answered_at,
    )


@router.get("")
def inbox(session: SessionDep, caller: Regulator) -> list[ReferralOut]:
    """Referrals addressed to the caller's authority, newest first."""
    found = referrals.inbox(session, caller)
    works = authority_work.of(session, [told.referral.id for told in found])
    return [told_out(caller, told, works.get(told.referral.id)) for told in found]


@router.get("/overdue")
def overdue(session: SessionDep, caller: Chief) -> list[ReferralOut]:
    """Reports that ran over their term and wait for a word, for the chiefs of the authority."""
    late = authority_work.overdue(session, caller)
    return [told_out(caller, referrals.find(session, caller, each.referral.id), each.work) for each in late]


@router.get("/completeness")
def completeness(
    session: SessionDep, caller: Regulator, year: Annotated[int | None, Query(ge=2000, le=9999)] = None
) -> CompletenessOut:
    """Whether the caller's authority holds every report that was numbered for it in a year."""
    return CompletenessOut.model_validate(reports.completeness(session, caller, year))


@router.get("/{referral_id}")
def read(session: SessionDep, caller: PrincipalDep, referral_id: UUID) -> ReferralOut:
    """One referral, for its authority or its company."""
    return told_out(
        caller, referrals.find(session, caller, referral_id), authority_work.of(session, [referral_id]).get(referral_id)
    )


@router.get("/{referral_id}/packet", response_class=Response, responses=FILE)
def packet(
    session: SessionDep,
    caller: PrincipalDep,
    referral_id: UUID,
    wanted: Annotated[ReferralFormat | None, Query(alias="format")] = None,
    language: Chosen = None,
) -> Response:
    """The frozen packet, byte for byte: its SHA-256 is the referral's `packet_sha256`.

    With a format it is a file made from that packet and nothing else; `goaml` is held against the schema of the
    caller's own organisation, `proof` is for `tamga-verify --document`.
    """
    told = referrals.open_packet(session, caller, referral_id)
    if wanted is None:
        return Response(told.encode(), media_type="application/json")
    referral = referrals.find(session, caller, referral_id).referral
    file = referral_file(session, caller, referral, (wanted, language_for(caller, language)))
    taken(session, caller, referral_id, wanted, file.content)
    return answer(file)


@router.post("/{referral_id}/receipt", status_code=201)
def acknowledge(session: SessionDep, caller: Regulator, referral_id: UUID) -> ReceiptOut:
    """Acknowledge the packet; the signed receipt is the same however often it is asked for."""
    return ReceiptOut.model_validate(referrals.acknowledge(session, caller, referral_id))


@router.post("/{referral_id}/instructions", status_code=201)
def instruct(session: SessionDep, caller: Regulator, referral_id: UUID, body: InstructionIn) -> InstructionOut:
    """Tell the company what to do with the order; see `screening.instructions` for what each word does."""
    answer = Answer(body.kind, body.text, tuple(body.named), body.until)
    return InstructionOut.model_validate(instructions.instruct(session, caller, referral_id, answer))


@router.post("/{referral_id}/closing", status_code=201)
def close(session: SessionDep, caller: Regulator, referral_id: UUID, body: ClosingIn) -> ProposalOut:
    """Propose to close a report; it is closed once a colleague approves (`POST /v1/proposals/{id}/approval`)."""
    last_word = LastWord(body.conclusion, body.reason)
    made = four_eyes.propose_closing(session, caller, referral_id, last_word, Signing(body.password))
    return proposal_out(session, caller, made)


@router.put("/{referral_id}/assignee")
def assign(session: SessionDep, caller: Regulator, referral_id: UUID, body: AssignIn) -> ReferralOut:
    """Give a report to a colleague."""
    work = authority_work.assign(session, caller, referral_id, body.assignee_id)
    return told_out(caller, referrals.find(session, caller, referral_id), work)


@router.post("/{referral_id}/overdue", status_code=201)
def take_note(session: SessionDep, caller: Chief, referral_id: UUID, body: ReasonIn) -> ReferralOut:
    """A chief has seen that a report ran over, and says what is done about it; on record."""
    work = authority_work.take_note(session, caller, referral_id, body.reason)
    return told_out(caller, referrals.find(session, caller, referral_id), work)


@router.post("/{referral_id}/corrections", status_code=201)
def correct(session: SessionDep, caller: Officer, referral_id: UUID, body: ReasonIn) -> ReferralOut:
    """Send a corrected report: the next version under the same number; the earlier ones stay."""
    made = reporting.correct(session, caller, referral_id, body.reason)
    return told_out(caller, referrals.find(session, caller, made.id))


@router.get("/{referral_id}/matches")
def matches(session: SessionDep, caller: Regulator, referral_id: UUID) -> list[MatchOut]:
    """Later orders of the customer that is watched since an instruction `monitor`, in the caller's jurisdiction."""
    return [match_out(each) for each in monitoring.seen(session, caller, referral_id)]


@asked.get("")
def open_questions(session: SessionDep, caller: ReferralReader) -> list[QuestionOut]:
    """Open questions that the caller may know of, the most pressing first."""
    return [question_out(each.referral, each.question, each.instruction) for each in questions.listed(session, caller)]


@asked.post("/{question_id}/answer", status_code=201)
def answer_question(session: SessionDep, caller: Officer, question_id: UUID, body: AnswerIn) -> QuestionOut:
    """Answer an authority's question; an answer is written once."""
    told = questions.answer(session, caller, question_id, body.text)
    return question_out(told.referral, told.question, told.instruction)


@router.post("/{referral_id}/outcome", status_code=201)
def outcome(session: SessionDep, caller: Regulator, referral_id: UUID, body: AuthorityOutcomeIn) -> OutcomeOut:
    """Say what became of the order: it counts from now on, above what anybody of the company says."""
    label = labels.say(session, caller, referral_id, Word(body.outcome, body.ground, body.note))
    return OutcomeOut(outcome=label.outcome, known_at=label.known_at, source=label.source)


@keys.get("/v1/service-key")
def service_key(caller: PrincipalDep) -> PublicKeyOut:
    """The key that signs receipts, for checking them without the service."""
    key = signing.service_key().public_key()
    return PublicKeyOut(key_id=signing.key_id(key), public_key=base64.b64encode(signing.public_bytes(key)).decode())
