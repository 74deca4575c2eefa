"""The operator's view of what failed at every attempt, of all organisations, and giving it all its attempts again.

It shows kind, organisation, recipient and the last error, never what the message says: the operator delivers, it does
not read.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session, col, select

from screening import outbox, webhooks
from screening.access import Principal, require
from screening.audit import AuditEntry, record
from screening.errors import Forbidden, NotFound
from screening.tables.people import Organisation
from screening.tables.queue import Outbox
from screening.tenancy import as_service

MOST = 500


@dataclass(frozen=True, slots=True)
class Letter:
    """One dead letter and the code of the organisation it belongs to, if it belongs to one."""

    row: Outbox
    organisation: str | None


def letters(session: Session, principal: Principal) -> list[Letter]:
    """Dead letters, oldest first, at most `MOST`. Raises Forbidden for all but the operator's administrators."""
    _operator(principal)
    query = (
        select(Outbox, Organisation.code)
        .outerjoin(Organisation, col(Organisation.id) == col(Outbox.organisation_id))
        .where(Outbox.state == "dead")
        .order_by(col(Outbox.id))
        .limit(MOST)
    )
    with as_service(session):
        return [Letter(row, code) for row, code in session.execute(query)]


def resend(session: Session, principal: Principal, letter_id: UUID) -> None:
    """Give a dead letter all its attempts again. Raises Forbidden; NotFound for one that is none (any more)."""
    _operator(principal)
    with as_service(session):
        row = session.exec(select(Outbox).where(Outbox.id == letter_id, Outbox.state == "dead")).first()
        if row is None or not outbox.revive(session, letter_id):
            raise NotFound
        if row.kind == webhooks.KIND:
            webhooks.note_resent(session, row)
        told = {"kind": row.kind, "organisation": str(row.organisation_id) if row.organisation_id else None}
        record(session, AuditEntry("outbox.resent", principal.actor, principal.organisation_id, letter_id, told))


def resend_all(session: Session, principal: Principal) -> int:
    """The same for all that are listed, as after an outage; how many."""
    found = letters(session, principal)
    for letter in found:
        resend(session, principal, letter.row.id)
    return len(found)


def _operator(principal: Principal) -> None:
    require(principal, "administrator")
    if principal.organisation_kind != "operator":
        raise Forbidden
