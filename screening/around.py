"""What stands around an order: its customer's months of the same goods, similar orders and what became of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from screening.reading import OrderFile
from screening.versions import record_of

MONTHS = 24
LATEST, SHOWN = 300, 5
OTHER_COUNTRY = 1.0  # as far as a quantity e times larger
HISTORY = """
    SELECT to_char(counted_at AT TIME ZONE 'UTC', 'YYYY-MM'), sum(kilograms_micro) / 1000000
    FROM supply_line l JOIN orders o ON o.id = l.order_id AND o.disposition <> 'refuse'
    WHERE l.organisation_id = :company AND l.substance_id = :substance AND l.party = :party
      AND l.counted_at BETWEEN :since AND :until AND l.kilograms_micro IS NOT NULL GROUP BY 1
"""
SIMILAR = """
    SELECT o.id, o.reference, o.created_at, o.disposition, v.customer_name, v.kilograms, v.destination, label.outcome
    FROM (SELECT order_id FROM supply_line WHERE organisation_id = :company AND substance_id = :substance
          AND counted_at <= :until AND order_id <> :order ORDER BY counted_at DESC LIMIT :latest) l
    JOIN orders o ON o.id = l.order_id JOIN order_version v ON v.id = o.version_id
    LEFT JOIN LATERAL (SELECT outcome FROM label WHERE organisation_id = :company AND order_id = o.id AND counts
          AND kind = 'officer' ORDER BY known_at DESC LIMIT 1) label ON true
"""


@dataclass(frozen=True, slots=True)
class Similar:
    """An earlier order of the same goods; `outcome` is what the company's own people said of it, if anything."""

    id: UUID
    reference: str
    created_at: datetime
    disposition: str
    customer: str | None
    kilograms: Decimal | None
    destination: str | None
    outcome: str | None


@dataclass(frozen=True, slots=True)
class Around:
    """`months` are kilograms of the leading goods by month (`YYYY-MM`), oldest first, this order among them."""

    months: tuple[tuple[str, float], ...]
    similar: tuple[Similar, ...]


def around(session: Session, file: OrderFile) -> Around:
    """Of the order's first line that the tables know; nothing where they know none."""
    record = record_of(file.version)
    line = next((each for each in record.lines if each.substance_id is not None), None)
    if line is None:
        return Around((), ())
    until = record.body.ordered_at or file.version.received_at
    names = months_until(until)
    given = {
        "company": file.order.organisation_id, "substance": line.substance_id, "party": record.customer.key,
        "since": datetime.fromisoformat(f"{names[0]}-01T00:00:00+00:00"), "until": until, "order": file.order.id,
        "latest": LATEST,
    }  # fmt: skip
    sums = {row[0]: float(row[1]) for row in session.execute(text(HISTORY), given)}
    found = {row[0]: Similar(*row) for row in session.execute(text(SIMILAR), given)}
    near = sorted(found.values(), key=lambda each: (_distance(file, each), each.reference))
    return Around(tuple((name, sums.get(name, 0.0)) for name in names), tuple(near[:SHOWN]))


def months_until(last: datetime) -> tuple[str, ...]:
    """The 24 months that end with the one of `last`."""
    first = last.year * 12 + last.month - MONTHS
    return tuple(f"{number // 12:04d}-{number % 12 + 1:02d}" for number in range(first, first + MONTHS))


def _distance(file: OrderFile, other: Similar) -> float:
    """By quantity, on a logarithmic scale, and destination; one with a known outcome is preferred at equal distance."""
    sizes = [math.log(1 + float(each or 0)) for each in (file.version.kilograms, other.kilograms)]
    apart = abs(sizes[0] - sizes[1]) + OTHER_COUNTRY * (file.version.destination != other.destination)
    return apart - 0.5 * (other.outcome is not None)
