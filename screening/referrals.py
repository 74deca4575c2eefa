"""Referrals: an order's frozen packet goes to the authority of its jurisdiction; receipt and instruction come back.

    company                                    authority
    refer()  packet frozen, hash, inbox,  -->  inbox(), packet
             webhook by the outbox             acknowledge()  one signed receipt, however often asked
    the case shows them            <--         instruct()     release | refuse | ask | controlled_delivery

An order version is referred once to one authority, whoever asks: policy, officer, or a task that runs twice.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, func, select

from screening import cases, life, outbox, signing, views, webhooks
from screening.access import Principal, require
from screening.audit import AuditEntry, record
from screening.errors import Conflict, FieldFault, Invalid, NotFound, Text
from screening.ids import new_id, utc_now
from screening.jurisdictions import jurisdiction
from screening.outbox import Work
from screening.packets import packet_for
from screening.settings import settings
from screening.tables.cases import Case, CaseEvent, Instruction, Receipt, Referral
from screening.tables.orders import OrderVersion
from screening.tables.people import Organisation, User
from screening.tenancy import as_service

InstructionKind = Literal["release", "refuse", "ask", "controlled_delivery"]
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


class NotAcknowledged(Conflict):
    code = "not_acknowledged"
    detail = Text("The packet has not been acknowledged yet.", "Получение пакета ещё не подтверждено.")
    remedy = Text("Acknowledge it first.", "Сначала подтвердите получение.")


@dataclass(frozen=True, slots=True)
class Answer:
    """An authority's instruction. `named`: e-mails of the company's people who may know of a controlled delivery."""

    kind: InstructionKind
    text: str | None = None
    named: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """A referral with what came back, as one caller may see it."""

    referral: Referral
    receipt: Receipt | None
    instructions: tuple[Instruction, ...]

    @property
    def state(self) -> str:
        """`sent`, `received` or `instructed`, by what this caller may see."""
        if self.instructions:
            return "instructed"
        return "received" if self.receipt else "sent"


def refer(session: Session, principal: Principal, case_id: UUID, reason: str) -> Referral:
    """Refer the case's order at the officer's word. Raises Forbidden, NotFound, CaseClosed, NoAuthority, Invalid."""
    require(principal, "officer", "supervisor")
    if not reason.strip():
        missing = Text("is missing", "отсутствует")
        remedy = Text("Say why you refer the order.", "Напишите, почему вы передаёте заказ.")
        raise Invalid(faults=(FieldFault("reason", "missing", missing, remedy),))
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
    packet = signing.canonical(packet_for(session, version.id))
    made = session.execute(
        insert(Referral)
        .values(
            id=new_id(),
            created_at=utc_now(),
            organisation_id=case.organisation_id,
            case_id=case.id,
            order_id=case.order_id,
            order_version_id=version.id,
            authority_code=authority.code,
            referred_by=principal.user_id if principal else None,
            reason=reason,
            packet=packet,
            packet_sha256=signing.sha256(packet),
        )
        .on_conflict_do_nothing(index_elements=["order_version_id", "authority_code"])
        .returning(col(Referral.id))
    ).scalar_one_or_none()
    referral = session.exec(
        select(Referral).where(Referral.order_version_id == version.id, Referral.authority_code == authority.code)
    ).one()
    if made is not None:
        _send(session, case, referral, principal)
    return referral


def _send(session: Session, case: Case, referral: Referral, principal: Principal | None) -> None:
    """What follows a new referral, in its transaction: the case's move and the messages to the authority."""
    event = CaseEvent(
        case_id=case.id, actor_id=principal.user_id if principal else None, kind="referred",
        action=referral.authority_code, reason=referral.reason, state_after=case.state,
    )  # fmt: skip
    cases.mark_referred(session, case, event, principal.actor if principal else "policy")
    told = {"authority": referral.authority_code, "packet_sha256": referral.packet_sha256}
    actor = principal.actor if principal else "policy"
    record(session, AuditEntry("referral.sent", actor, referral.organisation_id, referral.id, told))
    data = {
        "referral_id": str(referral.id),
        "address": f"{settings().public_url}/v1/referrals/{referral.id}",
        "packet_sha256": referral.packet_sha256,
        "packet": json.loads(referral.packet),
    }
    query = select(Organisation).where(Organisation.authority_code == referral.authority_code, col(Organisation.active))
    with as_service(session):  # the authority and its endpoints are not the company's to see
        if (authority := session.exec(query).first()) is not None:
            webhooks.announce(session, authority.id, webhooks.Message("referral.sent", referral.id, data))


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
    referral = _addressed(session, principal, referral_id)
    at = utc_now()
    statement = signing.canonical(
        {
            "referral_id": str(referral.id),
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
        _tell_case(session, referral, event, "receive")
        told = {"packet_sha256": referral.packet_sha256, "receipt": str(receipt.id)}
        record(session, AuditEntry("referral.received", principal.actor, None, referral.id, told))
    return receipt


def instruct(session: Session, principal: Principal, referral_id: UUID, answer: Answer) -> Instruction:
    """Tell the company what to do. Raises Forbidden, NotFound, NotAcknowledged, Invalid (a name not of the company)."""
    referral = _addressed(session, principal, referral_id, lock=True)
    if session.exec(select(Receipt.id).where(Receipt.referral_id == referral.id)).first() is None:
        raise NotAcknowledged
    last = session.exec(select(func.max(Instruction.number)).where(Instruction.referral_id == referral.id)).one()
    made = Instruction(
        referral_id=referral.id,
        number=(last or 0) + 1,
        kind=answer.kind,
        text=answer.text,
        instructed_by=principal.user_id,
        named=_named(session, referral, answer.named) if answer.kind == "controlled_delivery" else [],
    )
    session.add(made)
    session.flush()
    event = CaseEvent(
        case_id=referral.case_id, kind="instruction", action=answer.kind, reason=answer.text, instruction_id=made.id,
        state_after="referred",
    )  # fmt: skip
    _tell_case(session, referral, event, "let_run" if answer.kind == "controlled_delivery" else None)
    told = {"kind": made.kind, "number": made.number}
    record(session, AuditEntry("referral.instructed", principal.actor, None, referral.id, told))
    return made


def _tell_case(session: Session, referral: Referral, event: CaseEvent, step: str | None) -> None:
    """Write on the case without touching its version: who may not know of an instruction sees nothing move.

    `step`: what the answer is to the order's life, where it is something.
    """
    with as_service(session):
        event.state_after = session.get_one(Case, referral.case_id).state
        session.add(event)
        if step is not None:
            cases.move_order(session, referral.order_id, referral.order_version_id, step)


def _addressed(session: Session, principal: Principal, referral_id: UUID, *, lock: bool = False) -> Referral:
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


def _named(session: Session, referral: Referral, emails: tuple[str, ...]) -> list[str]:
    """Ids of the company's people with these e-mails. An unknown one is refused: it would name nobody."""
    wanted = {email.strip().lower() for email in emails}
    query = select(User).where(col(User.email).in_(wanted), User.organisation_id == referral.organisation_id)
    with as_service(session):
        found = list(session.exec(query))
    if len(found) != len(wanted):
        reason = Text("names a person the company does not have", "называет человека, которого в компании нет")
        remedy = Text("Ask the company for the person's sign-in e-mail.", "Уточните у компании адрес для входа.")
        raise Invalid(faults=(FieldFault("named", "person", reason, remedy),))
    return sorted(str(user.id) for user in found)


def _told(session: Session, referrals: list[Referral]) -> list[Told]:
    ids = [referral.id for referral in referrals]
    receipts = {
        each.referral_id: each for each in session.exec(select(Receipt).where(col(Receipt.referral_id).in_(ids)))
    }
    instructions: dict[UUID, list[Instruction]] = {}
    query = select(Instruction).where(col(Instruction.referral_id).in_(ids)).order_by(col(Instruction.number))
    for each in session.exec(query):
        instructions.setdefault(each.referral_id, []).append(each)
    return [Told(one, receipts.get(one.id), tuple(instructions.get(one.id, ()))) for one in referrals]


def _visible(principal: Principal, told: Told) -> Told:
    if principal.organisation_kind == "authority":
        return told
    known = tuple(each for each in told.instructions if cases.may_know(principal, each))
    return Told(told.referral, told.receipt, known)
