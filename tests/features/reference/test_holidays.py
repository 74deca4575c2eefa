"""Public holidays: the table's own rules, and days written from calendars."""

from __future__ import annotations

from datetime import date

import pytest

from features.reference.holidays import holidays, is_working
from features.reference.tables import rows

COUNTRIES = {"KZ", "KG", "UZ", "TJ", "TM", "RU", "DE", "US"}


def test_every_country_has_both_years() -> None:
    assert {(country, day.year) for country, days in holidays().items() for day in days} == {
        (country, year) for country in COUNTRIES for year in (2026, 2027)
    }


def test_rows_say_what_they_are_and_how_sure() -> None:
    for row in rows("holidays"):
        assert row["kind"] in {"fixed", "movable", "moved"}, row
        assert row["name_en"], row
        assert row["name_ru"], row
        assert row["source"], row
        moon = row["kind"] == "movable" and row["country"] not in {"DE", "US"}
        assert not moon or row["confidence"] == "low", row
    assert all(date.fromisoformat(row["day"]).weekday() < 5 for row in rows("holidays") if row["kind"] == "moved")


@pytest.mark.parametrize(
    ("country", "day", "works"),
    [
        ("DE", date(2026, 4, 3), False),  # Good Friday
        ("DE", date(2027, 5, 17), False),  # Whit Monday
        ("DE", date(2026, 4, 7), True),
        ("US", date(2026, 11, 26), False),  # Thanksgiving
        ("US", date(2026, 7, 3), False),  # the fourth is a Saturday
        ("US", date(2027, 5, 31), False),  # Memorial Day
        ("RU", date(2026, 1, 9), False),
        ("RU", date(2026, 1, 12), True),
        ("KZ", date(2026, 3, 25), False),  # Nauryz fell on a weekend twice
        ("KZ", date(2026, 3, 26), True),
        ("KG", date(2026, 8, 31), False),
        ("UZ", date(2027, 12, 8), False),
        ("TJ", date(2026, 9, 9), False),
        ("TM", date(2026, 10, 6), False),
        ("KZ", date(2026, 6, 6), False),  # a Saturday
        (None, date(2026, 5, 1), True),  # nobody's calendar
        ("FR", date(2026, 7, 14), True),  # not in the table: weekends alone
    ],
)
def test_days_of_calendars(country: str | None, day: date, works: bool) -> None:
    assert is_working(day, country) is works
