"""Clocks in working days: a country's holidays move a deadline and the time of a case."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from features.reference.duties import law
from features.reference.holidays import is_working
from screening import cases
from screening.duties.clocks import due_on, next_working_moment, working_days_after
from tests.builders import held_case, make_organisation

DAYS = st.dates(date(2026, 1, 1), date(2027, 11, 30))
COUNTRIES = st.sampled_from(["KZ", "KG", "UZ", "TJ", "TM", "RU", "DE", "US", None])


@given(DAYS, st.integers(1, 20), COUNTRIES)
def test_so_many_working_days_lie_between(day: date, count: int, country: str | None) -> None:
    end = working_days_after(day, count, country)
    between = (date.fromordinal(n) for n in range(day.toordinal() + 1, end.toordinal() + 1))
    assert is_working(end, country)
    assert sum(is_working(each, country) for each in between) == count
    assert end >= working_days_after(day, count)


def test_a_deadline_waits_for_the_exporters_holidays() -> None:
    (duty,) = [each for each in law().duties if each.deadline_from == "notification" and each.act == "EU-111/2005"][:1]
    assert (duty.deadline, duty.deadline_unit) == (15, "working_days")
    assert due_on(duty, date(2026, 4, 1)) == date(2026, 4, 22)
    assert due_on(duty, date(2026, 4, 1), "DE") == date(2026, 4, 24)  # Good Friday and Easter Monday


@pytest.mark.parametrize(
    ("country", "due"), [("KZ", datetime(2026, 3, 26, 9, tzinfo=UTC)), ("DE", datetime(2026, 3, 23, 9, tzinfo=UTC))]
)
def test_a_case_opened_before_holidays_is_due_after_them(
    country: str, due: datetime, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    friday = datetime(2026, 3, 20, 9, tzinfo=UTC)
    assert next_working_moment(friday, country) == due
    monkeypatch.setattr(cases, "utc_now", lambda: friday)
    assert held_case(session, make_organisation(session, country=country)).due_at == due
