"""The mark of an order moves with what its reader may know of, and with nothing else."""

from __future__ import annotations

import pytest
from sqlmodel import Session

from screening import cases, instructions, moved, reading, referrals
from screening.access import Principal
from screening.errors import Forbidden, NotFound
from screening.instructions import Answer
from screening.orders import Submission
from screening.screen import submit
from screening.tables.cases import Case
from screening.tables.people import Organisation, User
from tests.builders import held_case, make_organisation, principal_of
from tests.features.builders import body, line


@pytest.fixture
def case(session: Session, company: Organisation) -> Case:
    return held_case(session, company, reference="M-1")


def marked(session: Session, principal: Principal, case: Case) -> str:
    session.flush()
    return moved.moved(session, principal, case.order_id).mark


def test_a_page_and_a_later_look_agree_while_nothing_moves(session: Session, officer: Principal, case: Case) -> None:
    file = reading.order_file(session, officer, case.order_id)
    assert moved.mark(file.order, file.case, file.events) == marked(session, officer, case)


def test_notes_decisions_and_amendments_move_it(
    session: Session, company: Organisation, officer: Principal, case: Case
) -> None:
    marks = [marked(session, officer, case)]
    cases.note(session, officer, case.id, "asked by telephone")
    marks.append(marked(session, officer, case))
    cases.assign(session, officer, case.id, officer.user_id or case.id)
    marks.append(marked(session, officer, case))
    submit(session, Submission.of(company.id, body(reference="M-1", lines=[line("7")]), amend="always"))
    marks.append(marked(session, officer, case))
    assert len(set(marks)) == 4


def test_a_controlled_delivery_moves_it_for_those_alone_who_may_know(
    session: Session, company: Organisation, officer: Principal, regulator: Principal, case: Case
) -> None:
    named = principal_of(session, company, "officer")
    email = session.get_one(User, named.user_id).email
    referral = referrals.refer(session, officer, case.id, "beyond the declared need")
    referrals.acknowledge(session, regulator, referral.id)
    before = [marked(session, each, case) for each in (officer, named)]
    instructions.instruct(session, regulator, referral.id, Answer("controlled_delivery", "let it run", (email,)))
    after = [marked(session, each, case) for each in (officer, named)]
    assert before[0] == after[0]
    assert before[1] != after[1]


def test_strangers_and_ordinary_users_learn_nothing(session: Session, company: Organisation, case: Case) -> None:
    with pytest.raises(NotFound):
        moved.moved(session, principal_of(session, make_organisation(session), "officer"), case.order_id)
    with pytest.raises(Forbidden):
        moved.moved(session, principal_of(session, company, "integration"), case.order_id)
