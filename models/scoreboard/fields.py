"""What an order says by itself, as a table: the raw fields that a plain model would be given.

Categories become whole numbers in the order of their first appearance: no target, no history.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.reference.substances import identify

Body = Mapping[str, Any]
NUMBERS = (
    "value", "lines", "lines.0.quantity", "lines.0.unit_price", "lines.0.gross_kg", "lines.0.package_count",
    "lines.0.concentration_pct", "customer.annual_need_kg", "declaration.monthly_use_kg", "declaration.quantity",
    "authorisation.quantity", "transport.parcel_count", "payment.instalments", "route.legs", "amendments",
    "intermediaries", "customer.licences", "customer.beneficial_owners", "month", "weekday", "hour", "lead_days",
    "customer_known_days", "company_days",
)  # fmt: skip
CATEGORIES = (
    "substance", "heading", "type", "channel", "incoterm", "service_level", "currency", "destination_country",
    "session_ip_country", "seller.country", "seller.site_id", "customer.country", "customer.industry_code",
    "customer.kind", "customer.role", "consignee.country", "consignee.type", "end_user.country", "lines.0.unit",
    "lines.0.package_type", "lines.0.form", "lines.0.grade", "transport.mode", "transport.carrier.id",
    "transfer_method", "payment.method", "payment.terms", "payment.payer_country", "payment.account_kind",
    "declaration.model", "notification.status", "route.entry_point", "placed_by.known_contact", "neutral_labels",
    "last_line_kind",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fields:
    """Raw fields of n orders: numbers (n, a) and categories (n, b) as codes, float32, NaN where absent."""

    numbers: NDArray[np.float32]
    categories: NDArray[np.float32]

    @property
    def values(self) -> NDArray[np.float32]:
        return np.hstack([self.numbers, self.categories])


def fields_of(bodies: Sequence[Body], kilograms: NDArray[np.float64]) -> Fields:
    """Raw fields of order bodies; `kilograms` (n,) is the known mass of each."""
    codes: list[dict[Any, int]] = [{} for _ in CATEGORIES]
    numbers = np.full((len(bodies), len(NUMBERS) + 1), np.nan, dtype=np.float32)
    categories = np.full((len(bodies), len(CATEGORIES)), np.nan, dtype=np.float32)
    numbers[:, 0] = kilograms
    for row, body in enumerate(bodies):
        derived = _derived(body)
        numbers[row, 1:] = [_number(_found(body, derived, name)) for name in NUMBERS]
        for column, name in enumerate(CATEGORIES):
            value = _found(body, derived, name)
            if value is not None:
                categories[row, column] = codes[column].setdefault(value, len(codes[column]))
    return Fields(numbers, categories)


def substance_of(body: Body) -> str | None:
    """Catalogue id of the leading line, or None."""
    line = body["lines"][0]
    found = identify(line.get("name"), line.get("cas"), line.get("hs")).substance
    return found.id if found else None


def _derived(body: Body) -> dict[str, Any]:
    moment = datetime.fromisoformat(body["received_at"])
    line, customer = body["lines"][0], body["customer"]
    return {
        "substance": substance_of(body) or line.get("cas") or line.get("name"),
        "heading": (line.get("hs") or "")[:4] or None,
        "last_line_kind": body["lines"][-1].get("item_type"),
        "month": moment.month,
        "weekday": moment.weekday(),
        "hour": moment.hour,
        "lead_days": _days(moment, body.get("requested_ship_date"), -1),
        "customer_known_days": _days(moment, customer.get("onboarded_at"), 1),
        "company_days": _days(moment, customer.get("incorporated_at"), 1),
    }


def _days(moment: datetime, day: str | None, sign: int) -> float | None:
    return None if day is None else sign * (moment.date() - datetime.fromisoformat(day).date()).days


def _found(body: Body, derived: Mapping[str, Any], name: str) -> Any:
    if name in derived:
        return derived[name]
    value: Any = body
    for part in name.split("."):
        if isinstance(value, list):
            value = value[int(part)] if int(part) < len(value) else None
        else:
            value = value.get(part) if isinstance(value, dict) else None
        if value is None:
            return None
    return value


def _number(value: Any) -> float:
    if value is None:
        return float("nan")
    return float(len(value)) if isinstance(value, list) else float(value)
