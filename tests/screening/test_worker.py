"""Celery on the real Redis: the relay hands out, a worker carries, and a broker that is away loses nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from celery import Celery
from celery.contrib.testing.worker import start_worker
from kombu.exceptions import OperationalError
from sqlalchemy import Engine
from sqlmodel import Session, col, select

import screening.tasks  # noqa: F401 - registers the tasks
from screening import audit, database, outbox, worker
from screening.outbox import Work
from screening.tables.queue import Outbox

KIND = "test.carried"


@pytest.fixture
def carried() -> Iterator[list[str]]:
    served: list[str] = []

    @outbox.handles(KIND)
    def serve(session: Session, work: Work) -> None:
        served.append(str(work.id))

    yield served
    del outbox.HANDLERS[KIND]


def until_done(count: int, seconds: float = 20) -> int:
    """Wait until `count` rows are done; returns how many are."""
    deadline = time.monotonic() + seconds
    while True:
        with database.session() as session:
            done = len(session.exec(select(Outbox.id).where(col(Outbox.state) == "done")).all())
        if done >= count or time.monotonic() > deadline:
            return done
        time.sleep(0.05)


def test_what_is_committed_is_carried_and_numbered(committed: Engine, redis_url: str, carried: list[str]) -> None:
    app = worker.configure(redis_url)
    with database.session() as session:
        made = [str(outbox.enqueue(session, KIND, {"n": n})) for n in range(20)]
        audit.record(session, audit.AuditEntry("business", "key:1"))
    relay = worker.Relay()
    with start_worker(app, pool="threads", concurrency=2, perform_ping_check=False):
        relay.start()
        assert until_done(20) == 20
        relay.stop()
    assert sorted(carried) == sorted(made)
    with database.session() as session:
        assert audit.head(session) == 1


def test_a_task_lost_with_the_broker_is_dispatched_again(committed: Engine, redis_url: str, carried: list[str]) -> None:
    app = worker.configure(redis_url)
    with database.session() as session:
        row_id = outbox.enqueue(session, KIND, {})
    worker.relay_once()
    with redis.Redis(unix_socket_path=redis_url.removeprefix("redis+socket://")) as client:
        assert client.llen("tamga") == 1
        client.flushall()
    with database.session() as session:  # the lease passes
        row = session.exec(select(Outbox).where(Outbox.id == row_id)).one()
        row.dispatched_until = row.not_before
    worker.relay_once()
    with start_worker(app, pool="threads", concurrency=1, perform_ping_check=False):
        assert until_done(1) == 1
    assert carried == [str(row_id)]


def test_rabbitmq_has_to_confirm_each_publish_and_tasks_survive_their_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "celery_app", Celery("elsewhere"))
    conf = worker.configure("amqp://guest@mq//").conf
    assert conf.broker_transport_options == {"confirm_publish": True}
    assert (conf.task_acks_late, conf.task_reject_on_worker_lost, conf.worker_prefetch_multiplier) == (True, True, 1)


def test_a_broker_that_is_away_leaves_the_rows_due(
    committed: Engine, tmp_path: Path, carried: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "celery_app", Celery("elsewhere"))  # the shared one keeps its connections
    worker.configure(f"redis+socket://{tmp_path}/nobody.sock")
    with database.session() as session:
        row_id = outbox.enqueue(session, KIND, {})
    with pytest.raises(OperationalError):
        worker.relay_once()
    with database.session() as session:
        assert outbox.dispatch(session) == [row_id]
