"""Everybody an order names, as one list: the packet tells them, link charts draw them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ROLES = ("seller", "customer", "consignee", "end_user")


def parties_of(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Parties of an order's body in the order of its parts; `role` says the part, the rest is as written."""
    named = [(role, body.get(role)) for role in ROLES]
    named += [("intermediary", party) for party in body.get("intermediaries") or ()]
    named.append(("carrier", (body.get("transport") or {}).get("carrier")))
    named.append(("payer", _payer(body.get("payment") or {})))
    named.append(("placed_by", body.get("placed_by")))
    return [_party(role, part) for role, part in named if part]


def _party(role: str, part: Mapping[str, Any]) -> dict[str, Any]:
    """An intermediary's or person's own role stands as `acts_as`, beside the part it plays in the order."""
    rest = {name: value for name, value in part.items() if name != "role" and value is not None}
    own = {"acts_as": part["role"]} if part.get("role") else {}
    return {"role": role, **own, **rest}


def _payer(payment: Mapping[str, Any]) -> dict[str, Any] | None:
    if not payment.get("payer"):
        return None
    return {"name": payment["payer"], "country": payment.get("payer_country")}
