"""Servers a command needs: those of the settings, or the embedded ones for as long as the command runs."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import structlog

from screening import database, roles
from screening.embedded import PostgresServer, RedisServer
from screening.settings import settings
from screening.tenancy import SERVICE, Scope


@contextmanager
def own_database(scope: Scope = SERVICE) -> Iterator[str]:
    """The database's address, sessions bound to it in `scope`; starts the embedded server when none is set.

    Outside development it raises UnsafeSettings for a role that row-level security does not bind.
    """
    with ExitStack() as stack:
        url, owner = settings().database_url, None
        if url is None:
            server = PostgresServer(settings().var_dir / "postgres")
            url, owner = server.start(), server.address(roles.OWNER)
            stack.callback(server.stop)
        engine = database.connect(url)
        stack.callback(engine.dispose)
        if not settings().development:
            with engine.connect() as connection:
                roles.refuse_strength(connection)
        database.bind(engine, scope, owner)
        stack.callback(database.bind, None)
        yield url


@contextmanager
def own_broker() -> Iterator[str]:
    """The broker's address; starts the embedded server when none is set."""
    url = settings().broker_url
    if url is not None:
        yield url
        return
    server = RedisServer(settings().var_dir / "redis")
    try:
        yield server.start()
    finally:
        server.stop()


def log_to_stderr() -> None:
    """Structured lines: readable in development, JSON elsewhere."""
    level = getattr(logging, settings().log_level)
    logging.basicConfig(level=level, stream=sys.stderr, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    plain = settings().development
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer(colors=False) if plain else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
