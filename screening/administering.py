"""What administrators and auditors look at: sessions, the health of the service, the log, and a policy tried out.

A policy is tried on the decisions of the last days as they were: the same band and the same legal stops under other
rules. It tells how many orders more or fewer would have been held; nothing is changed.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session, col, func, select

from screening import access, policy, policy_check
from screening.access import Principal, require
from screening.audit import AuditEntry, record
from screening.errors import Forbidden, NotFound
from screening.ids import utc_now
from screening.people import colleague
from screening.policy import STOPS, PolicyTable
from screening.scoring import SERVICE
from screening.settings import settings
from screening.subjects import subjects
from screening.tables.audit import AuditEvent, AuditHold, AuditLeaf, AuditRoot
from screening.tables.cases import Case
from screening.tables.four_eyes import Proposal
from screening.tables.orders import Order, Policy
from screening.tables.people import ApiKey, User, UserSession
from screening.tenancy import as_service

TRIED_DAYS = 30
MOST_EVENTS = 50
MOST_SESSIONS = 200
MOST_POLICIES = 10
# What looks over all companies asks each company's own index: none goes by time alone.
RULED = """
    SELECT a.band, (SELECT coalesce(array_agg(stop ->> 'code' ORDER BY stop ->> 'code'), '{}')
        FROM jsonb_array_elements(d.stops) stop) AS stops, d.reasons ?| ARRAY['refused_elsewhere', 'house_check'],
      d.disposition, count(*)
    FROM organisation o JOIN order_version v ON v.organisation_id = o.id AND v.received_at > :since
    JOIN decision d ON d.order_version_id = v.id AND d.number = 1
    JOIN assessment a ON a.order_version_id = v.id GROUP BY 1, 2, 3, 4
"""
HEALTH = """
    SELECT (SELECT count(*) FROM outbox WHERE state = 'pending') AS waiting,
      (SELECT extract(epoch FROM now() - min(created_at)) FROM outbox WHERE state = 'pending'
         AND not_before <= now()) AS lag_seconds,
      (SELECT count(*) FROM outbox WHERE state = 'dead') AS dead,
      (SELECT count(*) FROM audit_staging) AS staged,
      (SELECT max(number) FROM audit_checkpoint) AS checkpoint,
      (SELECT max(number) FROM audit_cosignature) AS cosigned,
      (SELECT count(*) FROM organisation c JOIN orders o ON o.organisation_id = c.id
         AND o.created_at > now() - interval '1 day') AS orders,
      (SELECT count(*) FROM organisation c JOIN order_version v ON v.organisation_id = c.id
         AND v.received_at > now() - interval '1 day' JOIN assessment a ON a.order_version_id = v.id
         WHERE a.band = 'unscored') AS unscored,
      pg_database_size(current_database()) AS bytes
"""


@dataclass(frozen=True, slots=True)
class Tried:
    """Orders of the last days by what rules would have made of them; `now` is what was made of them."""

    now: Mapping[str, int]
    then: Mapping[str, int]

    @property
    def held_more(self) -> int:
        """Orders that would have been held beyond those that were; below 0 where fewer."""
        return self.then.get("hold", 0) - self.now.get("hold", 0)


def sessions(session: Session, principal: Principal) -> list[tuple[UserSession, User]]:
    """Browsers in which colleagues are signed in now, the one seen last first."""
    require(principal, "administrator")
    now = utc_now()
    idle = now - timedelta(minutes=settings().session_idle_minutes)
    query = (
        select(UserSession, User)
        .join(User, col(User.id) == col(UserSession.user_id))
        .where(User.organisation_id == principal.organisation_id)
        .where(col(UserSession.expires_at) > now, col(UserSession.seen_at) > idle)
    )
    return list(session.exec(query.order_by(col(UserSession.seen_at).desc()).limit(MOST_SESSIONS)))


def end_session(session: Session, principal: Principal, session_id: UUID) -> None:
    """Sign a colleague out in one browser. Raises NotFound for anybody else's, and for one that has ended."""
    require(principal, "administrator")
    found = session.get(UserSession, session_id)
    if found is None:
        raise NotFound
    user = colleague(session, principal, found.user_id)
    session.delete(found)
    told = {"session": str(session_id)}
    record(session, AuditEntry("person.sessions_ended", principal.actor, user.organisation_id, user.id, told))


def end_sessions(session: Session, principal: Principal, user_id: UUID) -> None:
    """Sign a colleague out everywhere. Raises NotFound for anybody else's people."""
    require(principal, "administrator")
    user = colleague(session, principal, user_id)
    access.expire_sessions(session, user.id)
    record(session, AuditEntry("person.sessions_ended", principal.actor, user.organisation_id, user.id))


def rules_in_force(session: Session) -> dict[str, Any]:
    """The rules of the policy of today."""
    today = utc_now().date()
    query = select(Policy).where(Policy.valid_from <= today).order_by(col(Policy.version).desc()).limit(1)
    return dict(session.exec(query).one().rules)


def with_outcomes(session: Session, bands: Mapping[str, str], stops: Mapping[str, str]) -> dict[str, Any]:
    """The rules of today with these outcomes; all else as it is."""
    rules = rules_in_force(session)
    return {**rules, "bands": {**rules["bands"], **bands}, "stops": {**rules["stops"], **stops}}


def policies(session: Session, principal: Principal) -> list[tuple[Policy, list[str]]]:
    """The last versions of the policy, newest first, each with who proposed and who approved it, for the operator."""
    _of_the_operator(principal)
    found = session.exec(select(Policy).order_by(col(Policy.version).desc()).limit(MOST_POLICIES)).all()
    proposals = [each.proposal_id for each in found if each.proposal_id]
    signed = (
        select(Proposal.id, User.name)
        .join(User, col(User.id).in_((col(Proposal.proposed_by), col(Proposal.approved_by))))
        .where(col(Proposal.id).in_(proposals))
    )
    names: dict[UUID, list[str]] = {}
    for proposal_id, name in session.exec(signed.order_by(col(User.id) != col(Proposal.proposed_by))):
        names.setdefault(proposal_id, []).append(name)
    return [(each, names.get(each.proposal_id, []) if each.proposal_id else []) for each in found]


def proposed_policy(session: Session, principal: Principal) -> Proposal | None:
    """The policy that waits for its second signature."""
    _of_the_operator(principal)
    mine = (Proposal.organisation_id == principal.organisation_id, Proposal.kind == "policy")
    return session.exec(select(Proposal).where(*mine, Proposal.state == "proposed")).first()


def _of_the_operator(principal: Principal) -> None:
    require(principal, "data_scientist", "administrator", "auditor")
    if principal.organisation_kind != "operator":
        raise Forbidden


def try_policy(session: Session, principal: Principal, bands: Mapping[str, str], stops: Mapping[str, str]) -> Tried:
    """The last days under other outcomes of bands and stops, over all companies. For the operator. Raises Invalid."""
    _of_the_operator(principal)
    rules = with_outcomes(session, bands, stops)
    policy_check.check(rules)
    table = PolicyTable(0, rules)
    now, then = Counter[str](), Counter[str]()
    with as_service(session):
        rows = session.execute(text(RULED), {"since": utc_now() - timedelta(days=TRIED_DAYS)}).all()
    for band, codes, watched, disposition, count in rows:
        found = tuple(STOPS[code] for code in codes if code in STOPS)
        now[disposition] += count
        then[policy.rule(table, band, found, ("house_check",) if watched else ()).disposition] += count
    return Tried(now, then)


def health(session: Session, principal: Principal) -> dict[str, Any]:
    """Figures of the whole service, for the operator's administrators."""
    if require(principal, "administrator").organisation_kind != "operator":
        raise Forbidden
    with as_service(session):
        found = dict(session.execute(text(HEALTH)).mappings().one())
    return found | {"model": SERVICE.current.version if SERVICE.current else None}


def events(
    session: Session, principal: Principal, wanted: tuple[str, str], before: datetime | None = None
) -> list[dict[str, Any]]:
    """The organisation's latest numbered events, newest first, at most `MOST_EVENTS`, and older than `before`.

    `wanted`: how the action begins, and whom it is about, an order's number or an id; empty asks for all. `proven`: a
    signed checkpoint covers the event, so its proof can be had.
    """
    action, subject = wanted
    require(principal, "supervisor", "auditor")
    query = (
        select(AuditEvent, AuditLeaf.position)
        .join(AuditLeaf, col(AuditLeaf.event_id) == col(AuditEvent.event_id))
        .where(AuditEvent.organisation_id == principal.organisation_id)
    )
    if action:
        query = query.where(col(AuditEvent.action).startswith(action, autoescape=True))
    if subject:
        query = query.where(col(AuditEvent.subject_id).in_(subjects(session, principal, subject)))
    if before:
        query = query.where(col(AuditEvent.at) < before)
    found = session.exec(query.order_by(col(AuditEvent.at).desc()).limit(MOST_EVENTS)).all()
    own = select(func.max(AuditRoot.size)).where(AuditRoot.tree_id == principal.organisation_id)
    signed = session.exec(own).one() or 0
    return [
        {"event_id": each.event_id, "at": each.at, "action": each.action, "subject": each.subject_id,
         "actor": json.loads(each.body)["actor"] if each.body else None, "proven": position < signed}
        for each, position in found
    ]  # fmt: skip


def names_of(session: Session, principal: Principal, actors: Iterable[str | None]) -> dict[str, str]:
    """Names of the caller's own people and keys among actors as the log writes them."""
    told = {actor: _id(actor) for actor in actors if actor and actor.startswith(("user:", "key:"))}
    names: dict[UUID, str] = {}
    for kind in (User, ApiKey):
        mine = (kind.organisation_id == principal.organisation_id, col(kind.id).in_(list(told.values())))
        names |= {row[0]: row[1] for row in session.exec(select(kind.id, kind.name).where(*mine))}
    return {actor: names[found] for actor, found in told.items() if found in names}


def orders_of(session: Session, principal: Principal, about: Iterable[str | None]) -> dict[str, str]:
    """Numbers of the caller's own orders by the id of the order or of its case."""
    ids = [found for found in (_id(f":{each}") for each in about) if found]
    mine = (Order.organisation_id == principal.organisation_id,)
    orders = session.exec(select(Order.id, Order.reference).where(*mine, col(Order.id).in_(ids))).all()
    cases = session.exec(
        select(Case.id, Order.reference)
        .join(Order, col(Order.id) == col(Case.order_id))
        .where(*mine, col(Case.id).in_(ids))
    ).all()
    return {str(row[0]): row[1] for row in (*orders, *cases)}


def _id(actor: str) -> UUID | None:
    try:
        return UUID(actor.partition(":")[2])
    except ValueError:
        return None  # nobody in particular


def holds(session: Session, principal: Principal) -> list[AuditHold]:
    """Legal holds of the organisation that stand, newest first."""
    require(principal, "supervisor", "auditor")
    query = select(AuditHold).where(
        AuditHold.organisation_id == principal.organisation_id, col(AuditHold.lifted_at).is_(None)
    )
    return list(session.exec(query.order_by(col(AuditHold.created_at).desc())))
