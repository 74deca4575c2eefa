"""What an order is tied to, opened step by step: its parties, goods and places, other orders of theirs, and on.

A customer opens its latest orders, goods the latest orders of the same substance, an order its own parties, goods and
places. Things of several orders that read the same are one thing, which is what makes a tie visible. Parties in other
roles than the customer's are found only through their orders: the company's book is not searched by them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session, col, select

from screening.access import Principal
from screening.exports.graph import Chart, Entity, chart_of
from screening.exports.parties import parties_of
from screening.exports.route import route_of
from screening.reading import OrderFile
from screening.tables.orders import Order, OrderVersion
from screening.versions import record_of

MOST_OPENED, MOST_ORDERS, MOST_THINGS = 8, 5, 60
CUSTOMER = "orders"  # the tie from a customer to its order
OF_PARTY = """
    SELECT order_id FROM supply_line WHERE organisation_id = :company AND party = :key AND order_id <> :order
    GROUP BY order_id ORDER BY max(counted_at) DESC LIMIT :most
"""
OF_GOODS = """
    SELECT order_id FROM (SELECT order_id, counted_at FROM supply_line
      WHERE organisation_id = :company AND substance_id = :key AND order_id <> :order
      ORDER BY counted_at DESC LIMIT :most * 4) latest
    GROUP BY order_id ORDER BY max(counted_at) DESC LIMIT :most
"""


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing: `step` counts openings from the order, `order` is the one it was met in, `may_open` that it can."""

    id: str
    entity: Entity
    step: int
    order: UUID
    may_open: bool
    opened: bool = False


@dataclass(frozen=True, slots=True)
class Tie:
    """`type` ties the thing of one id to that of another."""

    source: str
    type: str
    target: str


@dataclass
class Ties:
    """Things by id in the order in which they were met, the order itself first, and what ties them.

    `whole` is False where something was left out: more orders than are shown, or more things than are drawn.
    """

    things: dict[str, Thing] = field(default_factory=dict)
    links: list[Tie] = field(default_factory=list)
    whole: bool = True


@dataclass(frozen=True, slots=True)
class _Read:
    """One order's version as a chart, with the keys under which the tables know its customer and goods."""

    order: Order
    chart: Chart
    customer: str
    substances: Mapping[str, str]

    @property
    def id(self) -> UUID:
        return self.order.id


def ties(session: Session, principal: Principal, file: OrderFile, opened: Sequence[str]) -> Ties:
    """The order's ties with these things opened, one after another; what cannot be opened is passed over."""
    drawn = _Drawn(session, principal)
    drawn.add(_read(principal, file.order, file.version), 0)
    for name in dict.fromkeys(opened[:MOST_OPENED]):
        drawn.open(name)
    return drawn.ties


class _Drawn:
    """A graph in the making. A thing's id is `<order>.<id within its chart>`, so that it is found again."""

    def __init__(self, session: Session, principal: Principal) -> None:
        self.session, self.principal = session, principal
        self.ties, self.orders = Ties(), dict[UUID, _Read]()
        self.same = dict[tuple[str, ...], str]()  # what a thing reads as -> the id it was met under
        self.ids = dict[str, str]()  # an id within any chart -> the same

    def add(self, read: _Read, step: int) -> None:
        """The order with everything its chart has."""
        self.orders[read.id] = read
        for entity in read.chart.entities.values():
            self._place(read, entity, step + (entity.type != "order"))
        for link in read.chart.links:
            ends = [self.ids.get(f"{read.id}.{each.id}") for each in (link.source, link.target)]
            if ends[0] and ends[1]:
                self._tie(Tie(ends[0], link.type, ends[1]))

    def open(self, name: str) -> None:
        """Add what a thing is tied to beyond what is drawn."""
        thing = self.ties.things.get(self.ids.get(name, ""))
        if thing is None or not thing.may_open or thing.opened:
            return
        self.ties.things[thing.id] = Thing(thing.id, thing.entity, thing.step, thing.order, may_open=True, opened=True)
        if thing.entity.type == "order":
            self.add(self.orders[thing.order], thing.step)
            return
        read, own = self.orders[thing.order], thing.id.partition(".")[2]
        statement, key = (OF_GOODS, read.substances[own]) if own in read.substances else (OF_PARTY, read.customer)
        for order, version in self._found(statement, key, read.id):
            other = _read(self.principal, order, version)
            self._place(other, other.chart.entities["order"], thing.step + 1)
            self.orders.setdefault(order.id, other)
            ends = (self.ids.get(f"{order.id}.order"), thing.id)
            if ends[0]:
                goods = statement is OF_GOODS
                self._tie(Tie(ends[0], "contains", ends[1]) if goods else Tie(ends[1], CUSTOMER, ends[0]))

    def _found(self, statement: str, key: str, order: UUID) -> Iterator[tuple[Order, OrderVersion]]:
        """The latest orders of a customer or of goods, newest first."""
        given = {"company": self.principal.organisation_id, "key": key, "order": order, "most": MOST_ORDERS + 1}
        ids = [row[0] for row in self.session.execute(text(statement), given)]
        self.ties.whole &= len(ids) <= MOST_ORDERS
        query = select(Order, OrderVersion).join(OrderVersion, col(OrderVersion.id) == col(Order.version_id))
        rows = {row[0].id: row for row in self.session.exec(query.where(col(Order.id).in_(ids[:MOST_ORDERS])))}
        yield from (rows[each] for each in ids[:MOST_ORDERS] if each in rows)

    def _place(self, read: _Read, entity: Entity, step: int) -> None:
        """Give an entity its place, unless something that reads the same has one."""
        name = f"{read.id}.{entity.id}"
        reads = _reads(read, entity)
        known = self.same.get(reads)
        if known is None and len(self.ties.things) >= MOST_THINGS:
            self.ties.whole = False
            return
        if known is None:
            known = self.same[reads] = name
            first = not self.ties.things  # the page's own order, which is open
            self.ties.things[name] = Thing(name, entity, step, read.id, not first and _opens(read, entity), first)
        self.ids[name] = known

    def _tie(self, tie: Tie) -> None:
        if tie.source != tie.target and tie not in self.ties.links:
            self.ties.links.append(tie)


def _reads(read: _Read, entity: Entity) -> tuple[str, ...]:
    """What makes two things one: goods by their substance, orders by themselves, all else by name and country."""
    if entity.id in read.substances:
        return ("goods", read.substances[entity.id])
    if entity.type == "order":
        return ("order", entity.reference)
    return (entity.type, entity.label.casefold(), entity.country)


def _opens(read: _Read, entity: Entity) -> bool:
    """Whether the tables lead on from it."""
    if entity.type == "order":
        return True
    customer = any(link.type == CUSTOMER and link.source.id == entity.id for link in read.chart.links)
    return customer or entity.id in read.substances


def _read(principal: Principal, order: Order, version: OrderVersion) -> _Read:
    body: dict[str, Any] = json.loads(version.body)
    exporter = (body.get("seller") or {}).get("country") or principal.organisation_country
    chart = chart_of({
        "order": {
            "reference": order.reference, "version": version.number, "id": str(order.id),
            "received_at": version.received_at.isoformat(), "body_sha256": version.body_sha256, "body": body,
        },
        "parties": parties_of(body),
        "route": route_of(body, exporter, version.destination),
    })  # fmt: skip
    record = record_of(version)
    known = {f"goods-{number}": line.substance_id for number, line in enumerate(record.lines, 1) if line.substance_id}
    return _Read(order, chart, record.customer.key, known)
