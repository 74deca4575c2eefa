"""Whose rows a transaction may see: row-level security reads it from settings that last as long as the transaction.

    nobody      a request before it is known who asks: no row of any tenant
    a tenant    one organisation's rows; for an authority also the referrals addressed to it
    service     every row: worker, appender, witness, commands, and the few places that say `as_service`

Nothing is ever set for longer than a transaction, so a connection that goes back to the pool carries nothing over.
Migration 0009 has the policies; `isolation.py` checks that no table is without one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import event
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

SCOPE = "tamga_scope"
# SET takes no snapshot: a transaction may still choose its isolation level after it.
SERVICE_ON, SERVICE_OFF = "SET LOCAL tamga.service = 'on'", "SET LOCAL tamga.service = ''"
TENANT = "SELECT set_config('tamga.tenant', %(tenant)s, true), set_config('tamga.authority', %(authority)s, true)"


@dataclass(frozen=True, slots=True)
class Scope:
    """`tenant` is an organisation, `authority` its code where it is one; `service` sees everything."""

    tenant: UUID | None = None
    authority: str | None = None
    service: bool = False


NOBODY = Scope()
SERVICE = Scope(service=True)


def begin_in(session: Session, scope: Scope) -> None:
    """Every transaction of this session begins in its scope."""
    session.info[SCOPE] = scope


# Heard once for all sessions: to listen to each is a lasting note about something that lives for one request.
@event.listens_for(Session, "after_begin")
def _begun(session: Session, _transaction: object, connection: Any) -> None:
    scope: Scope = session.info.get(SCOPE, NOBODY)
    if scope.service:
        connection.exec_driver_sql(SERVICE_ON)
    if scope.tenant:
        connection.exec_driver_sql(TENANT, _settings(scope))


def _settings(scope: Scope) -> dict[str, str]:
    return {"tenant": str(scope.tenant or ""), "authority": scope.authority or ""}


def enter(session: Session, scope: Scope) -> None:
    """From here on the session works for this tenant."""
    session.connection().exec_driver_sql(TENANT, _settings(scope))
    session.info[SCOPE] = scope


def entered(session: Session, scope: Scope) -> None:
    """The transaction is in this scope already, by a statement of its own; the session's next ones begin in it."""
    session.info[SCOPE] = scope


@contextmanager
def as_service(session: Session) -> Iterator[None]:
    """What the service does on its own account within a tenant's transaction, such as telling an authority.

    What was pending is written before, what is made inside is written within.
    """
    if session.info.get(SCOPE, SERVICE).service:
        yield
        return
    session.flush()
    before = session.info[SCOPE]
    session.connection().exec_driver_sql(SERVICE_ON)
    session.info[SCOPE] = Scope(before.tenant, before.authority, service=True)
    try:
        yield
        session.flush()
    finally:
        session.info[SCOPE] = before
        with suppress(DBAPIError):  # a transaction that failed has no settings to take back
            session.connection().exec_driver_sql(SERVICE_OFF)
