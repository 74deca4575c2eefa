"""The whole service for a fault test: API, worker with relay and appender, and beat, as `tamga serve` runs them,
on a database, a queue and a folder of its own, with a regulator's endpoint that counts what arrives."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from uuid import UUID

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, select

from api.bench import house
from api.bench.fault_plan import POINTS, PROCESS, Kill
from api.bench.sink import Sink, sink
from api.supervisor import Child, Supervisor
from screening import database, webhooks
from screening.access import Principal
from screening.embedded import RedisServer
from screening.settings import settings
from screening.tables.people import Organisation
from screening.tables.queue import Outbox

Answer = TypeVar("Answer")
SWEEP_SECONDS = 3
REACH_SECONDS = 20.0


@dataclass
class Stage:
    """A running service. `folder` holds its keys, logs, and the counters of kills at named points."""

    place: house.House
    port: int
    folder: Path
    broker: RedisServer
    sink: Sink
    supervisor: Supervisor
    ended: threading.Event = field(default_factory=threading.Event)

    def arm(self, kill: Kill) -> None:
        """Kill at once, or let the next process that reaches the point kill itself."""
        if kill.point:
            self._counter(kill.point).write_text("     1")
        elif kill.target == "postgres":
            self._kill_backend()
        else:
            name = PROCESS[kill.target]
            running = [each.process for each in self.supervisor.children if each.name.startswith(name) and each.process]
            running[0].send_signal(signal.SIGKILL)

    def armed(self, kill: Kill) -> bool:
        """Whether a kill at a named point is still to come."""
        return kill.point is not None and int(self._counter(kill.point).read_text() or "0") > 0

    def await_kill(self, kill: Kill) -> bool:
        """Wait until the point was reached; False when it was not in time, and then it is disarmed."""
        deadline = time.monotonic() + REACH_SECONDS
        while self.armed(kill) and time.monotonic() < deadline:
            time.sleep(0.02)
        reached = not self.armed(kill)
        if kill.point and not reached:
            self._counter(kill.point).write_text("     0")
        return reached

    def _counter(self, point: str) -> Path:
        return self.folder / f"{point}.kills"

    def _kill_backend(self) -> None:
        """SIGKILL one server process that works for the service: PostgreSQL then recovers as after a crash."""
        with psycopg.connect(self.place.superuser_url) as connection:
            found = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE application_name = 'tamga' AND pid <> pg_backend_pid() "
                "AND datname = current_database() ORDER BY state_change DESC LIMIT 1"
            ).fetchone()
        assert found is not None, "the service has no connection to kill"
        os.kill(found[0], signal.SIGKILL)

    def watch(self) -> None:
        """Start again what died, until the stage ends."""
        while not self.ended.wait(0.05):
            self.supervisor.look()


def asked(question: Callable[[Session], Answer], patience: float = 60.0) -> Answer:
    """Ask the database, again while it recovers."""
    deadline = time.monotonic() + patience
    while True:
        try:
            with database.session() as session:
                return question(session)
        except DBAPIError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def open_work(session: Session) -> list[UUID]:
    """Outbox rows that are not done: waiting, in somebody's hands, or dead."""
    return list(session.exec(select(Outbox.id).where(col(Outbox.state) != "done")))


def drained(patience: float) -> bool:
    """Wait until no work is open."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if not asked(open_work):
            return True
        time.sleep(0.1)
    return False


def _authority(url: str) -> str:
    """The regulator of Kazakhstan with its endpoint; returns the endpoint's secret."""
    with database.session() as session:
        made = Organisation(code="mvd", kind="authority", name="MVD", country="KZ", authority_code="KZ-MVD")
        session.add(made)
        session.flush()
        somebody = Principal(made.id, made.kind, made.country, frozenset({"administrator"}))
        return webhooks.add_endpoint(session, somebody, url)[1]


def _environment(place: house.House, broker: str, folder: Path) -> dict[str, str]:
    return {
        **house.THREADS,
        "TAMGA_DATABASE_URL": place.database_url,
        "TAMGA_BROKER_URL": broker,
        "TAMGA_VAR_DIR": str(folder),
        "TAMGA_MODEL_DIR": str(place.model),
        "TAMGA_MODEL_KEYS_DIR": str(settings().keys_dir.absolute()),
        "TAMGA_LOG_LEVEL": "WARNING",
        "TAMGA_CHECKPOINT_SECONDS": str(SWEEP_SECONDS),  # often enough that a point on its way is reached
        "TAMGA_OUTBOX_BACKOFF_SECONDS": "1",
        "TAMGA_FAILPOINTS": ",".join(f"{point}@{folder / point}.kills" for point in POINTS),
    }


@contextmanager
def staged() -> Iterator[Stage]:
    """Everything up and answering; taken down when the block ends."""
    with house.opened() as place, sink() as receiver, socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        folder = Path(tempfile.mkdtemp(prefix="stage-", dir=settings().var_dir.absolute()))
        for point in POINTS:
            (folder / f"{point}.kills").write_text("     0")
        broker = RedisServer(folder / "redis")
        receiver.secret = _authority(receiver.url)
        apis = [Child(f"api-{n}", ["api", str(listener.fileno())], fds=(listener.fileno(),)) for n in (1, 2)]
        children = [*apis, Child("worker", ["worker"]), Child("beat", ["beat"])]
        environment = _environment(place, broker.start(), folder)
        supervisor = Supervisor(children, environment, folder / "log")
        stage = Stage(place, listener.getsockname()[1], folder, broker, receiver, supervisor)
        watching = threading.Thread(target=stage.watch, daemon=True)
        try:
            supervisor.start()
            watching.start()
            _await(stage.port)
            yield stage
        finally:
            stage.ended.set()
            watching.join(5)
            supervisor.stop()
            broker.stop()
            shutil.rmtree(folder, ignore_errors=True)


def _await(port: int) -> None:
    deadline = time.monotonic() + house.START_SECONDS
    while time.monotonic() < deadline:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/health/ready")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        time.sleep(0.2)
    raise SystemExit("the service under the benchmark did not answer in time")
