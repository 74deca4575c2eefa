"""The operator's people and background processes of a bench: two who sign, a worker with its guard, and beat."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlmodel import Session, select

from api.bench import house
from screening import access, database, four_eyes, policy
from screening.access import Principal
from screening.embedded import RedisServer
from screening.four_eyes import ModelChange, NewPolicy, Signing
from screening.ids import new_id, utc_now
from screening.modelling import terms
from screening.settings import settings
from screening.signing import service_key
from screening.tables.modelling import ModelProcess
from screening.tables.people import Organisation, Role, RoleName, User

PASSWORD = "correct horse battery staple"  # noqa: S105 - of a service that lives for one run
SIGN = Signing(PASSWORD)
LONGEST_WAIT = 60.0


@dataclass(frozen=True)
class Office:
    """Two people of the operator who sign."""

    scientist: Principal
    administrator: Principal

    def sign(self, action: Any, version: str | None, share: float | None = None) -> int:
        """Propose and approve; the serial of the term that began."""
        with database.session() as session:
            change = ModelChange(action, "bench", version, share)
            proposal = four_eyes.propose_model(session, self.scientist, change, SIGN)
        with database.session() as session:
            four_eyes.approve(session, self.administrator, proposal.id, SIGN)
            return terms.top(session)

    def allow(self, most: float) -> None:
        """A policy that lets a challenger decide for so many customers."""
        with database.session() as session:
            new = NewPolicy(policy.DEFAULT_RULES | {"rollout": {"most": most}}, utc_now().date(), "bench")
            proposal = four_eyes.propose_policy(session, self.scientist, new, "bench", SIGN)
        with database.session() as session:
            four_eyes.approve(session, self.administrator, proposal.id, SIGN)


def office() -> Office:
    """The operator with its two people."""
    with database.session() as session:
        made = Organisation(code="operator", kind="operator", name="Operator", country="KZ")
        session.add(made)
        session.flush()
        roles: tuple[RoleName, RoleName] = ("data_scientist", "administrator")
        return Office(*(_person(session, made, role) for role in roles))


def _person(session: Session, organisation: Organisation, role: RoleName) -> Principal:
    made = User(organisation_id=organisation.id, email=f"{role}@example.org", name=role, password_hash="!")  # noqa: S106 - meets no password
    session.add(made)
    session.flush()
    access.set_password(made, PASSWORD)
    session.add(Role(user_id=made.id, role=role))
    session.flush()
    return Principal(organisation.id, "operator", "KZ", frozenset({role}), user_id=made.id)


def until(reached: Callable[[Session], bool], seconds: float = LONGEST_WAIT) -> bool:
    """Wait until the database shows it; whether it did in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with database.session() as session:
            if reached(session):
                return True
        time.sleep(0.1)
    return False


def until_served(serial: int) -> bool:
    """Wait until every process that lives serves this term or a later one."""

    def all_there(session: Session) -> bool:
        found = [each.serial for each in session.exec(select(ModelProcess))]
        return bool(found) and all((each or 0) >= serial for each in found)

    return until(all_there)


@contextmanager
def background(place: house.House, folder: Path) -> Iterator[dict[str, str]]:
    """A worker, with relay and guard, and beat, on a queue of their own; yields their environment."""
    broker = RedisServer(folder / f"redis-{new_id().hex[-6:]}")
    service_key()  # made, if it is not there: all processes sign and verify with the same
    shutil.copytree(settings().keys_dir, folder / "var" / "keys")
    given = {"TAMGA_VAR_DIR": str(folder / "var"), "TAMGA_DATABASE_URL": place.database_url,
             "TAMGA_MODEL_DIR": str(place.model), "TAMGA_BROKER_URL": broker.start(),
             "TAMGA_LOG_LEVEL": "ERROR"}  # fmt: skip
    environment = {**os.environ, **house.THREADS, **given}
    children = [
        subprocess.Popen([sys.executable, "-m", "api.processes", name], env=environment) for name in ("worker", "beat")
    ]
    try:
        until(lambda session: len(session.exec(select(ModelProcess)).all()) >= 3)
        yield environment
    finally:
        for child in children:
            child.terminate()
        for child in children:
            child.wait(30)
        broker.stop()
