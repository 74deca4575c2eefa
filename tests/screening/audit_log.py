"""Audit logs for tests: events of several organisations, checkpoints, a witness."""

from __future__ import annotations

import random
from pathlib import Path

from sqlmodel import Session

from screening import audit
from screening.audit import AuditEntry
from screening.witness import Witness
from tests.builders import make_organisation


def stage(session: Session, count: int, *organisations: object) -> None:
    """Stage events of these organisations (None: of nobody) in a seeded mixture."""
    chance, owners = random.Random(count), organisations or (None,)
    for index in range(count):
        owner = chance.choice(owners)
        entry = AuditEntry("order.accepted", "key:1", owner, f"order-{index}", {"i": index})  # type: ignore[arg-type]
        audit.record(session, entry)
    session.flush()


def fill(session: Session, count: int, *organisations: object) -> None:
    """Stage and number so many events."""
    stage(session, count, *organisations)
    assert audit.append(session) >= count  # a sign-in of the test may be among them


def grown(session: Session, folder: Path, rounds: int = 4, each: int = 11) -> Witness:
    """A log of `rounds` checkpoints over `each` leaves of two organisations and of nobody, all cosigned."""
    owners = (make_organisation(session).id, make_organisation(session).id, None)
    witness = Witness(folder / "witness")
    for _ in range(rounds):
        fill(session, each, *owners)
        assert audit.checkpoint(session)
        audit.publish(session, folder)
        assert witness.look(session) == 1
    return witness
