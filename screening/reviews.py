"""What reviews tell about the model: decisions against the policy's, own views, and how often each reason was right."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from screening.access import Principal, require
from screening.errors import Forbidden
from screening.tenancy import as_service

# The last decision of a person on each closed case, beside the policy's own (number 1), and the reasons of both kinds:
# the policy's codes, and the three strongest of the model. `company` is NULL for the operator, who counts over all.
CLOSED = """
    WITH closed AS (
        SELECT c.id, c.kind, c.order_version_id, c.reasons, first.disposition AS ruled, last.disposition AS decided
        FROM officer_case c
        JOIN decision first ON first.order_version_id = c.order_version_id AND first.number = 1
        JOIN LATERAL (
            SELECT disposition FROM decision d WHERE d.order_version_id = c.order_version_id AND d.maker = 'person'
            ORDER BY number DESC LIMIT 1
        ) last ON true
        WHERE c.state IN ('released', 'refused') AND (CAST(:company AS uuid) IS NULL OR c.organisation_id = :company)
    )
"""
COUNTS = f"""{CLOSED}
    SELECT count(*) AS cases, count(*) FILTER (WHERE ruled <> decided) AS overrides,
        count(*) FILTER (WHERE kind = 'random') AS random_reviews,
        count(*) FILTER (WHERE kind = 'random' AND decided <> 'release') AS random_stopped,
        (SELECT count(*) FROM own_view v JOIN closed USING (order_version_id)) AS own_views,
        (SELECT count(*) FROM own_view v JOIN closed USING (order_version_id) WHERE v.view = decided)
            AS own_views_agreed
    FROM closed
"""  # noqa: S608 - our own words
REASONS = f"""{CLOSED}, said AS (
        SELECT id, decided, jsonb_array_elements_text(reasons) AS reason FROM closed
        UNION
        SELECT closed.id, decided, each ->> 'code' FROM closed JOIN assessment a USING (order_version_id),
            jsonb_path_query(a.explanation, '$.reasons[0 to 2]') AS each
    )
    SELECT reason, count(*) AS cases, count(*) FILTER (WHERE decided = 'release') AS released,
        count(*) FILTER (WHERE decided <> 'release') AS stopped
    FROM said GROUP BY reason ORDER BY cases DESC, reason
"""  # noqa: S608 - our own words


def figures(session: Session, principal: Principal) -> dict[str, Any]:
    """Counts over closed cases: a supervisor's own company, or every company for the operator's data scientists.

    A reason's precision is the share of its decided cases that were stopped; None where there are none.
    """
    require(principal, "supervisor", "data_scientist")
    if principal.has("data_scientist") and principal.organisation_kind != "operator":
        raise Forbidden
    company: UUID | None = None if principal.organisation_kind == "operator" else principal.organisation_id
    with as_service(session) if company is None else nullcontext():
        counts = session.execute(text(COUNTS), {"company": company}).mappings().one()
        rows = session.execute(text(REASONS), {"company": company}).mappings().all()
    reasons = [{**row, "precision": row["stopped"] / row["cases"] if row["cases"] else None} for row in rows]
    return {**counts, "reasons": reasons}
