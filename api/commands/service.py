"""`tamga serve`, and each of its processes alone: `api`, `worker`, `beat`, `witness`; `migrate`."""

from __future__ import annotations

import json
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated

import typer

from api import processes
from api.running import log_to_stderr, own_broker, own_database
from api.supervisor import Child, Supervisor
from screening import database, rebuild, seeding
from screening.duties import store
from screening.model_folder import model_at_hand, of_today
from screening.seeding import Credential
from screening.settings import settings

READY_SECONDS = 90.0
THREADS = {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def register(app: typer.Typer) -> None:
    """Add the commands that run the service."""
    app.command("serve")(serve)
    app.command("api")(api)
    app.command("worker")(worker)
    app.command("beat")(beat)
    app.command("witness")(witness)
    app.command("migrate")(migrate)


@dataclass(frozen=True, slots=True)
class Running:
    """A service that answers at `url`; `credentials` are those of a development machine."""

    url: str
    credentials: tuple[Credential, ...]
    supervisor: Supervisor
    environment: Mapping[str, str]


@contextmanager
def service(say: Callable[[str], None], host: str | None = None, port: int | None = None) -> Iterator[Running]:
    """Everything up and answering: servers, schema, accounts and model of a development machine, processes.

    Taken down when the block ends, however it ends. `port` 0 takes a free one.
    """
    say("Starting the database ...")
    with own_database() as database_url, own_broker() as broker_url:
        say("Migrating ...")
        database.migrate()
        rebuild.complete()
        store.complete()
        credentials = prepare(say)
        environment = {**THREADS, "TAMGA_DATABASE_URL": database_url, "TAMGA_BROKER_URL": broker_url}
        with _listening(host or settings().host, settings().port if port is None else port) as listener:
            url = f"http://{listener.getsockname()[0]}:{listener.getsockname()[1]}"
            children = [
                *_api_children(listener.fileno()),
                Child("worker", ["worker"]),
                Child("beat", ["beat"]),
                Child("witness", ["witness"]),
            ]
            supervisor = Supervisor(children, environment, settings().var_dir / "log")
            try:
                supervisor.start()
                say("Starting the service ...")
                _await_ready(url, supervisor)
                yield Running(url, tuple(credentials), supervisor, environment)
            finally:
                supervisor.stop()


def _api_children(listener: int) -> list[Child]:
    """The processes of the HTTP side, all on one listening socket."""
    names = [f"api-{number}" for number in range(1, settings().api_processes + 1)]
    return [Child(name, ["api", str(listener)], fds=(listener,)) for name in names]


def prepare(say: Callable[[str], None]) -> list[Credential]:
    """Accounts and a model for a development machine that has none; nothing elsewhere."""
    if not settings().development:
        return []
    with database.session() as session:
        credentials = seeding.seed_development(session)
    at_hand = model_at_hand()
    if at_hand is None or (at_hand == settings().var_dir / "model" and not of_today(at_hand)):
        from models.default import build_default  # noqa: PLC0415 - seconds to import, and needed once
        from models.keys import development_key  # noqa: PLC0415

        say("Building the default model (once) ...")
        key, _ = development_key(settings().keys_dir)
        build_default(settings().var_dir / "model", key)
    return credentials


def serve(
    host: Annotated[str | None, typer.Option("--host", help="Interface; default TAMGA_HOST.")] = None,
    port: Annotated[int | None, typer.Option("--port", min=0, max=65535, help="Port; 0 takes a free one.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the address as one JSON line.")] = False,
) -> None:
    """Run the whole service: database and queue of its own where none are set, API, worker, beat and witness."""
    log_to_stderr()

    def say(text: str) -> None:
        typer.echo(text, err=True)

    with service(say, host, port) as running:
        if as_json:
            typer.echo(json.dumps({"url": running.url, "log": str(settings().var_dir / "log")}))
        else:
            _tell(running)
        running.supervisor.watch()
        say("Stopping ...")


def api() -> None:
    """Run the HTTP side alone, on TAMGA_HOST and TAMGA_PORT."""
    log_to_stderr()
    processes.run_api()


def worker() -> None:
    """Run one worker with its relay: delivers, refers, screens files; several may run."""
    log_to_stderr()
    processes.run_worker()


def beat() -> None:
    """Send the sweeps at their times; run one of these."""
    log_to_stderr()
    processes.run_beat()


def witness() -> None:
    """Cosign audit checkpoints; run one of these, outside development under an account of its own."""
    log_to_stderr()
    processes.run_witness()


def migrate(
    autogenerate: Annotated[
        str | None, typer.Option("--autogenerate", help="Write a new revision with this message instead.")
    ] = None,
) -> None:
    """Bring the database's schema up to date."""
    log_to_stderr()
    with own_database():
        database.migrate()
        rebuild.complete()
        store.complete()
        if autogenerate:
            database.new_revision(autogenerate)
    typer.echo("The schema is up to date.")


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    """A listening socket that outlives the API's restarts: callers wait instead of being refused."""
    with socket.create_server((host, port), backlog=512, reuse_port=False) as listener:
        yield listener


def _await_ready(url: str, supervisor: Supervisor) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and not supervisor.stopping.wait(0.1):
        try:
            with urllib.request.urlopen(f"{url}/health/ready", timeout=5):  # noqa: S310 - our own http address
                return
        except (urllib.error.URLError, OSError):
            supervisor.look()
    if not supervisor.stopping.is_set():
        raise TimeoutError(f"the service did not answer within {READY_SECONDS:.0f} s; see {supervisor.logs}")


def _tell(running: Running) -> None:
    typer.echo(f"Tamga answers at {running.url}")
    for each in running.credentials:
        if each.email:
            typer.echo(f"  {', '.join(each.roles):15} {each.email:28} {each.secret:18} {each.organisation}")
    if running.credentials:
        typer.echo(f"  API keys are in {settings().demo_credentials}")
    typer.echo(f"  Logs are under {settings().var_dir / 'log'}; stop with Ctrl-C")
