"""Incidents that authorities file and share: stopped shipment, seizure, theft, diversion attempt, laboratory.

The marking is that of the Traffic Light Protocol 2.0 (FIRST), and the service keeps to it:

    red      the authorities it names read it; nothing is done with it beyond
    amber    the authorities it names read it, and their orders are watched for its parties
    green    every authority reads it, and every authority's orders are watched for its parties

An incident may have come out of a referral. Then, unless it is red, the order of that referral is labelled from the
moment the incident is known (`screening.feedback`). Which referral that is stays with the authority that filed it:
others get neither the referral, nor the order, nor the company, and a text that names them is refused.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from sqlmodel import Session, col, or_, select

from features.intake import PartyIn
from features.records import Outcome
from features.reference import names
from screening import feedback, keyed, referrals
from screening.access import Principal, require
from screening.audit import AuditEntry, record
from screening.errors import Conflict, FieldFault, Invalid, NotFound, Text
from screening.feedback import Judgement
from screening.ids import utc_now
from screening.tables.cases import Referral
from screening.tables.exchange import Incident, IncidentShare, IncidentSource
from screening.tables.orders import Order
from screening.tables.people import Organisation
from screening.tenancy import as_service

Kind = Literal["stopped_shipment", "seizure", "theft", "diversion_attempt", "laboratory"]
Marking = Literal["red", "amber", "green"]
LESSON: dict[Kind, Outcome] = {
    "stopped_shipment": "attempted",
    "seizure": "diverted",
    "theft": "loss_or_theft",
    "diversion_attempt": "attempted",
    "laboratory": "diverted",
}


class AlreadyWithdrawn(Conflict):
    code = "already_withdrawn"
    detail = Text("The incident has been withdrawn.", "Сообщение уже отозвано.")


@dataclass(frozen=True, slots=True)
class Filing:
    """An incident as it is filed. `share` are codes of authorities, `referral_id` one of the filer's own."""

    kind: Kind
    marking: Marking
    occurred_on: date
    country: str
    summary: str
    substances: tuple[str, ...] = ()
    kilograms: Decimal | None = None
    parties: tuple[PartyIn, ...] = ()
    share: tuple[str, ...] = ()
    referral_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """An incident as one authority may see it; `shared_with` and `referral_id` are the filer's alone."""

    incident: Incident
    own: bool
    shared_with: tuple[str, ...] = ()
    referral_id: UUID | None = None


def file(session: Session, principal: Principal, filing: Filing) -> Told:
    """File and share an incident; it is known from now. Raises Forbidden, NotFound (the referral), Invalid."""
    code = code_of(principal)
    source = referrals.find(session, principal, filing.referral_id).referral if filing.referral_id else None
    recipients = others(session, code, filing.share)
    if source is not None:
        _refuse_traces(session, filing, source)
    made = Incident(
        organisation_id=principal.organisation_id,
        authority_code=code,
        kind=filing.kind,
        marking=filing.marking,
        known_at=utc_now(),
        occurred_on=filing.occurred_on,
        country=filing.country,
        substances=list(filing.substances),
        kilograms=filing.kilograms,
        parties=[party.model_dump(mode="json", exclude_none=True) for party in filing.parties],
        marks=keyed.marks(keyed.WATCH, filing.parties),
        summary=filing.summary,
    )
    session.add(made)
    session.flush()
    owned = {"incident_id": made.id, "organisation_id": principal.organisation_id}
    session.add(IncidentSource(**owned, referral_id=filing.referral_id, filed_by=principal.user_id))
    session.add_all(IncidentShare(**owned, authority_code=each) for each in recipients)
    session.flush()
    told = {"kind": made.kind, "marking": made.marking, "shared_with": list(recipients)}
    record(session, AuditEntry("incident.filed", principal.actor, principal.organisation_id, made.id, told))
    if source is not None and filing.marking != "red":
        _label(session, principal, made, source)
    return Told(made, True, recipients, filing.referral_id)


def listed(session: Session, principal: Principal, limit: int = 200) -> list[Told]:
    """Incidents the caller's authority filed or was given, newest first."""
    query = select(Incident).where(_readable(principal)).order_by(col(Incident.id).desc()).limit(limit)
    return [_told(session, principal, each) for each in session.exec(query)]


def find(session: Session, principal: Principal, incident_id: UUID) -> Told:
    """One incident; that another authority's was opened is on record. Raises Forbidden, NotFound."""
    found = session.exec(select(Incident).where(Incident.id == incident_id, _readable(principal))).first()
    if found is None:
        raise NotFound
    if found.organisation_id != principal.organisation_id:
        entry = AuditEntry("incident.opened", principal.actor, principal.organisation_id, found.id)
        record(session, entry)
    return _told(session, principal, found)


def withdraw(session: Session, principal: Principal, incident_id: UUID) -> Told:
    """Take an own incident back: it is watched for no more, and its label says `unknown` from now. It stays on record.

    Raises Forbidden, NotFound (another's too), AlreadyWithdrawn.
    """
    told = find(session, principal, incident_id)
    if not told.own:
        raise NotFound
    if told.incident.withdrawn_at is not None:
        raise AlreadyWithdrawn
    told.incident.withdrawn_at = utc_now()
    record(session, AuditEntry("incident.withdrawn", principal.actor, principal.organisation_id, incident_id))
    if told.referral_id and told.incident.marking != "red":
        referral = session.get_one(Referral, told.referral_id)
        said = Judgement("unknown", "incident:withdrawn", principal.user_id, None, "incident")
        with as_service(session):
            feedback.judge(session, session.get_one(Order, referral.order_id), said)
    return told


def code_of(principal: Principal) -> str:
    """The caller's authority. Raises Forbidden; NotFound for one that is none."""
    require(principal, "regulator")
    if principal.authority_code is None:
        raise NotFound
    return principal.authority_code


def others(session: Session, own: str, codes: Sequence[str]) -> tuple[str, ...]:
    """Those authorities, without the own one. Raises Invalid for one the service does not have."""
    wanted = sorted(set(codes) - {own})
    query = select(Organisation.authority_code).where(
        col(Organisation.authority_code).in_(wanted), col(Organisation.active)
    )
    with as_service(session):
        known = set(session.exec(query))
    if missing := [code for code in wanted if code not in known]:
        reason = Text(f"names no authority of this service: {missing[0]}", f"не орган этой службы: {missing[0]}")
        remedy = Text("Choose from GET /v1/authorities.", "Выберите из GET /v1/authorities.")
        raise Invalid(faults=(FieldFault("share_with", "authority", reason, remedy),))
    return tuple(wanted)


def authorities(session: Session, principal: Principal) -> list[tuple[str, str]]:
    """Code and name of the other authorities of this service."""
    own = code_of(principal)
    query = select(Organisation).where(Organisation.kind == "authority", col(Organisation.active))
    with as_service(session):
        found = session.exec(query.order_by(col(Organisation.authority_code))).all()
    return [(str(each.authority_code), each.name) for each in found if each.authority_code != own]


def _readable(principal: Principal) -> Any:
    code = code_of(principal)
    given = select(IncidentShare.incident_id).where(IncidentShare.authority_code == code)
    return or_(
        Incident.organisation_id == principal.organisation_id,
        Incident.marking == "green",
        col(Incident.id).in_(given),
    )


def _told(session: Session, principal: Principal, incident: Incident) -> Told:
    if incident.organisation_id != principal.organisation_id:
        return Told(incident, False)
    shares = select(IncidentShare.authority_code).where(IncidentShare.incident_id == incident.id)
    source = session.get_one(IncidentSource, incident.id)
    return Told(incident, True, tuple(sorted(session.exec(shares))), source.referral_id)


def _label(session: Session, principal: Principal, incident: Incident, source: Referral) -> None:
    outcome = LESSON[incident.kind]  # type: ignore[index]
    said = Judgement(outcome, f"incident:{incident.kind}", principal.user_id, None, "incident", incident.id)
    with as_service(session):  # the label is the company's row, written at the authority's word
        feedback.judge(session, session.get_one(Order, source.order_id), said)


def _refuse_traces(session: Session, filing: Filing, source: Referral) -> None:
    """Refuse what would lead back from the incident to the company: its name, code, the order's number, the ids."""
    with as_service(session):
        company = session.get_one(Organisation, source.organisation_id)
        order = session.get_one(Order, source.order_id)
    said = json.dumps([filing.summary, [party.model_dump(mode="json") for party in filing.parties]], ensure_ascii=False)
    traces = (order.reference, str(order.id), str(source.id), source.packet_sha256, company.code)
    named = names.name_key(company.name)  # in whichever script it is written
    if named in names.name_key(said) or any(trace.casefold() in said.casefold() for trace in traces):
        reason = Text(
            "names the company or the order of the referral", "называет компанию или заказ, о котором передано"
        )
        remedy = Text(
            "Leave it out: others must not learn whose customer it was.",
            "Уберите это: другие не должны узнать, чей это клиент.",
        )
        raise Invalid(faults=(FieldFault("summary", "traceable", reason, remedy),))
