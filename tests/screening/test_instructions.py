"""What an authority's word does to order and case, who sees it, and what stays of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, select

from screening import (
    audit,
    cases,
    instructions,
    labels,
    monitoring,
    orders,
    questions,
    reading,
    referrals,
    screen,
    tasks,
    watching,
    webhooks,
)
from screening.access import Principal
from screening.case_errors import AuthorityNotAnswered
from screening.cases import Verdict
from screening.duties.clocks import working_days_after
from screening.errors import Forbidden, Invalid, NotFound
from screening.ids import utc_now
from screening.instructions import Answer
from screening.orders import Submission
from screening.policy import DEFAULT_RULES, PolicyTable, rule
from screening.questions import AlreadyAnswered
from screening.tables.cases import Case, Instruction, Monitor, MonitorMark, Referral
from screening.tables.exchange import WatchMatch
from screening.tables.orders import Decision, Order
from screening.tables.people import Organisation, User
from screening.tables.queue import Delivery
from tests.builders import held_case, make_organisation, principal_of
from tests.features.builders import body

Tell = Callable[..., Instruction]


@pytest.fixture
def referral(session: Session, officer: Principal, regulator: Principal, case: Case) -> Referral:
    made = referrals.refer(session, officer, case.id, "beyond the declared need")
    referrals.acknowledge(session, regulator, made.id)
    session.flush()
    return made


@pytest.fixture
def tell(session: Session, regulator: Principal, referral: Referral, case: Case) -> Tell:
    """Instruct as the regulator; the case and its order are then as they stand."""

    def instruct(kind: Any, *words: Any, **more: Any) -> Instruction:
        made = instructions.instruct(session, regulator, referral.id, Answer(kind, *words, **more))
        session.flush()
        session.expire_all()
        return made

    return instruct


def order_of(session: Session, case: Case) -> Order:
    return session.get_one(Order, case.order_id, populate_existing=True)


def test_what_the_authority_releases_is_the_officers_to_confirm(
    session: Session, tell: Tell, case: Case, officer: Principal
) -> None:
    assert (case.state, order_of(session, case).state) == ("referred", "with_authority")
    tell("release", "no objection")
    assert (case.state, order_of(session, case).disposition) == ("in_review", "hold")
    cases.decide(session, officer, case.id, Verdict("release", "the authority has no objection"))
    assert order_of(session, case).state == "released"


def test_what_the_authority_refuses_is_refused_at_once(
    session: Session, tell: Tell, case: Case, company: Organisation
) -> None:
    session.add(webhooks.WebhookEndpoint(organisation_id=company.id, url="http://127.0.0.1:9/", secret_sealed="x"))
    session.flush()
    tell("refuse", "do not ship")
    order = order_of(session, case)
    assert (case.state, order.state, order.disposition) == ("refused", "refused", "refuse")
    assert case.closed_at is not None
    last = session.exec(select(Decision).where(Decision.order_version_id == order.version_id)).all()[-1]
    assert (last.maker, last.decided_by, last.reason) == ("authority", None, "do not ship")
    sent = session.exec(select(Delivery.body).where(Delivery.organisation_id == company.id)).one()
    assert '"status":"not_confirmed"' in sent
    assert "ship" not in sent
    assert labels.sweep(session) == 1  # the authority's word labels the order once, not as the officer's too


def test_a_word_on_a_version_that_was_amended_moves_nothing(
    session: Session, company: Organisation, officer: Principal, regulator: Principal
) -> None:
    case = held_case(session, company, reference="OLD-1")
    first = referrals.refer(session, officer, case.id, "first")
    referrals.acknowledge(session, regulator, first.id)
    screen.submit(session, Submission.of(company.id, body(reference="OLD-1", notes="changed"), amend="always"))
    session.flush()
    session.expire_all()
    instructions.instruct(session, regulator, first.id, Answer("refuse", "no"))
    session.expire_all()
    assert (case.state, order_of(session, case).disposition) == ("open", "hold")
    assert "instruction" in [event.kind for event in cases.events(session, officer, case)]


def test_a_question_makes_the_case_wait_until_it_is_answered(
    session: Session, tell: Tell, case: Case, officer: Principal, referral: Referral, regulator: Principal
) -> None:
    asked = tell("ask", "which warehouse?")
    assert case.state == "questioned"
    assert asked.until == working_days_after(utc_now().date(), instructions.ANSWER_DAYS, "KZ")
    assert case.due_at.date() == asked.until
    with pytest.raises(AuthorityNotAnswered):
        cases.decide(session, officer, case.id, Verdict("release", "we ship"))
    (waiting,) = questions.listed(session, officer)
    questions.answer(session, officer, waiting.question.id, "Almaty, hall 3")
    session.flush()
    assert case.state == "referred"
    (told,) = referrals.find(session, regulator, referral.id).questions
    assert (told.instruction.text, told.question.answer) == ("which warehouse?", "Almaty, hall 3")
    assert [*questions.listed(session, officer), *questions.listed(session, regulator)] == []
    with pytest.raises(AlreadyAnswered):
        questions.answer(session, officer, waiting.question.id, "another")
    happened = [event["action"] for event in audit.trail(session, referral.id)]
    assert happened[-2:] == ["referral.instructed", "question.answered"]


def test_the_case_waits_for_the_last_of_its_questions(
    session: Session, tell: Tell, case: Case, officer: Principal
) -> None:
    tell("ask", "which warehouse?")
    tell("ask", "whose truck?", until=utc_now().date() + timedelta(days=2))
    first, second = questions.listed(session, officer)
    assert (first.instruction.text, second.instruction.text) == ("whose truck?", "which warehouse?")
    questions.answer(session, officer, first.question.id, "ours")
    assert case.state == "questioned"
    questions.answer(session, officer, second.question.id, "hall 3")
    assert case.state == "referred"


def test_what_is_asked_under_a_controlled_delivery_is_for_the_named(
    session: Session, tell: Tell, case: Case, officer: Principal, company: Organisation, referral: Referral
) -> None:
    named = principal_of(session, company, "officer")
    supervisor = principal_of(session, company, "supervisor")
    email = session.get_one(User, named.user_id).email
    tell("controlled_delivery", "let it run", (email,))
    version = case.version
    asked = tell("ask", "when does it leave?")
    assert (asked.restricted, asked.named) == (True, [str(named.user_id)])
    assert (case.state, case.version) == ("referred", version)
    for who, knows in ((named, 1), (supervisor, 1), (officer, 0), (principal_of(session, company, "auditor"), 0)):
        assert len(questions.listed(session, who)) == knows
        assert len(referrals.find(session, who, referral.id).questions) == knows
    question = questions.listed(session, named)[0].question
    with pytest.raises(NotFound):
        questions.answer(session, officer, question.id, "guessing")
    questions.answer(session, named, question.id, "on Friday")
    session.flush()
    assert (case.state, case.version) == ("referred", version)
    assert [event.kind for event in cases.events(session, officer, case)] == ["opened", "referred", "receipt"]
    assert [event.kind for event in reading.order_file(session, named, case.order_id).events][-1] == "answered"


def test_nobody_else_answers(session: Session, tell: Tell, officer: Principal, company: Organisation) -> None:
    tell("ask", "which warehouse?")
    question = questions.listed(session, officer)[0].question
    for role in ("auditor", "integration", "administrator"):
        with pytest.raises(Forbidden):
            questions.answer(session, principal_of(session, company, role), question.id, "x")
    with pytest.raises(NotFound):
        questions.answer(session, principal_of(session, make_organisation(session), "officer"), question.id, "x")
    with pytest.raises(Invalid):
        questions.answer(session, officer, question.id, " ")


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "ask"},
        {"kind": "ask", "text": "?", "until": date(2020, 1, 1)},
        {"kind": "ask", "text": "?", "until": date(2999, 1, 1)},
        {"kind": "monitor", "until": date(2020, 1, 1)},
    ],
)
def test_a_question_has_words_and_a_day_that_can_be_met(
    wrong: dict[str, Any], session: Session, regulator: Principal, referral: Referral
) -> None:
    with pytest.raises(Invalid):
        instructions.instruct(session, regulator, referral.id, Answer(**wrong))


def test_a_watched_customers_orders_are_held_and_marked_for_the_authority(
    session: Session, tell: Tell, company: Organisation, regulator: Principal, referral: Referral
) -> None:
    tell("monitor", "for a quarter")
    again = held_case(session, company)
    other = held_case(session, company, customer={"name": "Somebody else", "country": "KZ"})
    elsewhere = held_case(session, make_organisation(session))
    ruled = {each.id: _reasons(session, each) for each in (again, other, elsewhere)}
    assert ["monitored" in ruled[each.id] for each in (again, other, elsewhere)] == [True, False, False]
    watching.sweep(session)
    session.flush()
    met = monitoring.seen(session, regulator, referral.id)
    assert again.order_version_id in {each.match.order_version_id for each in met}
    assert set(session.exec(select(WatchMatch.authority_code))) == {"KZ-MVD"}


def _reasons(session: Session, case: Case) -> list[str]:
    return session.exec(select(Decision.reasons).where(Decision.order_version_id == case.order_version_id)).one()


def test_a_watch_ends_on_its_day_and_by_a_later_word(
    session: Session, tell: Tell, company: Organisation, referral: Referral
) -> None:
    tell("monitor")
    tell("monitor", until=utc_now().date())
    kept = session.exec(select(Monitor).order_by(col(Monitor.created_at))).all()
    assert [each.ended_at is None for each in kept] == [False, True]
    session.execute(text("UPDATE monitor SET until = until - 1"))
    session.execute(text("UPDATE monitor_mark SET until = until - 1"))
    assert "monitored" not in _reasons(session, held_case(session, company))  # over, swept or not
    tasks.cases_in_time()
    assert session.exec(select(MonitorMark)).all() == []


def test_policy_may_only_mark_a_watched_customer() -> None:
    marks = PolicyTable(1, DEFAULT_RULES | {"watched": {"monitored": "release"}})
    assert rule(marks, "low", (), ("monitored",)).disposition == "release"
    assert rule(PolicyTable(1, DEFAULT_RULES), "low", (), ("monitored",)).disposition == "hold"
    assert "monitored" in orders.WATCHED


@pytest.mark.parametrize("table", ["referral", "receipt", "instruction"])
def test_what_was_said_is_never_rewritten(table: str, session: Session, tell: Tell) -> None:
    tell("ask", "which warehouse?")
    for change in (f"UPDATE {table} SET created_at = now()", f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
        with pytest.raises(DBAPIError, match="only grows"), session.begin_nested():
            session.execute(text(change))


@pytest.mark.parametrize(
    "change",
    ["SET answer = 'other'", "SET answer = NULL, answered_at = NULL", "SET instruction_id = gen_random_uuid()"],
)
def test_an_answer_is_never_rewritten(change: str, session: Session, tell: Tell, officer: Principal) -> None:
    tell("ask", "which warehouse?")
    questions.answer(session, officer, questions.listed(session, officer)[0].question.id, "hall 3")
    session.flush()
    with pytest.raises(DBAPIError, match="answered once"), session.begin_nested():
        session.execute(text(f"UPDATE question {change}"))


def test_a_later_release_lets_go_although_a_question_was_asked(
    session: Session, tell: Tell, case: Case, officer: Principal
) -> None:
    tell("release", "no objection")
    tell("ask", "one thing more")
    assert case.state == "questioned"
    cases.decide(session, officer, case.id, Verdict("release", "released before it was asked"))
    assert case.state == "released"
