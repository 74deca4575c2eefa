"""Whether an order is still as a page showed it: one mark over all that may move and that its reader may know."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session, col, select

from screening import cases
from screening.access import Principal, require
from screening.errors import NotFound
from screening.reading import READERS
from screening.tables.cases import Case, CaseEvent
from screening.tables.orders import Order


@dataclass(frozen=True, slots=True)
class Moved:
    """An order at this moment: its mark, and the last happening of its case that the reader may know of."""

    mark: str
    last: CaseEvent | None


def mark(order: Order, case: Case | None, events: Sequence[CaseEvent]) -> str:
    """The mark of an order as it stands; `events` as the reader may see them, so that it tells of no other."""
    told = [order.version_id, order.disposition, len(events)]
    if case is not None:
        told += [case.version, case.state, case.assignee_id]
    return hashlib.sha256(repr([str(each) for each in told]).encode()).hexdigest()[:32]


def moved(session: Session, principal: Principal, order_id: UUID) -> Moved:
    """The order's mark now. Raises NotFound for absent and foreign orders alike."""
    require(principal, *READERS)
    query = select(Order).where(col(Order.id) == order_id, col(Order.organisation_id) == principal.organisation_id)
    order = session.exec(query).first()
    if order is None:
        raise NotFound
    case = session.exec(select(Case).where(col(Case.order_id) == order.id)).first()
    events = cases.events(session, principal, case) if case else []
    return Moved(mark(order, case, events), events[-1] if events else None)
