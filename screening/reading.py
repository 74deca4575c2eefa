"""What people read: the queue of held orders and everything about one order, each bound to the reader's company."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Double, cast, func
from sqlalchemy import case as sql_case
from sqlmodel import Session, col, select

from models.explain import Reason
from screening import cases, life, ranking, referrals, standing, views
from screening.access import Principal, require
from screening.errors import NotFound
from screening.people import names_of
from screening.tables.cases import Case, CaseEvent
from screening.tables.orders import Assessment, Decision, Label, Order, OrderVersion
from screening.tables.people import RoleName, User

READERS: tuple[RoleName, ...] = ("officer", "supervisor", "auditor")
OPEN_STATES = life.OPEN_CASES
LARGEST_PAGE = 200
Sort = Literal["rank", "due", "score", "newest"]


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One case in the queue. `reasons` are the strongest two; `hidden`: the reader's own view is asked first."""

    case: Case
    order: Order
    version: OrderVersion
    assessment: Assessment
    stops: list[dict[str, Any]]
    assignee: str | None
    hidden: bool
    rank: float

    @property
    def reasons(self) -> tuple[Reason, ...]:
        return () if self.hidden else reasons_of(self.assessment)[:2]


@dataclass(frozen=True, slots=True)
class OrderFile:
    """Everything about one order that its company's compliance people may read.

    `hidden`: score and reasons wait until the reader has given their own view.
    """

    order: Order
    version: OrderVersion
    versions: tuple[OrderVersion, ...]
    body: Mapping[str, Any]
    assessment: Assessment
    decisions: tuple[Decision, ...]
    labels: tuple[Label, ...]
    case: Case | None
    events: tuple[CaseEvent, ...]
    referrals: tuple[referrals.Told, ...]
    people: Mapping[UUID, str]
    hidden: bool

    @property
    def reasons(self) -> tuple[Reason, ...]:
        return reasons_of(self.assessment)


@dataclass(frozen=True, slots=True)
class Filters:
    """What of the queue is wanted; None is everything. Pages are numbered from 1.

    `unassigned` takes what nobody has; `due_before` what is due by then. `sort`: rank, due, score or newest.
    """

    states: tuple[str, ...] = OPEN_STATES
    band: str | None = None
    assignee_id: UUID | None = None
    search: str | None = None
    page: int = 1
    size: int = 50
    unassigned: bool = False
    due_before: datetime | None = None
    sort: Sort = "rank"


def reasons_of(assessment: Assessment) -> tuple[Reason, ...]:
    """The stored reasons, strongest first."""
    return tuple(Reason(**stored) for stored in assessment.explanation.get("reasons", []))


def queue(session: Session, principal: Principal, filters: Filters) -> tuple[list[QueueRow], int]:
    """One page of the company's cases and how many there are, by default in the order of `screening.ranking`.

    What decides the order is asked first, without the orders' texts; those of one page are read afterwards.
    """
    require(principal, *READERS)
    size = min(filters.size, LARGEST_PAGE)
    known = sql_case((views.hides(principal), None), else_=col(Case.probability))
    sorts: dict[Sort, tuple[Any, ...]] = {
        "rank": (ranking.rank(principal).desc(), col(Case.due_at)),
        "due": (col(Case.due_at),),
        "score": (known.desc().nulls_first(), col(Case.due_at)),
        "newest": (col(Case.created_at).desc(),),
    }
    ordered = _wanted(principal, filters).order_by(*sorts[filters.sort], col(Case.id))
    ids = list(session.execute(ordered.offset((max(filters.page, 1) - 1) * size).limit(size)).scalars())
    rows = {row[0].id: row for row in session.execute(_rows(principal, ids))}
    found = [QueueRow(*rows[case_id]) for case_id in ids]
    made = standing.standing(session, [row.assessment for row in found])
    told = [replace(row, assessment=made[row.assessment.order_version_id]) for row in found]
    return told, _counted(session, principal, filters)


def _counted(session: Session, principal: Principal, filters: Filters) -> int:
    matching = _wanted(principal, filters).subquery()
    return int(session.execute(select(func.count()).select_from(matching)).scalar_one())


def _rows(principal: Principal, ids: Collection[UUID]) -> Any:
    columns = (Decision.stops, User.name, views.hides(principal), cast(ranking.rank(principal), Double))
    return (
        select(Case, Order, OrderVersion, Assessment, *columns)  # type: ignore[call-overload]
        .join(Order, col(Order.id) == col(Case.order_id))
        .join(OrderVersion, col(OrderVersion.id) == col(Case.order_version_id))
        .join(Assessment, col(Assessment.order_version_id) == col(OrderVersion.id))
        .join(Decision, (col(Decision.order_version_id) == col(OrderVersion.id)) & (col(Decision.number) == 1))
        .outerjoin(User, col(User.id) == col(Case.assignee_id))
        .where(col(Case.id).in_(ids))
    )


def _wanted(principal: Principal, filters: Filters) -> Any:
    """Ids of the cases that match."""
    own = (col(Case.organisation_id) == principal.organisation_id, col(Case.state).in_(filters.states))
    query: Any = select(Case.id).where(*own)
    if filters.band:
        query = query.where(col(Case.band) == filters.band, ~views.hides(principal))
    if filters.assignee_id:
        query = query.where(col(Case.assignee_id) == filters.assignee_id)
    if filters.unassigned:
        query = query.where(col(Case.assignee_id).is_(None))
    if filters.due_before:
        query = query.where(col(Case.due_at) < filters.due_before)
    if filters.search:
        like = f"%{_escaped(filters.search)}%"
        query = query.join(Order, col(Order.id) == col(Case.order_id))
        query = query.join(OrderVersion, col(OrderVersion.id) == col(Case.order_version_id))
        query = query.where(col(Order.reference).ilike(like) | col(OrderVersion.customer_name).ilike(like))
    return query


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")


def order_file(session: Session, principal: Principal, order_id: UUID) -> OrderFile:
    """The whole file of one order. Raises NotFound for absent and foreign orders alike."""
    require(principal, *READERS)
    order = session.exec(
        select(Order).where(col(Order.id) == order_id, col(Order.organisation_id) == principal.organisation_id)
    ).first()
    if order is None:
        raise NotFound
    version = session.get_one(OrderVersion, order.version_id)
    case = session.exec(select(Case).where(col(Case.order_id) == order.id)).first()
    events = tuple(cases.events(session, principal, case)) if case else ()
    decisions = _decisions(session, order.version_id)
    return OrderFile(
        order=order,
        version=version,
        versions=_versions(session, order),
        body=json.loads(version.body),
        assessment=standing.assessment(session, version.id),
        decisions=decisions,
        labels=_labels(session, order),
        case=case,
        events=events,
        referrals=tuple(referrals.of_case(session, principal, case)) if case else (),
        people=names_of(session, _acting(events, decisions)),
        hidden=views.hidden(session, principal, case),
    )


def _versions(session: Session, order: Order) -> tuple[OrderVersion, ...]:
    query = select(OrderVersion).where(col(OrderVersion.order_id) == order.id).order_by(col(OrderVersion.number))
    return tuple(session.exec(query))


def _decisions(session: Session, version_id: UUID) -> tuple[Decision, ...]:
    query = select(Decision).where(col(Decision.order_version_id) == version_id).order_by(col(Decision.number))
    return tuple(session.exec(query))


def _labels(session: Session, order: Order) -> tuple[Label, ...]:
    """What people of the company said. What an authority says of an order is not the company's to read."""
    query = select(Label).where(col(Label.order_id) == order.id, col(Label.kind) == "officer")
    return tuple(session.exec(query.order_by(col(Label.known_at))))


def _acting(events: Iterable[CaseEvent], decisions: Iterable[Decision]) -> set[UUID]:
    found = {event.actor_id for event in events} | {each.decided_by for each in decisions}
    return {each for each in found if each is not None}


def by_reference(session: Session, principal: Principal, reference: str) -> UUID | None:
    """The company's order of that number; None for absent and foreign ones alike."""
    require(principal, *READERS)
    own = (col(Order.organisation_id) == principal.organisation_id, col(Order.reference) == reference)
    return session.exec(select(Order.id).where(*own)).first()


def recent(session: Session, principal: Principal, before: datetime | None, limit: int) -> list[Order]:
    """The company's orders, newest first, older than `before`. For everyone who may see its orders at all."""
    query = select(Order).where(col(Order.organisation_id) == principal.organisation_id)
    if before is not None:
        query = query.where(col(Order.created_at) < before)
    return list(session.exec(query.order_by(col(Order.created_at).desc()).limit(min(limit, LARGEST_PAGE))))
