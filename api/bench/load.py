"""Clients that post one request after another over kept connections, and what they measured."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

Body = Callable[[int, int], bytes]  # (client, number) -> body


@dataclass
class Measured:
    """Latencies in seconds of all answers, and the time they took together; how many were refused, or held: an order
    that is not confirmed costs its case too."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    refused: int = 0
    held: int = 0

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    def quantile(self, share: float) -> float:
        """Milliseconds within which this share was answered."""
        return float(np.quantile(self.latencies, share)) * 1000 if self.latencies else float("nan")

    def add(self, other: Measured) -> None:
        self.seconds += other.seconds
        self.latencies += other.latencies
        self.refused += other.refused
        self.held += other.held


@dataclass(frozen=True)
class Target:
    """Where to post and how; `clients` post for `seconds`."""

    host: str
    port: int
    headers: dict[str, str]
    clients: int
    seconds: float


def post(target: Target, body: Body) -> Measured:
    """Let every client post until the time is up."""
    started = time.perf_counter()
    until = started + target.seconds
    with ThreadPoolExecutor(target.clients) as pool:
        parts = list(pool.map(lambda client: _client(target, body, client, until), range(target.clients)))
    whole = Measured(time.perf_counter() - started)
    for part in parts:
        whole.latencies += part.latencies
        whole.refused += part.refused
        whole.held += part.held
    return whole


def _client(target: Target, body: Body, client: int, until: float) -> Measured:
    measured = Measured()
    connection = http.client.HTTPConnection(target.host, target.port, timeout=60)
    number = 0
    while time.perf_counter() < until:
        payload = body(client, number)
        number += 1
        begun = time.perf_counter()
        connection.request("POST", "/v1/orders", payload, target.headers)
        answer = connection.getresponse()
        told = answer.read()
        measured.latencies.append(time.perf_counter() - begun)
        measured.refused += answer.status >= 300
        measured.held += answer.status < 300 and b'"status"' in told and b'"confirmed"' not in told
    connection.close()
    return measured
