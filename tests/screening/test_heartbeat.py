"""A lease lasts as long as its handler works, no longer than its process lives, and not for ever."""

from __future__ import annotations

import time
from collections.abc import Iterator
from uuid import UUID

import pytest
from sqlmodel import Session

from screening import heartbeat, outbox
from screening.outbox import Work
from screening.settings import settings
from screening.tables.queue import Outbox

KIND = "test.slow"
BEAT = settings().outbox_lease_seconds / heartbeat.BEATS_PER_LEASE


@pytest.fixture
def work(session: Session) -> Iterator[Work]:
    outbox.HANDLERS[KIND] = outbox.Registered(lambda _session, _work: None, None)
    row_id = outbox.enqueue(session, KIND, {})
    session.flush()
    taken = outbox.take(session, row_id)
    assert taken is not None
    yield taken
    del outbox.HANDLERS[KIND]


def lapse(session: Session, row_id: UUID) -> None:
    row = session.get_one(Outbox, row_id)
    row.lease_until = row.not_before
    session.flush()


def test_a_working_handler_keeps_its_row(session: Session, work: Work) -> None:
    with heartbeat.beating(work):
        lapse(session, work.id)
        assert heartbeat.beat_once(time.monotonic() + BEAT + 1) == 1
        session.expire_all()
        assert outbox.take(session, work.id) is None
    assert heartbeat.due(time.monotonic() + BEAT + 1) == []


def test_a_row_that_somebody_else_took_is_not_held(session: Session, work: Work) -> None:
    with heartbeat.beating(work):
        lapse(session, work.id)
        assert outbox.take(session, work.id) is not None
        assert heartbeat.beat_once(time.monotonic() + BEAT + 1) == 0


def test_a_handler_that_hangs_is_not_held_for_ever(work: Work) -> None:
    with heartbeat.beating(work):
        assert heartbeat.due(time.monotonic() + heartbeat.LONGEST_SECONDS + 1) == []
        assert heartbeat.due(time.monotonic()) == []  # fresh work has its lease already
        assert heartbeat.due(time.monotonic() + BEAT + 1) == [work.token]
