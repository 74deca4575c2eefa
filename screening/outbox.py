"""Work that leaves the request: written with the business, done by a worker, never lost and never done twice.

    enqueue()   in the caller's transaction          the row exists if and only if the business does
    dispatch()  relay: due rows -> ids               a row handed out comes due again after the lease, if not taken
    take()      worker: counts the attempt first     a row that kills its worker still reaches its last attempt
    prolong()   heartbeat: the lease goes on while the handler runs and its process lives
    finish()    worker: in the handler's transaction the handler's writes and the mark stand or fall together
    fail()      worker: back-off, or the dead letters

The broker carries ids and may lose or repeat them: who holds the row is decided here, by the database's clock.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, func, or_, update
from sqlmodel import Session, col, select

from screening.audit import AuditEntry, record
from screening.ids import new_id
from screening.settings import settings
from screening.signing import canonical, sha256
from screening.tables.queue import Outbox

LONGEST_BACKOFF = timedelta(hours=1)
DISPATCH_BATCH = 200


class LeaseLost(RuntimeError):
    """Another worker took the row over; what this one did in its transaction must not stand."""


@dataclass(frozen=True, slots=True)
class Work:
    """One row in a worker's hands. `attempt` counts from 1."""

    id: UUID
    kind: str
    recipient: str | None
    payload: Mapping[str, Any]
    attempt: int
    token: UUID


Handler = Callable[[Session, Work], None]
OnFailure = Callable[[Session, Work, str, bool], None]


@dataclass(frozen=True, slots=True)
class Registered:
    handler: Handler
    on_failure: OnFailure | None


HANDLERS: dict[str, Registered] = {}


def handles(kind: str, on_failure: OnFailure | None = None) -> Callable[[Handler], Handler]:
    """Register a handler of `kind`. It works in the session it is given, in less than the lease, and may run again.

    `on_failure(session, work, error, dead)` runs in the transaction that records a failed attempt.
    """

    def register(handler: Handler) -> Handler:
        HANDLERS[kind] = Registered(handler, on_failure)
        return handler

    return register


def enqueue(
    session: Session,
    kind: str,
    payload: Mapping[str, Any],
    *,
    recipient: str | None = None,
    organisation_id: UUID | None = None,
) -> UUID:
    """Write one piece of work into the caller's transaction. `payload` holds ids and small facts, JSON only."""
    row = Outbox(
        kind=kind,
        payload=dict(payload),
        payload_sha256=sha256(canonical(payload)),
        recipient=recipient,
        organisation_id=organisation_id,
        not_before=cast(Any, func.now()),  # the database's clock, as everywhere here
    )
    session.add(row)
    return row.id


def dispatch(session: Session, limit: int = DISPATCH_BATCH) -> list[UUID]:
    """Ids of due rows that nobody has, each marked so that it comes due again only after the lease."""
    now = func.clock_timestamp()
    due = (
        select(Outbox.id)
        .where(
            col(Outbox.state) == "pending",
            col(Outbox.not_before) <= now,
            or_(col(Outbox.dispatched_until).is_(None), col(Outbox.dispatched_until) < now),
            or_(col(Outbox.lease_until).is_(None), col(Outbox.lease_until) < now),
        )
        .order_by(col(Outbox.not_before), col(Outbox.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    marked = (
        update(Outbox)
        .where(col(Outbox.id).in_(due.scalar_subquery()))
        .values(dispatched_until=now + _lease())
        .returning(col(Outbox.id))
    )
    return list(session.execute(marked, execution_options={"synchronize_session": False}).scalars())


def withdraw(session: Session, ids: list[UUID]) -> None:
    """Make dispatched rows due again at once: the broker did not take them."""
    session.execute(update(Outbox).where(col(Outbox.id).in_(ids)).values(dispatched_until=None))


def take(session: Session, row_id: UUID) -> Work | None:
    """Take the row for one lease and count the attempt; None when it is done, dead, not due or somebody else's."""
    now, token = func.clock_timestamp(), new_id()
    taken = session.execute(
        update(Outbox)
        .where(
            col(Outbox.id) == row_id,
            col(Outbox.state) == "pending",
            col(Outbox.not_before) <= now,
            or_(col(Outbox.lease_until).is_(None), col(Outbox.lease_until) < now),
        )
        .values(attempts=Outbox.attempts + 1, lease_until=now + _lease(), lease_token=token)
        .returning(Outbox),
        execution_options={"populate_existing": True},
    ).scalar_one_or_none()
    if taken is None:
        return None
    work = Work(taken.id, taken.kind, taken.recipient, taken.payload, taken.attempts, token)
    if taken.attempts > settings().outbox_attempts:
        fail(session, work, taken.last_error or "the worker died at every attempt")
        return None
    return work


def prolong(session: Session, tokens: list[UUID]) -> int:
    """Renew the leases of these tokens by one lease from now; returns how many were still theirs."""
    renewed = session.execute(
        update(Outbox)
        .where(col(Outbox.lease_token).in_(tokens), col(Outbox.state) == "pending")
        .values(lease_until=func.clock_timestamp() + _lease())
    )
    return cast("CursorResult[Any]", renewed).rowcount


def finish(session: Session, work: Work) -> None:
    """Mark the row done in the handler's transaction. Raises LeaseLost when it is no longer ours."""
    done = session.execute(
        update(Outbox)
        .where(col(Outbox.id) == work.id, col(Outbox.lease_token) == work.token, col(Outbox.state) == "pending")
        .values(state="done", done_at=func.clock_timestamp(), lease_until=None, last_error=None)
    )
    if cast("CursorResult[Any]", done).rowcount != 1:
        raise LeaseLost(str(work.id))


def fail(session: Session, work: Work, error: str) -> bool:
    """Record a failed attempt: due again after the back-off, or dead after the last. True when dead."""
    dead = work.attempt >= settings().outbox_attempts
    changes: dict[str, Any] = {"lease_until": None, "dispatched_until": None, "last_error": error[:500]}
    changes |= {"state": "dead"} if dead else {"not_before": func.clock_timestamp() + backoff(work.attempt)}
    failed = session.execute(
        update(Outbox)
        .where(col(Outbox.id) == work.id, col(Outbox.lease_token) == work.token, col(Outbox.state) == "pending")
        .values(**changes)
    )
    if cast("CursorResult[Any]", failed).rowcount != 1:
        return False
    registered = HANDLERS.get(work.kind)
    if registered and registered.on_failure:
        registered.on_failure(session, work, error[:500], dead)
    if dead:
        told = {"kind": work.kind, "attempts": work.attempt, "error": error[:500]}
        record(session, AuditEntry("outbox.dead", "worker", subject_id=work.id, details=told))
    return dead


def dead_letters(session: Session, limit: int = 1000) -> list[Outbox]:
    """What failed at every attempt, oldest first."""
    return list(session.exec(select(Outbox).where(Outbox.state == "dead").order_by(col(Outbox.id)).limit(limit)))


def dead_letter_of(session: Session, kind: str, payload: Mapping[str, Any]) -> UUID | None:
    """The id of the dead letter that says this, if there is one."""
    wanted = select(Outbox.id).where(
        Outbox.state == "dead", Outbox.kind == kind, Outbox.payload_sha256 == sha256(canonical(payload))
    )
    return session.exec(wanted.order_by(col(Outbox.id)).limit(1)).first()


def revive(session: Session, row_id: UUID) -> bool:
    """Give a dead letter all its attempts again; False when it is not dead."""
    revived = session.execute(
        update(Outbox)
        .where(col(Outbox.id) == row_id, col(Outbox.state) == "dead")
        .values(
            state="pending",
            attempts=0,
            resent=Outbox.resent + 1,
            not_before=func.clock_timestamp(),
            dispatched_until=None,
            lease_until=None,
        )
    )
    return cast("CursorResult[Any]", revived).rowcount == 1


def backoff(attempt: int) -> timedelta:
    """Wait after failed attempt `attempt`: doubling, at most an hour, up to a quarter longer so that none march."""
    seconds = settings().outbox_backoff_seconds * 2.0 ** (attempt - 1)
    spread = 1 + random.random() / 4  # noqa: S311 - spreads load, guards nothing
    return min(timedelta(seconds=seconds), LONGEST_BACKOFF) * spread


def _lease() -> timedelta:
    return timedelta(seconds=settings().outbox_lease_seconds)
