"""Looks through new orders for what operations and incidents watch for; no company's request ever waits for it.

An order is looked at for the authorities that answer for it (exporting and importing side). It matches

    an incident      where one of the incident's parties is a party of it, from the moment the incident is known
    an operation     where one of its parties is, or where goods and lane are among those it names
    a monitor        where the customer that an authority watches is a party of it

A match is a row for that authority; the order, its case and everything a company reads stay untouched.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from features.arrival import code_key
from features.intake import OrderIn
from features.reference import substances
from screening import keyed, operations
from screening.access import Principal
from screening.ids import new_id, utc_now
from screening.jurisdictions import Jurisdiction, jurisdiction
from screening.tables.cases import Monitor
from screening.tables.exchange import Incident, IncidentShare, Operation, OperationMember, SweepMark, WatchMatch
from screening.tables.orders import Order, OrderVersion
from screening.tables.people import Organisation
from screening.tenancy import as_service

MARK = "watch"
LATE = timedelta(minutes=5)  # an order's moment is older than its commit; nothing commits later than this
INCIDENT_YEARS = 5
AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class Rule:
    """What one operation or incident watches for, and for which authorities; None stands for every authority."""

    watch: str
    id: UUID
    since: datetime
    until: datetime
    members: frozenset[str] | None
    marks: frozenset[str]
    goods: frozenset[str] = frozenset()
    lanes: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Seen:
    """What of an order rules look at."""

    received_at: datetime
    marks: frozenset[str]
    goods: frozenset[str]
    lane: tuple[str, str]


def sweep(session: Session) -> int:
    """Mark what came in since the last look; how many matches are new. Ends operations that are over."""
    mark = session.get(SweepMark, MARK)
    since = mark.at - LATE if mark else utc_now() - timedelta(days=1)
    standing = list(rules(session))
    now, made = utc_now(), 0
    reached = now
    if standing:
        query = select(OrderVersion).where(col(OrderVersion.received_at) > since)
        found = session.exec(query.order_by(col(OrderVersion.received_at)).limit(AT_ONCE)).all()
        made = sum(_look(session, version, standing) for version in found)
        if len(found) == AT_ONCE:
            reached = found[-1].received_at + LATE
    session.merge(SweepMark(sweep=MARK, at=min(reached, now)))
    operations.end_due(session)
    return made


def rules(session: Session) -> Iterator[Rule]:
    """Everything that is watched for today."""
    for operation in session.exec(select(Operation).where(Operation.state == "running")):
        members = select(OperationMember.authority_code).where(OperationMember.operation_id == operation.id)
        yield Rule(
            "operation",
            operation.id,
            max(operation.created_at, datetime.combine(operation.starts_on, time.min, UTC)),
            datetime.combine(operation.ends_on, time.max, UTC),
            frozenset(session.exec(members)),
            frozenset(operation.marks),
            frozenset(key for each in operation.substances for key in goods_keys(each, each)),
            frozenset((lane[0], lane[1]) for lane in operation.lanes),
        )
    open_incidents = select(Incident).where(col(Incident.withdrawn_at).is_(None), Incident.marking != "red")
    for incident in session.exec(open_incidents):
        shared = select(IncidentShare.authority_code).where(IncidentShare.incident_id == incident.id)
        given = None if incident.marking == "green" else frozenset({incident.authority_code, *session.exec(shared)})
        until = incident.known_at + timedelta(days=365 * INCIDENT_YEARS)
        yield Rule("incident", incident.id, incident.known_at, until, given, frozenset(incident.marks))
    lately = or_(col(Monitor.ended_at).is_(None), col(Monitor.ended_at) > utc_now() - timedelta(days=1))
    for each in session.exec(select(Monitor).where(lately)):
        until = each.ended_at or datetime.combine(each.until, time.max, UTC)
        whose = frozenset({each.authority_code})
        yield Rule("monitor", each.id, each.created_at, until, whose, frozenset(each.marks))


def matched(rule: Rule, seen: Seen) -> str | None:
    """By what the rule meets the order: `party`, `goods`, `lane`, `goods_lane`; None when it does not."""
    if not rule.since <= seen.received_at <= rule.until:
        return None
    if rule.marks & seen.marks:
        return "party"
    if not (rule.goods or rule.lanes):
        return None
    goods = not rule.goods or bool(rule.goods & seen.goods)
    lane = not rule.lanes or seen.lane in rule.lanes
    if not (goods and lane):
        return None
    return "_".join(name for name, given in (("goods", rule.goods), ("lane", rule.lanes)) if given)


def goods_keys(name: str | None, cas: str | None) -> frozenset[str]:
    """Every way of knowing goods again: the substance of name or number, and what was written."""
    found = {f"w:{code_key(each)}" for each in (name, cas) if each}
    for match in (substances.identify(name, None, None), substances.identify(None, cas, None)):
        if match.substance is not None:
            found.add(f"s:{match.substance.id}")
    return frozenset(found)


def _look(session: Session, version: OrderVersion, standing: list[Rule]) -> int:
    order = OrderIn.model_validate_json(version.body)
    place = jurisdiction(session, version)
    seen = Seen(
        version.received_at,
        frozenset(keyed.marks(keyed.WATCH, keyed.everybody(order))),
        frozenset(key for line in order.lines for key in goods_keys(line.name or line.trade_name, line.cas)),
        (place.exporter, place.importer or ""),
    )
    rows = [
        _row(rule, version, code, how)
        for rule in standing
        if (how := matched(rule, seen)) is not None
        for code in _answering(place)
        if rule.members is None or code in rule.members
    ]
    if not rows:
        return 0
    for row in rows:
        row["lane"] = f"{place.exporter} → {place.importer or '??'}"
    kept = insert(WatchMatch).values(rows).on_conflict_do_nothing()
    return len(session.execute(kept.returning(col(WatchMatch.id))).all())


def _answering(place: Jurisdiction) -> list[str]:
    found = {each.code for each in (place.exporter_authority, place.importer_authority) if each}
    return sorted(found)


def _row(rule: Rule, version: OrderVersion, code: str, how: str) -> dict[str, Any]:
    return {
        "id": new_id(),
        "created_at": utc_now(),
        "watch": rule.watch,
        "watch_id": rule.id,
        "authority_code": code,
        "order_version_id": version.id,
        "company_id": version.organisation_id,
        "received_at": version.received_at,
        "goods": version.goods,
        "kilograms": version.kilograms,
        "matched_by": how,
    }


def of_watch(session: Session, principal: Principal, watch_id: UUID) -> tuple[WatchMatch, ...]:
    """The matches of the caller's own jurisdiction. The caller has checked that it may know of the watch."""
    own = select(WatchMatch).where(
        WatchMatch.watch_id == watch_id, WatchMatch.authority_code == principal.authority_code
    )
    return tuple(session.exec(own.order_by(col(WatchMatch.received_at), col(WatchMatch.id))))


@dataclass(frozen=True, slots=True)
class Marked:
    """A match as its authority reads it: the company by name, the order by its reference."""

    match: WatchMatch
    company: str
    reference: str


def told(session: Session, matches: tuple[WatchMatch, ...]) -> list[Marked]:
    """Matches of the caller's own jurisdiction with company and reference. The caller has checked whose they are."""
    ids = [each.order_version_id for each in matches]
    query = (
        select(OrderVersion.id, Organisation.name, Order.reference)
        .join(Order, col(Order.id) == col(OrderVersion.order_id))
        .join(Organisation, col(Organisation.id) == col(OrderVersion.organisation_id))
        .where(col(OrderVersion.id).in_(ids))
    )
    with as_service(session):
        named = {row[0]: (row[1], row[2]) for row in session.execute(query)}
    return [Marked(each, *named[each.order_version_id]) for each in matches]
