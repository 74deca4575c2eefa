"""A real Chromium on a real service: HTTP on a free port, a database of its own, people who can sign in."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from sqlalchemy import Engine, make_url, text
from sqlmodel import Session

from api.bench.browser import FLAGS
from api.bench.browser import chromium as installed
from screening import database, roles, tenancy
from screening.scoring import SERVICE
from screening.tables.people import Organisation, RoleName
from tests.api.workbench.conftest import SUSPECT
from tests.api.workbench.served import small_scorer
from tests.builders import held_case, make_organisation, make_user, set_password
from tests.conftest import of_role

PASSWORD = "correct horse battery"
NAME = "test_browser"


@dataclass
class House:
    """The running service and who is in it."""

    url: str
    company: Organisation
    authority: Organisation
    people: dict[str, str] = field(default_factory=dict)

    def order(self, reference: str, **fields: Any) -> str:
        """A new held order of the company; returns its path."""
        with database.session() as session:
            case = held_case(session, self.company, **(SUSPECT | {"reference": reference} | fields))
            return f"/orders/{case.order_id}"

    def unscored(self, reference: str) -> str:
        """The same, arrived while no model was in service."""
        SERVICE.serve(None)
        try:
            return self.order(reference)
        finally:
            SERVICE.serve(small_scorer())


@pytest.fixture(scope="module")
def own_database(engine: Engine) -> Iterator[Engine]:
    """A copy of the migrated database for one module's service; commits stay in it."""
    engine.dispose()
    url = make_url(engine.url.render_as_string(hide_password=False))
    admin = database.connect(url.set(database="postgres").render_as_string(hide_password=False))
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {NAME} TEMPLATE {url.database}"))
    own = database.connect(url.set(database=NAME).render_as_string(hide_password=False))
    database.bind(database.connect(of_role(own.url, roles.APPLICATION)), tenancy.SERVICE)
    yield own
    database.bind(None)
    own.dispose()
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"DROP DATABASE {NAME} WITH (FORCE)"))
    admin.dispose()


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """The application on a free port of this machine; yields its address."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    assert server.started, "the service did not start"
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="module")
def house(app: FastAPI, own_database: Engine) -> Iterator[House]:
    """The service with a model, a company and its authority."""
    SERVICE.serve(small_scorer())
    with serving(app) as url:
        with database.session() as session:
            company = make_organisation(session, country="KZ")
            authority = make_organisation(session, "authority", "KZ", "KZ-MVD")
            made = House(url, company, authority)
            _people(session, made)
        yield made
    SERVICE.serve(None)


def _people(session: Session, house: House) -> None:
    roles: tuple[tuple[RoleName, Organisation], ...] = (
        ("officer", house.company), ("supervisor", house.company), ("regulator", house.authority),
    )  # fmt: skip
    for role, organisation in roles:
        person = make_user(session, organisation, role)
        set_password(person, PASSWORD)
        house.people[role] = person.email


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = installed()
    if path is None:
        pytest.skip("no Chromium on this machine; `python -m tests.browser.setup` installs Debian's")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


Enter = Callable[..., Page]


@pytest.fixture
def enter(chromium: Browser, house: House) -> Iterator[Enter]:
    """Opens a browser of its own and signs somebody in by the page's form.

    When the test ends, every request of every such browser has to have stayed on this service, and no page may have
    complained in its console.
    """
    contexts: list[BrowserContext] = []
    requests: list[str] = []
    complaints: list[str] = []

    def sign_in(role: str | None = "officer", **options: Any) -> Page:
        context = chromium.new_context(base_url=house.url, locale="en-GB", **options)
        context.set_default_timeout(10_000)
        contexts.append(context)
        context.on("request", lambda request: requests.append(request.url))
        context.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        page = context.new_page()
        if role:
            page.goto("/sign-in")
            page.fill("#email", house.people[role])
            page.fill("#password", PASSWORD)
            page.click("main button")
            page.wait_for_url(lambda url: "/sign-in" not in url)
        return page

    yield sign_in
    for context in contexts:
        context.close()
    assert requests
    assert [url for url in requests if not url.startswith(f"{house.url}/")] == []
    assert [words for words in complaints if "Failed to load resource" not in words] == []
