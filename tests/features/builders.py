"""Small orders for tests of features: `order(...)` says only what matters."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from features.arrival import to_record
from features.intake import OrderIn
from features.records import OrderRecord

START = datetime(2025, 3, 10, 12, tzinfo=UTC)


def body(**fields: Any) -> OrderIn:
    """An order of 100 kg acetone by one customer, with `fields` over it."""
    whole: dict[str, Any] = {
        "reference": "A-1",
        "customer": {"name": "ТОО «Лак и краска»", "country": "KZ", "registration_no": "1"},
        "lines": [{"name": "acetone", "cas": "67-64-1", "quantity": "100", "unit": "kg"}],
    }
    return OrderIn.model_validate_json(orjson.dumps(whole | fields, default=str))


def order(day: float = 0.0, sequence: int = 0, **fields: Any) -> OrderRecord:
    """An order that arrived `day` days after START as number `sequence`."""
    return to_record(body(**fields), START + timedelta(days=day), sequence)


def line(quantity: object = "100", unit: str = "kg", **fields: Any) -> dict[str, Any]:
    return {"name": "acetone", "cas": "67-64-1", "quantity": quantity, "unit": unit} | fields
