"""Retraining on a schedule: a process of its own at the lowest priority makes a candidate; people promote it or not.

    start_if_due()   beat's task in the worker: starts `python -m screening.modelling.retraining`, does not wait for it
    run()            in that process: one at a time over all machines, by a lock of its database connection

The process has one thread, a bound of processor time, and a bound of memory; the database keeps how far it is. It
freezes the orders of one company, trains as of some weeks ago, holds the candidate against the gates on the orders
since, keeps the run in the registry and the candidate in the database. It never promotes.
"""

from __future__ import annotations

import atexit
import os
import resource
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Engine, func, text
from sqlmodel import Session, col, select

from models.errors import ModelsError, TrainingError
from models.frozen.build import build_dataset
from models.frozen.opened import open_dataset
from models.frozen.rows import Rows
from models.frozen.sources import OrderSource
from models.gates import Bars, gates, trial
from models.keys import development_key, load_private, load_trusted
from models.pipeline import Progress, TrainRequest, train_rows
from models.runs import Keeping
from models.scorer import Scorer
from models.training import TrainingConfig
from screening import database
from screening.ids import utc_now
from screening.model_folder import trusted_key_places
from screening.modelling import terms, versions
from screening.order_source import DatabaseSource
from screening.settings import settings
from screening.tables.modelling import TrainingJob
from screening.tables.orders import Label
from screening.tables.people import Organisation
from screening.tenancy import SERVICE

log = structlog.get_logger(__name__)
LOCK = 7_274_016
ALONE = text(f"SELECT pg_try_advisory_xact_lock({LOCK})")
TELL_SECONDS = 2.0
ONE_THREAD = {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
UNKNOWN_CODE = {"commit": None, "changed": False, "sha256": None}


@dataclass(frozen=True, slots=True)
class Making:
    """What a candidate is made from and where: the source, a new folder, and how it is trained."""

    source: OrderSource
    folder: Path
    config: TrainingConfig
    holdback: timedelta
    champion: Scorer | None


def start_if_due() -> int | None:
    """Start a training where the schedule says so and none is at work; its process id. The caller does not wait."""
    days = settings().retrain_days
    if not days:
        return None
    with database.session() as session:
        if not session.execute(ALONE).scalar_one():
            return None
        _end_dead(session)
        last = session.execute(select(func.max(TrainingJob.created_at))).scalar_one()
    if last is not None and utc_now() - last < timedelta(days=days):
        return None
    child = subprocess.Popen([sys.executable, "-m", "screening.modelling.retraining"], env={**os.environ, **ONE_THREAD})
    atexit.register(child.terminate)
    return child.pid


def run() -> TrainingJob | None:
    """Make one candidate; the job, or None where another is at work. Raises nothing: a failure is kept with the job."""
    engine = database.engine()
    assert isinstance(engine, Engine), "a training holds a connection of its own"
    with engine.connect() as held:
        if not held.execute(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": LOCK}).scalar_one():
            return None
        held.commit()  # the lock is the connection's, not the transaction's
        try:
            return _kept_job()
        finally:
            held.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": LOCK})


def _kept_job() -> TrainingJob:
    with database.session() as session:
        _end_dead(session)
        job = TrainingJob()
        session.add(job)
    try:
        with database.session() as session:
            model = _candidate(session, job.id)
        ended = {"state": "done", "model_id": model, "stage": "done", "progress": 1.0}
    except (ModelsError, MemoryError) as fault:
        log.error("retraining_failed", fault=str(fault))
        ended = {"state": "failed", "error": (str(fault) or type(fault).__name__)[:500]}
    with database.session() as session:
        job = session.get_one(TrainingJob, job.id)
        for name, value in ended.items():
            setattr(job, name, value)
        job.finished_at = utc_now()
    return job


def _end_dead(session: Session) -> None:
    """Jobs that run no more: who asks has the lock, so their processes have ended."""
    for each in session.exec(select(TrainingJob).where(TrainingJob.state == "running")):
        each.state, each.error, each.finished_at = "failed", "its process ended", utc_now()


def _candidate(session: Session, job: UUID) -> UUID:
    company = _teacher(session)
    term = terms.deciding(session)
    making = Making(
        DatabaseSource(session, company.id), settings().var_dir / "retraining" / str(job), TrainingConfig(nthread=1),
        timedelta(days=settings().retrain_holdback_days), versions.scorer_of(term.model_id) if term else None,
    )  # fmt: skip
    folder, found = make(making, Told(job))
    return versions.register(session, folder, "retraining", found).id


def make(making: Making, progress: Progress) -> tuple[Path, dict[str, Any]]:
    """Freeze, train, keep the run, hold against the gates: the signed folder and what the gates found.

    Raises DatasetError, TrainingError, KeyRefused.
    """
    now = utc_now()
    data, out = making.folder / "dataset", making.folder / "model"
    build_dataset(making.source, now, data, progress)
    frozen = open_dataset(data)
    rows = frozen.rows()
    until = now - making.holdback
    about = {"kind": "dataset", "dataset": frozen.id, **making.source.describe()}
    keeping = Keeping(settings().var_dir / "registry", now, UNKNOWN_CODE, about)
    given = settings().trainer_key_file
    key = load_private(given) if given is not None else development_key(settings().keys_dir)[0]
    request = TrainRequest((), data, until, out, key, making.config, synthetic=frozen.synthetic, keeping=keeping)
    train_rows(rows.teaching(until), request, progress)
    progress("gates", 0.0)
    return out, _held(out, making.champion, rows)


def _held(folder: Path, champion: Scorer | None, rows: Rows) -> dict[str, Any]:
    """The gates' result; where there are too few orders since to hold any, that is the failure."""
    try:
        return gates(trial(Scorer.load(folder, load_trusted(trusted_key_places())), champion, rows, Bars()))
    except TrainingError as fault:
        return {"passed": False, "failed": ["cases"], "why": str(fault)}


def _teacher(session: Session) -> Organisation:
    """The company whose orders teach: the one set, else the one with most labels. Raises TrainingError."""
    code = settings().retrain_organisation
    if code is not None:
        found = session.exec(select(Organisation).where(Organisation.code == code)).first()
    else:
        most = select(Label.organisation_id).group_by(col(Label.organisation_id)).order_by(func.count().desc()).limit(1)
        found = session.exec(select(Organisation).where(col(Organisation.id).in_(most))).first()
    if found is None:
        raise TrainingError("no company has labels to learn from" if code is None else f"{code}: no such company")
    return found


class Told:
    """Writes into the job how far it is, every two seconds at most, in transactions of its own."""

    def __init__(self, job: UUID) -> None:
        self.job, self.at = job, 0.0

    def __call__(self, stage: str, share: float) -> None:
        if time.monotonic() - self.at < TELL_SECONDS:
            return
        self.at = time.monotonic()
        with database.session() as session:
            job = session.get_one(TrainingJob, self.job)
            job.stage, job.progress = stage[:32], share


class OutOfTime(TrainingError):
    """The training took all the processor time it may have."""


def bounded() -> None:
    """Lowest priority, bounded processor time and memory; from here on, for this process.

    Past its time a training says so and fails; where a call does not come back to say it, the kernel ends the process
    a minute later, and the next look at the schedule writes that down.
    """
    os.nice(19)
    seconds, size = 60 * settings().retrain_minutes, settings().retrain_memory_mb * 1024 * 1024
    signal.signal(signal.SIGXCPU, _out_of_time)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 60))
    resource.setrlimit(resource.RLIMIT_DATA, (size, size))


def _out_of_time(number: int, frame: FrameType | None) -> None:
    raise OutOfTime(f"it took more than {settings().retrain_minutes} minutes of processor time")


def main() -> None:
    """One training, on the database of the settings."""
    bounded()
    url = settings().database_url
    assert url is not None, "the worker gives its database's address"
    database.bind(database.connect(url), SERVICE)
    run()


if __name__ == "__main__":
    main()
