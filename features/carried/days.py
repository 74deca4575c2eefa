"""Days: moments compared, and the day on which the rules in force on another day began to hold."""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, timedelta
from functools import cache
from typing import Any

from features.carried.core import day_of, known
from features.reference.tables import optional_date, rows

DATED = ("thresholds", "regimes", "country_groups", "risk_lanes")


@known("day")
def rules_of(day: int) -> date:
    """The first day from which on the dated tables say what they say on this one."""
    on = day_of(day)
    days = turning_days()
    place = bisect_right(days, on)
    return days[place - 1] if place else date.min


@cache
def turning_days() -> tuple[date, ...]:
    """Days on which any row of the dated tables begins to hold, or holds no longer."""
    found: set[date] = set()
    for table in DATED:
        for row in rows(table):
            begins, ends = optional_date(row["valid_from"]), optional_date(row["valid_to"])
            found |= {begins} if begins else set()
            found |= {ends + timedelta(days=1)} if ends else set()
    return tuple(sorted(found))


def before(first: Any, second: Any) -> Any:
    """Of two numbers or arrays: 1 where the first is smaller, 0 where not, NaN where either is missing."""
    return (first < second) + 0.0 * (first + second)
