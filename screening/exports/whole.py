"""A packet of any version with the parts that later versions have, so that each format is written once."""

from __future__ import annotations

from typing import Any

from screening.exports.parties import parties_of
from screening.exports.route import route_of

LATER: dict[str, Any] = {
    "facts": {}, "limits": [], "duties": [], "permits": [], "notification": None, "model_card": None, "history": None,
    "verify": None,
}  # fmt: skip


def whole(packet: dict[str, Any]) -> dict[str, Any]:
    """Version 1 told neither parties nor route apart: they follow from the order's body."""
    body, found = packet["order"]["body"], packet["jurisdiction"]
    given = {**LATER, **packet}
    given.setdefault("parties", parties_of(body))
    given.setdefault("route", route_of(body, found["exporter"], found["importer"]))
    given["assessment"] = {"base": None, "contributions": [], **packet["assessment"]}
    return given
