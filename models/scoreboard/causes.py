"""Orders with one planted cause of suspicion each, of a known family: what the first reasons have to name.

An ordinary order of a customer met before is placed once more three days later, changed in one way only. Causes are
written as a reader of the trade's guidance would, not from the features.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from models.simulator.chance import Chance
from models.simulator.generate import Simulation, Truth

Body = dict[str, Any]
Cause = Callable[[Body, Body], None]
FEWEST_BEFORE = 8
CAUGHT = 3


def much_more(body: Body, _: Body) -> None:
    """Forty times what was ordered."""
    for line in body["lines"]:
        for name in ("quantity", "gross_kg"):
            if name in line:
                line[name] = round(line[name] * 40, 3)
    body.pop("value", None)


def stranger_orders(body: Body, _: Body) -> None:
    """A person nobody knows orders from a public mail service, from another country and by another telephone."""
    body["customer"] |= {"email": "sales.order77@proton.me", "phone": "+971501234567"}
    body["placed_by"] = {"name": "A. Unknown", "email": "sales.order77@proton.me", "known_contact": False}
    body |= {"session_ip_country": "AE", "channel": "social_media"}


def another_pays(body: Body, _: Body) -> None:
    """A third person in a third country pays with a virtual asset."""
    body["payment"] = {
        "method": "virtual_asset", "virtual_asset": "USDT", "wallet_hash": "aa11bb22cc33dd44", "terms": "prepaid",
        "payer": "N. Nobody", "payer_country": "AE", "account_hash": "00ff00ff00ff00ff", "account_kind": "personal",
    }  # fmt: skip


def round_about(body: Body, _: Body) -> None:
    """By air through a free zone, to a forwarder there, changed after the order was placed."""
    body["consignee"] = {"type": "free_zone", "name": "Gulf Forwarding FZE", "country": "AE", "city": "Jebel Ali"}
    body["destination_country"] = "AE"
    body["incoterm"] = "EXW"
    body["transport"] = {"mode": "air", "carrier": {"id": "CR-NEW", "name": "Sky Way FZE", "country": "AE"}}
    stops = (("Jebel Ali Free Zone", "AE", "free_zone", 25.0, 55.06), ("Kandahar", "AF", "airport", 31.5, 65.85))
    body.setdefault("route", {"legs": []})["legs"] += [
        {"place": place, "country": country, "place_type": kind, "mode": "air", "latitude": north, "longitude": east}
        for place, country, kind, north, east in stops
    ]


def goods_contradict(body: Body, _: Body) -> None:
    """A number that fails its own check, a heading of other goods, an unmarked label."""
    body["lines"][0] |= {"cas": "67-64-7", "hs": "220300"}
    body["neutral_labels"] = True


def papers_fail(body: Body, _: Body) -> None:
    """The licence has ended long ago, the declaration is unsigned, vague and out of date."""
    day = datetime.fromisoformat(body["received_at"]).date()
    for licence in body["customer"].get("licences", []):
        licence["valid_to"] = (day - timedelta(days=400)).isoformat()
    body["declaration"] = {
        "model": "individual", "end_use": "various needs", "letterhead": False,
        "period_to": (day - timedelta(days=90)).isoformat(),
    }  # fmt: skip


def shared_with_diverter(body: Body, diverter: Body) -> None:
    """Telephone, address, account and device of somebody whose order was diverted."""
    for name in ("phone", "email", "address"):
        if name in diverter["customer"]:
            body["customer"][name] = diverter["customer"][name]
    if "account_hash" in diverter.get("payment", {}):
        body.setdefault("payment", {})["account_hash"] = diverter["payment"]["account_hash"]
    if "device_hash" in diverter:
        body["device_hash"] = diverter["device_hash"]


CAUSES: Mapping[str, Cause] = {
    "quantity": much_more,
    "customer": stranger_orders,
    "payment": another_pays,
    "route": round_about,
    "product": goods_contradict,
    "documents": papers_fail,
    "network": shared_with_diverter,
}


@dataclass(frozen=True, slots=True)
class Planted:
    """The stream with the planted orders, and the family of each planted order by its reference."""

    simulation: Simulation
    family: Mapping[str, str]


def planted(background: Simulation, chance: Chance, each: int) -> Planted:
    """`each` orders of every cause among the last third of a simulated stream; no label is added."""
    honest = _honest(background)
    added: list[Body] = []
    family: dict[str, str] = {}
    for name, cause in CAUSES.items():
        for original in chance.sample(honest, each):
            body = copy.deepcopy(original)
            body["reference"] = f"CAUSE-{len(added):05d}"
            moment = datetime.fromisoformat(original["received_at"]) + timedelta(days=3)
            body["received_at"] = moment.isoformat().replace("+00:00", "Z")
            cause(body, _diverter(background, body["received_at"], chance))
            added.append(body)
            family[body["reference"]] = name
    orders = sorted([*background.orders, *added], key=lambda body: datetime.fromisoformat(body["received_at"]))
    truth = {row.order_ref: row for row in background.truth}
    rows = [truth.get(body["reference"]) or _plain(body) for body in orders]
    return Planted(Simulation(background.config, orders, background.labels, rows), family)


def _honest(background: Simulation) -> list[Body]:
    """Orders of the last third by customers with a history and without a mark on any order."""
    suspects = {row.actor for row in background.truth if row.typology is not None}
    actor = {row.order_ref: row.actor for row in background.truth}
    before: Counter[str] = Counter()
    chosen = []
    for number, body in enumerate(background.orders):
        customer = actor[body["reference"]]
        before[customer] += 1
        late = len(background.orders) * 2 // 3 < number < len(background.orders) * 19 // 20
        if late and customer not in suspects and before[customer] > FEWEST_BEFORE:
            chosen.append(body)
    return chosen


def _diverter(background: Simulation, before: str, chance: Chance) -> Body:
    """An order of an actor of whom at least three were confirmed a month before."""
    bodies = {body["reference"]: body for body in background.orders}
    actor = {row.order_ref: row.actor for row in background.truth}
    limit = datetime.fromisoformat(before) - timedelta(days=30)
    known = [label for label in background.labels if label.outcome == "diverted" and label.known_at < limit]
    confirmed = Counter(actor[label.order_ref] for label in known)
    return bodies[chance.pick([each for each in known if confirmed[actor[each.order_ref]] >= CAUGHT]).order_ref]


def _plain(body: Body) -> Truth:
    return Truth(body["reference"], None, None, None, None, body["customer"]["id"])
