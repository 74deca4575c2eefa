"""What a company's compliance people see first: what waits, which clocks run out, and how the last days went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import case as sql_case
from sqlalchemy import func, text
from sqlmodel import Session, col, select

from screening import ranking, views
from screening.access import Principal, require
from screening.ids import utc_now
from screening.life import OPEN_CASES
from screening.reading import READERS
from screening.tables.cases import Case

DAYS = 14
CLOCK = timedelta(hours=48)
BANDS = ("high", "elevated", "low", "unscored", "asked")  # `asked`: the reader's own view comes before the score
URGENCIES = ("past", "soon", "later")
WAITING = """
    SELECT count(*) AS open, count(*) FILTER (WHERE assignee_id = :person) AS mine,
      count(*) FILTER (WHERE assignee_id IS NULL) AS nobodys, count(*) FILTER (WHERE due_at < :now) AS past_due,
      count(*) FILTER (WHERE created_at > :now - interval '8 hours') AS age_8h,
      count(*) FILTER (WHERE created_at BETWEEN :now - interval '1 day' AND :now - interval '8 hours') AS age_1d,
      count(*) FILTER (WHERE created_at BETWEEN :now - interval '3 days' AND :now - interval '1 day') AS age_3d,
      count(*) FILTER (WHERE created_at < :now - interval '3 days') AS age_more
    FROM officer_case WHERE organisation_id = :company AND state = ANY(:open)
"""
DECIDED = """
    SELECT count(*) AS decided,
      percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM closed_at - created_at)) / 60 AS minutes
    FROM officer_case WHERE organisation_id = :company AND closed_at >= :midnight AND state <> ALL(:open)
"""
CLOCKS = """
    SELECT n.order_id, o.reference, n.deadline, n.state FROM notification n JOIN orders o ON o.id = n.order_id
    WHERE n.organisation_id = :company AND n.state IN ('drafted', 'sent', 'acknowledged', 'more_time')
      AND n.deadline IS NOT NULL AND n.deadline <= :soon
    ORDER BY n.deadline, o.reference LIMIT 20
"""
LAST_DAYS = """
    SELECT (created_at AT TIME ZONE 'UTC')::date AS day, count(*) AS received,
      count(*) FILTER (WHERE state NOT IN ('cleared')) AS held,
      count(*) FILTER (WHERE state IN ('released')) AS released,
      count(*) FILTER (WHERE disposition = 'refuse') AS refused
    FROM orders WHERE organisation_id = :company AND created_at >= :since GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Clock:
    """A pre-export notification whose deadline is near or past."""

    order_id: UUID
    reference: str
    deadline: date
    state: str


@dataclass(frozen=True, slots=True)
class Day:
    """One UTC day's orders; `held` counts what the policy did not release at once."""

    day: date
    received: int
    held: int
    released: int
    refused: int


@dataclass(frozen=True, slots=True)
class Overview:
    """`grid` counts open cases by (band, urgency); `ages` open cases by age, youngest first."""

    open: int
    mine: int
    nobodys: int
    past_due: int
    decided: int
    minutes: float | None
    ages: tuple[int, int, int, int]
    grid: dict[tuple[str, str], int]
    clocks: tuple[Clock, ...]
    days: tuple[Day, ...]
    checkpoint: int | None


def overview(session: Session, principal: Principal) -> Overview:
    """The company's figures as the caller may see them."""
    require(principal, *READERS)
    now = utc_now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    given: dict[str, Any] = {
        "company": principal.organisation_id, "person": principal.user_id, "now": now, "open": list(OPEN_CASES),
        "midnight": midnight, "since": midnight - timedelta(days=DAYS - 1), "soon": (now + CLOCK).date(),
    }  # fmt: skip
    waiting = session.execute(text(WAITING), given).mappings().one()
    decided = session.execute(text(DECIDED), given).one()
    clocks = session.execute(text(CLOCKS), given).all()
    signed = session.execute(text("SELECT max(number) FROM audit_checkpoint")).scalar_one()
    return Overview(
        open=waiting["open"],
        mine=waiting["mine"],
        nobodys=waiting["nobodys"],
        past_due=waiting["past_due"],
        decided=decided[0],
        minutes=None if decided[1] is None else float(decided[1]),
        ages=(waiting["age_8h"], waiting["age_1d"], waiting["age_3d"], waiting["age_more"]),
        grid=_grid(session, principal, now),
        clocks=tuple(Clock(*row) for row in clocks),
        days=_days(session, given, midnight.date()),
        checkpoint=signed,
    )


def _grid(session: Session, principal: Principal, now: datetime) -> dict[tuple[str, str], int]:
    """Counted where the page may tell: what asks for the reader's own view stands apart from every band."""
    band = sql_case((views.hides(principal), "asked"), else_=col(Case.band)).label("shown")
    due = col(Case.due_at)
    urgency = sql_case((due < now, "past"), (due < now + ranking.SOON, "soon"), else_="later").label("urgency")
    counted = (
        select(band, urgency, Case.id).where(
            Case.organisation_id == principal.organisation_id, col(Case.state).in_(OPEN_CASES)
        )
    ).subquery()
    query = select(counted.c.shown, counted.c.urgency, func.count()).group_by(counted.c.shown, counted.c.urgency)
    return {(row[0], row[1]): row[2] for row in session.execute(query)}


def _days(session: Session, given: dict[str, Any], today: date) -> tuple[Day, ...]:
    found = {row[0]: Day(*row) for row in session.execute(text(LAST_DAYS), given)}
    wanted = [today - timedelta(days=back) for back in range(DAYS)]
    return tuple(found.get(day, Day(day, 0, 0, 0, 0)) for day in wanted)
