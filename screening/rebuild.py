"""States of all parties again from the orders and labels themselves, by the functions that keep them online."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from uuid import UUID

from sqlmodel import Session, col, select

from features.encode import encode
from features.ledger import Ledger
from features.online import Lesson
from features.records import Outcome
from screening import database, days, states
from screening.tables.orders import Label, OrderVersion, PartyState
from screening.versions import record_of

AT_ONCE = 2000


@dataclass
class Rebuilt:
    """What a rebuild did: versions and labels replayed, states that differ from the stored ones."""

    versions: int = 0
    labels: int = 0
    states: int = 0
    differing: int = 0


def rebuild(session: Session, organisation_id: UUID) -> Rebuilt:
    """Replace a company's states by those its stored orders and labels give. Orders must not arrive meanwhile.

    The days before today are closed again, as the first order of today would have done.
    """
    ledger, done = Ledger(book=None), Rebuilt()
    for event in _events(session, organisation_id):
        if isinstance(event, OrderVersion):
            ledger.order(event.order_id, encode(record_of(event)))
            done.versions += 1
        else:
            ledger.label(event.order_id, Lesson(_outcome(event), event.known_at))
            done.labels += 1
    before = _held(session, organisation_id)
    states.forget(session, organisation_id)
    days.clear(session, organisation_id)
    session.expire_all()
    for part in _parts(ledger.stored.items()):
        database.run(session, (states.WRITE, states.columns_of(organisation_id, part)))
    days.close(session, organisation_id, days.today() - 1)
    after = _held(session, organisation_id)
    done.states = len(after)
    done.differing = sum(before.get(key) != state for key, state in after.items()) + len(before.keys() - after.keys())
    return done


def complete() -> None:
    """Build the states of every company that has orders and no states, as after a migration that dropped them."""
    with database.session() as session:
        stated = select(PartyState.organisation_id).distinct()
        missing = session.exec(
            select(OrderVersion.organisation_id).where(col(OrderVersion.organisation_id).not_in(stated)).distinct()
        ).all()
    for organisation in missing:
        with database.session() as session:
            rebuild(session, organisation)


def _held(session: Session, organisation_id: UUID) -> dict[UUID, bytes]:
    held = select(PartyState).where(col(PartyState.organisation_id) == organisation_id)
    return {row.key: bytes(row.state) for row in session.exec(held)}


def _outcome(label: Label) -> Outcome:
    outcome: Outcome = label.outcome  # type: ignore[assignment]
    return outcome


def _events(session: Session, organisation_id: UUID) -> Iterator[OrderVersion | Label]:
    """Versions by (received_at, sequence), labels by the moment they became known, after versions of that moment."""
    versions = select(OrderVersion).where(col(OrderVersion.organisation_id) == organisation_id)
    counting = select(Label).where(col(Label.organisation_id) == organisation_id, col(Label.counts))
    labels = counting.order_by(col(Label.known_at), col(Label.id))
    marked: list[tuple[tuple[datetime, int, int], OrderVersion | Label]] = [
        ((version.received_at, 0, version.sequence), version) for version in session.exec(versions)
    ]
    marked += [((label.known_at, 1, number), label) for number, label in enumerate(session.exec(labels))]
    for _, event in sorted(marked, key=lambda pair: pair[0]):
        yield event


def _parts(items: Iterable[tuple[int, bytes]]) -> Iterator[dict[int, bytes]]:
    """Items in portions of AT_ONCE."""
    waiting = iter(items)
    while part := dict(islice(waiting, AT_ONCE)):
        yield part
