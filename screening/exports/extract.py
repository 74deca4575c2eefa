"""What of a report concerns another authority: goods, dates, parties, and the part of the route in its countries.

Made from the frozen packet and nothing else. Left out: score, reasons, duties, history, papers, prices, the company's
own numbers and people, and who reported. A party is a name and a country; the buyer, consignee and end user in the
reader's own countries are told with address and numbers, because there it is the reader who looks into them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from screening.exports.parties import parties_of
from screening.exports.route import LEG_FIELDS
from screening.jurisdictions import Concern

FORMAT = "tamga-extract/1"
DATES = ("ordered_at", "requested_ship_date")
GOODS = ("name", "trade_name", "cas", "hs", "quantity", "unit", "gross_kg", "concentration_pct", "form",
         "package_type", "package_count")  # fmt: skip
TOLD = ("role", "name", "country")
WHOLE = (*TOLD, "address", "city", "registration_no", "tax_no", "phone", "email", "url")
BUYING = frozenset({"customer", "consignee", "end_user"})
TRADING = BUYING | {"seller", "intermediary", "carrier"}
PASSING = frozenset({"seller", "consignee", "carrier"})  # whom a country on the way meets
BORDER = {"exporting": "exit_point", "importing": "entry_point"}


def extract_of(packet: Mapping[str, Any], concern: Concern) -> dict[str, Any]:
    """The extract of a packet for one authority; JSON values only, the same packet gives the same extract."""
    order, places = packet["order"], packet["jurisdiction"]
    body = order["body"]
    return {
        "format": FORMAT,
        "role": concern.role,
        "countries": list(concern.countries),
        "exporter": places["exporter"],
        "importer": places["importer"],
        "kilograms": order["kilograms"],
        "goods": [_chosen(line, GOODS) for line in body["lines"]],
        "dates": _chosen(body, DATES),
        "notification": (body.get("notification") or {}).get("id"),
        "parties": _parties(body, concern),
        "route": _route(body, concern),
    }


def _chosen(what: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: what[name] for name in names if what.get(name) is not None}


def _parties(body: Mapping[str, Any], concern: Concern) -> list[dict[str, Any]]:
    roles = PASSING if concern.role == "transit" else TRADING
    told = []
    for party in parties_of(body):
        inside = party.get("country") in concern.countries
        if party["role"] in roles or (inside and party["role"] in TRADING):
            told.append(_chosen(party, WHOLE if inside and party["role"] in BUYING else TOLD))
    return told


def _route(body: Mapping[str, Any], concern: Concern) -> dict[str, Any]:
    route = body.get("route") or {}
    legs = [_chosen(leg, LEG_FIELDS) for leg in route.get("legs") or () if leg.get("country") in concern.countries]
    border = route.get(BORDER.get(concern.role, ""))
    mode = (body.get("transport") or {}).get("mode")
    return {"legs": legs, "mode": mode, "border": border}
