"""The broker stopped under load: orders go on being accepted as quickly, and all is delivered once it is back.

Clients keep to a timetable; an order that is late to its place in it counts the wait, so that a stall shows.
"""

from __future__ import annotations

import http.client
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import orjson

from api.bench.fault_stage import Stage, drained, staged
from api.bench.online import order_of
from api.bench.report import Report

CLIENTS = 4
PER_SECOND = 20.0
REPORTED_EVERY = 5
DRAIN_SECONDS = 360.0


def load(stage: Stage, name: str, seconds: float) -> tuple[list[float], int]:
    """Waits in seconds of all orders of the timetable, and how many were not accepted."""
    began, count = time.perf_counter(), int(PER_SECOND * seconds)

    def client(first: int) -> list[tuple[float, bool]]:
        answers = []
        connection = http.client.HTTPConnection("127.0.0.1", stage.port, timeout=30)
        for number in range(first, count, CLIENTS):
            due = began + number / PER_SECOND
            time.sleep(max(0.0, due - time.perf_counter()))
            order = order_of(0, first, f"{name}-{number}")
            if number % REPORTED_EVERY == 0:
                order |= {"notification": {"id": "P", "status": "objection"}}
            connection.request("POST", "/v1/orders", orjson.dumps(order), stage.place.headers)
            answer = connection.getresponse()
            answer.read()
            answers.append((time.perf_counter() - due, answer.status == 201))
        return answers

    with ThreadPoolExecutor(CLIENTS) as pool:
        told = [each for part in pool.map(client, range(CLIENTS)) for each in part]
    return [wait for wait, _ in told], sum(not taken for _, taken in told)


def measure(report: Report, seconds: float) -> None:
    """Load with the broker, as long without it, then wait for the deliveries."""
    with staged() as stage:
        load(stage, "warm", min(10.0, seconds))
        before, refused_before = load(stage, "with", seconds)
        stage.broker.stop()
        without, refused = load(stage, "without", seconds)
        waiting = len(stage.sink.effects)
        stage.broker.start()
        began = time.monotonic()
        delivered = drained(DRAIN_SECONDS)
        drain = time.monotonic() - began
        reported = len(stage.sink.effects)
    due = sum(
        1
        for name in (min(10.0, seconds), seconds, seconds)
        for n in range(int(PER_SECOND * name))
        if n % REPORTED_EVERY == 0
    )
    p99 = [float(np.quantile(each, 0.99)) * 1000 for each in (before, without)]
    print(f"  p99 {p99[0]:.1f} ms with the broker, {p99[1]:.1f} ms without; {reported - waiting} reports arrived in "
          f"{drain:.1f} s after it was back", flush=True)  # fmt: skip
    report.bar("broker_away_seconds", seconds, "at least", 120)
    report.bar("orders_not_accepted", refused_before + refused, "equals", 0)
    report.bar("accept_p99_without_over_with", p99[1] / p99[0], "at most", 1.2)
    report.bar("all_delivered_after", int(delivered), "equals", 1)
    report.bar("reports_not_delivered", due - reported, "equals", 0)
