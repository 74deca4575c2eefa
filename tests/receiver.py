"""A webhook receiver for tests: a real HTTP server that verifies signatures and drops ids it has seen."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook


@dataclass
class Receiver:
    """What came in. `answers` are statuses to give, first to last; after them 204. `effects` counts each id once;
    `location` is where every answer points to."""

    url: str = ""
    secret: str = ""
    location: str = ""
    answers: list[int] = field(default_factory=list)
    received: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    effects: dict[str, Any] = field(default_factory=dict)
    guard: threading.Lock = field(default_factory=threading.Lock)

    def take(self, headers: dict[str, str], body: bytes) -> int:
        with self.guard:
            self.received.append((headers, body))
            status = self.answers.pop(0) if self.answers else 204
            if self.secret and status < 300:
                told = Webhook(self.secret).verify(body, headers)
                self.effects.setdefault(headers["webhook-id"], told)
            return status


@contextmanager
def receiver() -> Iterator[Receiver]:
    """A receiver that listens on a free port while the block runs."""
    state = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status = state.take({name.lower(): value for name, value in self.headers.items()}, body)
            self.send_response(status)
            self.send_header("content-length", "0")
            if state.location:
                self.send_header("location", state.location)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Tests read `received`, nobody reads a log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
