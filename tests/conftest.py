"""What tests stand on: the real PostgreSQL and Redis of the wheels, never a stand-in.

One server and one migrated database per run; each test works inside an outer transaction that is rolled back, so
code under test commits as it likes. Tests that need several connections ask for `committed`, which gives a
database of their own.
"""

from __future__ import annotations

import os
import shutil
import tempfile

# Threads of numeric libraries are pinned before any of them is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.pop("TAMGA_DATABASE_URL", None)
os.environ.pop("TAMGA_BROKER_URL", None)

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from sqlalchemy import URL, Connection, Engine, event, make_url, text
from sqlmodel import Session
from starlette.testclient import TestClient

from api.app import create_app
from screening import access, database, policy, proofs, roles
from screening.embedded import SUPERUSER, PostgresServer, RedisServer
from screening.scoring import SERVICE as SCORER
from screening.settings import settings
from screening.tenancy import SERVICE, begin_in
from tests.screening.judge import Judge


@pytest.fixture(scope="session")
def var_dir() -> Iterator[Path]:
    """A var folder of the run; settings point at it.

    Not under pytest's own folder: a second run, as root, closes that to the account PostgreSQL works under.
    """
    with tempfile.TemporaryDirectory(prefix="tamga-test-") as folder:
        os.environ["TAMGA_VAR_DIR"] = folder
        settings.cache_clear()
        yield Path(folder)
        os.environ.pop("TAMGA_VAR_DIR", None)
        settings.cache_clear()


@pytest.fixture(scope="session")
def postgres_url(var_dir: Path) -> Iterator[str]:
    """Address of a PostgreSQL server of the run, without durability: nobody pulls the plug on a test."""
    server = PostgresServer(var_dir / "postgres", durable=False)
    yield server.start()
    server.stop()


@pytest.fixture(scope="session")
def redis_url(var_dir: Path) -> Iterator[str]:
    """Address of a Redis server of the run, in the form Celery takes."""
    server = RedisServer(var_dir / "redis")
    yield server.start()
    server.stop()


def of_role(url: str | URL, role: str) -> str:
    """The same database for another role."""
    return make_url(url).set(username=role, drivername="postgresql").render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def engine(postgres_url: str) -> Iterator[Engine]:
    """The migrated database of the run, for a superuser. It stays empty: whatever a test writes is rolled back."""
    owner = database.connect(of_role(postgres_url, roles.OWNER))
    database.migrate(owner)
    owner.dispose()
    made = database.connect(of_role(postgres_url, SUPERUSER))
    yield made
    made.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """The test's own hand, a superuser's, in an outer transaction.

    `database.session()` of the code under test joins the same one under the application's role: HTTP requests in
    nobody's scope until they have signed in, everything else as the worker does.
    """
    with engine.connect() as connection, connection.begin() as outer:
        database.bind(connection, SERVICE)
        with Session(connection, expire_on_commit=False, join_transaction_mode="create_savepoint") as work:
            work.info["by_hand"] = True
            begin_in(work, SERVICE)
            event.listen(work, "do_orm_execute", lambda state: _as_superuser(state.session))
            event.listen(work, "before_flush", lambda flushed, *_: _as_superuser(flushed))
            yield work
        database.bind(None)
        outer.rollback()


def _as_superuser(session: Session) -> None:
    session.connection().exec_driver_sql("SET LOCAL ROLE NONE")


@pytest.fixture(scope="session", autouse=True)
def _under_the_applications_role() -> None:
    """Whoever is bound to a test's connection works under the application's role, as in service."""

    @event.listens_for(Session, "after_begin")
    def begun(session: Session, _transaction: object, connection: Connection) -> None:
        if connection is database.bound() and "by_hand" not in session.info:
            connection.exec_driver_sql(f"SET LOCAL ROLE {roles.APPLICATION}")


@pytest.fixture
def committed(engine: Engine, request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A superuser's engine on a database of the test's own, copied from the migrated one; the code under test works
    there under the application's role: for races, workers and crashes."""
    name = f"test_{abs(hash(request.node.nodeid)):x}"
    engine.dispose()  # a template may have no other connection
    url = make_url(engine.url.render_as_string(hide_password=False))
    admin = database.connect(url.set(database="postgres").render_as_string(hide_password=False))
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {url.database}"))
    own = database.connect(url.set(database=name).render_as_string(hide_password=False))
    service = database.connect(of_role(own.url, roles.APPLICATION))
    database.bind(service, SERVICE, of_role(own.url, roles.OWNER))
    shutil.rmtree(settings().var_dir / "audit", ignore_errors=True)  # checkpoints of another test's database
    yield own
    database.bind(None)
    service.dispose()
    own.dispose()
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(scope="session", autouse=True)
def _cheap_passwords() -> None:
    """Argon2 as it is, at its lowest cost: tests sign in hundreds of times."""
    access._hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    proofs.COST = (1, 64, 1)


@pytest.fixture(scope="session", autouse=True)
def _no_reviews_by_chance() -> None:
    """Shares of cases are drawn by ids, which differ from run to run; tests of reviews set their own shares."""
    policy.REVIEW.update(low_risk=0.0, own_view=0.0)


@pytest.fixture(scope="session")
def app(var_dir: Path) -> FastAPI:
    """The whole application; nothing of a test stays in it."""
    return create_app()


@pytest.fixture
def client(app: FastAPI, session: Session) -> Iterator[TestClient]:
    """The application in the test's transaction. Without a model in the run's var folder it holds every order."""
    with TestClient(app, base_url="http://tamga.test") as made:
        yield made


@pytest.fixture
def judge() -> Iterator[Judge]:
    """A model in service that says what a test tells it to."""
    made = Judge()
    SCORER.serve(made)  # type: ignore[arg-type]
    yield made
    SCORER.serve(None)
