"""What every request passes before the application and every answer on its way out.

Request id, size and speed of the body, characters no text can hold, security headers, one log line. Plain ASGI: it
costs microseconds and never buffers.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import Malformed, answer
from screening.errors import TooLarge
from screening.ids import new_id
from screening.settings import settings

log = structlog.get_logger("tamga.http")
REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
SLOWEST_BYTES_PER_SECOND = 64 * 1024
DRAIN_BYTES = 32 * 1024 * 1024
DRAIN_SECONDS = 5.0
CONTENT_POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "content-security-policy": CONTENT_POLICY,
}
WRITTEN = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in HEADERS.items()]


class Guard:
    """ASGI middleware. `larger` maps path prefixes to their own body limits in bytes."""

    def __init__(self, app: ASGIApp, larger: Mapping[str, int]) -> None:
        self.app = app
        self.larger = dict(larger)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if REQUEST_ID.fullmatch(given) else new_id().hex
        scope["tamga.request_id"] = request_id

        async def send_dressed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _dress(MutableHeaders(scope=message), request_id, scope["path"])
            await send(message)

        try:
            await self._serve(scope, receive, send_dressed)
        finally:
            elapsed = round((time.perf_counter() - started) * 1000, 1)
            log.info("request", method=scope["method"], path=scope["path"], status=status, ms=elapsed, id=request_id)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        limit = next((size for prefix, size in self.larger.items() if scope["path"].startswith(prefix)), None)
        body = Body(receive, limit or settings().body_limit_bytes)
        if "\x00" in scope["path"] or b"%00" in scope.get("query_string", b""):
            await answer(Request(scope), Malformed())(scope, receive, send)
        elif _declared(scope) > body.limit:
            # The server closes once it has answered; a caller that still writes would see a broken pipe, no answer.
            await _drain(receive)
            await answer(Request(scope), TooLarge(limit=body.limit), {"connection": "close"})(scope, receive, send)
        else:
            await self.app(scope, body.receive, send)


class Body:
    """The body on its way in: counted against its limit and against the clock."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self.source = receive
        self.limit = limit
        self.arrived = 0
        self.complete = False
        self.started = time.monotonic()

    async def receive(self) -> Message:
        """The next piece. Raises 408 when it comes too slowly, 413 when there is too much."""
        if self.complete:  # what comes now is the disconnect, for which one may wait for ever
            return await self.source()
        allowed = settings().body_timeout_seconds + self.arrived / SLOWEST_BYTES_PER_SECOND
        left = self.started + allowed - time.monotonic()
        try:
            async with asyncio.timeout(max(left, 0.001)):  # `wait_for` makes a task of it for every request
                message = await self.source()
        except TimeoutError as fault:
            raise HTTPException(408) from fault
        self.arrived += len(message.get("body", b""))
        self.complete = not message.get("more_body", False)
        if self.arrived > self.limit:
            raise HTTPException(413)
        return message


def _declared(scope: Scope) -> int:
    given = Headers(scope=scope).get("content-length", "")
    return int(given) if given.isdecimal() and len(given) < 20 else 0


async def _drain(receive: Receive) -> None:
    """Take some of the unwanted body off the line, so that the caller reads the answer instead of a broken pipe."""
    taken, deadline = 0, time.monotonic() + DRAIN_SECONDS
    while taken < DRAIN_BYTES and time.monotonic() < deadline:
        try:
            message = await asyncio.wait_for(receive(), 1.0)
        except TimeoutError:
            return
        taken += len(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body", False):
            return


def _dress(headers: MutableHeaders, request_id: str, path: str) -> None:
    given = {name for name, _ in headers.raw}
    headers.raw.extend(each for each in WRITTEN if each[0] not in given)
    headers["x-request-id"] = request_id
    if not path.startswith("/static/"):
        headers.setdefault("cache-control", "no-store")
    if not settings().development:
        headers.setdefault("strict-transport-security", "max-age=31536000; includeSubDomains")
