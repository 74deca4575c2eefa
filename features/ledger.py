"""All states in memory, taken through a stream one event at a time, as the service takes it from its database."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

from features import stream
from features.daybook import DayBook, Happened
from features.encode import EncodedOrder
from features.online import Lesson, Observation, Shared, States, learn, observe, replace, state_keys

NOTHING = Shared({}, {})


@dataclass(slots=True)
class Ledger:
    """States by key, what is known of each order by its name, and the book of days (None: hubs stay unknown)."""

    book: DayBook | None = field(default_factory=DayBook)
    stored: dict[int, bytes] = field(default_factory=dict)
    current: dict[Hashable, EncodedOrder] = field(default_factory=dict)
    judged: dict[Hashable, tuple[EncodedOrder, Lesson]] = field(default_factory=dict)

    def order(self, name: Hashable, encoded: EncodedOrder) -> Observation:
        """An order arrives, or an amendment of the one of that name; it is history afterwards."""
        earlier = self.current.get(name)
        states = self._states(encoded, *([earlier] if earlier else []))
        shared = self.book.shared(encoded) if self.book else NOTHING
        if earlier is not None:
            replace(earlier, states)
            self._note(Happened(stream.RETRACTION, encoded.at, earlier))
        observation = observe(encoded, states, shared)
        self._note(Happened(stream.ORDER, encoded.at, encoded))
        self.current[name] = encoded
        self.stored.update(states.stored())
        return observation

    def label(self, name: Hashable, lesson: Lesson) -> None:
        """An outcome of the order of that name becomes known; an earlier one is withdrawn."""
        encoded, before = self.current[name], self.judged.get(name)
        states = self._states(encoded, *([before[0]] if before else []))
        if before is not None:
            self._learn(before[0], Lesson(before[1].outcome, lesson.known_at, before[1].known_at), states)
        self._learn(encoded, lesson, states)
        self.judged[name] = (encoded, lesson)
        self.stored.update(states.stored())

    def _learn(self, encoded: EncodedOrder, lesson: Lesson, states: States) -> None:
        learn(encoded, lesson, states)
        if lesson.teaches:
            label = lesson.label()
            self._note(Happened(stream.OUTCOME, label[0], encoded, label))

    def _states(self, *orders: EncodedOrder) -> States:
        keys = state_keys(*orders)
        return States.of(keys, {key: self.stored[key] for key in keys.all if key in self.stored})

    def _note(self, happened: Happened) -> None:
        if self.book is not None:
            self.book.note(happened)
