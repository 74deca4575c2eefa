"""The engine, the unit of work and the migrations. PostgreSQL only, synchronous, UTC throughout.

Domain functions flush and never commit: `session()` commits once, at the edge of a request or a task. The service
works under a role that owns nothing; migrations run under the owner's (`screening.tenancy`, `screening.roles`).
"""

from __future__ import annotations

import select
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any
from weakref import ref

import psycopg
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.orm import SessionTransaction
from sqlmodel import Session

from screening import roles, wire
from screening.settings import Settings, settings
from screening.tenancy import NOBODY, SERVICE_ON, Scope, begin_in

WIRE, AHEAD = "wire", "ahead"  # where a session keeps the wire of its transaction, and what goes out first
MIGRATION_LOCK = 7_274_001  # advisory lock key: two starting processes migrate one after the other
_state: dict[str, Engine | Connection] = {}
_process: dict[str, Scope | str] = {}  # what sessions begin in unless told otherwise; the owner's address
_guard = Lock()


def connect(url: str, knobs: Settings | None = None) -> Engine:
    """An engine on `url`; the server speaks UTC and a lost connection is noticed before it is used."""
    knobs = knobs or settings()
    made = create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        pool_size=knobs.database_pool,
        max_overflow=knobs.database_overflow,
        pool_timeout=knobs.database_wait_seconds,
        connect_args={"options": "-c timezone=UTC", "connect_timeout": 3, "application_name": "tamga"},
    )
    event.listen(made, "checkout", _refuse_closed)
    return made


def _refuse_closed(connection: Any, _record: Any, _proxy: Any) -> None:
    """Notice a server that is gone before the connection is used: an idle line with something to read was closed.

    A question to the kernel, where the usual ping is a question to the server and a wait for every request.
    """
    if connection.closed or select.select([connection.fileno()], [], [], 0)[0]:
        raise DisconnectionError


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


def bound() -> Engine | Connection | None:
    """What sessions are bound to now, if to anything."""
    return _state.get("bind")


def bind(to: Engine | Connection | None, scope: Scope = NOBODY, owner: str | None = None) -> None:
    """Bind sessions to `to`: an engine of the embedded server, or one test's connection; None forgets it.

    Sessions begin in `scope` unless they are told otherwise. `owner`: the address under which migrations run.
    """
    with _guard:
        _state.pop("bind", None)
        _process.clear()
        if to is not None:
            _state["bind"] = to
            _process["scope"] = scope
            if owner is not None:
                _process["owner"] = owner


@contextmanager
def session(scope: Scope | None = None) -> Iterator[Session]:
    """One unit of work: commits when the block ends well, rolls back when it does not.

    It sees the rows of `scope`, by default that of the process: none in the API, all in workers and commands.
    """
    chosen = scope or _process.get("scope", NOBODY)
    assert isinstance(chosen, Scope)
    with Session(engine(), expire_on_commit=False, join_transaction_mode="create_savepoint") as work:
        begin_in(work, chosen)
        try:
            yield work
            if waits(work):
                raise RuntimeError("what was to go out first has not gone: nothing may be kept")
            work.commit()
        except BaseException:
            work.rollback()
            raise
        finally:
            work.info.pop(WIRE, None)
            work.info.pop(AHEAD, None)


Statement = wire.Statement


def run(session: Session, *statements: Statement) -> list[list[dict[str, Any]]]:
    """Statements in the driver's own words (`%(name)s`), in the session's transaction; the rows of each.

    For the order's hot path, where compiling and binding by the ORM costs more than the database does. All go out
    together and run one after the other, each on what the ones before it left, so that they cost one wait, with the
    transaction's begin where they are its first.
    Raises SQLAlchemy's DBAPIError, as everything else that asks the database does.
    """
    first = session.info.get(AHEAD)
    sent = statements if first is None else (first[0], *statements)
    try:
        answers = _wire(session).run(sent)
    except psycopg.Error as error:
        raise DBAPIError.instance("pipeline", None, error, psycopg.Error) from error
    if first is None:
        return answers
    del session.info[AHEAD]
    first[1](answers[0])
    return answers[1:]


def ahead(session: Session, statement: Statement, proven: Callable[[list[dict[str, Any]]], None]) -> None:
    """A statement that goes out before the session's next ones and with them: one wait less.

    `proven` hears its rows before anybody sees what the others answered, and raises where those do not count.
    """
    session.info[AHEAD] = statement, proven


def waits(session: Session) -> bool:
    """Whether a statement that was to go out ahead has not gone yet."""
    return AHEAD in session.info


def _wire(session: Session) -> wire.Wire:
    """The wire of the session's connection, looked up once in a transaction.

    A savepoint counts as one of its own: the session begins it when it is first asked for its connection there.
    """
    known: tuple[ref[SessionTransaction], wire.Wire] | None = session.info.get(WIRE)
    now = _innermost(session)
    if known is not None and now is not None and known[0]() is now and now.is_active:
        return known[1]
    held = session.connection().connection
    assert isinstance(held.driver_connection, psycopg.Connection)
    found = wire.Wire.of(held.info, held.driver_connection)
    begun = _innermost(session)
    assert begun is not None
    session.info[WIRE] = ref(begun), found  # not the transaction itself: it knows its session, which would know itself
    return found


def _innermost(session: Session) -> SessionTransaction | None:
    return session.get_nested_transaction() or session.get_transaction()


def alembic_config(connection: Connection) -> Config:
    """Alembic's configuration, made in code: the migrations travel with the package."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


def owning() -> Engine:
    """A new engine under the owner's role: TAMGA_DATABASE_OWNER_URL, the embedded owner, else the role of sessions."""
    to = engine()
    if isinstance(to, Connection):
        raise RuntimeError("migrations need an engine of their own")
    owner = settings().database_owner_url or _process.get("owner") or to.url.render_as_string(hide_password=False)
    return connect(str(owner))


def migrate(target: Engine | None = None, revision: str = "head") -> None:
    """Bring the schema to `revision` in one transaction, under an advisory lock, and grant what the service needs.

    `target` is an engine of the owner; the role of the service is then the embedded one's.
    """
    own = target or owning()
    try:
        with own.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
            connection.exec_driver_sql(SERVICE_ON)  # a migration sees every row it moves, though policies are forced
            command.upgrade(alembic_config(connection), revision)
            roles.grant(connection, roles.APPLICATION if target else _role())
    finally:
        if target is None:
            own.dispose()


def _role() -> str:
    """The role that sessions work under."""
    with Session(engine()) as asking:
        return str(asking.connection().exec_driver_sql("SELECT current_user").scalar_one())


def new_revision(message: str, number: str | None = None) -> None:
    """Write revision `number` from the difference between the tables and the database."""
    with owning().begin() as connection:
        command.revision(alembic_config(connection), message, autogenerate=True, rev_id=number)
