"""What administrators and auditors look at: sessions, the health of the service, the log, and a policy tried out.

A policy is tried on the decisions of the last days as they were: the same band and the same legal stops under other
rules. It tells how many orders more or fewer would have been held; nothing is changed.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session, col, select

from screening import access, policy, policy_check
from screening.access import Principal, require
from screening.audit import AuditEntry, record
from screening.errors import Forbidden
from screening.ids import utc_now
from screening.people import colleague
from screening.policy import STOPS, PolicyTable
from screening.scoring import SERVICE
from screening.tables.audit import AuditEvent, AuditHold
from screening.tables.orders import Policy
from screening.tenancy import as_service

TRIED_DAYS = 30
MOST_EVENTS = 100
SESSIONS = """
    SELECT s.user_id, count(*), max(s.seen_at) FROM user_session s JOIN person p ON p.id = s.user_id
    WHERE p.organisation_id = :organisation AND s.expires_at > now() GROUP BY s.user_id
"""
RULED = """
    SELECT a.band, (SELECT coalesce(array_agg(stop ->> 'code' ORDER BY stop ->> 'code'), '{}')
        FROM jsonb_array_elements(d.stops) stop) AS stops, d.reasons ?| ARRAY['refused_elsewhere', 'house_check'],
      d.disposition, count(*)
    FROM decision d JOIN assessment a ON a.order_version_id = d.order_version_id
    WHERE d.number = 1 AND d.created_at > :since GROUP BY 1, 2, 3, 4
"""
HEALTH = """
    SELECT (SELECT count(*) FROM outbox WHERE state = 'pending') AS waiting,
      (SELECT extract(epoch FROM now() - min(created_at)) FROM outbox WHERE state = 'pending'
         AND not_before <= now()) AS lag_seconds,
      (SELECT count(*) FROM outbox WHERE state = 'dead') AS dead,
      (SELECT count(*) FROM audit_staging) AS staged,
      (SELECT max(number) FROM audit_checkpoint) AS checkpoint,
      (SELECT max(number) FROM audit_cosignature) AS cosigned,
      (SELECT count(*) FROM orders WHERE created_at > now() - interval '1 day') AS orders,
      (SELECT count(*) FROM assessment a JOIN order_version v ON v.id = a.order_version_id
         WHERE a.band = 'unscored' AND v.received_at > now() - interval '1 day') AS unscored,
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


def sessions(session: Session, principal: Principal) -> dict[UUID, tuple[int, datetime]]:
    """How many browsers each colleague is signed in with, and when one was last seen."""
    require(principal, "administrator")
    found = session.execute(text(SESSIONS), {"organisation": principal.organisation_id})
    return {row[0]: (row[1], row[2]) for row in found}


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


def try_policy(session: Session, principal: Principal, bands: Mapping[str, str], stops: Mapping[str, str]) -> Tried:
    """The last days under other outcomes of bands and stops, over all companies. For the operator. Raises Invalid."""
    if principal.organisation_kind != "operator":
        raise Forbidden
    require(principal, "data_scientist", "administrator", "auditor")
    rules = rules_in_force(session)
    rules = {**rules, "bands": {**rules["bands"], **bands}, "stops": {**rules["stops"], **stops}}
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


def events(session: Session, principal: Principal, action: str, subject: str) -> list[dict[str, Any]]:
    """The organisation's latest numbered events, newest first: those whose action begins so, about that subject."""
    require(principal, "supervisor", "auditor")
    query = select(AuditEvent).where(AuditEvent.organisation_id == principal.organisation_id)
    if action:
        query = query.where(col(AuditEvent.action).startswith(action, autoescape=True))
    if subject:
        query = query.where(AuditEvent.subject_id == subject)
    found = session.exec(query.order_by(col(AuditEvent.at).desc()).limit(MOST_EVENTS))
    return [
        {"event_id": each.event_id, "at": each.at, "action": each.action, "subject": each.subject_id,
         "actor": json.loads(each.body)["actor"] if each.body else None}
        for each in found
    ]  # fmt: skip


def holds(session: Session, principal: Principal) -> list[AuditHold]:
    """Legal holds of the organisation that stand, newest first."""
    require(principal, "supervisor", "auditor")
    query = select(AuditHold).where(
        AuditHold.organisation_id == principal.organisation_id, col(AuditHold.lifted_at).is_(None)
    )
    return list(session.exec(query.order_by(col(AuditHold.created_at).desc())))
