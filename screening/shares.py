"""One order, several authorities: who has the report gives another, whom the order concerns, what concerns it.

    addressed authority                           exporting, importing or transit authority
    share()     extract frozen, hash, webhook -->  inbox(), opened()
                                                   acknowledge()
    of_report() shows what came back          <--  give_opinion()   no_objection, objection, not_known

An opinion instructs nobody: what becomes of the order is the addressed authority's word alone. No company sees any of
it. While an order runs under a controlled delivery only a chief shares it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from screening import closings, heard, instructions, referrals, reporting, signing, webhooks
from screening.access import Principal
from screening.audit import AuditEntry, record
from screening.errors import Conflict, FieldFault, Invalid, NotFound, Text
from screening.exports.extract import extract_of
from screening.ids import new_id, utc_now
from screening.incidents import code_of
from screening.jurisdictions import Concern, concerns
from screening.settings import settings
from screening.tables.cases import Referral
from screening.tables.people import Organisation
from screening.tables.shares import ReferralShare, ShareAnswer
from screening.tenancy import as_service
from screening.webhooks import Message

OpinionKind = Literal["no_objection", "objection", "not_known"]


class RunsUnderDelivery(Conflict):
    code = "controlled_delivery"
    detail = Text("The order runs under a controlled delivery.", "Заказ идёт под контролируемой поставкой.")
    remedy = Text("Only a chief of the authority may share it.", "Передать его может только начальник.")


class NotTheLatest(Conflict):
    code = "superseded"
    detail = reporting.Superseded.detail
    remedy = Text("Share the latest one.", "Передайте последнюю.")


@dataclass(frozen=True, slots=True)
class Shared:
    """A share with every word of the receiving authority on it, oldest first."""

    share: ReferralShare
    answers: tuple[ShareAnswer, ...] = ()

    @property
    def opinion(self) -> ShareAnswer | None:
        """The opinion that stands: the latest."""
        said = [each for each in self.answers if each.kind != "received"]
        return said[-1] if said else None

    @property
    def state(self) -> str:
        """`sent`, `received`, or the opinion's word."""
        return self.answers[-1].kind if self.answers else "sent"


@dataclass(frozen=True, slots=True)
class OfReport:
    """The shares of a report, oldest first, and the authorities it can still be shared with."""

    shares: tuple[Shared, ...]
    open_to: tuple[Concern, ...]


def share(session: Session, principal: Principal, referral_id: UUID, code: str) -> Shared:
    """Give another authority its extract of a report; asked again it is the same one.

    Raises:
        Forbidden, NotFound; Invalid for an authority that the order does not concern or the service does not have;
        NotTheLatest; ReportClosed; RunsUnderDelivery for anybody but a chief.
    """
    referral = referrals.addressed(session, principal, referral_id, lock=True)
    if heard.delivery_runs(instructions.earlier_words(session, referral)) and not principal.has("chief"):
        raise RunsUnderDelivery
    query = select(ReferralShare).where(ReferralShare.referral_id == referral.id, ReferralShare.shared_with == code)
    if (known := session.exec(query).first()) is not None:
        return _with_answers(session, [known])[0]
    closings.refuse_closed(session, referral.id)
    standing = reporting.latest(session, referral.order_version_id, referral.authority_code)
    if standing is None or standing.id != referral.id:
        raise NotTheLatest
    concern = _concern(session, referral, code)
    extract = signing.canonical(extract_of(json.loads(referral.packet), concern))
    made = ReferralShare(
        referral_id=referral.id, shared_by=referral.authority_code, shared_with=code, role=concern.role,
        sharer_id=principal.user_id, extract=extract, extract_sha256=signing.sha256(extract),
    )  # fmt: skip
    session.add(made)
    session.flush()
    _tell_receiver(session, principal, made)
    return Shared(made)


def of_report(session: Session, principal: Principal, referral_id: UUID) -> OfReport:
    """What was shared of a report of the caller's authority, and with whom it still can be. Raises as `addressed`."""
    referral = referrals.addressed(session, principal, referral_id)
    query = select(ReferralShare).where(ReferralShare.referral_id == referral.id).order_by(col(ReferralShare.id))
    shares = _with_answers(session, list(session.exec(query)))
    done = {each.share.shared_with for each in shares}
    left = tuple(each for each in _concerned(session, referral) if each.authority.code not in done)
    return OfReport(tuple(shares), left)


def inbox(session: Session, principal: Principal, limit: int = 200) -> list[Shared]:
    """What other authorities shared with the caller's, newest first. Raises Forbidden."""
    query = select(ReferralShare).where(ReferralShare.shared_with == code_of(principal))
    return _with_answers(session, list(session.exec(query.order_by(col(ReferralShare.id).desc()).limit(limit))))


def opened(session: Session, principal: Principal, share_id: UUID) -> Shared:
    """One share for its receiver; that it was opened is on record. Raises Forbidden, NotFound."""
    found = _received(session, principal, share_id)
    told = {"extract_sha256": found.extract_sha256}
    record(session, AuditEntry("share.opened", principal.actor, principal.organisation_id, found.id, told))
    return _with_answers(session, [found])[0]


def acknowledge(session: Session, principal: Principal, share_id: UUID) -> Shared:
    """The caller's authority has the extract; asked again it is the same. Raises Forbidden, NotFound."""
    found = _received(session, principal, share_id)
    _acknowledge(session, principal, found)
    return _with_answers(session, [found])[0]


def give_opinion(
    session: Session, principal: Principal, share_id: UUID, opinion: tuple[OpinionKind, str | None]
) -> Shared:
    """Say what the caller's authority thinks of the order; an earlier opinion stays on record beneath.

    Raises Forbidden, NotFound; Invalid for an objection without words.
    """
    kind, words = opinion[0], (opinion[1] or "").strip() or None
    if kind == "objection" and words is None:
        missing, remedy = Text("is missing", "отсутствует"), Text("Say why.", "Напишите почему.")
        raise Invalid(faults=(FieldFault("text", "missing", missing, remedy),))
    found = _received(session, principal, share_id)
    _acknowledge(session, principal, found)
    said = ShareAnswer(share_id=found.id, kind=kind, text=words, said_by=principal.user_id)
    session.add(said)
    session.flush()
    _tell_sharer(session, principal, found, said)
    return _with_answers(session, [found])[0]


def _received(session: Session, principal: Principal, share_id: UUID) -> ReferralShare:
    query = select(ReferralShare).where(ReferralShare.id == share_id, ReferralShare.shared_with == code_of(principal))
    found = session.exec(query).first()
    if found is None:
        raise NotFound
    return found


def _acknowledge(session: Session, principal: Principal, found: ReferralShare) -> None:
    values = {
        "id": new_id(), "created_at": utc_now(), "share_id": found.id, "kind": "received",
        "said_by": principal.user_id,
    }  # fmt: skip
    kept = insert(ShareAnswer).values(values).on_conflict_do_nothing(
        index_elements=["share_id"], index_where=col(ShareAnswer.kind) == "received"
    )  # fmt: skip
    made = session.execute(kept.returning(col(ShareAnswer.id))).scalar_one_or_none()
    if made is not None:
        _tell_sharer(session, principal, found, session.get_one(ShareAnswer, made))


def _concern(session: Session, referral: Referral, code: str) -> Concern:
    for each in _concerned(session, referral):
        if each.authority.code == code:
            return each
    reason = Text("is no other authority of this service that the order concerns", "не орган, которого касается заказ")
    remedy = Text("Choose from GET /v1/referrals/{id}/shares.", "Выберите из GET /v1/referrals/{id}/shares.")
    raise Invalid(faults=(FieldFault("authority", "authority", reason, remedy),))


def _concerned(session: Session, referral: Referral) -> list[Concern]:
    """The other authorities that a report's order concerns today and that this service has."""
    packet = json.loads(referral.packet)
    places = packet["jurisdiction"]
    found = concerns(packet["order"]["body"], places["exporter"], places["importer"], utc_now().date())
    wanted = [each for each in found if each.authority.code != referral.authority_code]
    codes = [each.authority.code for each in wanted]
    query = select(Organisation.authority_code).where(
        col(Organisation.authority_code).in_(codes), col(Organisation.active)
    )
    with as_service(session):  # another authority is not the caller's to see, but that the service has it
        here = set(session.exec(query))
    return [each for each in wanted if each.authority.code in here]


def _with_answers(session: Session, found: list[ReferralShare]) -> list[Shared]:
    said: dict[UUID, list[ShareAnswer]] = {}
    query = select(ShareAnswer).where(col(ShareAnswer.share_id).in_([each.id for each in found]))
    for each in session.exec(query.order_by(col(ShareAnswer.created_at))):
        said.setdefault(each.share_id, []).append(each)
    return [Shared(each, tuple(said.get(each.id, ()))) for each in found]


def _tell_receiver(session: Session, principal: Principal, made: ReferralShare) -> None:
    """On record at both, and a message to the receiver. The one who shared is named to their own authority alone."""
    told = {"role": made.role, "extract_sha256": made.extract_sha256}
    sent = told | {"shared_with": made.shared_with, "referral": str(made.referral_id)}
    record(session, AuditEntry("share.sent", principal.actor, principal.organisation_id, made.id, sent))
    data = told | {
        "share_id": str(made.id),
        "shared_by": made.shared_by,
        "address": f"{settings().public_url}/v1/shares/{made.id}",
        "extract": json.loads(made.extract),
    }
    arrived = told | {"shared_by": made.shared_by}
    _tell(session, made.shared_with, Message("share.sent", made.id, data), ("share.arrived", made, arrived))


def _tell_sharer(session: Session, principal: Principal, found: ReferralShare, said: ShareAnswer) -> None:
    told = {"kind": said.kind, "extract_sha256": found.extract_sha256}
    record(session, AuditEntry("share.answered", principal.actor, principal.organisation_id, found.id, told))
    data = told | {
        "share_id": str(found.id), "referral_id": str(found.referral_id), "shared_with": found.shared_with,
        "text": said.text,
    }  # fmt: skip
    heard_of = told | {"shared_with": found.shared_with}
    _tell(session, found.shared_by, Message("share.answered", said.id, data), ("share.heard", found, heard_of))


def _tell(session: Session, code: str, message: Message, entry: tuple[str, ReferralShare, dict[str, str]]) -> None:
    """A message to another authority and an entry in its record."""
    action, about, told = entry
    other = about.shared_by if code == about.shared_with else about.shared_with
    with as_service(session):
        query = select(Organisation).where(Organisation.authority_code == code, col(Organisation.active))
        house = session.exec(query).first()
        if house is None:
            return
        webhooks.announce(session, house.id, message)
        record(session, AuditEntry(action, f"authority:{other}", house.id, about.id, told))
