"""Reports are numbered without gaps, however many come at once; a correction is a version more, nothing goes."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, select

from screening import cases, database, instructions, referrals, reporting, reports, screen
from screening.access import Principal
from screening.case_errors import AuthorityNotAnswered
from screening.cases import Verdict
from screening.errors import Forbidden, NotFound
from screening.ids import utc_now
from screening.instructions import Answer
from screening.orders import Submission
from screening.reporting import Superseded
from screening.tables.cases import Case, Referral
from screening.tables.people import Organisation
from tests.builders import held_case, make_organisation, principal_of
from tests.features.builders import body

YEAR = utc_now().year


def test_reports_of_an_authority_count_up_and_each_authority_for_itself(
    session: Session, company: Organisation, officer: Principal, regulator: Principal
) -> None:
    made = [referrals.refer(session, officer, held_case(session, company).id, "odd") for _ in range(3)]
    other = held_case(session, company, seller={"country": "RU"})
    made.append(referrals.refer(session, officer, other.id, "odd"))
    assert [each.report for each in made] == [*(f"KZ-MVD/{YEAR}/{n}" for n in (1, 2, 3)), f"RU-MVD/{YEAR}/1"]
    assert reports.completeness(session, regulator) == reports.Completeness(YEAR, 3, ())
    assert reports.completeness(session, regulator, 2001).last == 0


def test_an_amended_order_keeps_its_report_number(session: Session, company: Organisation, officer: Principal) -> None:
    case = held_case(session, company, reference="NUM-1")
    first = referrals.refer(session, officer, case.id, "odd")
    screen.submit(session, Submission.of(company.id, body(reference="NUM-1", notes="changed"), amend="always"))
    session.flush()
    session.refresh(case)
    second = referrals.refer(session, officer, case.id, "odd still")
    assert (second.report, second.report_version, second.correction) == (first.report, 2, 0)


def test_a_correction_is_the_next_version_and_the_first_stays(
    session: Session, company: Organisation, officer: Principal, regulator: Principal, case: Case
) -> None:
    first = referrals.refer(session, officer, case.id, "wrong words")
    referrals.acknowledge(session, regulator, first.id)
    instructions.instruct(session, regulator, first.id, Answer("release", "fine"))
    session.flush()
    session.expire_all()
    cases.decide(session, officer, case.id, Verdict("hold", "papers came"))
    second = reporting.correct(session, officer, first.id, "right words")
    session.flush()
    assert (second.report, second.report_version) == (first.report, 2)
    assert (first.reason, second.reason) == ("wrong words", "right words")
    assert second.packet != first.packet  # what was decided since is in it
    assert [each.referral.id for each in referrals.inbox(session, regulator)] == [second.id, first.id]
    assert referrals.refer(session, officer, case.id, "again").id == second.id
    with pytest.raises(Superseded):
        reporting.correct(session, officer, first.id, "once more")
    with pytest.raises(AuthorityNotAnswered):  # what was let go was the wrong report
        cases.decide(session, officer, case.id, Verdict("release", "it said so"))
    instructions.instruct(session, regulator, first.id, Answer("refuse", "too late"))
    session.expire_all()
    assert case.state == "referred"
    said = json.loads(referrals.acknowledge(session, regulator, second.id).statement)
    assert (said["report"], said["version"]) == (first.report, 2)


def test_a_report_of_a_decided_order_is_corrected_without_moving_it(
    session: Session, officer: Principal, case: Case
) -> None:
    first = referrals.refer(session, officer, case.id, "wrong words")
    cases.decide(session, officer, case.id, Verdict("refuse", "no papers"))
    session.flush()
    reporting.correct(session, officer, first.id, "right words")
    assert case.state == "refused"


def test_only_the_companys_officers_correct(session: Session, company: Organisation, case: Case) -> None:
    officer = principal_of(session, company, "officer")
    made = referrals.refer(session, officer, case.id, "x")
    with pytest.raises(Forbidden):
        reporting.correct(session, principal_of(session, company, "auditor"), made.id, "x")
    with pytest.raises(NotFound):
        reporting.correct(session, principal_of(session, make_organisation(session), "officer"), made.id, "x")


def test_numbers_have_no_gap_when_many_come_at_once_and_some_fail(committed: Engine) -> None:
    with database.session() as work:
        company = make_organisation(work, country="KZ")
        officer = principal_of(work, company, "officer")
        regulator = principal_of(work, make_organisation(work, "authority", "KZ", "KZ-MVD"), "regulator")
        ids = [held_case(work, company).id for _ in range(12)]

    def refer(case_id: UUID) -> bool:
        """Every third report is taken back after it had its number."""
        failing = ids.index(case_id) % 3 == 0
        try:
            with database.session() as work:
                referrals.refer(work, officer, case_id, "odd")
                if failing:
                    raise InterruptedError
        except InterruptedError:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        went = sum(pool.map(refer, ids))
    with database.session() as work:
        numbers = work.exec(select(Referral.report_number).order_by(col(Referral.report_number))).all()
        assert (went, list(numbers)) == (8, list(range(1, 9)))
        assert reports.completeness(work, regulator) == reports.Completeness(YEAR, 8, ())
    with committed.begin() as root, pytest.raises(DBAPIError, match="only grows"):
        root.execute(text("DELETE FROM referral"))
    with committed.begin() as root:  # whoever may switch triggers off leaves a gap that shows
        root.execute(text("SET session_replication_role = replica"))
        root.execute(text("DELETE FROM referral WHERE report_number = 3"))
        root.execute(text("SET session_replication_role = DEFAULT"))
    with database.session() as work:
        assert reports.completeness(work, regulator).missing == (3,)
