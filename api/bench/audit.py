"""`make bench-audit`: can anybody change the audit log unseen?

200 seeded attacks by a database superuser on a real PostgreSQL (edit, delete, insert, swap, cut, rebuild hashes, old
backup), each then exported and checked by `tamga_verify.py` in an interpreter of its own that has the witness's file
and nothing else; each has to name the first bad leaf or checkpoint. 50 clean runs, with erasures, have to pass. A log
of 100,000 leaves has to be checked in a minute, whole and attacked.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Engine, insert, text
from sqlmodel import Session

from api.bench.attacks import ATTACKS, Expected, Log, edit_event
from api.bench.report import Report
from screening import audit, audit_erasure, database, worker
from screening.audit import AuditEntry, staged
from screening.audit_erasure import Wish
from screening.audit_export import bundle
from screening.embedded import SUPERUSER, PostgresServer
from screening.ids import new_id, utc_now
from screening.settings import settings
from screening.signing import canonical
from screening.tables.audit import AuditStaging
from screening.tables.people import Organisation
from screening.tenancy import SERVICE
from screening.witness import Witness, cosigned_file

VERIFIER = Path(__file__).resolve().parents[2] / "screening" / "tamga_verify.py"
FIRST_LEAVES, BACKUPS = 1500, 8
COMPANIES = 4


@dataclass
class Place:
    """A database with an audit log, its server, its witness, and a folder for bundles."""

    engine: Engine
    folder: Path
    companies: list[UUID]
    witness: Witness
    chance: random.Random

    def grow(self, leaves: int, *, old: bool = False) -> None:
        """Events of several companies and of none; numbered, signed and cosigned in uneven pieces."""
        while leaves > 0:
            count = min(leaves, self.chance.randint(20, 250))
            leaves -= count
            with database.session() as session:
                rows = [staged(self._entry()) for _ in range(count)]
                session.execute(insert(AuditStaging), [_aged(row) if old else row for row in rows])
            audit_erasure.number_all()
            worker.cover()
            self.cosign()

    def cosign(self) -> None:
        with database.session() as session:
            self.witness.look(session)

    def _entry(self) -> AuditEntry:
        owner = self.chance.choice([*self.companies, None])
        subject = f"order-{self.chance.randrange(10**6)}"
        return AuditEntry("order.screened", "key:bench", owner, subject, {"probability": self.chance.random()})

    def verify(self, session: Session) -> dict[str, Any]:
        """Export what the session sees, and let the lonely verifier speak."""
        path = self.folder / "bundle.jsonl"
        with path.open("w", encoding="utf-8") as file:
            for line in bundle(session):
                file.write(json.dumps(line) + "\n")
        return verdict_of(path, cosigned_file(self.witness.folder))


def verdict_of(path: Path, anchor: Path) -> dict[str, Any]:
    """What a copy of the one file says, in an interpreter that sees no package of ours."""
    copy = path.with_name("tamga_verify.py")
    shutil.copyfile(VERIFIER, copy)
    command = [sys.executable, "-I", str(copy), str(path), "--anchor", str(anchor), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=path.parent, env={})
    if done.returncode not in (0, 1):
        raise SystemExit(f"the verifier failed: {done.stderr}")
    verdict: dict[str, Any] = json.loads(done.stdout)
    return verdict


def _aged(row: dict[str, Any]) -> dict[str, Any]:
    """The same event eleven years ago, so that its term is over."""
    at = row["at"] - timedelta(days=11 * 366)
    said = {**json.loads(row["body"]), "at": at.isoformat()}
    return {**row, "at": at, "body": canonical(said)}


@contextmanager
def opened(seed: int) -> Iterator[Place]:
    """A server, a migrated database and a witness of the bench's own, gone afterwards."""
    settings().var_dir.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-audit-", dir=settings().var_dir.absolute()))
    server = PostgresServer(folder / "postgres")
    os.environ["TAMGA_VAR_DIR"] = str(folder)
    settings.cache_clear()
    try:
        server.start()
        with bound(server.address(SUPERUSER)) as engine:
            database.migrate()
            yield Place(engine, folder, _companies(), Witness(folder / "witness"), random.Random(seed))  # noqa: S311
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def bound(url: str) -> Iterator[Engine]:
    """Sessions on this database for a while, then on the one before."""
    before, engine = database.bound(), database.connect(url)
    database.bind(engine, SERVICE)
    try:
        yield engine
    finally:
        database.bind(before, SERVICE)
        engine.dispose()


def _companies() -> list[UUID]:
    made = [Organisation(code=f"bench-{n}", kind="company", name="Bench", country="KZ") for n in range(COMPANIES)]
    with database.session() as session:
        session.add_all(made)
        session.flush()
        return [each.id for each in made]


def attacked(place: Place, seed: int) -> tuple[str, bool]:
    """One attack in a transaction that is rolled back: its name, and whether it was found where it is."""
    chance = random.Random(seed)  # noqa: S311
    attack = chance.choice(ATTACKS)
    with Session(database.engine()) as session:
        expected = attack(Log(session, chance))
        verdict = place.verify(session)
        session.rollback()
    return attack.__name__, _judged(attack.__name__, seed, expected, verdict)


def _judged(name: str, seed: int, expected: Expected, verdict: dict[str, Any]) -> bool:
    named = expected.named(verdict)
    if not named:
        print(f"  NOT NAMED: {name}, seed {seed}: {expected} but {verdict}", flush=True)
    return named


def backed_up(place: Place, name: str) -> None:
    _admin(place, f"CREATE DATABASE {name} TEMPLATE tamga")


def _admin(place: Place, statement: str) -> None:
    """A statement on the server while nobody is in the database."""
    place.engine.dispose()
    admin = database.connect(_url(place, "postgres"))
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))
    admin.dispose()


def _url(place: Place, name: str) -> str:
    return place.engine.url.set(database=name, drivername="postgresql").render_as_string(hide_password=False)


def old_backup(place: Place, number: int, last_checkpoint: int, chance: random.Random) -> bool:
    """The database is set back to a backup; the service may go on from there before anybody looks."""
    name = f"restored_{new_id().hex}"
    _admin(place, f"CREATE DATABASE {name} TEMPLATE backup_{number}")
    with bound(_url(place, name)) as engine:
        if chance.random() < 0.7:
            restored = Place(engine, place.folder, place.companies, place.witness, chance)
            restored.grow(chance.randint(1, 400))
        with Session(database.engine()) as session:
            verdict = place.verify(session)
    _admin(place, f"DROP DATABASE {name}")
    return _judged("old_backup", number, Expected(checkpoint=last_checkpoint + 1), verdict)


def clean_run(place: Place, number: int) -> bool:
    """The log grows, some of it is erased, it is checked: nothing is wrong with it."""
    place.grow(place.chance.randint(10, 120), old=number % 2 == 0)
    if number % 2 == 0:
        audit_erasure.erase(Wish(place.chance.choice(place.companies), None, "bench", "term over"), utc_now())
        worker.cover()
        place.cosign()
    with Session(database.engine()) as session:
        verdict = place.verify(session)
    if verdict["fault"]:
        print(f"  FALSE ALARM in run {number}: {verdict}", flush=True)
    return bool(verdict["fault"])


def large(place: Place, leaves: int) -> tuple[float, float, bool]:
    """Seconds to verify a log of so many leaves, whole and attacked, and whether both answers were right."""
    began = time.perf_counter()
    with database.session() as session:
        missing = leaves - audit.head(session)
    for start in range(0, missing, audit.BATCH):
        with database.session() as session:
            rows = [staged(place._entry()) for _ in range(min(audit.BATCH, missing - start))]
            session.execute(insert(AuditStaging), rows)
        worker.number_audit()
    worker.cover()
    place.cosign()
    print(f"{leaves} leaves staged, numbered, signed: {time.perf_counter() - began:.1f} s", flush=True)
    whole, clean = _timed(place, attack=False)
    found, named = _timed(place, attack=True)
    return whole, found, clean and named


def _late(log: Log) -> Expected:
    """An edit at the far end: everything before it has to be checked."""
    log.leaf = log.covered[-1]
    return edit_event(log)


def _timed(place: Place, *, attack: bool) -> tuple[float, bool]:
    path, anchor = place.folder / "large.jsonl", cosigned_file(place.witness.folder)
    with Session(database.engine()) as session:
        expected = _late(Log(session, place.chance)) if attack else None
        with path.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(line) + "\n" for line in bundle(session))
        session.rollback()
    began = time.perf_counter()
    verdict = verdict_of(path, anchor)
    seconds = time.perf_counter() - began
    print(f"  {path.stat().st_size / 1e6:.0f} MB checked in {seconds:.1f} s: {verdict}", flush=True)
    return seconds, expected.named(verdict) if expected else verdict["fault"] is None


def build(place: Place) -> list[int]:
    """The log to be attacked, with backups taken on the way; the last checkpoint of each."""
    lasts = []
    for number in range(BACKUPS):
        place.grow(FIRST_LEAVES // BACKUPS)
        with database.session() as session:
            last = audit.last_checkpoint(session)
        lasts.append(last.number if last else 0)
        backed_up(place, f"backup_{number}")
    place.grow(100)
    return lasts


def main() -> None:
    """Run and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--attacks", type=int, default=200)
    parser.add_argument("--clean", type=int, default=50)
    parser.add_argument("--leaves", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))  # refusals are meant
    report, tried = Report("audit"), dict[str, list[bool]]()
    with opened(asked.seed) as place:
        lasts = build(place)
        chance = random.Random(asked.seed)  # noqa: S311
        for number in range(asked.attacks):
            if number % 10 == 9:
                which = chance.randrange(BACKUPS)
                name, named = "old_backup", old_backup(place, which, lasts[which], chance)
            else:
                name, named = attacked(place, asked.seed * 1000 + number)
            tried.setdefault(name, []).append(named)
        for name in sorted(tried):
            print(f"  {name}: {sum(tried[name])} of {len(tried[name])}", flush=True)
        alarms = sum(clean_run(place, number) for number in range(asked.clean))
        whole, found, right = large(place, asked.leaves)
    report.bar("attacks_named_where_they_are", sum(map(sum, tried.values())), "equals", asked.attacks)
    report.bar("false_alarms_in_clean_runs", alarms, "equals", 0)
    report.bar("clean_runs", asked.clean, "at least", 50)
    report.bar("seconds_for_100000_leaves", whole, "at most", 60)
    report.bar("seconds_for_100000_leaves_attacked", found, "at most", 60)
    report.bar("answers_on_100000_leaves_right", float(right), "equals", 1)
    report.end()


if __name__ == "__main__":
    main()
