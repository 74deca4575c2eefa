"""States of all parties again from the orders and labels themselves, by the functions that keep them online."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from features.encode import EncodedOrder, encode
from features.online import States, learn, observe, replace, state_keys
from features.records import Outcome
from screening import states
from screening.orders import record_of
from screening.states import stored_key
from screening.tables.orders import Label, OrderVersion, PartyState


@dataclass
class Rebuilt:
    """What a rebuild did: versions and labels replayed, states that differ from the stored ones."""

    versions: int = 0
    labels: int = 0
    states: int = 0
    differing: int = 0


@dataclass
class _Replay:
    stored: dict[str, bytes] = field(default_factory=dict)
    current: dict[UUID, EncodedOrder] = field(default_factory=dict)
    judged: dict[UUID, tuple[Outcome, EncodedOrder]] = field(default_factory=dict)

    def states_of(self, *orders: EncodedOrder) -> States:
        keys = state_keys(*orders)
        return States.of(keys, {key: self.stored[key] for key in (*keys[0], *keys[1]) if key in self.stored})

    def add(self, version: OrderVersion) -> None:
        encoded = encode(record_of(version))
        earlier = self.current.get(version.order_id)
        known = self.states_of(encoded, *([earlier] if earlier else []))
        if earlier is not None:
            replace(earlier, known)
        observe(encoded, known)
        self.current[version.order_id] = encoded
        self.stored.update(known.stored())

    def label(self, label: Label) -> None:
        encoded, earlier = self.current[label.order_id], self.judged.get(label.order_id)
        known = self.states_of(encoded, *([earlier[1]] if earlier else []))
        if earlier is not None:
            learn(earlier[1], earlier[0], label.known_at, known, step=-1)
        outcome: Outcome = label.outcome  # type: ignore[assignment]
        learn(encoded, outcome, label.known_at, known)
        self.judged[label.order_id] = (outcome, encoded)
        self.stored.update(known.stored())


def rebuild(session: Session, organisation_id: UUID) -> Rebuilt:
    """Replace a company's states by those its stored orders and labels give. Orders must not arrive meanwhile."""
    replay, done = _Replay(), Rebuilt()
    for _, event in _events(session, organisation_id):
        if isinstance(event, OrderVersion):
            replay.add(event)
            done.versions += 1
        else:
            replay.label(event)
            done.labels += 1
    held = select(PartyState).where(col(PartyState.organisation_id) == organisation_id)
    before = {row.key: bytes(row.state) for row in session.exec(held)}
    after = {UUID(stored_key(key)): state for key, state in replay.stored.items()}
    done.states = len(after)
    done.differing = sum(before.get(key) != state for key, state in after.items()) + len(before.keys() - after.keys())
    states.forget(session, organisation_id)
    session.expire_all()
    session.add_all(PartyState(organisation_id=organisation_id, key=key, state=state) for key, state in after.items())
    session.flush()
    return done


def _events(
    session: Session, organisation_id: UUID
) -> Iterator[tuple[tuple[datetime, int, int], OrderVersion | Label]]:
    """Versions by (received_at, sequence), labels by the moment they became known, after versions of that moment."""
    versions = select(OrderVersion).where(col(OrderVersion.organisation_id) == organisation_id)
    labels = (
        select(Label).where(col(Label.organisation_id) == organisation_id).order_by(col(Label.known_at), col(Label.id))
    )
    marked: list[tuple[tuple[datetime, int, int], OrderVersion | Label]] = [
        ((version.received_at, 0, version.sequence), version) for version in session.exec(versions)
    ]
    marked += [((label.known_at, 1, number), label) for number, label in enumerate(session.exec(labels))]
    yield from sorted(marked, key=lambda pair: pair[0])
