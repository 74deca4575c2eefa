"""Models promoted under load in the real service: two API processes, a worker with its guard, and beat.

A sound challenger is promoted and rolled back by two people while orders come; then one that learnt labels turned
round and one that learnt a leak, past disabled gates. What counts: no answer is an error, the guard gives the bad
ones no five hundred orders, every process is back within half a minute, no assessment was made by parts of two models,
and every order a condemned model scored is listed and scored again.
"""

from __future__ import annotations

import argparse
import http.client
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from sqlalchemy import text
from sqlmodel import Session, select

from api.bench import bad_models, house
from api.bench.report import Report
from models.keys import development_key
from models.simulator.config import SimulationConfig
from models.simulator.generate import simulate
from screening import access, database, four_eyes
from screening.access import Principal
from screening.embedded import RedisServer
from screening.four_eyes import ModelChange, Signing
from screening.ids import new_id
from screening.modelling import rescoring, terms, versions
from screening.settings import settings
from screening.signing import service_key
from screening.tables.modelling import ModelProcess, ModelVersion
from screening.tables.orders import Assessment
from screening.tables.people import Organisation, Role, RoleName, User

PASSWORD = "correct horse battery staple"  # noqa: S105 - of a service that lives for one run
RATE, CLIENTS = 50.0, 8
LONGEST_WAIT = 60.0


@dataclass
class Load:
    """Orders at an even pace until told to stop: (moment sent, seconds, status) of each."""

    place: house.House
    port: int
    bodies: list[dict[str, Any]]
    answers: list[tuple[float, float, int]] = field(default_factory=list)
    sent: int = 0
    _guard: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def running(self) -> Iterator[None]:
        over, began, first = threading.Event(), time.perf_counter(), self.sent
        with ThreadPoolExecutor(CLIENTS) as pool:
            clients = [pool.submit(self._client, over, began, first) for _ in range(CLIENTS)]
            try:
                yield
            finally:
                over.set()
            for client in clients:
                client.result()

    def _client(self, over: threading.Event, began: float, first: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        while not over.is_set():
            with self._guard:
                number, self.sent = self.sent, self.sent + 1
            wait = began + (number - first) / RATE - time.perf_counter()
            if wait > 0 and over.wait(wait):
                break
            body = self.bodies[number % len(self.bodies)] | {"reference": f"L-{number}"}
            begun = time.perf_counter()
            connection.request("POST", "/v1/orders", orjson.dumps(body), self.place.headers)
            answer = connection.getresponse()
            answer.read()
            self.answers.append((begun, time.perf_counter() - begun, answer.status))
        connection.close()

    def p99(self, since: float, until: float) -> float:
        """Milliseconds, of what was sent between two moments."""
        spent = [seconds for at, seconds, _ in self.answers if since <= at < until]
        return float(np.quantile(spent, 0.99)) * 1000 if spent else float("nan")


@dataclass(frozen=True)
class Office:
    """Two people of the operator who sign."""

    scientist: Principal
    administrator: Principal

    def sign(self, action: Any, version: str | None) -> int:
        """Propose and approve; the serial of the term that began."""
        with database.session() as session:
            change = ModelChange(action, "bench", version)
            proposal = four_eyes.propose_model(session, self.scientist, change, Signing(PASSWORD))
        with database.session() as session:
            four_eyes.approve(session, self.administrator, proposal.id, Signing(PASSWORD))
            return terms.top(session)


def live(report: Report, options: argparse.Namespace) -> None:
    """All of it, and its bars."""
    key = development_key(settings().keys_dir)[0]
    with tempfile.TemporaryDirectory() as work:
        print("training the champion and three challengers ...", flush=True)
        made = bad_models.make(Path(work), key)
        with house.opened(made["champion"]) as place:
            office = _office()
            with database.session() as session:
                kept = {name: versions.register(session, made[name], "command").version
                        for name in ("sound", "flipped", "leaky")}  # fmt: skip
            with place.serving("api.bench.ours:create_app") as port, _background(place, Path(work)):
                load = Load(place, port, _bodies())
                _sound(report, load, office, kept["sound"], options.seconds)
                for name in ("flipped", "leaky"):
                    _bad(report, load, office, (name, kept[name]), options.seconds)
                _settled(report)
            report.bar("answers_of_5xx", sum(status >= 500 for _, _, status in load.answers), "equals", 0)
            report.bar("mixed_decisions", _mixed(), "equals", 0)


def _sound(report: Report, load: Load, office: Office, version: str, seconds: float) -> None:
    """Promotion of a sound model, and its roll back by two people, while orders come."""
    with load.running():
        time.sleep(seconds / 2)  # what only first orders pay
        before = time.perf_counter()
        time.sleep(seconds)
        turned = time.perf_counter()
        _until_served(office.sign("promotion", version))
        time.sleep(seconds)
        after = time.perf_counter()
        with database.session() as session:
            stood = terms.current(session)
        assert stood is not None
        report.bar("sound_model_stopped_by_the_guard", int(stood.kind == "guard"), "equals", 0)
        begun = time.perf_counter()
        if stood.kind != "guard":
            _until_served(office.sign("roll_back", None))
        report.bar("roll_back_seconds", time.perf_counter() - begun, "at most", 30)
    ratio = load.p99(turned, after) / load.p99(before, turned)
    print(f"  p99 {load.p99(before, turned):.1f} ms before and {load.p99(turned, after):.1f} ms after", flush=True)
    report.bar("p99_after_promotion_over_before", ratio, "at most", 1.2)


def _bad(report: Report, load: Load, office: Office, challenger: tuple[str, str], seconds: float) -> None:
    """A bad model past disabled gates, while orders come: how many it scored until the guard acted."""
    name, version = challenger
    with load.running():
        serial = office.sign("promotion", version)
        acted = _until(lambda session: (term := terms.current(session)) is not None and term.serial > serial)
        if acted:
            began = time.perf_counter()
            _until_served(serial + 1)
            back = time.perf_counter() - began
            time.sleep(min(seconds, 5.0))
    orders, late = _scored_by(serial, version)
    report.bar(f"{name}_guard_acted", int(acted), "equals", 1)
    report.bar(f"{name}_orders_until_guard", orders, "at most", 500)
    report.bar(f"{name}_back_in_every_process_seconds", back if acted else float("inf"), "at most", 30)
    print(f"  {name}: {late} orders more until every process was back", flush=True)


def _scored_by(serial: int, version: str) -> tuple[int, int]:
    """Orders that a term scored before the guard acted, and after."""
    query = text(
        "SELECT count(*) FILTER (WHERE v.created_at <= t.created_at) AS before, "
        "count(*) FILTER (WHERE v.created_at > t.created_at) AS after FROM assessment a "
        "JOIN order_version v ON v.id = a.order_version_id JOIN model_term t ON t.serial = :next "
        "WHERE a.model_version = :version"
    )
    with database.session() as session:
        found = session.execute(query, {"next": serial + 1, "version": version}).one()
    return int(found.before), int(found.after)


def _settled(report: Report) -> None:
    """Wait until everything listed is scored again; then count against what condemned models scored."""
    _until(
        lambda session: not any(row["waiting"] for row in rescoring.figures(session)) and _listed(session) >= 1, 120.0
    )
    with database.session() as session:
        done = sum(row["listed"] - row["waiting"] - row["impossible"] for row in rescoring.figures(session))
        report.bar("share_of_affected_listed", _listed(session), "equals", 1)
        report.bar("share_of_affected_scored_again", done / max(1, _affected(session)), "equals", 1)
        for row in rescoring.figures(session):
            print(f"  serial {row['condemned']}: {row}", flush=True)


def _affected(session: Session) -> int:
    query = text(
        "SELECT count(*) FROM assessment WHERE model_version IN (SELECT m.version FROM model_version m "
        "JOIN model_term t ON t.model_id = m.id WHERE t.serial IN (SELECT condemns FROM model_term))"
    )
    return int(session.execute(query).scalar_one())


def _listed(session: Session) -> float:
    listed = sum(row["listed"] for row in rescoring.figures(session))
    return float(listed / max(1, _affected(session)))


def _mixed() -> int:
    """Assessments that the version they name does not give, to the bit."""
    mixed = 0
    with database.session() as session:
        made = {model.version: versions.scorer_of(model.id) for model in session.exec(select(ModelVersion))}
        for kept in session.exec(select(Assessment).execution_options(yield_per=500)):
            if kept.model_version is None:
                continue
            values = np.frombuffer(kept.vector, dtype="<f4").astype(np.float32)
            again = made[kept.model_version].assess(values)
            mixed += (kept.margin, kept.probability, kept.band) != (again.margin, again.probability, again.band)
    return mixed


def _until_served(serial: int) -> None:
    """Wait until every process that lives serves this term or a later one."""

    def all_there(session: Session) -> bool:
        found = [each.serial for each in session.exec(select(ModelProcess))]
        return bool(found) and all((each or 0) >= serial for each in found)

    _until(all_there)


def _until(reached: Any, seconds: float = LONGEST_WAIT) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with database.session() as session:
            if reached(session):
                return True
        time.sleep(0.1)
    return False


def _office() -> Office:
    with database.session() as session:
        office = Organisation(code="operator", kind="operator", name="Operator", country="KZ")
        session.add(office)
        session.flush()
        roles: tuple[RoleName, RoleName] = ("data_scientist", "administrator")
        return Office(*(_person(session, office, role) for role in roles))


def _person(session: Session, office: Organisation, role: RoleName) -> Principal:
    made = User(organisation_id=office.id, email=f"{role}@example.org", name=role, password_hash="!")  # noqa: S106 - meets no password
    session.add(made)
    session.flush()
    access.set_password(made, PASSWORD)
    session.add(Role(user_id=made.id, role=role))
    session.flush()
    return Principal(office.id, "operator", "KZ", frozenset({role}), user_id=made.id)


def _bodies() -> list[dict[str, Any]]:
    """Orders of another simulated stream, as they would be posted now."""
    found = simulate(SimulationConfig(orders=3000, months=6, seed=29, diversion_share=0.05)).orders
    return [{name: value for name, value in body.items() if name != "received_at"} for body in found]


@contextmanager
def _background(place: house.House, folder: Path) -> Iterator[None]:
    """A worker, with relay and guard, and beat, on a queue of their own."""
    broker = RedisServer(folder / f"redis-{new_id().hex[-6:]}")
    service_key()  # made, if it is not there: all processes sign and verify with the same
    shutil.copytree(settings().keys_dir, folder / "var" / "keys")
    given = {"TAMGA_VAR_DIR": str(folder / "var"), "TAMGA_DATABASE_URL": place.database_url,
             "TAMGA_MODEL_DIR": str(place.model), "TAMGA_BROKER_URL": broker.start(),
             "TAMGA_LOG_LEVEL": "ERROR"}  # fmt: skip
    children = [
        subprocess.Popen([sys.executable, "-m", "api.processes", name], env={**os.environ, **house.THREADS, **given})
        for name in ("worker", "beat")
    ]
    try:
        _until(lambda session: len(session.exec(select(ModelProcess)).all()) >= 3)
        yield
    finally:
        for child in children:
            child.terminate()
        for child in children:
            child.wait(30)
        broker.stop()
