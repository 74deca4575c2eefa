"""A company's past for a bench or a test: a simulated stream as though it had come in, with what became known of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import insert, text
from sqlmodel import Session

from models.simulator.config import SimulationConfig
from models.simulator.generate import simulate
from screening.ids import new_id, utc_now
from screening.signing import sha256
from screening.tables.orders import Label, Order, OrderVersion

AT_ONCE = 2_000
NUMBERS = text("SELECT nextval('order_arrival') FROM generate_series(1, :count)")


def store(session: Session, company: UUID, config: SimulationConfig) -> int:
    """Write the stream as this company's orders until yesterday; how many. No assessments: they teach, and no more."""
    made = simulate(config)
    shift = utc_now() - timedelta(days=1) - config.start - timedelta(days=config.days)
    numbers = session.execute(NUMBERS, {"count": len(made.orders)}).scalars().all()
    orders: dict[str, dict[str, Any]] = {}
    versions = [
        _version(company, orders, body, (shift, number)) for body, number in zip(made.orders, numbers, strict=True)
    ]
    labels = [
        {"id": new_id(), "created_at": each.known_at + shift, "organisation_id": company, "outcome": each.outcome,
         "order_id": orders[each.order_ref]["id"], "order_version_id": orders[each.order_ref]["version_id"],
         "known_at": each.known_at + shift, "source": each.source or "officer"}
        for each in made.labels if each.known_at + shift < utc_now() and each.order_ref in orders
    ]  # fmt: skip
    for table, rows in ((Order, list(orders.values())), (OrderVersion, versions), (Label, labels)):
        waiting = iter(rows)
        while part := list(islice(waiting, AT_ONCE)):
            session.execute(insert(table), part)
    return len(versions)


def _version(
    company: UUID, orders: dict[str, dict[str, Any]], body: dict[str, Any], place: tuple[timedelta, int]
) -> dict[str, Any]:
    """One version; its order is made with the first, and names the latest."""
    shift, sequence = place
    reference, version_id = body["reference"], new_id()
    at = datetime.fromisoformat(body["received_at"]) + shift
    order = orders.setdefault(reference, {
        "id": new_id(), "created_at": at, "organisation_id": company, "reference": reference, "version": 0,
        "disposition": "release", "state": "cleared", "documents_needed": [],
    })  # fmt: skip
    order["version_id"], order["version"] = version_id, order["version"] + 1
    text_of = orjson.dumps({name: value for name, value in body.items() if name != "received_at"}).decode()
    return {
        "id": version_id, "created_at": at, "organisation_id": company, "order_id": order["id"],
        "number": order["version"], "received_at": at, "sequence": sequence, "body": text_of, "source": "file",
        "body_sha256": sha256(text_of), "content_sha256": sha256(text_of), "goods": "simulated",
    }  # fmt: skip
