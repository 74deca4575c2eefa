"""Processes of the service live while their supervisor does, and no longer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

SCRIPT = """
import sys
from pathlib import Path
from api.supervisor import Child, Supervisor

supervisor = Supervisor([Child("beat", ["beat"])], {{"TAMGA_BROKER_URL": {broker!r}}}, Path({logs!r}))
supervisor.start()
try:
    supervisor.watch()
finally:
    supervisor.stop()
"""


@pytest.fixture
def supervisor(redis_url: str, tmp_path: Path) -> subprocess.Popen[bytes]:
    script = SCRIPT.format(broker=redis_url, logs=str(tmp_path))
    return subprocess.Popen([sys.executable, "-c", script])


def until(true: Callable[[], object], seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        time.sleep(0.05)
    return bool(true())


def children(supervisor: subprocess.Popen[bytes]) -> list[psutil.Process]:
    try:
        return psutil.Process(supervisor.pid).children()
    except psutil.NoSuchProcess:
        return []


def ready(log: Path) -> bool:
    return log.exists() and b"Starting" in log.read_bytes()


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_a_dead_child_is_started_again_and_none_outlives_a_stop(
    supervisor: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    assert until(lambda: children(supervisor))
    first = children(supervisor)[0].pid
    os.kill(first, signal.SIGKILL)
    assert until(lambda: [each for each in children(supervisor) if each.pid != first])
    second = next(each for each in children(supervisor) if each.pid != first).pid
    supervisor.send_signal(signal.SIGTERM)
    assert supervisor.wait(60) == 0
    assert gone(second)


def test_no_child_is_orphaned_by_a_killed_supervisor(supervisor: subprocess.Popen[bytes], tmp_path: Path) -> None:
    assert until(lambda: children(supervisor) and ready(tmp_path / "beat.log"))
    child = children(supervisor)[0].pid
    supervisor.kill()
    supervisor.wait()
    assert until(lambda: gone(child))
