"""Processes killed at the worst moments, ten times each: nothing is lost and nothing is done twice."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2 as httpx
import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session, func, select

from api.supervisor import PARENT
from screening import database, roles, screen, webhooks
from screening.orders import Submission
from screening.tables.cases import Case, Referral
from screening.tables.orders import Decision, Order, OrderVersion
from screening.tables.queue import Delivery, Outbox
from tests.builders import make_key, make_organisation, principal_of
from tests.conftest import of_role
from tests.features.builders import body
from tests.receiver import Receiver, receiver

KILLS = 10
ORDERS = 16
PATIENCE_SECONDS = 120.0


@dataclass(frozen=True)
class Stage:
    """Where the processes of one test run: their database, broker and the counter of kills to come."""

    database_url: str
    broker_url: str
    folder: Path
    point: str

    @property
    def counter(self) -> Path:
        return self.folder / "kills-to-come"

    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "OMP_NUM_THREADS": "1",
            "TAMGA_DATABASE_URL": self.database_url,
            "TAMGA_BROKER_URL": self.broker_url,
            "TAMGA_VAR_DIR": str(self.folder),
            "TAMGA_FAILPOINTS": f"{self.point}@{self.counter}",
            "TAMGA_OUTBOX_LEASE_SECONDS": "1",
            "TAMGA_WEBHOOK_TIMEOUT_SECONDS": "0.9",
            "TAMGA_OUTBOX_BACKOFF_SECONDS": "0.1",
            "TAMGA_OUTBOX_ATTEMPTS": "50",
            PARENT: str(os.getpid()),
        }


@contextmanager
def processes(stage: Stage, *arguments: str, fds: tuple[int, ...] = ()) -> Iterator[subprocess.Popen[str]]:
    """A nursery of one process kind; its output counts the kills."""
    stage.counter.write_text(f"{KILLS:6}")
    with (stage.folder / "nursery.log").open("w") as log:
        nursery = subprocess.Popen(
            [sys.executable, "-m", "tests.journeys.nursery", *arguments],
            env=stage.environment(),
            pass_fds=fds,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    try:
        yield nursery
    finally:
        nursery.terminate()
        nursery.wait(30)


def kills(nursery: subprocess.Popen[str]) -> int:
    """How many children were killed; the nursery has ended."""
    assert nursery.stdout is not None
    return nursery.stdout.read().count("killed")


def wait_for(done: Callable[[Session], bool], stage: Stage, nursery: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and nursery.poll() is None:
        with database.session() as session:
            if done(session):
                return
        time.sleep(0.1)
    raise AssertionError("not done in time: " + (stage.folder / "nursery.log").read_text()[-3000:])


def count(session: Session, table: type) -> int:
    return session.exec(select(func.count()).select_from(table)).one()


@pytest.fixture
def stage(committed: Engine, redis_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Stage:
    return Stage(of_role(committed.url, roles.APPLICATION), redis_url, tmp_path, request.param)


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with receiver() as listening:
        yield listening


@pytest.mark.parametrize("stage", ["sent-not-acknowledged"], indirect=True)
def test_a_worker_killed_between_sending_and_acknowledging_loses_and_doubles_nothing(
    stage: Stage, hook: Receiver
) -> None:
    with database.session() as session:
        authority = make_organisation(session, "authority", "KZ", "KZ-MVD")
        _, hook.secret = webhooks.add_endpoint(session, principal_of(session, authority, "administrator"), hook.url)
        company = make_organisation(session, country="KZ")
        for number in range(ORDERS):
            order = body(reference=f"K-{number}", notification={"id": "P", "status": "objection"})
            screen.submit(session, Submission.of(company.id, order))

    def settled(session: Session) -> bool:
        open_rows = session.exec(select(func.count()).where(Outbox.state != "done")).one()
        return open_rows == 0 and count(session, Delivery) == ORDERS

    with processes(stage, "worker") as nursery:
        wait_for(settled, stage, nursery)
    assert (int(stage.counter.read_text()), kills(nursery)) == (0, KILLS)
    with database.session() as session:
        delivered = session.exec(select(Delivery).where(Delivery.state == "delivered")).all()
        referred = set(session.exec(select(Referral.order_id)))
        orders = set(session.exec(select(Order.id)))
    assert len(delivered) == ORDERS
    assert referred == orders
    assert len(hook.effects) == ORDERS
    assert {told["data"]["referral_id"] for told in hook.effects.values()} == {
        str(each.subject_id) for each in delivered
    }


@pytest.mark.parametrize("stage", ["committed-not-answered"], indirect=True)
def test_an_api_killed_between_commit_and_answer_loses_and_doubles_nothing(stage: Stage) -> None:
    with database.session() as session:
        key = make_key(session, make_organisation(session), "integration")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.set_inheritable(True)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/v1/orders"
        with processes(stage, "api", str(listener.fileno()), fds=(listener.fileno(),)) as nursery:
            tried = [submit_until_answered(nursery, address, key, number) for number in range(ORDERS)]
    assert (int(stage.counter.read_text()), kills(nursery)) == (0, KILLS)
    assert sum(attempts - 1 for attempts, _ in tried) == KILLS
    with database.session() as session:
        assert [count(session, table) for table in (Order, OrderVersion, Decision, Case)] == [ORDERS] * 4
        kept = dict(session.exec(select(Order.reference, Order.id)).all())
        staged = session.execute(
            text("SELECT count(*) FROM audit_staging WHERE action = 'order.screened'")
        ).scalar_one()
    assert {answer["reference"]: answer["id"] for _, answer in tried} == {name: str(id_) for name, id_ in kept.items()}
    assert staged == ORDERS


def submit_until_answered(
    nursery: subprocess.Popen[str], address: str, key: str, number: int
) -> tuple[int, dict[str, str]]:
    """Send one order under one idempotency key until there is an answer; how often it was sent, and the answer."""
    sent = json.dumps(body(reference=f"A-{number}").model_dump(mode="json", exclude_unset=True))
    headers = {
        "authorization": f"Bearer {key}",
        "content-type": "application/json",
        "idempotency-key": f"order-{number}",
    }
    for attempt in range(1, 2 * KILLS):
        assert nursery.poll() is None, "the nursery has ended"
        try:
            answer = httpx.post(address, content=sent, headers=headers, timeout=30)
        except httpx.TransportError:
            continue
        assert answer.status_code == 201, answer.text
        return attempt, answer.json()
    raise AssertionError("no answer")
