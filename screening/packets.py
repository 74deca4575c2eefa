"""The explained packet an authority receives: the order as submitted, what it was held for, and why.

Everything the authority needs to act and to check is inside; sentences come in English and Russian. It holds facts,
limits and reasons of this order, the same customer's figures, nothing of other customers and nothing about how goods
could be used. Every other format (`screening.exports`) is made from a packet alone; the same stored facts give the
same packet, to the byte.
"""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import numpy as np
from sqlmodel import Session, col, select

from features.catalogue import BY_NAME, FINGERPRINT, feature_names
from features.reference.authorities import Authority
from models.explain import Reason, sentence
from screening import standing
from screening.duties import reading as duty_reading
from screening.exports.duties import duties_of, notification_of, permits_of
from screening.exports.history import history_of
from screening.exports.limits import limits_of
from screening.exports.model_card import card_extract
from screening.exports.parties import parties_of
from screening.exports.route import route_of
from screening.exports.verifying import how_to_verify
from screening.jurisdictions import Jurisdiction, jurisdiction
from screening.tables.orders import Assessment, Decision, Order, OrderVersion
from screening.tables.people import Organisation

FORMAT = "tamga-packet/2"  # 1 had no duties, history, parties, route, card and no way to verify
CAUTION = {
    "en": "The score ranks orders for review. It is no finding about any person; the papers and the parties decide.",
    "ru": "Оценка упорядочивает заказы для проверки. Она не вывод о каком-либо лице: решают документы и стороны.",
}


def packet_for(session: Session, order_version_id: UUID) -> dict[str, Any]:
    """The packet of one order version, from what was stored with it; JSON values only."""
    version = session.get_one(OrderVersion, order_version_id)
    company = session.get_one(Organisation, version.organisation_id)
    assessment = standing.assessment(session, order_version_id)
    found = jurisdiction(session, version)
    order = session.get_one(Order, version.order_id)
    known = duty_reading.of_version(session, order, version)
    body = json.loads(version.body)
    return {
        "format": FORMAT,
        "caution": CAUTION,
        "company": {"code": company.code, "name": company.name, "country": company.country},
        "jurisdiction": _jurisdiction(found),
        "order": _order(order, version),
        "facts": assessment.facts,
        "limits": limits_of(assessment.facts),
        "duties": duties_of(known),
        "permits": permits_of(known),
        "notification": notification_of(known),
        "assessment": _assessment(assessment),
        "model_card": card_extract(session, assessment.model_version),
        "decisions": _decisions(session, order_version_id),
        "history": history_of(session, version),
        "parties": parties_of(body),
        "route": route_of(body, found.exporter, found.importer),
        "verify": how_to_verify(session, company.id, order.id),
    }


def _order(order: Order, version: OrderVersion) -> dict[str, Any]:
    return {
        "id": str(order.id),
        "reference": order.reference,
        "version": version.number,
        "received_at": version.received_at.isoformat(),
        "goods": version.goods,
        "kilograms": None if version.kilograms is None else str(version.kilograms),
        "destination": version.destination,
        "body": json.loads(version.body),
        "body_sha256": version.body_sha256,
    }


def _assessment(assessment: Assessment) -> dict[str, Any]:
    explanation = assessment.explanation
    return {
        "model": assessment.model_version,
        "catalogue": assessment.catalogue,
        "failure": assessment.failure,
        "probability": assessment.probability,
        "margin": assessment.margin,
        "band": assessment.band,
        "reference_class": explanation.get("reference_class"),
        "families": explanation.get("families", []),
        "reasons": [_reason(reason) for reason in explanation.get("reasons", [])],
        "base": explanation.get("base"),
        "contributions": _contributions(assessment),
    }


def _contributions(assessment: Assessment) -> list[list[Any]]:
    """[feature, family, push on the margin], strongest first; those that moved nothing are left out.

    Names are today's only where the catalogue is the one that scored; else there are none.
    """
    if assessment.contributions is None or assessment.catalogue != FINGERPRINT:
        return []
    values = np.frombuffer(assessment.contributions, dtype="<f4")[:-1].tolist()
    pairs = zip(feature_names(), values, strict=True)
    moved = [[name, BY_NAME[name].family, value] for name, value in pairs if value]
    return sorted(moved, key=lambda each: (-abs(each[2]), each[0]))


def _reason(stored: dict[str, Any]) -> dict[str, Any]:
    reason = Reason(**stored)
    return {**stored, "en": sentence(reason, "en"), "ru": sentence(reason, "ru")}


def _decisions(session: Session, version_id: UUID) -> list[dict[str, Any]]:
    query = select(Decision).where(Decision.order_version_id == version_id).order_by(col(Decision.number))
    return [
        {
            "at": decision.created_at.isoformat(),
            "maker": decision.maker,
            "disposition": decision.disposition,
            "policy": decision.policy_version,
            "legal_stops": decision.stops,
            "grounds": decision.reasons,
            "reason": decision.reason,
        }
        for decision in session.exec(query)
    ]


def _jurisdiction(found: Jurisdiction) -> dict[str, Any]:
    def told(authority: Authority | None) -> dict[str, str] | None:
        return None if authority is None else {"code": authority.code, "en": authority.name_en, "ru": authority.name_ru}

    return {
        "exporter": found.exporter,
        "importer": found.importer,
        "exporter_authority": told(found.exporter_authority),
        "importer_authority": told(found.importer_authority),
    }
