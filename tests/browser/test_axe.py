"""axe-core finds nothing serious on any page: each page once, in turn light and dark, English and Russian."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import cycle

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy import Engine
from starlette.routing import BaseRoute

from api.app import create_app
from api.bench import scene
from api.bench.browser import findings, put_axe
from api.bench.tenants import PASSWORD
from api.bench.visits import NO_PAGES, VISITS
from api.workbench.faults import MACHINE_PATHS
from screening import database
from screening.modelling import versions
from screening.scoring import SERVICE
from tests.api.workbench.served import small_folder, small_scorer
from tests.browser.conftest import serving
from tests.browser.live import trusted

LOOKS = (("light", "en"), ("dark", "ru"))
FEW = 90


@pytest.fixture(scope="module")
def peopled(app: FastAPI, own_database: Engine) -> Iterator[tuple[str, scene.Scene]]:
    """The service with the first of the demo's orders, and one object of every kind."""
    SERVICE.serve(small_scorer())
    made = scene.settled(FEW)
    with trusted(), database.session() as session:  # as a process does that finds it in its folder
        made.objects["serving"] = versions.register(session, small_folder()[0], "file").version
    SERVICE.serve(small_scorer())
    with serving(app) as url:
        yield url, made
    SERVICE.serve(None)


def opened(routes: Iterable[BaseRoute]) -> set[str]:
    """Paths that answer GET among routes and the routers among them."""
    found: set[str] = set()
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            found |= opened(inner.routes)
        elif isinstance(route, APIRoute) and "GET" in route.methods:
            found.add(route.path)
    return found


def unvisited(app: FastAPI) -> set[str]:
    """Addresses that a browser may open and nobody visits: whatever is no machine's and answers GET."""
    return {path for path in opened(app.routes) if not path.startswith(MACHINE_PATHS)} - NO_PAGES - set(VISITS)


def test_every_page_is_visited(app: FastAPI) -> None:
    assert unvisited(app) == set()
    assert opened(app.routes) >= {*VISITS, *NO_PAGES}


def test_a_page_that_nobody_visits_is_found() -> None:
    planted = create_app()
    planted.get("/forgotten/{name}", include_in_schema=False)(lambda name: None)
    planted.get("/v1/forgotten")(lambda: None)
    router = APIRouter(prefix="/lost")
    router.get("/page")(lambda: None)
    planted.include_router(router)
    assert unvisited(planted) == {"/forgotten/{name}", "/lost/page"}


def test_no_page_has_a_serious_finding(chromium: Browser, peopled: tuple[str, scene.Scene]) -> None:
    if not put_axe():
        pytest.skip("no axe-core on this machine; `python -m tests.browser.setup` puts it there")
    url, made = peopled
    windows: dict[tuple[str, str | None], BrowserContext] = {}
    found, requests = [], []
    for (route, visit), (theme, language) in zip(VISITS.items(), cycle(LOOKS), strict=False):
        who = (visit.kind, visit.role)
        if who not in windows:
            windows[who] = chromium.new_context(base_url=url)
            windows[who].on("request", lambda request: requests.append(request.url))
            if visit.role:
                _sign_in(windows[who].new_page(), made.emails[visit.kind, visit.role])  # type: ignore[index]
        named = {"tamga_theme": theme, "tamga_language": language}
        windows[who].add_cookies([{"name": name, "value": value, "url": url} for name, value in named.items()])
        page = windows[who].pages[0] if windows[who].pages else windows[who].new_page()
        answer = page.goto(made.path(visit.path))
        assert answer is not None
        assert answer.status == 200, route
        found += [(route, theme, language, each) for each in findings(page)]
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), route
    for window in windows.values():
        window.close()
    assert found == []
    assert [each for each in requests if not each.startswith(f"{url}/")] == []


def test_the_search_for_findings_would_find_one(chromium: Browser, peopled: tuple[str, scene.Scene]) -> None:
    if not put_axe():
        pytest.skip("no axe-core on this machine")
    page = chromium.new_page(base_url=peopled[0])
    page.goto("/sign-in")
    page.evaluate("document.querySelector('label').remove()")
    assert {each["rule"] for each in findings(page)} == {"label"}
    page.close()


def _sign_in(page: Page, email: str) -> None:
    page.goto("/sign-in")
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    page.click("main button")
    page.wait_for_url(lambda address: "/sign-in" not in address)
