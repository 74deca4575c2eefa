"""From beat's schedule to a candidate: the due task starts a process of its own, which tells how far it is."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from api.bench import past
from models import runs
from models.simulator.config import SimulationConfig
from screening import database, roles, tasks, worker
from screening.modelling import overview, retraining, terms, versions
from screening.settings import settings
from screening.tables.modelling import ModelVersion, TrainingJob
from tests.builders import make_organisation, principal_of
from tests.conftest import of_role

PAST = SimulationConfig(orders=1500, months=14, seed=5, diversion_share=0.08, label_delay_days=20.0)
LONGEST_SECONDS = 540.0  # it works at the lowest priority


@pytest.fixture
def scheduled(committed: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[subprocess.Popen[bytes]]]:
    """A schedule of one training a day on this database; the processes it starts."""
    for name, value in {
        "TAMGA_DATABASE_URL": of_role(committed.url, roles.APPLICATION), "TAMGA_RETRAIN_DAYS": "1",
        "TAMGA_RETRAIN_HOLDBACK_DAYS": "120", "TAMGA_RETRAIN_MINUTES": "30", "TAMGA_RETRAIN_MEMORY_MB": "4096",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    started: list[subprocess.Popen[bytes]] = []
    begin = subprocess.Popen

    def noted(*arguments: Any, **how: Any) -> subprocess.Popen[bytes]:
        started.append(begin(*arguments, **how))
        return started[-1]

    monkeypatch.setattr(retraining.subprocess, "Popen", noted)
    worker.celery_app.conf.task_always_eager = True
    yield started
    worker.celery_app.conf.task_always_eager = False
    for process in started:
        process.kill()
        process.wait()
    monkeypatch.undo()
    settings.cache_clear()


def tick() -> None:
    """Beat's own turn, with the training due and nothing else."""
    assert tasks.retrain.name == "tamga.retrain"
    beat = worker.Sweeps(worker.configure("memory://"))
    entry = beat.schedule["retrain"]
    beat.schedule = {"retrain": type(entry)(**(dict(entry) | {"last_run_at": entry.default_now()}))}
    beat.schedule["retrain"].last_run_at -= entry.schedule.run_every
    beat.tick()


def jobs() -> list[TrainingJob]:
    with database.session() as session:
        return list(session.exec(select(TrainingJob).order_by(col(TrainingJob.created_at))))


@pytest.mark.timeout(600)
def test_a_due_training_makes_a_candidate_with_its_gates(
    scheduled: list[subprocess.Popen[bytes]], var_dir: Path
) -> None:
    with database.session() as session:
        past.store(session, make_organisation(session).id, PAST)
    tick()
    (process,) = scheduled
    told = set[tuple[str, str]]()
    deadline = time.monotonic() + LONGEST_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        found = jobs()
        told |= {(each.state, each.stage) for each in found}
        if found and ("running", found[0].stage) in told and len(told) == 1:
            limits = Path(f"/proc/{process.pid}/limits").read_text()
            assert "Max cpu time              1800                 1860" in limits
            assert str(4096 * 1024 * 1024) in limits
            assert os.getpriority(os.PRIO_PROCESS, process.pid) == min(19, os.getpriority(os.PRIO_PROCESS, 0) + 19)
            assert retraining.run() is None  # the lock is taken
            tick()  # nor does the schedule start another
        threading.Event().wait(0.2)
    assert process.returncode == 0
    assert len(scheduled) == 1
    assert "running" in {state for state, _ in told}
    assert len({stage for _, stage in told}) > 1  # it told how far it was
    (job,) = jobs()
    assert (job.state, job.stage, job.progress, job.error) == ("done", "done", 1.0, None)
    with database.session() as session:
        made = session.get_one(ModelVersion, job.model_id)
        assert made.source == "retraining"
        assert isinstance(made.gates["passed"], bool)
        assert {each["gate"] for each in made.gates["gates"]} >= {"recall", "calibration", "latency"}
        assert terms.current(session) is None  # it is a candidate and serves nobody
        assert versions.scorer_of(made.id).version == made.version
        scientist = principal_of(session, make_organisation(session, "operator"), "data_scientist")
        ((_, version),) = overview.overview(session, scientist).trainings
        assert version == made.version
    assert runs.find(var_dir / "registry", made.version).record["data"]["organisation"]
    tick()  # a day has not gone by
    assert len(scheduled) == 1


def test_a_training_that_died_is_written_down_at_the_next_look(scheduled: list[subprocess.Popen[bytes]]) -> None:
    with database.session() as session:
        session.add(TrainingJob(stage="fit"))
    tick()
    (job,) = jobs()
    assert (job.state, job.error) == ("failed", "its process ended")
    assert scheduled == []


def test_out_of_time_is_a_reason(committed: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.getsignal(signal.SIGXCPU)
    signal.signal(signal.SIGXCPU, retraining._out_of_time)
    monkeypatch.setattr(retraining, "_candidate", lambda *_: signal.raise_signal(signal.SIGXCPU))
    job = retraining.run()
    signal.signal(signal.SIGXCPU, before)
    assert job is not None
    assert (job.state, job.error) == ("failed", "it took more than 120 minutes of processor time")
