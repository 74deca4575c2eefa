"""A stored version of an order as the record it was screened as."""

from __future__ import annotations

from features.arrival import to_record
from features.intake import OrderIn
from features.records import OrderRecord
from screening.tables.orders import OrderVersion


def record_of(version: OrderVersion) -> OrderRecord:
    """The record of a stored version, as it was screened."""
    return to_record(OrderIn.model_validate_json(version.body), version.received_at, version.sequence)
