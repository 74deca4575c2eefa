"""Deadlines and terms of keeping. Working days leave out weekends and the public holidays of a country, where given."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from features.reference.duties import Duty
from features.reference.holidays import is_working


def working_days_after(day: date, count: int, country: str | None = None) -> date:
    """The day `count` working days of a country after a day; before it for a negative count."""
    step = timedelta(days=1 if count >= 0 else -1)
    for _ in range(abs(count)):
        day += step
        while not is_working(day, country):
            day += step
    return day


def next_working_moment(moment: datetime, country: str | None) -> datetime:
    """The same time on the next working day of a country; its days are taken as UTC's."""
    return datetime.combine(working_days_after(moment.date(), 1, country), moment.timetz())


def due_on(duty: Duty, start: date | None, country: str | None = None) -> date | None:
    """The duty's last day, counted from the day it names; None where either is not known or no calendar has it.

    `country`: whose public holidays are no working days.
    """
    if start is None or duty.deadline is None:
        return None
    try:
        if duty.deadline_unit == "working_days":
            return working_days_after(start, duty.deadline, country)
        return start + timedelta(days=duty.deadline)
    except OverflowError:
        return None


def keep_until(duty: Duty, transaction: date) -> date | None:
    """The last day on which records of a transaction must still be there; None where the duty keeps nothing."""
    if duty.retention_years is None:
        return None
    if duty.retention_from == "calendar_year_end":
        return date(transaction.year + duty.retention_years, 12, 31)
    return years_after(transaction, duty.retention_years)


def years_after(day: date, years: int) -> date:
    """The same day some years later, or the last of that month; the last day there is where the calendar ends."""
    year = day.year + years
    if year > date.max.year:
        return date.max
    return day.replace(year=year, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=year)


def months_before(day: date, months: int) -> date:
    """The same day some months earlier, or the last day of that month where it is shorter."""
    whole = day.year * 12 + day.month - 1 - months
    year, month = divmod(whole, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(days=day.day - 1), following - timedelta(days=1))
