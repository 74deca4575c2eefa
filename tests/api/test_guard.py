"""What every request passes: the speed and size of its body, seen from the wire."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from api.guard import Guard
from screening.settings import settings


async def reads_everything(scope: Scope, receive: Receive, send: Send) -> None:
    await Response(await Request(scope, receive).body())(scope, receive, send)


def scope(**changes: Any) -> Scope:
    made: Scope = {
        "type": "http", "method": "POST", "path": "/v1/x", "raw_path": b"/v1/x", "query_string": b"", "headers": [],
        "scheme": "http", "server": ("t", 80), "root_path": "", "http_version": "1.1",
    }  # fmt: skip
    return made | changes


def send_body(guard: Guard, request: Scope, pieces: list[Message], pause: float = 0.0) -> list[Message]:
    """What the guard answers when the body comes in these pieces with a pause before each."""
    answered: list[Message] = []
    left = list(pieces)

    async def receive() -> Message:
        await asyncio.sleep(pause)
        return left.pop(0) if left else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        answered.append(message)

    asyncio.run(guard(request, receive, send))
    return answered


def piece(body: bytes, more: bool = True) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


def test_a_body_in_pieces_arrives_whole() -> None:
    answered = send_body(Guard(reads_everything, {}), scope(), [piece(b"ab"), piece(b"cd", more=False)])
    assert answered[0]["status"] == 200
    assert answered[1]["body"] == b"abcd"


def test_a_slow_body_raises_408(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = settings().model_copy(update={"body_timeout_seconds": 0.05})
    monkeypatch.setattr("api.guard.settings", lambda: changed)
    with pytest.raises(Exception, match="408"):
        send_body(Guard(reads_everything, {}), scope(), [piece(b"a") for _ in range(100)], pause=0.03)


def test_a_declared_size_beyond_the_limit_is_answered_unread() -> None:
    declared = scope(headers=[(b"content-length", str(settings().body_limit_bytes + 1).encode())])
    answered = send_body(Guard(reads_everything, {}), declared, [])
    assert (answered[0]["status"], json.loads(answered[1]["body"])["code"]) == (413, "too_large")


def test_bulk_uploads_have_a_limit_of_their_own() -> None:
    declared = [(b"content-length", str(settings().body_limit_bytes + 1).encode())]
    guard = Guard(reads_everything, {"/v1/orders/bulk": settings().bulk_limit_bytes})
    answered = send_body(guard, scope(path="/v1/orders/bulk", headers=declared), [piece(b"x", more=False)])
    assert answered[0]["status"] == 200


@pytest.mark.parametrize("length", [b"-1", b"x", b"9" * 40, "²".encode("latin-1"), b""])
def test_a_length_that_is_no_number_is_counted_instead(length: bytes) -> None:
    answered = send_body(
        Guard(reads_everything, {}), scope(headers=[(b"content-length", length)]), [piece(b"x", more=False)]
    )
    assert answered[0]["status"] == 200
