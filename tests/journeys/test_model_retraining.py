"""Retraining makes a candidate with its gates, one at a time, and promotes nothing."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlmodel import select

from models import runs
from models.frozen.sources import FileSource
from screening import database
from screening.modelling import retraining, terms, versions
from screening.modelling.retraining import Making
from screening.settings import settings
from screening.tables.modelling import TrainingJob
from tests.models.conftest import QUICK, files

__all__ = ["files"]


def test_a_candidate_has_its_gates_and_serves_nobody(committed: Engine, files: Path, tmp_path: Path) -> None:
    told: list[str] = []
    few = tmp_path / "orders.jsonl"
    few.write_bytes(b"".join((files / "orders.jsonl").read_bytes().splitlines(keepends=True)[:1500]))
    source = FileSource([few], files / "labels.csv")
    making = Making(source, tmp_path / "job", QUICK, timedelta(days=200), None)
    folder, found = retraining.make(making, lambda stage, share: told.append(stage))
    assert {"features", "gates"} <= set(told)
    assert found["passed"] in (True, False)
    assert isinstance(found["failed"], list)
    with database.session() as session:
        kept = versions.register(session, folder, "retraining", found)
        assert (kept.source, kept.gates["passed"]) == ("retraining", found["passed"])
        assert terms.top(session) == 0
    run = runs.find(settings().var_dir / "registry", kept.version)
    assert run.record["data"]["dataset"]


def test_one_at_a_time_and_a_failure_is_kept(committed: Engine) -> None:
    with database.session() as session:
        session.add(TrainingJob(stage="features"))  # of a process that was killed
    with committed.connect() as other:
        other.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": retraining.LOCK})
        assert retraining.run() is None
        other.rollback()
        other.execute(text("SELECT pg_advisory_unlock_all()"))
    job = retraining.run()
    assert job is not None
    assert (job.state, job.error) == ("failed", "no company has labels to learn from")
    with database.session() as session:
        states = session.exec(select(TrainingJob.error)).all()
    assert sorted(str(each) for each in states) == ["its process ended", "no company has labels to learn from"]


def test_nothing_is_started_without_a_schedule(committed: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(retraining.subprocess, "Popen", lambda command, **_: started.append(command))
    assert retraining.start_if_due() is None
    assert started == []
