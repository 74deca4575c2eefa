"""The engine, the unit of work and the migrations. PostgreSQL only, synchronous, UTC throughout.

Domain functions flush and never commit: `session()` commits once, at the edge of a request or a task.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, make_url, text
from sqlmodel import Session

from screening.settings import Settings, settings

MIGRATION_LOCK = 7_274_001  # advisory lock key: two starting processes migrate one after the other
_state: dict[str, Engine | Connection] = {}
_guard = Lock()


def connect(url: str, knobs: Settings | None = None) -> Engine:
    """An engine on `url`; the server speaks UTC and a lost connection is noticed before it is used."""
    knobs = knobs or settings()
    return create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        pool_size=knobs.database_pool,
        max_overflow=knobs.database_overflow,
        pool_timeout=knobs.database_wait_seconds,
        pool_pre_ping=True,
        connect_args={"options": "-c timezone=UTC", "connect_timeout": 3, "application_name": "tamga"},
    )


def engine() -> Engine | Connection:
    """What sessions bind to: this process's engine, made at first use (never before a fork)."""
    bound = _state.get("bind")
    if bound is not None:
        return bound
    with _guard:
        if "bind" not in _state:
            url = settings().database_url
            if url is None:
                raise RuntimeError("no database: set TAMGA_DATABASE_URL or start the embedded server first")
            _state["bind"] = connect(url)
        return _state["bind"]


def bind(to: Engine | Connection | None) -> None:
    """Bind sessions to `to`: an engine of the embedded server, or one test's connection; None forgets it."""
    with _guard:
        _state.pop("bind", None)
        if to is not None:
            _state["bind"] = to


@contextmanager
def session() -> Iterator[Session]:
    """One unit of work: commits when the block ends well, rolls back when it does not."""
    with Session(engine(), expire_on_commit=False, join_transaction_mode="create_savepoint") as work:
        try:
            yield work
            work.commit()
        except BaseException:
            work.rollback()
            raise


def run(session: Session, statement: str, values: Mapping[str, Any]) -> Any:
    """A statement in the driver's own words (`%(name)s`), in the session's transaction.

    For the order's hot path, where compiling and binding by the ORM costs more than the database does. Returns
    SQLAlchemy's cursor result.
    """
    return session.connection().exec_driver_sql(statement, dict(values))


def alembic_config(connection: Connection) -> Config:
    """Alembic's configuration, made in code: the migrations travel with the package."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


def migrate(target: Engine | None = None, revision: str = "head") -> None:
    """Bring the schema to `revision` in one transaction, under an advisory lock."""
    to = target or engine()
    if isinstance(to, Connection):
        raise RuntimeError("migrations need an engine of their own")
    with to.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        command.upgrade(alembic_config(connection), revision)


def new_revision(message: str, number: str | None = None) -> None:
    """Write revision `number` from the difference between the tables and the database."""
    to = engine()
    if isinstance(to, Connection):
        raise RuntimeError("migrations need an engine of their own")
    with to.begin() as connection:
        command.revision(alembic_config(connection), message, autogenerate=True, rev_id=number)
