"""Numbers of reports: without gaps per authority and year, kept by a report through all its versions.

The number is taken from a counter row that stays locked until the transaction ends: whoever rolls back gives it
back, whoever comes meanwhile waits. A missing number is therefore a missing report, and the authority can tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session, col, select

from screening import database
from screening.access import Principal, require
from screening.errors import NotFound
from screening.ids import utc_now
from screening.tables.cases import Referral, ReportCounter
from screening.tenancy import as_service

NEXT = """
    INSERT INTO report_counter (authority_code, year, last) VALUES (%(authority)s, %(year)s, 1)
    ON CONFLICT (authority_code, year) DO UPDATE SET last = report_counter.last + 1
    RETURNING last
"""


@dataclass(frozen=True, slots=True)
class Number:
    """Year, number and version of a report."""

    year: int
    number: int
    version: int


@dataclass(frozen=True, slots=True)
class Completeness:
    """The numbers given to an authority's reports of a year are 1 to `last`; `missing` are those it does not hold."""

    year: int
    last: int
    missing: tuple[int, ...]


def number(session: Session, order_id: UUID, authority_code: str) -> Number:
    """The number of the next report of this order to this authority. The caller holds the order's case."""
    query = select(Referral).where(Referral.order_id == order_id, Referral.authority_code == authority_code)
    latest = session.exec(query.order_by(col(Referral.report_version).desc()).limit(1)).first()
    if latest is not None:
        return Number(latest.report_year, latest.report_number, latest.report_version + 1)
    year = utc_now().year
    with as_service(session):  # the counter is nobody's row
        (taken,) = database.run(session, (NEXT, {"authority": authority_code, "year": year}))
    return Number(year, taken[0]["last"], 1)


def completeness(session: Session, principal: Principal, year: int | None = None) -> Completeness:
    """Whether the caller's authority holds every report of a year, by default of this one. Raises Forbidden."""
    require(principal, "regulator")
    if principal.authority_code is None:
        raise NotFound
    wanted = year if year is not None else utc_now().year
    with as_service(session):
        counter = session.get(ReportCounter, (principal.authority_code, wanted), populate_existing=True)
        last = counter.last if counter else 0
    query = select(Referral.report_number).where(
        Referral.authority_code == principal.authority_code, Referral.report_year == wanted
    )
    held = set(session.exec(query))
    return Completeness(wanted, last, tuple(sorted(set(range(1, last + 1)) - held)))
