"""The outbox: exists with the business, done once, retried with patience, buried after the last attempt."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session, select

from screening import audit, database, outbox, tasks
from screening.ids import new_id, utc_now
from screening.outbox import Work
from screening.settings import settings
from screening.tables.queue import Outbox

KIND = "test.effect"


@pytest.fixture
def effects() -> Iterator[list[UUID]]:
    """A handler that writes down whom it served."""
    served: list[UUID] = []

    @outbox.handles(KIND)
    def serve(session: Session, work: Work) -> None:
        served.append(work.id)

    yield served
    del outbox.HANDLERS[KIND]


@pytest.fixture
def failing() -> Iterator[list[tuple[str, bool]]]:
    """A handler that always fails, and what its on_failure was told."""
    told: list[tuple[str, bool]] = []

    def note(session: Session, work: Work, error: str, dead: bool) -> None:
        told.append((error, dead))

    @outbox.handles(KIND, on_failure=note)
    def fail(session: Session, work: Work) -> None:
        raise ConnectionError("receiver is away")

    yield told
    del outbox.HANDLERS[KIND]


def row(session: Session, row_id: UUID) -> Outbox:
    session.expire_all()
    return session.exec(select(Outbox).where(Outbox.id == row_id)).one()


def make(session: Session) -> UUID:
    row_id = outbox.enqueue(session, KIND, {"n": 1})
    session.flush()
    return row_id


def overdue(session: Session, row_id: UUID) -> None:
    """Let every wait of the row be over."""
    session.execute(
        text(
            "UPDATE outbox SET not_before = now() - interval '1 s', lease_until = now() - interval '1 s', "
            "dispatched_until = now() - interval '1 s' WHERE id = :id"
        ),
        {"id": row_id},
    )


def test_a_row_is_carried_once_however_often_its_id_comes(session: Session, effects: list[UUID]) -> None:
    row_id = make(session)
    for _ in range(3):
        tasks.carry(str(row_id))
    assert effects == [row_id]
    assert row(session, row_id).state == "done"


def test_an_unknown_id_is_no_fault(session: Session, effects: list[UUID]) -> None:
    tasks.carry(str(new_id()))
    assert effects == []


def test_a_dispatched_row_comes_due_again_only_after_the_lease(session: Session, effects: list[UUID]) -> None:
    row_id = make(session)
    assert outbox.dispatch(session) == [row_id]
    assert outbox.dispatch(session) == []
    overdue(session, row_id)
    assert outbox.dispatch(session) == [row_id]
    waits = row(session, row_id).dispatched_until
    assert waits is not None
    assert waits - utc_now() <= timedelta(seconds=20)  # so that a lost broker costs less than thirty seconds


def test_what_the_broker_did_not_take_is_due_at_once(session: Session, effects: list[UUID]) -> None:
    row_id = make(session)
    outbox.withdraw(session, outbox.dispatch(session))
    assert outbox.dispatch(session) == [row_id]


def test_a_row_in_hand_is_nobody_elses_until_the_lease_ends(session: Session, effects: list[UUID]) -> None:
    row_id = make(session)
    first = outbox.take(session, row_id)
    assert first is not None
    assert outbox.take(session, row_id) is None
    overdue(session, row_id)
    second = outbox.take(session, row_id)
    assert second is not None
    assert second.attempt == 2
    with pytest.raises(outbox.LeaseLost):
        outbox.finish(session, first)
    assert outbox.fail(session, first, "late") is False
    outbox.finish(session, second)
    assert row(session, row_id).state == "done"


def test_a_failure_waits_longer_each_time_and_ends_among_the_dead(
    session: Session, failing: list[tuple[str, bool]]
) -> None:
    row_id = make(session)
    for _ in range(settings().outbox_attempts):
        overdue(session, row_id)
        tasks.carry(str(row_id))
    dead = row(session, row_id)
    assert (dead.state, dead.attempts) == ("dead", settings().outbox_attempts)
    assert dead.last_error == "ConnectionError: receiver is away"
    assert [last for _, last in failing] == [False] * (settings().outbox_attempts - 1) + [True]
    assert [event["action"] for event in audit.trail(session, row_id)] == ["outbox.dead"]
    assert outbox.dispatch(session) == []


def test_back_off_doubles_and_is_bounded() -> None:
    base = settings().outbox_backoff_seconds
    for attempt in (1, 2, 3):
        low = base * 2 ** (attempt - 1)
        assert low <= outbox.backoff(attempt).total_seconds() <= low * 1.25
    assert outbox.backoff(40).total_seconds() <= 3600 * 1.25


def test_a_worker_that_dies_every_time_reaches_the_last_attempt(session: Session, effects: list[UUID]) -> None:
    row_id = make(session)
    for _ in range(settings().outbox_attempts):
        overdue(session, row_id)
        assert outbox.take(session, row_id) is not None  # and then the worker is gone
    overdue(session, row_id)
    assert outbox.take(session, row_id) is None
    assert row(session, row_id).state == "dead"


def test_a_dead_letter_can_be_revived(session: Session, failing: list[tuple[str, bool]]) -> None:
    row_id = make(session)
    assert outbox.revive(session, row_id) is False
    for _ in range(settings().outbox_attempts):
        overdue(session, row_id)
        tasks.carry(str(row_id))
    assert outbox.revive(session, row_id) is True
    assert outbox.dispatch(session) == [row_id]


def test_the_handlers_writes_and_the_mark_stand_or_fall_together(session: Session) -> None:
    @outbox.handles(KIND)
    def half(work_session: Session, work: Work) -> None:
        audit.record(work_session, audit.AuditEntry("half", "worker", subject_id=work.id))
        work_session.flush()
        raise RuntimeError("after writing")

    row_id = make(session)
    tasks.carry(str(row_id))
    del outbox.HANDLERS[KIND]
    assert audit.trail(session, row_id) == []
    assert row(session, row_id).state == "pending"


def test_racing_workers_carry_every_row_exactly_once(committed: Engine, effects: list[UUID]) -> None:
    with database.session() as session:
        made = {outbox.enqueue(session, KIND, {"n": n}) for n in range(60)}

    def work() -> None:
        for row_id in made:
            tasks.carry(str(row_id))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(effects) == sorted(made)


def test_racing_relays_dispatch_every_row_exactly_once(committed: Engine, effects: list[UUID]) -> None:
    with database.session() as session:
        made = {outbox.enqueue(session, KIND, {"n": n}) for n in range(100)}
    handed: list[UUID] = []

    def relay() -> None:
        while True:
            with database.session() as session:
                ids = outbox.dispatch(session, 7)
            if not ids:
                return
            handed.extend(ids)

    threads = [threading.Thread(target=relay) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(handed) == sorted(made)
