"""Keeps the lease of work in hand: while its handler runs and its process lives, nobody else takes a row.

A killed process stops beating, and its rows are free one lease later. A handler that hangs is not kept for ever:
after `LONGEST_SECONDS` its lease runs out like a dead one's.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import structlog

from screening import database, outbox
from screening.outbox import Work
from screening.settings import settings

log = structlog.get_logger(__name__)
BEATS_PER_LEASE = 3
LONGEST_SECONDS = 300.0
_held: dict[UUID, float] = {}  # lease token -> when the handler began, by the monotonic clock
_guard = threading.Lock()
_started = threading.Event()


@contextmanager
def beating(work: Work) -> Iterator[None]:
    """Hold the lease of this work while the block runs."""
    with _guard:
        _held[work.token] = time.monotonic()
        if not _started.is_set():
            _started.set()
            threading.Thread(target=_run, name="heartbeat", daemon=True).start()
    try:
        yield
    finally:
        with _guard:
            _held.pop(work.token, None)


def due(now: float) -> list[UUID]:
    """Tokens whose lease has to be renewed at `now`: held for a beat already, and not for ever."""
    beat = settings().outbox_lease_seconds / BEATS_PER_LEASE
    with _guard:
        return [token for token, since in _held.items() if beat <= now - since <= LONGEST_SECONDS]


def beat_once(now: float) -> int:
    """Renew what is due; returns how many leases were still ours."""
    tokens = due(now)
    if not tokens:
        return 0
    with database.session() as session:
        return outbox.prolong(session, tokens)


def _run() -> None:
    while True:
        time.sleep(settings().outbox_lease_seconds / BEATS_PER_LEASE)
        try:
            beat_once(time.monotonic())
        except Exception as fault:  # a database that is away costs the lease, not the worker
            log.warning("heartbeat_failed", fault=f"{type(fault).__name__}: {fault}"[:300])
