"""Cases: states, reasons, who may do what, and what an amendment does."""

from __future__ import annotations

from itertools import product

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlmodel import Session, col, select

from screening import audit, cases, life, screen
from screening.access import Principal
from screening.case_errors import AuthorityNotAnswered, CaseChanged, CaseClosed
from screening.cases import Verdict
from screening.duties.clocks import next_working_moment
from screening.errors import Forbidden, Invalid, NotFound
from screening.orders import Submission
from screening.tables.cases import Case, CaseEvent, LifeMove
from screening.tables.orders import Decision, Order
from screening.tables.people import Organisation
from tests.builders import held_case, make_organisation, principal_of
from tests.features.builders import body, line


def kinds(session: Session, case: Case) -> list[str]:
    session.flush()
    return [event.kind for event in session.exec(select(CaseEvent).where(col(CaseEvent.case_id) == case.id))]


def test_a_held_order_opens_one_case_with_a_clock(session: Session, case: Case) -> None:
    assert (case.state, case.reasons) == ("open", ["scorer_unavailable"])
    assert abs(case.due_at - next_working_moment(case.created_at, "KZ")).total_seconds() < 60
    assert kinds(session, case) == ["opened"]


@pytest.mark.parametrize(("action", "state"), [("release", "released"), ("hold", "in_review"), ("refuse", "refused")])
def test_a_decision_moves_case_and_order_and_is_on_record(
    action: str, state: str, session: Session, officer: Principal, case: Case
) -> None:
    cases.decide(session, officer, case.id, Verdict(action, "papers checked"))  # type: ignore[arg-type]
    session.flush()
    order = session.get_one(Order, case.order_id)
    decisions = session.exec(
        select(Decision).where(col(Decision.order_version_id) == case.order_version_id).order_by(col(Decision.number))
    ).all()
    assert (case.state, order.disposition) == (state, action)
    assert [(each.maker, each.disposition) for each in decisions] == [("policy", "hold"), ("person", action)]
    assert (decisions[1].decided_by, decisions[1].reason) == (officer.user_id, "papers checked")
    assert (case.closed_at is None) == (action == "hold")
    assert "case.decided" in [event["action"] for event in audit.trail(session, case.id)]


def test_a_decision_needs_a_reason(session: Session, officer: Principal, case: Case) -> None:
    with pytest.raises(Invalid):
        cases.decide(session, officer, case.id, Verdict("release", "  "))


def test_who_decides_has_read_the_case_as_it_is(session: Session, officer: Principal, case: Case) -> None:
    seen = case.version
    assert officer.user_id is not None
    cases.assign(session, officer, case.id, officer.user_id)
    with pytest.raises(CaseChanged):
        cases.decide(session, officer, case.id, Verdict("release", "checked", seen))
    cases.decide(session, officer, case.id, Verdict("release", "checked", case.version))
    assert case.state == "released"


@pytest.mark.parametrize("closed", ["release", "refuse"])
def test_a_closed_case_takes_notes_only(closed: str, session: Session, officer: Principal, case: Case) -> None:
    cases.decide(session, officer, case.id, Verdict(closed, "checked"))  # type: ignore[arg-type]
    assert officer.user_id is not None
    with pytest.raises(CaseClosed):
        cases.assign(session, officer, case.id, officer.user_id)
    for action in ("release", "hold", "refuse"):
        with pytest.raises(CaseClosed):
            cases.decide(session, officer, case.id, Verdict(action, "again"))  # type: ignore[arg-type]
    cases.note(session, officer, case.id, "for the file")
    assert kinds(session, case)[-1] == "note"


@pytest.mark.parametrize("role", ["auditor", "administrator", "integration"])
def test_other_roles_do_not_decide(role: str, session: Session, company: Organisation, case: Case) -> None:
    with pytest.raises(Forbidden):
        cases.decide(session, principal_of(session, company, role), case.id, Verdict("release", "x"))  # type: ignore[arg-type]


def test_a_foreign_case_is_not_found(session: Session, case: Case) -> None:
    stranger = principal_of(session, make_organisation(session), "officer")
    with pytest.raises(NotFound):
        cases.decide(session, stranger, case.id, Verdict("release", "x"))


def test_a_case_goes_only_to_colleagues(session: Session, officer: Principal, case: Case) -> None:
    stranger = principal_of(session, make_organisation(session), "officer")
    assert stranger.user_id is not None
    with pytest.raises(NotFound):
        cases.assign(session, officer, case.id, stranger.user_id)


def test_an_amended_order_opens_its_case_again(session: Session, company: Organisation, officer: Principal) -> None:
    case = held_case(session, company, reference="AM-1")
    cases.decide(session, officer, case.id, Verdict("refuse", "no licence"))
    session.flush()
    changed = body(reference="AM-1", lines=[line("5")])
    answer = screen.submit(session, Submission.of(company.id, changed, amend="always"))
    session.flush()
    session.refresh(case)
    assert (case.state, case.closed_at, case.order_version_id) == ("open", None, answer.order.version_id)
    assert kinds(session, case) == ["opened", "decided", "reopened"]


def test_a_referred_case_is_not_released_before_the_authority_speaks(
    session: Session, officer: Principal, case: Case
) -> None:
    case.state = "referred"
    session.flush()
    with pytest.raises(AuthorityNotAnswered):
        cases.decide(session, officer, case.id, Verdict("release", "we waited long enough"))


def test_the_database_holds_the_same_table_of_steps(session: Session) -> None:
    kept = {(each.machine, each.state, each.action): each.next_state for each in session.exec(select(LifeMove))}
    assert kept == {
        (machine, *step): after for machine, moves in life.MACHINES.items() for step, after in moves.items()
    }


@pytest.mark.parametrize(("machine", "states"), [("order", life.ORDER_STATES), ("case", life.CASE_STATES)])
def test_every_state_is_reached_and_left(machine: str, states: tuple[str, ...]) -> None:
    moves = life.MACHINES[machine]
    assert {state for state, _ in moves} == set(states)
    assert set(moves.values()) | {"received"} >= set(states) - {"received"}


def test_the_database_refuses_every_other_step_of_a_case(session: Session, case: Case) -> None:
    """Each pair of states, written past the application: it goes through exactly where the table has a step."""
    place = text(
        "UPDATE officer_case SET state = CAST(:state AS text), snoozed_until = "
        "CASE WHEN CAST(:state AS text) = 'snoozed' THEN now() END, "
        "merged_into = CASE WHEN CAST(:state AS text) = 'merged' THEN id END WHERE id = :id"
    )
    passed = set()
    for before, after in product(life.CASE_STATES, repeat=2):
        session.execute(text("ALTER TABLE officer_case DISABLE TRIGGER case_life"))
        session.execute(place, {"state": before, "id": case.id})
        session.execute(text("ALTER TABLE officer_case ENABLE TRIGGER case_life"))
        try:
            with session.begin_nested():
                session.execute(place, {"state": after, "id": case.id})
            passed.add((before, after))
        except IntegrityError:
            continue
    stays = {(state, state) for state in life.CASE_STATES}
    assert passed == {(state, after) for (state, _), after in life.CASE.items()} | stays


@pytest.mark.parametrize(
    "change",
    [
        "disposition = 'release', state = 'released'",  # no decision says so
        "state = 'with_authority'",  # it was never reported
        "state = 'closed'",
        "disposition = 'release', state = 'cleared', version_id = gen_random_uuid()",  # not the next version
        "state = 'released'",  # held, and called released
    ],
)
def test_an_order_is_not_moved_past_its_table(change: str, session: Session, case: Case) -> None:
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(text(f"UPDATE orders SET {change} WHERE id = :id"), {"id": case.order_id})


def test_what_was_found_and_decided_is_never_rewritten(session: Session, case: Case) -> None:
    for table in ("order_version", "assessment", "decision"):
        with pytest.raises(ProgrammingError, match="only grows"), session.begin_nested():
            session.execute(text(f"UPDATE {table} SET organisation_id = organisation_id"))
        with pytest.raises(ProgrammingError, match="only grows"), session.begin_nested():
            session.execute(text(f"DELETE FROM {table}"))
