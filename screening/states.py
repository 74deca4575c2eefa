"""History of the parties in the database: taken in turns, read and written in the order's own transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session, col

from features import history
from features.encode import EncodedOrder, lock_keys
from features.online import States, state_keys
from screening import database
from screening.tables.orders import PartyState

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
WHOLE = (1 << 64) - 1

# Arrays travel as literals and states as one piece of bytes: the driver dumps lists item by item, for every order.
# One statement takes every lock, in the order of the sorted keys, so that two orders never wait for each other.
# The day is shared by all orders and taken whole by the one who closes it (`screening.days`).
LOCK = """
    SELECT count(pg_advisory_xact_lock(k)), (SELECT pg_advisory_xact_lock_shared(%(day)s)) IS NULL
    FROM unnest(%(keys)s::bigint[]) AS k
"""
READ = """
    SELECT t.place, p.state FROM unnest(%(keys)s::uuid[]) WITH ORDINALITY AS t(key, place)
    JOIN party_state p ON p.organisation_id = %(organisation)s AND p.key = t.key
"""
WRITE = """
    INSERT INTO party_state (organisation_id, key, state)
    SELECT %(organisation)s::uuid, t.key, substring(%(states)s::bytea FROM t.start FOR t.length)
    FROM unnest(%(keys)s::uuid[], %(starts)s::int[], %(lengths)s::int[]) AS t(key, start, length)
    ON CONFLICT (organisation_id, key) DO UPDATE SET state = excluded.state
"""


def literal(values: Iterable[object]) -> str:
    """A PostgreSQL array of numbers or identifiers, as text."""
    return "{" + ",".join(map(str, values)) + "}"


def stored_key(key: int) -> str:
    """The key under which a state is stored, as the text of a UUID."""
    return f"{key & WHOLE:032x}"


@lru_cache(maxsize=131072)
def lock_number(organisation: UUID, key: str) -> int:
    """Advisory lock number of one key of one company."""
    digest = hashlib.blake2b(organisation.bytes + key.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def day_lock(organisation: UUID) -> int:
    """Advisory lock number of a company's day."""
    return lock_number(organisation, "day")


def turns(organisation: UUID, orders: Iterable[EncodedOrder], also: tuple[str, ...] = ()) -> database.Statement:
    """Waits until no other transaction works on any party of these orders (or on a key of `also`)."""
    keys = {lock_number(organisation, f"{key:x}") for each in orders for key in lock_keys(each)}
    keys |= {lock_number(organisation, key) for key in also}
    return LOCK, {"keys": literal(sorted(keys)), "day": day_lock(organisation)}


def take_turns(
    session: Session, organisation: UUID, orders: Iterable[EncodedOrder], also: tuple[str, ...] = ()
) -> None:
    """Wait for the turn of these orders, until the transaction ends."""
    database.run(session, turns(organisation, orders, also))


def reading(organisation: UUID, *orders: EncodedOrder) -> database.Statement:
    """Reads the states of everything these orders touch."""
    return reading_keys(organisation, state_keys(*orders).all)


def reading_keys(organisation: UUID, keys: Iterable[int]) -> database.Statement:
    """Reads the states of some keys; `place` counts them from 1."""
    return READ, {"organisation": organisation, "keys": literal(map(stored_key, keys))}


def as_read(rows: list[dict[str, Any]], *orders: EncodedOrder) -> States:
    """The states of `reading`'s rows. What is read does not grow with the number of earlier orders."""
    keys = state_keys(*orders)
    named = keys.all
    return States.of(keys, {named[row["place"] - 1]: row["state"] for row in rows})


def load(session: Session, organisation: UUID, *orders: EncodedOrder) -> States:
    """States of everything these orders touch."""
    return as_read(database.run(session, reading(organisation, *orders))[0], *orders)


def columns(organisation: UUID, states: States) -> dict[str, Any]:
    """What `WRITE` asks for."""
    return columns_of(organisation, states.stored())


def columns_of(organisation: UUID, stored: Mapping[int, bytes]) -> dict[str, Any]:
    """What `WRITE` asks for, of states by key."""
    lengths = [len(state) for state in stored.values()]
    return {
        "organisation": organisation,
        "keys": literal(map(stored_key, stored)),
        "states": b"".join(stored.values()),
        "starts": literal(accumulate(lengths[:-1], initial=1)),
        "lengths": literal(lengths),
    }


def save(session: Session, organisation: UUID, states: States) -> None:
    """Write the states back."""
    database.run(session, (WRITE, columns(organisation, states)))


def latest_event(states: States) -> datetime | None:
    """The last order or outcome that these states know; a new one may not come before it, whatever the clock says."""
    micros = max(
        int(states.deep[:, (history.LAST, history.LAST_LABEL)].max()),
        int(states.slim[:, (history.LAST, history.LAST_LABEL)].max()),
    )
    return moment_of(micros) if micros else None


def moment_of(micros: int) -> datetime:
    """The aware moment of microseconds since 1970 UTC."""
    return EPOCH + timedelta(microseconds=micros)


def forget(session: Session, organisation: UUID) -> None:
    """Drop all states of a company, before they are rebuilt from its orders."""
    session.execute(delete(PartyState).where(col(PartyState.organisation_id) == organisation))
