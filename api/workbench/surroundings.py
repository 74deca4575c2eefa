"""What the order's page draws around the order: months against the threshold, the way, ties, similar orders, proofs."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session

from api.workbench import drawings
from api.workbench.ties import around_order
from screening import around, audit
from screening.access import Principal
from screening.errors import Language
from screening.exports.route import route_of
from screening.reading import OrderFile

MOST_PROOFS = 20


def surroundings(session: Session, caller: Principal, file: OrderFile, reads: Language) -> dict[str, Any]:
    """Values for `around.html`; every drawing with the rows of its table. A proof is for who may read the log."""
    known = around.around(session, file)
    body = dict(file.body)
    exporter = (body.get("seller") or {}).get("country") or caller.organisation_country
    route = route_of(body, exporter, file.version.destination)
    threshold = file.assessment.facts.get("threshold_kilograms")
    return {
        "months": drawings.months_drawn(known.months, threshold),
        "similar": known.similar,
        "points": route["points"],
        "map": drawings.map_drawn(route["points"], reads),
        **around_order(session, caller, file),
        "proofs": audit.trail(session, file.order.id)[-MOST_PROOFS:] if caller.has("supervisor", "auditor") else [],
    }
