"""What is killed when, from a seed alone: the same seed is the same plan, so that a failing one can be repeated."""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import cycle, islice

# Relay and appender are threads of the worker's process: to kill one is to kill that process.
PROCESS = {"api": "api", "relay": "worker", "worker": "worker", "beat": "beat", "appender": "worker"}
POINTS = {
    "stored-not-committed": "api",
    "committed-not-answered": "api",
    "dispatched-not-published": "relay",
    "published-not-carried": "relay",
    "taken-not-done": "worker",
    "sent-not-acknowledged": "worker",
    "due-not-sent": "beat",
    "numbered-not-committed": "appender",
    "signed-not-told": "appender",
}
AT_RANDOM = ("api", "relay", "worker", "beat", "appender", "postgres")
EARLIEST, LATEST = 0.1, 0.6  # share of a portion of orders that is in before the kill: the rest comes in meanwhile


@dataclass(frozen=True, slots=True)
class Kill:
    """One kill: after `after` orders of its portion, `target` at a named point, or at once where there is none."""

    after: int
    target: str
    point: str | None = None

    def __str__(self) -> str:
        return f"{self.target} {'at ' + self.point if self.point else 'at once'} after {self.after} orders"


def plan(seed: int, kills: int, portion: int) -> list[Kill]:
    """`kills` kills, one for each portion of that many orders; half at named points, every target in turn."""
    chance = random.Random(seed)  # noqa: S311 - a plan, no secret
    points, targets = list(POINTS), list(AT_RANDOM)
    chance.shuffle(points)
    chance.shuffle(targets)
    named = [(POINTS[point], point) for point in islice(cycle(points), kills // 2)]
    made: list[tuple[str, str | None]] = [
        *named,
        *((each, None) for each in islice(cycle(targets), kills - len(named))),
    ]
    chance.shuffle(made)
    return [Kill(max(1, int(portion * chance.uniform(EARLIEST, LATEST))), *each) for each in made]
