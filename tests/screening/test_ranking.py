"""What a case is ranked by is kept by the database itself: from the assessment that stands for its version."""

from __future__ import annotations

from sqlalchemy import text
from sqlmodel import Session

from screening import screen
from screening.orders import Submission
from screening.tables.cases import Case
from screening.tables.people import Organisation
from tests.builders import held_case
from tests.features.builders import body, line
from tests.screening.judge import Judge


def copies(session: Session, case: Case) -> tuple[object, ...]:
    session.flush()
    found = session.execute(
        text("SELECT probability, band, kilograms FROM officer_case WHERE id = :id"), {"id": case.id}
    )
    return tuple(found.one())


def test_a_case_carries_its_orders_score_and_mass(session: Session, company: Organisation, judge: Judge) -> None:
    scored = held_case(session, company, lines=[line("250")])
    assert copies(session, scored) == (0.2, "elevated", 250)


def test_without_a_score_there_is_none_to_rank_by(session: Session, case: Case) -> None:
    assert copies(session, case) == (None, "unscored", 100)


def test_an_amendment_brings_its_own(session: Session, company: Organisation, judge: Judge) -> None:
    case = held_case(session, company, reference="RANK-1")
    judge.band = "high"
    screen.submit(session, Submission.of(company.id, body(reference="RANK-1", lines=[line("7")]), amend="always"))
    assert copies(session, case) == (0.2, "high", 7)


def test_nothing_written_by_hand_stays(session: Session, case: Case) -> None:
    session.flush()
    session.execute(
        text("UPDATE officer_case SET probability = 1, order_version_id = order_version_id WHERE id = :id"),
        {"id": case.id},
    )
    assert copies(session, case)[0] is None
