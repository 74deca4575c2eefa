"""A service for a benchmark: its own durable database, the default model, one company and its key."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from models.default import build_default
from models.keys import development_key
from screening import access, database
from screening.embedded import SUPERUSER, PostgresServer
from screening.model_folder import of_today
from screening.roles import OWNER
from screening.settings import settings
from screening.tables.people import ApiKey, Organisation
from screening.tenancy import SERVICE

START_SECONDS = 120.0
THREADS = {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


@dataclass(frozen=True)
class House:
    """Where the database and the model are, who posts, and how to start an application on them."""

    database_url: str
    model: Path
    company: UUID
    key: str
    superuser_url: str

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.key}", "content-type": "application/json"}

    @contextmanager
    def serving(self, factory: str, **environment: str) -> Iterator[int]:
        """An application under uvicorn, with as many processes as `tamga serve` starts; yields its port."""
        port = free_port()
        given = {
            "TAMGA_DATABASE_URL": self.database_url,
            "TAMGA_MODEL_DIR": str(self.model),
            "TAMGA_BENCH_MODEL": str(self.model),
            "TAMGA_LOG_LEVEL": "WARNING",
        }
        command = [
            sys.executable,
            "-m",
            "uvicorn",
            factory,
            "--factory",
            "--port",
            str(port),
            "--no-access-log",
            "--workers",
            "2",
            "--timeout-worker-healthcheck",
            "60",  # on a busy machine a worker that still starts is not dead
        ]
        process = subprocess.Popen(
            [*command, "--log-level", "warning"],
            env={**os.environ, **THREADS, **given, **environment},
            stdout=subprocess.DEVNULL,  # a line for every request
        )
        try:
            _await(port, process)
            yield port
        finally:
            process.terminate()
            process.wait(30)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit("the application under the benchmark did not start")
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/health/live")
            connection.getresponse().read()
            return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the application under the benchmark did not answer in time")


def default_model() -> Path:
    """The default model of this machine, built once."""
    folder = settings().var_dir / "model"
    if not of_today(folder):
        print("building the default model ...", flush=True)
        build_default(folder, development_key(settings().keys_dir)[0])
    return folder.absolute()


@contextmanager
def opened(model: Path | None = None) -> Iterator[House]:
    """Everything a benchmark needs, gone afterwards. The database syncs every commit to disk, as in service.

    `model`: a folder of a signed model, by default this machine's.
    """
    model = model or default_model()
    settings().var_dir.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=settings().var_dir.absolute()))
    server = PostgresServer(folder / "postgres")
    try:
        url = server.start()
        engine = database.connect(url)
        database.bind(engine, SERVICE, server.address(OWNER))
        database.migrate()
        company, key = _company()
        yield House(url, model, company, key, server.address(SUPERUSER))
        database.bind(None)
        engine.dispose()
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _company() -> tuple[UUID, str]:
    with database.session() as session:
        company = Organisation(code="bench", kind="company", name="Bench", country="KZ")
        session.add(company)
        session.flush()
        shown, columns = access.new_key(frozenset({"integration"}))
        session.add(ApiKey(organisation_id=company.id, name="bench", **columns))
        return company.id, shown
