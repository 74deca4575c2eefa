"""What an event of the log may be about, as people name it: an order by its number stands for its case and reports."""

from __future__ import annotations

from sqlmodel import Session, col, select

from screening.access import Principal
from screening.tables.cases import Case, Referral
from screening.tables.orders import Order


def subjects(session: Session, principal: Principal, said: str) -> list[str]:
    """Ids of the caller's own order of this number, of its case and of its reports; anything else is an id already."""
    mine = (Order.organisation_id == principal.organisation_id, Order.reference == said)
    order = session.exec(select(Order.id).where(*mine)).first()
    if order is None:
        return [said]
    case = session.exec(select(Case.id).where(Case.order_id == order)).first()
    reports = session.exec(select(Referral.id).where(Referral.case_id == case).order_by(col(Referral.created_at)))
    return [str(each) for each in (order, case, *reports) if each is not None]
