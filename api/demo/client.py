"""The demo's callers over HTTP: a company's ERP with its key, and authorities with theirs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

WAIT_SECONDS = 120.0


class DemoFailed(RuntimeError):
    """The demo did not come to its end; the message says where."""


@dataclass(frozen=True)
class Caller:
    """One API key at one address."""

    url: str
    key: str

    def call(self, method: str, path: str, **how: Any) -> Any:
        """The JSON of an answer. Raises DemoFailed for anything but a success."""
        headers = {"authorization": f"Bearer {self.key}", **how.pop("headers", {})}
        answer = httpx2.request(method, self.url + path, headers=headers, timeout=60, **how)
        if answer.status_code >= 300:
            raise DemoFailed(f"{method} {path} was answered {answer.status_code}: {answer.text[:300]}")
        return answer.json() if answer.content else None


def upload(company: Caller, path: Path) -> str:
    """Send a file of orders; the id of its job."""
    with path.open("rb") as file:
        job = company.call("POST", "/v1/orders/bulk", files={"file": (path.name, file, "application/x-ndjson")})
    return str(job["id"])


def follow(company: Caller, job: str, tell: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Wait until every row has its answer, telling how far it is."""
    for found in _polled(lambda: company.call("GET", f"/v1/orders/bulk/{job}"), "the file of orders"):
        tell(found)
        if found["state"] == "done":
            return dict(found)
    raise DemoFailed("the file of orders was not finished in time")


def rows(company: Caller, job: str) -> list[dict[str, Any]]:
    """The answer to every row."""
    found: list[dict[str, Any]] = []
    after: int | None = 0
    while after is not None:
        page = company.call("GET", f"/v1/orders/bulk/{job}/rows", params={"after": after, "limit": 1000})
        found += page["rows"]
        after = page["next_after"]
    return found


def receipts(authorities: dict[str, Caller], expected: int) -> list[dict[str, Any]]:
    """Wait until the inboxes hold every referral, then let each authority acknowledge what it has."""

    def look() -> list[tuple[str, dict[str, Any]]]:
        return [(name, each) for name, caller in authorities.items() for each in caller.call("GET", "/v1/referrals")]

    for found in _polled(look, "the referrals"):
        if len(found) >= expected:
            return [_acknowledged(authorities[name], name, each) for name, each in found]
    raise DemoFailed(f"not all of {expected} referrals reached their authorities in time")


def _acknowledged(authority: Caller, name: str, referral: dict[str, Any]) -> dict[str, Any]:
    receipt = authority.call("POST", f"/v1/referrals/{referral['id']}/receipt")
    packet = authority.call("GET", f"/v1/referrals/{referral['id']}/packet")
    return {"authority": name, "referral": referral, "receipt": receipt, "packet": packet}


def _polled(look: Callable[[], Any], what: str) -> Iterator[Any]:
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        yield look()
        time.sleep(0.3)
    raise DemoFailed(f"{what}: no end after {WAIT_SECONDS:.0f} seconds")
