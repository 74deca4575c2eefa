"""An order as a link chart: who, what and where, and what ties them. i2 and GraphML are written from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

CONFIDENCE = "as stated by the company"
LINKS = {
    "seller": "sells", "customer": "orders", "consignee": "receives", "end_user": "uses",
    "intermediary": "arranges", "carrier": "carries", "payer": "pays", "placed_by": "placed",
}  # fmt: skip
GUIDE = {
    "entities": (
        ("id", "unique within the files; links refer to it"),
        ("type", "order, party, person, goods, place, vehicle, container"),
        ("label", "name to draw"),
        ("country", "ISO 3166-1 alpha-2, empty where not stated"),
        ("reference", "register, CAS or order number"),
        ("source_doc", "order reference and version, SHA-256 of its text"),
    ),
    "links": (
        ("source_type", "type of the entity the link starts at"),
        ("source_id", "its id in entities.csv"),
        ("source_label", "its label"),
        ("link_type", "what ties the two"),
        ("target_type", "type of the entity the link ends at"),
        ("target_id", "its id in entities.csv"),
        ("target_label", "its label"),
        ("date", "day of the order, UTC, YYYY-MM-DD"),
        ("time", "time of the order, UTC, HH:MM:SS"),
        ("amount", "quantity or value as written, decimal point"),
        ("unit", "unit of the amount: kg, l, ... or ISO 4217"),
        ("source_doc", "order reference and version, SHA-256 of its text"),
        ("confidence", "how it is known"),
    ),
}


@dataclass(frozen=True, slots=True)
class Entity:
    """One thing of a chart."""

    id: str
    type: str
    label: str
    country: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """`type` ties `source` to `target`; `amount` in `unit` where there is one."""

    source: Entity
    type: str
    target: Entity
    amount: str = ""
    unit: str = ""


@dataclass(frozen=True)
class Chart:
    """A chart with the moment (ISO, UTC) and document that all its links rest on."""

    date: str
    time: str
    source_doc: str
    entities: dict[str, Entity] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)

    def add(self, link: Link) -> None:
        for each in (link.source, link.target):
            self.entities.setdefault(each.id, each)
        self.links.append(link)


def chart_of(packet: Mapping[str, Any]) -> Chart:
    """The chart of a packet of any version; ids hold for this packet only."""
    told, body = packet["order"], packet["order"]["body"]
    date, _, clock = told["received_at"].partition("T")
    source = f"{told['reference']} v{told['version']} sha256:{told['body_sha256']}"
    chart = Chart(date, clock[:8], source)
    order = Entity("order", "order", told["reference"], reference=told["id"])
    chart.entities[order.id] = order
    for links in (_parties(packet, order), _goods(body, order), _places(packet, order), _transport(body, order)):
        for link in links:
            chart.add(link)
    return chart


def _parties(packet: Mapping[str, Any], order: Entity) -> Iterator[Link]:
    body, known = packet["order"]["body"], dict[tuple[str, ...], Entity]()
    value, currency = str(body.get("value") or ""), str(body.get("currency") or "")
    for party in packet["parties"]:
        kind = "person" if party["role"] == "placed_by" or party.get("kind") == "individual" else "party"
        key = tuple(str(party.get(name) or "").casefold() for name in ("name", "country", "registration_no", "id"))
        if not any(key):
            continue
        label = party.get("name") or party.get("id") or party.get("registration_no") or party["role"]
        entity = known.setdefault(
            key,
            Entity(
                f"party-{len(known) + 1}", kind, str(label), party.get("country") or "",
                str(party.get("registration_no") or party.get("id") or ""),
            ),
        )  # fmt: skip
        paid = (value, currency) if party["role"] == "payer" else ("", "")
        yield Link(entity, LINKS[party["role"]], order, *paid)


def _goods(body: Mapping[str, Any], order: Entity) -> Iterator[Link]:
    for number, line in enumerate(body.get("lines", ()), 1):
        label = str(line.get("name") or line.get("trade_name") or line.get("cas") or f"line {number}")
        entity = Entity(f"goods-{number}", "goods", label, reference=str(line.get("cas") or line.get("hs") or ""))
        yield Link(order, "contains", entity, str(line["quantity"]), line.get("unit") or "kg")


def _places(packet: Mapping[str, Any], order: Entity) -> Iterator[Link]:
    """From the order to its first point and on from each point to the next."""
    before: Entity | None = None
    for number, point in enumerate(packet["route"]["points"], 1):
        label = str(point["place"] or point["country"] or f"point {number}")
        entity = Entity(f"place-{number}", "place", label, point["country"] or "", point["place_type"] or point["kind"])
        yield Link(before, "goes on to", entity) if before else Link(order, "leaves from", entity)
        before = entity


def _transport(body: Mapping[str, Any], order: Entity) -> Iterator[Link]:
    transport = body.get("transport") or {}
    for name in ("vehicle", "container"):
        if transport.get(f"{name}_no"):
            yield Link(order, "travels in", Entity(name, name, str(transport[f"{name}_no"])))
