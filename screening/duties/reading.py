"""The duties of a stored order, for the compliance people of its company; nobody else learns of them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session, col, select

from features.reference.duties import Law, law
from screening import notifications, permits
from screening.access import Principal, require
from screening.duties import store
from screening.duties.engine import Found, Subject, duties_of, summed_whole
from screening.duties.supply import Placed, supplies_of
from screening.errors import NotFound
from screening.ids import utc_now
from screening.permits import Drawn
from screening.tables.duties import Notification, Permit
from screening.tables.orders import Order, OrderVersion
from screening.tables.people import Organisation
from screening.versions import record_of


@dataclass(frozen=True, slots=True)
class OrderDuties:
    """Everything an order owes: duties with their sums, what it draws of permits, its notification as it stands."""

    order: Order
    found: tuple[Found, ...]
    draws: tuple[tuple[Permit, Drawn], ...]
    notification: Notification | None
    standing: str | None


def read(session: Session, principal: Principal, order_id: UUID, under: Law | None = None) -> OrderDuties:
    """The duties of one order under the tables in force on its day. Raises NotFound for absent and foreign alike."""
    require(principal, "officer", "supervisor", "auditor")
    owned = (col(Order.id) == order_id, col(Order.organisation_id) == principal.organisation_id)
    order = session.exec(select(Order).where(*owned)).first()
    if order is None:
        raise NotFound
    return of_version(session, order, session.get_one(OrderVersion, order.version_id), under)


def of_version(session: Session, order: Order, version: OrderVersion, under: Law | None = None) -> OrderDuties:
    """The duties of one version of an order, for callers that have settled who asks."""
    home = session.get_one(Organisation, order.organisation_id).country
    record = record_of(version)
    lines = supplies_of(record, Placed(order.id, order.created_at, home, order.disposition == "release"))
    tables = under or law()
    whole = summed_whole(Subject(record.body, lines), tables)
    earlier = store.earlier(session, store.Wanted(order, lines, whole, home, version.received_at))
    notification = notifications.of_order(session, order.id)
    standing = notifications.standing(notification, utc_now().date()) if notification else None
    return OrderDuties(
        order=order,
        found=duties_of(Subject(record.body, lines, earlier, standing), tables),
        draws=tuple(permits.of_order(session, order)),
        notification=notification,
        standing=standing,
    )
