"""Referrals: an order's frozen packet goes to the authority of its jurisdiction; receipt and instruction come back.

    company                                    authority
    refer()  packet frozen, hash, inbox,  -->  inbox(), packet
             webhook by the outbox             acknowledge()  one signed receipt, however often asked
    the case shows them            <--         instruct(), questions: see `screening.instructions`

An order version is referred once to one authority, whoever asks: policy, officer, or a task that runs twice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from screening import cases, closings, heard, life, outbox, reporting, signing, views
from screening.access import Principal, require
from screening.audit import AuditEntry, record
from screening.errors import Conflict, NotFound, Text
from screening.ids import new_id, utc_now
from screening.jurisdictions import jurisdiction
from screening.outbox import Work
from screening.reporting import Reporting
from screening.tables.cases import Case, CaseEvent, Instruction, Question, Receipt, Referral
from screening.tables.closings import Closing
from screening.tables.orders import OrderVersion
from screening.tenancy import as_service

POLICY_REASON = "policy"


class NoAuthority(Conflict):
    code = "no_authority"
    detail = Text(
        "No authority is known for the countries of this order.",
        "Для стран этого заказа не известен компетентный орган.",
    )
    remedy = Text(
        "Ask the operator to add it to the table of authorities.",
        "Попросите оператора добавить его в таблицу компетентных органов.",
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """A question in the authority's words, with the answer as far as there is one."""

    instruction: Instruction
    question: Question


@dataclass(frozen=True, slots=True)
class Told:
    """A referral with what came back, as one caller may see it."""

    referral: Referral
    receipt: Receipt | None
    instructions: tuple[Instruction, ...]
    questions: tuple[Asked, ...] = ()
    closing: Closing | None = None

    @property
    def state(self) -> str:
        """`sent`, `received`, `instructed` or `closed`, by what this caller may see."""
        if self.closing:
            return "closed"
        if self.instructions:
            return "instructed"
        return "received" if self.receipt else "sent"


def refer(session: Session, principal: Principal, case_id: UUID, reason: str) -> Referral:
    """Refer the case's order at the officer's word. Raises Forbidden, NotFound, CaseClosed, NoAuthority, Invalid."""
    require(principal, "officer", "supervisor")
    reporting.refuse_wordless(reason)
    case = cases.find_case(session, principal, case_id, lock=True)
    return _refer(session, case, reason, principal)


@outbox.handles("referral.policy")
def refer_by_policy(session: Session, work: Work) -> None:
    """Refer what policy says an authority must see. A version that was replaced meanwhile is still referred."""
    case = session.exec(select(Case).where(Case.id == UUID(work.payload["case"])).with_for_update()).one()
    version_id = UUID(work.payload["order_version"])
    if case.state not in life.CLOSED_CASES:
        _refer(session, case, POLICY_REASON, None, version_id)


def _refer(
    session: Session, case: Case, reason: str, principal: Principal | None, version_id: UUID | None = None
) -> Referral:
    version = session.get_one(OrderVersion, version_id or case.order_version_id)
    authority = jurisdiction(session, version).addressed
    if authority is None:
        raise NoAuthority
    known = reporting.latest(session, version.id, authority.code)
    if known is not None:
        return known
    return reporting.report(session, case, Reporting(version.id, authority.code, reason, principal))


def inbox(session: Session, principal: Principal, limit: int = 200) -> list[Told]:
    """Referrals addressed to the caller's authority, newest first."""
    require(principal, "regulator")
    query = select(Referral).where(Referral.authority_code == _authority(principal))
    return _told(session, list(session.exec(query.order_by(col(Referral.id).desc()).limit(limit))))


def find(session: Session, principal: Principal, referral_id: UUID) -> Told:
    """One referral, for its authority or its company. Raises NotFound for absent and foreign ones alike."""
    query = select(Referral).where(Referral.id == referral_id)
    if principal.organisation_kind == "authority":
        require(principal, "regulator")
        query = query.where(Referral.authority_code == _authority(principal))
    else:
        require(principal, "officer", "supervisor", "auditor")
        query = query.where(Referral.organisation_id == principal.organisation_id)
    referral = session.exec(query).first()
    if referral is None:
        raise NotFound
    return _visible(principal, _told(session, [referral])[0])


def open_packet(session: Session, principal: Principal, referral_id: UUID) -> str:
    """The frozen packet, byte for byte; that somebody opened it is on record. Raises as `find` does."""
    referral = find(session, principal, referral_id).referral
    if principal.organisation_kind != "authority":
        views.refuse_unseen(session, principal, session.get_one(Case, referral.case_id))
    told = {"packet_sha256": referral.packet_sha256}
    record(session, AuditEntry("referral.opened", principal.actor, None, referral.id, told))
    return referral.packet


def of_case(session: Session, principal: Principal, case: Case) -> list[Told]:
    """The case's referrals as the company's person may see them, oldest first."""
    query = select(Referral).where(Referral.case_id == case.id, Referral.organisation_id == principal.organisation_id)
    found = _told(session, list(session.exec(query.order_by(col(Referral.created_at)))))
    return [_visible(principal, told) for told in found]


def acknowledge(session: Session, principal: Principal, referral_id: UUID) -> Receipt:
    """The authority has the packet: one receipt per referral, signed by the service over hash, time and person."""
    referral = addressed(session, principal, referral_id)
    at = utc_now()
    statement = signing.canonical(
        {
            "referral_id": str(referral.id),
            "report": referral.report,
            "version": referral.report_version,
            "packet_sha256": referral.packet_sha256,
            "authority": referral.authority_code,
            "received_at": at.isoformat(),
            "received_by": principal.actor,
        }
    )
    key_id, signature = signing.sign(statement)
    values = {
        "id": new_id(), "created_at": at, "referral_id": referral.id, "received_by": principal.user_id,
        "statement": statement, "key_id": key_id, "signature": signature,
    }  # fmt: skip
    kept = insert(Receipt).values(values).on_conflict_do_nothing(index_elements=["referral_id"])
    made = session.execute(kept.returning(col(Receipt.id))).scalar_one_or_none()
    receipt = session.exec(select(Receipt).where(Receipt.referral_id == referral.id)).one()
    if made is not None:
        event = CaseEvent(case_id=referral.case_id, kind="receipt", state_after="referred")
        tell_case(session, referral, event, "receive")
        told = {"packet_sha256": referral.packet_sha256, "receipt": str(receipt.id)}
        record(session, AuditEntry("referral.received", principal.actor, None, referral.id, told))
    return receipt


def tell_case(session: Session, referral: Referral, event: CaseEvent, step: str | None) -> None:
    """Write on the case without touching its version: who may not know of an instruction sees nothing move.

    `step`: what the answer is to the order's life, where it is something.
    """
    with as_service(session):
        event.state_after = session.get_one(Case, referral.case_id).state
        session.add(event)
        if step is not None:
            cases.move_order(session, referral.order_id, referral.order_version_id, step)


def addressed(session: Session, principal: Principal, referral_id: UUID, *, lock: bool = False) -> Referral:
    """A referral of the caller's own authority. Raises Forbidden, NotFound for absent and foreign ones alike."""
    require(principal, "regulator")
    query = select(Referral).where(Referral.id == referral_id, Referral.authority_code == _authority(principal))
    found = session.exec(query.with_for_update() if lock else query).first()
    if found is None:
        raise NotFound
    return found


def _authority(principal: Principal) -> str:
    if principal.authority_code is None:
        raise NotFound
    return principal.authority_code


def _told(session: Session, referrals: list[Referral]) -> list[Told]:
    ids = [referral.id for referral in referrals]
    receipts = {
        each.referral_id: each for each in session.exec(select(Receipt).where(col(Receipt.referral_id).in_(ids)))
    }
    instructions: dict[UUID, list[Instruction]] = {}
    query = select(Instruction).where(col(Instruction.referral_id).in_(ids)).order_by(col(Instruction.number))
    for each in session.exec(query):
        instructions.setdefault(each.referral_id, []).append(each)
    asked = {
        each.instruction_id: each for each in session.exec(select(Question).where(col(Question.referral_id).in_(ids)))
    }
    closed = closings.of(session, ids)
    return [
        replace(
            _with(one, receipts.get(one.id), tuple(instructions.get(one.id, ())), asked), closing=closed.get(one.id)
        )
        for one in referrals
    ]


def _with(
    referral: Referral, receipt: Receipt | None, said: tuple[Instruction, ...], asked: dict[UUID, Question]
) -> Told:
    questions = tuple(Asked(each, asked[each.id]) for each in said if each.id in asked)
    return Told(referral, receipt, said, questions)


def _visible(principal: Principal, told: Told) -> Told:
    if principal.organisation_kind == "authority":
        return told
    known = tuple(each for each in told.instructions if heard.may_know(principal, each))
    asked = tuple(each for each in told.questions if heard.may_know(principal, each.instruction))
    return Told(told.referral, told.receipt, known, asked)
