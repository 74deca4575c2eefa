"""Orders at an even pace over HTTP, and how long each took from the moment at which it was due."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson

from api.bench import house
from models.simulator.config import SimulationConfig
from models.simulator.generate import simulate

RATE, CLIENTS = 50.0, 8
PATIENCE = 250.0  # milliseconds of nineteen in twenty: more is a queue that was there before
Window = tuple[float, float]


@dataclass
class Load:
    """Orders at an even pace until told to stop: (moment due, seconds until its answer, status) of each.

    An order that is sent late, because all clients still wait for answers, has waited from the moment it was due.
    """

    place: house.House
    port: int
    bodies: list[dict[str, Any]]
    answers: list[tuple[float, float, int]] = field(default_factory=list)
    sent: int = 0
    _guard: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def running(self) -> Iterator[None]:
        over, began, first = threading.Event(), time.perf_counter(), self.sent
        with ThreadPoolExecutor(CLIENTS) as pool:
            clients = [pool.submit(self._client, over, began, first) for _ in range(CLIENTS)]
            try:
                yield
            finally:
                over.set()
            for client in clients:
                client.result()

    def _client(self, over: threading.Event, began: float, first: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        while not over.is_set():
            with self._guard:
                number, self.sent = self.sent, self.sent + 1
            due = began + (number - first) / RATE
            wait = due - time.perf_counter()
            if wait > 0 and over.wait(wait):
                break
            body = self.bodies[number % len(self.bodies)] | {"reference": f"L-{number}"}
            connection.request("POST", "/v1/orders", orjson.dumps(body), self.place.headers)
            answer = connection.getresponse()
            answer.read()
            self.answers.append((due, time.perf_counter() - due, answer.status))
        connection.close()

    def during(self, seconds: float) -> Window:
        """Let so much time pass; the window it was."""
        begin = time.perf_counter()
        time.sleep(seconds)
        return begin, time.perf_counter()

    def settle(self, seconds: float) -> None:
        """Wait, twenty times as long at most, until as many orders are answered in so much time as fall due."""
        for _ in range(20):
            window = self.during(seconds)
            if self.answers and self.answers[-1][0] > window[1] - 1.0 and self.milliseconds([window], 0.95) < PATIENCE:
                return

    def milliseconds(self, windows: Sequence[Window], share: float = 0.99) -> float:
        """Within which this share of all that was due in the windows was answered."""
        spent = [seconds for due, seconds, _ in self.answers if any(low <= due < high for low, high in windows)]
        return float(np.quantile(spent, share)) * 1000 if spent else float("nan")

    def count(self, windows: Sequence[Window]) -> int:
        """How many orders were due in the windows."""
        return sum(any(low <= due < high for low, high in windows) for due, _, _ in self.answers)


def bodies() -> list[dict[str, Any]]:
    """Orders of another simulated stream, as they would be posted now."""
    found = simulate(SimulationConfig(orders=3000, months=6, seed=29, diversion_share=0.05)).orders
    return [{name: value for name, value in body.items() if name != "received_at"} for body in found]
