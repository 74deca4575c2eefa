"""`make bench-workbench`: the pages in a real browser on a full database.

100,000 orders and 2,000 open cases are stored. Every page is opened in two themes and two languages: axe's findings,
how long its main content takes on a cold cache, what it weighs over the wire. An officer clears twenty orders by
keyboard alone. The browser's own network log (`--log-net-log`) tells every address it asked for.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2 as httpx
import numpy as np
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from api.bench import house, scene
from api.bench.browser import FLAGS, chromium, findings, put_axe
from api.bench.report import Report
from api.bench.scene import Scene
from api.bench.tenants import PASSWORD
from api.bench.visits import VISITS, Visit
from screening import database
from screening.serving import take_from

LOOKS = tuple((theme, language) for theme in ("light", "dark") for language in ("en", "ru"))
QUEUE = 20
QUEUE_PAGES = ("", "?page=3", "?band=high", "?state=all", "?search=ТОО")
OPEN = (("KeyJ", False), ("Enter", True))  # key, whether it leads to another page
OWN_VIEW = (("KeyR", True),)
RELEASE = (("KeyR", False), ("ArrowDown", False), ("Enter", True), ("KeyU", True))
TEMPTATION, WEB = "http://another-host.invalid/", ("http", "ws")
# When the largest thing above the fold stood there, and what came over the wire for it; ms and bytes.
SHOWN = """() => new Promise((tell) => new PerformanceObserver((list) => {
  const page = performance.getEntriesByType("navigation")[0], parts = performance.getEntriesByType("resource");
  tell({ms: Math.max(...list.getEntries().map((each) => each.startTime), page.domContentLoadedEventEnd),
    bytes: [page, ...parts].reduce((sum, each) => sum + each.transferSize, 0)});
}).observe({type: "largest-contentful-paint", buffered: true}))"""


@dataclass
class Found:
    """What the walk over all pages showed."""

    grave: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    weights: dict[str, int] = field(default_factory=dict)
    visited: int = 0


@dataclass(frozen=True)
class Desk:
    """A browser on a service with people who can sign in."""

    browser: Browser
    url: str
    scene: Scene

    def context(self, state: Any = None, look: tuple[str, str] = ("light", "en")) -> BrowserContext:
        """A browser's window with an empty cache; `state` carries a sign-in, the look is chosen by cookies."""
        made = self.browser.new_context(base_url=self.url, locale="en-GB", storage_state=state)
        named = zip(("tamga_theme", "tamga_language"), look, strict=True)
        made.add_cookies([{"name": name, "value": value, "url": self.url} for name, value in named])
        return made

    def signed_in(self, kind: str, role: str | None) -> Any:
        """The state of a browser in which this person signed in by the page's form."""
        context = self.context()
        page = context.new_page()
        if role is None:
            page.goto("/sign-in")
        else:
            sign_in(page, self.scene.emails[kind, role])  # type: ignore[index]
        state = context.storage_state()
        context.close()
        return state


def sign_in(page: Page, email: str) -> None:
    """By the page's form."""
    page.goto("/sign-in")
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    page.click("main button")
    page.wait_for_url(lambda url: "/sign-in" not in url)


def walk(desk: Desk, found: Found) -> None:
    """Open every page in every look. The browser itself has started before: its first window is no page's time."""
    desk.signed_in("nobody", None)
    states: dict[tuple[str, str | None], Any] = {}
    for route, visit in VISITS.items():
        who = (visit.kind, visit.role)
        if who not in states:
            states[who] = desk.signed_in(*who)
        for look in LOOKS:
            _visit(desk, visit, (route, look), states[who], found)


def _visit(desk: Desk, visit: Visit, named: tuple[str, tuple[str, str]], state: Any, found: Found) -> None:
    route, look = named
    context = desk.context(state, look)
    page = context.new_page()
    answer = page.goto(desk.scene.path(visit.path))
    if answer is None or answer.status != 200:
        raise SystemExit(f"{visit.path} was answered {answer and answer.status}")
    shown = page.evaluate(SHOWN)
    found.seconds[route] = max(found.seconds.get(route, 0.0), shown["ms"] / 1000)
    found.weights[route] = max(found.weights.get(route, 0), int(shown["bytes"]))
    for each in findings(page):
        found.grave += 1
        print(f"  {each['impact'].upper()} {route} {'/'.join(look)}: {each['rule']} at {each['where']}", flush=True)
    found.visited += 1
    context.close()


def clear(desk: Desk) -> tuple[int, int]:
    """(orders released, most keys for one) of an officer who has twenty, by keyboard alone."""
    context = desk.context(desk.signed_in("small", "officer"))
    page = context.new_page()
    page.goto("/queue")
    cleared, most = 0, 0
    while page.locator("[data-list] tbody a").count():
        keys = _pressed(page, OPEN)
        if page.locator("[data-view]").count():
            keys += _pressed(page, OWN_VIEW)
        keys += _pressed(page, RELEASE)
        cleared, most = cleared + 1, max(most, keys)
        if cleared > QUEUE:
            break
    context.close()
    return cleared, most


def _pressed(page: Page, keys: tuple[tuple[str, bool], ...]) -> int:
    for key, leads_on in keys:
        with page.expect_navigation() if leads_on else nullcontext():
            page.keyboard.press(key)
    return len(keys)


def queue_p95(desk: Desk, asked: int) -> float:
    """Milliseconds within which 95 of 100 queue pages were answered, seen from this machine."""
    state = desk.signed_in("company", "officer")
    cookies = {each["name"]: each["value"] for each in state["cookies"]}
    waits = []
    with httpx.Client(base_url=desk.url, cookies=cookies, timeout=60, trust_env=False) as client:
        for number in range(asked):
            begun = time.perf_counter()
            client.get(f"/queue{QUEUE_PAGES[number % len(QUEUE_PAGES)]}").raise_for_status()
            waits.append((time.perf_counter() - begun) * 1000)
    return float(np.quantile(waits, 0.95))


def tempted(desk: Desk) -> None:
    """A page made to ask another host, so that the log is known to tell of one that does."""
    context = desk.browser.new_context(base_url=desk.url, bypass_csp=True)
    page = context.new_page()
    page.goto("/sign-in")
    page.evaluate(f"fetch({TEMPTATION!r}).catch(() => 0)")
    context.close()


def foreign(log: Path, url: str) -> list[str]:
    """Addresses of other hosts that a page of the service made the browser ask, by the browser's network log.

    What the browser asks on its own account (updates, form filling) names no page and does not count.
    """
    events = json.loads(log.read_text("utf-8"))["events"]
    asked = [each["params"] for each in events if "url" in each.get("params", {}) and "initiator" in each["params"]]
    ours = {each["url"] for each in asked if url in " ".join(str(value) for key, value in each.items() if key != "url")}
    others = {each for each in ours if urlsplit(each).netloc != urlsplit(url).netloc and each.startswith(WEB)}
    if TEMPTATION not in others:
        raise SystemExit("the browser's network log does not tell of a page that asks another host: it proves nothing")
    return sorted(others - {TEMPTATION})


@contextmanager
def browser(log: Path) -> Iterator[Browser]:
    """Chromium that writes its network log to a file; the file is whole once it has closed."""
    path = chromium()
    if path is None or not put_axe():
        raise SystemExit("no Chromium or no axe-core: python -m tests.browser.setup")
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=path, args=[*FLAGS, f"--log-net-log={log}"])
        yield made
        made.close()


def main() -> None:
    """Run and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--cases", type=int, default=2_000)
    parser.add_argument("--asked", type=int, default=200)
    wanted = parser.parse_args()
    found = Found()
    with tempfile.TemporaryDirectory() as folder, house.opened() as place:
        log = Path(folder) / "net.json"
        made = _prepared(place, wanted.orders, wanted.cases)
        with place.serving("api.bench.ours:create_app") as port:
            url = f"http://127.0.0.1:{port}"
            with browser(log) as chrome:
                desk = Desk(chrome, url, made)
                walk(desk, found)
                cleared, most = clear(desk)
                wait = queue_p95(desk, wanted.asked)
                tempted(desk)
        others = foreign(log, url)
    _tell(found)
    for each in others:
        print(f"  ASKED ANOTHER HOST: {each}")
    report = Report("workbench")
    report.bar("axe_serious_or_critical", found.grave, "equals", 0)
    report.bar("pages_in_two_themes_and_languages", found.visited, "equals", len(VISITS) * len(LOOKS))
    report.bar("orders_cleared_by_keyboard", cleared, "equals", QUEUE)
    report.bar("most_keys_for_one_order", most, "at most", 8)
    report.bar("slowest_main_content_seconds", max(found.seconds.values()), "at most", 1.0)
    light = [weight for route, weight in found.weights.items() if not VISITS[route].map]
    maps = [weight for route, weight in found.weights.items() if VISITS[route].map]
    report.bar("heaviest_page_kb", max(light) / 1024, "at most", 150)
    report.bar("heaviest_page_with_a_map_kb", max(maps) / 1024, "at most", 400)
    report.bar("queue_p95_ms", wait, "at most", 250)
    report.bar("requests_to_other_hosts", len(others), "equals", 0)
    report.end()


def _prepared(place: house.House, orders: int, cases: int) -> Scene:
    take_from(place.model)
    made = scene.settled()
    superuser = database.connect(place.superuser_url)
    scene.grow(superuser, made.company, orders, cases)
    superuser.dispose()
    scene.held_without_score(made, QUEUE)
    print(f"stored {orders:,} orders, {cases:,} open cases", flush=True)
    return made


def _tell(found: Found) -> None:
    for route, seconds in found.seconds.items():
        print(f"  {route:<40}{seconds * 1000:>8.0f} ms{found.weights[route] / 1024:>9.1f} KB", flush=True)


if __name__ == "__main__":
    main()
