"""A receiver of webhooks as Standard Webhooks asks for: signature, age, and each id once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

Sent = tuple[dict[str, str], bytes]


@dataclass
class Sink:
    """What came in. `effects` holds what each accepted id said, once; `refused` counts what was not accepted."""

    url: str = ""
    secret: str = ""
    received: list[Sent] = field(default_factory=list)
    effects: dict[str, Any] = field(default_factory=dict)
    repeated: int = 0
    refused: int = 0
    guard: threading.Lock = field(default_factory=threading.Lock)

    def take(self, headers: dict[str, str], body: bytes) -> int:
        """The status to answer with."""
        try:
            told = Webhook(self.secret).verify(body, headers)
        except WebhookVerificationError:
            with self.guard:
                self.refused += 1
            return 401
        with self.guard:
            self.received.append((headers, body))
            self.repeated += headers["webhook-id"] in self.effects
            self.effects.setdefault(headers["webhook-id"], told)
        return 204


@contextmanager
def sink() -> Iterator[Sink]:
    """A receiver that listens on a free port of this machine while the block runs."""
    state = Sink()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            self.send_response(state.take({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nobody reads a log here."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
