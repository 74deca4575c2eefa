"""Terms of keeping and legal holds of one organisation, as its administrators and auditors handle them.

A hold only keeps: it stops erasure and deletes nothing. Erasing stays the operator's, on the command line.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session, col, func, select

from features.reference.retention import kept_until
from screening import audit_erasure
from screening.access import Principal, require
from screening.audit_erasure import Wish
from screening.errors import Conflict, FieldFault, Invalid, NotFound, Text
from screening.ids import utc_now
from screening.settings import settings
from screening.subjects import subjects
from screening.tables.audit import AuditEvent, AuditHold, AuditStaging
from screening.tables.people import RoleName

KEEPERS: tuple[RoleName, ...] = ("administrator", "auditor")
LONGEST_REASON = 500
MOST_LIFTED = 20


class HeldAlready(Conflict):
    code = "held_already"
    detail = Text("A hold on this stands already.", "Такой запрет уже действует.")
    remedy = Text("Nothing has to be done; it is in the list.", "Ничего делать не нужно: он есть в списке.")


@dataclass(frozen=True, slots=True)
class Terms:
    """`until` is the last day on which today's records have to be kept; `oldest_until` that of the oldest, `oldest`."""

    until: date
    oldest: datetime | None
    oldest_until: date | None


def terms(session: Session, principal: Principal) -> Terms:
    """How long the organisation's records are kept, by its country's law and the service's setting."""
    require(principal, *KEEPERS)
    mine = select(func.min(AuditEvent.at)).where(
        AuditEvent.organisation_id == principal.organisation_id, AuditEvent.action != "erased"
    )
    oldest, years = session.exec(mine).one(), settings().retention_years
    country = principal.organisation_country
    return Terms(
        kept_until(utc_now().date(), country, years),
        oldest,
        kept_until(oldest.date(), country, years) if oldest else None,
    )


def holds(session: Session, principal: Principal) -> tuple[list[AuditHold], list[AuditHold]]:
    """The organisation's holds, newest first: those that stand, and the last that were lifted."""
    require(principal, *KEEPERS)
    query = select(AuditHold).where(AuditHold.organisation_id == principal.organisation_id)
    lifted = query.where(col(AuditHold.lifted_at).is_not(None)).order_by(col(AuditHold.lifted_at).desc())
    standing = query.where(col(AuditHold.lifted_at).is_(None)).order_by(col(AuditHold.created_at).desc())
    return list(session.exec(standing)), list(session.exec(lifted.limit(MOST_LIFTED)))


def hold(session: Session, principal: Principal, about: str, reason: str) -> list[AuditHold]:
    """Hold what the log says of an order's number or another subject, or everything where `about` is empty.

    Raises Forbidden, Invalid for a subject that no event is about or a missing reason, HeldAlready.
    """
    require(principal, *KEEPERS)
    _check(reason)
    named: list[str] | list[None] = subjects(session, principal, about) if about else [None]
    if about and not _known(session, principal, [each for each in named if each]):
        wrong = Text("is named by no event of yours", "не упоминается ни в одном вашем событии")
        remedy = Text(
            "Give an order's number, or the id that the log shows; leave it empty to hold everything.",
            "Укажите номер заказа или id из журнала; пустое поле — запрет на всё.",
        )
        raise Invalid(faults=(FieldFault("about", "unknown", wrong, remedy),))
    held = {each.subject_id for each in holds(session, principal)[0]}
    wanted = [each for each in named if each not in held]
    if not wanted:
        raise HeldAlready
    return [audit_erasure.hold(session, _wish(principal, each, reason)) for each in wanted]


def lift(session: Session, principal: Principal, hold_id: UUID, reason: str) -> None:
    """Lift one hold, with a reason. Raises Forbidden, Invalid, NotFound for a foreign or lifted one too."""
    require(principal, *KEEPERS)
    _check(reason)
    found = session.get(AuditHold, hold_id)
    if found is None or found.organisation_id != principal.organisation_id or found.lifted_at is not None:
        raise NotFound
    audit_erasure.lift(session, _wish(principal, found.subject_id, reason))


def _wish(principal: Principal, subject: str | None, reason: str) -> Wish:
    return Wish(principal.organisation_id, subject, principal.actor, reason)


def _known(session: Session, principal: Principal, named: list[str]) -> bool:
    """Whether an event of the organisation, numbered or about to be, is about one of these."""
    return any(
        session.exec(
            select(kind.event_id)
            .where(kind.organisation_id == principal.organisation_id, col(kind.subject_id).in_(named))
            .limit(1)
        ).first()
        for kind in (AuditEvent, AuditStaging)
    )


def _check(reason: str) -> None:
    if not reason or len(reason) > LONGEST_REASON or "\x00" in reason:
        wrong = Text("is missing or too long", "отсутствует или слишком длинная")
        remedy = Text("Say why, in at most 500 characters.", "Напишите почему, не длиннее 500 знаков.")
        raise Invalid(faults=(FieldFault("reason", "text", wrong, remedy),))
