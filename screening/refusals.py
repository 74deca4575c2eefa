"""The ledger of refusals across companies: a buyer refused elsewhere is seen, and not by whom.

What enters is a person's refusal that no missing paper explains, of customer and end user, as keyed hashes. What
comes out is whether another company refused one of these buyers within two years: no name, no company, no date, no
number. Where only two companies use the service, the one that did not refuse can tell who did.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, exists, select

from features.intake import OrderIn
from screening import database, keyed
from screening.ids import utc_now
from screening.tables.exchange import Refusal
from screening.tables.orders import Decision, OrderVersion

AT_ONCE = 200
LOOKS_BACK = timedelta(days=30)
ELSEWHERE = "SELECT tamga_refused_elsewhere(%(organisation)s, %(buyers)s) AS elsewhere"
LIFTED = """
    UPDATE refusal r SET lifted_at = now() WHERE r.lifted_at IS NULL AND EXISTS (
        SELECT FROM order_version v JOIN decision d ON d.order_version_id = v.id
        WHERE v.order_id = r.order_id AND d.maker <> 'policy' AND d.disposition = 'release'
        AND d.created_at > r.refused_at)
"""


def sweep(session: Session) -> int:
    """Take refusals into the ledger and lift those that were taken back; returns how many came in."""
    found = list(session.execute(_refused().limit(AT_ONCE)))
    for decision, version in found:
        for mark in marks_of(OrderIn.model_validate_json(version.body)):
            session.add(
                Refusal(
                    organisation_id=decision.organisation_id,
                    order_id=version.order_id,
                    decision_id=decision.id,
                    hash=mark,
                    refused_at=decision.created_at,
                )
            )
    session.flush()
    database.run(session, (LIFTED, {}))
    return len(found)


def _refused() -> Any:
    papers = func.jsonb_array_length(Decision.stops) > 0
    return (
        select(Decision, OrderVersion)
        .join(OrderVersion, col(OrderVersion.id) == col(Decision.order_version_id))
        .where(
            col(Decision.maker) != "policy",
            col(Decision.disposition) == "refuse",
            col(Decision.created_at) > utc_now() - LOOKS_BACK,
            ~papers,
            ~exists().where(col(Refusal.decision_id) == col(Decision.id)),
        )
        .order_by(col(Decision.created_at))
    )


def marks_of(order: OrderIn) -> list[str]:
    """The hashes under which an order's buyers stand in the ledger."""
    return keyed.marks(keyed.REFUSAL, keyed.buyers(order))


def elsewhere(session: Session, organisation_id: UUID, marks: Iterable[str]) -> bool:
    """Whether a company other than this one refused one of these buyers."""
    asked = {"organisation": organisation_id, "buyers": list(marks)}
    return bool(database.run(session, (ELSEWHERE, asked))[0][0]["elsewhere"])
