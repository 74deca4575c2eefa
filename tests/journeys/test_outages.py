"""A database or a broker that goes away and comes back: honest answers meanwhile, nothing lost, no restart."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from celery import Celery
from celery.contrib.testing.worker import start_worker
from fastapi import FastAPI
from sqlalchemy import Engine
from sqlmodel import Session, col, select
from starlette.testclient import TestClient

import screening.tasks
from screening import database, outbox, roles, worker
from screening.embedded import PostgresServer, RedisServer
from screening.outbox import Work
from screening.tables.orders import Order
from screening.tables.queue import Outbox
from screening.tenancy import SERVICE
from tests.builders import make_key, make_organisation
from tests.features.builders import body

KIND = "test.outage"


def kill_server(folder: Path, name: str) -> None:
    """SIGKILL the server whose command line names this folder, and wait until it is gone."""
    found = [p for p in psutil.process_iter(["cmdline"]) if str(folder) in " ".join(p.info["cmdline"] or ())]
    roots = [p for p in found if name in (p.info["cmdline"] or [""])[0]]
    assert roots
    for process in roots:
        process.send_signal(signal.SIGKILL)
    psutil.wait_procs(roots, timeout=10)


@pytest.fixture
def own_postgres(var_dir: Path) -> Iterator[PostgresServer]:
    """A server of the test's own, migrated and bound, that may be killed."""
    server = PostgresServer(var_dir / f"outage-{os.getpid()}")
    engine = database.connect(server.start())
    database.bind(engine, SERVICE, server.address(roles.OWNER))
    database.migrate()
    yield server
    database.bind(None)
    engine.dispose()
    server.stop()


def test_a_killed_database_is_503_meanwhile_and_keeps_what_it_confirmed(
    own_postgres: PostgresServer, app: FastAPI
) -> None:
    with database.session() as session:
        key = make_key(session, make_organisation(session), "integration")

    def post(number: int) -> int:
        sent = body(reference=f"D-{number}").model_dump(mode="json", exclude_unset=True)
        return client.post("/v1/orders", json=sent, headers={"authorization": f"Bearer {key}"}).status_code

    with TestClient(app) as client:
        before = [post(number) for number in range(5)]
        kill_server(own_postgres.folder, "postgres")
        away = [post(number) for number in range(5, 8)]
        own_postgres.start()
        after = [post(number) for number in range(10)]
    assert before == [201] * 5
    assert away == [503] * 3
    assert after == [200] * 5 + [201] * 5
    with database.session() as session:
        assert len(session.exec(select(Order.id)).all()) == 10


def test_a_killed_broker_loses_nothing_and_needs_no_restart(
    committed: Engine, var_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    carried: list[str] = []

    @outbox.handles(KIND)
    def serve(session: Session, work: Work) -> None:
        carried.append(str(work.id))

    app = Celery("outage")
    monkeypatch.setattr(worker, "celery_app", app)
    app.task(name="tamga.carry")(screening.tasks.carry.run)
    server = RedisServer(var_dir / "outage-redis")
    worker.configure(server.start())
    relay = worker.Relay()
    with start_worker(app, pool="threads", concurrency=2, perform_ping_check=False):
        relay.start()
        made = [enqueue() for _ in range(5)]
        assert until_done(5)
        kill_server(server.folder, "redis-server")
        made += [enqueue() for _ in range(5)]
        server.start()
        assert until_done(10)
        relay.stop()
    del outbox.HANDLERS[KIND]
    server.stop()
    assert sorted(carried) == sorted(made)


def enqueue() -> str:
    with database.session() as session:
        return str(outbox.enqueue(session, KIND, {}))


def until_done(count: int) -> bool:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with database.session() as session:
            if len(session.exec(select(Outbox.id).where(col(Outbox.state) == "done")).all()) == count:
                return True
        time.sleep(0.1)
    return False
