"""The company's order list and case list as rows for a spreadsheet."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from sqlmodel import Session, col, select

from screening import life, reading, standing, views
from screening.access import Principal, require
from screening.errors import Language
from screening.reading import OPEN_STATES, Filters
from screening.tables.cases import Case
from screening.tables.orders import Assessment, Order, OrderVersion

ListName = Literal["orders", "cases"]
MOST_ROWS = 50_000
ORDER_COLUMNS = (
    "reference", "received", "customer", "goods", "kilograms", "destination", "disposition", "band", "probability",
)  # fmt: skip
CASE_COLUMNS = (
    "reference", "state", "due", "assignee", "customer", "goods", "kilograms", "destination", "band", "probability",
    "stops",
)  # fmt: skip


def orders_table(session: Session, caller: Principal) -> list[tuple[object, ...]]:
    """The newest orders of the caller's company, in `ORDER_COLUMNS`."""
    require(caller, "officer", "supervisor")
    query = (
        select(Order, OrderVersion, Assessment, views.hides(caller))
        .join(OrderVersion, col(OrderVersion.id) == col(Order.version_id))
        .join(Assessment, col(Assessment.order_version_id) == col(OrderVersion.id))
        .outerjoin(Case, col(Case.order_id) == col(Order.id))
        .where(Order.organisation_id == caller.organisation_id)
        .order_by(col(Order.created_at).desc(), col(Order.id).desc())
        .limit(MOST_ROWS)
    )
    rows = session.exec(query).all()
    made = standing.standing(session, [row[2] for row in rows])
    return [
        (order.reference, _utc(version.received_at), version.customer_name, *_goods(version), order.disposition,
         *_scored(made[version.id], hidden))
        for order, version, _, hidden in rows
    ]  # fmt: skip


def cases_table(session: Session, caller: Principal, language: Language) -> list[tuple[object, ...]]:
    """Every case of the caller's company, in `CASE_COLUMNS`, as the queue ranks them; a page at a time is read."""
    require(caller, "officer", "supervisor")
    states = (*OPEN_STATES, *life.CLOSED_CASES)
    rows: list[tuple[object, ...]] = []
    for page in range(1, MOST_ROWS // reading.LARGEST_PAGE + 1):
        found, total = reading.queue(
            session, caller, Filters(states, page=page, size=reading.LARGEST_PAGE, sort="newest")
        )
        rows += [_case(row, language) for row in found]
        if len(rows) >= total or not found:
            break
    return rows


def _case(row: reading.QueueRow, language: Language) -> tuple[object, ...]:
    stops = "; ".join(stop[language] for stop in row.stops)
    told = (row.order.reference, row.case.state, _utc(row.case.due_at), row.assignee, row.version.customer_name)
    return (*told, *_goods(row.version), *_scored(row.assessment, row.hidden), stops)


def _scored(assessment: Assessment, hidden: bool | None) -> tuple[str, float | None]:
    """Band and probability, for whom they are not held back until they have said what they think themselves."""
    return ("withheld", None) if hidden else (assessment.band, assessment.probability)


def _goods(version: OrderVersion) -> tuple[object, ...]:
    return version.goods, None if version.kilograms is None else float(version.kilograms), version.destination


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
