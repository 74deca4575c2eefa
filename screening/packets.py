"""The explained packet an authority receives: the order as submitted, what it was held for, and why.

Everything the authority needs to act and to check is inside; sentences come in English and Russian. It holds facts,
limits and reasons of this order only, nothing of other customers and nothing about how goods could be used.
"""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from features.reference.authorities import Authority
from models.explain import Reason, sentence
from screening.jurisdictions import Jurisdiction, jurisdiction
from screening.tables.orders import Assessment, Decision, Order, OrderVersion
from screening.tables.people import Organisation

FORMAT = "tamga-referral/1"
CAUTION = {
    "en": "The score ranks orders for review. It is no finding about any person; the papers and the parties decide.",
    "ru": "Оценка упорядочивает заказы для проверки. Она не вывод о каком-либо лице: решают документы и стороны.",
}


def packet_for(session: Session, order_version_id: UUID) -> dict[str, Any]:
    """The packet of one order version, from what was stored with it; JSON values only."""
    version = session.get_one(OrderVersion, order_version_id)
    company = session.get_one(Organisation, version.organisation_id)
    return {
        "format": FORMAT,
        "caution": CAUTION,
        "company": {"code": company.code, "name": company.name, "country": company.country},
        "jurisdiction": _jurisdiction(jurisdiction(session, version)),
        "order": _order(session, version),
        "assessment": _assessment(session.get_one(Assessment, order_version_id)),
        "decisions": _decisions(session, order_version_id),
    }


def _order(session: Session, version: OrderVersion) -> dict[str, Any]:
    order = session.get_one(Order, version.order_id)
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
    }


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
