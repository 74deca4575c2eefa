"""What came before: versions of the order, the same customer's twelve months with this company, known outcomes."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from screening.tables.orders import Label, Order, OrderVersion

YEAR = timedelta(days=365)


def history_of(session: Session, version: OrderVersion) -> dict[str, Any]:
    """As of the version's own arrival; earlier orders are those under the same customer's name."""
    return {
        "versions": _versions(session, version),
        "customer_12_months": _customer(session, version),
        "outcomes": _outcomes(session, version),
    }


def _versions(session: Session, version: OrderVersion) -> list[dict[str, Any]]:
    query = select(OrderVersion).where(OrderVersion.order_id == version.order_id, OrderVersion.number <= version.number)
    return [
        {"number": each.number, "received_at": each.received_at.isoformat(), "body_sha256": each.body_sha256}
        for each in session.exec(query.order_by(col(OrderVersion.number)))
    ]


def _customer(session: Session, version: OrderVersion) -> dict[str, Any] | None:
    if version.customer_name is None:
        return None
    query = (
        select(Order.disposition, OrderVersion.kilograms, OrderVersion.received_at)
        .join(OrderVersion, col(OrderVersion.id) == col(Order.version_id))
        .where(
            OrderVersion.organisation_id == version.organisation_id,
            OrderVersion.customer_name == version.customer_name,
            OrderVersion.order_id != version.order_id,
            col(OrderVersion.received_at) < version.received_at,
            col(OrderVersion.received_at) >= version.received_at - YEAR,
        )
    )
    rows = session.execute(query).all()
    dispositions = [row[0] for row in rows]
    arrivals = sorted(row[2] for row in rows)
    return {
        "orders": len(rows),
        "kilograms": str(sum((row[1] for row in rows if row[1] is not None), Decimal(0))),
        **{name: dispositions.count(word) for name, word in (("held", "hold"), ("refused", "refuse"))},
        "first": arrivals[0].isoformat() if arrivals else None,
        "last": arrivals[-1].isoformat() if arrivals else None,
    }


def _outcomes(session: Session, version: OrderVersion) -> list[dict[str, Any]]:
    said = select(Label).where(Label.order_id == version.order_id, Label.kind == "officer", col(Label.counts))
    query = said.order_by(col(Label.known_at), col(Label.id))
    return [
        {"outcome": each.outcome, "known_at": each.known_at.isoformat(), "source": each.source}
        for each in session.exec(query)
    ]
