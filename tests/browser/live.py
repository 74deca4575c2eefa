"""The whole service for journeys: pages on a free port, and worker, beat and witness as processes of their own.

Everybody signs in once; a page stays open for the next journey. Whoever looks at the service from outside uses
`Live.order`, the call that an ERP makes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2 as httpx
import orjson
from playwright.sync_api import Browser, Page
from sqlmodel import Session

from api.supervisor import PARENT
from models.keys import write_public
from models.registry import SIGNED_FILES, write_artefact
from screening import database, serving
from screening.modelling import versions
from screening.scoring import SERVICE
from screening.settings import settings
from screening.tables.people import Organisation, RoleName
from tests.api.workbench.served import small_folder
from tests.browser.conftest import PASSWORD
from tests.builders import make_key, make_organisation, make_user, set_password

PATIENCE_SECONDS = 90.0
PROCESSES = ("worker", "beat", "witness")
STAFF: Mapping[str, tuple[RoleName, ...]] = {
    "company": ("officer", "supervisor", "auditor", "integration", "administrator"),
    "authority": ("regulator",),
    "operator": ("data_scientist", "administrator", "auditor"),
}


@dataclass
class Live:
    """Where the service is and who is in it; `emails` by kind of organisation and role."""

    url: str
    browser: Browser
    company: Organisation
    key: str
    emails: dict[tuple[str, str], str]
    pages: dict[tuple[str, str], Page] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def page(self, kind: str, role: str) -> Page:
        """This person's browser, signed in by the page's form the first time."""
        if (kind, role) not in self.pages:
            context = self.browser.new_context(base_url=self.url, locale="en-GB")
            context.set_default_timeout(PATIENCE_SECONDS * 1000)
            context.on("request", lambda request: self.requests.append(request.url))
            context.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
            context.on("weberror", lambda error: self.complaints.append(str(error.error)))
            page = context.new_page()
            page.on("filechooser", lambda _: None)  # who listens early has the chooser when Enter opens it at once
            page.goto("/sign-in")
            page.fill("#email", self.emails[kind, role])
            page.fill("#password", PASSWORD)
            page.press("#password", "Enter")
            page.wait_for_url(lambda url: "/sign-in" not in url)
            self.pages[kind, role] = page
        return self.pages[kind, role]

    def order(self, body: Mapping[str, Any]) -> str:
        """Post one order as an ERP does; its id."""
        headers = {"authorization": f"Bearer {self.key}", "content-type": "application/json"}
        with httpx.Client(base_url=self.url, timeout=PATIENCE_SECONDS, trust_env=False) as client:
            answer = client.post("/v1/orders", content=orjson.dumps(dict(body)), headers=headers)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])


def until(holds: Callable[[], object], what: str) -> None:
    """Wait for it; fails in words when it does not come."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        threading.Event().wait(0.02)


@contextmanager
def trusted() -> Iterator[None]:
    """The small model's trainer is trusted; afterwards nobody is, and no model serves."""
    settings().keys_dir.mkdir(exist_ok=True)
    key = settings().keys_dir / "anna.trainer.pub.pem"
    write_public(small_folder()[1].public_key(), key)
    yield
    key.unlink()
    SERVICE.serve(None)
    versions.scorer_of.cache_clear()


def models(folder: Path) -> dict[str, Path]:
    """`usual` holds what its own bands hold, never as high; `strict` holds everything."""
    source, key = small_folder()
    files = {name: (source / name).read_bytes() for name in SIGNED_FILES}
    bands = json.loads(files["thresholds.json"])
    made = {}
    for name, elevated in (("usual", bands["elevated"]), ("strict", -99.0)):
        changed = orjson.dumps(bands | {"elevated": elevated, "high": 99.0})
        made[name] = folder / name
        write_artefact(made[name], files | {"thresholds.json": changed}, {"as_of": "2026-06-30"}, key)
    return made


def settled(session: Session, serves: Path) -> tuple[Organisation, str, dict[tuple[str, str], str]]:
    """The organisations with their people, and the model that serves first."""
    houses = {
        "company": make_organisation(session, country="KZ"),
        "authority": make_organisation(session, "authority", "KZ", "KZ-MVD"),
        "operator": make_organisation(session, "operator"),
    }
    houses["company"].name = "ТОО «Степь Реагенты»"
    emails = {}
    for kind, roles in STAFF.items():
        for role in roles:
            person = make_user(session, houses[kind], role)
            person.name = f"{role.replace('_', ' ').capitalize()} of the {kind}"
            set_password(person, PASSWORD)
            emails[kind, role] = person.email
    serving.settle(session, serves)
    return houses["company"], make_key(session, houses["company"], "integration"), emails


@contextmanager
def at_work(database_url: str, broker_url: str) -> Iterator[None]:
    """Worker, beat and witness until it is over."""
    environment = {
        **os.environ, "OMP_NUM_THREADS": "1", "TAMGA_DATABASE_URL": database_url, "TAMGA_BROKER_URL": broker_url,
        "TAMGA_CHECKPOINT_SECONDS": "1", "TAMGA_LOG_LEVEL": "WARNING", PARENT: str(os.getpid()),
    }  # fmt: skip
    with ExitStack() as stack:
        running = []
        for name in PROCESSES:
            log = stack.enter_context((settings().var_dir / f"{name}.log").open("w"))
            command = [sys.executable, "-m", "api.processes", name]
            running.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log))
        try:
            yield
        finally:
            for process in running:
                process.terminate()
            for process in running:
                _ended(process)
    database.engine().dispose()


def _ended(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
