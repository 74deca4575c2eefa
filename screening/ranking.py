"""The queue's rank, shown to whoever works by it: expected harm times urgency.

expected harm   probability of diversion x ln(2 + kilograms); without a score, or while the reader's own view is
                asked first, the probability counts as 1, so that the rank tells no score
urgency         3 past due, 2 within eight hours, 1 later
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import case as sql_case
from sqlalchemy import func
from sqlmodel import col

from screening import views
from screening.access import Principal
from screening.ids import utc_now
from screening.tables.cases import Case

SOON = timedelta(hours=8)
PAST_DUE, WITHIN_HOURS, LATER = 3, 2, 1


def rank(principal: Principal) -> Any:
    """SQL over Case."""
    known = sql_case((views.hides(principal), 1.0), else_=func.coalesce(col(Case.probability), 1.0))
    return known * func.ln(2 + func.coalesce(col(Case.kilograms), 0)) * urgency()


def urgency() -> Any:
    """SQL over Case."""
    now = utc_now()
    return sql_case((col(Case.due_at) < now, PAST_DUE), (col(Case.due_at) < now + SOON, WITHIN_HOURS), else_=LATER)
