"""One version of a report: its packet is frozen, numbered and sent. A correction is the next; nothing is undone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session, col, select

from screening import answering, cases, life, reports, signing, webhooks
from screening.access import Principal, require
from screening.audit import AuditEntry, record
from screening.errors import Conflict, FieldFault, Invalid, NotFound, Text
from screening.packets import packet_for
from screening.settings import settings
from screening.tables.cases import Case, CaseEvent, Referral
from screening.tables.people import Organisation
from screening.tenancy import as_service


class Superseded(Conflict):
    code = "superseded"
    detail = Text("A later version of this report exists.", "Есть более поздняя версия этого сообщения.")
    remedy = Text("Correct the latest one.", "Исправьте последнюю.")


@dataclass(frozen=True, slots=True)
class Reporting:
    """What is reported to which authority, why, and by whom; without a principal by policy.

    `correction`: how many reports of this version the authority had before.
    """

    order_version_id: UUID
    authority_code: str
    reason: str
    principal: Principal | None = None
    correction: int = 0

    @property
    def actor(self) -> str:
        return self.principal.actor if self.principal else "policy"


def report(session: Session, case: Case, what: Reporting) -> Referral:
    """Freeze, number and send one report. The caller holds the case."""
    packet = signing.canonical(packet_for(session, what.order_version_id))
    number = reports.number(session, case.order_id, what.authority_code)
    made = Referral(
        organisation_id=case.organisation_id,
        case_id=case.id,
        order_id=case.order_id,
        order_version_id=what.order_version_id,
        authority_code=what.authority_code,
        referred_by=what.principal.user_id if what.principal else None,
        reason=what.reason,
        packet=packet,
        packet_sha256=signing.sha256(packet),
        report_year=number.year,
        report_number=number.number,
        report_version=number.version,
        correction=what.correction,
    )
    session.add(made)
    session.flush()
    _follow(session, case, made, what)
    return made


def correct(session: Session, principal: Principal, referral_id: UUID, reason: str) -> Referral:
    """Send a corrected report: the packet as it is made now, under the same number, as the next version.

    The earlier versions stay. Raises Forbidden, NotFound, Invalid (no reason), Superseded.
    """
    require(principal, "officer", "supervisor")
    refuse_wordless(reason)
    owned = (Referral.id == referral_id, Referral.organisation_id == principal.organisation_id)
    wrong = session.exec(select(Referral).where(*owned)).first()
    if wrong is None:
        raise NotFound
    case = cases.find_case(session, principal, wrong.case_id, lock=True)
    standing = latest(session, case.order_version_id, wrong.authority_code)
    if standing is None or standing.id != wrong.id:
        raise Superseded
    again = Reporting(wrong.order_version_id, wrong.authority_code, reason, principal, wrong.correction + 1)
    return report(session, case, again)


def latest(session: Session, version_id: UUID, authority_code: str) -> Referral | None:
    """What an authority has of an order version: the first report of it, or its last correction."""
    query = select(Referral).where(Referral.order_version_id == version_id, Referral.authority_code == authority_code)
    return session.exec(query.order_by(col(Referral.correction).desc()).limit(1)).first()


def refuse_wordless(reason: str) -> None:
    """Raises Invalid for a report without a reason."""
    if not reason.strip():
        missing = Text("is missing", "отсутствует")
        remedy = Text("Say why you refer the order.", "Напишите, почему вы передаёте заказ.")
        raise Invalid(faults=(FieldFault("reason", "missing", missing, remedy),))


def _follow(session: Session, case: Case, referral: Referral, what: Reporting) -> None:
    """What follows a new report, in its transaction: the case's move and the messages to the authority."""
    event = CaseEvent(
        case_id=case.id, actor_id=referral.referred_by, kind="referred", action=referral.authority_code,
        reason=referral.reason, state_after=case.state,
    )  # fmt: skip
    if what.correction and case.state in life.CLOSED_CASES:  # what is decided stays so, and is still told rightly
        session.add(event)
    else:
        cases.mark_referred(session, case, event, what.actor)
    numbered = {
        "report": referral.report, "version": referral.report_version, "packet_sha256": referral.packet_sha256,
    }  # fmt: skip
    told = numbered | {"authority": referral.authority_code}
    record(session, AuditEntry("referral.sent", what.actor, referral.organisation_id, referral.id, told))
    data = numbered | {
        "referral_id": str(referral.id),
        "address": f"{settings().public_url}/v1/referrals/{referral.id}",
        "packet": json.loads(referral.packet),
    }
    query = select(Organisation).where(Organisation.authority_code == referral.authority_code, col(Organisation.active))
    with as_service(session):  # the authority, its work and its endpoints are not the company's to see
        answering.begin(session, referral)
        if (authority := session.exec(query).first()) is not None:
            webhooks.announce(session, authority.id, webhooks.Message("referral.sent", referral.id, data))
