"""Requests no client should send: what schemathesis makes of the OpenAPI file, and killers known by name."""

from __future__ import annotations

import http.client
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode

ORDER = b'{"reference":"F-1","customer":{"name":"A"},"lines":[{"name":"acetone","quantity":%s}]}'
QUIET = settings(
    database=None, derandomize=True, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)


@dataclass
class Answers:
    """Statuses of all answers, and the first requests that were answered 5xx or not at all."""

    statuses: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        return sum(self.statuses.values())

    @property
    def server_errors(self) -> int:
        return sum(count for status, count in self.statuses.items() if status >= 500 or status == 0)

    def note(self, status: int, what: str) -> None:
        self.statuses[status] += 1
        if (status >= 500 or status == 0) and len(self.failures) < 10:
            self.failures.append(f"{status} {what}")


def generated(port: int, keys: list[str], each: int, answers: Answers) -> None:
    """`each` positive and `each` negative requests to every operation under every key."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/openapi.json")
    schema = schemathesis.openapi.from_dict(json.loads(connection.getresponse().read()))
    for found in schema.get_all_operations():
        for key in keys:
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                _operation(_ok(found), mode, each, _caller(port, key, answers))


def _ok(found: Any) -> Any:
    """The operation, where the OpenAPI file describes it without fault; raises otherwise."""
    return found.ok()


def _caller(port: int, key: str, answers: Answers) -> Any:
    base, headers = f"http://127.0.0.1:{port}", {"authorization": f"Bearer {key}"}

    def call(case: Any) -> None:
        what = f"{case.method} {case.path} {str(case.body)[:120]!r}"
        try:
            status = case.call(base_url=base, headers=headers, timeout=30).status_code
        except (UnicodeError, ValueError):
            return  # what cannot be written into a request never reached the service
        answers.note(status, what)

    return call


def _operation(operation: Any, mode: GenerationMode, each: int, call: Any) -> None:
    try:
        strategy = operation.as_strategy(generation_mode=mode)
    except Exception:  # an operation without input has no negative requests
        return

    @settings(QUIET, max_examples=each)
    @given(strategy)
    def run(case: Any) -> None:
        call(case)

    try:
        run()
    except Exception as error:
        if "Unsatisfiable" not in type(error).__name__ and "no negative" not in str(error).lower():
            raise


def killers() -> Iterator[tuple[str, str, bytes]]:
    """(method, path, body) known to kill services: numbers, text, depth, size, encodings."""
    for number in (
        b"1e400",
        b"-1e400",
        b"NaN",
        b"Infinity",
        b"9" * 400,
        b"-0",
        b"0",
        b"true",
        b'"nan"',
        b'"1,5"',
        b'"\\u0664"',
    ):
        yield "POST", "/v1/orders", ORDER % number
    for text in (
        rb"\u0000",
        rb"\ud800",
        rb"\udfff\ud800",
        b"\xff\xfe",
        b"A" * 100_000,
        rb"\u202e" * 500,
        b"\xf0\x9f\x92\xa3",
    ):
        yield "POST", "/v1/orders", ORDER.replace(b'"A"', b'"' + text + b'"') % b"1"
        yield "POST", "/v1/orders", ORDER.replace(b"F-1", text) % b"1"
    for depth in (1_000, 10_000, 100_000):
        yield "POST", "/v1/orders", b"[" * depth + b"]" * depth
        yield "POST", "/v1/orders", b'{"a":' * depth + b"1" + b"}" * depth
    yield "POST", "/v1/orders", b" " * (11 * 1024 * 1024)
    yield "POST", "/v1/orders", b""
    yield (
        "POST",
        "/v1/orders",
        orjson.dumps({"reference": "X", "customer": {"name": "A"}, "lines": [{"quantity": 1}] * 51}),
    )
    for path in (
        "/v1/orders/%00",
        "/v1/orders/" + "a" * 5000,
        "/v1/orders/bulk/not-a-uuid",
        "/v1/orders/%ff",
        "/v1/orders?before=x",
    ):
        yield "GET", path, b""
    for offset in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59", "2026-02-30T00:00:00Z"):
        yield "GET", f"/v1/orders?before={offset}", b""
    yield "PUT", "/v1/orders/F-1", ORDER % b"1"


def known(port: int, key: str, answers: Answers) -> None:
    """Send every killer."""
    for method, path, body in killers():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
        try:
            connection.request(method, path, body, headers)
            status = connection.getresponse().status
        except (http.client.HTTPException, OSError):
            status = 0
        answers.note(status, f"{method} {path[:60]} {body[:60]!r}")
        connection.close()
