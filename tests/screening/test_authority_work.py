"""The authority's clock and desk: working days, a word stops it, a question pauses it; who has what, who stands in."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlmodel import Session

from screening import answering, assigning, audit, authority_work, cases, instructions, questions, referrals, tasks
from screening.access import Principal
from screening.assigning import Absence
from screening.authority_work import NotOverdue
from screening.errors import Forbidden, Invalid, NotFound
from screening.ids import utc_now
from screening.instructions import Answer
from screening.tables.cases import Case, Referral, ReferralWork
from screening.tables.orders import Order
from screening.tables.people import Organisation
from tests.builders import held_case, make_organisation, principal_of


@pytest.fixture
def house(session: Session) -> Organisation:
    return make_organisation(session, "authority", "KZ", "KZ-MVD")


@pytest.fixture
def regulator(session: Session, house: Organisation) -> Principal:
    return principal_of(session, house, "regulator")


@pytest.fixture
def chief(session: Session, house: Organisation) -> Principal:
    return principal_of(session, house, "chief", "regulator")


@pytest.fixture
def referral(session: Session, officer: Principal, regulator: Principal, case: Case) -> Referral:
    made = referrals.refer(session, officer, case.id, "odd")
    referrals.acknowledge(session, regulator, made.id)
    session.flush()
    return made


def work_of(session: Session, referral: Referral) -> ReferralWork:
    return session.get_one(ReferralWork, referral.id, populate_existing=True)


def run_over(session: Session, referral: Referral) -> None:
    work_of(session, referral).due_on = utc_now().date() - timedelta(days=1)
    session.flush()
    tasks.cases_in_time()
    session.expire_all()


@pytest.mark.parametrize(
    ("sent", "authority", "ends"),
    [
        (date(2026, 6, 1), "DE-GUES", date(2026, 6, 22)),  # fifteen weekdays, no holiday of the whole country
        (date(2026, 12, 7), "KZ-MVD", date(2026, 12, 29)),  # 16 December is Independence Day
        (date(2026, 6, 1), "XX-NOWHERE", date(2026, 6, 22)),  # weekends alone
    ],
)
def test_the_term_is_fifteen_working_days_of_the_authoritys_country(sent: date, authority: str, ends: date) -> None:
    assert answering.term_from(sent, authority) == ends


def test_what_runs_over_is_escalated_once_and_on_record(
    session: Session, referral: Referral, chief: Principal, regulator: Principal, house: Organisation, case: Case
) -> None:
    stranger = principal_of(session, make_organisation(session, "authority"), "chief", "regulator")
    assert authority_work.overdue(session, chief) == []
    with pytest.raises(NotOverdue):
        authority_work.take_note(session, chief, referral.id, "early")
    run_over(session, referral)
    run_over(session, referral)
    (late,) = authority_work.overdue(session, chief)
    assert late.referral.id == referral.id
    assert session.get_one(Order, case.order_id).state == "expired"
    authority_work.take_note(session, chief, referral.id, "two more people on it")
    happened = [event["action"] for event in audit.trail(session, referral.id)]
    assert happened.count("referral.overdue") == 1
    assert happened[-1] == "referral.overdue_seen"
    assert work_of(session, referral).seen_by == chief.user_id
    with pytest.raises(Forbidden):
        authority_work.overdue(session, regulator)
    with pytest.raises(NotFound):
        authority_work.take_note(session, stranger, referral.id, "x")
    instructions.instruct(session, regulator, referral.id, Answer("release", "late"))
    session.expire_all()
    assert authority_work.overdue(session, chief) == []
    assert case.state == "in_review"


def test_the_company_sees_no_clock(session: Session, referral: Referral, officer: Principal, case: Case) -> None:
    seen = (case.version, case.state, [event.kind for event in cases.events(session, officer, case)])
    run_over(session, referral)
    assert (case.version, case.state, [event.kind for event in cases.events(session, officer, case)]) == seen


def test_an_open_question_stops_the_clock_and_its_answer_starts_it_anew(
    session: Session, referral: Referral, regulator: Principal, chief: Principal, officer: Principal
) -> None:
    instructions.instruct(session, regulator, referral.id, Answer("ask", "which warehouse?"))
    run_over(session, referral)
    assert authority_work.overdue(session, chief) == []
    questions.answer(session, officer, questions.listed(session, officer)[0].question.id, "hall 3")
    session.flush()
    assert work_of(session, referral).due_on == answering.term_from(utc_now().date(), "KZ-MVD")


def test_reports_are_given_out_and_a_deputy_stands_in(
    session: Session, referral: Referral, regulator: Principal, chief: Principal, house: Organisation,
    officer: Principal, company: Organisation,
) -> None:  # fmt: skip
    deputy = principal_of(session, house, "regulator")
    authority_work.assign(session, regulator, referral.id, regulator.user_id)  # type: ignore[arg-type]
    today = utc_now().date()
    assigning.set_absence(session, regulator, Absence(today, today, deputy.user_id))
    session.flush()
    tasks.cases_in_time()
    assert work_of(session, referral).assignee_id == deputy.user_id
    second = referrals.refer(session, officer, held_case(session, company).id, "odd")
    session.flush()
    tasks.cases_in_time()
    assert work_of(session, second).assignee_id == chief.user_id  # the one who has least
    assert [event["action"] for event in audit.trail(session, second.id)][-1] == "referral.assigned"


def test_a_deputy_is_another_regulator_of_the_authority(
    session: Session, regulator: Principal, house: Organisation, officer: Principal
) -> None:
    elsewhere = principal_of(session, make_organisation(session, "authority"), "regulator")
    for each in (regulator, officer, principal_of(session, house, "auditor"), elsewhere):
        with pytest.raises(Invalid):
            assigning.set_absence(session, regulator, Absence(utc_now().date(), None, each.user_id))
