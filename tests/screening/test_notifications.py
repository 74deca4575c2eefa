"""Pre-export notifications: one table of steps, a clock that makes silence `expired`, an objection that binds."""

from __future__ import annotations

from datetime import date, timedelta
from typing import get_args

import pytest
from sqlmodel import Session, select

from screening import cases, notifications
from screening.access import Principal
from screening.cases import Verdict
from screening.errors import Invalid, NotFound
from screening.ids import new_id, utc_now
from screening.notifications import NEXT_STATE, Action, NotNow, Objected, Step, standing
from screening.tables.cases import Case
from screening.tables.duties import NOTIFICATION_STATES, Notification, NotificationEvent
from screening.tables.orders import Order
from screening.tables.people import Organisation
from tests.builders import held_case, make_organisation, principal_of


@pytest.fixture
def officer(session: Session) -> Principal:
    return principal_of(session, make_organisation(session), "officer")


@pytest.fixture
def case(session: Session, officer: Principal) -> Case:
    return held_case(session, session.get_one(Organisation, officer.organisation_id))


def kept(session: Session, case: Case, state: str, deadline: date | None = None) -> Notification:
    made = Notification(organisation_id=case.organisation_id, order_id=case.order_id, state=state, deadline=deadline)
    session.add(made)
    session.flush()
    return made


@pytest.mark.parametrize("state", NOTIFICATION_STATES)
def test_only_the_steps_of_the_table_are_taken(state: str, session: Session, officer: Principal, case: Case) -> None:
    later = utc_now().date() + timedelta(days=30)
    for action in get_args(Action):
        if action == "draft":
            continue
        made = kept(session, case, state)
        if after := NEXT_STATE.get((state, action)):
            assert notifications.take(session, officer, case.order_id, Step(action, later)).state == after
        else:
            with pytest.raises(NotNow):
                notifications.take(session, officer, case.order_id, Step(action, later))
            assert made.state == state
        for event in session.exec(select(NotificationEvent).where(NotificationEvent.notification_id == made.id)):
            session.delete(event)
        session.flush()
        session.delete(made)
        session.flush()


def test_no_step_of_a_person_or_clock_turns_silence_into_consent() -> None:
    assert {after for (_, action), after in NEXT_STATE.items() if action == "expire"} == {"expired"}
    assert {action for (_, action), after in NEXT_STATE.items() if after == "no_objection"} == {"no_objection"}
    assert set(NEXT_STATE.values()) | {"drafted"} == set(NOTIFICATION_STATES)
    assert "expire" not in get_args(Action)


def test_sending_sets_the_window_of_fifteen_working_days(session: Session, officer: Principal, case: Case) -> None:
    assert notifications.window(date(2026, 6, 15)) == date(2026, 7, 6)
    notifications.take(session, officer, case.order_id, Step("draft"))
    sent = notifications.take(session, officer, case.order_id, Step("send"))
    assert sent.deadline == notifications.window(utc_now().date())
    with pytest.raises(NotNow):
        notifications.take(session, officer, case.order_id, Step("draft"))


def test_silence_expires_on_the_day_after_the_deadline(session: Session, officer: Principal, case: Case) -> None:
    today = utc_now().date()
    made = kept(session, case, "sent", today)
    assert standing(made, today) == "sent"
    assert standing(made, today + timedelta(days=1)) == "expired"
    assert notifications.expire_due(session) == 0
    made.deadline = today - timedelta(days=1)
    session.flush()
    assert notifications.expire_due(session) == 1
    assert made.state == "expired"
    assert notifications.expire_due(session) == 0
    assert notifications.take(session, officer, case.order_id, Step("no_objection")).state == "no_objection"


def test_a_step_after_the_deadline_passes_through_expired(session: Session, officer: Principal, case: Case) -> None:
    made = kept(session, case, "sent", utc_now().date() - timedelta(days=1))
    with pytest.raises(NotNow):
        notifications.take(session, officer, case.order_id, Step("acknowledge"))
    assert made.state == "expired"
    notifications.take(session, officer, case.order_id, Step("object"))
    steps = session.exec(select(NotificationEvent.action).order_by(NotificationEvent.id)).all()  # type: ignore[arg-type]
    assert list(steps) == ["expire", "object"]


@pytest.mark.parametrize(("action", "days"), [("more_time", None), ("more_time", -1)])
def test_more_time_needs_a_day_to_come(
    action: Action, days: int | None, session: Session, officer: Principal, case: Case
) -> None:
    kept(session, case, "sent")
    deadline = None if days is None else utc_now().date() + timedelta(days=days)
    with pytest.raises(Invalid):
        notifications.take(session, officer, case.order_id, Step(action, deadline))


def test_an_objection_keeps_an_order_from_being_released(session: Session, officer: Principal, case: Case) -> None:
    kept(session, case, "objected")
    with pytest.raises(Objected), session.begin_nested():
        cases.decide(session, officer, case.id, Verdict("release", "papers seen"))
    session.expire_all()
    assert session.get_one(Order, case.order_id).disposition == "hold"
    notifications.take(session, officer, case.order_id, Step("no_objection"))
    cases.decide(session, officer, case.id, Verdict("release", "objection lifted"))


def test_absent_and_foreign_orders_have_none(session: Session, case: Case) -> None:
    stranger = principal_of(session, make_organisation(session), "officer")
    for order_id in (case.order_id, new_id()):
        with pytest.raises(NotFound):
            notifications.take(session, stranger, order_id, Step("draft"))
