"""How long the law has records of a transaction kept: dated rows per regime, each with source and confidence."""

from __future__ import annotations

from datetime import date

from features.reference.regimes import EVERYWHERE, members
from features.reference.tables import Row, in_force, optional_date, rows


def kept_until(day: date, country: str | None, years: int) -> date:
    """The last day on which records of `day` have to be kept in the country: `years`, or the law's term if longer."""
    return max(_after(day, years), *(_term(row, day) for row in rows("retention") if _applies(row, day, country)))


def _applies(row: Row, day: date, country: str | None) -> bool:
    where = row["applies_to"]
    here = where == EVERYWHERE or (country is not None and (where == country or country in members(where)))
    return here and in_force(optional_date(row["valid_from"]), optional_date(row["valid_to"]), day)


def _term(row: Row, day: date) -> date:
    start = date(day.year, 12, 31) if row["counted_from"] == "end_of_year" else day
    return _after(start, int(row["years"]))


def _after(day: date, years: int) -> date:
    """The same day so many years later; 29 February becomes 1 March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)
