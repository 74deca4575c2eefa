"""Taking back an assignment or putting aside: by who did it, within a minute, while nothing else has happened."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import Session, col, select

from screening import cases, casework, undoing
from screening.access import Principal
from screening.ids import utc_now
from screening.tables.cases import Case, CaseEvent
from screening.tables.people import Organisation
from screening.undoing import NothingToUndo
from tests.builders import principal_of

TOMORROW = timedelta(days=1)


@pytest.fixture
def colleague(session: Session, company: Organisation) -> Principal:
    return principal_of(session, company, "officer")


def taken_back(session: Session, principal: Principal, case: Case, was: Principal | None = None) -> Case:
    session.flush()
    return undoing.undo(session, principal, case.id, was.user_id if was else None)


def last_event(session: Session, case: Case) -> CaseEvent:
    query = select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(col(CaseEvent.created_at).desc())
    return session.exec(query).first()  # type: ignore[return-value]


def test_an_assignment_goes_back_to_nobody_or_to_whom_it_was(
    session: Session, officer: Principal, colleague: Principal, case: Case
) -> None:
    cases.assign(session, officer, case.id, officer.user_id or case.id)
    taken_back(session, officer, case)
    assert (case.assignee_id, case.state) == (None, "open")
    assert (last_event(session, case).kind, last_event(session, case).action) == ("assigned", "undo")
    cases.assign(session, officer, case.id, colleague.user_id or case.id)
    session.flush()
    cases.assign(session, officer, case.id, officer.user_id or case.id)
    taken_back(session, officer, case, colleague)
    assert (case.assignee_id, case.state) == (colleague.user_id, "in_review")


@pytest.mark.parametrize("state", ["open", "in_review", "waiting"])
def test_what_was_put_aside_returns_to_where_it_was(
    state: str, session: Session, officer: Principal, case: Case
) -> None:
    if state == "in_review":
        cases.assign(session, officer, case.id, officer.user_id or case.id)
    if state == "waiting":
        casework.ask(session, officer, case.id, ["licence"])
    session.flush()
    casework.snooze(session, officer, case.id, utc_now() + TOMORROW, "papers come tomorrow")
    taken_back(session, officer, case)
    assert (case.state, case.snoozed_until) == (state, None)
    with pytest.raises(NothingToUndo):  # once
        taken_back(session, officer, case)


def test_only_who_did_it_and_only_the_last_step(
    session: Session, officer: Principal, colleague: Principal, case: Case
) -> None:
    cases.assign(session, officer, case.id, officer.user_id or case.id)
    with pytest.raises(NothingToUndo):
        taken_back(session, colleague, case)
    cases.note(session, officer, case.id, "called them")
    with pytest.raises(NothingToUndo):
        taken_back(session, officer, case)
    assert case.assignee_id == officer.user_id


def test_after_a_minute_it_stands(session: Session, officer: Principal, case: Case) -> None:
    cases.assign(session, officer, case.id, officer.user_id or case.id)
    session.flush()
    event = last_event(session, case)
    event.created_at = utc_now() - timedelta(seconds=61)
    session.flush()
    with pytest.raises(NothingToUndo):
        taken_back(session, officer, case)


def test_decisions_are_not_taken_back(session: Session, officer: Principal, case: Case) -> None:
    cases.decide(session, officer, case.id, cases.Verdict("hold", "waiting for papers"))
    with pytest.raises(NothingToUndo):
        taken_back(session, officer, case)
