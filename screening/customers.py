"""One customer as its company's compliance people see it: what it bought month by month, its papers, its sister firms.

A customer is found by an order of its own and known by the keys under which duties count it (`screening.duties`):
register, tax and customer numbers, owners, else name and country. Sister firms share such a key, or have nearly the
same name in any script. Goods that the tables do not know are in no sum.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session, col, select

from features.arrival import code_key
from features.reference.names import similarity
from screening import reading
from screening.access import Principal
from screening.duties.supply import ties_of
from screening.ids import utc_now
from screening.life import OPEN_CASES
from screening.reading import OrderFile
from screening.tables.duties import Permit
from screening.versions import record_of

MONTHS = 12
MOST_ORDERS, MOST_PARTIES, MOST_SISTERS = 50, 5000, 20
ALIKE = 0.88  # names this near are shown as one firm's, to be looked at
SUMS = """
    SELECT substance_id, to_char(counted_at AT TIME ZONE 'UTC', 'YYYY-MM') AS month,
      sum(kilograms_micro) / 1000000 AS kilograms, count(*) FILTER (WHERE kilograms_micro IS NULL) AS unknown
    FROM supply_line l JOIN orders o ON o.id = l.order_id AND o.disposition <> 'refuse'
    WHERE l.organisation_id = :company AND l.party = :party AND l.counted_at >= :since GROUP BY 1, 2
"""
ORDERS = """
    SELECT DISTINCT o.id, o.reference, o.created_at, o.disposition, o.documents_needed, v.goods, v.kilograms,
      c.state AS case_state
    FROM supply_line l JOIN orders o ON o.id = l.order_id JOIN order_version v ON v.id = o.version_id
    LEFT JOIN officer_case c ON c.order_id = o.id AND c.state = ANY(:open)
    WHERE l.organisation_id = :company AND l.party = :party ORDER BY o.created_at DESC LIMIT :most
"""
# From each party to the next by the index: what is read grows with the number of customers, not of their lines.
PARTIES = """
    WITH RECURSIVE known AS (
      SELECT min(party) AS party, 1 AS place FROM supply_line WHERE organisation_id = :company
      UNION ALL
      SELECT (SELECT min(l.party) FROM supply_line l WHERE l.organisation_id = :company AND l.party > known.party),
        place + 1
      FROM known WHERE known.party IS NOT NULL AND place <= :most)
    SELECT known.party, latest.ties, latest.order_id, v.customer_name FROM known
    CROSS JOIN LATERAL (SELECT l.ties, l.order_id FROM supply_line l WHERE l.organisation_id = :company
      AND l.party = known.party ORDER BY l.counted_at DESC LIMIT 1) latest
    JOIN orders o ON o.id = latest.order_id JOIN order_version v ON v.id = o.version_id
    WHERE known.party <> :party
"""


@dataclass(frozen=True, slots=True)
class Bought:
    """One substance: kilograms by month (`YYYY-MM`), their sum, and how many lines have no mass."""

    substance_id: str
    months: Mapping[str, Decimal]
    total: Decimal
    unknown: int


@dataclass(frozen=True, slots=True)
class Sister:
    """Another firm of the company's book; `tie` is register, tax, number, owner or name, `likeness` of the names."""

    order_id: UUID
    name: str
    tie: str
    likeness: float


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One of its orders; `case_state` where a case is open."""

    id: UUID
    reference: str
    created_at: datetime
    disposition: str
    documents_needed: list[str]
    goods: str
    kilograms: Decimal | None
    case_state: str | None


@dataclass(frozen=True, slots=True)
class Customer:
    """`file` is the order by which it was found, `months` the last twelve, oldest first, `need` in kilograms a year."""

    file: OrderFile
    months: tuple[str, ...]
    bought: tuple[Bought, ...]
    need: Decimal | None
    orders: tuple[OrderRow, ...]
    sisters: tuple[Sister, ...]
    permits: tuple[Permit, ...]


def customer(session: Session, principal: Principal, order_id: UUID) -> Customer:
    """The customer of one order as of now. Raises NotFound for absent and foreign orders alike."""
    file = reading.order_file(session, principal, order_id)
    record = record_of(file.version)
    months = last_months(utc_now())
    given = {
        "company": principal.organisation_id, "party": record.customer.key, "open": list(OPEN_CASES),
        "since": datetime.fromisoformat(f"{months[0]}-01T00:00:00+00:00"),
    }  # fmt: skip
    rows = session.execute(text(ORDERS), given | {"most": MOST_ORDERS}).all()
    ties = frozenset((record.customer.key, *ties_of(record.body.customer)))
    return Customer(
        file=file,
        months=months,
        bought=_bought(session, given),
        need=record.body.customer.annual_need_kg,
        orders=tuple(OrderRow(*row) for row in rows),
        sisters=_sisters(session, given, ties, record.body.customer.name or ""),
        permits=_permits(session, principal, file.body),
    )


def last_months(now: datetime) -> tuple[str, ...]:
    """The last twelve months as `YYYY-MM`, oldest first, this one the last."""
    first = now.year * 12 + now.month - MONTHS
    return tuple(f"{number // 12:04d}-{number % 12 + 1:02d}" for number in range(first, first + MONTHS))


def _bought(session: Session, given: dict[str, Any]) -> tuple[Bought, ...]:
    found: dict[str, dict[str, Decimal]] = {}
    unknown: dict[str, int] = {}
    for substance, month, kilograms, without in session.execute(text(SUMS), given):
        found.setdefault(substance, {})[month] = kilograms or Decimal(0)
        unknown[substance] = unknown.get(substance, 0) + without
    rows = (Bought(each, months, sum(months.values(), Decimal(0)), unknown[each]) for each, months in found.items())
    return tuple(sorted(rows, key=lambda row: (-row.total, row.substance_id)))


def _sisters(session: Session, given: dict[str, Any], ties: frozenset[str], name: str) -> tuple[Sister, ...]:
    found = []
    for _, others, order_id, other_name in session.execute(text(PARTIES), given | {"most": MOST_PARTIES}):
        shared = sorted(ties.intersection(others))
        likeness = similarity(name, other_name or "") if name else 0.0
        if shared or likeness >= ALIKE:
            found.append(Sister(order_id, other_name or "", _tie(shared), likeness))
    found.sort(key=lambda each: (each.tie == "name", -each.likeness, each.name))
    return tuple(found[:MOST_SISTERS])


def _tie(shared: list[str]) -> str:
    kinds = {"r": "register", "t": "tax", "i": "number", "o": "owner"}
    return next((kinds[each[0]] for each in shared if each[:2] in {f"{mark}:" for mark in kinds}), "name")


def _permits(session: Session, principal: Principal, body: Mapping[str, Any]) -> tuple[Permit, ...]:
    """The registered permits whose numbers the order states."""
    stated = [*((body.get("customer") or {}).get("licences") or ()), body.get("authorisation") or {}]
    numbers = {code_key(str(each["number"])) for each in stated if each.get("number")}
    query = select(Permit).where(
        Permit.organisation_id == principal.organisation_id, col(Permit.number_key).in_(numbers)
    )
    return tuple(session.exec(query.order_by(col(Permit.valid_to), col(Permit.id)))) if numbers else ()


def left_of(permit: Permit, now: datetime) -> tuple[Decimal, bool]:
    """(what is left of a permit in its unit, whether it ends within 30 days or has ended)."""
    left = (Decimal(permit.granted_micro) - Decimal(permit.drawn_micro)) / 1_000_000
    return left, permit.valid_to is not None and permit.valid_to <= (now + timedelta(days=30)).date()
