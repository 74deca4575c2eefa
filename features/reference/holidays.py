"""Working days of a country: Saturdays and Sundays are none, nor are the public holidays of `data/holidays.csv`.

Days that follow the moon are expected ones, with low confidence. Where a country or a year is not in the table only
weekends are left out: a day counted too many makes a term end earlier, never later.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache

from features.reference.tables import rows

SATURDAY = 5


@cache
def holidays() -> Mapping[str, frozenset[date]]:
    """Days off beside weekends, by country (ISO 3166-1 alpha-2)."""
    found: dict[str, set[date]] = {}
    for row in rows("holidays"):
        found.setdefault(row["country"], set()).add(date.fromisoformat(row["day"]))
    return {country: frozenset(days) for country, days in found.items()}


def is_working(day: date, country: str | None) -> bool:
    """Whether offices of the country work on a day; without a country weekends alone count."""
    return day.weekday() < SATURDAY and day not in holidays().get(country or "", frozenset())
