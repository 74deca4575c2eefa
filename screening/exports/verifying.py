"""How to check a packet without the service: the key, the event of the audit log behind it, and what to do."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from screening import audit_proofs, signing
from screening.access import Principal
from screening.audit_proofs import Erased, NotYetSigned
from screening.errors import NotFound
from screening.tables.audit import AuditEvent, AuditStaging
from screening.tables.cases import Referral
from screening.tenancy import as_service

SCREENED = ("order.screened", "order.amended")
STEPS = {
    "en": (
        "1. The SHA-256 of the packet's bytes is the one in the referral, its receipt and the signed packet. "
        "2. The signature over those bytes is Ed25519 by the key named here; take the key from the service once and "
        "keep it. 3. `tamga-verify` checks an audit proof offline; with `--document packet.json` also that the event "
        "of the referral names this packet. 4. The SHA-256 of the order's body is the one in the event of screening."
    ),
    "ru": (
        "1. SHA-256 байтов пакета совпадает с указанным в передаче, квитанции и подписанном пакете. "
        "2. Подпись этих байтов: Ed25519, ключ указан здесь; получите ключ у службы один раз и храните. "
        "3. `tamga-verify` проверяет доказательство журнала без связи; с `--document packet.json` также то, что "
        "событие передачи называет этот пакет. 4. SHA-256 текста заказа совпадает с указанным в событии проверки."
    ),
}


def how_to_verify(session: Session, organisation_id: UUID, order_id: UUID) -> dict[str, Any]:
    """Key and steps, with the order's last event of screening and, once a checkpoint covers it, its proof."""
    key = signing.service_key().public_key()
    event_id = _event(session, organisation_id, str(order_id), SCREENED)
    return {
        **STEPS,
        "service_key": {"key_id": signing.key_id(key), "public_key": public_key()},
        "screening_event": event_id and str(event_id),
        "screening_proof": event_id and _proof(session, organisation_id, event_id),
    }


def public_key() -> str:
    """The service's public key, base64."""
    return base64.b64encode(signing.public_bytes(signing.service_key().public_key())).decode()


def referral_proof(session: Session, caller: Principal, referral: Referral) -> dict[str, Any]:
    """Proof that the log names this referral's packet, as `tamga-verify` takes it. Raises NotYetSigned, Erased.

    The event stands in the company's tree; whoever holds the packet may have it proven.
    """
    with as_service(session):  # the tree is the company's, and the authority reads no more of it than this proof
        event_id = _event(session, referral.organisation_id, str(referral.id), ("referral.sent",))
        if event_id is None:
            raise NotFound
        return audit_proofs.event_proof(session, replace(caller, organisation_id=referral.organisation_id), event_id)


def _event(session: Session, organisation_id: UUID, subject: str, actions: tuple[str, ...]) -> UUID | None:
    """The newest event of these kinds about a subject, numbered already or not."""
    for table in (AuditStaging, AuditEvent):
        query = select(table).where(
            table.organisation_id == organisation_id, table.subject_id == subject, col(table.action).in_(actions)
        )
        found = session.exec(query.order_by(col(table.at).desc()).limit(1)).first()
        if found is not None:
            return found.event_id
    return None


def _proof(session: Session, organisation_id: UUID, event_id: UUID) -> dict[str, Any] | None:
    owner = Principal(organisation_id, "company", "", frozenset())
    try:
        return audit_proofs.event_proof(session, owner, event_id)
    except (NotYetSigned, Erased):
        return None
