"""Customers with many earlier orders, written straight to the tables: rows and states, no screening."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import insert, text
from sqlmodel import Session

from features.arrival import to_record
from features.encode import EncodedOrder, encode, micros
from features.intake import OrderIn
from features.online import States, observe, state_keys
from screening import states
from screening.ids import new_id
from screening.orders import Submission
from screening.tables.orders import Order, OrderVersion

BATCH = 2000
SPACING = timedelta(minutes=100)


def preload(session: Session, company: UUID, order: OrderIn, count: int) -> None:
    """Give the customer of `order` that many earlier orders of the same kind, the latest an hour ago."""
    if count == 0:
        return
    first = datetime.now(UTC) - timedelta(hours=1) - SPACING * count
    moments = [first + SPACING * number for number in range(count)]
    known = _folded(encode(to_record(order, first, 0)), moments)
    states.save(session, company, known)
    for start in range(0, count, BATCH):
        _rows(session, Submission.of(company, order), moments[start : start + BATCH], start)


def _folded(template: EncodedOrder, moments: list[datetime]) -> States:
    known = States.of(state_keys(template), {})
    sizes = np.random.default_rng(7).integers(80_000_000, 1_400_000_000, len(moments))
    for at, size in zip(moments, sizes, strict=True):
        goods = tuple((key, int(size)) for key, _ in template.goods)
        observe(replace(template, at=micros(at), goods=goods), known)
    return known


def _rows(session: Session, submission: Submission, moments: list[datetime], start: int) -> None:
    numbers = session.execute(
        text("SELECT nextval('order_arrival') FROM generate_series(1, :count)"), {"count": len(moments)}
    ).scalars()
    versions = [_version(submission, at, sequence) for at, sequence in zip(moments, numbers, strict=True)]
    orders = [
        {
            "id": version["order_id"],
            "created_at": version["received_at"],
            "organisation_id": submission.organisation_id,
            "reference": f"{submission.order.reference}-earlier-{start + place}",
            "version_id": version["id"],
            "version": 1,
            "state": "cleared",
            "disposition": "release",
            "documents_needed": [],
        }
        for place, version in enumerate(versions)
    ]
    session.execute(insert(Order), orders)
    session.execute(insert(OrderVersion), versions)


def _version(submission: Submission, at: datetime, sequence: int) -> dict[str, Any]:
    return {
        "id": new_id(),
        "created_at": at,
        "organisation_id": submission.organisation_id,
        "order_id": new_id(),
        "number": 1,
        "received_at": at,
        "sequence": sequence,
        "source": "bench",
        "body": submission.body,
        "body_sha256": submission.body_sha256,
        "content_sha256": f"{sequence:064x}",
        "customer_name": submission.order.customer.name,
        "goods": "Acetone",
        "kilograms": 100,
        "destination": "KZ",
    }
